// The load of messages: a bare MQTT 3.1.1 client that writes what is due every millisecond in one go and counts the
// broker's acknowledgements. A library's client would take more of the machine than the programs that are measured.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

#define BATCH 64
#define MESSAGE 128

static pthread_t thread;
static atomic_int is_loading;
static atomic_llong acknowledged;
static int broker, rate;

int64_t rig_acknowledged(void) { return atomic_load(&acknowledged); }

/// One PUBLISH at QoS 1; its length.
static int spell(unsigned char *packet, int64_t number) {
    char topic[64], payload[64];
    int topic_length = snprintf(topic, sizeof topic, "bench/L%d/telemetry", (int)(number % RIG_LOAD_TOPICS));
    int length = snprintf(payload, sizeof payload, "{\"v\":%d.%d,\"seq\":%lld}", (int)(number % 40), (int)(number % 10),
        (long long)(number / RIG_LOAD_TOPICS + 1));
    int rest = 2 + topic_length + 2 + length;
    // Below 128, so that its length is one byte.
    unsigned id = 1 + number % 65535;
    packet[0] = 0x32, packet[1] = rest, packet[2] = 0, packet[3] = topic_length;
    memcpy(packet + 4, topic, topic_length);
    packet[4 + topic_length] = id >> 8, packet[5 + topic_length] = id;
    memcpy(packet + 6 + topic_length, payload, length);
    return 2 + rest;
}

static int send_all(const unsigned char *bytes, int count) {
    while (count > 0) {
        ssize_t done = send(broker, bytes, count, MSG_NOSIGNAL);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return -1;
        bytes += done, count -= done;
    }
    return 0;
}

/// A PUBACK has four bytes.
static void count_answers(void) {
    static _Thread_local int64_t bytes;
    unsigned char buffer[4096];
    ssize_t count;
    while ((count = recv(broker, buffer, sizeof buffer, MSG_DONTWAIT)) > 0) bytes += count;
    atomic_store(&acknowledged, bytes / 4);
}

static void *publish(void *context) {
    (void)context;
    unsigned char batch[BATCH * MESSAGE];
    int64_t began = rig_now(), sent = 0;
    while (atomic_load(&is_loading)) {
        int64_t due = (rig_now() - began) / 1000 * rate / 1000000;
        while (sent < due) {
            int length = 0;
            for (int count = 0; count < BATCH && sent < due; count++) length += spell(batch + length, sent++);
            if (send_all(batch, length) != 0) return NULL;
            count_answers();
        }
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        count_answers();
    }
    return NULL;
}

int rig_start_load(uint16_t port, int messages_per_second) {
    static const unsigned char connect_packet[] = {
        0x10, 22, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 10, 'b', 'e', 'n', 'c', 'h', '-', 'l', 'o', 'a', 'd'};
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    unsigned char answer[4];
    int one = 1;
    broker = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (broker < 0 || connect(broker, (struct sockaddr *)&address, sizeof address) != 0
        || send_all(connect_packet, sizeof connect_packet) != 0
        || recv(broker, answer, sizeof answer, MSG_WAITALL) != sizeof answer || answer[3] != 0)
        return -1;
    setsockopt(broker, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    rate = messages_per_second;
    atomic_store(&acknowledged, 0);
    atomic_store(&is_loading, 1);
    return pthread_create(&thread, NULL, publish, NULL);
}

void rig_stop_load(void) {
    if (!atomic_exchange(&is_loading, 0)) return;
    // A broker that takes nothing more must not hold the end up.
    shutdown(broker, SHUT_RDWR);
    pthread_join(thread, NULL);
    close(broker);
}
