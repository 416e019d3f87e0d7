// The least-squares window of the twin: the algorithm of Sources/AlarmLogic/LeastSquaresSlope.swift, bit for bit.
// Sums are fixed-point integers, so a row that leaves takes all of itself away; a slope is rounded once, at its end.
// Compiled without contraction of products and sums: a fused step would round otherwise than the core does.
#pragma once

#include <stdint.h>
#include <string.h>

#include <vector>

namespace twin {

using i64 = int64_t;
using u64 = uint64_t;
using i128 = __int128;
using u128 = unsigned __int128;

inline u64 bits_of(double value) {
    u64 bits;
    memcpy(&bits, &value, 8);
    return bits;
}

inline double double_of(u64 bits) {
    double value;
    memcpy(&value, &bits, 8);
    return value;
}

inline double power_of_two(int exponent) { return double_of(u64(1023 + exponent) << 52); }

// A reading as a whole number times 2^-67: exact from 2^-15 to 2^35. Anything else is wide.
constexpr int narrow_fraction = 67;
constexpr unsigned narrow_shift_max = 49;
constexpr int wide_fraction = 112;

struct Fixed {
    i64 mantissa;
    unsigned shift;
};

inline bool fix(double value, Fixed &fixed) {
    u64 bits = bits_of(value);
    unsigned shift = unsigned(bits >> 52 & 0x7FF) - unsigned(1075 - narrow_fraction);
    if (__builtin_expect(shift > narrow_shift_max, 0)) {
        fixed = {0, 0};
        return value == 0;
    }
    i64 magnitude = i64(bits & 0xFFFFFFFFFFFFF) | i64(1) << 52;
    i64 sign = i64(bits) >> 63;
    fixed = {(magnitude ^ sign) - sign, shift};
    return true;
}

// 192 bits, two's complement.
struct Sum192 {
    u128 low = 0;
    i64 high = 0;

    void add(u128 l, i64 h) {
        low += l;
        high += h + (low < l);
    }
    void subtract(u128 l, i64 h) {
        high -= h + (low < l);
        low -= l;
    }
    void add_product(Fixed value, i64 times) {
        i128 product = i128(value.mantissa) * times;
        add(u128(product) << value.shift, i64(product >> (127 - value.shift) >> 1));
    }
    void subtract_product(Fixed value, i64 times) {
        i128 product = i128(value.mantissa) * times;
        subtract(u128(product) << value.shift, i64(product >> (127 - value.shift) >> 1));
    }
    bool is_negative() const { return high < 0; }
    void negate() {
        low = ~low + 1;
        high = ~high + (low == 0);
    }
};

// A 128-bit signed number times a 64-bit one, to 192 bits.
inline Sum192 product(i128 a, i64 b) {
    u128 low = u128(u64(a)) * u64(b);
    u128 high = u128(u64(u128(a) >> 64)) * u64(b);
    // Both factors were taken as unsigned: what that added is taken away.
    if (a < 0) high -= u128(u64(b)) << 64;
    if (b < 0) high -= u128(a);
    Sum192 result;
    result.low = low + (high << 64);
    result.high = i64(u64(high >> 64)) + (result.low < low);
    return result;
}

inline Sum192 product(const Sum192 &a, u64 b) {
    u128 first = u128(u64(a.low)) * b;
    u128 second = u128(u64(a.low >> 64)) * b + u64(first >> 64);
    Sum192 result;
    result.low = second << 64 | u64(first);
    result.high = i64(u64(a.high) * b + u64(second >> 64));
    return result;
}

// above / below for a quotient rounded once: one division of doubles, the rest by its remainder in integers.
inline double quotient(Sum192 above, u64 below, int fraction) {
    bool negative = above.is_negative();
    if (negative) above.negate();
    u128 top;
    int exponent;
    if (above.high != 0) {
        unsigned empty = unsigned(__builtin_clzll(u64(above.high)));
        top = u128(u64(above.high)) << 64 | u64(above.low >> 64);
        if (empty > 0) top = top << empty | u64(above.low) >> (64 - empty);
        exponent = 64 - int(empty);
    } else {
        u64 second = u64(above.low >> 64);
        if (second == 0 && u64(above.low) == 0) return 0;
        unsigned empty = second != 0 ? unsigned(__builtin_clzll(second)) : 64 + unsigned(__builtin_clzll(u64(above.low)));
        top = above.low << empty;
        exponent = -int(empty);
    }
    unsigned shift = unsigned(__builtin_clzll(below));
    u64 divisor = below << shift;
    double inverse = 1.0 / double(i64(divisor >> 1));
    i64 first = i64(double(i64(u64(top >> 65))) * inverse * 0x1p52);
    // What is left of top, in steps of 2^16: small enough for a double, fine enough to round by.
    i128 rest = i128(top - (u128(u64(first)) * divisor << 12));
    double correction = double(i64(rest >> 16)) * inverse * 0x1p3;
    double result = (double(first) + correction) * power_of_two(exponent + int(shift) + 12 - fraction);
    return negative ? -result : result;
}

// The careful way, for readings out of the narrow range and very long windows: 384 bits.
struct Wide {
    u64 word[6] = {0, 0, 0, 0, 0, 0};

    void add(const Wide &other, bool subtracting) {
        u64 carry = subtracting ? 1 : 0;
        for (int index = 0; index < 6; index++) {
            u128 sum = u128(word[index]) + (subtracting ? ~other.word[index] : other.word[index]) + carry;
            word[index] = u64(sum);
            carry = u64(sum >> 64);
        }
    }
    void negate() {
        Wide number = *this;
        *this = Wide();
        add(number, true);
    }
    void multiply(u64 factor) {
        u64 carry = 0;
        for (u64 &part : word) {
            u128 product = u128(part) * factor + carry;
            part = u64(product);
            carry = u64(product >> 64);
        }
    }
    Wide times(i64 factor) const {
        Wide result = *this;
        result.multiply(factor < 0 ? u64(0) - u64(factor) : u64(factor));
        if (factor < 0) result.negate();
        return result;
    }
    void shift_left(unsigned count) {
        if (count == 0) return;
        for (int index = 5; index > 0; index--) word[index] = word[index] << count | word[index - 1] >> (64 - count);
        word[0] <<= count;
    }
    bool is_zero() const { return (word[0] | word[1] | word[2] | word[3] | word[4] | word[5]) == 0; }

    // value * times * 2^112.
    static Wide of(double value, i64 times) {
        u64 bits = bits_of(value);
        u64 mantissa = (bits & 0xFFFFFFFFFFFFF) | u64(1) << 52;
        int shift = int(bits >> 52 & 0x7FF) - 1075 + wide_fraction;
        if (shift < 0) {
            mantissa = shift > -64 ? mantissa >> unsigned(-shift) : 0;
            shift = 0;
        } else if (shift > 187) {
            mantissa = 0x1FFFFFFFFFFFFF;
            shift = 187;
        }
        u128 product = u128(mantissa) * u64(times < 0 ? -times : times);
        Wide result;
        result.word[shift / 64] = u64(product);
        result.word[shift / 64 + 1] = u64(product >> 64);
        result.shift_left(unsigned(shift % 64));
        if ((value < 0) != (times < 0)) result.negate();
        return result;
    }
    static Wide of(u128 low, i64 high) {
        Wide result;
        u64 sign = high < 0 ? ~u64(0) : 0;
        u64 words[6] = {u64(low), u64(low >> 64), u64(high), sign, sign, sign};
        memcpy(result.word, words, sizeof words);
        result.shift_left(unsigned(wide_fraction - narrow_fraction));
        return result;
    }

    // The top 106 bits: (high + low * 2^-53) * 2^exponent.
    struct Scaled {
        double high, low;
        int exponent;
    };
    static Scaled scaled(u64 first, u64 second, u64 third, int words_below) {
        unsigned empty = unsigned(__builtin_clzll(first));
        u64 upper = empty == 0 ? first : first << empty | second >> (64 - empty);
        u64 lower = empty == 0 ? second : second << empty | third >> (64 - empty);
        return {double(i64(upper >> 11)), double(i64((upper & 0x7FF) << 42 | lower >> 22)),
                words_below * 64 + 128 - int(empty) + 11};
    }
    double over(u128 divisor) const {
        bool negative = word[5] >> 63;
        Wide magnitude = *this;
        if (negative) magnitude.negate();
        int top = 5;
        while (top >= 0 && magnitude.word[top] == 0) top--;
        if (top < 0 || divisor == 0) return 0;
        Scaled above = scaled(magnitude.word[top], top > 0 ? magnitude.word[top - 1] : 0,
                              top > 1 ? magnitude.word[top - 2] : 0, top - 2);
        u64 upper = u64(divisor >> 64);
        Scaled below = upper != 0 ? scaled(upper, u64(divisor), 0, -1) : scaled(u64(divisor), 0, 0, -2);
        double first = above.high / below.high;
        double remainder = __builtin_fma(-first, below.high, above.high);
        double rest = remainder + (above.low - first * below.low) * 0x1p-53;
        double quotient = first + rest / below.high;
        double result = quotient * power_of_two(above.exponent - below.exponent - wide_fraction);
        return negative ? -result : result;
    }
};

struct Row {
    i64 time;
    double value;
};

// The rows of all windows, in blocks of 32 that are taken and given back: growing never copies a window.
class RowStore {
public:
    static constexpr int block_rows = 32;
    struct Block {
        Row rows[block_rows];
        Block *next;
    };

    Block *take() {
        if (free_ == nullptr) grow();
        Block *block = free_;
        free_ = block->next;
        return block;
    }
    void give_back(Block *block) {
        block->next = free_;
        free_ = block;
    }
    RowStore() = default;
    RowStore(const RowStore &) = delete;
    RowStore &operator=(const RowStore &) = delete;
    ~RowStore() {
        for (Block *slab : slabs_) delete[] slab;
    }

private:
    void grow() {
        Block *slab = new Block[1024];
        slabs_.push_back(slab);
        for (int index = 1023; index >= 0; index--) give_back(slab + index);
    }
    Block *free_ = nullptr;
    std::vector<Block *> slabs_;
};

// A slope, or NaN while it is unknown.
struct Window {
    i64 span = 0;
    i64 origin = 0;
    i64 newest = INT64_MIN;
    i64 times = 0;
    i128 squares = 0;
    i128 values = 0;
    Sum192 products;
    RowStore::Block *first = nullptr;
    RowStore::Block *last = nullptr;
    int first_offset = 0, end_offset = 0;
    int count = 0;
    int wide_rows = 0;
    Wide wide_values, wide_products;

    static constexpr int count_max = 1 << 20;
    static constexpr i64 origin_reach = i64(1) << 37;

    const Row &oldest() const { return first->rows[first_offset]; }

    // Rows are seldom in a cache: the ones that the next row touches are fetched ahead.
    void hint() const {
        if (first == nullptr) return;
        __builtin_prefetch(&first->rows[first_offset]);
        __builtin_prefetch(&last->rows[end_offset]);
    }

    double add(double value, i64 time, RowStore &store) {
        if (__builtin_expect(count >= count_max, 0)) drop(store);
        if (__builtin_expect(newest < time - span, 0)) restart(store);
        while (count > 0 && oldest().time < time - span) drop(store);
        if (count == 0) {
            origin = time;
        } else if (__builtin_expect(time - origin > origin_reach, 0)) {
            move_origin(oldest().time);
        }
        append({time, value}, store);
        newest = time;
        i64 since = time - origin;
        times += since;
        squares += i128(since) * since;
        Fixed fixed;
        if (__builtin_expect(fix(value, fixed), 1)) {
            values += i128(fixed.mantissa) << fixed.shift;
            products.add_product(fixed, since);
        } else {
            wide_rows++;
            wide_values.add(Wide::of(value, 1), false);
            wide_products.add(Wide::of(value, since), false);
        }
        return slope(time);
    }

    double slope(i64 time) const {
        if (count < 2 || 2 * (time - oldest().time) < span) return __builtin_nan("");
        i128 below = i128(count) * squares - i128(times) * times;
        if (__builtin_expect(wide_rows == 0 && below >> 64 == 0, 1)) {
            Sum192 above = product(products, u64(count));
            Sum192 taken = product(values, times);
            above.subtract(taken.low, taken.high);
            return quotient(product(above, 1000), u64(below), narrow_fraction);
        }
        Wide all_products = Wide::of(products.low, products.high);
        all_products.add(wide_products, false);
        Wide all_values = Wide::of(u128(values), values < 0 ? -1 : 0);
        all_values.add(wide_values, false);
        Wide above = all_products.times(count);
        above.add(all_values.times(times), true);
        above.multiply(1000);
        return above.over(u128(below));
    }

private:
    // All rows leave at once: exact sums of nothing are zero.
    void restart(RowStore &store) {
        while (first != nullptr) {
            RowStore::Block *next = first == last ? nullptr : first->next;
            store.give_back(first);
            first = next;
        }
        i64 kept = span;
        *this = Window();
        span = kept;
    }

    void append(Row row, RowStore &store) {
        if (last == nullptr) {
            first = last = store.take();
        } else if (end_offset == RowStore::block_rows) {
            RowStore::Block *block = store.take();
            last->next = block;
            last = block;
            end_offset = 0;
        }
        last->rows[end_offset++] = row;
        count++;
    }

    void drop(RowStore &store) {
        Row row = oldest();
        count--;
        first_offset++;
        if (count == 0) {
            first_offset = end_offset = 0;
        } else if (first_offset == RowStore::block_rows) {
            RowStore::Block *next = first->next;
            store.give_back(first);
            first = next;
            first_offset = 0;
        }
        i64 since = row.time - origin;
        times -= since;
        squares -= i128(since) * since;
        Fixed fixed;
        if (__builtin_expect(fix(row.value, fixed), 1)) {
            values -= i128(fixed.mantissa) << fixed.shift;
            products.subtract_product(fixed, since);
        } else {
            wide_rows--;
            wide_values.add(Wide::of(row.value, 1), true);
            wide_products.add(Wide::of(row.value, since), true);
        }
    }

    void move_origin(i64 time) {
        i64 shift = time - origin;
        squares -= 2 * i128(shift) * times - i128(count) * shift * shift;
        times -= count * shift;
        Sum192 moved = product(values, shift);
        products.subtract(moved.low, moved.high);
        wide_products.add(wide_values.times(shift), true);
        origin = time;
    }
};

}  // namespace twin
