// Starting a child process: clean signals, an explicit descriptor map, then exec.
#pragma once
#include <sys/types.h>

/// What the child is to hold and to see. All strings and arrays stay the caller's.
struct route_spawn {
    /// Path of the executable; no search in PATH.
    const char *_Nonnull path;
    /// NULL-terminated.
    char *_Nullable const *_Nonnull arguments;
    /// NULL-terminated, without LISTEN_PID, which the child sets to its own pid.
    char *_Nullable const *_Nonnull environment;
    /// Descriptors that become 3, 4, 5, … in the child (sd_listen_fds(3) numbering).
    const int *_Nullable descriptors;
    /// How many of them.
    int descriptor_count;
    /// Descriptor that becomes 2 (and 1) in the child; -1 leaves the caller's.
    int standard_error;
};

/// Forks and executes. Call it from the main thread only (signal mask, PR_SET_PDEATHSIG).
/// Signal dispositions are reset to default and the mask is emptied; every descriptor that is not in
/// the map is closed in the child; standard input is /dev/null; the child leads a session of its own.
/// Returns the pid and sets *pidfd (close-on-exec), or -1 with errno: of fork, or of the failed exec.
pid_t route_spawn(const struct route_spawn *_Nonnull what, int *_Nonnull pidfd);
