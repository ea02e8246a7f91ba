// SPDX-License-Identifier: MIT
// Values that JSON cannot say, as the objects with one key that Flask writes into its sessions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <csgi/value/value.hpp>

namespace csgi {

// A kind of one's own: Flask's JSONTag. Called from whatever thread tags.
struct Tag {
    // What stands for the kind, such as " od"; empty: what to_json() makes is written as it is.
    std::string key;
    // Whether a value is of this kind.
    std::function<bool(const Value &value)> check;
    // What JSON says instead; what that holds and needs a tag itself goes through Tags::tag().
    std::function<Value(const Value &value)> to_json;
    // The reverse; there are no tags left inside. What it throws makes the whole malformed.
    std::function<Value(const Value &json)> to_value;
};

// Flask's TaggedJSONSerializer, but for the text itself: {" t": [..]} is a tuple,
// {" b": "base64"} bytes, {" m": "html"} Markup, {" u": "32 hex digits"} a UUID,
// {" d": "HTTP date"} a datetime, and {" di": {"KEY__": value}} the object {"KEY": value} whose
// only key is one of these. An object with html() becomes Markup; microseconds are lost.
class Tags {
public:
    Tags();

    // Flask's register(): asked for after all others, or from the place `index` on, where Flask's
    // own stand in the order dict of one tag, dict, tuple, list, bytes, Markup, UUID, datetime.
    // Throws std::invalid_argument for a key that there is, unless `force`: then what has that key
    // is read by this one.
    void add(Tag tag, bool force = false, std::optional<std::size_t> index = std::nullopt);

    // Shares all that needs no tag; objects without one stay as they are, for append_json() to
    // judge. Throws TypeError for a value of more than 1,000 levels. [any thread]
    Value tag(const Value &value) const { return tag(value, 0); }
    // The reverse. Throws std::invalid_argument when what a tag holds is not of its kind.
    Value untag(const Value &value) const;

private:
    enum class Own : std::uint8_t;
    struct Step {
        Own flasks;
        std::shared_ptr<const Tag> own; // NULL: Flask's
    };

    Value tag(const Value &value, std::size_t depth) const;
    Value tag_flasks(Own kind, const Value &value, std::size_t depth) const;
    Value tag_all(const List &list, std::size_t depth) const;
    bool is_plain(const Value &value, std::size_t depth) const;
    bool has_tags(const Value &value) const;
    std::string_view tag_of(const Dict &dict) const;
    const Tag *own(std::string_view key) const;

    std::vector<Step> order_;
    std::vector<std::shared_ptr<const Tag>> own_; // by key the last one counts
};

// With Flask's own tags.
Value tag(const Value &value);
Value untag(const Value &value);

} // namespace csgi
