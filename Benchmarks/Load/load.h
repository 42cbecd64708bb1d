// What the parts of the load have in common.
#pragma once
#include <stdint.h>

#define STREAMS_MAX 16384

enum mode { PACED, BLAST, JSON, SILENT, STALLED };

struct settings {
    enum mode mode;
    int is_loose;            // answers may be rewritten: they are counted, not compared
    const char *certificate; // of a provider behind TLS, or NULL
    const char *private_key;
    int provider_port, client_port;
    long streams, events_each;
    double rate, warm, window; // events a second, seconds, seconds
    const char *key;
};
extern struct settings settings;

// Set while values are to be counted.
extern int is_measuring;

// Ends the program with status 1 and a word on what failed.
void fail(const char *what) __attribute__((noreturn));

// CLOCK_MONOTONIC, nanoseconds.
uint64_t now(void);
