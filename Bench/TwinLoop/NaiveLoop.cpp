// The same rules as one would first write them: an object a rule, a queue of rows a window, all of it summed anew at
// every row, in the careful arithmetic alone. Its digest must be the tuned loop's: so it also proves the window.
#include <time.h>

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "Loop.hpp"

namespace {

using namespace twin;

struct Deadlines {
    std::set<std::pair<i64, unsigned>> due;
};

class Rule {
public:
    Rule(unsigned number, i64 on_delay, Deadlines &deadlines)
        : number_(number), on_delay_(on_delay), deadlines_(deadlines) {}
    virtual ~Rule() = default;
    virtual Verdict look(bool usable, double value, i64 time) = 0;

    void judge(bool usable, double value, i64 time, Digest &digest) {
        Verdict verdict = look(usable, value, time);
        i64 before = condition_.end;
        bool moved = condition_.judge(verdict, time, on_delay_);
        if (before != condition_.end) {
            if (before != Condition::never) deadlines_.due.erase({before, number_});
            if (condition_.end != Condition::never) deadlines_.due.insert({condition_.end, number_});
        }
        if (moved) digest.mix(time, number_, condition_.active, value_);
    }

    void delay_ended(i64 time, Digest &digest) {
        condition_.end = Condition::never;
        condition_.active = true;
        digest.mix(time, number_, true, value_);
    }

protected:
    double value_ = __builtin_nan("");

private:
    unsigned number_;
    i64 on_delay_;
    Deadlines &deadlines_;
    Condition condition_;
};

class LimitRule : public Rule {
public:
    LimitRule(unsigned number, const twin_limit &rule, bool is_low, Deadlines &deadlines)
        : Rule(number, rule.on_delay_ns, deadlines), limit_(rule), is_low_(is_low) {}

    Verdict look(bool usable, double value, i64) override {
        if (!usable) return Verdict::unknown;
        value_ = value;
        if (is_low_ ? value <= limit_.limit : value >= limit_.limit) return Verdict::raise;
        bool is_clear = is_low_ ? value > limit_.limit + limit_.deadband : value < limit_.limit - limit_.deadband;
        return is_clear ? Verdict::clear : Verdict::hold;
    }

private:
    twin_limit limit_;
    bool is_low_;
};

class RateRule : public Rule {
public:
    RateRule(unsigned number, const twin_limit &rule, i64 span, Deadlines &deadlines)
        : Rule(number, rule.on_delay_ns, deadlines), limit_(rule), span_(span) {}

    Verdict look(bool usable, double value, i64 time) override {
        if (!usable) return Verdict::unknown;
        i64 now = time / 1000000;
        rows_.push_back({now, value});
        while (rows_.front().time < now - span_) rows_.pop_front();
        if (rows_.size() < 2 || 2 * (now - rows_.front().time) < span_) return Verdict::unknown;
        Wide values, products;
        i64 times = 0;
        i128 squares = 0;
        for (const Row &row : rows_) {
            i64 since = row.time - now;
            times += since;
            squares += i128(since) * since;
            values.add(Wide::of(row.value, 1), false);
            products.add(Wide::of(row.value, since), false);
        }
        i64 count = i64(rows_.size());
        Wide above = products.times(count);
        above.add(values.times(times), true);
        above.multiply(1000);
        value_ = above.over(u128(i128(count) * squares - i128(times) * times));
        double size = __builtin_fabs(value_);
        if (size >= limit_.limit) return Verdict::raise;
        return size < limit_.limit - limit_.deadband ? Verdict::clear : Verdict::hold;
    }

private:
    twin_limit limit_;
    i64 span_;
    std::deque<Row> rows_;
};

}  // namespace

twin_result twin_run_naive(const twin_point_rules *rules, uint32_t points, const twin_slot *slots, uint64_t count,
                           int64_t last_ns) {
    Deadlines deadlines;
    std::map<uint32_t, std::vector<std::unique_ptr<Rule>>> rules_of;
    for (uint32_t place = 0; place < points; place++) {
        std::vector<std::unique_ptr<Rule>> &list = rules_of[place];
        for (unsigned side = 0; side < 4; side++) {
            list.push_back(std::make_unique<LimitRule>(place * 5 + side, rules[place].limits[side], side >= 2, deadlines));
        }
        list.push_back(std::make_unique<RateRule>(place * 5 + 4, rules[place].rate, rules[place].window_ms, deadlines));
    }
    Digest digest;
    auto pass = [&](i64 through) {
        while (!deadlines.due.empty() && deadlines.due.begin()->first <= through) {
            auto [due, rule] = *deadlines.due.begin();
            deadlines.due.erase(deadlines.due.begin());
            rules_of[rule / 5][rule % 5]->delay_ended(due, digest);
        }
    };
    timespec start, end;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    for (uint64_t index = 0; index < count; index++) {
        const twin_slot &slot = slots[index];
        pass(slot.time - 1);
        bool usable = slot.quality < 0x200 && slot.value - slot.value == 0;
        for (std::unique_ptr<Rule> &rule : rules_of[slot.point]) rule->judge(usable, slot.value, slot.time, digest);
    }
    pass(last_ns);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    double seconds = double(end.tv_sec - start.tv_sec) + double(end.tv_nsec - start.tv_nsec) * 1e-9;
    return {digest.value, digest.events, count, seconds};
}
