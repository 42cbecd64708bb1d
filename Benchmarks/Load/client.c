#define _GNU_SOURCE
#include "client.h"
#include "content.h"
#include "load.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

uint64_t arrived, answers;
long opened, receiving;
struct histogram event_ns, head_ns, answer_ns;
static struct peer *clients[STREAMS_MAX];
static uint64_t received_at; // of the bytes that are being looked at
static uint64_t gap_max;

static void note(struct histogram *histogram, uint64_t value) {
    if (is_measuring) count(histogram, value);
}

static void ask(struct peer *peer) {
    peer->asked = now();
    put(peer, request, request_size);
}

void open_client(void) {
    struct peer *peer = add_peer(CLIENT, connected(settings.client_port));
    clients[opened++] = peer;
    watch(peer, EPOLLIN);
    ask(peer);
}

static void end_answer(struct peer *peer) {
    if (settings.mode == JSON) {
        if (!settings.is_loose && peer->payload != JSON_SIZE) fail("an answer is not whole");
    } else if (!peer->is_done) {
        fail("an answer without [DONE]");
    } else if (!settings.is_loose &&
               (peer->payload != (size_t)peer->events * EVENT_SIZE + LAST_EVENT_SIZE ||
                // The first answers are short.
                peer->events > settings.events_each ||
                (peer->events != settings.events_each &&
                 (settings.mode != PACED || answers >= (uint64_t)settings.streams)))) {
        fail("an answer is not whole");
    }
    answers++;
    note(&answer_ns, received_at - peer->asked);
    peer->payload = 0;
    peer->events = 0;
    peer->is_done = 0;
    peer->has_head = 0;
    ask(peer);
}

static void end_event(struct peer *peer) {
    arrived++;
    peer->events++;
    if (!peer->last_at) receiving++;
    else if (is_measuring && received_at - peer->last_at > gap_max)
        gap_max = received_at - peer->last_at;
    peer->last_at = received_at;
    if (settings.mode == PACED)
        note(&event_ns, (received_at % STAMP_WRAP + STAMP_WRAP - peer->stamp) % STAMP_WRAP);
}

uint64_t worst_gap(void) {
    uint64_t time = now();
    for (long slot = 0; slot < opened; slot++)
        if (clients[slot]->last_at && time - clients[slot]->last_at > gap_max)
            gap_max = time - clients[slot]->last_at;
    return gap_max;
}

// Looks at the first bytes of an event, from that place on, and returns how many they were.
static size_t take_beginning(struct peer *peer, size_t place, const char *bytes, size_t size) {
    size_t taken = size < STAMP_AT - place ? size : STAMP_AT - place;
    if (place < LAST_EVENT_SIZE) {
        size_t last = size < LAST_EVENT_SIZE - place ? size : LAST_EVENT_SIZE - place;
        if (memcmp(bytes, EVENT_BEGINNING + place, last) != 0) {
            if (memcmp(bytes, LAST_EVENT + place, last) != 0) fail("an event is not as it was sent");
            peer->is_done = place + last == LAST_EVENT_SIZE;
            return last;
        }
    }
    if (peer->is_done) fail("bytes behind [DONE]");
    if (memcmp(bytes, EVENT_BEGINNING + place, taken) != 0) fail("an event is not as it was sent");
    peer->stamp = 0;
    return taken;
}

// The bytes that follow the payload so far, as they were sent.
static void take_events(struct peer *peer, const char *bytes, size_t size) {
    while (size > 0) {
        size_t place = peer->payload % EVENT_SIZE, taken = 1;
        if (place < STAMP_AT) {
            taken = take_beginning(peer, place, bytes, size);
        } else if (place < STAMP_AT + STAMP_SIZE) {
            if (*bytes < '0' || *bytes > '9') fail("an event without its moment");
            peer->stamp = peer->stamp * 10 + (uint64_t)(*bytes - '0');
        } else if (place < EVENT_SIZE - 2) {
            taken = size < EVENT_SIZE - 2 - place ? size : EVENT_SIZE - 2 - place;
        } else {
            if (*bytes != '\n') fail("an event is not as it was sent");
            if (place == EVENT_SIZE - 1) end_event(peer);
        }
        peer->payload += taken;
        bytes += taken;
        size -= taken;
    }
}

// The same where events may have been written anew: looked for by line, their moment by the id.
static void take_lines(struct peer *peer, const char *bytes, size_t size) {
    for (size_t n = 0; n < size; n++) {
        if (bytes[n] != '\n') {
            if (peer->head_size < sizeof peer->head - 1) peer->head[peer->head_size++] = bytes[n];
            continue;
        }
        peer->head[peer->head_size] = 0;
        peer->head_size = 0;
        char *id = strstr(peer->head, "chatcmpl-");
        if (strncmp(peer->head, "data: [DONE]", 12) == 0) peer->is_done = 1;
        // What a proxy adds (an event with a finish reason) has no text.
        if (strncmp(peer->head, "data: {", 7) != 0 || !strstr(peer->head, "\"content\":\"")) continue;
        peer->stamp = id ? strtoull(id + 9, NULL, 10) : 0;
        end_event(peer);
    }
}

static void take_body(struct peer *peer, const char *bytes, size_t size) {
    if (settings.mode != JSON && settings.is_loose) {
        take_lines(peer, bytes, size);
        return;
    }
    if (settings.mode != JSON) {
        take_events(peer, bytes, size);
        return;
    }
    const char *expected = json_answer + json_head_size + peer->payload;
    if (!settings.is_loose &&
        (peer->payload + size > JSON_SIZE || memcmp(bytes, expected, size) != 0))
        fail("an answer is not as it was sent");
    peer->payload += size;
}

// One byte of chunked framing that is not data.
static void take_framing(struct peer *peer, char byte) {
    static const int digits_max = 16;
    if (peer->in_chunk == 0 && byte != '\n') {
        int digit = byte >= '0' && byte <= '9'   ? byte - '0'
                    : byte >= 'a' && byte <= 'f' ? byte - 'a' + 10
                    : byte >= 'A' && byte <= 'F' ? byte - 'A' + 10
                                                 : -1;
        if (byte == '\r') return;
        if (digit < 0 || peer->body_left >> (4 * (digits_max - 1))) fail("a chunk's size is wrong");
        peer->body_left = peer->body_left * 16 + (size_t)digit;
    } else if (peer->in_chunk == 0) {
        peer->in_chunk = peer->body_left > 0 ? 1 : 3;
    } else if (byte == '\n') {
        int is_last = peer->in_chunk == 3;
        peer->in_chunk = 0;
        if (is_last) end_answer(peer);
    }
}

// The head of an answer is there.
static void begin_answer(struct peer *peer) {
    if (strncmp(peer->head, "HTTP/1.1 200", 12) != 0) fail(peer->head);
    note(&head_ns, received_at - peer->asked);
    const char *length = strcasestr(peer->head, "\ncontent-length:");
    peer->is_chunked = !length;
    peer->body_left = length ? strtoul(length + 16, NULL, 10) : 0;
    if (!length && !strcasestr(peer->head, "\ntransfer-encoding: chunked"))
        fail("an answer without a framing");
    if (length && peer->body_left == 0) fail("an empty answer");
}

static void take_answer(struct peer *peer, const char *bytes, size_t size) {
    while (size > 0) {
        size_t taken = 1;
        if (!peer->has_head) {
            taken = take_head(peer, bytes, size);
            if (peer->has_head) begin_answer(peer);
        } else if (!peer->is_chunked || peer->in_chunk == 1) {
            taken = size < peer->body_left ? size : peer->body_left;
            take_body(peer, bytes, taken);
            peer->body_left -= taken;
            if (peer->body_left == 0 && peer->is_chunked) peer->in_chunk = 2;
            else if (peer->body_left == 0) end_answer(peer);
        } else {
            take_framing(peer, *bytes);
        }
        bytes += taken;
        size -= taken;
    }
}

void take_from_provider(struct peer *peer) {
    static char buffer[65536];
    ssize_t size = receive(peer, buffer, sizeof buffer);
    if (size < 0) return;
    if (size == 0) fail("a client's connection ended early");
    received_at = now();
    take_answer(peer, buffer, (size_t)size);
    // Reads no more, and stays.
    if (settings.mode == STALLED && peer->last_at) watch_again(peer, 0);
}
