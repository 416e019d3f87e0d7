// What Swift has no word for: a hint to the processor.
#pragma once

// Begins to bring the cache line of an address nearer; never faults, never waits.
static inline void hint_soon(const void *place) { __builtin_prefetch(place); }
