#define _GNU_SOURCE
#include "provider.h"
#include "content.h"
#include "load.h"
#include "secure.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

long begun;
uint64_t sent_events, late_max;
static struct peer *streaming[STREAMS_MAX]; // connections by their place in the schedule

void take_connection(struct peer *listener) {
    int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    struct peer *peer = add_peer(PROVIDER, fd);
    if (settings.certificate) begin_tls(peer);
    watch(peer, EPOLLIN);
}

// Sends the next event of a stream, which was due at that moment.
static void send_event(struct peer *peer, size_t variant, uint64_t due) {
    char frame[EVENT_SIZE + 16];
    stamp_frame(frame, variant % VARIANTS, due);
    put(peer, frame, frame_size);
    sent_events++;
    peer->left--;
}

static void end_stream(struct peer *peer) {
    put(peer, stream_end, stream_end_size);
    if (peer->slot >= 0) streaming[peer->slot] = NULL;
    peer->slot = -1;
    peer->left = 0;
}

// Many events in one write, until the socket takes no more.
static void send_at_full_speed(struct peer *peer) {
    size_t whole = (size_t)peer->left * frame_size, round = VARIANTS * frame_size;
    while (peer->sent < whole) {
        size_t place = peer->sent % round, size = round - place;
        if (size > whole - peer->sent) size = whole - peer->sent;
        size_t taken = offer(peer, frames + place, size);
        peer->sent += taken;
        if (taken == size) continue;
        watch_again(peer, EPOLLIN | EPOLLOUT);
        return;
    }
    // A few bytes: where they are not taken, the whole socket is full, and it is tried again.
    size_t end = whole + stream_end_size;
    peer->sent += offer(peer, stream_end + (peer->sent - whole), end - peer->sent);
    watch_again(peer, peer->sent < end ? EPOLLIN | EPOLLOUT : EPOLLIN);
    if (peer->sent < end) return;
    sent_events += (uint64_t)peer->left;
    peer->left = 0;
    peer->slot = -1;
}

static void begin_paced(struct peer *peer) {
    for (int slot = 0; slot < settings.streams; slot++) {
        if (streaming[slot]) continue;
        streaming[slot] = peer;
        peer->slot = slot;
        // The first streams end earlier, so that not all end at once.
        peer->left = begun < settings.streams
                         ? 1 + begun * settings.events_each / settings.streams
                         : settings.events_each;
        begun++;
        put(peer, stream_head, stream_head_size);
        return;
    }
    fail("more requests than streams");
}

static void answer(struct peer *peer) {
    if (peer->slot >= 0) fail("a request within an answer");
    if (settings.mode == PACED) {
        begin_paced(peer);
        return;
    }
    begun++;
    if (settings.mode == JSON) {
        put(peer, json_answer, json_head_size + JSON_SIZE);
        return;
    }
    peer->slot = 0;
    peer->sent = 0;
    peer->left = settings.events_each;
    put(peer, stream_head, stream_head_size);
    if (settings.mode == SILENT) send_event(peer, 0, now());
    else send_at_full_speed(peer);
}

static void take_request(struct peer *peer, const char *bytes, size_t size) {
    while (size > 0) {
        if (!peer->has_head) {
            size_t taken = take_head(peer, bytes, size);
            bytes += taken;
            size -= taken;
            if (!peer->has_head) return;
            char *length = strcasestr(peer->head, "\ncontent-length:");
            peer->body_left = length ? strtoul(length + 16, NULL, 10) : 0;
        }
        size_t taken = size < peer->body_left ? size : peer->body_left;
        bytes += taken;
        size -= taken;
        peer->body_left -= taken;
        if (peer->body_left > 0) return;
        peer->has_head = 0;
        answer(peer);
    }
}

void take_from_gateway(struct peer *peer, uint32_t what) {
    static char buffer[65536];
    if (what & EPOLLOUT) send_at_full_speed(peer);
    if ((what & ~(uint32_t)EPOLLOUT) == 0) return;
    ssize_t size;
    // TLS may hold more than the socket tells.
    while ((size = receive(peer, buffer, sizeof buffer)) > 0) {
        take_request(peer, buffer, (size_t)size);
        if (!peer->tls) return;
    }
    if (size < 0) return;
    if (peer->slot >= 0) fail("the connection of a stream ended early");
    remove_peer(peer);
}

uint64_t send_due(int timer, uint64_t start, uint64_t next) {
    uint64_t time = now();
    uint64_t due = start + (uint64_t)((double)next * 1e9 / settings.rate);
    for (; due <= time; due = start + (uint64_t)((double)++next * 1e9 / settings.rate)) {
        if (time - due > late_max) late_max = time - due;
        struct peer *peer = streaming[next % (uint64_t)settings.streams];
        if (!peer) continue;
        send_event(peer, (size_t)(peer->left + peer->slot), due);
        if (peer->left == 0) end_stream(peer);
    }
    struct itimerspec at = {.it_value = {(time_t)(due / 1000000000u), (long)(due % 1000000000u)}};
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
    return next;
}
