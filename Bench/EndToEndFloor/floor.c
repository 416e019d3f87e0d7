// The least that anybody could do: read (libmodbus) or be told (libmosquitto), compare with one limit, commit one row
// (SQLite, WAL, synchronous=FULL), send one POST on an open connection. No rules, no states, no signatures, no retries, no
// log, no restart: what remains when everything that makes a watch is left out.
//
//   EndToEndFloor modbus|mqtt DATABASE POST-PORT BROKER-PORT PERIOD-MS LOAD-PERIOD-MS ALARM-PORT LOAD-PORT...
//
// A broker port of 0: no broker. A load period of 0: no reads of load.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <modbus.h>
#include <mosquitto.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define POINTS 16
#define UNITS 6
#define REGISTERS 60
#define LIMIT 50
#define CLEAR 45

static sqlite3 *database;
static sqlite3_stmt *insertion;
static int post_socket;
static int is_active[POINTS];
static unsigned occurrences[POINTS];

static void fail(const char *what) {
    fprintf(stderr, "EndToEndFloor: %s\n", what);
    exit(70);
}

static void open_database(const char *path) {
    if (sqlite3_open(path, &database) != SQLITE_OK
        || sqlite3_exec(database, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                                  "CREATE TABLE event (id INTEGER PRIMARY KEY, key TEXT NOT NULL, value REAL NOT NULL)",
               NULL, NULL, NULL) != SQLITE_OK
        || sqlite3_prepare_v2(database, "INSERT INTO event (key, value) VALUES (?, ?)", -1, &insertion, NULL)
            != SQLITE_OK)
        fail("the database cannot be opened");
}

static void open_post(int port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    post_socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(post_socket, (struct sockaddr *)&address, sizeof address) != 0) fail("the receiver is not there");
    setsockopt(post_socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static void tell(const char *key, double value) {
    sqlite3_bind_text(insertion, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_double(insertion, 2, value);
    if (sqlite3_step(insertion) != SQLITE_DONE) fail("the row cannot be committed");
    sqlite3_reset(insertion);

    char body[128], request[512], answer[512];
    int length = snprintf(body, sizeof body, "{\"key\":\"%s\",\"value\":%g}", key, value);
    int count = snprintf(request, sizeof request,
        "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nIdempotency-Key: %s\r\n"
        "Content-Length: %d\r\n\r\n%s",
        key, length, body);
    if (write(post_socket, request, count) != count) fail("the request cannot be sent");
    int have = 0;
    do {
        ssize_t more = read(post_socket, answer + have, sizeof answer - 1 - have);
        if (more <= 0) fail("the receiver does not answer");
        have += more;
        answer[have] = 0;
    } while (!strstr(answer, "\r\n\r\n"));
}

static void judge(int number, double value) {
    char key[64];
    if (!is_active[number] && value >= LIMIT) {
        is_active[number] = 1;
        snprintf(key, sizeof key, "floor/A%d.HH/%u/raise/0/1", number, ++occurrences[number]);
        tell(key, value);
    } else if (is_active[number] && value < CLEAR) {
        is_active[number] = 0;
        snprintf(key, sizeof key, "floor/A%d.HH/%u/clear/0/1", number, occurrences[number]);
        tell(key, value);
    }
}

static void add_ms(struct timespec *time, long milliseconds) {
    time->tv_nsec += milliseconds * 1000000;
    while (time->tv_nsec >= 1000000000) time->tv_nsec -= 1000000000, time->tv_sec++;
}

static modbus_t *device(const char *port) {
    modbus_t *device = modbus_new_tcp("127.0.0.1", atoi(port));
    if (!device || modbus_connect(device) != 0) fail("a device is not there");
    return device;
}

static void poll_alarms(const char *port, int period) {
    modbus_t *source = device(port);
    modbus_set_slave(source, 1);
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    for (;;) {
        uint16_t values[POINTS];
        if (modbus_read_registers(source, 0, POINTS, values) != POINTS) fail("the alarm device does not answer");
        for (int number = 0; number < POINTS; number++) judge(number, values[number]);
        add_ms(&next, period);
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    }
}

struct load {
    const char *port;
    int period;
    int number;
};

/// Reads its units one after the other, spread over the period.
static void *read_load(void *context) {
    struct load *load = context;
    modbus_t *endpoint = device(load->port);
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    add_ms(&next, load->number);
    volatile unsigned sum = 0;
    for (unsigned turn = 0;; turn++) {
        uint16_t values[REGISTERS];
        modbus_set_slave(endpoint, 1 + turn % UNITS);
        if (modbus_read_registers(endpoint, 0, REGISTERS, values) != REGISTERS) fail("a device of load is silent");
        for (int place = 0; place < REGISTERS; place++) sum += values[place] >= LIMIT;
        next.tv_nsec += load->period * 1000000L / UNITS;
        add_ms(&next, 0);
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    }
    return NULL;
}

static void connected(struct mosquitto *client, void *context, int code) {
    (void)context;
    if (code != 0 || mosquitto_subscribe(client, NULL, "bench/+/telemetry", 1) != MOSQ_ERR_SUCCESS)
        fail("the broker refuses");
}

static void arrived(struct mosquitto *client, void *context, const struct mosquitto_message *message) {
    (void)client, (void)context;
    const char *value = message->payload ? memmem(message->payload, message->payloadlen, "\"v\":", 4) : NULL;
    if (!value) return;
    double number = strtod(value + 4, NULL);
    if (strncmp(message->topic, "bench/A", 7) == 0) judge(atoi(message->topic + 7), number);
}

int main(int count, char **words) {
    if (count < 8) fail("modbus|mqtt database post broker period load-period ports...");
    int is_modbus = strcmp(words[1], "modbus") == 0;
    int broker = atoi(words[4]), period = atoi(words[5]), load_period = atoi(words[6]);
    open_database(words[2]);
    open_post(atoi(words[3]));
    for (int place = 8; place < count && load_period > 0; place++) {
        struct load *load = malloc(sizeof *load);
        *load = (struct load){words[place], load_period, place};
        pthread_t thread;
        pthread_create(&thread, NULL, read_load, load);
    }
    if (broker > 0) {
        mosquitto_lib_init();
        struct mosquitto *client = mosquitto_new("bench-floor", true, NULL);
        mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1);
        mosquitto_connect_callback_set(client, connected);
        mosquitto_message_callback_set(client, arrived);
        if (mosquitto_connect(client, "127.0.0.1", broker, 60) != MOSQ_ERR_SUCCESS) fail("no broker");
        if (!is_modbus) return mosquitto_loop_forever(client, -1, 1);
        mosquitto_loop_start(client);
    }
    poll_alarms(words[7], period);
    return 0;
}
