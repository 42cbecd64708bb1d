// Which image an address lies in, and how a thread got where it is.
#pragma once
#include "CCrash.h"

/// Of the registers, those that a walk needs.
struct route_context {
    uintptr_t counter;
    uintptr_t frame;
    uintptr_t stack;
    /// Where a function without a frame returns to; 0: on the stack.
    uintptr_t link;
};

/// Fills in the images that are loaded and remembers where they are; not async-signal-safe.
uint32_t route_list_images(struct route_crash_image images[_Nonnull ROUTE_CRASH_IMAGES]);
/// The address relative to its image; without an image it is left out.
struct route_crash_frame route_frame(uintptr_t address);
/// The registers of a ucontext_t.
struct route_context route_context_of(const void *_Nonnull context);
/// Follows the frame pointers. Reads the stack through the kernel, so that nothing it finds makes it fault.
void route_walk(const struct route_context *_Nonnull at, uintptr_t stack_high,
                struct route_crash_frame frames[_Nonnull ROUTE_CRASH_FRAMES], uint32_t *_Nonnull count);
