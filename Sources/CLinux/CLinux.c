#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <linux/futex.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int clinux_futex_wait(const uint32_t *word, uint32_t expected, int64_t timeout_ns) {
    struct timespec limit, *limit_or_none = NULL;
    if (timeout_ns >= 0) {
        limit.tv_sec = timeout_ns / 1000000000;
        limit.tv_nsec = timeout_ns % 1000000000;
        limit_or_none = &limit;
    }
    if (syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, limit_or_none, NULL, 0) == 0) return 0;
    return errno == EAGAIN || errno == EINTR ? 0 : errno;
}

int clinux_epoll_wait(int poll, struct epoll_event *events, int count, int64_t timeout_ns) {
#ifdef SYS_epoll_pwait2
    struct timespec limit = {.tv_sec = timeout_ns / 1000000000, .tv_nsec = timeout_ns % 1000000000};
    long found = syscall(SYS_epoll_pwait2, poll, events, count, &limit, NULL, 0);
    if (found >= 0 || errno != ENOSYS) return (int)found;
#endif
    return epoll_wait(poll, events, count, (int)((timeout_ns + 999999) / 1000000));
}

int clinux_futex_wake(const uint32_t *word, int count) {
    long woken = syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
    return woken < 0 ? 0 : (int)woken;
}

// The Unix address of a path or an abstract @name; its size, or a negative errno.
static int unix_address(const char *path, struct sockaddr_un *address) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    size_t length = strlen(path);
    if (length >= sizeof address->sun_path) return -E2BIG;
    memcpy(address->sun_path, path, length);
    if (path[0] == '@') address->sun_path[0] = 0;
    return (int)(offsetof(struct sockaddr_un, sun_path) + length);
}

int clinux_notify(const char *path, const char *message) {
    if (path == NULL || (path[0] != '/' && path[0] != '@')) return 0;
    struct sockaddr_un address;
    int size = unix_address(path, &address);
    if (size < 0) return size;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    ssize_t sent = sendto(fd, message, strlen(message), MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&address,
                          (socklen_t)size);
    int result = sent < 0 ? -errno : 1;
    close(fd);
    return result;
}

void clinux_name_thread(const char *name) {
    char kept[16];
    strncpy(kept, name, sizeof kept - 1);
    kept[sizeof kept - 1] = 0;
    pthread_setname_np(pthread_self(), kept);
}

// Glibc of Debian 12 has neither the structure nor the calls: sched_setattr(2).
struct scheduling {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

int clinux_take_short_turns(uint64_t nanoseconds) {
    struct scheduling own = {0};
    if (syscall(SYS_sched_getattr, 0, &own, sizeof own, 0) != 0) return errno;
    if (own.policy != SCHED_OTHER) return 0;
    own.size = sizeof own;
    own.runtime = nanoseconds;
    return syscall(SYS_sched_setattr, 0, &own, 0) == 0 ? 0 : errno;
}

int clinux_pin_thread(int processor) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    return pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

int64_t clinux_peer_uid(int socket) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return -1;
    return (int64_t)peer.uid;
}

int clinux_accept(int listener) {
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int clinux_random(void *buffer, size_t count) {
    unsigned char *next = buffer;
    while (count > 0) {
        ssize_t got = getrandom(next, count, 0);
        if (got < 0) {
            if (errno == EINTR) continue;
            return errno;
        }
        next += got;
        count -= (size_t)got;
    }
    return 0;
}

int clinux_listen_datagrams(const char *path) {
    struct sockaddr_un address;
    int size = unix_address(path, &address);
    if (size < 0) return size;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    if (bind(fd, (struct sockaddr *)&address, (socklen_t)size) != 0) {
        int reason = errno;
        close(fd);
        return -reason;
    }
    return fd;
}

// The child's side of clinux_spawn, between fork and exec: only async-signal-safe calls.
static void become(const char *path, char *const argv[], char *const envp[], const int given[3], int death_signal,
                   pid_t parent, int report) {
    sigset_t none;
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, death_signal);
    if (getppid() != parent) _exit(127);  // the parent died before the kernel was told
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int kept[3];
    for (int place = 0; place < 3; place++) {  // first out of the way, so that no target is overwritten before its use
        kept[place] = fcntl(given[place], F_DUPFD_CLOEXEC, 10);
        if (kept[place] < 0) goto failed;
    }
    for (int place = 0; place < 3; place++)
        if (dup2(kept[place], place) < 0) goto failed;
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    execve(path, argv, envp);
failed:;
    int reason = errno;
    ssize_t ignored = write(report, &reason, sizeof reason);
    (void)ignored;
    _exit(127);
}

int clinux_spawn(const char *path, char *const argv[], char *const envp[], int in, int out, int err, int death_signal) {
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) return -errno;
    int given[3] = {in, out, err};
    pid_t parent = getpid();
    pid_t child = fork();
    if (child < 0) {
        int reason = errno;
        close(report[0]);
        close(report[1]);
        return -reason;
    }
    if (child == 0) become(path, argv, envp, given, death_signal, parent, report[1]);
    close(report[1]);
    int reason = 0;
    ssize_t got;
    do got = read(report[0], &reason, sizeof reason);
    while (got < 0 && errno == EINTR);
    close(report[0]);
    if (got != sizeof reason) return child;  // closed by a successful exec
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
    return -reason;
}

static int signal_pipe[2] = {-1, -1};

static void write_signal(int number) {
    int kept = errno;
    unsigned char byte = (unsigned char)number;
    ssize_t written = write(signal_pipe[1], &byte, 1); // a full pipe already holds one to be read
    (void)written;
    errno = kept;
}

int clinux_signals_as_bytes(const int *numbers, size_t count) {
    if (signal_pipe[0] >= 0) return -EALREADY;
    if (pipe2(signal_pipe, O_CLOEXEC) != 0) return -errno;
    fcntl(signal_pipe[1], F_SETFL, O_NONBLOCK);
    struct sigaction action = {.sa_handler = write_signal, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < count; i++)
        if (sigaction(numbers[i], &action, NULL) != 0) return -errno;
    signal(SIGPIPE, SIG_IGN);
    return signal_pipe[0];
}

void clinux_keep_little_memory(void) {
    mallopt(M_ARENA_MAX, 2);
    // A fixed threshold: left alone it grows with each large block that is freed, and the next one stays in an arena.
    mallopt(M_MMAP_THRESHOLD, 256 * 1024);
    mallopt(M_TRIM_THRESHOLD, 256 * 1024);
}

// What a program only reads of an object file comes back from the page cache when it is next read. Relocated tables lie in
// segments that were mapped for writing, and stay.
static int forget_read_pages(struct dl_phdr_info *object, size_t size, void *nothing) {
    (void)size;
    (void)nothing;
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int number = 0; number < object->dlpi_phnum; number++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[number];
        if (segment->p_type != PT_LOAD || segment->p_flags & PF_W) continue;
        const uintptr_t start = (object->dlpi_addr + segment->p_vaddr + page - 1) & ~(page - 1);
        const uintptr_t end = (object->dlpi_addr + segment->p_vaddr + segment->p_filesz) & ~(page - 1);
        if (start < end) madvise((void *)start, end - start, MADV_DONTNEED);
    }
    return 0;
}

void clinux_give_back_memory(void) {
    malloc_trim(0);
    dl_iterate_phdr(forget_read_pages, NULL);
}
