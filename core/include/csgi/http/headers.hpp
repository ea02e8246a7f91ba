// SPDX-License-Identifier: MIT
// The fields of a message: in order, names in any case, values that may repeat.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace csgi {

// One field line.
struct HeaderView {
    std::string_view name; // in lower case
    std::string_view value;
    std::uint16_t id; // its number in the contract's table of fields; 0: not in it
};

// An owned list of field lines: Werkzeug's Headers. Names are kept in lower case, as HTTP/2 sends
// them. Up to 12 lines with 384 bytes of text need no memory of their own.
//
// Whatever sets a line throws std::invalid_argument, naming the line, for a name that is no token
// (RFC 9110 5.1) and for a value with control bytes (5.5): what comes from outside cannot begin a
// line of its own. Views that are handed out hold until the list is next changed or moved.
class Headers {
public:
    Headers() noexcept = default;
    Headers(std::initializer_list<std::pair<std::string_view, std::string_view>> lines);
    Headers(const Headers &other);
    Headers(Headers &&other) noexcept;
    Headers &operator=(const Headers &other);
    Headers &operator=(Headers &&other) noexcept;

    // Adds a line, whatever is there already.
    void add(std::string_view name, std::string_view value);
    // The only line of its name from now on, in the place of the first that was there.
    void set(std::string_view name, std::string_view value);
    // The same by the number of a name in the contract's table (spec/headers.def), which saves
    // looking at the name. Throw std::out_of_range for a number that is not in it.
    void add_known(std::uint16_t id, std::string_view value);
    void set_known(std::uint16_t id, std::string_view value);
    // Adds a line if there is none of its name; the value that is then there.
    std::string_view set_default(std::string_view name, std::string_view value);
    // Removes all lines of a name and says how many there were.
    std::size_t remove(std::string_view name);
    void extend(const Headers &other);
    void clear() noexcept;

    // The first value of a name, in any case.
    std::optional<std::string_view> get(std::string_view name) const noexcept;
    std::string_view get(std::string_view name, std::string_view fallback) const noexcept {
        return get(name).value_or(fallback);
    }
    std::vector<std::string_view> get_all(std::string_view name) const;
    bool contains(std::string_view name) const noexcept { return get(name).has_value(); }

    std::size_t size() const noexcept { return count_; }
    bool empty() const noexcept { return count_ == 0; }
    HeaderView operator[](std::size_t index) const noexcept {
        const Line &line = lines()[index];
        const char *text = bytes();
        return {line.id != 0 ? known_names[line.id]
                             : std::string_view(text + line.name, line.name_length),
                {text + line.value, line.value_length},
                line.id};
    }

    class Iterator {
    public:
        using value_type = HeaderView;
        using difference_type = std::ptrdiff_t;
        Iterator() = default;
        Iterator(const Headers *headers, std::size_t at) : headers_(headers), at_(at) {}
        HeaderView operator*() const { return (*headers_)[at_]; }
        Iterator &operator++() {
            ++at_;
            return *this;
        }
        Iterator operator++(int) { return {headers_, at_++}; }
        bool operator==(const Iterator &) const = default;

    private:
        const Headers *headers_ = nullptr;
        std::size_t at_ = 0;
    };
    Iterator begin() const { return {this, 0}; }
    Iterator end() const { return {this, count_}; }

private:
    // Texts are places in bytes(); a name from the table has no bytes here.
    struct Line {
        std::uint32_t name, value, value_length;
        std::uint16_t name_length, id;
    };
    static constexpr std::uint32_t few_lines = 12;
    static constexpr std::uint32_t few_bytes = 384;
    static const std::string_view known_names[]; // by their numbers in the table

    Line *lines() noexcept { return more_lines_ ? more_lines_.get() : own_lines_; }
    const Line *lines() const noexcept { return more_lines_ ? more_lines_.get() : own_lines_; }
    char *bytes() noexcept { return more_bytes_ ? more_bytes_.get() : own_bytes_; }
    const char *bytes() const noexcept { return more_bytes_ ? more_bytes_.get() : own_bytes_; }
    std::size_t find(std::string_view name, std::uint16_t id, std::size_t from) const noexcept;
    Line make(std::string_view name, std::string_view value);
    Line make_known(std::uint16_t id, std::string_view value);
    void put(const Line &line);
    std::uint32_t store(std::string_view first, std::string_view second);
    void append(const Line &line);
    void copy_from(const Headers &other);
    void take_from(Headers &other) noexcept;

    std::uint32_t count_ = 0, lines_room_ = few_lines;
    std::uint32_t used_ = 0, bytes_room_ = few_bytes;
    std::unique_ptr<Line[]> more_lines_;
    std::unique_ptr<char[]> more_bytes_;
    Line own_lines_[few_lines];
    char own_bytes_[few_bytes];
};

} // namespace csgi
