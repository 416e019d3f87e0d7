// The tuned loop: the rules of semantics.md A3-A8 for four limits and a rate per point, laid out for the cache.
//
// A point whose limits are all inactive, without a running delay, and whose value lies strictly between them is calm:
// one look at the band replaces four judgements. The core does the same.
#pragma once

#include <algorithm>

#include "Window.hpp"
#include "include/TwinLoop.h"

namespace twin {

enum class Verdict { raise, hold, clear, unknown };

// One word for a sequence of events.
struct Digest {
    u64 value = 0xCBF29CE484222325;
    u64 events = 0;

    void mix(i64 time, unsigned rule, bool is_raise, double number) {
        mix(u64(time));
        mix(u64(rule) << 8 | (is_raise ? 1 : 2));
        mix(bits_of(number));
        events++;
    }

private:
    void mix(u64 word) {
        value = (value ^ word) * 0x100000001B3;
        value ^= value >> 32;
    }
};

// From verdicts to raise and clear. The off-delay is 0 throughout.
struct Condition {
    static constexpr i64 never = INT64_MAX;

    i64 end = never;    // of the running delay
    i64 left = never;   // of the paused one
    bool active = false;

    bool is_idle() const { return !active && end == never && left == never; }

    // true when the alarm comes or goes now.
    bool judge(Verdict verdict, i64 now, i64 on_delay) {
        if (active) {
            if (verdict != Verdict::clear) return false;
            active = false;
            return true;
        }
        switch (verdict) {
        case Verdict::raise:
            if (end != never) return false;
            {
                i64 delay = left != never ? left : on_delay;
                left = never;
                if (delay == 0) {
                    active = true;
                    return true;
                }
                end = now + delay;
            }
            return false;
        case Verdict::unknown:
            if (end != never) {
                left = std::max<i64>(0, end - now);
                end = never;
            }
            return false;
        case Verdict::hold:
        case Verdict::clear:
            end = left = never;
            return false;
        }
        return false;
    }
};

class Loop {
public:
    Loop(const twin_point_rules *rules, uint32_t count) : points_(count), slow_(count) {
        for (uint32_t place = 0; place < count; place++) {
            Point &point = points_[place];
            Slow &slow = slow_[place];
            for (int side = 0; side < 4; side++) {
                const twin_limit &rule = rules[place].limits[side];
                double sign = side < 2 ? 1 : -1;
                slow.limits[side] = {sign, sign * rule.limit, sign * rule.limit - rule.deadband, rule.on_delay_ns};
            }
            point.band_high = std::min(rules[place].limits[0].limit, rules[place].limits[1].limit);
            point.band_low = std::max(rules[place].limits[2].limit, rules[place].limits[3].limit);
            point.rate_raise = rules[place].rate.limit;
            point.rate_clear = rules[place].rate.limit - rules[place].rate.deadband;
            slow.rate_delay = rules[place].rate.on_delay_ns;
            point.window.span = rules[place].window_ms;
        }
    }

    void take(const twin_slot &slot) {
        if (earliest_ < slot.time) pass(slot.time - 1);
        if (__builtin_expect(slot.point >= points_.size(), 0)) return;
        Point &point = points_[slot.point];
        if (__builtin_expect(slot.time < point.newest, 0)) return;
        i64 now = slot.time;
        point.newest = now;
        double value = slot.quality < 0x200 && slot.value - slot.value == 0 ? slot.value : __builtin_nan("");
        bool in_band = value > point.band_low && value < point.band_high;
        if (__builtin_expect(!(in_band && point.calm), 0)) judge_limits(slot.point, value, now);
        judge_rate(slot.point, point, value, now);
    }

    // Of a sample some places ahead.
    void hint(const twin_slot &slot) const {
        if (slot.point < points_.size()) points_[slot.point].window.hint();
    }

    void finish(i64 last) { pass(last); }

    const Digest &digest() const { return digest_; }

private:
    struct Limit {
        double sign, raise_at, clear_below;
        i64 on_delay;
    };
    // What every sample touches.
    struct alignas(64) Point {
        double band_low = 0, band_high = 0;
        i64 newest = INT64_MIN;
        bool calm = true;
        bool rate_idle = true;
        double rate = __builtin_nan("");
        double rate_raise = 0, rate_clear = 0;
        Window window;
    };
    // What only the restless touch.
    struct Slow {
        Limit limits[4];
        Condition conditions[4];
        double value = __builtin_nan("");
        Condition rate;
        i64 rate_delay = 0;
    };
    struct Deadline {
        i64 due;
        unsigned rule;
        // std heaps keep the greatest on top: the earliest, then the first rule.
        bool operator<(const Deadline &other) const {
            return due != other.due ? due > other.due : rule > other.rule;
        }
    };

    __attribute__((noinline)) void judge_limits(uint32_t place, double value, i64 now) {
        Slow &slow = slow_[place];
        bool usable = value == value;
        if (usable) slow.value = value;
        bool calm = true;
        for (int side = 0; side < 4; side++) {
            const Limit &limit = slow.limits[side];
            Condition &condition = slow.conditions[side];
            double seen = value * limit.sign;
            Verdict verdict = !usable                     ? Verdict::unknown
                              : seen >= limit.raise_at    ? Verdict::raise
                              : seen < limit.clear_below ? Verdict::clear
                                                          : Verdict::hold;
            settle(condition, verdict, now, limit.on_delay, place * 5 + unsigned(side), value);
            calm &= condition.is_idle();
        }
        points_[place].calm = calm && usable;
    }

    void judge_rate(uint32_t place, Point &point, double value, i64 now) {
        if (__builtin_expect(value != value, 0)) {
            if (!point.rate_idle) restless_rate(place, point, Verdict::unknown, now);
            return;
        }
        double slope = point.window.add(value, now / 1000000, store_);
        double size = __builtin_fabs(slope);
        Verdict verdict = slope != slope              ? Verdict::unknown
                          : size >= point.rate_raise ? Verdict::raise
                          : size < point.rate_clear  ? Verdict::clear
                                                      : Verdict::hold;
        if (verdict != Verdict::unknown) point.rate = slope;
        if (point.rate_idle && verdict != Verdict::raise) return;
        restless_rate(place, point, verdict, now);
    }

    __attribute__((noinline)) void restless_rate(uint32_t place, Point &point, Verdict verdict, i64 now) {
        Condition &condition = slow_[place].rate;
        settle(condition, verdict, now, slow_[place].rate_delay, place * 5 + 4, point.rate);
        point.rate_idle = condition.is_idle();
    }

    void settle(Condition &condition, Verdict verdict, i64 now, i64 delay, unsigned rule, double value) {
        i64 before = condition.end;
        if (condition.judge(verdict, now, delay)) digest_.mix(now, rule, condition.active, value);
        if (condition.end != before && condition.end != Condition::never) {
            deadlines_.push_back({condition.end, rule});
            std::push_heap(deadlines_.begin(), deadlines_.end());
            earliest_ = deadlines_.front().due;
        }
    }

    // Every delay that ends up to `through`; the heap may hold some that were cancelled since.
    __attribute__((noinline)) void pass(i64 through) {
        while (!deadlines_.empty() && deadlines_.front().due <= through) {
            Deadline deadline = deadlines_.front();
            std::pop_heap(deadlines_.begin(), deadlines_.end());
            deadlines_.pop_back();
            uint32_t place = deadline.rule / 5;
            unsigned side = deadline.rule % 5;
            Condition &condition = side < 4 ? slow_[place].conditions[side] : slow_[place].rate;
            if (condition.end != deadline.due) continue;
            condition.end = Condition::never;
            condition.active = true;
            digest_.mix(deadline.due, deadline.rule, true, side < 4 ? slow_[place].value : points_[place].rate);
        }
        earliest_ = deadlines_.empty() ? INT64_MAX : deadlines_.front().due;
    }

    std::vector<Point> points_;
    std::vector<Slow> slow_;
    std::vector<Deadline> deadlines_;
    i64 earliest_ = INT64_MAX;
    RowStore store_;
    Digest digest_;
};

}  // namespace twin
