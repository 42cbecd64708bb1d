// The provider and the clients of the benchmarks, in one thread, so that they cost little beside the gateway that
// stands between them.
//
// Usage: load [-m MODE] [-l] [-t CERTIFICATE -k KEY-FILE]
//             MOCK-PORT GATEWAY-PORT STREAMS RATE EVENTS WARM WINDOW KEY PID...
//
// MODE says what is measured:
//   paced    (unless given) what each event costs: the provider sends RATE events a second over STREAMS streams, each
//            at its own moment, whether the gateway keeps up or not (open loop). A stream ends after EVENTS of them
//            (the first ones earlier, so that not all end at once), and its client asks for the next on the same
//            connection. With a low rate by stream: whether every event arrives, and how long a stream has waited.
//   blast    what an event costs behind a provider that is faster: as many in one write as its socket takes
//   json     what a request costs: STREAMS clients ask for 2 kB of JSON, one request after the other (closed loop)
//   silent   what an open stream costs: each gets one event, and then nothing
//   stalled  what a client costs that reads one event and no more, before a provider at full speed
//
// -l: the answers may be written anew, so events are counted and not compared. -t, -k: the provider speaks TLS 1.3.
//
// All streams begin first. After WARM more seconds the CPU clocks of the PIDs are read, and again WINDOW seconds
// later. Prints one JSON object: events and answers that arrived in the window; how late the worst event was sent;
// for `paced` how many had not arrived 5 s after the last was sent, and the longest time that a stream has waited
// for one; of each PID nanoseconds, clock ticks (user, system) and kB of memory, before and after; and histograms
// as [nanoseconds, count] pairs: `event_ns` from the moment at which an event was due to its last byte, so that
// whatever waits is counted, `head_ns` from a request to the end of its answer's head, `answer_ns` to the answer's
// end. Every answer is checked; a wrong one ends the program with status 1.
#define _GNU_SOURCE
#include "load.h"
#include "client.h"
#include "clocks.h"
#include "content.h"
#include "provider.h"
#include "secure.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000u
// Clients that are being opened at a time: no listener's queue is to overflow.
#define OPENING_MAX 128
#define BEGIN_SECONDS_MAX 120
#define DRAIN_SECONDS_MAX 5

struct settings settings;
int is_measuring;
static int pids[PIDS_MAX], pid_count;

void fail(const char *what) {
    fprintf(stderr, "load: %s (%s)\n", what, strerror(errno));
    exit(1);
}

uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

static void read_mode(const char *name) {
    static const char *names[] = {"paced", "blast", "json", "silent", "stalled"};
    for (int mode = PACED; mode <= STALLED; mode++) {
        if (strcmp(name, names[mode]) != 0) continue;
        settings.mode = (enum mode)mode;
        return;
    }
    fail("no such mode");
}

static void read_settings(int count, char **arguments) {
    for (int option; (option = getopt(count, arguments, "+m:lt:k:")) != -1;) {
        if (option == 'm') read_mode(optarg);
        else if (option == 'l') settings.is_loose = 1;
        else if (option == 't') settings.certificate = optarg;
        else if (option == 'k') settings.private_key = optarg;
        else fail("no such option");
    }
    arguments += optind;
    count -= optind;
    if (count < 8) fail("usage: MOCK-PORT GATEWAY-PORT STREAMS RATE EVENTS WARM WINDOW KEY PID...");
    settings.provider_port = atoi(arguments[0]);
    settings.client_port = atoi(arguments[1]);
    settings.streams = atol(arguments[2]);
    settings.rate = atof(arguments[3]);
    settings.events_each = atol(arguments[4]);
    settings.warm = atof(arguments[5]);
    settings.window = atof(arguments[6]);
    settings.key = arguments[7];
    if (settings.streams < 1 || settings.streams > STREAMS_MAX || settings.rate <= 0 ||
        settings.events_each < 1 || !settings.certificate != !settings.private_key)
        fail("bad numbers");
    if (count - 8 > PIDS_MAX) fail("too many processes");
    for (int n = 8; n < count; n++) pids[pid_count++] = atoi(arguments[n]);
}

static void allow_descriptors(void) {
    struct rlimit limit = {4 * STREAMS_MAX, 4 * STREAMS_MAX};
    // More than the hard limit is for root.
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0 || getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void turn(int milliseconds) {
    int found = wait_for_peers(milliseconds);
    for (int n = 0; n < found; n++) {
        uint32_t what;
        uint64_t expirations;
        struct peer *peer = ready_peer(n, &what);
        if (peer->role == LISTENER) take_connection(peer);
        else if (peer->role == PROVIDER) take_from_gateway(peer, what);
        else if (peer->role == CLIENT) take_from_provider(peer);
        else if (read(peer->fd, &expirations, sizeof expirations) < 0) continue;
    }
}

// Opens the clients, and waits until each has a stream.
static void begin(void) {
    int waits_for_events = settings.mode == SILENT || settings.mode == STALLED;
    uint64_t until = now() + BEGIN_SECONDS_MAX * (uint64_t)SECOND;
    while (opened < settings.streams || begun < settings.streams ||
           (waits_for_events && receiving < settings.streams)) {
        for (int n = 0; n < 16 && opened < settings.streams && opened - begun < OPENING_MAX; n++)
            open_client();
        turn(opened < settings.streams && opened - begun < OPENING_MAX ? 0 : 100);
        if (now() > until) fail("not all streams begin");
    }
}

// Waits for what is still under way.
static void drain(void) {
    uint64_t until = now() + DRAIN_SECONDS_MAX * (uint64_t)SECOND;
    while (arrived < sent_events && now() < until) turn(100);
}

static void print(struct clocks first, struct clocks last, uint64_t answers_before, uint64_t gap) {
    printf("{\"seconds\":%.6f,\"events\":%lu,\"answers\":%lu,\"late_max_us\":%lu",
           (double)(last.at - first.at) / SECOND, last.events - first.events,
           answers - answers_before, late_max / 1000);
    if (settings.mode == PACED)
        printf(",\"missing\":%lu,\"gap_max_ns\":%lu", sent_events - arrived, gap);
    printf(",\"processes\":[");
    for (int n = 0; n < pid_count; n++)
        printf("%s{\"cpu_ns\":%lu,\"user_ticks\":%lu,\"system_ticks\":%lu,\"kb\":[%lu,%lu]}",
               n ? "," : "", last.cpu[n] - first.cpu[n], last.user[n] - first.user[n],
               last.system[n] - first.system[n], first.kb[n], last.kb[n]);
    printf("]");
    print_histogram("event_ns", &event_ns);
    print_histogram("head_ns", &head_ns);
    print_histogram("answer_ns", &answer_ns);
    printf("}\n");
}

int main(int count, char **arguments) {
    signal(SIGPIPE, SIG_IGN);
    allow_descriptors();
    read_settings(count, arguments);
    make_content();
    if (settings.certificate) prepare_tls(settings.certificate, settings.private_key);
    open_poller();
    watch(add_peer(LISTENER, listening(settings.provider_port)), EPOLLIN);
    struct peer *timer = add_peer(TIMER, timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
    watch(timer, EPOLLIN);
    begin();

    uint64_t start = now(), next = 0, answers_before = 0;
    uint64_t from = start + (uint64_t)(settings.warm * SECOND);
    uint64_t until = from + (uint64_t)(settings.window * SECOND);
    struct clocks first = {0};
    for (uint64_t time; (time = now()) < until;) {
        if (!is_measuring && time >= from) {
            first = read_clocks(pids, pid_count, arrived);
            answers_before = answers;
            is_measuring = 1;
            late_max = 0;
        }
        if (settings.mode == PACED) next = send_due(timer->fd, start, next);
        turn(time < from && from - time < 100000000u ? 1 : 100);
    }
    struct clocks last = read_clocks(pids, pid_count, arrived);
    uint64_t gap = worst_gap();
    is_measuring = 0;
    if (settings.mode == PACED) drain();
    print(first, last, answers_before, gap);
    return 0;
}
