// SPDX-License-Identifier: MIT
// Schoolbook arithmetic: the numbers have a few thousand digits at most.
#include "core/template/big_integer.hpp"

#include <algorithm>

namespace csgi::jinja {

BigInteger::BigInteger(std::string_view digits) {
    negative_ = digits.starts_with('-');
    digits.remove_prefix(negative_);
    while (!digits.empty()) {
        const std::size_t n = std::min<std::size_t>(9, digits.size());
        std::uint32_t group = 0;
        for (const char c : digits.substr(digits.size() - n))
            group = group * 10 + static_cast<std::uint32_t>(c - '0');
        groups_.push_back(group);
        digits.remove_suffix(n);
    }
    trim();
}

void BigInteger::trim() {
    while (!groups_.empty() && groups_.back() == 0) groups_.pop_back();
    if (groups_.empty()) negative_ = false;
}

std::string BigInteger::text() const {
    if (groups_.empty()) return "0";
    std::string out = negative_ ? "-" : "";
    for (std::size_t i = groups_.size(); i-- > 0;) {
        std::string group = std::to_string(groups_[i]);
        if (i + 1 != groups_.size()) group.insert(0, 9 - group.size(), '0');
        out += group;
    }
    return out;
}

int BigInteger::compare(const BigInteger &a, const BigInteger &b) {
    if (a.groups_.size() != b.groups_.size()) return a.groups_.size() < b.groups_.size() ? -1 : 1;
    for (std::size_t i = a.groups_.size(); i-- > 0;)
        if (a.groups_[i] != b.groups_[i]) return a.groups_[i] < b.groups_[i] ? -1 : 1;
    return 0;
}

BigInteger BigInteger::sum(const BigInteger &a, const BigInteger &b) {
    BigInteger out;
    std::uint32_t carry = 0;
    for (std::size_t i = 0; i < std::max(a.groups_.size(), b.groups_.size()) || carry; ++i) {
        std::uint32_t group = carry;
        if (i < a.groups_.size()) group += a.groups_[i];
        if (i < b.groups_.size()) group += b.groups_[i];
        carry = group >= base;
        out.groups_.push_back(carry ? group - base : group);
    }
    return out;
}

// The magnitude of `a` is the larger.
BigInteger BigInteger::difference(const BigInteger &a, const BigInteger &b) {
    BigInteger out = a;
    out.negative_ = false;
    std::uint32_t borrow = 0;
    for (std::size_t i = 0; i < out.groups_.size(); ++i) {
        const std::uint32_t take = borrow + (i < b.groups_.size() ? b.groups_[i] : 0);
        borrow = out.groups_[i] < take;
        out.groups_[i] = borrow ? out.groups_[i] + base - take : out.groups_[i] - take;
    }
    out.trim();
    return out;
}

BigInteger BigInteger::operator-() const {
    BigInteger out = *this;
    if (!out.groups_.empty()) out.negative_ = !negative_;
    return out;
}

BigInteger operator+(const BigInteger &a, const BigInteger &b) {
    BigInteger out;
    if (a.negative_ == b.negative_) {
        out = BigInteger::sum(a, b);
        out.negative_ = a.negative_;
    } else if (BigInteger::compare(a, b) >= 0) {
        out = BigInteger::difference(a, b);
        out.negative_ = a.negative_;
    } else {
        out = BigInteger::difference(b, a);
        out.negative_ = b.negative_;
    }
    out.trim();
    return out;
}

BigInteger operator-(const BigInteger &a, const BigInteger &b) {
    return a + -b;
}

BigInteger operator*(const BigInteger &a, const BigInteger &b) {
    BigInteger out;
    out.groups_.assign(a.groups_.size() + b.groups_.size() + 1, 0);
    for (std::size_t i = 0; i < a.groups_.size(); ++i) {
        std::uint64_t carry = 0;
        for (std::size_t j = 0; j < b.groups_.size() || carry; ++j) {
            std::uint64_t at = out.groups_[i + j] + carry;
            if (j < b.groups_.size()) at += std::uint64_t{a.groups_[i]} * b.groups_[j];
            out.groups_[i + j] = static_cast<std::uint32_t>(at % BigInteger::base);
            carry = at / BigInteger::base;
        }
    }
    out.negative_ = a.negative_ != b.negative_;
    out.trim();
    return out;
}

void BigInteger::divide(const BigInteger &a, const BigInteger &b, BigInteger &quotient,
                        BigInteger &remainder) {
    quotient = BigInteger();
    remainder = BigInteger();
    BigInteger divisor = b;
    divisor.negative_ = false;
    quotient.groups_.assign(a.groups_.size(), 0);
    for (std::size_t i = a.groups_.size(); i-- > 0;) {
        remainder.groups_.insert(remainder.groups_.begin(), a.groups_[i]);
        remainder.trim();
        // The digit by halving: thirty steps at most.
        std::uint32_t low = 0, high = base - 1;
        while (low < high) {
            const std::uint32_t middle = low + (high - low + 1) / 2;
            BigInteger digit;
            digit.groups_ = {middle};
            if (compare(divisor * digit, remainder) <= 0)
                low = middle;
            else
                high = middle - 1;
        }
        BigInteger digit;
        if (low) digit.groups_ = {low};
        remainder = difference(remainder, divisor * digit);
        quotient.groups_[i] = low;
    }
    quotient.negative_ = a.negative_ != b.negative_;
    quotient.trim();
    remainder.negative_ = a.negative_;
    remainder.trim();
    if (!remainder.is_zero() && remainder.negative_ != b.negative_) {
        quotient = quotient - BigInteger("1");
        remainder = remainder + b;
    }
}

} // namespace csgi::jinja
