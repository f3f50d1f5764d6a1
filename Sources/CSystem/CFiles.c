#define _GNU_SOURCE
#include "CFiles.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <limits.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int retry_open(int at, const char *path, int flags, unsigned int mode) {
    int descriptor;
    do {
        descriptor = openat(at, path, flags, mode);
    } while (descriptor < 0 && errno == EINTR);
    return descriptor;
}

int cfiles_open_directory(int at, const char *path, int follow) {
    return retry_open(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW), 0);
}

int cfiles_open_place(const char *path) {
    return retry_open(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
}

int cfiles_open_named(const char *path) {
    return retry_open(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
}

int cfiles_await(int descriptor, int milliseconds) {
    struct pollfd asked = {.fd = descriptor, .events = POLLIN};
    int result;
    do {
        result = poll(&asked, 1, milliseconds);
    } while (result < 0 && errno == EINTR);
    if (result < 0) return -1;
    if (result == 0) {
        errno = ETIMEDOUT;
        return -1;
    }
    int flags = fcntl(descriptor, F_GETFL);
    return flags < 0 ? -1 : fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK);
}

int cfiles_open_regular(int at, const char *path) {
    // O_NONBLOCK: opening a FIFO must not wait for a writer; it changes nothing for regular files.
    return retry_open(at, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
}

int cfiles_open_regular_beneath(int at, const char *path) {
    // openat2 came with Linux 5.6; a container's seccomp rules may refuse a call they do not list, with EPERM.
    struct open_how how = {.flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    long descriptor;
    do {
        descriptor = syscall(SYS_openat2, at, path, &how, sizeof how);
    } while (descriptor < 0 && errno == EINTR);
    if (descriptor < 0 && errno == EPERM) errno = ENOSYS;
    return (int)descriptor;
}

int cfiles_create_new(int at, const char *path, unsigned int mode) {
    return retry_open(at, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
}

void cfiles_start_writeback(int descriptor) {
    (void)sync_file_range(descriptor, 0, 0, SYNC_FILE_RANGE_WRITE);
}

static void fill(const struct stat *from, cfiles_status *to) {
    to->size = (uint64_t)from->st_size;
    to->modified_ns = (int64_t)from->st_mtim.tv_sec * 1000000000 + from->st_mtim.tv_nsec;
    to->changed_ns = (int64_t)from->st_ctim.tv_sec * 1000000000 + from->st_ctim.tv_nsec;
    to->device = (uint64_t)from->st_dev;
    to->inode = (uint64_t)from->st_ino;
    to->mode = (uint32_t)(from->st_mode & 07777);
    to->owner = (uint32_t)from->st_uid;
    to->kind = S_ISREG(from->st_mode) ? 0 : S_ISDIR(from->st_mode) ? 1 : S_ISLNK(from->st_mode) ? 2 : 3;
    to->is_pipe = S_ISFIFO(from->st_mode) ? 1 : 0;
}

static int status_at(int at, const char *path, int flags, cfiles_status *status) {
    struct stat found;
    int result;
    do {
        result = fstatat(at, path, &found, flags);
    } while (result != 0 && errno == EINTR);
    if (result != 0) return -1;
    fill(&found, status);
    return 0;
}

int cfiles_status_at(int at, const char *path, cfiles_status *status) {
    return status_at(at, path, AT_SYMLINK_NOFOLLOW, status);
}

int cfiles_status_named(const char *path, cfiles_status *status) { return status_at(AT_FDCWD, path, 0, status); }

int cfiles_status_of(int descriptor, cfiles_status *status) {
    struct stat found;
    int result;
    do {
        result = fstat(descriptor, &found);
    } while (result != 0 && errno == EINTR);
    if (result != 0) return -1;
    fill(&found, status);
    return 0;
}

// Whether an error means that the file system or the kernel lacks an operation: EINVAL from FUSE and 9p, EOPNOTSUPP
// from some network file systems, ENOSYS for a system call that is missing or not allowed.
static int is_lacking(int error) {
    return error == EINVAL || error == ENOSYS || error == EOPNOTSUPP || error == ENOTSUP;
}

// Renames a folder if the new name is free. Another process may take the name between check and rename: the rename then
// fails on a file or a folder with contents, and replaces an empty folder, which loses nothing.
static int rename_folder_checked(int from_at, const char *from, int to_at, const char *to) {
    struct stat found;
    if (fstatat(to_at, to, &found, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
        return -1;
    }
    if (errno != ENOENT) return -1;
    return renameat(from_at, from, to_at, to);
}

// Claims the name with an empty file, so that no other process can, and renames over that.
static int rename_file_claimed(int from_at, const char *from, int to_at, const char *to) {
    int claim = retry_open(to_at, to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (claim < 0) return -1;
    close(claim);
    if (renameat(from_at, from, to_at, to) == 0) return 0;
    int failure = errno;
    (void)unlinkat(to_at, to, 0);
    errno = failure;
    return -1;
}

int cfiles_rename_new(int from_at, const char *from, int to_at, const char *to) {
    if (renameat2(from_at, from, to_at, to, RENAME_NOREPLACE) == 0) return 0;
    if (!is_lacking(errno)) return -1;
    struct stat found;
    if (fstatat(from_at, from, &found, AT_SYMLINK_NOFOLLOW) != 0) return -1;
    if (S_ISDIR(found.st_mode)) return rename_folder_checked(from_at, from, to_at, to);
    // A hard link also fails with EEXIST. exFAT and others have no links (EPERM); some limit their number for a file
    // (EMLINK).
    if (linkat(from_at, from, to_at, to, 0) == 0) return unlinkat(from_at, from, 0);
    if (!is_lacking(errno) && errno != EPERM && errno != EACCES && errno != EMLINK) return -1;
    return rename_file_claimed(from_at, from, to_at, to);
}

int cfiles_try_lock(int descriptor) {
    int result;
    do {
        result = flock(descriptor, LOCK_EX | LOCK_NB);
    } while (result != 0 && errno == EINTR);
    return result;
}

int cfiles_list(int descriptor, void *context, int (*each)(void *context, const char *name, size_t length, int kind)) {
    int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) return -1;
    DIR *directory = fdopendir(copy);
    if (directory == NULL) {
        int failure = errno;
        close(copy);
        errno = failure;
        return -1;
    }
    int result = 0;
    for (;;) {
        errno = 0;
        struct dirent *entry = readdir(directory);
        if (entry == NULL) {
            if (errno != 0) result = -1;
            break;
        }
        const char *name = entry->d_name;
        if (name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0))) continue;
        int kind = entry->d_type == DT_REG ? 0 : entry->d_type == DT_DIR ? 1 : entry->d_type == DT_LNK ? 2 : 3;
        if (entry->d_type == DT_UNKNOWN) {
            struct stat found;
            if (fstatat(copy, name, &found, AT_SYMLINK_NOFOLLOW) != 0) {
                if (errno == ENOENT) continue;
                result = -1;
                break;
            }
            cfiles_status status;
            fill(&found, &status);
            kind = status.kind;
        }
        // Only the kind of the link's target is read; the target is not opened.
        struct stat end;
        if (kind == 2 && fstatat(copy, name, &end, 0) == 0 && S_ISDIR(end.st_mode)) kind = 4;
        if (each(context, name, strlen(name), kind) != 0) break;
    }
    int failure = errno;
    closedir(directory);
    errno = failure;
    return result;
}

int cfiles_sync_file_system(int descriptor) {
    if (syncfs(descriptor) == 0) return 0;
    if (!is_lacking(errno)) return -1;
    sync();
    return 0;
}

int cfiles_sync_folder(int descriptor) {
    int result;
    do {
        result = fsync(descriptor);
    } while (result != 0 && errno == EINTR);
    return result != 0 && is_lacking(errno) ? 0 : result;
}

int cfiles_set_mode(int descriptor, unsigned int mode) { return fchmod(descriptor, mode); }

void cfiles_keep_memory_small(int arenas) {
    (void)arenas;
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 128 << 10);
    mallopt(M_TRIM_THRESHOLD, 128 << 10);
    mallopt(M_ARENA_MAX, arenas);
#endif
}

void cfiles_keep_secrets(void) {
    // Both are needed: a limit of 0 does not apply when cores are piped to a program, and the flag stops other
    // processes too; only this one can set it again.
    struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static volatile sig_atomic_t stop_caught;

static void note_stop(int number) { stop_caught = number; }

void cfiles_catch_stop(void) {
    // SA_RESETHAND: the second signal has its default action. SA_RESTART: the first makes no call fail.
    struct sigaction action = {.sa_handler = note_stop, .sa_flags = (int)(SA_RESETHAND | SA_RESTART)};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int cfiles_stop_caught(void) { return stop_caught; }

// MARK: Temporary files and folders

enum { FREE, TAKEN, SET };

// Static, so that a signal handler reads it without a lock: a path is complete once its state is SET.
static struct {
    _Atomic int state;
    char path[PATH_MAX];
} temporary[CFILES_MOST_TEMPORARY];

// The deepest folder that is emptied; this program writes nothing deeper.
enum { DEEPEST = 64 };
// Another thread may write into a folder while it is emptied, so a folder that is not empty is listed again. The limit
// is for all folders of one path together: a file that cannot be removed (NFS keeps open files) keeps every folder
// above it from being empty.
enum { MOST_RETRIES = 1000 };

struct entry64 {
    uint64_t inode;
    int64_t next;
    unsigned short length;
    unsigned char type;
    char name[];
};

// Removes a file, or a folder with everything in it. Uses system calls only, so that a signal handler may call it.
// Links are removed, never followed.
static void remove_at(int at, const char *name, int depth, int *retries) {
    if (unlinkat(at, name, 0) == 0 || (errno != EISDIR && errno != EPERM)) return;
    do {
        int folder = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (folder < 0) return;
        for (;;) {
            _Alignas(struct entry64) char buffer[2048];
            long count = syscall(SYS_getdents64, folder, buffer, sizeof buffer);
            if (count <= 0) break;
            for (long place = 0; place < count;) {
                const struct entry64 *entry = (const struct entry64 *)(buffer + place);
                place += entry->length;
                const char *child = entry->name;
                if (child[0] == '.' && (child[1] == 0 || (child[1] == '.' && child[2] == 0))) continue;
                if (depth < DEEPEST) remove_at(folder, child, depth + 1, retries);
            }
        }
        close(folder);
    } while (unlinkat(at, name, AT_REMOVEDIR) != 0 && errno == ENOTEMPTY && (*retries)-- > 0);
}

void cfiles_remove_temporary(void) {
    int failure = errno;
    for (int slot = 0; slot < CFILES_MOST_TEMPORARY; slot++) {
        int retries = MOST_RETRIES;
        if (atomic_load(&temporary[slot].state) == SET) remove_at(AT_FDCWD, temporary[slot].path, 0, &retries);
    }
    errno = failure;
}

// Removes all registered paths, then ends the process with the signal's default action.
static void remove_and_end(int number) {
    cfiles_remove_temporary();
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    raise(number);
}

static void watch_for_end(void) {
    atexit(cfiles_remove_temporary);
    static const int numbers[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGXCPU, SIGXFSZ};
    for (size_t place = 0; place < sizeof numbers / sizeof *numbers; place++) {
        struct sigaction before;
        // A signal that is already ignored (nohup) or caught stays as it is.
        if (sigaction(numbers[place], NULL, &before) != 0 || (before.sa_flags & SA_SIGINFO)
            || before.sa_handler != SIG_DFL)
            continue;
        struct sigaction action = {.sa_handler = remove_and_end};
        sigfillset(&action.sa_mask);
        sigaction(numbers[place], &action, NULL);
    }
}

int cfiles_keep_temporary(const char *path) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    size_t length = strlen(path);
    if (length >= PATH_MAX) return -1;
    for (int slot = 0; slot < CFILES_MOST_TEMPORARY; slot++) {
        int state = FREE;
        if (!atomic_compare_exchange_strong(&temporary[slot].state, &state, TAKEN)) continue;
        memcpy(temporary[slot].path, path, length + 1);
        atomic_store(&temporary[slot].state, SET);
        pthread_once(&once, watch_for_end);
        return slot;
    }
    return -1;
}

void cfiles_forget_temporary(int slot) {
    if (slot >= 0 && slot < CFILES_MOST_TEMPORARY) atomic_store(&temporary[slot].state, FREE);
}

int cfiles_open_to_lock(const char *path) {
    // O_NONBLOCK and O_NOFOLLOW: opening neither blocks nor follows a link, whatever the kind of file.
    return retry_open(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
}

int cfiles_is_own(int descriptor) {
    struct stat found;
    return fstat(descriptor, &found) == 0 && found.st_uid == geteuid() && (S_ISREG(found.st_mode) || S_ISDIR(found.st_mode));
}

ssize_t cfiles_read_at(int descriptor, void *buffer, size_t count, uint64_t offset) {
    ssize_t found;
    do {
        found = pread(descriptor, buffer, count, (off_t)offset);
    } while (found < 0 && errno == EINTR);
    return found;
}
