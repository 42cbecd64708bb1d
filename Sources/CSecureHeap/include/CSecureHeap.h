// Memory for secrets: OpenSSL's secure heap (CRYPTO_secure_malloc(3)), which is locked into RAM, lies
// between guard pages, is excluded from core dumps, and is wiped on release.
#pragma once
#include <stddef.h>

/// How well the heap is protected.
enum route_secure_heap {
    /// Locked and guarded.
    route_secure_heap_locked = 1,
    /// It works, but the kernel did not lock or guard it (RLIMIT_MEMLOCK, see getrlimit(2)).
    route_secure_heap_unlocked = 2,
    /// There is none: secrets get pages of their own.
    route_secure_heap_none = 0,
};

/// Sets the heap up, once; later calls only tell how it is. Called by the first allocation at the latest.
enum route_secure_heap route_secure_heap_start(void);

/// Memory for so many bytes; NULL when there is none left at all. What does not fit into the heap any
/// more gets pages of its own, excluded from dumps, and locked if possible.
void *_Nullable route_secure_allocate(size_t length);
/// Overwrites and releases memory of `route_secure_allocate`.
void route_secure_release(void *_Nonnull memory);

/// Overwrites every secret there is. Async-signal-safe, takes no lock: for a process that is about to end.
void route_secure_wipe_all(void);

/// 0 when the bytes are equal; takes a time that depends on the length only (CRYPTO_memcmp(3)).
int route_secure_compare(const void *_Nonnull a, const void *_Nonnull b, size_t length);
