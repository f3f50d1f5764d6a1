// libarchive, to write zip files. It is looked for when one is written and not before: linked in, it and the ten libraries
// behind it would be loaded by every command.
#ifndef PROVENANCE_CARCHIVE_H
#define PROVENANCE_CARCHIVE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "CInflate.h"

// NULL when libarchive can be used, else why not.
const char *carchive_unavailable(void);

typedef struct carchive_file carchive_file;

// What libarchive says of the last failure.
const char *carchive_error(carchive_file *file);

// Creates a zip file; NULL on failure. Times are written as they are in UTC, whatever TZ says.
carchive_file *carchive_create(const char *path);

// Starts an entry of a known size. 0, or -1.
int carchive_begin(carchive_file *file, const char *path, int64_t size, unsigned mode, int64_t seconds);

// Writes bytes of the entry. 0, or -1.
int carchive_write(carchive_file *file, const void *bytes, size_t count);

// Ends writing. 0, or -1 when what was written is not complete.
int carchive_close(carchive_file *file);

#endif
