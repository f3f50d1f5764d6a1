#include "CInflate.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <zlib.h>

#define FUNCTIONS(F) F(inflateInit2_) F(inflate) F(inflateReset) F(inflateEnd) F(crc32)

#define DECLARE(name) static __typeof__(&name) p_##name;
FUNCTIONS(DECLARE)

static const char *unavailable = "zlib was not looked for";
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
    void *library = dlopen("libz.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        unavailable = "libz.so.1 is not installed";
        return;
    }
    unavailable = NULL;
#define RESOLVE(name) \
    p_##name = (__typeof__(&name))dlsym(library, #name); \
    if (!p_##name) unavailable = "libz.so.1 has no " #name;
    FUNCTIONS(RESOLVE)
}

const char *cinflate_unavailable(void) {
    pthread_once(&once, load);
    return unavailable;
}

struct cinflate {
    z_stream stream;
};

cinflate *cinflate_new(void) {
    if (cinflate_unavailable()) return NULL;
    cinflate *inflater = calloc(1, sizeof *inflater);
    // Negative: a stream of its own, without a header and a checksum, as a zip holds it.
    if (inflater && p_inflateInit2_(&inflater->stream, -MAX_WBITS, ZLIB_VERSION, sizeof inflater->stream) != Z_OK) {
        free(inflater);
        return NULL;
    }
    return inflater;
}

int cinflate_reset(cinflate *inflater) { return p_inflateReset(&inflater->stream) == Z_OK ? 0 : -1; }

int cinflate_step(cinflate *inflater, const void *input, size_t count, void *output, size_t room, cinflate_progress *made) {
    if (count > UINT_MAX || room > UINT_MAX) return -1;
    z_stream *stream = &inflater->stream;
    stream->next_in = (Bytef *)(uintptr_t)input;
    stream->avail_in = (uInt)count;
    stream->next_out = output;
    stream->avail_out = (uInt)room;
    int status = p_inflate(stream, Z_NO_FLUSH);
    made->consumed = count - stream->avail_in;
    made->produced = room - stream->avail_out;
    if (status == Z_STREAM_END) return 1;
    // Z_BUF_ERROR: it can do no more with what it was given.
    return status == Z_OK || status == Z_BUF_ERROR ? 0 : -1;
}

void cinflate_free(cinflate *inflater) {
    p_inflateEnd(&inflater->stream);
    free(inflater);
}

uint32_t cinflate_crc(uint32_t crc, const void *bytes, size_t count) {
    while (count > 0) {
        const uInt part = count > UINT_MAX ? UINT_MAX : (uInt)count;
        crc = (uint32_t)p_crc32(crc, bytes, part);
        bytes = (const char *)bytes + part;
        count -= part;
    }
    return crc;
}
