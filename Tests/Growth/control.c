// Controls for the check itself: work that grows as its name says, each hidden in linear work that takes more instructions.
//
//     control linear|sorted|square|hidden|copied|constant N

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile uint64_t sink;

static int compare(const void *left, const void *right) {
    uint64_t one = *(const uint64_t *)left, other = *(const uint64_t *)right;
    return one < other ? -1 : one > other;
}

int main(int count, char **arguments) {
    if (count != 3) return 2;
    const char *kind = arguments[1];
    size_t n = strtoul(arguments[2], NULL, 10);
    // Constant: does not read its input.
    if (strcmp(kind, "constant") == 0) n = 500;
    uint64_t *items = calloc(n + 1, sizeof *items);
    if (!items) return 2;
    uint64_t state = 1;
    for (size_t item = 0; item < n; item++) {
        // Linear work for each item: some thousand steps, as reading a file takes.
        for (int step = 0; step < 3000; step++) state = state * 6364136223846793005u + 1442695040888963407u;
        items[item] = state;
    }
    if (strcmp(kind, "sorted") == 0) {
        qsort(items, n, sizeof *items, compare);
    } else if (strcmp(kind, "square") == 0) {
        for (size_t one = 0; one < n; one++)
            for (size_t other = 0; other < n; other++)
                for (int step = 0; step < 50; step++) sink += items[one] ^ items[other];
    } else if (strcmp(kind, "hidden") == 0) {
        // Searches all earlier items for this one.
        for (size_t one = 0; one < n; one++) {
            size_t other = 0;
            while (other < one && items[other] != items[one]) other++;
            sink += other;
        }
    } else if (strcmp(kind, "copied") == 0) {
        // Removes the first item by moving all the rest.
        for (size_t left = n; left > 0; left--) {
            sink += items[0];
            memmove(items, items + 1, (left - 1) * sizeof *items);
        }
    }
    for (size_t item = 0; item < n; item++) sink += items[item];
    printf("%llu\n", (unsigned long long)sink);
    return 0;
}
