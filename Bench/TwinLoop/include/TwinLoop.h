// The limit that the core is held against: the work of the benchmark as a plain C++ loop. C face for Swift.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// One slot of the input ring, as the core reads it: 64 bytes, the same array for both.
typedef struct twin_slot {
    uint8_t kind;
    uint8_t payload_kind;
    uint16_t quality;
    uint32_t point;
    uint16_t flags;
    uint16_t source;
    uint32_t auxiliary;
    int64_t time;
    int64_t arrival;
    int64_t published;
    int64_t judged_at;
    double value;
    uint64_t device_sequence;
} twin_slot;

typedef struct twin_limit {
    double limit;
    double deadband;
    int64_t on_delay_ns;
} twin_limit;

// Five rules of one point, in the order of the rule file: H, HH, L, LL, ROC.
typedef struct twin_point_rules {
    twin_limit limits[4];
    twin_limit rate;
    int64_t window_ms;
} twin_point_rules;

// What a run came to. The digest covers (time, rule, transition, value bits) of every event, in order.
typedef struct twin_result {
    uint64_t digest;
    uint64_t events;
    uint64_t rows;
    double seconds;
} twin_result;

// The tuned loop, and the naive one, over slots in memory. `last_ns` is where the clock ends.
twin_result twin_run(const twin_point_rules *rules, uint32_t points, const twin_slot *slots, uint64_t count,
                     int64_t last_ns);
twin_result twin_run_naive(const twin_point_rules *rules, uint32_t points, const twin_slot *slots, uint64_t count,
                           int64_t last_ns);

// The tuned loop behind a parser of the recording's CSV. `tags` are `points` texts, each ended by a zero byte.
// rows is 0 when the file cannot be read or a row has not the form of recordings.
twin_result twin_replay(const twin_point_rules *rules, uint32_t points, const char *tags, const char *path);

// Bytes that the allocator has given out and not got back, its own overhead per block left out.
uint64_t twin_heap_bytes(void);

#ifdef __cplusplus
}
#endif
