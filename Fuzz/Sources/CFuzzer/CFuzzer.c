// Only the header matters: the driver comes with -sanitize=fuzzer.
#include "CFuzzer.h"
