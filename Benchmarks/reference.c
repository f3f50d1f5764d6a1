// The reference that `provenance add` and `provenance audit` are measured against: the same cryptography and the same
// durable output, in C with libcrypto, with nothing else around it. It is meant to be hard to beat.
//
//   reference add POSTS OUT [--batch N] [--depth N] [--threads N] [--origin NAME] [--ceiling]
//   reference sign N        bare Ed25519 signing of N messages on all cores
//   reference verify N      bare Ed25519 verification of N signatures on all cores
//
// `add` reads every *.md in POSTS in the order of the names' bytes. For each it digests the whole file, the front
// matter and the body (SHA-256), writes the text of a record, signs it (Ed25519) and appends the signed note to a log
// in OUT/log in the form of C2SP tlog-tiles: entry bundles, tiles of every level, a signed checkpoint. Every `batch`
// entries it commits: each file is written under a temporary name, synced and renamed, then the folders are synced, and
// only then is the checkpoint replaced in the same way. OUT/keys gets the public keys, so that check.py can verify all
// of it. `--ceiling` first measures signing alone, on the same threads of the same process.
//
// Left out on purpose: it parses no YAML and no HTML (the record's `text` line is a constant, the digest of no passages),
// walks no tree, keeps no register and no index, and reads only posts that generate.py writes.
//
// What makes it fast: a worker on every core, each with one digest context and one signing context that it uses again
// for every post; posts handed out in runs of 16; notes formatted straight into the buffers that bundles are written
// from; and one batch is committed by a thread of its own while the workers sign the next (at most `depth` are held).

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

enum {
    hash_size = 32,
    signature_size = 64,
    tile_width = 256,    // c2sp.org/tlog-tiles: a full tile has 256 hashes, a full bundle 256 entries
    tile_levels = 8,     // 256^8 entries
    entry_limit = 1022,  // what a slot holds beside the two bytes of length; generated records need some 700
    run_length = 16,     // posts a worker takes at a time; divides tile_width
    message_size = 560,  // what `sign` and `verify` work on: about the length of a record's text
};

// MARK: - Failing

static void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("reference: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    ERR_print_errors_fp(stderr);
    exit(2);
}

static void *allocate(size_t count, size_t size) {
    void *memory = calloc(count, size);
    if (memory == NULL) die("out of memory");
    return memory;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int cores(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
    return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

// MARK: - Text

static char *put_bytes(char *at, const void *bytes, size_t count) {
    memcpy(at, bytes, count);
    return at + count;
}

static char *put(char *at, const char *text) { return put_bytes(at, text, strlen(text)); }

static char *put_hex(char *at, const uint8_t *bytes, size_t count) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        *at++ = digits[bytes[i] >> 4];
        *at++ = digits[bytes[i] & 15];
    }
    return at;
}

static char *put_decimal(char *at, uint64_t value) {
    char reversed[20];
    size_t count = 0;
    do reversed[count++] = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    while (count > 0) *at++ = reversed[--count];
    return at;
}

static char *put_base64(char *at, const uint8_t *bytes, size_t count) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (; count >= 3; bytes += 3, count -= 3) {
        uint32_t three = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];
        for (int shift = 18; shift >= 0; shift -= 6) *at++ = digits[three >> shift & 63];
    }
    if (count > 0) {
        uint32_t rest = (uint32_t)bytes[0] << 16 | (count == 2 ? (uint32_t)bytes[1] << 8 : 0);
        *at++ = digits[rest >> 18 & 63];
        *at++ = digits[rest >> 12 & 63];
        *at++ = count == 2 ? digits[rest >> 6 & 63] : '=';
        *at++ = '=';
    }
    return at;
}

// MARK: - SHA-256: the algorithm is fetched once, a context is made once for each thread

static EVP_MD *sha256;

static EVP_MD_CTX *new_digest(void) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL || EVP_DigestInit_ex2(context, sha256, NULL) != 1) die("no SHA-256 context");
    return context;
}

static void digest(EVP_MD_CTX *context, const void *bytes, size_t count, uint8_t out[hash_size]) {
    if (EVP_DigestInit_ex2(context, NULL, NULL) != 1 || EVP_DigestUpdate(context, bytes, count) != 1
        || EVP_DigestFinal_ex(context, out, NULL) != 1)
        die("SHA-256 failed");
}

// RFC 6962 §2.1: a leaf is hashed behind 0x00, a node behind 0x01.
static void hash_leaf(EVP_MD_CTX *context, const void *entry, size_t count, uint8_t out[hash_size]) {
    static const uint8_t prefix = 0;
    if (EVP_DigestInit_ex2(context, NULL, NULL) != 1 || EVP_DigestUpdate(context, &prefix, 1) != 1
        || EVP_DigestUpdate(context, entry, count) != 1 || EVP_DigestFinal_ex(context, out, NULL) != 1)
        die("SHA-256 failed");
}

static void hash_node(EVP_MD_CTX *context, const uint8_t *left, const uint8_t *right, uint8_t out[hash_size]) {
    uint8_t node[1 + 2 * hash_size];
    node[0] = 1;
    memcpy(node + 1, left, hash_size);
    memcpy(node + 1 + hash_size, right, hash_size);
    digest(context, node, sizeof node, out);
}

// The root over `count` hashes, a power of two of at most tile_width.
static void hash_perfect(EVP_MD_CTX *context, const uint8_t *hashes, size_t count, uint8_t out[hash_size]) {
    uint8_t row[tile_width * hash_size];
    memcpy(row, hashes, count * hash_size);
    for (; count > 1; count /= 2)
        for (size_t i = 0; i < count / 2; i++)
            hash_node(context, row + 2 * i * hash_size, row + (2 * i + 1) * hash_size, row + i * hash_size);
    memcpy(out, row, hash_size);
}

// MARK: - Keys and signed notes (c2sp.org/signed-note)

typedef struct {
    char name[256];
    uint8_t seed[32];
    uint8_t public[32];
    uint8_t id[4];
} Key;

typedef struct {
    const Key *key;
    EVP_PKEY *pkey;  // one for each thread: its reference count is not shared between cores
    EVP_MD_CTX *context;
} Signer;

static Signer new_signer(const Key *key) {
    Signer signer = {key, EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, key->seed, 32), EVP_MD_CTX_new()};
    if (signer.pkey == NULL || signer.context == NULL) die("no signing context");
    if (EVP_DigestSignInit(signer.context, NULL, NULL, NULL, signer.pkey) != 1) die("cannot sign with Ed25519");
    return signer;
}

static void sign(Signer *signer, const void *text, size_t count, uint8_t out[signature_size]) {
    size_t written = signature_size;
    if (EVP_DigestSignInit(signer->context, NULL, NULL, NULL, signer->pkey) != 1
        || EVP_DigestSign(signer->context, out, &written, text, count) != 1 || written != signature_size)
        die("Ed25519 signing failed");
}

static Key new_key(const char *name) {
    Key key = {0};
    if (strlen(name) >= sizeof key.name) die("key name too long");
    strcpy(key.name, name);
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    size_t seed = 32, public = 32;
    if (pkey == NULL || EVP_PKEY_get_raw_private_key(pkey, key.seed, &seed) != 1
        || EVP_PKEY_get_raw_public_key(pkey, key.public, &public) != 1)
        die("cannot make an Ed25519 key");
    EVP_PKEY_free(pkey);

    // Key ID = SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key)[0..<4]
    uint8_t input[256 + 2 + 32], hash[hash_size];
    char *end = put((char *)input, name);
    end = put(end, "\n\x01");
    end = put_bytes(end, key.public, 32);
    EVP_MD_CTX *context = new_digest();
    digest(context, input, (size_t)(end - (char *)input), hash);
    EVP_MD_CTX_free(context);
    memcpy(key.id, hash, 4);
    return key;
}

// Signs the text from `start` to `end` (which has its last newline) and appends the empty line and the signature line.
static char *put_signature(char *start, char *end, Signer *signer) {
    uint8_t line[4 + signature_size];
    memcpy(line, signer->key->id, 4);
    sign(signer, start, (size_t)(end - start), line + 4);
    end = put(end, "\n\u2014 ");
    end = put(end, signer->key->name);
    *end++ = ' ';
    end = put_base64(end, line, sizeof line);
    *end++ = '\n';
    return end;
}

// OUT/keys/<role>.vkey (C2SP) and <role>.pub.pem (SPKI, for openssl). Not part of the measured work.
static void publish_key(const Key *key, const char *out, const char *role) {
    char path[4096];
    snprintf(path, sizeof path, "%s/keys/%s.vkey", out, role);
    FILE *file = fopen(path, "w");
    if (file == NULL) die("%s: %s", path, strerror(errno));
    uint8_t typed[33] = {1};
    memcpy(typed + 1, key->public, 32);
    char line[128], *end = put_hex(line, key->id, 4);
    *end++ = '+';
    end = put_base64(end, typed, sizeof typed);
    *end = 0;
    fprintf(file, "%s+%s\n", key->name, line);
    if (fclose(file) != 0) die("%s: %s", path, strerror(errno));

    snprintf(path, sizeof path, "%s/keys/%s.pub.pem", out, role);
    EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key->public, 32);
    file = fopen(path, "w");
    if (file == NULL || pkey == NULL || PEM_write_PUBKEY(file, pkey) != 1 || fclose(file) != 0)
        die("cannot write %s", path);
    EVP_PKEY_free(pkey);
}

// MARK: - Posts

typedef struct {
    char **names;
    size_t count;
    int folder;
} Posts;

static int by_bytes(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static Posts list_posts(const char *path) {
    Posts posts = {NULL, 0, open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    DIR *stream = opendir(path);
    if (posts.folder < 0 || stream == NULL) die("%s: %s", path, strerror(errno));
    size_t capacity = 0;
    struct dirent *item;
    while ((item = readdir(stream)) != NULL) {
        size_t length = strlen(item->d_name);
        if (item->d_type != DT_REG || item->d_name[0] == '.') continue;
        if (length < 3 || strcmp(item->d_name + length - 3, ".md") != 0) continue;
        if (posts.count == capacity) {
            capacity = capacity == 0 ? 4096 : 2 * capacity;
            posts.names = realloc(posts.names, capacity * sizeof *posts.names);
            if (posts.names == NULL) die("out of memory");
        }
        if ((posts.names[posts.count++] = strdup(item->d_name)) == NULL) die("out of memory");
    }
    closedir(stream);
    if (posts.count == 0) die("%s: no posts", path);
    qsort(posts.names, posts.count, sizeof *posts.names, by_bytes);
    return posts;
}

typedef struct {
    const char *bytes;
    size_t count;
} Span;

// The value of a line `key value` in the front matter.
static Span field(Span front, const char *key, const char *name) {
    const char *at = memmem(front.bytes, front.count, key, strlen(key));
    if (at == NULL) die("%s: no line that starts with `%s`", name, key + 1);
    at += strlen(key);
    return (Span){at, (size_t)((const char *)memchr(at, '\n', (size_t)(front.bytes + front.count - at)) - at)};
}

// MARK: - A batch of entries, in the form in which bundles hold them

typedef struct {
    uint32_t length;                 // of what is to be written: two bytes of length and the entry
    uint8_t bytes[2 + entry_limit];  // c2sp.org/tlog-tiles: u16 big-endian length ‖ entry
} Slot;

typedef struct {
    Slot *slots;
    uint8_t *leaves;
    atomic_size_t done;
} Batch;

typedef struct {
    Posts posts;
    Key signer, log;
    size_t batch_size, depth, batch_count;
    Batch *batches;           // a ring of `depth`
    atomic_size_t next;       // next post that no worker has taken
    atomic_size_t committed;  // batches
    pthread_mutex_t mutex;
    pthread_cond_t filled, freed;
} Work;

typedef struct {
    EVP_MD_CTX *digest;
    Signer signer;
    char *buffer;
    size_t capacity;
} Tools;

static size_t size_of_batch(const Work *work, size_t batch) {
    size_t rest = work->posts.count - batch * work->batch_size;
    return rest < work->batch_size ? rest : work->batch_size;
}

static Span read_post(Tools *tools, const Posts *posts, const char *name) {
    int file = openat(posts->folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) die("%s: %s", name, strerror(errno));
    size_t size = 0;
    for (;;) {
        ssize_t count = read(file, tools->buffer + size, tools->capacity - size);
        if (count < 0) die("%s: %s", name, strerror(errno));
        size += (size_t)count;
        // A regular file gives fewer bytes than asked for only at its end.
        if (size < tools->capacity) break;
        tools->buffer = realloc(tools->buffer, tools->capacity *= 2);
        if (tools->buffer == NULL) die("out of memory");
    }
    close(file);
    return (Span){tools->buffer, size};
}

static void record_post(Work *work, Tools *tools, size_t index, Slot *slot, uint8_t leaf[hash_size]) {
    const char *name = work->posts.names[index];
    Span post = read_post(tools, &work->posts, name);
    const char *end_of_post = post.bytes + post.count;

    const char *close = post.count < 4 || memcmp(post.bytes, "---\n", 4) != 0
        ? NULL : memmem(post.bytes + 3, post.count - 3, "\n---\n", 5);
    if (close == NULL) die("%s: no front matter", name);
    Span front = {post.bytes, (size_t)(close + 5 - post.bytes)};
    Span source = field(front, "\nfrom: ", name), dated = field(front, "\ndate: ", name);

    const char *head = front.bytes + front.count;
    const char *rule = memmem(head, (size_t)(end_of_post - head), "\n------\n\n", 9);
    if (rule == NULL || memcmp(head, "<!--", 4) != 0) die("%s: not in the rss form", name);
    Span epoch = {head + 4, 0};
    while (epoch.bytes[epoch.count] >= '0' && epoch.bytes[epoch.count] <= '9') epoch.count++;
    if (memcmp(epoch.bytes + epoch.count, "-->\n[", 5) != 0) die("%s: not in the rss form", name);
    Span body = {rule + 9, (size_t)(end_of_post - (rule + 9))};
    // The rest of an entry is less than 512 bytes and twice the signer's name.
    if (512 + 2 * strlen(work->signer.name) + source.count + dated.count + epoch.count > entry_limit)
        die("%s: fields too long", name);

    uint8_t file_digest[hash_size], front_digest[hash_size], body_digest[hash_size];
    digest(tools->digest, post.bytes, post.count, file_digest);
    digest(tools->digest, front.bytes, front.count, front_digest);
    digest(tools->digest, body.bytes, body.count, body_digest);
    struct timespec clock;
    clock_gettime(CLOCK_REALTIME, &clock);

    char *start = (char *)slot->bytes + 2, *at = start;
    at = put(at, "provenance/post@v1\nsigner ");
    at = put(at, work->signer.name);
    at = put(at, "\nsha256 ");
    at = put_hex(at, file_digest, hash_size);
    at = put(at, "\nsize ");
    at = put_decimal(at, post.count);
    at = put(at, "\nsource ");
    at = put_bytes(at, source.bytes, source.count);
    at = put(at, "\ndated ");
    at = put_bytes(at, dated.bytes, dated.count);
    at = put(at, "\npublished ");
    at = put_bytes(at, epoch.bytes, epoch.count);
    at = put(at, "\nrecorded ");
    at = put_decimal(at, (uint64_t)clock.tv_sec * 1000 + (uint64_t)clock.tv_nsec / 1000000);
    at = put(at, "\nfront ");
    at = put_hex(at, front_digest, hash_size);
    at = put(at, "\nbody ");
    at = put_hex(at, body_digest, hash_size);
    // A constant: this program reads no passages.
    at = put(at, "\ntext e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 0\n");
    at = put_signature(start, at, &tools->signer);

    size_t length = (size_t)(at - start);
    slot->bytes[0] = (uint8_t)(length >> 8);
    slot->bytes[1] = (uint8_t)length;
    slot->length = (uint32_t)length + 2;
    hash_leaf(tools->digest, start, length, leaf);
}

static void *worker(void *argument) {
    Work *work = argument;
    Tools tools = {new_digest(), new_signer(&work->signer), allocate(65536, 1), 65536};
    for (;;) {
        size_t from = atomic_fetch_add(&work->next, run_length);
        if (from >= work->posts.count) break;
        size_t to = from + run_length < work->posts.count ? from + run_length : work->posts.count;
        size_t number = from / work->batch_size;
        if (atomic_load(&work->committed) + work->depth <= number) {
            pthread_mutex_lock(&work->mutex);
            while (atomic_load(&work->committed) + work->depth <= number)
                pthread_cond_wait(&work->freed, &work->mutex);
            pthread_mutex_unlock(&work->mutex);
        }
        Batch *batch = &work->batches[number % work->depth];
        for (size_t i = from; i < to; i++) {
            size_t place = i % work->batch_size;
            record_post(work, &tools, i, &batch->slots[place], batch->leaves + place * hash_size);
        }
        if (atomic_fetch_add(&batch->done, to - from) + (to - from) == size_of_batch(work, number)) {
            pthread_mutex_lock(&work->mutex);
            pthread_cond_signal(&work->filled);
            pthread_mutex_unlock(&work->mutex);
        }
    }
    return NULL;
}

// MARK: - The log

// Paths are relative to the log's folder.
typedef struct {
    char path[64];
    int file;  // the temporary file, open
} Pending;

typedef struct {
    int folder;
    uint64_t size;
    uint8_t edge[tile_levels][tile_width * hash_size];  // the right-most tile of each level, not yet full
    size_t width[tile_levels];
    Pending *pending;
    size_t pending_count, pending_capacity;
    char dirty[64][64];  // folders to sync
    size_t dirty_count;
    char stale[64][64];  // partials whose full tile is about to be committed
    size_t stale_count;
    EVP_MD_CTX *digest;
    Signer signer;
} Log;

static void remember(char list[64][64], size_t *count, const char *path) {
    for (size_t i = 0; i < *count; i++)
        if (strcmp(list[i], path) == 0) return;
    if (*count == 64) die("too many folders in one commit");
    strcpy(list[(*count)++], path);
}

// Remembers that the folder of `path` has to be synced.
static void remember_parent(Log *log, const char *path) {
    char parent[64];
    strcpy(parent, path);
    char *slash = strrchr(parent, '/');
    if (slash == NULL) strcpy(parent, ".");
    else *slash = 0;
    remember(log->dirty, &log->dirty_count, parent);
}

static void make_folders(Log *log, const char *path) {
    char folder[64];
    for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        memcpy(folder, path, (size_t)(slash - path));
        folder[slash - path] = 0;
        if (mkdirat(log->folder, folder, 0777) == 0) remember_parent(log, folder);
        else if (errno != EEXIST) die("%s: %s", folder, strerror(errno));
    }
}

static void temporary(char out[72], const char *path) { snprintf(out, 72, "%s.tmp", path); }

// Writes the parts to a temporary file beside `path`; `settle` does the rest.
static void write_pending(Log *log, const char *path, struct iovec *parts, int count) {
    if (log->pending_count == log->pending_capacity) {
        log->pending_capacity = log->pending_capacity == 0 ? 64 : 2 * log->pending_capacity;
        log->pending = realloc(log->pending, log->pending_capacity * sizeof *log->pending);
        if (log->pending == NULL) die("out of memory");
    }
    Pending *pending = &log->pending[log->pending_count++];
    strcpy(pending->path, path);
    char name[72];
    temporary(name, path);
    int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
    pending->file = openat(log->folder, name, flags, 0666);
    if (pending->file < 0 && errno == ENOENT) {
        make_folders(log, path);
        pending->file = openat(log->folder, name, flags, 0666);
    }
    if (pending->file < 0) die("%s: %s", name, strerror(errno));
    size_t size = 0;
    for (int i = 0; i < count; i++) size += parts[i].iov_len;
    ssize_t written = writev(pending->file, parts, count);
    if (written < 0 || (size_t)written != size) die("%s: %s", name, written < 0 ? strerror(errno) : "short write");
#ifdef SYNC_FILE_RANGE_WRITE
    // The disk starts writing at once, and the syncs that follow wait for all files together instead of for each in turn.
    sync_file_range(pending->file, 0, 0, SYNC_FILE_RANGE_WRITE);
#endif
    remember_parent(log, path);
}

// Syncs and renames what is pending, then syncs the folders.
static void settle(Log *log) {
    for (size_t i = 0; i < log->pending_count; i++)
        if (fsync(log->pending[i].file) != 0 || close(log->pending[i].file) != 0)
            die("%s: %s", log->pending[i].path, strerror(errno));
    for (size_t i = 0; i < log->pending_count; i++) {
        char name[72];
        temporary(name, log->pending[i].path);
        if (renameat(log->folder, name, log->folder, log->pending[i].path) != 0)
            die("%s: %s", name, strerror(errno));
    }
    for (size_t i = 0; i < log->dirty_count; i++) {
        int folder = openat(log->folder, log->dirty[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder < 0 || fsync(folder) != 0) die("%s: %s", log->dirty[i], strerror(errno));
        close(folder);
    }
    log->pending_count = log->dirty_count = 0;
}

// c2sp.org/tlog-tiles: three digits a group, all but the last behind an x; .p/W when partial.
static void tile_path(char out[64], const char *level, uint64_t number, size_t width) {
    char groups[40] = "";
    snprintf(groups, sizeof groups, "%03u", (unsigned)(number % 1000));
    while ((number /= 1000) != 0) {
        char longer[40];
        snprintf(longer, sizeof longer, "x%03u/%.30s", (unsigned)(number % 1000), groups);
        strcpy(groups, longer);
    }
    if (width == tile_width) snprintf(out, 64, "tile/%s/%s", level, groups);
    else snprintf(out, 64, "tile/%s/%s.p/%zu", level, groups, width);
}

static void write_tile(Log *log, size_t level, uint64_t number) {
    char path[64], name[8];
    snprintf(name, sizeof name, "%zu", level);
    tile_path(path, name, number, log->width[level]);
    struct iovec part = {log->edge[level], log->width[level] * hash_size};
    write_pending(log, path, &part, 1);
    if (log->width[level] == tile_width) remember(log->stale, &log->stale_count, path);
}

// Appends a hash to a level; a tile that it fills is written and its root goes up.
static void append_hash(Log *log, size_t level, const uint8_t hash[hash_size], uint64_t number) {
    if (level == tile_levels) die("the log is full");
    memcpy(log->edge[level] + log->width[level]++ * hash_size, hash, hash_size);
    if (log->width[level] < tile_width) return;
    write_tile(log, level, number);
    uint8_t root[hash_size];
    hash_perfect(log->digest, log->edge[level], tile_width, root);
    log->width[level] = 0;
    append_hash(log, level + 1, root, number / tile_width);
}

static void root_hash(Log *log, uint8_t out[hash_size]) {
    // From the right: perfect subtrees of growing size, each to the left of all that is smaller.
    bool empty = true;
    for (size_t level = 0; level < tile_levels; level++) {
        size_t end = log->width[level];
        for (size_t count = 1; count <= end; count *= 2) {
            if ((log->width[level] & count) == 0) continue;
            end -= count;
            uint8_t subtree[hash_size];
            hash_perfect(log->digest, log->edge[level] + end * hash_size, count, subtree);
            if (empty) memcpy(out, subtree, hash_size);
            else hash_node(log->digest, subtree, out, out);
            empty = false;
        }
    }
}

static void write_bundle(Log *log, uint64_t number, Slot *const *slots, size_t count) {
    struct iovec parts[tile_width];
    for (size_t i = 0; i < count; i++) parts[i] = (struct iovec){slots[i]->bytes, slots[i]->length};
    char path[64];
    tile_path(path, "entries", number, count);
    write_pending(log, path, parts, (int)count);
    if (count == tile_width) remember(log->stale, &log->stale_count, path);
}

// Removes the partials of a tile that is now full and committed.
static void collect(Log *log) {
    for (size_t i = 0; i < log->stale_count; i++) {
        char folder[72], path[80];
        snprintf(folder, sizeof folder, "%s.p", log->stale[i]);
        if (unlinkat(log->folder, folder, AT_REMOVEDIR) == 0 || errno == ENOENT) continue;
        for (int width = 1; width < tile_width; width++) {
            snprintf(path, sizeof path, "%s/%d", folder, width);
            unlinkat(log->folder, path, 0);
        }
        unlinkat(log->folder, folder, AT_REMOVEDIR);
    }
    log->stale_count = 0;
}

static void commit(Log *log, const Batch *batch, size_t count) {
    // Batches are whole tiles except the last, which ends the log: a batch always starts at a tile's edge.
    for (size_t from = 0; from < count; from += tile_width) {
        size_t width = count - from < tile_width ? count - from : tile_width;
        Slot *slots[tile_width];
        for (size_t i = 0; i < width; i++) slots[i] = &batch->slots[from + i];
        write_bundle(log, (log->size + from) / tile_width, slots, width);
        for (size_t i = 0; i < width; i++)
            append_hash(log, 0, batch->leaves + (from + i) * hash_size, (log->size + from) / tile_width);
    }
    log->size += count;
    uint64_t number = log->size;
    for (size_t level = 0; level < tile_levels; level++)
        if (number /= tile_width, log->width[level] > 0) write_tile(log, level, number);
    settle(log);

    uint8_t root[hash_size];
    root_hash(log, root);
    char note[1024], *end = put(note, log->signer.key->name);
    *end++ = '\n';
    end = put_decimal(end, log->size);
    *end++ = '\n';
    end = put_base64(end, root, hash_size);
    *end++ = '\n';
    end = put_signature(note, end, &log->signer);
    struct iovec part = {note, (size_t)(end - note)};
    write_pending(log, "checkpoint", &part, 1);
    settle(log);
    collect(log);
}

static void make_folder(const char *out, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s%s", out, name);
    if (mkdir(path, 0777) != 0) die("%s: %s", path, strerror(errno));
}

// MARK: - add

static int add(const char *posts, const char *out, const char *origin, size_t batch, size_t depth, int threads) {
    char name[256];
    make_folder(out, "");
    make_folder(out, "/log");
    make_folder(out, "/keys");

    double start = now();
    Work work = {.batch_size = batch, .depth = depth};
    work.log = new_key(origin);
    snprintf(name, sizeof name, "%s/signer", origin);
    work.signer = new_key(name);
    work.posts = list_posts(posts);
    work.batch_count = (work.posts.count + batch - 1) / batch;
    work.batches = allocate(depth, sizeof *work.batches);
    for (size_t i = 0; i < depth; i++) {
        work.batches[i].slots = allocate(batch, sizeof(Slot));
        work.batches[i].leaves = allocate(batch, hash_size);
    }
    pthread_mutex_init(&work.mutex, NULL);
    pthread_cond_init(&work.filled, NULL);
    pthread_cond_init(&work.freed, NULL);

    Log *log = allocate(1, sizeof *log);
    char path[4096];
    snprintf(path, sizeof path, "%s/log", out);
    log->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (log->folder < 0) die("%s: %s", path, strerror(errno));
    log->digest = new_digest();
    log->signer = new_signer(&work.log);

    pthread_t workers[256];
    for (int i = 0; i < threads; i++)
        if (pthread_create(&workers[i], NULL, worker, &work) != 0) die("cannot start a thread");

    double waiting = 0;
    for (size_t number = 0; number < work.batch_count; number++) {
        Batch *next = &work.batches[number % depth];
        double before = now();
        pthread_mutex_lock(&work.mutex);
        while (atomic_load(&next->done) < size_of_batch(&work, number)) pthread_cond_wait(&work.filled, &work.mutex);
        pthread_mutex_unlock(&work.mutex);
        waiting += now() - before;
        commit(log, next, size_of_batch(&work, number));
        atomic_store(&next->done, 0);
        pthread_mutex_lock(&work.mutex);
        atomic_fetch_add(&work.committed, 1);
        pthread_cond_broadcast(&work.freed);
        pthread_mutex_unlock(&work.mutex);
    }
    for (int i = 0; i < threads; i++) pthread_join(workers[i], NULL);
    double seconds = now() - start;

    publish_key(&work.log, out, "log");
    publish_key(&work.signer, out, "signer");
    printf("threads %d\nposts %zu\ncommits %zu\ncommit-seconds %.4f\nseconds %.4f\nposts-per-second %.0f\n", threads,
           work.posts.count, work.batch_count, seconds - waiting, seconds, (double)work.posts.count / seconds);
    return 0;
}

// MARK: - Bare signing and verification

typedef struct {
    Key key;
    size_t count, stored;
    uint8_t *signatures;
    atomic_size_t next;
    bool verifying;
} Bare;

static void message(uint8_t out[message_size], size_t index) {
    memset(out, 'm', message_size);
    memcpy(out, &index, sizeof index);
}

static void *bare_worker(void *argument) {
    Bare *bare = argument;
    Signer signer = new_signer(&bare->key);
    EVP_PKEY *public = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, bare->key.public, 32);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (public == NULL || context == NULL) die("no verifying context");
    uint8_t text[message_size], signature[signature_size];
    for (size_t from; (from = atomic_fetch_add(&bare->next, run_length)) < bare->count;)
        for (size_t i = from; i < from + run_length && i < bare->count; i++) {
            message(text, i % bare->stored);
            if (!bare->verifying) {
                sign(&signer, text, sizeof text, signature);
                memcpy(bare->signatures + i % bare->stored * signature_size, signature, signature_size);
            } else if (EVP_DigestVerifyInit(context, NULL, NULL, NULL, public) != 1
                       || EVP_DigestVerify(context, bare->signatures + i % bare->stored * signature_size,
                                           signature_size, text, sizeof text) != 1)
                die("a signature does not verify");
        }
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(public);
    EVP_MD_CTX_free(signer.context);
    EVP_PKEY_free(signer.pkey);
    return NULL;
}

// The rate of one pass over `count` messages on `threads` cores, a second.
static double pass(Bare *bare, size_t count, bool verifying, int threads) {
    bare->count = count;
    bare->verifying = verifying;
    atomic_store(&bare->next, 0);
    pthread_t workers[256];
    double start = now();
    for (int i = 0; i < threads; i++)
        if (pthread_create(&workers[i], NULL, bare_worker, bare) != 0) die("cannot start a thread");
    for (int i = 0; i < threads; i++) pthread_join(workers[i], NULL);
    return (double)count / (now() - start);
}

static int bare(size_t count, bool verifying, int threads) {
    size_t stored = count < 8192 ? count : 8192;
    Bare work = {.key = new_key("bench.example/bare"), .stored = stored};
    work.signatures = allocate(stored, signature_size);
    pass(&work, stored, false, threads);
    double rate = pass(&work, count, verifying, threads);
    printf("%s-per-second %.0f\n", verifying ? "verifications" : "signatures", rate);
    free(work.signatures);
    return 0;
}

// MARK: - Command line

static size_t number(const char *text, size_t least, size_t most) {
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || *text < '0' || *text > '9' || *end != 0 || value < least || value > most)
        die("`%s` is not a number from %zu to %zu", text, least, most);
    return (size_t)value;
}

static int usage(void) {
    fputs("usage: reference add POSTS OUT [--batch N] [--depth N] [--threads N] [--origin NAME] [--ceiling]\n"
          "       reference sign N [--threads N]\n"
          "       reference verify N [--threads N]\n", stderr);
    return 2;
}

int main(int argc, char **argv) {
    size_t batch = 1024, depth = 3;
    int threads = cores(), words = 0;
    const char *origin = "bench.example/log", *word[4] = {NULL};
    bool ceiling = false;
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--ceiling") == 0) ceiling = true;
        else if (strncmp(argv[i], "--", 2) != 0 && words < 4) word[words++] = argv[i];
        else if (strcmp(argv[i], "--batch") == 0) batch = number(value, tile_width, 4096), i++;
        else if (strcmp(argv[i], "--depth") == 0) depth = number(value, 1, 64), i++;
        else if (strcmp(argv[i], "--threads") == 0) threads = (int)number(value, 1, 256), i++;
        else if (strcmp(argv[i], "--origin") == 0) origin = value, i++;
        else return usage();
    }
    if (threads > 256) threads = 256;
    if (batch % tile_width != 0) die("--batch must be a multiple of %d", tile_width);
    if (*origin == 0 || strlen(origin) > 200) die("the origin must have 1 to 200 bytes");
    if ((sha256 = EVP_MD_fetch(NULL, "SHA256", NULL)) == NULL) die("no SHA-256");

    if (words == 3 && strcmp(word[0], "add") == 0) {
        if (ceiling) bare(60000, false, threads);
        return add(word[1], word[2], origin, batch, depth, threads);
    }
    if (words == 2 && strcmp(word[0], "sign") == 0) return bare(number(word[1], 1, 100000000), false, threads);
    if (words == 2 && strcmp(word[0], "verify") == 0) return bare(number(word[1], 1, 100000000), true, threads);
    return usage();
}
