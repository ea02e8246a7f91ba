// SPDX-License-Identifier: MIT
// Named values that may repeat, as queries, forms and cookies hold them.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace csgi {

// More of something than a limit allows: 413 to whoever sent it. The message names the limit.
class TooLarge : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Pairs in the order in which they came: Werkzeug's ImmutableMultiDict. What was decoded belongs to
// this object; what needed no decoding still lies in the text it was parsed from, which must
// outlive it. Looked up one by one, without a hash that a client could aim at.
class MultiDict {
public:
    struct Item {
        std::string_view name, value;
    };
    using const_iterator = std::vector<Item>::const_iterator;

    MultiDict() = default;
    MultiDict(MultiDict &&) noexcept = default;
    MultiDict &operator=(MultiDict &&) noexcept = default;

    // The first value of a name.
    std::optional<std::string_view> get(std::string_view name) const {
        for (const Item &item : items_)
            if (item.name == name) return item.value;
        return std::nullopt;
    }
    std::string_view get(std::string_view name, std::string_view fallback) const {
        return get(name).value_or(fallback);
    }
    // As a number, if all of it is one that fits; else the fallback, as Flask's get(type=int).
    template <class T>
    requires std::integral<T> || std::floating_point<T> T get(std::string_view name, T fallback)
    const {
        const auto text = get(name);
        T number{};
        if (!text) return fallback;
        const char *end = text->data() + text->size();
        const auto [stop, error] = std::from_chars(text->data(), end, number);
        return error == std::errc() && stop == end ? number : fallback;
    }
    // All values of a name, in order: Flask's getlist().
    std::vector<std::string_view> get_all(std::string_view name) const {
        std::vector<std::string_view> values;
        for (const Item &item : items_)
            if (item.name == name) values.push_back(item.value);
        return values;
    }
    bool contains(std::string_view name) const { return get(name).has_value(); }
    std::size_t size() const { return items_.size(); }
    bool empty() const { return items_.empty(); }
    const_iterator begin() const { return items_.begin(); }
    const_iterator end() const { return items_.end(); }

    // Makes room, so that as many pairs cost one allocation.
    void reserve(std::size_t pairs) { items_.reserve(pairs); }
    // Adds a pair whose texts outlive this object.
    void add_view(std::string_view name, std::string_view value) {
        items_.push_back({name, value});
    }
    // Adds copies.
    void add(std::string_view name, std::string_view value) {
        // Both before the pair, so that nothing is left half done when memory runs out.
        const std::string_view own_name = keep(name);
        add_view(own_name, keep(value));
    }
    // Copies a text to memory that lives as long as this object. Moving the object does not move
    // it.
    std::string_view keep(std::string_view text);

private:
    struct Block {
        std::unique_ptr<char[]> memory;
        std::size_t used, size;
    };

    std::vector<Item> items_;
    std::vector<Block> blocks_;
};

// The pairs of a query or of a body of type application/x-www-form-urlencoded, as Werkzeug reads
// them: split at "&", empty pieces passed over, a piece without "=" has an empty value; "+" is a
// space; escapes that are not UTF-8, or not escapes, stay as they are. Throws TooLarge above
// `most` pairs. The result refers to `text`. [any thread]
MultiDict parse_query(std::string_view text, std::size_t most = SIZE_MAX);
// The same, added to what is there.
void parse_query(MultiDict &pairs, std::string_view text, std::size_t most = SIZE_MAX);

// Appends name=value, encoded, to a query, which stands alone: behind a "&" unless it is empty.
void append_query(std::string &out, std::string_view name, std::string_view value);

} // namespace csgi
