#define _GNU_SOURCE
#include "DiskShim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define DESCRIPTORS 65536
#define FOLDER UINT64_MAX

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *folder;
static size_t folder_length;
static int journal = -1;
static const volatile unsigned char *faults;
/// What a descriptor is: 0 nothing of ours, FOLDER, else a file's number in the journal.
static uint64_t files[DESCRIPTORS];
static uint64_t last_file;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("DISK_SHIM_FOLDER");
    if (!path) return;
    folder = strdup(path);
    folder_length = strlen(path);
    // Files of several processes in a row are in one journal.
    last_file = (uint64_t)getpid() << 32;
    path = getenv("DISK_SHIM_JOURNAL");
    if (path) {
        journal = (int)syscall(
            SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
    path = getenv("DISK_SHIM_FAULTS");
    int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0) : -1;
    if (fd >= 0) {
        void *map = mmap(0, 3, PROT_READ, MAP_SHARED, fd, 0);
        if (map != MAP_FAILED) faults = map;
        syscall(SYS_close, fd);
    }
}

/// The name below the folder; 0: it is elsewhere, or a file that is only mapped.
static const char *own_name(const char *path) {
    if (!folder || strncmp(path, folder, folder_length) || path[folder_length] != '/') return 0;
    const char *name = path + folder_length + 1;
    size_t length = strlen(name);
    return length >= 4 && !strcmp(name + length - 4, "-shm") ? 0 : name;
}

static void note(
    enum disk_shim_kind kind, uint64_t file, uint64_t offset, const void *bytes, size_t length) {
    if (journal < 0) return;
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    uint64_t head[5] = {
        kind, file, offset, length, (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec};
    struct iovec parts[2] = {{head, sizeof head}, {(void *)bytes, length}};
    // One write in append mode: a process that is killed leaves whole entries, and at most one cut one.
    syscall(SYS_writev, journal, parts, 2);
}

static int fault(int which) { return faults ? faults[which] : 0; }

static uint64_t file_of(int fd) { return fd >= 0 && fd < DESCRIPTORS ? files[fd] : 0; }

static int open_file(const char *path, int flags, mode_t mode) {
    const char *name = own_name(path);
    int is_folder = folder && !strcmp(path, folder);
    int is_writing = (flags & O_ACCMODE) != O_RDONLY;
    if (folder && is_writing && !strncmp(path, folder, folder_length) && fault(2)) {
        errno = fault(2);
        return -1;
    }
    if (!name && !is_folder) return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    pthread_mutex_lock(&lock);
    struct stat found;
    int existed = stat(path, &found) == 0;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    int reason = errno;
    if (fd >= 0 && fd < DESCRIPTORS) {
        files[fd] = is_folder ? FOLDER : ++last_file;
        if (!is_folder) {
            note(existed ? disk_shim_reopen : disk_shim_create, files[fd], 0, name, strlen(name));
        }
    }
    pthread_mutex_unlock(&lock);
    errno = reason;
    return fd;
}

#define OPEN(function)                                \
    int function(const char *path, int flags, ...) {  \
        mode_t mode = 0;                              \
        if (flags & (O_CREAT | O_TMPFILE)) {          \
            va_list more;                             \
            va_start(more, flags);                    \
            mode = va_arg(more, mode_t);              \
            va_end(more);                             \
        }                                             \
        return open_file(path, flags, mode);          \
    }

OPEN(open)
OPEN(open64)

int close(int fd) {
    if (fd >= 0 && fd < DESCRIPTORS) files[fd] = 0;
    return (int)syscall(SYS_close, fd);
}

static ssize_t write_at(int fd, const void *bytes, size_t count, off64_t offset) {
    uint64_t file = file_of(fd);
    if (!file) return syscall(SYS_pwrite64, fd, bytes, count, offset);
    if (fault(0)) {
        errno = fault(0);
        return -1;
    }
    pthread_mutex_lock(&lock);
    ssize_t written = syscall(SYS_pwrite64, fd, bytes, count, offset);
    int reason = errno;
    if (written > 0) note(disk_shim_write, file, (uint64_t)offset, bytes, (size_t)written);
    pthread_mutex_unlock(&lock);
    errno = reason;
    return written;
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
    return write_at(fd, bytes, count, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
    return write_at(fd, bytes, count, offset);
}

static int truncate_to(int fd, off64_t length) {
    uint64_t file = file_of(fd);
    if (!file) return (int)syscall(SYS_ftruncate, fd, length);
    if (fault(0)) {
        errno = fault(0);
        return -1;
    }
    pthread_mutex_lock(&lock);
    int result = (int)syscall(SYS_ftruncate, fd, length);
    int reason = errno;
    if (result == 0) note(disk_shim_truncate, file, (uint64_t)length, 0, 0);
    pthread_mutex_unlock(&lock);
    errno = reason;
    return result;
}

int ftruncate(int fd, off_t length) { return truncate_to(fd, length); }
int ftruncate64(int fd, off64_t length) { return truncate_to(fd, length); }

static int sync_file(int fd, long call) {
    uint64_t file = file_of(fd);
    if (!file) return (int)syscall(call, fd);
    if (fault(1)) {
        errno = fault(1);
        return -1;
    }
    // What is written meanwhile waits: it is not part of this sync.
    pthread_mutex_lock(&lock);
    int result = (int)syscall(call, fd);
    int reason = errno;
    if (result == 0) note(file == FOLDER ? disk_shim_sync_folder : disk_shim_sync, file, 0, 0, 0);
    pthread_mutex_unlock(&lock);
    errno = reason;
    return result;
}

int fsync(int fd) { return sync_file(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_file(fd, SYS_fdatasync); }

int unlink(const char *path) {
    const char *name = own_name(path);
    if (!name) return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (fault(2)) {
        errno = fault(2);
        return -1;
    }
    pthread_mutex_lock(&lock);
    int result = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    int reason = errno;
    if (result == 0) note(disk_shim_unlink, 0, 0, name, strlen(name));
    pthread_mutex_unlock(&lock);
    errno = reason;
    return result;
}

int rename(const char *from, const char *to) {
    const char *old = own_name(from);
    const char *new = own_name(to);
    if (!old || !new) {
        return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    }
    pthread_mutex_lock(&lock);
    int result = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    int reason = errno;
    char names[2048];
    size_t length = strlen(old) + 1 + strlen(new);
    if (result == 0 && length < sizeof names) {
        strcpy(names, old);
        strcpy(names + strlen(old) + 1, new);
        note(disk_shim_rename, 0, 0, names, length);
    }
    pthread_mutex_unlock(&lock);
    errno = reason;
    return result;
}
