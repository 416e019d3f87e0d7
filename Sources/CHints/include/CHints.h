// What Swift has no word for: a hint to the processor.
#pragma once

// Begins to bring the cache line of an address nearer; never faults, never waits.
static inline void hint_soon(const void *place) { __builtin_prefetch(place); }

// The same for an address that is only a number: nothing is read or written through it.
static inline void hint_place(unsigned long place) { __builtin_prefetch((const void *)place); }

// Tells the processor that this is a loop that waits: it saves power and leaves its twin on the same core the room.
static inline void hint_relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}
