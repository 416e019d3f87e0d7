// The plant and the person of the end-to-end bench: a Modbus server whose registers change, publishers, and a receiver that
// notes when a request arrives. Plain threads, loopback only. Every instant is CLOCK_MONOTONIC in nanoseconds.
#ifndef HAZARDD_RIG_H
#define HAZARDD_RIG_H

#include <stdint.h>

/// Points that can be in alarm: registers 0 to 15 of the alarm device, topics `bench/A0/telemetry` and so on.
#define RIG_POINTS 16
/// Load: so many devices behind so many endpoints, so many registers each.
#define RIG_LOAD_ENDPOINTS 14
#define RIG_LOAD_UNITS 6
#define RIG_REGISTERS 60
/// Devices that the load of messages speaks for.
#define RIG_LOAD_TOPICS 100

/// Starts the Modbus server: endpoint 0 is the alarm device (unit 1), the others are load.
/// Returns 0 and the ports, or an errno.
int rig_start_modbus(uint16_t ports[1 + RIG_LOAD_ENDPOINTS]);

/// Starts the receiver of requests. Returns 0 and its port, or an errno.
int rig_start_receiver(uint16_t *port);

/// Connects the publisher of alarms and, if messages_per_second is above 0, starts one of load. Returns 0 or a mosquitto error.
int rig_start_publishers(uint16_t broker_port, int messages_per_second);
/// Ends both.
void rig_stop_publishers(void);

/// What the load has come to by now.
struct rig_load {
    int64_t at;
    /// Modbus reads answered by devices of load.
    int64_t reads;
    /// Messages that the broker has acknowledged to the load's publisher.
    int64_t published;
    /// Messages that the broker has sent to whoever subscribed, by its own count, which is a second old at most.
    int64_t delivered;
    /// When that count came; 0: not yet.
    int64_t delivered_at;
};
struct rig_load rig_look_at_load(void);

enum rig_source { RIG_MODBUS = 0, RIG_MQTT = 1 };

/// What one alarm took, from the change at its source to the first byte of the request at the receiver; and, over Modbus,
/// from the answer that carried the change (else 0).
struct rig_alarm {
    int64_t from_change;
    int64_t from_answer;
};

/// Raises and clears so many alarms, one after the other, with pauses of 2 to 12 ms between.
/// Returns how many arrived; the run ends at the first that does not come within `patience_ms`.
int rig_run(enum rig_source source, int alarms, int patience_ms, uint32_t seed, struct rig_alarm *results);

#endif
