// File operations that Swift's Glibc import cannot reach (they need _GNU_SOURCE) or cannot do without allocating.
#ifndef PROVENANCE_CFILES_H
#define PROVENANCE_CFILES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Opens a directory relative to `at`; a link in the last element is followed only if `follow`. -1 and errno on failure.
int cfiles_open_directory(int at, const char *path, int follow);

// Opens a directory for resolving names below it, which needs no permission to list it; links in the path are followed.
int cfiles_open_place(const char *path);

// Waits for a pipe's first byte or its end, then makes reads block. 0, or -1 and errno; ETIMEDOUT when neither came.
int cfiles_await(int descriptor, int milliseconds);

// Opens a file below a directory for reading, as cfiles_open_regular does, and refuses links and `..` in the path.
// ENOSYS where the system cannot do that in one call.
int cfiles_open_regular_beneath(int at, const char *path);

// Opens a file for reading; refuses a link in the last element, and never blocks on a FIFO or a device.
int cfiles_open_regular(int at, const char *path);

// Opens the target of a path for reading: links are followed, and a pipe without a writer does not block.
int cfiles_open_named(const char *path);

// Creates a new file for writing; EEXIST when the path exists. -1 and errno on failure.
int cfiles_create_new(int at, const char *path, unsigned int mode);

// Starts writing a file's data to the disk without waiting; a hint, so errors are ignored.
void cfiles_start_writeback(int descriptor);

// The status of a file.
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

// Like cfiles_status_at, for the target of a path: links are followed.
int cfiles_status_named(const char *path, cfiles_status *status);

// Renames without replacing: EEXIST when the new name is taken. Where the file system lacks such a rename, a folder is
// renamed after a check that the name is free, and a file is hard-linked, or renamed over an empty file that claims the
// name first.
int cfiles_rename_new(int from_at, const char *from, int to_at, const char *to);

// Locks the whole file for this descriptor (flock); 0 or -1 and errno (EWOULDBLOCK when it is held elsewhere).
int cfiles_try_lock(int descriptor);

// Calls `each` with every name of a folder but `.` and `..`, in the order of the file system, and the kind as above, or
// 4 for a link that leads to a folder, until it returns non-zero. 0, or -1 and errno.
int cfiles_list(int descriptor, void *context, int (*each)(void *context, const char *name, size_t length, int kind));

// Makes everything on the file system of a descriptor durable (syncfs, or sync where it lacks that). 0, or -1 and errno.
int cfiles_sync_file_system(int descriptor);

// Makes the names in a folder durable. 0 also where the file system cannot flush folders.
int cfiles_sync_folder(int descriptor);

// Sets a file's permission bits. 0, or -1 and errno.
int cfiles_set_mode(int descriptor, unsigned int mode);

// Makes the allocator return free memory to the system (mallopt); does nothing without glibc.
void cfiles_keep_memory_small(int arenas);

// Disables core dumps, and access to this process's memory for every user but root.
void cfiles_keep_secrets(void);

// From now on the first SIGINT or SIGTERM only sets a flag; a second one ends the process.
void cfiles_catch_stop(void);

// The number of the caught signal, 0 for none.
int cfiles_stop_caught(void);

// The most paths registered for removal at a time.
#define CFILES_MOST_TEMPORARY 32

// Registers a file or folder for removal when the process ends: at `exit`, and on every signal that can be caught and
// would end the process, which then ends it with that signal. Signals that are already ignored or caught stay as they
// are. Returns the slot for cfiles_forget_temporary; -1 when all slots are taken.
int cfiles_keep_temporary(const char *path);

// Frees a slot: the path has its final name, or is removed.
void cfiles_forget_temporary(int slot);

// Removes all registered paths, with async-signal-safe calls only.
void cfiles_remove_temporary(void);

// Opens a file or folder for locking; refuses a link in the last element.
int cfiles_open_to_lock(const char *path);

// Whether the descriptor is a regular file or folder owned by this process's user.
int cfiles_is_own(int descriptor);

// Reads at an offset: the number of bytes read, 0 past the end, or -1 and errno.
ssize_t cfiles_read_at(int descriptor, void *buffer, size_t count, uint64_t offset);

#endif
