#pragma once
#include <stdint.h>

// Ends the program with status 1 and a word on what failed.
void fail(const char *what) __attribute__((noreturn));

// CLOCK_MONOTONIC, nanoseconds.
uint64_t now(void);
