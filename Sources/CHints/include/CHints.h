// What Swift has no word for: a hint to the processor.
#pragma once

// Begins to bring the cache line of an address nearer; never faults, never waits.
static inline void hint_soon(const void *place) { __builtin_prefetch(place); }

// The same for an address that is only a number: nothing is read or written through it.
static inline void hint_place(unsigned long place) { __builtin_prefetch((const void *)place); }
