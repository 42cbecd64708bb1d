// Preloaded into the worker that runs in valgrind, for Benchmarks/data-path-cost: valgrind does its own work with
// the worker's rights, and has to write a file, which the worker's filter of system calls forbids. What is measured
// is the user's instructions, which a filter in the kernel does not change.
int seccomp_load(void *filter);

int seccomp_load(void *filter) {
    (void)filter;
    return 0;
}
