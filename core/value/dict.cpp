// SPDX-License-Identifier: MIT
// Entries in order, with an index once they are many.
#include <csgi/value/value.hpp>

#include <algorithm>
#include <bit>
#include <cmath>

#include <sys/auxv.h>

#include <csgi/value/object.hpp>

#include "core/value/nesting.hpp"
#include "core/value/siphash.hpp"

namespace csgi {

namespace {

// Sixteen random bytes that the kernel hands to each process, so none need be kept here.
SipKey process_key() {
    SipKey key{};
    if (const auto *bytes = reinterpret_cast<const char *>(getauxval(AT_RANDOM)))
        std::memcpy(&key, bytes, sizeof key);
    return key;
}

std::uint64_t hash_of_integer(const SipKey &secret, std::int64_t value) {
    return siphash(secret, {reinterpret_cast<const char *>(&value), sizeof value});
}

// Equal values have equal hashes, whatever their kinds.
std::uint64_t hash_of(const SipKey &secret, const Value &key) {
    switch (key.kind()) {
    case Kind::none:
    case Kind::undefined: return 1;
    case Kind::boolean:
    case Kind::integer: return hash_of_integer(secret, key.as_int());
    case Kind::floating: {
        const double value = key.as_double();
        if (value >= -0x1p63 && value < 0x1p63 && value == std::trunc(value))
            return hash_of_integer(secret, static_cast<std::int64_t>(value));
        return hash_of_integer(secret, std::bit_cast<std::int64_t>(value));
    }
    // A float can equal it, so the digits do not decide.
    case Kind::big_integer:
        return hash_of_integer(secret, std::bit_cast<std::int64_t>(key.as_double()));
    case Kind::string:
    case Kind::bytes:
    case Kind::uuid: return siphash(secret, key.text());
    case Kind::datetime:
        return hash_of_integer(secret, key.as_datetime().seconds ^
                                           std::int64_t{key.as_datetime().microseconds} << 44);
    case Kind::tuple: {
        const Nested level(key.as_list().size(), "");
        std::uint64_t hash = 2;
        for (const Value &item : key.as_list())
            hash =
                hash_of_integer(secret, std::bit_cast<std::int64_t>(hash ^ hash_of(secret, item)));
        return hash;
    }
    case Kind::object: return 3; // it may equal any other
    case Kind::list:
    case Kind::dict: break;
    }
    throw TypeError("unhashable type: '" + std::string(key.type_name()) + "'");
}

std::uint32_t fold(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash ^ hash >> 32);
}

} // namespace

Dict::Dict(std::initializer_list<Entry> entries) {
    reserve(entries.size());
    for (const Entry &entry : entries) set(entry.key, entry.value);
}

Dict::Dict(const Dict &other) : entries_(other.entries_) {
    if (other.slots_) {
        mask_ = other.mask_;
        hash_key_ = other.hash_key_;
        slots_ = std::make_unique<Slot[]>(mask_ + 1);
        std::copy_n(other.slots_.get(), mask_ + 1, slots_.get());
    }
}

Dict &Dict::operator=(const Dict &other) {
    return *this = Dict(other);
}

template <class Same>
std::size_t Dict::probe(std::uint32_t hash, Same same) const noexcept {
    for (std::size_t i = hash & mask_; slots_[i].entry != 0; i = (i + 1) & mask_)
        if (slots_[i].hash == hash && same(entries_[slots_[i].entry - 1].key))
            return slots_[i].entry - 1;
    return nowhere;
}

std::size_t Dict::position(std::string_view key) const noexcept {
    if (key.size() <= Value::inside_most) {
        // Two comparisons of a word each find a short string: it is kept in one way only.
        const Value wanted(key);
        const auto same = [&wanted](const Value &value) {
            return std::memcmp(static_cast<const void *>(&value), &wanted, sizeof wanted) == 0;
        };
        if (slots_) return probe(fold(siphash(hash_key_, key)), same);
        for (std::size_t i = 0; i < entries_.size(); ++i)
            if (same(entries_[i].key)) return i;
        return nowhere;
    }
    const auto same = [key](const Value &value) {
        return value.is_string() && value.text() == key;
    };
    if (slots_) return probe(fold(siphash(hash_key_, key)), same);
    for (std::size_t i = 0; i < entries_.size(); ++i)
        if (same(entries_[i].key)) return i;
    return nowhere;
}

std::size_t Dict::position(const Value &key) const {
    if (key.is_string()) return position(key.text());
    const std::uint32_t hash = fold(hash_of(hash_key_, key)); // also refuses what has none
    if (slots_) return probe(hash, [&key](const Value &value) { return value == key; });
    for (std::size_t i = 0; i < entries_.size(); ++i)
        if (entries_[i].key == key) return i;
    return nowhere;
}

const Value *Dict::find(std::string_view key) const noexcept {
    const std::size_t at = position(key);
    return at == nowhere ? nullptr : &entries_[at].value;
}

Value &Dict::append(Value key, Value value) {
    if (key.is_string()) {
        // One form for each short string: inside the value, and without the mark of Markup, which
        // makes no other key of it.
        if (key.text().size() <= Value::inside_most) key = Value(key.text());
    }
    const std::uint32_t hash = slots_ ? fold(hash_of(hash_key_, key)) : 0;
    if (entries_.size() >= UINT32_MAX - 1) throw std::length_error("a dict of 4 Gi entries");
    entries_.push_back({std::move(key), std::move(value)});
    const std::size_t now = entries_.size();
    if (now > few) {
        if (!slots_ || now * 2 > mask_ + 1)
            index_all(std::bit_ceil(now * 4));
        else
            index(hash, now - 1);
    }
    return entries_.back().value;
}

void Dict::index(std::uint32_t hash, std::size_t position) noexcept {
    std::size_t i = hash & mask_;
    while (slots_[i].entry != 0) i = (i + 1) & mask_;
    slots_[i] = {hash, static_cast<std::uint32_t>(position + 1)};
}

// The hashes that are known already stay; only what has none yet is hashed.
void Dict::index_all(std::size_t slots) {
    auto old = std::move(slots_);
    if (!old) hash_key_ = process_key();
    const std::size_t old_count = old ? mask_ + 1 : 0;
    slots_ = std::make_unique<Slot[]>(slots);
    mask_ = slots - 1;
    std::size_t known = 0;
    for (std::size_t i = 0; i < old_count; ++i)
        if (old[i].entry != 0) {
            index(old[i].hash, old[i].entry - 1);
            known = std::max<std::size_t>(known, old[i].entry);
        }
    for (std::size_t i = known; i < entries_.size(); ++i)
        index(fold(hash_of(hash_key_, entries_[i].key)), i);
}

Value &Dict::operator[](std::string_view key) {
    const std::size_t at = position(key);
    return at == nowhere ? append(Value(key), Value()) : entries_[at].value;
}

void Dict::set(Value key, Value value) {
    const std::size_t at = position(key);
    if (at == nowhere)
        append(std::move(key), std::move(value));
    else
        entries_[at].value = std::move(value);
}

bool Dict::erase(std::string_view key) {
    const std::size_t at = position(key);
    if (at != nowhere) erase_at(at);
    return at != nowhere;
}

void Dict::erase_at(std::size_t position) {
    entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(position));
    if (!slots_) return;
    const std::size_t count = mask_ + 1;
    auto old = std::move(slots_);
    if (entries_.size() <= few) return;
    slots_ = std::make_unique<Slot[]>(count);
    for (std::size_t i = 0; i < count; ++i) {
        if (old[i].entry == 0 || old[i].entry == position + 1) continue;
        index(old[i].hash, old[i].entry - 1 - (old[i].entry > position + 1));
    }
}

void Dict::clear() noexcept {
    entries_.clear();
    slots_.reset();
    mask_ = 0;
}

void Dict::reserve(std::size_t entries) {
    entries_.reserve(entries);
}

bool operator==(const Dict &a, const Dict &b) {
    if (a.size() != b.size()) return false;
    return std::all_of(a.begin(), a.end(), [&b](const Dict::Entry &entry) {
        const Value *other = b.find(entry.key);
        return other && *other == entry.value;
    });
}

} // namespace csgi
