// The limit that the ring is held against: the same protocol and the same layout in C++. C face for Swift.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// What a run came to: all slots, in order, folded into one number; the seconds of its longest thread.
typedef struct ring_result {
    uint64_t checksum;
    double seconds;
} ring_result;

// One thread publishes a batch and reads it, in turn. `shared` chooses the claim of many publishers.
ring_result twin_ring_alone(int shared, uint64_t capacity, uint32_t batch, uint64_t slots);

// `publishers` threads (0: one, with the single-publisher end) and one reader that spins a little, then parks.
// The checksum is the sum over all slots, whichever publisher was first.
ring_result twin_ring_threads(uint32_t publishers, uint64_t capacity, uint32_t batch, uint64_t slots);

// One publisher that pauses between slots; fills `nanoseconds` with what each took from before its publication to the
// reader that spins for it.
void twin_ring_latency(uint64_t capacity, uint32_t count, uint32_t pause_ns, uint32_t *nanoseconds);

#ifdef __cplusplus
}
#endif
