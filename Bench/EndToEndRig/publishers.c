// Who publishes: one connection for the alarms, one for the load.
#define _GNU_SOURCE
#include <mosquitto.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "internal.h"

static struct mosquitto *alarms, *load;
static pthread_t load_thread;
static atomic_int is_loading;
static atomic_llong load_messages;
static int rate;

static struct mosquitto *connect_to(const char *name, uint16_t port) {
    struct mosquitto *client = mosquitto_new(name, true, NULL);
    if (!client) return NULL;
    mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1);
    mosquitto_max_inflight_messages_set(client, 0);
    if (mosquitto_connect(client, "127.0.0.1", port, 60) != MOSQ_ERR_SUCCESS
        || mosquitto_loop_start(client) != MOSQ_ERR_SUCCESS) {
        mosquitto_destroy(client);
        return NULL;
    }
    return client;
}

/// Every 5 ms as many messages as are due by then.
static void *publish_load(void *context) {
    (void)context;
    int64_t began = rig_now(), sent = 0;
    char topic[64], payload[64];
    while (atomic_load(&is_loading)) {
        int64_t due = (rig_now() - began) / 1000 * rate / 1000000;
        for (; sent < due; sent++) {
            snprintf(topic, sizeof topic, "bench/L%d/telemetry", (int)(sent % RIG_LOAD_TOPICS));
            int length = snprintf(payload, sizeof payload, "{\"v\":%d.%d,\"seq\":%lld}", (int)(sent % 40),
                (int)(sent % 10), (long long)(sent / RIG_LOAD_TOPICS + 1));
            if (mosquitto_publish(load, NULL, topic, length, payload, 1, false) == MOSQ_ERR_SUCCESS)
                atomic_fetch_add(&load_messages, 1);
        }
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    return NULL;
}

int rig_start_publishers(uint16_t broker_port, int messages_per_second) {
    mosquitto_lib_init();
    alarms = connect_to("bench-alarms", broker_port);
    if (!alarms) return MOSQ_ERR_NO_CONN;
    rate = messages_per_second;
    atomic_store(&load_messages, 0);
    if (rate <= 0) return 0;
    load = connect_to("bench-load", broker_port);
    if (!load) return MOSQ_ERR_NO_CONN;
    atomic_store(&is_loading, 1);
    return pthread_create(&load_thread, NULL, publish_load, NULL);
}

static void end(struct mosquitto **client) {
    if (!*client) return;
    mosquitto_disconnect(*client);
    mosquitto_loop_stop(*client, true);
    mosquitto_destroy(*client);
    *client = NULL;
}

int64_t rig_stop_publishers(void) {
    if (atomic_exchange(&is_loading, 0)) pthread_join(load_thread, NULL);
    end(&load);
    end(&alarms);
    return atomic_load(&load_messages);
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
