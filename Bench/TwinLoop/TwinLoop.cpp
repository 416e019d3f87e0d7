#include "include/TwinLoop.h"

#include <time.h>

#include "Loop.hpp"

static double now_seconds() {
    timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return double(now.tv_sec) + double(now.tv_nsec) * 1e-9;
}

twin_result twin_run(const twin_point_rules *rules, uint32_t points, const twin_slot *slots, uint64_t count,
                     int64_t last_ns) {
    twin::Loop loop(rules, points);
    double start = now_seconds();
    constexpr uint64_t hint_distance = 6;
    for (uint64_t index = 0; index < count; index++) {
        if (index + hint_distance < count) loop.hint(slots[index + hint_distance]);
        loop.take(slots[index]);
    }
    loop.finish(last_ns);
    double seconds = now_seconds() - start;
    return {loop.digest().value, loop.digest().events, count, seconds};
}
