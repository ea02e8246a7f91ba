// SPDX-License-Identifier: MIT
// JSON text to values: nlohmann's reader finds the tokens, which are put in place as they come.
#include <csgi/value/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>
#include <optional>

#include <nlohmann/json.hpp>

namespace csgi {

JsonError::JsonError(const std::string &what, std::size_t at, std::size_t at_line,
                     std::size_t at_column)
    : std::runtime_error(what + ": line " + std::to_string(at_line) + " column " +
                         std::to_string(at_column)),
      position(at), line(at_line), column(at_column) {}

namespace {

// The numbers that JSON has no word for, in a text where words of the same length stand for them.
struct Marks {
    std::string nan, infinity;
};

// Reads bytes and tells where it is: nlohmann's parser keeps a copy to itself.
class Position {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char *;
    using reference = const char &;

    Position(const char *at, const char **last) : at_(at), last_(last) {}
    const char &operator*() const { return *at_; }
    Position &operator++() {
        *last_ = at_++;
        return *this;
    }
    Position operator++(int) {
        const Position before = *this;
        ++*this;
        return before;
    }
    bool operator==(const Position &other) const { return at_ == other.at_; }
    bool operator!=(const Position &other) const { return at_ != other.at_; }

private:
    const char *at_;
    const char **last_;
};

// What the parser calls, by names of its own choice.
class Builder {
public:
    using json = nlohmann::json;

    Builder(const JsonLimits &limits, const Marks *marks) : limits_(limits), marks_(marks) {}

    bool null() { return add(Value()); }
    bool boolean(bool value) { return add(Value(value)); }
    bool number_integer(json::number_integer_t value) { return add(Value(value)); }
    bool number_unsigned(json::number_unsigned_t value) { return add(Value(value)); }
    bool number_float(json::number_float_t value, const std::string &text) {
        if (marks_ && text == marks_->nan) return add(std::numeric_limits<double>::quiet_NaN());
        if (marks_ && text == marks_->infinity) return add(HUGE_VAL);
        if (marks_ && text[0] == '-' && text.compare(1, text.npos, marks_->infinity) == 0)
            return add(-HUGE_VAL);
        // An integer that 64 bits do not hold comes this way, too.
        if (text.find_first_of(".eE") == text.npos) return add(Value::integer(text));
        return add(value);
    }
    bool string(std::string &text) { return add(Value(text)); }
    bool binary(json::binary_t &) { return false; }
    bool start_object(std::size_t) { return open(Value(Dict())); }
    bool key(std::string &text) {
        open_.back().key.swap(text);
        return count();
    }
    bool end_object() { return close(); }
    bool start_array(std::size_t) { return open(Value(List())); }
    bool end_array() { return close(); }
    bool parse_error(std::size_t position, const std::string &,
                     const nlohmann::detail::exception &e) {
        // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error ..."
        const std::string_view what = e.what();
        const std::size_t cut = what.find(": ");
        complaint = cut == what.npos ? what : what.substr(cut + 2);
        error_at = position == 0 ? 0 : position - 1;
        return false;
    }

    Value root;
    std::string complaint;
    std::optional<std::size_t> error_at; // known for malformed texts, not for limits

private:
    struct Open {
        Value *value; // lies in what holds it, which does not change while this one is open
        std::string key;
    };

    bool refuse(std::string why) {
        complaint = std::move(why);
        return false;
    }
    bool count() {
        if (++values_ <= limits_.values) return true;
        return refuse("more than " + std::to_string(limits_.values) + " values");
    }
    Value *place(Value value) {
        if (open_.empty()) {
            root = std::move(value);
            return &root;
        }
        Open &parent = open_.back();
        if (parent.value->is_list()) {
            List &list = parent.value->list_in_place();
            list.push_back(std::move(value));
            return &list.back();
        }
        Value &entry = parent.value->dict_in_place()[parent.key];
        entry = std::move(value);
        return &entry;
    }
    bool add(Value value) {
        place(std::move(value));
        return count();
    }
    bool open(Value value) {
        if (open_.size() >= limits_.depth)
            return refuse("more than " + std::to_string(limits_.depth) + " levels");
        Value *placed = place(std::move(value));
        open_.push_back({placed, {}});
        return count();
    }
    bool close() {
        open_.pop_back();
        return true;
    }

    const JsonLimits &limits_;
    const Marks *marks_;
    std::size_t values_ = 0;
    std::vector<Open> open_;
};

[[noreturn]] void fail(std::string_view text, std::size_t at, const std::string &what) {
    const std::string_view before = text.substr(0, at);
    const auto lines = std::count(before.begin(), before.end(), '\n');
    const std::size_t line_start = before.rfind('\n') + 1; // 0 when there is none
    throw JsonError(what, at, static_cast<std::size_t>(lines) + 1, before.size() - line_start + 1);
}

// Reads `text`; errors are told in the words of the parser.
bool read(std::string_view text, Builder &builder, std::size_t &at) {
    const char *last = text.data();
    const char *end = text.data() + text.size();
    const bool whole =
        nlohmann::json::sax_parse(Position(text.data(), &last), Position(end, &last), &builder);
    at = builder.error_at ? std::min(*builder.error_at, text.size())
                          : static_cast<std::size_t>(last - text.data());
    return whole;
}

bool is_end(char c) {
    return std::string_view(",]} \t\r\n").find(c) != std::string_view::npos;
}

bool is_start(char c) {
    return std::string_view(",[: \t\r\n").find(c) != std::string_view::npos;
}

// A spelling of a number that does not occur in the text; empty if all do.
std::string unused_mark(std::string_view text, std::string mark) {
    for (char first = '1'; first <= '9'; ++first)
        for (char last = '0'; last <= '9'; ++last) {
            mark.front() = first;
            mark.back() = last;
            if (text.find(mark) == text.npos) return mark;
        }
    return "";
}

// Python writes NaN and Infinity, and nlohmann's parser does not read them: numbers of the same
// length, which nothing else in the text is, take their places. False when there are none.
bool mark_numbers(std::string &text, Marks &marks) {
    marks = {unused_mark(text, "0E0"), unused_mark(text, "0E000000")};
    bool found = false;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && in_string) {
            ++i;
            continue;
        }
        if (text[i] == '"') in_string = !in_string;
        if (in_string || (text[i] != 'N' && text[i] != 'I')) continue;
        const std::string_view word = text[i] == 'N' ? "NaN" : "Infinity";
        const std::string &mark = text[i] == 'N' ? marks.nan : marks.infinity;
        if (mark.empty() || text.compare(i, word.size(), word) != 0) continue;
        const std::size_t start = text[i] == 'I' && i > 0 && text[i - 1] == '-' ? i - 1 : i;
        const std::size_t end = i + word.size();
        if ((start > 0 && !is_start(text[start - 1])) || (end < text.size() && !is_end(text[end])))
            continue;
        text.replace(i, word.size(), mark);
        found = true;
    }
    return found;
}

} // namespace

Value parse_json(std::string_view text, const JsonLimits &limits) {
    Builder builder(limits, nullptr);
    std::size_t at = 0;
    if (read(text, builder, at)) return std::move(builder.root);
    if (builder.error_at && text.find_first_of("NI") != text.npos) {
        std::string marked(text);
        Marks marks;
        if (mark_numbers(marked, marks)) {
            Builder second(limits, &marks);
            if (read(marked, second, at)) return std::move(second.root);
            fail(text, at, second.complaint);
        }
    }
    fail(text, at, builder.complaint);
}

} // namespace csgi
