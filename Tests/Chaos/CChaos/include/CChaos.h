// What a client of the chaos harness asks the kernel about its own connection.
#pragma once
#include <stdint.h>

/// tcpi_bytes_received of TCP_INFO: bytes that this kernel has taken from the peer, in order, read or not;
/// the peer's FIN counts as one. 0, or -1.
int chaos_bytes_received(int fd, uint64_t *_Nonnull bytes);
/// From now on every segment of the peer is dropped unseen (SO_ATTACH_FILTER), so that nothing more is
/// acknowledged. 0, or -1.
int chaos_drop_incoming(int fd);
/// SO_LINGER with no time: the close becomes a reset. 0, or -1.
int chaos_reset_on_close(int fd);
/// A non-blocking, close-on-exec TCP socket with a receive buffer of so many bytes (0: the kernel's choice),
/// on its way to 127.0.0.1:port. The descriptor, or -1.
int chaos_connect_tcp(uint16_t port, int receive_buffer);
/// The same to a Unix socket. EAGAIN: its backlog is full.
int chaos_connect_unix(const char *_Nonnull path);
/// A close-on-exec TCP socket that listens on a free port of 127.0.0.1, which *port gets. -1 on error.
int chaos_listen_tcp(int backlog, uint16_t *_Nonnull port);
/// A close-on-exec Unix socket that listens there. -1 on error.
int chaos_listen_unix(const char *_Nonnull path, int backlog);
/// A close-on-exec datagram socket bound there: NOTIFY_SOCKET. -1 on error.
int chaos_bind_datagrams(const char *_Nonnull path);
/// SO_ERROR. 0: the connect came through.
int chaos_socket_error(int fd);
