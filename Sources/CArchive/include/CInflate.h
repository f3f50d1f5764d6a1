// zlib, to inflate the files of a zip and for their checksums. It is looked for when a zip is read and not before.
#ifndef PROVENANCE_CINFLATE_H
#define PROVENANCE_CINFLATE_H

#include <stddef.h>
#include <stdint.h>

// NULL when zlib can be used, else why not.
const char *cinflate_unavailable(void);

typedef struct cinflate cinflate;

// A reader of raw deflate streams; NULL without zlib or memory.
cinflate *cinflate_new(void);

// Begins another stream. 0, or -1.
int cinflate_reset(cinflate *inflater);

typedef struct {
    size_t consumed; // of the input
    size_t produced; // of the output
} cinflate_progress;

// Inflates as much as input and room allow: 1 when the stream ended, 0 when it goes on, -1 when it is broken.
int cinflate_step(cinflate *inflater, const void *input, size_t count, void *output, size_t room, cinflate_progress *made);

void cinflate_free(cinflate *inflater);

// The CRC-32 of bytes behind those that `crc` is of; it begins with 0.
uint32_t cinflate_crc(uint32_t crc, const void *bytes, size_t count);

#endif
