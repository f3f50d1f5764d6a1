#include "CArchive.h"

#include <archive.h>
#include <archive_entry.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

// Each function with the type that the header gives it.
#define FUNCTIONS(F) \
    F(archive_error_string) F(archive_write_new) F(archive_write_set_format_zip) F(archive_write_set_options) \
    F(archive_write_open_filename) F(archive_write_header) F(archive_write_data) F(archive_write_close) \
    F(archive_write_free) F(archive_entry_new) F(archive_entry_free) F(archive_entry_clear) \
    F(archive_entry_set_pathname) F(archive_entry_set_size) F(archive_entry_set_filetype) F(archive_entry_set_perm) \
    F(archive_entry_set_mtime)

#define DECLARE(name) static __typeof__(&name) p_##name;
FUNCTIONS(DECLARE)

static const char *unavailable = "libarchive was not looked for";
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
    void *library = dlopen("libarchive.so.13", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        unavailable = "libarchive.so.13 is not installed";
        return;
    }
    unavailable = NULL;
#define RESOLVE(name) \
    p_##name = (__typeof__(&name))dlsym(library, #name); \
    if (!p_##name) unavailable = "libarchive.so.13 has no " #name;
    FUNCTIONS(RESOLVE)
}

const char *carchive_unavailable(void) {
    pthread_once(&once, load);
    return unavailable;
}

struct carchive_file {
    struct archive *archive;
    struct archive_entry *entry;
};

const char *carchive_error(carchive_file *file) {
    const char *words = p_archive_error_string(file->archive);
    return words ? words : "no reason given";
}

static carchive_file *make(struct archive *archive, struct archive_entry *entry) {
    carchive_file *file = archive ? malloc(sizeof *file) : NULL;
    if (file) *file = (carchive_file){archive, entry};
    return file;
}

carchive_file *carchive_create(const char *path) {
    if (carchive_unavailable()) return NULL;
    // A zip holds local times: the same bytes everywhere want one zone.
    setenv("TZ", "UTC", 1);
    tzset();
    struct archive *archive = p_archive_write_new();
    struct archive_entry *entry = p_archive_entry_new();
    carchive_file *file = entry ? make(archive, entry) : NULL;
    if (!file) return NULL;
    if (p_archive_write_set_format_zip(archive) != ARCHIVE_OK
        || p_archive_write_set_options(archive, "zip:compression=deflate") != ARCHIVE_OK
        || p_archive_write_open_filename(archive, path) != ARCHIVE_OK) {
        p_archive_write_free(archive);
        p_archive_entry_free(entry);
        free(file);
        return NULL;
    }
    return file;
}

int carchive_begin(carchive_file *file, const char *path, int64_t size, unsigned mode, int64_t seconds) {
    p_archive_entry_clear(file->entry);
    p_archive_entry_set_pathname(file->entry, path);
    p_archive_entry_set_size(file->entry, size);
    p_archive_entry_set_filetype(file->entry, AE_IFREG);
    p_archive_entry_set_perm(file->entry, mode);
    p_archive_entry_set_mtime(file->entry, seconds, 0);
    return p_archive_write_header(file->archive, file->entry) == ARCHIVE_OK ? 0 : -1;
}

int carchive_write(carchive_file *file, const void *bytes, size_t count) {
    return p_archive_write_data(file->archive, bytes, count) == (la_ssize_t)count ? 0 : -1;
}

int carchive_close(carchive_file *file) {
    int status = p_archive_write_close(file->archive) == ARCHIVE_OK ? 0 : -1;
    p_archive_write_free(file->archive);
    p_archive_entry_free(file->entry);
    free(file);
    return status;
}
