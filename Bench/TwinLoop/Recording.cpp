// The tuned loop behind a parser of recordings: time,point,value,quality, as an expert would read them.
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "Loop.hpp"

namespace {

using namespace twin;

// Tags by hash: open addressing, a 64-bit hash of the bytes, the bytes compared behind it.
class TagTable {
public:
    TagTable(const char *tags, uint32_t count) {
        size_t capacity = 16;
        while (capacity < size_t(count) * 2) capacity *= 2;
        mask_ = capacity - 1;
        entries_.resize(capacity);
        for (uint32_t number = 0; number < count; number++) {
            size_t length = strlen(tags);
            size_t place = hash(tags, length) & mask_;
            while (entries_[place].text != nullptr) place = (place + 1) & mask_;
            entries_[place] = {tags, uint32_t(length), number};
            tags += length + 1;
        }
    }
    uint32_t find(const char *text, size_t length) const {
        for (size_t place = hash(text, length) & mask_; entries_[place].text != nullptr; place = (place + 1) & mask_) {
            const Entry &entry = entries_[place];
            if (entry.length == length && memcmp(entry.text, text, length) == 0) return entry.number;
        }
        return UINT32_MAX;
    }

private:
    struct Entry {
        const char *text = nullptr;
        uint32_t length = 0, number = 0;
    };
    static u64 hash(const char *text, size_t length) {
        u64 hash = length;
        while (length >= 8) {
            u64 word;
            memcpy(&word, text, 8);
            hash = (hash ^ word) * 0x9E3779B97F4A7C15;
            hash ^= hash >> 32;
            text += 8;
            length -= 8;
        }
        u64 word = 0;
        memcpy(&word, text, length);
        hash = (hash ^ word) * 0x9E3779B97F4A7C15;
        return hash ^ hash >> 32;
    }
    std::vector<Entry> entries_;
    size_t mask_ = 0;
};

constexpr double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                             1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// Correctly rounded: exact digits and an exact power of ten, else the C library.
double number(const char *text, const char *end) {
    const char *start = text;
    bool negative = text < end && *text == '-';
    if (negative) text++;
    u64 mantissa = 0;
    int digits = 0, decimals = 0;
    bool fraction = false;
    for (; text < end; text++) {
        unsigned digit = unsigned(*text) - '0';
        if (digit < 10) {
            mantissa = mantissa * 10 + digit;
            digits++;
            decimals += fraction;
        } else if (*text == '.' && !fraction) {
            fraction = true;
        } else {
            break;
        }
    }
    if (text == end && digits > 0 && digits <= 18 && mantissa <= u64(1) << 53 && decimals <= 22) {
        double size = double(i64(mantissa)) / powers[decimals];
        return negative ? -size : size;
    }
    char copy[64];
    size_t length = size_t(end - start);
    if (length == 0 || length >= sizeof copy) return NAN;
    memcpy(copy, start, length);
    copy[length] = 0;
    char *stop;
    double value = strtod(copy, &stop);
    return stop == copy + length ? value : NAN;
}

class Parser {
public:
    Parser(const twin_point_rules *rules, uint32_t points, const char *tags) : loop_(rules, points), tags_(tags, points) {}

    // One line without its end. false when it has not the form.
    bool take(const char *line, const char *end) {
        if (end - line < 28 || line[24] != ',') return false;
        i64 time;
        if (!instant(line, time)) return false;
        const char *tag = line + 25;
        const char *value = static_cast<const char *>(memchr(tag, ',', size_t(end - tag)));
        if (value == nullptr) return false;
        const char *quality = static_cast<const char *>(memchr(value + 1, ',', size_t(end - value - 1)));
        if (quality == nullptr) return false;
        twin_slot slot;
        slot.point = tags_.find(tag, size_t(value - tag));
        slot.value = number(value + 1, quality);
        size_t length = size_t(end - quality - 1);
        if (length == 4 && memcmp(quality + 1, "GOOD", 4) == 0) {
            slot.quality = 0;
        } else if (length == 3 && memcmp(quality + 1, "BAD", 3) == 0) {
            slot.quality = 0x200;
        } else if (length == 9 && memcmp(quality + 1, "UNCERTAIN", 9) == 0) {
            slot.quality = 0x100;
        } else {
            return false;
        }
        rows_++;
        if (time < newest_) return true;
        newest_ = time;
        slot.time = time * 1000000;
        loop_.take(slot);
        return true;
    }

    twin_result finish() {
        loop_.finish(newest_ * 1000000);
        return {loop_.digest().value, loop_.digest().events, rows_, 0};
    }

private:
    // 2024-01-01T00:00:00.000Z; the day is computed anew only when it changes.
    bool instant(const char *text, i64 &milliseconds) {
        if (memcmp(text, day_, 11) != 0 && !new_day(text)) return false;
        if (text[13] != ':' || text[16] != ':' || text[19] != '.' || text[23] != 'Z') return false;
        unsigned d[9] = {unsigned(text[11]) - '0', unsigned(text[12]) - '0', unsigned(text[14]) - '0',
                         unsigned(text[15]) - '0', unsigned(text[17]) - '0', unsigned(text[18]) - '0',
                         unsigned(text[20]) - '0', unsigned(text[21]) - '0', unsigned(text[22]) - '0'};
        unsigned greatest = 0;
        for (unsigned digit : d) greatest = std::max(greatest, digit);
        unsigned hour = d[0] * 10 + d[1], minute = d[2] * 10 + d[3], second = d[4] * 10 + d[5];
        if (greatest > 9 || hour > 23 || minute > 59 || second > 59) return false;
        milliseconds = day_start_ + i64((hour * 60 + minute) * 60 + second) * 1000 + d[6] * 100 + d[7] * 10 + d[8];
        return true;
    }

    bool new_day(const char *text) {
        tm civil = {};
        char copy[12] = {};
        memcpy(copy, text, 11);
        if (copy[10] != 'T' || strptime(copy, "%Y-%m-%dT", &civil) == nullptr) return false;
        day_start_ = i64(timegm(&civil)) * 1000;
        memcpy(day_, text, 11);
        return true;
    }

    Loop loop_;
    TagTable tags_;
    char day_[11] = {};
    i64 day_start_ = 0;
    i64 newest_ = INT64_MIN;
    u64 rows_ = 0;
};

}  // namespace

twin_result twin_replay(const twin_point_rules *rules, uint32_t points, const char *tags, const char *path) {
    timespec start, stop;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    twin_result nothing = {0, 0, 0, 0};
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return nothing;
    Parser parser(rules, points, tags);
    constexpr size_t chunk = 1 << 18;
    std::vector<char> buffer(2 * chunk);
    size_t held = 0;
    bool is_header = true, is_sound = true;
    while (is_sound) {
        ssize_t received = read(file, buffer.data() + held, buffer.size() - held);
        if (received <= 0) break;
        const char *line = buffer.data();
        const char *end = line + held + size_t(received);
        while (const char *stop = static_cast<const char *>(memchr(line, '\n', size_t(end - line)))) {
            if (!is_header && !parser.take(line, stop)) {
                is_sound = false;
                break;
            }
            is_header = false;
            line = stop + 1;
        }
        held = size_t(end - line);
        if (held >= chunk) is_sound = false;
        memmove(buffer.data(), line, held);
    }
    close(file);
    if (!is_sound || held > 0) return nothing;
    twin_result result = parser.finish();
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &stop);
    result.seconds = double(stop.tv_sec - start.tv_sec) + double(stop.tv_nsec - start.tv_nsec) * 1e-9;
    return result;
}
