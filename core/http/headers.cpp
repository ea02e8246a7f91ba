// SPDX-License-Identifier: MIT
// Field lines in two pieces of memory, one for the lines and one for their bytes, that rarely grow.
#include <csgi/http/headers.hpp>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

#include "core/http/field.h"
#include "core/http/grammar.h"

namespace csgi {

namespace {

// Longer names are of nobody who means well, and their length must fit into 16 bits.
constexpr std::size_t longest_name = 1024;

// A name in lower case, without memory.
struct LowerName {
    char text[longest_name];
    std::size_t length = 0;

    std::string_view view() const { return {text, length}; }
};

// False for a name that no field has.
bool lower(std::string_view name, LowerName &out) noexcept {
    if (name.size() > longest_name) return false;
    out.length = name.size();
    if (!name.empty()) std::memcpy(out.text, name.data(), name.size());
    return csgi_lower_name(out.text, out.length) != CSGI_NAME_BAD;
}

[[noreturn]] void refuse(const char *what, std::string_view name) {
    throw std::invalid_argument(std::string(what) + ": '" + std::string(name.substr(0, 80)) + "'");
}

} // namespace

constinit const std::string_view Headers::known_names[CSGI_FID_COUNT] = {
    "", // ids run from 1
#define CSGI_FIELD(NAME, id, name, flags) name,
#include "spec/headers.def"
#undef CSGI_FIELD
};

Headers::Headers(std::initializer_list<std::pair<std::string_view, std::string_view>> lines) {
    for (const auto &[name, value] : lines) add(name, value);
}

Headers::Headers(const Headers &other) {
    copy_from(other);
}

Headers::Headers(Headers &&other) noexcept {
    take_from(other);
}

Headers &Headers::operator=(const Headers &other) {
    if (this != &other) {
        Headers copy(other);
        take_from(copy);
    }
    return *this;
}

Headers &Headers::operator=(Headers &&other) noexcept {
    if (this != &other) take_from(other);
    return *this;
}

void Headers::copy_from(const Headers &other) {
    for (std::size_t i = 0; i < other.count_; ++i) {
        Line line = other.lines()[i];
        const HeaderView view = other[i];
        const std::string_view own_name = line.id == 0 ? view.name : std::string_view();
        line.name = store(own_name, view.value);
        line.value = static_cast<std::uint32_t>(line.name + own_name.size());
        append(line);
    }
}

void Headers::take_from(Headers &other) noexcept {
    more_lines_ = std::move(other.more_lines_);
    more_bytes_ = std::move(other.more_bytes_);
    if (!more_lines_) std::copy_n(other.own_lines_, other.count_, own_lines_);
    if (!more_bytes_ && other.used_ != 0) std::memcpy(own_bytes_, other.own_bytes_, other.used_);
    count_ = other.count_;
    lines_room_ = other.lines_room_;
    used_ = other.used_;
    bytes_room_ = other.bytes_room_;
    other.clear();
}

void Headers::clear() noexcept {
    count_ = used_ = 0;
    if (!more_lines_) lines_room_ = few_lines;
    if (!more_bytes_) bytes_room_ = few_bytes;
}

std::size_t Headers::find(std::string_view name, std::uint16_t id,
                          std::size_t from) const noexcept {
    for (std::size_t i = from; i < count_; ++i) {
        const Line &line = lines()[i];
        if (line.id == id &&
            (id != 0 || (line.name_length == name.size() &&
                         std::memcmp(bytes() + line.name, name.data(), name.size()) == 0)))
            return i;
    }
    return count_;
}

// Both texts, one behind the other; either may lie in the memory that is about to grow.
std::uint32_t Headers::store(std::string_view first, std::string_view second) {
    constexpr std::size_t most = UINT32_MAX / 4;
    if (first.size() > most || second.size() > most || used_ > most)
        throw std::length_error("more than 1 GiB of header fields");
    const std::uint32_t at = used_;
    const auto wanted = static_cast<std::uint32_t>(at + first.size() + second.size());
    std::unique_ptr<char[]> larger;
    char *to = bytes();
    if (wanted > bytes_room_) {
        const std::uint32_t room = std::max(wanted, bytes_room_ * 2);
        larger.reset(new char[room]);
        bytes_room_ = room;
        if (at != 0) std::memcpy(larger.get(), to, at);
        to = larger.get();
    }
    to += at;
    if (!first.empty()) std::memcpy(to, first.data(), first.size());
    if (!second.empty()) std::memcpy(to + first.size(), second.data(), second.size());
    if (larger) more_bytes_ = std::move(larger);
    used_ = wanted;
    return at;
}

void Headers::append(const Line &line) {
    if (count_ == lines_room_) {
        const std::uint32_t room = lines_room_ * 2;
        std::unique_ptr<Line[]> larger(new Line[room]);
        std::copy_n(lines(), count_, larger.get());
        more_lines_ = std::move(larger);
        lines_room_ = room;
    }
    lines()[count_++] = line;
}

Headers::Line Headers::make(std::string_view name, std::string_view value) {
    LowerName low;
    if (!lower(name, low)) refuse("a header's name is a token", name);
    Line line{};
    line.id = csgi_field_lookup(low.text, low.length);
    if (!csgi_is_field_value(value.data(), value.size()))
        refuse("a header's value holds no control bytes, such as newlines", name);
    line.name_length = static_cast<std::uint16_t>(low.length);
    const std::string_view own_name = line.id == 0 ? low.view() : std::string_view();
    line.name = store(own_name, value);
    line.value = static_cast<std::uint32_t>(line.name + own_name.size());
    line.value_length = static_cast<std::uint32_t>(value.size());
    return line;
}

void Headers::add(std::string_view name, std::string_view value) {
    append(make(name, value));
}

Headers::Line Headers::make_known(std::uint16_t id, std::string_view value) {
    if (id == 0 || id >= CSGI_FID_COUNT)
        throw std::out_of_range("no field has the number " + std::to_string(id));
    if (!csgi_is_field_value(value.data(), value.size()))
        refuse("a header's value holds no control bytes, such as newlines", known_names[id]);
    Line line{};
    line.id = id;
    line.name = line.value = store({}, value);
    line.value_length = static_cast<std::uint32_t>(value.size());
    return line;
}

void Headers::add_known(std::uint16_t id, std::string_view value) {
    append(make_known(id, value));
}

void Headers::set_known(std::uint16_t id, std::string_view value) {
    put(make_known(id, value));
}

void Headers::set(std::string_view name, std::string_view value) {
    put(make(name, value));
}

// The line is the only one of its name from now on.
void Headers::put(const Line &line) {
    const std::string_view own(bytes() + line.name, line.id == 0 ? line.name_length : 0u);
    const std::size_t first = find(own, line.id, 0);
    if (first == count_) return append(line);
    lines()[first] = line;
    std::size_t kept = first + 1;
    for (std::size_t i = find(own, line.id, kept); i < count_; i = find(own, line.id, i)) {
        std::copy(lines() + i + 1, lines() + count_, lines() + i);
        --count_;
    }
}

std::string_view Headers::set_default(std::string_view name, std::string_view value) {
    if (const auto there = get(name)) return *there;
    add(name, value);
    return (*this)[count_ - 1].value;
}

std::size_t Headers::remove(std::string_view name) {
    LowerName low;
    if (!lower(name, low)) return 0;
    const std::uint16_t id = csgi_field_lookup(low.text, low.length);
    std::size_t removed = 0;
    for (std::size_t i = find(low.view(), id, 0); i < count_; i = find(low.view(), id, i)) {
        std::copy(lines() + i + 1, lines() + count_, lines() + i);
        --count_;
        ++removed;
    }
    return removed;
}

void Headers::extend(const Headers &other) {
    const std::size_t count = other.count_; // it may be this list
    for (std::size_t i = 0; i < count; ++i) {
        const HeaderView line = other[i];
        add(line.name, line.value);
    }
}

std::optional<std::string_view> Headers::get(std::string_view name) const noexcept {
    LowerName low;
    if (count_ == 0 || !lower(name, low)) return std::nullopt;
    const std::size_t at = find(low.view(), csgi_field_lookup(low.text, low.length), 0);
    if (at == count_) return std::nullopt;
    return (*this)[at].value;
}

std::vector<std::string_view> Headers::get_all(std::string_view name) const {
    std::vector<std::string_view> values;
    LowerName low;
    if (!lower(name, low)) return values;
    const std::uint16_t id = csgi_field_lookup(low.text, low.length);
    for (std::size_t i = find(low.view(), id, 0); i < count_; i = find(low.view(), id, i + 1))
        values.push_back((*this)[i].value);
    return values;
}

} // namespace csgi
