// Counts the allocations of the process that it is preloaded into, for Benchmarks/data-path-cost.
//
// ALLOCATIONS_FILE names the file of the counts; it is there already, filled with zeros. It is opened when the
// process begins, since a worker may open no file for writing later. Its first page is counts (see enum), each of 8
// bytes in the machine's order. Behind it are the call stacks of the allocations that were made while the reader
// had set IS_RECORDING, 32 numbers each: how many addresses there are, and the addresses, the innermost first.
#define _GNU_SOURCE
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MALLOC, CALLOC, REALLOC, ALIGNED, FREE, IS_RECORDING, STACKS };

#define PAGE 4096
#define STACK_NUMBERS 32

// What the C library calls its own.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

static _Atomic uint64_t *shared;
static uint64_t room; // for so many stacks
static __thread int is_inside __attribute__((tls_model("initial-exec")));

static void record(void) {
    if (!room || !atomic_load_explicit(&shared[IS_RECORDING], memory_order_relaxed)) return;
    uint64_t place = atomic_fetch_add_explicit(&shared[STACKS], 1, memory_order_relaxed);
    if (place >= room) return;
    _Atomic uint64_t *stack = shared + (PAGE + place * STACK_NUMBERS * 8) / 8;
    void *addresses[STACK_NUMBERS - 1];
    int count = backtrace(addresses, STACK_NUMBERS - 1);
    for (int n = 0; n < count; n++) stack[n + 1] = (uint64_t)addresses[n];
    stack[0] = (uint64_t)count;
}

static void count(int what) {
    if (!shared || is_inside) return;
    atomic_fetch_add_explicit(&shared[what], 1, memory_order_relaxed);
    if (what == FREE) return;
    is_inside = 1;
    record();
    is_inside = 0;
}

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("ALLOCATIONS_FILE");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    struct stat found;
    if (file < 0 || fstat(file, &found) != 0 || found.st_size < PAGE) abort();
    // The first use loads a library.
    void *address;
    backtrace(&address, 1);
    void *map = mmap(0, (size_t)found.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (map == MAP_FAILED) abort();
    room = ((uint64_t)found.st_size - PAGE) / (STACK_NUMBERS * 8);
    shared = map;
    close(file);
}

void *malloc(size_t size) {
    count(MALLOC);
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count(CALLOC);
    return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
    count(REALLOC);
    return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
    count(ALIGNED);
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
    if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) return EINVAL;
    void *found = memalign(alignment, size);
    if (!found) return ENOMEM;
    *memory = found;
    return 0;
}

void free(void *memory) {
    if (memory) count(FREE);
    __libc_free(memory);
}
