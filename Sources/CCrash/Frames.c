#define _GNU_SOURCE
#include "Frames.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <string.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

/// The greatest stack that a walk believes in.
#define STACK_MAX (1024ull * 1024 * 1024)
/// Words that are looked through where no frame pointer leads on.
#define SCAN_WORDS 512
#define CHAIN_ENOUGH 6

/// Where the images of the shared table are. Kept here: the supervisor needs no address.
static struct {
    uintptr_t base;
    uintptr_t low;
    uintptr_t high;
    uintptr_t code_low;
    uintptr_t code_high;
} places[ROUTE_CRASH_IMAGES];
static uint32_t place_count;

// ---- Images

static void read_build_id(const struct dl_phdr_info *info, const ElfW(Phdr) * segment, struct route_crash_image *image) {
    const char *at = (const char *)(info->dlpi_addr + segment->p_vaddr);
    size_t left = segment->p_memsz;
    while (left >= sizeof(ElfW(Nhdr))) {
        const ElfW(Nhdr) *note = (const ElfW(Nhdr) *)(const void *)at;
        size_t name = ((size_t)note->n_namesz + 3) & ~(size_t)3;
        size_t content = ((size_t)note->n_descsz + 3) & ~(size_t)3;
        if (name > left - sizeof *note || content > left - sizeof *note - name) return;
        if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && memcmp(at + sizeof *note, "GNU", 4) == 0 &&
            note->n_descsz <= ROUTE_CRASH_BUILD_ID) {
            image->build_id_length = note->n_descsz;
            memcpy(image->build_id, at + sizeof *note + name, note->n_descsz);
            return;
        }
        at += sizeof *note + name + content;
        left -= sizeof *note + name + content;
    }
}

static int list_image(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size;
    struct route_crash_image *images = context;
    if (place_count == ROUTE_CRASH_IMAGES) return 1;
    struct route_crash_image *image = &images[place_count];
    memset(image, 0, sizeof *image);
    uintptr_t low = UINTPTR_MAX, high = 0, code_low = UINTPTR_MAX, code_high = 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type == PT_NOTE && image->build_id_length == 0) read_build_id(info, segment, image);
        if (segment->p_type != PT_LOAD) continue;
        uintptr_t from = info->dlpi_addr + segment->p_vaddr, to = from + segment->p_memsz;
        if (from < low) low = from;
        if (to > high) high = to;
        if (!(segment->p_flags & PF_X)) continue;
        if (from < code_low) code_low = from;
        if (to > code_high) code_high = to;
    }
    // The first one is the executable, which has no name here.
    if (place_count == 0) {
        if (readlink("/proc/self/exe", image->path, ROUTE_CRASH_PATH - 1) < 0) image->path[0] = 0;
    } else if (info->dlpi_name) {
        strncpy(image->path, info->dlpi_name, ROUTE_CRASH_PATH - 1);
    }
    places[place_count].base = info->dlpi_addr;
    places[place_count].low = low;
    places[place_count].high = high;
    places[place_count].code_low = code_low;
    places[place_count].code_high = code_high;
    place_count++;
    return 0;
}

uint32_t route_list_images(struct route_crash_image images[ROUTE_CRASH_IMAGES]) {
    place_count = 0;
    dl_iterate_phdr(list_image, images);
    return place_count;
}

// ---- From here on async-signal-safe.

struct route_crash_frame route_frame(uintptr_t address) {
    for (uint32_t i = 0; i < place_count; i++)
        if (address >= places[i].low && address < places[i].high)
            return (struct route_crash_frame){.image = i, .offset = address - places[i].base};
    return (struct route_crash_frame){.image = ROUTE_CRASH_NO_IMAGE};
}

static int is_code(uintptr_t address) {
    for (uint32_t i = 0; i < place_count; i++)
        if (address >= places[i].code_low && address < places[i].code_high) return 1;
    return 0;
}

struct route_context route_context_of(const void *context) {
    const ucontext_t *c = context;
#if defined(__x86_64__)
    return (struct route_context){
        .counter = (uintptr_t)c->uc_mcontext.gregs[REG_RIP],
        .frame = (uintptr_t)c->uc_mcontext.gregs[REG_RBP],
        .stack = (uintptr_t)c->uc_mcontext.gregs[REG_RSP],
    };
#elif defined(__aarch64__)
    return (struct route_context){
        .counter = c->uc_mcontext.pc,
        .frame = c->uc_mcontext.regs[29],
        .stack = c->uc_mcontext.sp,
        .link = c->uc_mcontext.regs[30],
    };
#else
#error "which registers hold the program counter, the frame and the stack?"
#endif
}

/// Copies from this process's own memory. 0 when all of it could be read.
static int peek(uintptr_t address, void *into, size_t length) {
    struct iovec local = {.iov_base = into, .iov_len = length};
    struct iovec remote = {.iov_base = (void *)address, .iov_len = length};
    return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == (ssize_t)length ? 0 : -1;
}

/// The saved frame pointer and the return address that lie at a frame pointer.
struct pair {
    uintptr_t frame;
    uintptr_t counter;
};

/// Whether a frame can lie there, and reads it.
static int read_pair(uintptr_t frame, uintptr_t above, uintptr_t high, struct pair *pair) {
    if (frame % sizeof(uintptr_t) != 0 || frame < above || (high != 0 && frame >= high) || frame - above > STACK_MAX)
        return -1;
    if (peek(frame, pair, sizeof *pair) != 0) return -1;
    return is_code(pair->counter) ? 0 : -1;
}

/// How many frames follow each other from a place on, at most CHAIN_ENOUGH.
static int chain_length(uintptr_t frame, uintptr_t high) {
    struct pair pair;
    int length = 0;
    for (uintptr_t above = frame; length < CHAIN_ENOUGH && read_pair(frame, above, high, &pair) == 0; length++) {
        above = frame + sizeof pair;
        frame = pair.frame;
    }
    return length;
}

/// The first place at or above an address from which a chain of frames goes on: code of libraries written in
/// C keeps no frame pointer, and has often put something else into the register. What functions that have
/// returned left there looks like a frame or two as well, so of short chains the longest counts.
static uintptr_t find_frame(uintptr_t from, uintptr_t high) {
    uintptr_t words[64], best = 0;
    int best_length = 1;
    for (uintptr_t at = from & ~(uintptr_t)7, end = at + SCAN_WORDS * sizeof *words; at < end;) {
        if (peek(at, words, sizeof words) != 0) break;
        // A frame whose second word is in the next piece is found there: pieces overlap by one word.
        for (size_t i = 0; i + 1 < sizeof words / sizeof *words; i++) {
            uintptr_t here = at + i * sizeof *words;
            if (words[i] <= here || !is_code(words[i + 1])) continue;
            int length = chain_length(here, high);
            if (length <= best_length) continue;
            best = here;
            best_length = length;
            if (length == CHAIN_ENOUGH) return best;
        }
        at += sizeof words - sizeof *words;
    }
    return best;
}

void route_walk(const struct route_context *at, uintptr_t stack_high,
                struct route_crash_frame frames[ROUTE_CRASH_FRAMES], uint32_t *count) {
    // Of a thread on another stack than its own the end is not known.
    uintptr_t high = at->stack < stack_high ? stack_high : 0;
    uint32_t n = 0;
    frames[n++] = route_frame(at->counter);
    if (!is_code(at->counter)) { // a call of something that is no code: who called it is the thing to know
        uintptr_t caller = at->link;
        if ((caller != 0 || peek(at->stack, &caller, sizeof caller) == 0) && is_code(caller))
            frames[n++] = route_frame(caller - 1);
    }
    uintptr_t frame = at->frame, above = at->stack;
    uint32_t flags = 0;
    while (n < ROUTE_CRASH_FRAMES) {
        struct pair pair;
        if (read_pair(frame, above, high, &pair) != 0) {
            if (n > 2 || flags != 0 || (frame = find_frame(above, high)) == 0) break;
            flags = ROUTE_FRAME_GUESSED;
            continue;
        }
        // Before the return address, which may be the next function's first.
        struct route_crash_frame found = route_frame(pair.counter - 1);
        found.flags = flags;
        frames[n++] = found;
        above = frame + sizeof pair;
        frame = pair.frame;
    }
    *count = n;
}
