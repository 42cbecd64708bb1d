// What provider and clients say to each other.
#pragma once
#include <stddef.h>
#include <stdint.h>

#define EVENT_SIZE 200
#define VARIANTS 64
#define JSON_SIZE 2048
// Where the digits of an event's moment begin, and how many there are.
#define EVENT_BEGINNING "data: {\"id\":\"chatcmpl-"
#define STAMP_AT (sizeof EVENT_BEGINNING - 1)
#define STAMP_SIZE 16
#define STAMP_WRAP 10000000000000000u
#define LAST_EVENT "data: [DONE]\n\n"
#define LAST_EVENT_SIZE (sizeof LAST_EVENT - 1)

// One event each, in a chunk of its own, one behind the other.
extern char frames[];
extern size_t frame_size;

extern char request[];
extern size_t request_size;

extern const char stream_head[], stream_end[];
extern const size_t stream_head_size, stream_end_size;

// A whole chat completion, with its head.
extern char json_answer[];
extern size_t json_head_size; // JSON_SIZE bytes follow

void make_content(void);

// An event's chunk with that moment in it.
void stamp_frame(char *frame, size_t variant, uint64_t moment);
