// A plugin of qemu's user mode that counts how often each basic block of a program runs, in all of its threads.
//
//     cc -O2 -shared -fPIC -o counter.so counter.c
//     qemu-x86_64 -plugin counter.so,out=FILE[,names=FILE] PROGRAM …
//
// FILE then has three 64-bit numbers for each block: its address, its instructions, and how often it ran. The file of
// `names` has lines of an address and its function, where qemu knows it: qemu reads symbols with `-d plugin`.
//
// The declarations are written out here, since Debian has no package with qemu-plugin.h. qemu accepts a plugin by the
// interface version that it declares: -DAPI=… with 1 for qemu 7.2, the one of Debian 12.

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef API
#define API 1
#endif

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { NO_REGISTERS = 0 };

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, void (*)(unsigned, void *), int, void *);
void qemu_plugin_register_atexit_cb(plugin_id, void (*)(plugin_id, void *), void *);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
const char *qemu_plugin_insn_symbol(const struct qemu_plugin_insn *);

__attribute__((visibility("default"))) int qemu_plugin_version = API;

struct block {
    struct block *next;
    uint64_t address, instructions, runs;
    const char *symbol;
};

enum { CHAINS = 1 << 16 };
static struct block *chains[CHAINS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char path[4096], names[4096];

// Not atomic, for speed: the program runs on one core, and two threads almost never collide here.
static void executed(unsigned thread, void *block) {
    (void)thread;
    ((struct block *)block)->runs++;
}

// A block that qemu translates again keeps its counter.
static void translated(plugin_id id, struct qemu_plugin_tb *translation) {
    (void)id;
    uint64_t address = qemu_plugin_tb_vaddr(translation);
    uint64_t instructions = qemu_plugin_tb_n_insns(translation);
    pthread_mutex_lock(&lock);
    struct block **chain = &chains[(address * 0x9E3779B97F4A7C15u) >> 48];
    struct block *block = *chain;
    while (block && (block->address != address || block->instructions != instructions)) block = block->next;
    if (!block) {
        block = calloc(1, sizeof *block);
        if (!block) abort();
        block->address = address;
        block->instructions = instructions;
        block->symbol = qemu_plugin_insn_symbol(qemu_plugin_tb_get_insn(translation, 0));
        block->next = *chain;
        *chain = block;
    }
    pthread_mutex_unlock(&lock);
    qemu_plugin_register_vcpu_tb_exec_cb(translation, executed, NO_REGISTERS, block);
}

static void ended(plugin_id id, void *unused) {
    (void)id, (void)unused;
    FILE *file = fopen(path, "we");
    FILE *symbols = names[0] ? fopen(names, "we") : NULL;
    if (!file || (names[0] && !symbols)) _exit(99);
    for (size_t chain = 0; chain < CHAINS; chain++)
        for (struct block *block = chains[chain]; block; block = block->next) {
            uint64_t numbers[3] = {block->address, block->instructions, block->runs};
            fwrite(numbers, sizeof numbers, 1, file);
            if (symbols && block->symbol) fprintf(symbols, "%" PRIx64 " %s\n", block->address, block->symbol);
        }
    if (fclose(file) != 0 || (symbols && fclose(symbols) != 0)) _exit(99);
}

__attribute__((visibility("default"))) int qemu_plugin_install(
    plugin_id id, const void *information, int count, char **arguments) {
    (void)information;
    for (int place = 0; place < count; place++) {
        if (strncmp(arguments[place], "out=", 4) == 0) snprintf(path, sizeof path, "%s", arguments[place] + 4);
        if (strncmp(arguments[place], "names=", 6) == 0) snprintf(names, sizeof names, "%s", arguments[place] + 6);
    }
    if (path[0] == 0) return -1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, ended, NULL);
    return 0;
}
