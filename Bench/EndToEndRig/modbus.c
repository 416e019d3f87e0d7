// A Modbus/TCP server on one thread: function 3 only, answers at once.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "internal.h"

#define ENDPOINTS (1 + RIG_LOAD_ENDPOINTS)
#define CONNECTIONS 1024

static atomic_uint alarm_registers[RIG_POINTS];
static atomic_llong answered_at[RIG_POINTS];
static atomic_llong load_reads;
static int poll_descriptor;
static unsigned char pending[CONNECTIONS][512];
static int pending_bytes[CONNECTIONS];
static int endpoint_of[CONNECTIONS];

int64_t rig_load_reads(void) { return atomic_load(&load_reads); }

int64_t rig_set_register(int number, unsigned value) {
    atomic_store(&answered_at[number], 0);
    int64_t now = rig_now();
    atomic_store(&alarm_registers[number], value);
    return now;
}

int64_t rig_answered_at(int number) { return atomic_load(&answered_at[number]); }

/// Answers one request of 12 bytes.
static void answer(int descriptor, int endpoint, const unsigned char *request) {
    unsigned start = request[8] << 8 | request[9], count = request[10] << 8 | request[11];
    unsigned char frame[9 + 250];
    memcpy(frame, request, 8);
    if (request[7] != 3 || count == 0 || count > 125) {
        frame[4] = 0, frame[5] = 3, frame[7] = request[7] | 0x80, frame[8] = 1;
        (void)!write(descriptor, frame, 9);
        return;
    }
    frame[4] = 0, frame[5] = 3 + 2 * count, frame[8] = 2 * count;
    int64_t now = rig_now();
    static unsigned turn;
    turn++;
    for (unsigned place = 0; place < count; place++) {
        unsigned number = start + place, value;
        if (endpoint == 0 && number < RIG_POINTS) {
            value = atomic_load(&alarm_registers[number]);
            long long none = 0;
            if (value >= 50) atomic_compare_exchange_strong(&answered_at[number], &none, now);
        } else {
            value = (turn + number) % 40;
        }
        frame[9 + 2 * place] = value >> 8, frame[10 + 2 * place] = value;
    }
    if (endpoint > 0) atomic_fetch_add(&load_reads, 1);
    (void)!write(descriptor, frame, 9 + 2 * count);
}

static void serve(int descriptor) {
    unsigned char *bytes = pending[descriptor];
    int *have = &pending_bytes[descriptor];
    ssize_t count = read(descriptor, bytes + *have, sizeof pending[0] - *have);
    if (count <= 0) {
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
        close(descriptor);
        return;
    }
    *have += count;
    int used = 0;
    while (*have - used >= 12) {
        answer(descriptor, endpoint_of[descriptor], bytes + used);
        used += 12;
    }
    memmove(bytes, bytes + used, *have - used);
    *have -= used;
}

static void *loop(void *context) {
    (void)context;
    struct epoll_event events[64];
    for (;;) {
        int count = epoll_wait(poll_descriptor, events, 64, -1);
        for (int place = 0; place < count; place++) {
            int descriptor = events[place].data.u64 & 0xFFFFFFFF;
            int listener = (int)(events[place].data.u64 >> 32);
            if (listener == 0) {
                serve(descriptor);
                continue;
            }
            int accepted = accept4(descriptor, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), one = 1;
            if (accepted < 0) continue;
            if (accepted >= CONNECTIONS) {
                close(accepted);
                continue;
            }
            setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            pending_bytes[accepted] = 0;
            endpoint_of[accepted] = listener - 1;
            struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint32_t)accepted};
            epoll_ctl(poll_descriptor, EPOLL_CTL_ADD, accepted, &event);
        }
    }
    return NULL;
}

int rig_start_modbus(uint16_t ports[ENDPOINTS]) {
    poll_descriptor = epoll_create1(EPOLL_CLOEXEC);
    for (int endpoint = 0; endpoint < ENDPOINTS; endpoint++) {
        int listener = rig_listen(&ports[endpoint]);
        if (listener < 0) return errno;
        struct epoll_event event = {
            .events = EPOLLIN, .data.u64 = (uint64_t)(endpoint + 1) << 32 | (uint32_t)listener};
        epoll_ctl(poll_descriptor, EPOLL_CTL_ADD, listener, &event);
    }
    pthread_t thread;
    return pthread_create(&thread, NULL, loop, NULL);
}
