// Starting a program: what Swift's Glibc import hides (it needs _GNU_SOURCE).
#ifndef PROVENANCE_CPROCESS_H
#define PROVENANCE_CPROCESS_H

#include <sys/types.h>

// This process's environment, ended by NULL.
char *const *cprocess_environment(void);

// A file in memory, closed in started programs unless it is one of their three. -1 and errno on failure.
int cprocess_memory(const char *name);

// Starts a program, found in PATH, in a folder and in a session of its own: no terminal asks for a password, and a signal of the
// terminal does not reach it. Signals have their defaults. 0, or the error number.
int cprocess_start(
    char *const arguments[], char *const environment[], const char *folder, int input, int output, int errors,
    pid_t *process);

#endif
