// Who publishes the alarms, and asks the broker what it has delivered.
#define _GNU_SOURCE
#include <mosquitto.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static const char *const delivered_topic = "$SYS/broker/publish/messages/sent";
static struct mosquitto *alarms;
static atomic_llong delivered, delivered_at;

static void arrived(struct mosquitto *client, void *context, const struct mosquitto_message *message) {
    (void)client, (void)context;
    char digits[24] = "";
    if (message->payloadlen <= 0 || message->payloadlen >= (int)sizeof digits) return;
    memcpy(digits, message->payload, message->payloadlen);
    atomic_store(&delivered, atoll(digits));
    atomic_store(&delivered_at, rig_now());
}

int rig_start_publishers(uint16_t broker_port, int messages_per_second) {
    mosquitto_lib_init();
    atomic_store(&delivered_at, 0);
    alarms = mosquitto_new("bench-alarms", true, NULL);
    if (!alarms) return MOSQ_ERR_NOMEM;
    mosquitto_int_option(alarms, MOSQ_OPT_TCP_NODELAY, 1);
    mosquitto_max_inflight_messages_set(alarms, 0);
    mosquitto_message_callback_set(alarms, arrived);
    if (mosquitto_connect(alarms, "127.0.0.1", broker_port, 60) != MOSQ_ERR_SUCCESS
        || mosquitto_subscribe(alarms, NULL, delivered_topic, 0) != MOSQ_ERR_SUCCESS
        || mosquitto_loop_start(alarms) != MOSQ_ERR_SUCCESS) {
        mosquitto_destroy(alarms);
        alarms = NULL;
        return MOSQ_ERR_NO_CONN;
    }
    return messages_per_second > 0 ? rig_start_load(broker_port, messages_per_second) : 0;
}

void rig_stop_publishers(void) {
    rig_stop_load();
    if (!alarms) return;
    mosquitto_disconnect(alarms);
    mosquitto_loop_stop(alarms, true);
    mosquitto_destroy(alarms);
    alarms = NULL;
}

struct rig_load rig_look_at_load(void) {
    return (struct rig_load){.at = rig_now(), .reads = rig_load_reads(), .published = rig_acknowledged(),
        .delivered = atomic_load(&delivered), .delivered_at = atomic_load(&delivered_at)};
}

int64_t rig_publish(int number, unsigned value) {
    static unsigned long long sequence;
    char topic[64], payload[64];
    snprintf(topic, sizeof topic, "bench/A%d/telemetry", number);
    int length = snprintf(payload, sizeof payload, "{\"v\":%u,\"seq\":%llu}", value, ++sequence);
    int64_t now = rig_now();
    mosquitto_publish(alarms, NULL, topic, length, payload, 1, false);
    return now;
}
