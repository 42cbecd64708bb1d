// Linux system calls and constants that Swift's Glibc overlay does not show.
// Every function returns what the call returns and leaves its reason in errno; none allocates or logs.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// ---- Time and randomness

/// Nanoseconds of CLOCK_MONOTONIC.
uint64_t route_monotonic_ns(void);
/// Nanoseconds of CLOCK_REALTIME since the epoch.
int64_t route_realtime_ns(void);
/// Fills the buffer from getrandom(2). 0, or -1.
int route_random(void *_Nonnull buffer, size_t length);

// ---- Process

/// PR_SET_DUMPABLE 0 and RLIMIT_CORE 0: exec resets the first, so every process calls this itself.
int route_forbid_dumps(void);
/// pidfd_open(2), close-on-exec.
int route_pidfd_open(pid_t pid);
/// pidfd_send_signal(2).
int route_pidfd_signal(int pidfd, int signal);
/// waitid(P_PIDFD, WEXITED | WNOHANG). 1: reaped, with si_code (CLD_EXITED, …) and si_status; 0: still runs; -1.
int route_pidfd_reap(int pidfd, int *_Nonnull code, int *_Nonnull status);
/// PR_SET_CHILD_SUBREAPER 1.
int route_become_subreaper(void);
/// The pid of a child that has ended and was not reaped, which stays as it is; 0: there is none.
pid_t route_ended_child(void);
/// Reaps a child that has ended, whose status nobody wants. 0, or -1.
int route_discard_child(pid_t pid);
/// RLIMIT_NOFILE: the soft limit becomes the hard limit, for this process and the children it starts.
int route_raise_descriptor_limit(void);
/// Bytes of this process's memory that are in RAM, from /proc/self/statm; 0: not known.
uint64_t route_resident_bytes(void);
/// The environment of this process, NULL-terminated.
char *_Nullable const *_Nullable route_environment(void);

// ---- Signals

/// Blocks the signals and returns a non-blocking, close-on-exec signalfd(2) for them.
int route_signalfd(const int *_Nonnull signals, size_t count);
/// Reads one signal number from a signalfd; 0 when none waits, -1 on error.
int route_signalfd_read(int fd);

// ---- Descriptors

int route_set_cloexec(int fd, int on);
int route_set_nonblocking(int fd, int on);
/// A close-on-exec, non-blocking Unix socket pair: SOCK_STREAM, or SOCK_SEQPACKET when packets is not 0.
int route_socketpair(int packets, int fds[_Nonnull 2]);
/// Asks for a send buffer of so many bytes: SO_SNDBUFFORCE, else SO_SNDBUF. Returns what the kernel granted.
int route_grow_send_buffer(int fd, int bytes);
/// memfd_create(2) with MFD_CLOEXEC | MFD_ALLOW_SEALING.
int route_memfd(const char *_Nonnull name);
/// F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL, and F_SEAL_WRITE when read_only is not 0.
int route_memfd_seal(int fd, int read_only);
/// The seals of a memfd as fcntl(F_GET_SEALS) gives them; -1 where it is none.
int route_memfd_seals(int fd);
/// 1 when the seals hold the size for good (SHRINK and GROW), and the content too when read_only is not 0.
int route_memfd_is_sealed(int fd, int read_only);

/// sendmsg(2) of one message with descriptors (at most 8); MSG_NOSIGNAL | MSG_DONTWAIT.
ssize_t route_send_message(int fd, const void *_Nonnull bytes, size_t length,
                           const int *_Nullable descriptors, size_t descriptor_count);
/// recvmsg(2) with MSG_DONTWAIT | MSG_CMSG_CLOEXEC. At most 8 descriptors; truncated is set when the
/// message or its descriptors did not fit (what arrived of the descriptors is closed).
ssize_t route_receive_message(int fd, void *_Nonnull bytes, size_t capacity,
                              int descriptors[_Nonnull 8], size_t *_Nonnull descriptor_count,
                              int *_Nonnull truncated);
/// Whether a datagram to this Unix socket (a path, or an abstract name after '@') would be taken without
/// waiting. 1: yes; 0: its queue is full; -1: there is no such socket.
int route_datagram_has_room(const char *_Nonnull path);
/// recv(2) with MSG_PEEK | MSG_DONTWAIT.
ssize_t route_peek(int fd, void *_Nonnull bytes, size_t capacity);
/// recv(2) with MSG_DONTWAIT: consumes.
ssize_t route_consume(int fd, void *_Nonnull bytes, size_t capacity);
/// send(2) with MSG_NOSIGNAL | MSG_DONTWAIT.
ssize_t route_send(int fd, const void *_Nonnull bytes, size_t length);

// ---- TCP

/// TCP_NOTSENT_LOWAT in bytes.
int route_set_notsent_lowat(int fd, int bytes);
/// tcpi_bytes_acked of TCP_INFO: bytes that the peer's kernel has acknowledged. 0, or -1 (not a TCP socket).
int route_tcp_bytes_acked(int fd, uint64_t *_Nonnull acknowledged);
/// SIOCOUTQ: bytes in the send queue that were not acknowledged.
int route_unacknowledged(int fd, int *_Nonnull bytes);

// ---- Words shared with another process (one writer, relaxed readers)

static inline void route_store_release(uint64_t *_Nonnull word, uint64_t value) {
    __atomic_store_n(word, value, __ATOMIC_RELEASE);
}
/// Keeps what is before it before what is behind it.
static inline void route_fence(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
static inline uint64_t route_load_acquire(const uint64_t *_Nonnull word) {
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

// ---- Constants that are macros in C

extern const int route_cld_exited;
extern const int route_cld_killed;
extern const int route_cld_dumped;
