#define _GNU_SOURCE
#include "CSpawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_DESCRIPTOR 3
#define MAX_DESCRIPTORS 64
#define MAX_ENVIRONMENT 256

// From here to exec only async-signal-safe calls: the child is a fork of a process with a runtime.

static int reset_signals(void) {
    for (int signal = 1; signal < NSIG; signal++) {
        if (signal == SIGKILL || signal == SIGSTOP) continue;
        struct sigaction standard = {.sa_handler = SIG_DFL};
        sigaction(signal, &standard, NULL); // EINVAL for the two the C library keeps: no matter
    }
    sigset_t none;
    sigemptyset(&none);
    return sigprocmask(SIG_SETMASK, &none, NULL);
}

// Moves the descriptors to 3, 4, …: first above every target, so that none is overwritten unread.
static int place_descriptors(const struct route_spawn *what, int report, int *moved_report) {
    int above = FIRST_DESCRIPTOR + what->descriptor_count + 1;
    int held[MAX_DESCRIPTORS];
    int error = -1;
    if (what->standard_error >= 0 && (error = fcntl(what->standard_error, F_DUPFD, above)) < 0) return -1;
    for (int i = 0; i < what->descriptor_count; i++)
        if ((held[i] = fcntl(what->descriptors[i], F_DUPFD, above)) < 0) return -1;
    int kept = fcntl(report, F_DUPFD_CLOEXEC, above);
    if (kept < 0) return -1;
    *moved_report = kept; // the pipe's first number may be one of the targets
    int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, 0) < 0) return -1;
    if (error >= 0 && (dup2(error, 1) < 0 || dup2(error, 2) < 0)) return -1;
    for (int i = 0; i < what->descriptor_count; i++)
        if (dup2(held[i], FIRST_DESCRIPTOR + i) < 0) return -1;
    // The report pipe goes right behind the map; all else is closed.
    int last = FIRST_DESCRIPTOR + what->descriptor_count;
    if (dup3(kept, last, O_CLOEXEC) < 0) return -1;
    *moved_report = last;
    return (int)syscall(SYS_close_range, (unsigned)last + 1, ~0u, 0);
}

static void write_pid(char *at, pid_t pid) {
    char digits[16];
    int n = 0;
    do digits[n++] = (char)('0' + pid % 10);
    while ((pid /= 10) > 0);
    while (n > 0) *at++ = digits[--n];
    *at = 0;
}

static void run_child(const struct route_spawn *what, char **environment, char *listen_pid, int report) {
    int moved = report;
    write_pid(listen_pid, getpid());
    setsid(); // Ctrl-C and hang-up of a terminal are for the supervisor, which drains its children.
    if (reset_signals() == 0 && place_descriptors(what, report, &moved) == 0)
        execve(what->path, what->arguments, environment);
    int reason = errno;
    ssize_t ignored = write(moved, &reason, sizeof reason);
    (void)ignored;
    _exit(127);
}

pid_t route_spawn(const struct route_spawn *what, int *pidfd) {
    char listen_pid[32] = "LISTEN_PID=";
    char *environment[MAX_ENVIRONMENT + 2];
    int count = 0;
    while (what->environment[count] && count < MAX_ENVIRONMENT) {
        environment[count] = what->environment[count];
        count++;
    }
    if (what->environment[count] || what->descriptor_count > MAX_DESCRIPTORS) {
        errno = E2BIG;
        return -1;
    }
    environment[count] = listen_pid;
    environment[count + 1] = NULL;

    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) return -1;
    pid_t pid = fork();
    if (pid == 0) run_child(what, environment, listen_pid + strlen(listen_pid), report[1]);
    close(report[1]);
    int reason = 0;
    if (pid > 0) {
        // End of file means that exec took place (or that the child was killed first: its pidfd tells).
        ssize_t n;
        do n = read(report[0], &reason, sizeof reason);
        while (n < 0 && errno == EINTR);
        if (n != (ssize_t)sizeof reason) {
            reason = 0;
            *pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
            if (*pidfd < 0) {
                reason = errno;
                kill(pid, SIGKILL);
            }
        }
        if (reason != 0) waitpid(pid, NULL, 0);
    } else {
        reason = errno;
    }
    close(report[0]);
    if (reason != 0) {
        errno = reason;
        return -1;
    }
    return pid;
}
