// How often which values came.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Histograms: values below 128 exactly, 64 buckets for each power of two above (off by 1.6 % at most).
#define BUCKETS (64 * 59)

struct histogram {
    uint64_t counts[BUCKETS];
};

// One more value.
void count(struct histogram *histogram, uint64_t value);

// Prints `,"name":[[greatest value, count],...]`: a bucket stands for the greatest value that it holds.
void print_histogram(const char *name, const struct histogram *histogram);
