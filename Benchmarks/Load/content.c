#define _GNU_SOURCE
#include "content.h"
#include "load.h"

#include <stdio.h>
#include <string.h>

#define FRAME_MAX (EVENT_SIZE + 16)
#define JSON_HEAD_MAX 256

char frames[VARIANTS * FRAME_MAX];
size_t frame_size;
char request[4096];
size_t request_size;
char json_answer[JSON_HEAD_MAX + JSON_SIZE + 1];
size_t json_head_size;
const char stream_head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                           "Transfer-Encoding: chunked\r\n\r\n";
const char stream_end[] = "e\r\n" LAST_EVENT "\r\n0\r\n\r\n";
const size_t stream_head_size = sizeof stream_head - 1, stream_end_size = sizeof stream_end - 1;

// Without a character that JSON escapes.
static const char prose[] =
    "A lighthouse stands where the land gives up, and its keeper counts the ships that pass before "
    "breakfast. In winter there are few; he writes their names into a ledger all the same, with the "
    "hour, the wind and the state of the sea. Nobody ever asked to read it. When the harbour was "
    "rebuilt, engineers came from three cities to learn how often fog had closed the channel, and for "
    "how long; every office they tried had only averages. Somebody remembered the old man on the "
    "rock. His books filled eleven shelves, and each page agreed with the next. They carried copies "
    "away by the crate, thanked him twice, and built the mole forty metres further north than anyone "
    "had planned. He went back upstairs, trimmed the lamp, and entered their boat under departures. ";

// So many bytes of the prose from there on, beginning again at its end.
static void write_prose(char *text, size_t from, size_t size) {
    for (size_t n = 0; n < size; n++) text[n] = prose[(from + n) % (sizeof prose - 1)];
}

// Events of exactly EVENT_SIZE bytes in the form of OpenAI's chunks.
static void make_frames(void) {
    static const char before[] = EVENT_BEGINNING
        "0000000000000000\",\"object\":\"chat.completion.chunk\",\"created\":1750000000,\"model\":\"m\","
        "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"";
    static const char behind[] = "\"},\"finish_reason\":null}]}\n\n";
    size_t room = EVENT_SIZE - (sizeof before - 1) - (sizeof behind - 1);
    for (size_t variant = 0; variant < VARIANTS; variant++) {
        char text[EVENT_SIZE] = "";
        write_prose(text, variant * room, room);
        frame_size = (size_t)snprintf(frames + variant * frame_size, FRAME_MAX, "%x\r\n%s%s%s\r\n",
                                      EVENT_SIZE, before, text, behind);
    }
}

static void make_json(void) {
    static const char before[] =
        "{\"id\":\"chatcmpl-0000000000000000\",\"object\":\"chat.completion\",\"created\":1750000000,"
        "\"model\":\"m\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"";
    static const char behind[] =
        "\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":{"
        "\"prompt_tokens\":10,\"completion_tokens\":345,\"total_tokens\":355,"
        "\"prompt_tokens_details\":{\"cached_tokens\":0},"
        "\"completion_tokens_details\":{\"reasoning_tokens\":0}},\"service_tier\":\"default\"}";
    json_head_size = (size_t)snprintf(
        json_answer, JSON_HEAD_MAX,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", JSON_SIZE);
    char text[JSON_SIZE] = "";
    write_prose(text, 0, JSON_SIZE - (sizeof before - 1) - (sizeof behind - 1));
    snprintf(json_answer + json_head_size, JSON_SIZE + 1, "%s%s%s", before, text, behind);
}

void make_content(void) {
    char body[256];
    int size = snprintf(body, sizeof body,
                        "{\"model\":\"m\",\"stream\":%s,"
                        "\"messages\":[{\"role\":\"user\",\"content\":\"Say something.\"}]}",
                        settings.mode == JSON ? "false" : "true");
    request_size = (size_t)snprintf(
        request, sizeof request,
        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
        "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
        settings.key, size, body);
    if (request_size >= sizeof request) fail("the key is too long");
    make_frames();
    make_json();
}

void stamp_frame(char *frame, size_t variant, uint64_t moment) {
    memcpy(frame, frames + variant * frame_size, frame_size);
    char *digits = frame + (frame_size - EVENT_SIZE - 2) + STAMP_AT;
    for (int n = STAMP_SIZE; n-- > 0; moment /= 10) digits[n] = (char)('0' + moment % 10);
}
