// A hundred crane boxes behind one connection: JSON telemetry as fast as it is asked for.
//
//     TelemetryPublisher PORT QOS MESSAGES RATE
//
// RATE is messages a second; 0: as fast as the broker takes them (QoS 1: a hundred on their way). Prints messages, seconds.
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { devices = 100, underway_max = 100 };
static long acknowledged;
static int is_connected;

static double now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void connected(struct mosquitto *client, void *user, int code)
{
    (void)client, (void)user;
    is_connected = code == 0;
}

static void published(struct mosquitto *client, void *user, int id)
{
    (void)client, (void)user, (void)id;
    acknowledged++;
}

int main(int argc, char **argv)
{
    if (argc != 5) return 64;
    int qos = atoi(argv[2]);
    long count = atol(argv[3]);
    double rate = atof(argv[4]);
    mosquitto_lib_init();
    struct mosquitto *client = mosquitto_new("telemetry-publisher", true, NULL);
    mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
    mosquitto_int_option(client, MOSQ_OPT_SEND_MAXIMUM, underway_max);
    mosquitto_connect_callback_set(client, connected);
    mosquitto_publish_callback_set(client, published);
    if (mosquitto_connect(client, "127.0.0.1", atoi(argv[1]), 60) != MOSQ_ERR_SUCCESS) return 1;
    while (!is_connected)
        if (mosquitto_loop(client, 100, 1) != MOSQ_ERR_SUCCESS) return 1;
    double began = now(CLOCK_MONOTONIC);
    for (long sent = 0; sent < count;) {
        double due = rate > 0 ? (now(CLOCK_MONOTONIC) - began) * rate : sent + 64;
        while (sent < count && sent < due && (qos == 0 || sent - acknowledged < underway_max)) {
            char topic[32], payload[200];
            snprintf(topic, sizeof topic, "bench/crane-%ld/rt", sent % devices);
            int size = snprintf(
                payload, sizeof payload,
                "{\"ts\":%.0f,\"seq\":%ld,\"load_t\":%.1f,\"radius_m\":38.5,\"height_m\":42.1,\"slew_deg\":%.1f,\"wind_ms\":8.2,"
                "\"moment_pct\":83,\"alarms\":0}",
                now(CLOCK_REALTIME) * 1000, sent / devices + 1, 2.4 + sent % 7 / 10.0, sent % 3600 / 10.0);
            if (mosquitto_publish(client, NULL, topic, size, payload, qos, false) != MOSQ_ERR_SUCCESS) return 1;
            sent++;
        }
        if (mosquitto_loop(client, 0, 64) != MOSQ_ERR_SUCCESS) return 1;
        if (rate > 0 && sent >= (now(CLOCK_MONOTONIC) - began) * rate) {
            struct timespec nap = {0, 200000};
            nanosleep(&nap, NULL);
        }
    }
    while (acknowledged < count || mosquitto_want_write(client))
        if (mosquitto_loop(client, 10, 64) != MOSQ_ERR_SUCCESS) return 1;
    printf("published %ld seconds %.3f\n", count, now(CLOCK_MONOTONIC) - began);
    mosquitto_disconnect(client);
    mosquitto_destroy(client);
    return 0;
}
