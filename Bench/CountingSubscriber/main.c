// The floor under the MQTT door: a libmosquitto client that subscribes and counts, and does nothing else.
//
//     CountingSubscriber PORT MESSAGES
//
// Prints "ready" when its subscription is answered, and at the end one line: messages, CPU microseconds, seconds. It ends when it
// has counted so many, or has heard nothing for five seconds.
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static long counted, wanted;
static double heard_at, began_at, cpu_before;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static double cpu_us(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

static void connected(struct mosquitto *client, void *user, int code)
{
    (void)user;
    if (code == 0) mosquitto_subscribe(client, NULL, "bench/#", 1);
}

static void subscribed(struct mosquitto *client, void *user, int id, int count, const int *granted)
{
    (void)client, (void)user, (void)id, (void)count, (void)granted;
    cpu_before = cpu_us();
    heard_at = now();
    puts("ready");
    fflush(stdout);
}

static void message(struct mosquitto *client, void *user, const struct mosquitto_message *message)
{
    (void)client, (void)user, (void)message;
    if (counted++ == 0) began_at = now();
}

int main(int argc, char **argv)
{
    if (argc != 3) return 64;
    wanted = atol(argv[2]);
    mosquitto_lib_init();
    struct mosquitto *client = mosquitto_new("counting-subscriber", true, NULL);
    mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
    mosquitto_int_option(client, MOSQ_OPT_RECEIVE_MAXIMUM, 128);
    mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1);
    mosquitto_connect_callback_set(client, connected);
    mosquitto_subscribe_callback_set(client, subscribed);
    mosquitto_message_callback_set(client, message);
    if (mosquitto_connect(client, "127.0.0.1", atoi(argv[1]), 60) != MOSQ_ERR_SUCCESS) return 1;
    heard_at = now();
    for (long before = 0; counted < wanted; before = counted) {
        if (mosquitto_loop(client, 100, 1) != MOSQ_ERR_SUCCESS) break;
        double time = now();
        if (counted > before) heard_at = time;
        if (time - heard_at > 5) break;
    }
    double seconds = now() - began_at;
    printf("messages %ld cpu_us %.0f seconds %.3f\n", counted, cpu_us() - cpu_before, seconds);
    mosquitto_disconnect(client);
    mosquitto_destroy(client);
    return 0;
}
