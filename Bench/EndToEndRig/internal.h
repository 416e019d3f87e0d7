// What the parts of the rig share.
#ifndef HAZARDD_RIG_INTERNAL_H
#define HAZARDD_RIG_INTERNAL_H

#include "include/rig.h"

int64_t rig_now(void);
/// A listening socket on a free port of 127.0.0.1; -1 with errno.
int rig_listen(uint16_t *port);

/// Changes an alarm register; returns when.
int64_t rig_set_register(int number, unsigned value);
/// When the first answer with a value of 50 or more left; 0 before it.
int64_t rig_answered_at(int number);

/// Reads answered for load since the start.
int64_t rig_load_reads(void);

/// Publishes so many messages a second; 0, or an error.
int rig_start_load(uint16_t broker_port, int messages_per_second);
void rig_stop_load(void);
/// How many of them the broker has acknowledged.
int64_t rig_acknowledged(void);

/// Publishes a value of an alarm point; returns when.
int64_t rig_publish(int number, unsigned value);

/// Forgets what has arrived for a point.
void rig_expect(int number);
/// When a raise (or clear) of a point arrived first since it was expected; waits until then, 0 after the patience.
int64_t rig_wait_for_request(int number, int is_clear, int patience_ms);

#endif
