// SPDX-License-Identifier: MIT
// Integers of more than 64 bits, for the few templates that reach them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace csgi::jinja {

// Sign and magnitude in groups of nine decimal digits, the least first.
class BigInteger {
public:
    BigInteger() = default;
    explicit BigInteger(std::string_view digits);

    bool is_zero() const { return groups_.empty(); }
    bool is_negative() const { return negative_; }
    bool is_odd() const { return !groups_.empty() && groups_[0] % 2 != 0; }
    std::size_t digits() const { return groups_.size() * 9; }
    std::string text() const;

    friend BigInteger operator+(const BigInteger &a, const BigInteger &b);
    friend BigInteger operator-(const BigInteger &a, const BigInteger &b);
    friend BigInteger operator*(const BigInteger &a, const BigInteger &b);
    BigInteger operator-() const;
    // Python's divmod(): towards minus infinity. `b` is not zero.
    static void divide(const BigInteger &a, const BigInteger &b, BigInteger &quotient,
                       BigInteger &remainder);

private:
    static constexpr std::uint32_t base = 1'000'000'000;
    void trim();
    static int compare(const BigInteger &a, const BigInteger &b); // of magnitudes
    static BigInteger sum(const BigInteger &a, const BigInteger &b);
    static BigInteger difference(const BigInteger &a, const BigInteger &b);

    std::vector<std::uint32_t> groups_;
    bool negative_ = false;
};

} // namespace csgi::jinja
