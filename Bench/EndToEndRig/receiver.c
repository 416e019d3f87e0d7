// A receiver of requests on one thread: notes when the first byte of each is there, answers 204 and keeps the connection.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

#define CONNECTIONS 1024

struct conversation {
    char bytes[65536];
    int have;
    int64_t began;
};

static struct conversation *conversations[CONNECTIONS];
static atomic_llong arrived[2][RIG_POINTS];
static int poll_descriptor, listener, news;

int64_t rig_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int rig_listen(uint16_t *port) {
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    if (descriptor < 0 || bind(descriptor, (struct sockaddr *)&address, length) != 0 || listen(descriptor, 128) != 0
        || getsockname(descriptor, (struct sockaddr *)&address, &length) != 0)
        return -1;
    *port = ntohs(address.sin_port);
    return descriptor;
}

/// The key says which point it is about: `.../A7.HH/12/raise/0/1/...`.
static void note(const char *head, int64_t began) {
    const char *key = strcasestr(head, "\r\nIdempotency-Key:");
    const char *name = key ? strstr(key, "/A") : NULL;
    if (!name) return;
    int number = atoi(name + 2);
    int kind = strstr(name, "/raise/") ? 0 : strstr(name, "/clear/") ? 1 : -1;
    if (kind < 0 || number < 0 || number >= RIG_POINTS) return;
    long long none = 0;
    if (atomic_compare_exchange_strong(&arrived[kind][number], &none, began)) eventfd_write(news, 1);
}

static void serve(int descriptor) {
    struct conversation *talk = conversations[descriptor];
    int64_t now = rig_now();
    ssize_t count = read(descriptor, talk->bytes + talk->have, sizeof talk->bytes - 1 - talk->have);
    if (count <= 0) {
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
        close(descriptor);
        return;
    }
    if (talk->have == 0) talk->began = now;
    talk->have += count;
    talk->bytes[talk->have] = 0;
    char *end = strstr(talk->bytes, "\r\n\r\n");
    if (!end) return;
    const char *length = strcasestr(talk->bytes, "\r\nContent-Length:");
    int whole = (int)(end + 4 - talk->bytes) + (length && length < end ? atoi(length + 17) : 0);
    if (talk->have < whole) return;
    *end = 0;
    note(talk->bytes, talk->began);
    static const char reply[] = "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n";
    (void)!write(descriptor, reply, sizeof reply - 1);
    memmove(talk->bytes, talk->bytes + whole, talk->have - whole);
    talk->have -= whole;
    talk->began = now;
}

static void *loop(void *context) {
    (void)context;
    struct epoll_event events[16];
    for (;;) {
        int count = epoll_wait(poll_descriptor, events, 16, -1);
        for (int place = 0; place < count; place++) {
            if (events[place].data.fd != listener) {
                serve(events[place].data.fd);
                continue;
            }
            int accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), one = 1;
            if (accepted < 0) continue;
            if (accepted >= CONNECTIONS) {
                close(accepted);
                continue;
            }
            setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            if (!conversations[accepted]) conversations[accepted] = malloc(sizeof(struct conversation));
            conversations[accepted]->have = 0;
            struct epoll_event event = {.events = EPOLLIN, .data.fd = accepted};
            epoll_ctl(poll_descriptor, EPOLL_CTL_ADD, accepted, &event);
        }
    }
    return NULL;
}

int rig_start_receiver(uint16_t *port) {
    listener = rig_listen(port);
    if (listener < 0) return errno;
    news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    poll_descriptor = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(poll_descriptor, EPOLL_CTL_ADD, listener, &event);
    pthread_t thread;
    return pthread_create(&thread, NULL, loop, NULL);
}

void rig_expect(int number) {
    atomic_store(&arrived[0][number], 0);
    atomic_store(&arrived[1][number], 0);
}

int64_t rig_wait_for_request(int number, int is_clear, int patience_ms) {
    int64_t end = rig_now() + (int64_t)patience_ms * 1000000;
    for (;;) {
        int64_t found = atomic_load(&arrived[is_clear][number]);
        if (found) return found;
        int64_t left = (end - rig_now()) / 1000000;
        if (left <= 0) return 0;
        struct pollfd waited = {.fd = news, .events = POLLIN};
        eventfd_t value;
        if (poll(&waited, 1, (int)left) > 0) eventfd_read(news, &value);
    }
}
