#define _GNU_SOURCE
#include "CCrash.h"
#include "Frames.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define STACK_SIZE (64 * 1024)
#define NULL_PAGES (64 * 1024)
/// Another thread's crash waits so long for the one that is reported, in steps of 1 ms.
#define WAIT_STEPS 2000

static const int caught[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT};

static struct route_crash_file unread;
struct route_crash_file *route_crash_current_file = &unread;
static void (*volatile wipe_secrets)(void);

/// The thread whose crash is reported; 0: none.
static int reporting;
static int first_signal;

static __thread struct {
    uintptr_t stack_low;
    uintptr_t stack_high;
    void *alternate;
    int is_event_loop;
} thread_state;

static pthread_key_t thread_key;

static int thread_id(void) { return (int)syscall(SYS_gettid); }

// ---- The handler: from here to install only async-signal-safe calls.

/// Ends the process with the signal that came. Raised rather than met again: a trap instruction would
/// be stepped over on the way back, and a signal that another process sent would not come again.
static void die(int signal) {
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigaction(signal, &standard, NULL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    syscall(SYS_tgkill, getpid(), thread_id(), signal);
    _exit(128 + signal);
}

static void wipe(void) {
    void (*call)(void) = wipe_secrets;
    wipe_secrets = NULL; // a fault in it does not call it again
    if (call) call();
}

static void classify_fault(struct route_crash_file *file, const siginfo_t *info, const struct route_context *at) {
    file->fault_image = ROUTE_CRASH_NO_IMAGE;
    file->fault = ROUTE_FAULT_NONE;
    // Sent by a process, or by this one: the word holds a pid then.
    if (info->si_code <= 0 || info->si_signo == SIGABRT) return;
    if (info->si_code == SI_KERNEL) {
        file->fault = ROUTE_FAULT_UNKNOWN;
        return;
    }
    uintptr_t address = (uintptr_t)info->si_addr;
    struct route_crash_frame where = route_frame(address);
    uintptr_t low = thread_state.stack_low;
    int near_pointer = address + 4096 >= at->stack && address < at->stack + 4096;
    int near_end = low != 0 && address + (1024 * 1024) >= low && address < low + NULL_PAGES;
    if (where.image != ROUTE_CRASH_NO_IMAGE) {
        file->fault = ROUTE_FAULT_IMAGE;
        file->fault_image = where.image;
        file->fault_offset = where.offset;
    } else if (address < NULL_PAGES) {
        file->fault = ROUTE_FAULT_NULL;
    } else {
        file->fault = near_pointer || near_end ? ROUTE_FAULT_STACK : ROUTE_FAULT_OTHER;
    }
}

static void report(int signal, const siginfo_t *info, const void *context) {
    struct route_crash_file *file = route_crash_current_file;
    __atomic_store_n(&file->state, ROUTE_CRASH_BEGUN, __ATOMIC_RELEASE);
    file->signal = signal;
    file->code = info->si_code;
    file->thread = (uint32_t)thread_id();
    file->is_event_loop = (uint32_t)thread_state.is_event_loop;
    struct route_context at = route_context_of(context);
    classify_fault(file, info, &at);
    route_walk(&at, thread_state.stack_high, file->frames, &file->frame_count);
    __atomic_store_n(&file->state, ROUTE_CRASH_WRITTEN, __ATOMIC_RELEASE);
}

static void handle(int signal, siginfo_t *info, void *context) {
    int own = thread_id();
    int none = 0;
    if (__atomic_compare_exchange_n(&reporting, &none, own, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        first_signal = signal;
        report(signal, info, context);
        wipe();
        __atomic_store_n(&route_crash_current_file->state, ROUTE_CRASH_WIPED, __ATOMIC_RELEASE);
        die(signal);
    }
    if (none == own) { // a fault in this handler
        wipe();
        die(first_signal);
    }
    // Another thread is being reported, and ends the process.
    struct timespec step = {.tv_nsec = 1000 * 1000};
    for (int i = 0; i < WAIT_STEPS; i++) nanosleep(&step, NULL);
    die(signal);
}

// ---- Installing

void route_crash_set_wipe(void (*wipe)(void)) { wipe_secrets = wipe; }

static void end_thread(void *alternate) {
    stack_t none = {.ss_flags = SS_DISABLE};
    if (sigaltstack(&none, NULL) == 0) munmap(alternate, STACK_SIZE + (size_t)getpagesize());
}

int route_crash_install(int memfd) {
    struct stat information;
    if (fstat(memfd, &information) != 0) return -1;
    if (information.st_size != sizeof(struct route_crash_file)) {
        errno = EINVAL;
        return -1;
    }
    struct route_crash_file *file =
        mmap(NULL, sizeof *file, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
    if (file == MAP_FAILED) return -1;
    if (pthread_key_create(&thread_key, end_thread) != 0) {
        errno = EAGAIN;
        return -1;
    }
    file->version = ROUTE_CRASH_VERSION;
    file->image_count = route_list_images(file->images);
    file->open_streams = unread.open_streams;
    file->current_stream = unread.current_stream;
    __atomic_store_n(&file->magic, ROUTE_CRASH_MAGIC, __ATOMIC_RELEASE);
    route_crash_current_file = file;
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    action.sa_sigaction = handle;
    for (size_t i = 0; i < sizeof caught / sizeof *caught; i++)
        if (sigaction(caught[i], &action, NULL) != 0) return -1;
    return 0;
}

int route_crash_thread_init(int is_event_loop) {
    thread_state.is_event_loop = is_event_loop;
    if (thread_state.alternate) return 0;
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        void *low;
        size_t size;
        if (pthread_attr_getstack(&attributes, &low, &size) == 0) {
            thread_state.stack_low = (uintptr_t)low;
            thread_state.stack_high = (uintptr_t)low + size;
        }
        pthread_attr_destroy(&attributes);
    }
    size_t guard = (size_t)getpagesize();
    void *memory = mmap(NULL, STACK_SIZE + guard, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) return -1;
    stack_t stack = {.ss_sp = (char *)memory + guard, .ss_size = STACK_SIZE};
    if (mprotect(stack.ss_sp, STACK_SIZE, PROT_READ | PROT_WRITE) != 0 || sigaltstack(&stack, NULL) != 0) {
        int reason = errno;
        munmap(memory, STACK_SIZE + guard);
        errno = reason;
        return -1;
    }
    thread_state.alternate = memory;
    // Without a key (no handler is installed) the stack stays, which costs 68 KiB of address space.
    if (route_crash_current_file != &unread) pthread_setspecific(thread_key, memory);
    return 0;
}
