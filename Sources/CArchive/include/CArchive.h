// libarchive, for zip files alone. It is looked for when a zip is read or written and not before: linked in, it and the ten
// libraries behind it would be loaded by every command.
#ifndef PROVENANCE_CARCHIVE_H
#define PROVENANCE_CARCHIVE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// NULL when libarchive can be used, else why not.
const char *carchive_unavailable(void);

typedef struct carchive_file carchive_file;

// What libarchive says of the last failure.
const char *carchive_error(carchive_file *file);

// Opens a zip file for reading; NULL without memory. Whether it is one is known after the first `carchive_next`.
carchive_file *carchive_open(const char *path);

typedef struct {
    const char *path; // as it is in the zip, valid until the next call; NULL when it cannot be expressed
    int kind;         // 0 regular, 1 directory, 2 anything else
} carchive_entry;

// The next entry: 1, 0 at the end, -1 on failure.
int carchive_next(carchive_file *file, carchive_entry *entry);

// Reads of the entry: bytes, 0 at its end, -1 on failure.
ssize_t carchive_read(carchive_file *file, void *buffer, size_t count);

// Creates a zip file; NULL on failure. Times are written as they are in UTC, whatever TZ says.
carchive_file *carchive_create(const char *path);

// Starts an entry of a known size. 0, or -1.
int carchive_begin(carchive_file *file, const char *path, int64_t size, unsigned mode, int64_t seconds);

// Writes bytes of the entry. 0, or -1.
int carchive_write(carchive_file *file, const void *bytes, size_t count);

// Ends reading or writing. 0, or -1 when what was written is not complete.
int carchive_close(carchive_file *file);

#endif
