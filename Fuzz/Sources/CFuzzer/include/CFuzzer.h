// The driver of libFuzzer, which `-sanitize=fuzzer` links in.
#ifndef PROVENANCE_CFUZZER_H
#define PROVENANCE_CFUZZER_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*test)(const uint8_t *data, size_t size));

#endif
