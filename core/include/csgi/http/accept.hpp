// SPDX-License-Identifier: MIT
// What a client would rather have: Accept and its kin. RFC 9110 12.5.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace csgi {

// Which words match: any word itself; media types with their wildcards and parameters; language
// tags, "_" and "-" alike; charsets by their usual names.
enum class AcceptKind { plain, mime, language, charset };

// The items of such a field, best first: Werkzeug's Accept classes.
class Accept {
public:
    struct Item {
        std::string value;
        double quality;
    };

    explicit Accept(AcceptKind kind = AcceptKind::plain) : kind_(kind) {}
    // Items whose quality is malformed are passed over; an empty field accepts nothing. [any
    // thread]
    Accept(std::string_view value, AcceptKind kind);

    const std::vector<Item> &items() const { return items_; }
    bool empty() const { return items_.empty(); }

    // The quality of what an application offers, 0 for what is not accepted. Throws
    // std::invalid_argument for an offer that is no media type.
    double quality(std::string_view offer) const;
    bool contains(std::string_view offer) const;
    // The offer that is liked best, of equals the first; `fallback` if none is acceptable. A
    // language also matches by its first subtag alone, when nothing matches in full.
    std::string_view best_match(std::span<const std::string_view> offers,
                                std::string_view fallback = {}) const;

    bool accept_json() const { return contains("application/json"); }
    bool accept_xhtml() const {
        return contains("application/xhtml+xml") || contains("application/xml");
    }
    bool accept_html() const { return contains("text/html") || accept_xhtml(); }

private:
    bool matches(std::string_view offer, std::string_view item) const;
    const Item *find(std::string_view offer) const;
    const std::string_view *best(std::span<const std::string_view> offers) const;
    void sort();

    AcceptKind kind_;
    std::vector<Item> items_;
};

} // namespace csgi
