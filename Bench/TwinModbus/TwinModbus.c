#define _GNU_SOURCE
#include "TwinModbus.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { frame_max = 260, request_length = 12, batch = 256 };

typedef struct connection {
    int socket;
    int device;
    int listens;
    size_t filled;
    uint16_t transaction;
    unsigned char bytes[frame_max];
} connection;

static struct sockaddr_in address_of(int device, uint16_t port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(0x7F010000u | (uint32_t)(device / 250) << 8 | (uint32_t)(device % 250 + 1));
    return address;
}

static double seconds_of(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

uint64_t twin_modbus_raise_files(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

static void be_quick(int socket) {
    int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// MARK: - Devices

static int listener(int device, uint16_t *port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    struct sockaddr_in address = address_of(device, *port);
    socklen_t size = sizeof address;
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 16) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
        int reason = errno;
        close(fd);
        return -reason;
    }
    *port = ntohs(address.sin_port);
    return fd;
}

// Answers the request at the head of the connection's bytes; 0 when the connection is to end.
static int answer(connection *peer) {
    const unsigned char *request = peer->bytes;
    unsigned start = (unsigned)request[8] << 8 | request[9], count = (unsigned)request[10] << 8 | request[11];
    unsigned char frame[frame_max];
    if (request[7] < 3 || request[7] > 4 || count < 1 || count > 125) return 0;
    memcpy(frame, request, 8);
    frame[4] = (unsigned char)((3 + 2 * count) >> 8);
    frame[5] = (unsigned char)(3 + 2 * count);
    frame[8] = (unsigned char)(2 * count);
    for (unsigned place = 0; place < count; place++) {
        unsigned word = (unsigned)peer->device + start + place;
        frame[9 + 2 * place] = (unsigned char)(word >> 8);
        frame[10 + 2 * place] = (unsigned char)word;
    }
    return send(peer->socket, frame, 9 + 2 * count, MSG_NOSIGNAL) == (ssize_t)(9 + 2 * count);
}

static int attend(connection *peer) {
    ssize_t got = recv(peer->socket, peer->bytes + peer->filled, sizeof peer->bytes - peer->filled, 0);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) return 0;
    peer->filled += (size_t)got;
    while (peer->filled >= request_length) {
        if (!answer(peer)) return 0;
        peer->filled -= request_length;
        memmove(peer->bytes, peer->bytes + request_length, peer->filled);
    }
    return 1;
}

static void watch(int poll, connection *peer) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
    epoll_ctl(poll, EPOLL_CTL_ADD, peer->socket, &event);
}

static void serve(int poll) {
    struct epoll_event events[batch];
    for (;;) {
        int count = epoll_wait(poll, events, batch, -1);
        for (int place = 0; place < count; place++) {
            connection *peer = events[place].data.ptr;
            if (!peer->listens) {
                if (attend(peer)) continue;
                close(peer->socket);
                free(peer);
                continue;
            }
            int fd = accept4(peer->socket, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
            connection *caller = fd < 0 ? NULL : calloc(1, sizeof *caller);
            if (caller == NULL) continue;
            caller->socket = fd;
            caller->device = peer->device;
            be_quick(fd);
            watch(poll, caller);
        }
    }
}

int twin_modbus_devices(int count, uint16_t *port) {
    twin_modbus_raise_files();
    int poll = epoll_create1(EPOLL_CLOEXEC);
    connection *doors = calloc((size_t)count, sizeof *doors);
    if (poll < 0 || doors == NULL) return -ENOMEM;
    *port = 0;
    for (int device = 0; device < count; device++) {
        int fd = listener(device, port);
        if (fd < 0) return fd;
        doors[device] = (connection){.socket = fd, .device = device, .listens = 1};
        watch(poll, &doors[device]);
    }
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) _exit(1);
        serve(poll);
    }
    int result = child < 0 ? -errno : child;
    for (int device = 0; device < count; device++) close(doors[device].socket);
    close(poll);
    free(doors);
    return result;
}

void twin_modbus_end(int pid) {
    if (pid <= 0) return;
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
}

// MARK: - The client

static int ask(connection *peer, int registers) {
    peer->transaction++;
    unsigned char request[request_length] = {
        (unsigned char)(peer->transaction >> 8), (unsigned char)peer->transaction, 0, 0, 0, 6, 1, 3, 0, 0,
        (unsigned char)(registers >> 8), (unsigned char)registers};
    peer->filled = 0;
    return send(peer->socket, request, sizeof request, MSG_NOSIGNAL) == sizeof request;
}

twin_modbus_figures twin_modbus_poll(uint16_t port, int connections, int registers, double seconds) {
    twin_modbus_figures figures = {0};
    connection *peers = calloc((size_t)connections, sizeof *peers);
    int poll = epoll_create1(EPOLL_CLOEXEC);
    size_t expected = 9 + 2 * (size_t)registers;
    for (int place = 0; place < connections; place++) {
        struct sockaddr_in address = address_of(0, port);
        peers[place].socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(peers[place].socket, (struct sockaddr *)&address, sizeof address) != 0) figures.wrong++;
        be_quick(peers[place].socket);
        watch(poll, &peers[place]);
        if (!ask(&peers[place], registers)) figures.wrong++;
    }
    double began = seconds_of(CLOCK_MONOTONIC), worked = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    struct epoll_event events[batch];
    do {
        int count = epoll_wait(poll, events, batch, 100);
        for (int place = 0; place < count; place++) {
            connection *peer = events[place].data.ptr;
            ssize_t got = recv(peer->socket, peer->bytes + peer->filled, sizeof peer->bytes - peer->filled, MSG_DONTWAIT);
            if (got <= 0) continue;
            peer->filled += (size_t)got;
            if (peer->filled < expected) continue;
            const unsigned char *frame = peer->bytes;
            int is_right = peer->filled == expected && ((unsigned)frame[0] << 8 | frame[1]) == peer->transaction &&
                           frame[2] == 0 && frame[3] == 0 && frame[6] == 1 && frame[7] == 3 &&
                           frame[8] == 2 * registers;
            if (!is_right || !ask(peer, registers)) figures.wrong++;
            figures.exchanges++;
        }
        figures.seconds = seconds_of(CLOCK_MONOTONIC) - began;
    } while (figures.seconds < seconds);
    figures.processor_seconds = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - worked;
    for (int place = 0; place < connections; place++) close(peers[place].socket);
    close(poll);
    free(peers);
    return figures;
}
