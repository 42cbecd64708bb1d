#define _GNU_SOURCE
#include "peer.h"
#include "load.h"
#include "secure.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define READY_MAX 256

static int poller;
static struct epoll_event ready[READY_MAX];

void open_poller(void) {
    poller = epoll_create1(EPOLL_CLOEXEC);
    if (poller < 0) fail("epoll_create1");
}

int wait_for_peers(int milliseconds) {
    int found = epoll_wait(poller, ready, READY_MAX, milliseconds);
    return found < 0 ? 0 : found;
}

struct peer *ready_peer(int number, uint32_t *what) {
    *what = ready[number].events;
    return ready[number].data.ptr;
}

static void control(struct peer *peer, int operation, uint32_t what) {
    struct epoll_event event = {.events = what, .data.ptr = peer};
    if (epoll_ctl(poller, operation, peer->fd, &event) != 0) fail("epoll_ctl");
}

void watch(struct peer *peer, uint32_t what) { control(peer, EPOLL_CTL_ADD, what); }

void watch_again(struct peer *peer, uint32_t what) { control(peer, EPOLL_CTL_MOD, what); }

struct peer *add_peer(enum role role, int fd) {
    struct peer *peer = calloc(1, sizeof *peer);
    if (!peer || fd < 0) fail("no memory or no descriptor");
    peer->role = role;
    peer->fd = fd;
    peer->slot = -1;
    if (role == CLIENT || role == PROVIDER) {
        int one = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    }
    return peer;
}

void remove_peer(struct peer *peer) {
    if (peer->tls) end_tls(peer);
    close(peer->fd);
    free(peer);
}

static struct sockaddr_in loopback(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int listening(int port) {
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (void *)&address, sizeof address) != 0 || listen(fd, 4096) != 0) fail("listen");
    return fd;
}

int connected(int port) {
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (void *)&address, sizeof address) != 0) fail("connect");
    return fd;
}

ssize_t receive(struct peer *peer, char *bytes, size_t size) {
    if (peer->tls) return tls_receive(peer, bytes, size);
    ssize_t got = recv(peer->fd, bytes, size, MSG_DONTWAIT);
    if (got >= 0) return got;
    return errno == EAGAIN || errno == EINTR ? -1 : 0;
}

size_t offer(struct peer *peer, const char *bytes, size_t size) {
    if (peer->tls) return tls_offer(peer, bytes, size);
    ssize_t sent = send(peer->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) fail("a peer is gone");
    return sent < 0 ? 0 : (size_t)sent;
}

void put(struct peer *peer, const char *bytes, size_t size) {
    // What takes no more is far behind.
    if (offer(peer, bytes, size) != size) fail("a peer does not keep up");
}

size_t take_head(struct peer *peer, const char *bytes, size_t size) {
    size_t before = peer->head_size;
    size_t taken = size < sizeof peer->head - 1 - before ? size : sizeof peer->head - 1 - before;
    memcpy(peer->head + before, bytes, taken);
    peer->head[before + taken] = 0;
    char *end = strstr(peer->head, "\r\n\r\n");
    if (!end) {
        peer->head_size += taken;
        if (peer->head_size >= sizeof peer->head - 1) fail("a head is too long");
        return taken;
    }
    peer->has_head = 1;
    peer->head_size = 0;
    return (size_t)(end + 4 - peer->head) - before;
}
