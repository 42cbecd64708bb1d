#include "histogram.h"

#include <stdio.h>

void count(struct histogram *histogram, uint64_t value) {
    int shift = value < 128 ? 0 : 57 - __builtin_clzll(value);
    size_t bucket = (size_t)shift * 64 + (size_t)(value >> shift);
    histogram->counts[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
}

// The greatest value that a bucket holds.
static uint64_t bucket_end(size_t bucket) {
    if (bucket < 128) return bucket;
    size_t shift = bucket / 64 - 1;
    return ((uint64_t)(bucket % 64 + 65) << shift) - 1;
}

void print_histogram(const char *name, const struct histogram *histogram) {
    const char *separator = "";
    printf(",\"%s\":[", name);
    for (size_t bucket = 0; bucket < BUCKETS; bucket++) {
        if (histogram->counts[bucket] == 0) continue;
        printf("%s[%lu,%lu]", separator, bucket_end(bucket), histogram->counts[bucket]);
        separator = ",";
    }
    printf("]");
}
