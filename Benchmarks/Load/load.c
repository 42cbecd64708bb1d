// The provider and the clients of the benchmarks, in one thread, so that they cost little beside the
// gateway that stands between them.
//
// Usage: load MOCK-PORT GATEWAY-PORT STREAMS RATE EVENTS WARM WINDOW KEY PID...
//
// Clients keep STREAMS streams open. The provider sends RATE events a second over all of them, each at
// its own moment, whether the gateway keeps up or not (open loop). A stream ends after EVENTS of them
// (the first ones earlier, so that not all end at once; 0: none ends), and its client asks for the next on
// the same connection. After WARM seconds the CPU clocks of the PIDs are read, and again WINDOW seconds later.
// Prints one JSON object: events that arrived in the window and at all, how late the worst was sent,
// nanoseconds and clock ticks (user, system) of each PID, and two histograms as [nanoseconds, count] pairs:
// `event_ns` from the moment at which an event was due to its last byte, so that whatever waits is counted,
// and `head_ns` from a request to the end of its answer's head. Every answer is checked for its length; a
// wrong one ends the program with status 1.
#define _GNU_SOURCE
#include "clocks.h"
#include "histogram.h"
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define EVENT_SIZE 200
#define VARIANTS 16
#define STREAMS_MAX 4096
// Where the digits of an event's moment begin, and how many there are.
#define STAMP_AT (sizeof "data: {\"id\":\"chatcmpl-" - 1)
#define STAMP_SIZE 16
#define STAMP_WRAP 10000000000000000u

enum role { LISTENER, TIMER, PROVIDER, CLIENT };

struct peer {
    enum role role;
    int fd;
    int slot;          // client: which stream; provider: the place in `streaming`, or -1
    long left;         // provider: events that are still to be sent
    char head[8192];   // what has come of a head
    size_t head_size;
    size_t body_left;  // provider: bytes of the request's body; client: bytes of the present chunk
    int in_chunk;      // client: 0 size line, 1 data, 2 line end behind data, 3 last line
    size_t payload;    // client: bytes of the body without framing
    uint64_t stamp;    // client: the digits of the present event's moment that have come
    uint64_t asked;    // client: when the request was sent
    int has_head;
};

static int poller;
static long streams, events_each, begun;
static struct peer *streaming[STREAMS_MAX]; // providers' connections by the place in the schedule
static char frames[VARIANTS][EVENT_SIZE + 16];
static size_t frame_size;
static uint64_t arrived, answers, late_max;
static struct histogram event_ns, head_ns;
static int pids[PIDS_MAX], pid_count;
static int is_measuring;
static uint64_t received_at; // of the bytes that are being looked at
static char request[4096];
static size_t request_size;
static const char answer_head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                                  "Transfer-Encoding: chunked\r\n\r\n";
static const char answer_end[] = "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n";

void fail(const char *what) {
    fprintf(stderr, "load: %s (%s)\n", what, strerror(errno));
    exit(1);
}

uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void note(struct histogram *histogram, uint64_t value) {
    if (is_measuring) count(histogram, value);
}

static void watch(struct peer *peer, uint32_t what) {
    struct epoll_event event = {.events = what, .data.ptr = peer};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, peer->fd, &event) != 0) fail("epoll_ctl");
}

static void put(const struct peer *peer, const char *bytes, size_t size) {
    // A socket that takes no more means that the gateway is far behind: no measurement.
    if (send(peer->fd, bytes, size, MSG_NOSIGNAL) != (ssize_t)size) fail("a peer does not keep up");
}

static struct sockaddr_in loopback(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static struct peer *add(enum role role, int fd) {
    struct peer *peer = calloc(1, sizeof *peer);
    if (!peer || fd < 0) fail("no memory or no descriptor");
    peer->role = role;
    peer->fd = fd;
    peer->slot = -1;
    return peer;
}

// Events of exactly EVENT_SIZE bytes in the form of OpenAI's chunks, with some words of English.
static void make_frames(void) {
    static const char *words[] = {"the", "gateway", "streams", "an", "answer", "to", "its",
                                  "client", "and", "counts", "what", "arrives", "there"};
    for (int variant = 0; variant < VARIANTS; variant++) {
        char text[EVENT_SIZE] = "", event[EVENT_SIZE + 1];
        const char *before = "data: {\"id\":\"chatcmpl-0000000000000000\",\"object\":\"chat.completion.chunk\","
                             "\"created\":1750000000,\"model\":\"m\",\"choices\":[{\"index\":0,"
                             "\"delta\":{\"content\":\"";
        const char *behind = "\"},\"finish_reason\":null}]}\n\n";
        size_t room = EVENT_SIZE - strlen(before) - strlen(behind);
        for (int n = variant; strlen(text) < room; n++) {
            strncat(text, " ", sizeof text - strlen(text) - 1);
            strncat(text, words[n * 7 % 13], sizeof text - strlen(text) - 1);
        }
        snprintf(event, sizeof event, "%s%.*s%s", before, (int)room, text, behind);
        frame_size = (size_t)snprintf(frames[variant], sizeof frames[variant], "%x\r\n%s\r\n",
                                      EVENT_SIZE, event);
    }
}

static void make_request(const char *key) {
    const char *body = "{\"model\":\"m\",\"stream\":true,"
                       "\"messages\":[{\"role\":\"user\",\"content\":\"Say something.\"}]}";
    request_size = (size_t)snprintf(
        request, sizeof request,
        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
        "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
        key, strlen(body), body);
}

// Moves bytes into the head until its end; returns how many were its own, and sets has_head.
static size_t take_head(struct peer *peer, const char *bytes, size_t size) {
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

static void begin_stream(struct peer *peer) {
    for (int slot = 0; slot < streams; slot++) {
        if (streaming[slot]) continue;
        streaming[slot] = peer;
        peer->slot = slot;
        peer->left = begun < streams ? 1 + begun * events_each / streams : events_each;
        if (events_each == 0) peer->left = LONG_MAX / 2;
        begun++;
        put(peer, answer_head, sizeof answer_head - 1);
        return;
    }
    fail("more requests than streams");
}

static void take_request(struct peer *peer, const char *bytes, size_t size) {
    while (size > 0) {
        if (!peer->has_head) {
            size_t taken = take_head(peer, bytes, size);
            bytes += taken;
            size -= taken;
            if (!peer->has_head) return;
            char *length = strcasestr(peer->head, "content-length:");
            peer->body_left = length ? strtoul(length + 15, NULL, 10) : 0;
        }
        size_t taken = size < peer->body_left ? size : peer->body_left;
        bytes += taken;
        size -= taken;
        peer->body_left -= taken;
        if (peer->body_left > 0) return;
        peer->has_head = 0;
        begin_stream(peer);
    }
}

// Sends the next event of a stream, which was due at that moment.
static void send_event(int slot, uint64_t due) {
    struct peer *peer = streaming[slot];
    if (!peer) return;
    char frame[sizeof frames[0]];
    memcpy(frame, frames[(peer->left + slot) % VARIANTS], frame_size);
    char *digits = frame + (frame_size - EVENT_SIZE - 2) + STAMP_AT;
    for (int n = STAMP_SIZE; n-- > 0; due /= 10) digits[n] = (char)('0' + due % 10);
    put(peer, frame, frame_size);
    if (--peer->left > 0) return;
    put(peer, answer_end, sizeof answer_end - 1);
    streaming[slot] = NULL;
    peer->slot = -1;
}

static void ask(struct peer *peer) {
    peer->asked = now();
    put(peer, request, request_size);
}

static void end_answer(struct peer *peer) {
    size_t whole = (size_t)events_each * EVENT_SIZE + 14;
    // The first answers are short.
    if (peer->payload > whole || (whole - peer->payload) % EVENT_SIZE != 0 ||
        (peer->payload != whole && answers >= (uint64_t)streams))
        fail("an answer is not whole");
    answers++;
    peer->payload = 0;
    peer->has_head = 0;
    ask(peer);
}

// Reads the events' moments out of the bytes that follow the payload so far.
static void take_stamps(struct peer *peer, const char *bytes, size_t size) {
    size_t n = 0;
    while (n < size) {
        size_t place = (peer->payload + n) % EVENT_SIZE;
        if (place < STAMP_AT) {
            n += STAMP_AT - place;
            peer->stamp = 0;
        } else if (place < STAMP_AT + STAMP_SIZE) {
            if (bytes[n] < '0' || bytes[n] > '9') fail("an event without its moment");
            peer->stamp = peer->stamp * 10 + (uint64_t)(bytes[n++] - '0');
        } else {
            n += EVENT_SIZE - place;
            if (n <= size)
                note(&event_ns, (received_at % STAMP_WRAP + STAMP_WRAP - peer->stamp) % STAMP_WRAP);
        }
    }
}

// One byte of chunked framing that is not data.
static void take_framing(struct peer *peer, char byte) {
    if (peer->in_chunk == 0 && byte != '\n') {
        if (peer->head_size >= 16) fail("a chunk's size is too long");
        peer->head[peer->head_size++] = byte;
    } else if (peer->in_chunk == 0) {
        peer->head[peer->head_size] = 0;
        peer->head_size = 0;
        peer->body_left = strtoul(peer->head, NULL, 16);
        peer->in_chunk = peer->body_left > 0 ? 1 : 3;
    } else if (byte == '\n') {
        int last = peer->in_chunk == 3;
        peer->in_chunk = 0;
        if (last) end_answer(peer);
    }
}

static void take_answer(struct peer *peer, const char *bytes, size_t size) {
    while (size > 0) {
        size_t taken = 1;
        if (!peer->has_head) {
            taken = take_head(peer, bytes, size);
            if (peer->has_head && strncmp(peer->head, "HTTP/1.1 200", 12) != 0) fail(peer->head);
            if (peer->has_head) note(&head_ns, received_at - peer->asked);
        } else if (peer->in_chunk == 1) {
            taken = size < peer->body_left ? size : peer->body_left;
            size_t events = peer->payload / EVENT_SIZE;
            take_stamps(peer, bytes, taken);
            peer->payload += taken;
            arrived += peer->payload / EVENT_SIZE - events;
            peer->body_left -= taken;
            if (peer->body_left == 0) peer->in_chunk = 2;
        } else {
            take_framing(peer, *bytes);
        }
        bytes += taken;
        size -= taken;
    }
}

static void take(struct peer *peer) {
    static char buffer[65536];
    if (peer->role == LISTENER) {
        int fd = accept4(peer->fd, NULL, NULL, SOCK_NONBLOCK), one = 1;
        if (fd < 0) fail("accept");
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        watch(add(PROVIDER, fd), EPOLLIN);
        return;
    }
    ssize_t size = recv(peer->fd, buffer, sizeof buffer, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0 && (peer->role == CLIENT || peer->slot >= 0)) fail("a connection ended early");
    if (size <= 0) {
        close(peer->fd);
        free(peer);
    } else if (peer->role == CLIENT) {
        received_at = now();
        take_answer(peer, buffer, (size_t)size);
    } else {
        take_request(peer, buffer, (size_t)size);
    }
}

static void open_clients(int port) {
    for (int slot = 0; slot < streams; slot++) {
        struct sockaddr_in address = loopback(port);
        struct peer *peer = add(CLIENT, socket(AF_INET, SOCK_STREAM, 0));
        int one = 1;
        setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (connect(peer->fd, (void *)&address, sizeof address) != 0) fail("connect");
        watch(peer, EPOLLIN);
        ask(peer);
    }
}

static void print(struct clocks first, struct clocks last) {
    printf("{\"seconds\":%.6f,\"events\":%lu,\"arrived\":%lu,\"answers\":%lu,\"late_max_us\":%lu,"
           "\"processes\":[", (double)(last.at - first.at) / 1e9, last.events - first.events, arrived,
           answers, late_max / 1000);
    for (int n = 0; n < pid_count; n++)
        printf("%s{\"cpu_ns\":%lu,\"user_ticks\":%lu,\"system_ticks\":%lu}", n ? "," : "",
               last.cpu[n] - first.cpu[n], last.user[n] - first.user[n],
               last.system[n] - first.system[n]);
    printf("]");
    print_histogram("event_ns", &event_ns);
    print_histogram("head_ns", &head_ns);
    printf("}\n");
}

// Sends the events whose moment has come, and sets the timer for the next.
static uint64_t send_due(int timer, uint64_t start, double rate, uint64_t next) {
    uint64_t time = now();
    uint64_t due = start + (uint64_t)((double)next * 1e9 / rate);
    for (; due <= time; due = start + (uint64_t)((double)++next * 1e9 / rate)) {
        if (time - due > late_max) late_max = time - due;
        send_event((int)(next % (uint64_t)streams), due);
    }
    struct itimerspec at = {.it_value = {(time_t)(due / 1000000000u), (long)(due % 1000000000u)}};
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
    return next;
}

int main(int count, char **arguments) {
    if (count < 9) fail("usage: MOCK-PORT GATEWAY-PORT STREAMS RATE EVENTS WARM WINDOW KEY PID...");
    signal(SIGPIPE, SIG_IGN);
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    streams = atol(arguments[3]);
    double rate = atof(arguments[4]);
    events_each = atol(arguments[5]);
    if (streams < 1 || streams > STREAMS_MAX || rate <= 0 || events_each < 0) fail("bad numbers");
    for (int n = 9; n < count && pid_count < PIDS_MAX; n++) pids[pid_count++] = atoi(arguments[n]);
    make_frames();
    make_request(arguments[8]);
    poller = epoll_create1(EPOLL_CLOEXEC);
    struct sockaddr_in address = loopback(atoi(arguments[1]));
    struct peer *listener = add(LISTENER, socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    int one = 1;
    setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener->fd, (void *)&address, sizeof address) != 0 ||
        listen(listener->fd, 4096) != 0)
        fail("listen");
    watch(listener, EPOLLIN);
    struct peer *timer = add(TIMER, timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
    watch(timer, EPOLLIN);
    open_clients(atoi(arguments[2]));

    uint64_t start = now(), next = 0;
    uint64_t from = start + (uint64_t)(atof(arguments[6]) * 1e9);
    uint64_t until = from + (uint64_t)(atof(arguments[7]) * 1e9);
    struct clocks first = {0};
    while (now() < until) {
        if (!first.at && now() >= from) {
            first = read_clocks(pids, pid_count, arrived);
            is_measuring = 1;
            late_max = 0;
        }
        next = send_due(timer->fd, start, rate, next);
        struct epoll_event ready[256];
        int found = epoll_wait(poller, ready, 256, 100);
        for (int n = 0; n < found; n++) {
            struct peer *peer = ready[n].data.ptr;
            uint64_t expirations;
            if (peer->role != TIMER) take(peer);
            else if (read(peer->fd, &expirations, sizeof expirations) < 0) continue;
        }
    }
    print(first, read_clocks(pids, pid_count, arrived));
    return 0;
}
