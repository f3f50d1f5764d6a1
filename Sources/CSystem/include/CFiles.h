// File operations that Swift's Glibc import cannot reach (they need _GNU_SOURCE) or cannot do without allocating.
#ifndef PROVENANCE_CFILES_H
#define PROVENANCE_CFILES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Opens a directory relative to `at`; unless `follow`, not through a link in its last element. -1 and errno on failure.
int cfiles_open_directory(int at, const char *path, int follow);

// Opens a directory as a place to look names up below, which takes no right to list it; links on the way are followed.
int cfiles_open_place(const char *path);

// Waits for a pipe's first byte, or its end; from then on reading waits. 0, or -1 and errno, ETIMEDOUT when nothing came.
int cfiles_await(int descriptor, int milliseconds);

// Opens a file below a directory for reading, as cfiles_open_regular does, through no link and no `..` on the way. ENOSYS
// where the system cannot do that at once.
int cfiles_open_regular_beneath(int at, const char *path);

// Opens a file for reading, never a link in the last element, never blocking on a FIFO or a device.
int cfiles_open_regular(int at, const char *path);

// Opens what a name leads to for reading: links are followed, and a pipe is not waited for.
int cfiles_open_named(const char *path);

// Creates a file that must not exist, for writing. -1 and errno on failure.
int cfiles_create_new(int at, const char *path, unsigned int mode);

// Starts writing a file's data to the disk without waiting for it; a hint, so nothing is reported.
void cfiles_start_writeback(int descriptor);

// What a name stands for, without following a link.
typedef struct {
    uint64_t size;
    int64_t modified_ns;
    int64_t changed_ns;
    uint64_t device;
    uint64_t inode;
    uint32_t mode;
    uint32_t owner;
    int kind; // 0 regular, 1 directory, 2 symbolic link, 3 anything else
    int is_pipe; // whether that anything else is a pipe
} cfiles_status;

int cfiles_status_at(int at, const char *path, cfiles_status *status);
int cfiles_status_of(int descriptor, cfiles_status *status);

// The same for what a name leads to: links are followed.
int cfiles_status_named(const char *path, cfiles_status *status);

// Renames without replacing: EEXIST when the new name is taken. Where the file system has no such rename, by what it has:
// a folder by a look and a plain rename, a file by a link, or by an empty file that takes the name first.
int cfiles_rename_new(int from_at, const char *from, int to_at, const char *to);

// Locks the whole file for this descriptor (flock); 0 or -1 and errno (EWOULDBLOCK when another holds it).
int cfiles_try_lock(int descriptor);

// Calls `each` with every name of a folder but `.` and `..`, in the order of the file system, and the kind as above, or
// 4 for a link that leads to a folder, until it returns non-zero. 0, or -1 and errno.
int cfiles_list(int descriptor, void *context, int (*each)(void *context, const char *name, size_t length, int kind));

// Makes everything on the file system of a descriptor durable (syncfs, or sync where it lacks that). 0, or -1 and errno.
int cfiles_sync_file_system(int descriptor);

// Makes the names in a folder durable. 0 also where the file system has no flush for folders: there is nothing to wait for.
int cfiles_sync_folder(int descriptor);

// Sets a file's permission bits. 0, or -1 and errno.
int cfiles_set_mode(int descriptor, unsigned int mode);

// Asks the allocator to give back what is free (mallopt); nothing where there is no such allocator.
void cfiles_keep_memory_small(int arenas);

// From now on this process leaves no core dump, and none but root may look into its memory.
void cfiles_keep_secrets(void);

// From now on the first SIGINT or SIGTERM only sets a flag; a second one ends the process as ever.
void cfiles_catch_stop(void);

// The signal that was caught, 0 for none.
int cfiles_stop_caught(void);

// Paths that are remembered at a time for removal.
#define CFILES_MOST_TEMPORARY 32

// Remembers a file or folder that must not outlast the process: from now on it is removed at `exit`, and by every signal
// that would end the process and can be caught, which then ends it as it would have. A signal that is ignored or caught
// already stays as it is. A number to forget it by; -1 where too many are remembered.
int cfiles_keep_temporary(const char *path);

// Forgets a path: it got its name, or is removed.
void cfiles_forget_temporary(int slot);

// Removes all that is remembered, with calls that a signal's handler may make.
void cfiles_remove_temporary(void);

// Opens a file or folder only to lock it; never through a link.
int cfiles_open_to_lock(const char *path);

// Whether what is open is a file or folder of this process's user.
int cfiles_is_own(int descriptor);

// Reads at a place of a file; the bytes read, 0 behind its end, -1 and errno.
ssize_t cfiles_read_at(int descriptor, void *buffer, size_t count, uint64_t offset);

#endif
