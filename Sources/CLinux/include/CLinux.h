// What Glibc's Swift overlay leaves out: epoll, eventfd, timerfd, futex, affinity, and the notify socket of systemd.
// Plain functions, so that Swift needs no macros and no variadics.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

/// Parks the calling thread while *word == expected, at most timeout_ns (negative: for ever).
/// Returns 0 when woken or when the word had moved on, ETIMEDOUT, or another errno.
int clinux_futex_wait(const uint32_t *word, uint32_t expected, int64_t timeout_ns);

/// Wakes at most count threads parked on the word; returns how many.
int clinux_futex_wake(const uint32_t *word, int count);

/// epoll_wait(2) with its limit in nanoseconds (0 or more). A kernel before 5.11 waits in whole milliseconds, rounded up.
int clinux_epoll_wait(int poll, struct epoll_event *events, int count, int64_t timeout_ns);

/// Sends one datagram to the socket named by $NOTIFY_SOCKET (sd_notify(3)); a leading @ is an abstract name.
/// Returns 1 when sent, 0 when no socket is named, or a negative errno.
int clinux_notify(const char *path, const char *message);

/// Has the allocator keep little: at most two arenas, large blocks straight from the kernel and back to it, free memory at
/// the end of an arena given back soon. Once, before the first thread.
void clinux_keep_little_memory(void);

/// Gives back to the kernel what has been freed, wherever it lies, and the pages of code and constants that have been read: those
/// that are needed again come back from the page cache one by one. Takes some milliseconds; for the end of a long start.
void clinux_give_back_memory(void);

/// Names the calling thread (15 bytes at most are kept).
void clinux_name_thread(const char *name);

/// Asks the scheduler to let the calling thread run soon and for short turns, of so many nanoseconds, under the policy and nice
/// value that it has. No privilege is needed; a kernel before 6.12 takes no notice. Returns 0 or an errno.
int clinux_take_short_turns(uint64_t nanoseconds);

/// Ties the calling thread to one processor; 0 or an errno.
int clinux_pin_thread(int processor);

/// The Unix user id at the other end of a connected Unix socket (SO_PEERCRED), or -1.
int64_t clinux_peer_uid(int socket);

/// accept4 with close-on-exec and non-blocking set; the descriptor or a negative errno.
int clinux_accept(int listener);

/// Fills the buffer from getrandom(2); 0 or an errno.
int clinux_random(void *buffer, size_t count);

/// Starts a program as a child in a process group of its own, with the three given descriptors as 0, 1 and 2 and every
/// other one closed at exec, all signals unblocked and at their defaults. The kernel sends it death_signal when the
/// calling *thread* ends, so the caller is a thread that lives as long as the child.
/// Returns the process id, or a negative errno (also when the program cannot be executed).
int clinux_spawn(const char *path, char *const argv[], char *const envp[], int in, int out, int err, int death_signal);

/// Binds a Unix datagram socket (a leading @ is an abstract name); the close-on-exec, non-blocking descriptor or a negative
/// errno.
int clinux_listen_datagrams(const char *path);

/// Turns signals into bytes: each of the given ones, whichever thread it reaches, writes its number as one byte into a
/// pipe. Returns the reading end, or a negative errno. Once per process; SIGPIPE is ignored from then on.
int clinux_signals_as_bytes(const int *numbers, size_t count);
