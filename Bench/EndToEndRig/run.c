// One alarm after the other: change the source, wait for the request, change it back, wait, pause.
#include <time.h>

#include "internal.h"

static int64_t change(enum rig_source source, int number, unsigned value) {
    return source == RIG_MODBUS ? rig_set_register(number, value) : rig_publish(number, value);
}

/// 2 to 12 ms, so that a change meets any phase of a poll.
static void pause_a_little(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    nanosleep(&(struct timespec){.tv_nsec = 2000000 + *seed / 430}, NULL);
}

int rig_run(enum rig_source source, int alarms, int patience_ms, uint32_t seed, struct rig_alarm *results) {
    for (int count = 0; count < alarms; count++) {
        int number = count % RIG_POINTS;
        rig_expect(number);
        int64_t changed = change(source, number, 60);
        int64_t raised = rig_wait_for_request(number, 0, patience_ms);
        if (!raised) return count;
        int64_t answered = source == RIG_MODBUS ? rig_answered_at(number) : 0;
        results[count].from_change = raised - changed;
        results[count].from_answer = answered ? raised - answered : 0;
        pause_a_little(&seed);
        change(source, number, 10);
        if (!rig_wait_for_request(number, 1, patience_ms)) return count;
        pause_a_little(&seed);
    }
    return alarms;
}
