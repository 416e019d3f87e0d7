#include "TwinRing.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>
#include <thread>
#include <vector>

namespace {

constexpr int words_per_slot = 8;

struct Slot {
    uint64_t words[words_per_slot];
};

double now_seconds() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return double(now.tv_sec) + double(now.tv_nsec) * 1e-9;
}

uint64_t now_nanoseconds() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return uint64_t(now.tv_sec) * 1000000000u + uint64_t(now.tv_nsec);
}

// A futex word and a count of who is parked; the fences pair as in the Swift doorbell.
class Doorbell {
    std::atomic<uint32_t> signal{0};
    std::atomic<uint32_t> parked{0};

  public:
    void ring() {
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (parked.load(std::memory_order_relaxed) == 0) return;
        signal.fetch_add(1, std::memory_order_release);
        syscall(SYS_futex, reinterpret_cast<uint32_t *>(&signal), FUTEX_WAKE_PRIVATE, INT32_MAX, nullptr, nullptr, 0);
    }

    template <class Ready> void park(Ready ready) {
        if (ready()) return;
        parked.fetch_add(1, std::memory_order_relaxed);
        uint32_t seen = signal.load(std::memory_order_acquire);
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (!ready()) {
            timespec limit{1, 0};
            syscall(SYS_futex, reinterpret_cast<uint32_t *>(&signal), FUTEX_WAIT_PRIVATE, seen, &limit, nullptr, 0);
        }
        parked.fetch_sub(1, std::memory_order_relaxed);
    }
};

template <class T> T *lines(size_t count) {
    void *block = std::aligned_alloc(128, (count * sizeof(T) + 127) / 128 * 128);
    if (!block) std::abort();
    T *first = static_cast<T *>(block);
    for (size_t index = 0; index < count; index++) new (first + index) T(0);
    return first;
}

struct Ring {
    const uint64_t capacity;
    std::atomic<uint64_t> *const words;
    std::atomic<uint64_t> *const turns;
    alignas(128) std::atomic<uint64_t> claimed{0};
    alignas(128) std::atomic<uint64_t> released{0};
    alignas(128) Doorbell doorbell;

    explicit Ring(uint64_t capacity)
        : capacity(capacity), words(lines<std::atomic<uint64_t>>(capacity * words_per_slot)),
          turns(lines<std::atomic<uint64_t>>(capacity)) {}
    ~Ring() {
        std::free(words);
        std::free(turns);
    }
};

// What an end keeps at hand, so that the atomics do not make the compiler load it again each time.
struct View {
    std::atomic<uint64_t> *const words;
    std::atomic<uint64_t> *const turns;
    const uint64_t mask;

    explicit View(Ring &ring) : words(ring.words), turns(ring.turns), mask(ring.capacity - 1) {}

    void write(const Slot *batch, uint64_t count, uint64_t first) const {
        std::atomic<uint64_t> *const words = this->words, *const turns = this->turns;
        const uint64_t mask = this->mask;
        for (uint64_t index = 0; index < count; index++) {
            uint64_t place = (first + index) & mask;
            turns[place].store(0, std::memory_order_relaxed);
            std::atomic_thread_fence(std::memory_order_release);
            std::atomic<uint64_t> *to = words + place * words_per_slot;
            for (int word = 0; word < words_per_slot; word++)
                to[word].store(batch[index].words[word], std::memory_order_relaxed);
            turns[place].store(first + index, std::memory_order_release);
        }
    }

    bool holds(uint64_t sequence) const { return turns[sequence & mask].load(std::memory_order_acquire) == sequence; }

    size_t copy(Slot *buffer, size_t room, uint64_t first) const {
        const std::atomic<uint64_t> *const words = this->words, *const turns = this->turns;
        const uint64_t mask = this->mask;
        size_t count = 0;
        while (count < room) {
            uint64_t place = (first + count) & mask;
            if (turns[place].load(std::memory_order_acquire) != first + count) break;
            const std::atomic<uint64_t> *from = words + place * words_per_slot;
            for (int word = 0; word < words_per_slot; word++)
                buffer[count].words[word] = from[word].load(std::memory_order_relaxed);
            count++;
        }
        return count;
    }
};

class Publisher {
    Ring &ring;
    const View view;
    const uint64_t capacity;
    uint64_t next = 1;
    uint64_t seen_released = 0;

  public:
    explicit Publisher(Ring &ring) : ring(ring), view(ring), capacity(ring.capacity) {}

    bool publish(const Slot *batch, uint64_t count) {
        uint64_t first = next, last = first + count - 1;
        if (last > seen_released + capacity) {
            seen_released = ring.released.load(std::memory_order_acquire);
            if (last > seen_released + capacity) return false;
        }
        ring.claimed.store(last, std::memory_order_release);
        view.write(batch, count, first);
        next = last + 1;
        ring.doorbell.ring();
        return true;
    }
};

class SharedPublisher {
    Ring &ring;
    const View view;
    const uint64_t capacity;

  public:
    explicit SharedPublisher(Ring &ring) : ring(ring), view(ring), capacity(ring.capacity) {}

    bool publish(const Slot *batch, uint64_t count) {
        uint64_t claimed = ring.claimed.load(std::memory_order_acquire);
        while (true) {
            uint64_t released = ring.released.load(std::memory_order_acquire);
            if (claimed + count > released + capacity) {
                uint64_t fresh = ring.claimed.load(std::memory_order_acquire);
                if (fresh == claimed) return false;
                claimed = fresh;
                continue;
            }
            if (ring.claimed.compare_exchange_weak(claimed, claimed + count, std::memory_order_relaxed)) break;
        }
        view.write(batch, count, claimed + 1);
        ring.doorbell.ring();
        return true;
    }
};

class Reader {
    Ring &ring;
    const View view;
    uint64_t next = 1;

  public:
    explicit Reader(Ring &ring) : ring(ring), view(ring) {}

    bool has_input() const { return view.holds(next); }

    size_t copy(Slot *buffer, size_t room) { return view.copy(buffer, room, next); }

    void release(size_t count) {
        next += count;
        ring.released.store(next - 1, std::memory_order_release);
    }

    void wait(int spins) {
        for (int spin = 0; spin < spins; spin++)
            if (has_input()) return;
        ring.doorbell.park([this] { return has_input(); });
    }
};

constexpr size_t read_batch = 256;

template <class End> ring_result alone(uint64_t capacity, uint32_t batch, uint64_t slots) {
    Ring ring(capacity);
    End end(ring);
    Reader reader(ring);
    std::vector<Slot> out_room(batch), in_room(read_batch);
    Slot *const out = out_room.data(), *const in = in_room.data();
    uint64_t checksum = 0, number = 0;
    double started = now_seconds();
    while (number < slots) {
        for (uint32_t index = 0; index < batch; index++) {
            out[index].words[0] = ++number;
            out[index].words[7] = number;
        }
        end.publish(out, batch);
        size_t count = reader.copy(in, read_batch);
        for (size_t index = 0; index < count; index++)
            checksum = checksum * 31 + (in[index].words[0] ^ in[index].words[7] << 1);
        reader.release(count);
    }
    return {checksum, now_seconds() - started};
}

template <class End> void publish_all(Ring &ring, uint32_t batch, uint64_t slots) {
    End end(ring);
    std::vector<Slot> out(batch);
    uint64_t number = 0;
    while (number < slots) {
        for (uint32_t index = 0; index < batch; index++) {
            out[index].words[0] = ++number;
            out[index].words[7] = number;
        }
        while (!end.publish(out.data(), batch)) sched_yield();
    }
}

template <class End> ring_result threads(uint32_t publishers, uint64_t capacity, uint32_t batch, uint64_t slots) {
    Ring ring(capacity);
    uint64_t each = slots / publishers / batch * batch, total = each * publishers;
    uint64_t checksum = 0;
    double started = now_seconds();
    std::vector<std::thread> writers;
    for (uint32_t number = 0; number < publishers; number++)
        writers.emplace_back([&ring, batch, each] { publish_all<End>(ring, batch, each); });
    std::thread taker([&ring, &checksum, total] {
        Reader reader(ring);
        std::vector<Slot> in(read_batch);
        uint64_t read = 0;
        while (read < total) {
            reader.wait(1000);
            size_t count = reader.copy(in.data(), in.size());
            for (size_t index = 0; index < count; index++) checksum += in[index].words[0] ^ in[index].words[7] << 1;
            reader.release(count);
            read += count;
        }
    });
    for (std::thread &writer : writers) writer.join();
    taker.join();
    return {checksum, now_seconds() - started};
}

} // namespace

ring_result twin_ring_alone(int shared, uint64_t capacity, uint32_t batch, uint64_t slots) {
    return shared ? alone<SharedPublisher>(capacity, batch, slots) : alone<Publisher>(capacity, batch, slots);
}

ring_result twin_ring_threads(uint32_t publishers, uint64_t capacity, uint32_t batch, uint64_t slots) {
    return publishers == 0 ? threads<Publisher>(1, capacity, batch, slots)
                           : threads<SharedPublisher>(publishers, capacity, batch, slots);
}

void twin_ring_latency(uint64_t capacity, uint32_t count, uint32_t pause_ns, uint32_t *nanoseconds) {
    Ring ring(capacity);
    std::thread writer([&ring, count, pause_ns] {
        Publisher end(ring);
        Slot slot{};
        for (uint32_t number = 0; number < count; number++) {
            uint64_t due = now_nanoseconds() + pause_ns;
            while (now_nanoseconds() < due) {}
            slot.words[0] = now_nanoseconds();
            while (!end.publish(&slot, 1)) sched_yield();
        }
    });
    Reader reader(ring);
    Slot slot;
    for (uint32_t number = 0; number < count;) {
        if (reader.copy(&slot, 1) == 0) continue;
        nanoseconds[number++] = uint32_t(now_nanoseconds() - slot.words[0]);
        reader.release(1);
    }
    writer.join();
}
