#define _GNU_SOURCE
#include "CCrash.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/// A message of the runtime's comes in one piece when it is no longer than this.
#define BUFFER (64 * 1024)
/// A reader that does not read is waited for so long, milliseconds.
#define PATIENCE 2000
/// A pipe that polls writable takes so much without blocking.
#define PIECE 4096

static int descriptor = -1;
static route_stderr_filter filter;
/// The thread that is in the filter; the lock of `stderr` keeps others out.
static int filtering;
static int is_given_up;

static long long milliseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static ssize_t write_now(const char *bytes, size_t count) {
    ssize_t n = send(descriptor, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0 || errno != ENOTSOCK) return n;
    struct pollfd entry = {.fd = descriptor, .events = POLLOUT};
    if (poll(&entry, 1, 0) <= 0) {
        errno = EAGAIN;
        return -1;
    }
    return write(descriptor, bytes, count < PIECE ? count : PIECE);
}

void route_stderr_put(const char *bytes, size_t count) {
    long long deadline = 0;
    while (count > 0) {
        ssize_t n = write_now(bytes, count);
        if (n > 0) {
            is_given_up = 0;
            deadline = 0;
            bytes += n;
            count -= (size_t)n;
            continue;
        }
        if (n < 0 && errno == EINTR) continue;
        if (n == 0 || errno != EAGAIN || is_given_up) return;
        long long now = milliseconds();
        if (deadline == 0) deadline = now + PATIENCE;
        struct pollfd entry = {.fd = descriptor, .events = POLLOUT};
        if (now >= deadline || poll(&entry, 1, (int)(deadline - now)) == 0) {
            is_given_up = 1;
            return;
        }
    }
}

static ssize_t take(void *cookie, const char *bytes, size_t count) {
    (void)cookie;
    int own = (int)syscall(SYS_gettid);
    if (__atomic_load_n(&filtering, __ATOMIC_RELAXED) == own) {
        // The filter itself failed, and what it says may be what it was to hide.
        static const char withheld[] = "a message was withheld: the filter of standard error failed\n";
        route_stderr_put(withheld, sizeof withheld - 1);
        return (ssize_t)count;
    }
    __atomic_store_n(&filtering, own, __ATOMIC_RELAXED);
    filter(bytes, count);
    __atomic_store_n(&filtering, 0, __ATOMIC_RELAXED);
    return (ssize_t)count;
}

int route_stderr_redirect(int to, route_stderr_filter through) {
    static char buffer[BUFFER];
    FILE *stream = fopencookie(NULL, "w", (cookie_io_functions_t){.write = take});
    if (!stream) return -1;
    // By lines: unbuffered, a word could come in two pieces; fully buffered, the last lines would be lost.
    setvbuf(stream, buffer, _IOLBF, sizeof buffer);
    descriptor = to;
    filter = through;
    stderr = stream;
    return 0;
}
