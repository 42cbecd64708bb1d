#define _GNU_SOURCE
#include "CConfinement.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// ---- System calls

// Names, so that libseccomp leaves out those that the machine's architecture does not have.
#define COUNT(list) (sizeof(list) / sizeof *(list))

// Nothing of ours looks into other processes, or changes the machine.
static const char *const never[] = {
    "ptrace", "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp", "bpf",
    "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register", "add_key",
    "request_key", "keyctl", "mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen",
    "fsconfig", "fsmount", "fspick", "mount_setattr", "init_module", "finit_module", "delete_module",
    "kexec_load", "kexec_file_load", "reboot", "swapon", "swapoff", "acct", "quotactl", "settimeofday",
    "clock_settime", "clock_adjtime", "adjtimex", "sethostname", "setdomainname", "iopl", "ioperm", "syslog",
    "personality", "name_to_handle_at", "open_by_handle_at", "vhangup", "nfsservctl", "lookup_dcookie",
};

// Neither a worker nor the accountant starts a program, becomes another user, or takes an address. (A socket that was
// inherited is told to listen once more when it is put to use, so listen(2) stays; without bind(2) it gives nothing.)
static const char *const children[] = {
    "execve", "execveat", "fork", "vfork", "unshare", "setns", "setuid", "setgid", "setreuid", "setregid",
    "setresuid", "setresgid", "setgroups", "setfsuid", "setfsgid", "capset", "bind", "kill", "tkill",
    "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal",
};

// A worker changes no file system; what it was given open, it may write.
static const char *const files[] = {
    "creat", "mknod", "mknodat", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename", "renameat",
    "renameat2", "link", "linkat", "symlink", "symlinkat", "truncate", "chmod", "fchmod", "fchmodat", "chown",
    "fchown", "lchown", "fchownat", "utime", "utimes", "utimensat", "futimesat", "setxattr", "lsetxattr",
    "fsetxattr", "removexattr", "lremovexattr", "fremovexattr", "fallocate",
};

// The accountant has the connections that it accepts, and makes none.
static const char *const connections[] = {"socket", "connect"};

static int deny(scmp_filter_ctx filter, uint32_t action, const char *name) {
    int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR) return 0; // unknown to this libseccomp: an old one
    int result = seccomp_rule_add(filter, action, number, 0);
    return result == -EDOM ? 0 : result; // not on this architecture
}

static int deny_all(scmp_filter_ctx filter, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++) {
        int result = deny(filter, SCMP_ACT_ERRNO(EPERM), names[i]);
        if (result != 0) return result;
    }
    return 0;
}

// Opening for writing, or so that a file is made or cut.
static int deny_writing(scmp_filter_ctx filter) {
    const struct { const char *name; unsigned flags; } calls[] = {{"open", 1}, {"openat", 2}};
    const struct { uint64_t mask, value; } modes[] = {
        {O_ACCMODE, O_WRONLY}, {O_ACCMODE, O_RDWR}, {O_ACCMODE, O_ACCMODE}, {O_CREAT, O_CREAT}, {O_TRUNC, O_TRUNC},
    };
    for (size_t i = 0; i < COUNT(calls); i++)
        for (size_t j = 0; j < COUNT(modes); j++) {
            int result = seccomp_rule_add(
                filter, SCMP_ACT_ERRNO(EPERM), seccomp_syscall_resolve_name(calls[i].name), 1,
                SCMP_CMP(calls[i].flags, SCMP_CMP_MASKED_EQ, modes[j].mask, modes[j].value));
            if (result != 0 && result != -EDOM) return result;
        }
    return 0;
}

// Of the own process alone: signals, which abort(3) and the crash handler send to a thread, and memory, which the
// crash handler reads so that a bad address is an error and no second crash.
static int deny_others(scmp_filter_ctx filter) {
    const int calls[] = {SCMP_SYS(tgkill), SCMP_SYS(process_vm_readv)};
    for (size_t i = 0; i < COUNT(calls); i++) {
        int result = seccomp_rule_add(
            filter, SCMP_ACT_ERRNO(EPERM), calls[i], 1, SCMP_CMP(0, SCMP_CMP_NE, (scmp_datum_t)getpid()));
        if (result != 0) return result;
    }
    return 0;
}

// Threads may be started, processes not. The C library falls back to clone(2) when clone3(2), whose flags are in
// memory that a filter cannot see, is not there.
static int deny_processes(scmp_filter_ctx filter) {
    int result = deny(filter, SCMP_ACT_ERRNO(ENOSYS), "clone3");
    if (result != 0) return result;
    return seccomp_rule_add(
        filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1, SCMP_CMP(0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
}

static int fill(scmp_filter_ctx filter, enum route_confinement kind) {
    int result = deny_all(filter, never, COUNT(never));
    if (result != 0 || kind == ROUTE_CONFINE_SUPERVISOR) return result;
    if ((result = deny_all(filter, children, COUNT(children))) != 0) return result;
    if ((result = deny_processes(filter)) != 0) return result;
    if ((result = deny_others(filter)) != 0) return result;
    // Its flags are in memory too.
    if ((result = deny(filter, SCMP_ACT_ERRNO(ENOSYS), "openat2")) != 0) return result;
    if (kind == ROUTE_CONFINE_WORKER) {
        if ((result = deny_all(filter, files, COUNT(files))) != 0) return result;
        return deny_writing(filter);
    }
    if ((result = deny_all(filter, connections, COUNT(connections))) != 0) return result;
    // A datagram with an address is a connection of its own.
    return seccomp_rule_add(
        filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(sendto), 1, SCMP_CMP(4, SCMP_CMP_NE, 0));
}

int route_confine_calls(enum route_confinement kind) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter) return ENOMEM;
    int result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    // A tree instead of a list: what is allowed passes few comparisons.
    if (result == 0) (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (result == 0) result = fill(filter, kind);
    if (result == 0) result = seccomp_load(filter);
    seccomp_release(filter);
    return -result;
}

// ---- Files

// Bits of later versions than the headers here may know.
#define REFER (1ULL << 13)
#define TRUNCATE (1ULL << 14)

static const uint64_t writing =
    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
    LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
    LANDLOCK_ACCESS_FS_MAKE_SYM;

int route_confine_files(const char *folder) {
    int version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -errno;
    uint64_t handled = writing | (version >= 2 ? REFER : 0) | (version >= 3 ? TRUNCATE : 0);
    struct landlock_ruleset_attr rules = {.handled_access_fs = handled};
    int set = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
    if (set < 0) return -errno;
    int result = 0;
    if (folder) {
        struct landlock_path_beneath_attr beneath = {.allowed_access = handled};
        beneath.parent_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (beneath.parent_fd < 0) {
            result = -errno;
        } else {
            if (syscall(SYS_landlock_add_rule, set, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) != 0) result = -errno;
            close(beneath.parent_fd);
        }
    }
    if (result == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) result = -errno;
    if (result == 0 && syscall(SYS_landlock_restrict_self, set, 0) != 0) result = -errno;
    close(set);
    return result == 0 ? version : result;
}
