#define _GNU_SOURCE
#include "clocks.h"
#include "load.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// Its pages that are in memory, kB. (/proc/PID/smaps_rollup is more exact, but not for everybody to read.)
static unsigned long resident(int pid) {
    char path[64];
    unsigned long pages = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", pid);
    FILE *file = fopen(path, "r");
    if (!file || fscanf(file, "%*u %lu", &pages) != 1) fail(path);
    fclose(file);
    return pages * (unsigned long)sysconf(_SC_PAGESIZE) / 1024;
}

struct clocks read_clocks(const int *pids, int pid_count, uint64_t events) {
    struct clocks clocks = {.at = now(), .events = events};
    for (int n = 0; n < pid_count; n++) {
        clockid_t clock;
        struct timespec time;
        // The whole process, with threads that have ended.
        if (clock_getcpuclockid(pids[n], &clock) != 0 || clock_gettime(clock, &time) != 0)
            fail("a process to be measured is gone");
        clocks.cpu[n] = (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
        char path[64], line[1024] = "";
        snprintf(path, sizeof path, "/proc/%d/stat", pids[n]);
        FILE *file = fopen(path, "r");
        if (!file || !fgets(line, sizeof line, file)) fail(path);
        fclose(file);
        char *rest = strrchr(line, ')');
        if (!rest || sscanf(rest + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
                            &clocks.user[n], &clocks.system[n]) != 2)
            fail("a line of /proc cannot be read");
        clocks.kb[n] = resident(pids[n]);
    }
    return clocks;
}
