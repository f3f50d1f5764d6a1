// Loaded before all libraries: gives the same random bytes and the same time in each run, so that both programs use the same
// salts and times. (libfaketime changes the environment while it is loaded, and Swift's runtime then finds no arguments.)
//
//     cc -shared -fPIC -o fixed.so fixed.c
//     FIXED_CLOCK=<seconds since 1970> LD_PRELOAD=fixed.so provenance …

#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int RAND_bytes(unsigned char *bytes, int count) {
    static uint64_t state = 1;
    for (int place = 0; place < count; place++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        bytes[place] = (unsigned char)(state >> 56);
    }
    return 1;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    const char *fixed = getenv("FIXED_CLOCK");
    if (clock != CLOCK_REALTIME || !fixed) return (int)syscall(SYS_clock_gettime, clock, time);
    time->tv_sec = strtoll(fixed, 0, 10);
    time->tv_nsec = 0;
    return 0;
}
