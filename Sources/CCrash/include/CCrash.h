// What a process leaves behind when it dies of a signal: a report in memory that it shares with the
// supervisor, written by a handler that calls nothing but what signal-safety(7) allows.
#pragma once
#include <stddef.h>
#include <stdint.h>

// ---- The layout, which the supervisor decodes as untrusted bytes

/// "dd0ccrsh", in the first word once the process has installed its handlers.
#define ROUTE_CRASH_MAGIC 0x6873726363306464ull
#define ROUTE_CRASH_VERSION 1u
#define ROUTE_CRASH_FRAMES 64
#define ROUTE_CRASH_IMAGES 96
#define ROUTE_CRASH_BUILD_ID 20
#define ROUTE_CRASH_PATH 216
/// The image of an address that lies in none.
#define ROUTE_CRASH_NO_IMAGE 0xffffffffu

/// How far a report came: `route_crash_file.state`.
enum {
    /// The process did not die of a signal that it could catch.
    ROUTE_CRASH_NONE = 0,
    /// The handler began; a fault in it ended it.
    ROUTE_CRASH_BEGUN = 1,
    /// All fields are set.
    ROUTE_CRASH_WRITTEN = 2,
    /// All fields are set, and the secrets are wiped.
    ROUTE_CRASH_WIPED = 3,
};

/// What a fault's address was: `route_crash_file.fault`.
enum {
    /// The signal has no address.
    ROUTE_FAULT_NONE = 0,
    /// In an image: `fault_image` and `fault_offset` say where.
    ROUTE_FAULT_IMAGE = 1,
    /// Below 64 KiB: a null pointer, or a field of one.
    ROUTE_FAULT_NULL = 2,
    /// At the end of the thread's stack: it overflowed.
    ROUTE_FAULT_STACK = 3,
    /// Anywhere else.
    ROUTE_FAULT_OTHER = 4,
    /// The processor did not say where (an address that is not canonical).
    ROUTE_FAULT_UNKNOWN = 5,
};

/// `route_crash_frame.flags`: found by a look through the stack, not by a frame pointer.
#define ROUTE_FRAME_GUESSED 1u

/// A program counter, relative to where its image is loaded: an address in the image's file.
struct route_crash_frame {
    uint32_t image;
    uint32_t flags;
    uint64_t offset;
};

/// The executable, or a library.
struct route_crash_image {
    uint32_t build_id_length;
    uint8_t build_id[ROUTE_CRASH_BUILD_ID];
    /// Ends with a zero byte; cut when it is longer.
    char path[ROUTE_CRASH_PATH];
};

/// The whole memory, in the machine's own byte order: it never leaves the machine. No address, register
/// or byte of memory stands in it, only what is named here.
struct route_crash_file {
    uint64_t magic;
    uint32_t version;
    uint32_t image_count;
    /// Kept up to date by the process.
    uint64_t open_streams;
    /// Number of the stream that the event loop works for; 0: none.
    uint64_t current_stream;
    /// From here on written by the handler.
    uint32_t state;
    int32_t signal;
    int32_t code;
    uint32_t fault;
    uint32_t fault_image;
    uint32_t is_event_loop;
    uint64_t fault_offset;
    uint32_t thread;
    uint32_t frame_count;
    struct route_crash_frame frames[ROUTE_CRASH_FRAMES];
    struct route_crash_image images[ROUTE_CRASH_IMAGES];
};

_Static_assert(sizeof(struct route_crash_frame) == 16, "the layout has no padding");
_Static_assert(sizeof(struct route_crash_image) == 240, "the layout has no padding");
_Static_assert(sizeof(struct route_crash_file) == 72 + 64 * 16 + 96 * 240, "the layout has no padding");

// ---- The handler

/// Maps a memfd of sizeof(struct route_crash_file) bytes, fills in the images that are loaded, and
/// installs handlers for SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE and SIGABRT. The descriptor stays the
/// caller's and is not needed any more. Once per process. 0, or -1 with errno.
int route_crash_install(int memfd);
/// What the handler calls when the report is written: it wipes the secrets, and may call nothing that is
/// not async-signal-safe. NULL: nothing.
void route_crash_set_wipe(void (*_Nullable wipe)(void));
/// An alternate stack for the calling thread, with a guard page, given back when the thread ends; without
/// one an overflow of the thread's stack leaves no report. Once per thread. 0, or -1 with errno.
int route_crash_thread_init(int is_event_loop);

/// The file that breadcrumbs go to: the shared one, or before it is there one that nobody reads.
extern struct route_crash_file *_Nonnull route_crash_current_file;

/// Sets the number of open streams.
static inline void route_crash_set_open_streams(uint64_t count) {
    __atomic_store_n(&route_crash_current_file->open_streams, count, __ATOMIC_RELAXED);
}
/// Sets the number of the stream that the event loop works for; 0: none.
static inline void route_crash_set_current_stream(uint64_t stream) {
    __atomic_store_n(&route_crash_current_file->current_stream, stream, __ATOMIC_RELAXED);
}

// ---- Standard error

/// Takes what was written to `stderr`; hands on what is to be seen with route_stderr_put. Runs on the
/// thread that wrote, which may be about to die: allocates nothing, takes no lock.
typedef void (*route_stderr_filter)(const char *_Nonnull bytes, size_t count);

/// Replaces `stderr` by a line-buffered stream whose bytes go through the filter, and from there to the
/// descriptor. Once per process, before other threads run. 0, or -1 with errno.
int route_stderr_redirect(int descriptor, route_stderr_filter _Nonnull filter);
/// Writes to the descriptor of route_stderr_redirect. Waits for a reader that does not read for 2 s
/// altogether, then drops; once it reads again, it is waited for again.
void route_stderr_put(const char *_Nonnull bytes, size_t count);
