#define _GNU_SOURCE
#include "CSecureHeap.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// A power of two, as OpenSSL asks for: some 5,000 keys. Below the usual RLIMIT_MEMLOCK.
#define HEAP_SIZE (1024 * 1024)
#define SMALLEST 64

// In front of every secret, in the same memory. The list is what a dying process walks to wipe them all:
// an entry is complete before it is reachable, and `next` always leads to the end.
struct entry {
    struct entry *next;
    struct entry *previous;
    size_t length; // of the secret behind it
    size_t mapped; // bytes of its own mapping; 0: it lies in the heap
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static enum route_secure_heap state = route_secure_heap_none;
static struct entry *first = NULL;

static void start(void) {
    int result = CRYPTO_secure_malloc_init(HEAP_SIZE, SMALLEST);
    state = result == 1   ? route_secure_heap_locked
            : result == 2 ? route_secure_heap_unlocked
                          : route_secure_heap_none;
}

enum route_secure_heap route_secure_heap_start(void) {
    pthread_once(&once, start);
    return state;
}

static struct entry *map(size_t needed) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t size = (needed + page - 1) / page * page;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return NULL;
    madvise(memory, size, MADV_DONTDUMP);
    mlock(memory, size);
    struct entry *entry = memory;
    entry->mapped = size;
    return entry;
}

void *route_secure_allocate(size_t length) {
    route_secure_heap_start();
    if (length > SIZE_MAX / 2) return NULL;
    size_t needed = sizeof(struct entry) + length;
    struct entry *entry = NULL;
    // Without a heap OpenSSL would fall back to the ordinary one.
    if (state != route_secure_heap_none) entry = OPENSSL_secure_malloc(needed);
    if (entry) entry->mapped = 0;
    else entry = map(needed);
    if (!entry) return NULL;
    entry->length = length;
    pthread_mutex_lock(&lock);
    entry->previous = NULL;
    entry->next = first;
    if (first) first->previous = entry;
    __atomic_store_n(&first, entry, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&lock);
    return entry + 1;
}

void route_secure_release(void *memory) {
    struct entry *entry = (struct entry *)memory - 1;
    size_t needed = sizeof(struct entry) + entry->length;
    pthread_mutex_lock(&lock);
    if (entry->next) entry->next->previous = entry->previous;
    if (entry->previous) __atomic_store_n(&entry->previous->next, entry->next, __ATOMIC_RELEASE);
    else __atomic_store_n(&first, entry->next, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&lock);
    if (entry->mapped == 0) {
        OPENSSL_secure_clear_free(entry, needed);
        return;
    }
    size_t mapped = entry->mapped;
    explicit_bzero(entry, needed);
    munmap(entry, mapped);
}

void route_secure_wipe_all(void) {
    struct entry *entry = __atomic_load_n(&first, __ATOMIC_ACQUIRE);
    while (entry) {
        explicit_bzero(entry + 1, entry->length);
        entry = __atomic_load_n(&entry->next, __ATOMIC_ACQUIRE);
    }
}

int route_secure_compare(const void *a, const void *b, size_t length) {
    return CRYPTO_memcmp(a, b, length);
}
