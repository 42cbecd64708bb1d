// A connection, seen from the provider's side or from a client's.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum role { LISTENER, TIMER, PROVIDER, CLIENT };

struct peer {
    enum role role;
    int fd;
    void *tls;         // the provider's end of TLS, or NULL
    int slot;          // client: which stream; provider: the place in the schedule, or -1
    long left;         // provider: events that are still to be sent
    size_t sent;       // provider at full speed: bytes of the stream that are sent
    char head[4096];   // what has come of a head
    size_t head_size;
    size_t body_left;  // provider: bytes of the request's body; client: of the body or the present chunk
    int is_chunked;    // client: the present answer
    int in_chunk;      // client: 0 size line, 1 data, 2 line end behind data, 3 last line
    size_t payload;    // client: bytes of the body without framing
    long events;       // client: events of the present answer
    int is_done;       // client: [DONE] has come
    uint64_t stamp;    // client: the digits of the present event's moment that have come
    uint64_t asked;    // client: when the request was sent
    uint64_t last_at;  // client: when the latest event came
    int has_head;
};

// Prepares what follows.
void open_poller(void);

// A peer that is ready, or NULL; those that are, one by one, until there are none.
// Waits for the first of them for so many milliseconds.
int wait_for_peers(int milliseconds);
struct peer *ready_peer(int number, uint32_t *what);

struct peer *add_peer(enum role role, int fd);
void watch(struct peer *peer, uint32_t what);
void watch_again(struct peer *peer, uint32_t what);
void remove_peer(struct peer *peer);

// A listener on that port of the loopback address; a connection to it.
int listening(int port);
int connected(int port);

// How many bytes came: 0 at the end of the connection, -1 when there are none now.
ssize_t receive(struct peer *peer, char *bytes, size_t size);

// Sends as much as is taken now, and returns how much that was.
size_t offer(struct peer *peer, const char *bytes, size_t size);

// Sends all of it. A peer that does not take it ends the program: then there is nothing to be measured.
void put(struct peer *peer, const char *bytes, size_t size);

// Moves bytes into the head until its end; returns how many were its own, and sets has_head.
size_t take_head(struct peer *peer, const char *bytes, size_t size);
