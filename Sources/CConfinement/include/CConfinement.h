// What a process gives up for good once it is up: seccomp(2) by libseccomp, and landlock(7).
#pragma once

/// The kind of process.
enum route_confinement {
    /// Starts programs: only gives up what nothing of ours ever does, and passes that on.
    ROUTE_CONFINE_SUPERVISOR = 0,
    /// Writes no file, starts no program, listens nowhere.
    ROUTE_CONFINE_WORKER = 1,
    /// Writes in one folder, starts no program, makes no connection.
    ROUTE_CONFINE_ACCOUNTANT = 2,
};

/// PR_SET_NO_NEW_PRIVS, and a filter for all threads of the process. What is given up fails with EPERM, or ENOSYS
/// where the C library has another way. 0, or an errno.
int route_confine_calls(enum route_confinement kind);

/// Lets this thread, and those that it starts, write files in the folder alone (NULL: nowhere), by Landlock.
/// Returns its version (1 and more), 0 where the kernel has none, or a negative errno.
int route_confine_files(const char *_Nullable folder);
