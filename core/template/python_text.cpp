// SPDX-License-Identifier: MIT
// Values as Python writes them.
#include "core/template/python_text.hpp"

#include <cstdio>

#include <utf8proc.h>

#include <csgi/value/number.hpp>
#include <csgi/value/object.hpp>

#include "core/http/hex.hpp"
#include "core/template/text.hpp"
#include "core/value/nesting.hpp"

namespace csgi::jinja {

namespace {

// Texts from this length on are counted.
constexpr std::size_t long_text = 256;

bool is_printable(char32_t c) {
    switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: return false;
    case UTF8PROC_CATEGORY_ZS: return c == ' ';
    default: return true;
    }
}

struct Civil {
    std::int64_t year;
    int month, day, hour, minute, second;
};

// Days since 1970 to a date, by the calendar of 400-year cycles.
Civil civil(std::int64_t seconds) {
    std::int64_t days = seconds / 86400;
    std::int64_t rest = seconds % 86400;
    if (rest < 0) {
        rest += 86400;
        --days;
    }
    days += 719468;
    const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    const std::int64_t doe = days - era * 146097;
    const std::int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const std::int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const std::int64_t mp = (5 * doy + 2) / 153;
    const auto day = static_cast<int>(doy - (153 * mp + 2) / 5 + 1);
    const auto month = static_cast<int>(mp < 10 ? mp + 3 : mp - 9);
    return {yoe + era * 400 + (month <= 2),
            month,
            day,
            static_cast<int>(rest / 3600),
            static_cast<int>(rest / 60 % 60),
            static_cast<int>(rest % 60)};
}

void append_datetime(std::string &out, DateTime moment, bool quoted) {
    const Civil at = civil(moment.seconds);
    char text[160];
    int n = 0;
    if (quoted) {
        n = std::snprintf(text, sizeof text, "datetime.datetime(%lld, %d, %d, %d, %d",
                          static_cast<long long>(at.year), at.month, at.day, at.hour, at.minute);
        out.append(text, static_cast<std::size_t>(n));
        if (at.second || moment.microseconds) out += ", " + std::to_string(at.second);
        if (moment.microseconds) out += ", " + std::to_string(moment.microseconds);
        out += ", tzinfo=datetime.timezone.utc)";
        return;
    }
    n = std::snprintf(text, sizeof text, "%04lld-%02d-%02d %02d:%02d:%02d",
                      static_cast<long long>(at.year), at.month, at.day, at.hour, at.minute,
                      at.second);
    out.append(text, static_cast<std::size_t>(n));
    if (moment.microseconds) {
        n = std::snprintf(text, sizeof text, ".%06u", moment.microseconds);
        out.append(text, static_cast<std::size_t>(n));
    }
    out += "+00:00";
}

constexpr const char *doing = " while getting the repr of an object";

// A container that is being written; objects write theirs through calls that know nothing of it.
class Open {
public:
    Open(const void *container, std::size_t items)
        : level_(items, doing),
          thread_(Nesting::of_this_thread()), written_{container, thread_.written} {
        thread_.written = &written_;
    }
    ~Open() { thread_.written = written_.outer; }
    Open(const Open &) = delete;
    Open &operator=(const Open &) = delete;

    bool is_inside_itself() const {
        for (const Written *at = written_.outer; at; at = at->outer)
            if (at->container == written_.container) return true;
        return false;
    }

private:
    Nested level_;
    Nesting &thread_;
    Written written_;
};

class Writer {
public:
    explicit Writer(std::string &out) : out_(out) {}

    void write(const Value &value, bool quoted) {
        switch (value.kind()) {
        case Kind::none: out_ += "None"; break;
        case Kind::undefined: out_ += "Undefined"; break;
        case Kind::boolean: out_ += value.truthy() ? "True" : "False"; break;
        case Kind::integer: append_integer(out_, value.as_int()); break;
        case Kind::big_integer: out_ += value.text(); break;
        case Kind::floating: append_double(out_, value.as_double()); break;
        case Kind::datetime: append_datetime(out_, value.as_datetime(), quoted); break;
        case Kind::object: {
            const Nested level(0, doing);
            out_ += value.as_object().text();
            break;
        }
        case Kind::string:
            if (value.text().size() >= long_text) spend(0, value.text().size());
            if (!quoted) {
                out_ += value.text();
            } else if (value.is_markup()) {
                out_ += "Markup(";
                append_python_repr(out_, value.text(), false);
                out_ += ')';
            } else {
                append_python_repr(out_, value.text(), false);
            }
            break;
        case Kind::bytes: append_python_repr(out_, value.text(), true); break;
        case Kind::uuid: uuid(value.text(), quoted); break;
        case Kind::list:
        case Kind::tuple: items(value); break;
        case Kind::dict: dict(value.as_dict()); break;
        }
    }

    void dict(const Dict &dict) {
        const Open open(&dict, dict.size());
        if (open.is_inside_itself()) {
            out_ += "{...}";
            return;
        }
        out_ += '{';
        bool first = true;
        for (const Dict::Entry &entry : dict) {
            if (!first) out_ += ", ";
            first = false;
            write(entry.key, true);
            out_ += ": ";
            write(entry.value, true);
        }
        out_ += '}';
    }

private:
    void uuid(std::string_view bytes, bool quoted) {
        if (quoted) out_ += "UUID('";
        out_ += uuid_of_bytes(bytes);
        if (quoted) out_ += "')";
    }

    void items(const Value &value) {
        const List &list = value.as_list();
        const Open open(&list, list.size());
        if (open.is_inside_itself()) {
            out_ += value.is_list() ? "[...]" : "(...)";
            return;
        }
        out_ += value.is_list() ? '[' : '(';
        for (std::size_t i = 0; i < list.size(); ++i) {
            if (i) out_ += ", ";
            write(list[i], true);
        }
        if (value.is_tuple() && list.size() == 1) out_ += ',';
        out_ += value.is_list() ? ']' : ')';
    }

    std::string &out_;
};

} // namespace

void append_python_repr(std::string &out, std::string_view text, bool is_bytes) {
    const bool has_single = text.find('\'') != std::string_view::npos;
    const char quote = has_single && text.find('"') == std::string_view::npos ? '"' : '\'';
    const auto escape = [&](char letter, std::uint32_t value, int digits) {
        out += '\\';
        out += letter;
        for (int i = digits - 1; i >= 0; --i) out += hex_digits[value >> (4 * i) & 15];
    };
    if (is_bytes) out += 'b';
    out += quote;
    for (std::size_t i = 0; i < text.size();) {
        const char c = text[i];
        const auto byte = static_cast<unsigned char>(c);
        if (c == quote || c == '\\') {
            out += '\\';
            out += c;
            ++i;
        } else if (c == '\n' || c == '\r' || c == '\t') {
            out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t";
            ++i;
        } else if (byte < 0x20 || byte == 0x7f || (is_bytes && byte > 0x7f)) {
            escape('x', byte, 2);
            ++i;
        } else if (byte < 0x80) {
            out += c;
            ++i;
        } else {
            const std::size_t n = code_point_length(text, i);
            const char32_t letter = decode_code_point(text, i);
            if (is_printable(letter))
                out += text.substr(i, n);
            else if (letter < 0x100)
                escape('x', letter, 2);
            else if (letter < 0x10000)
                escape('u', letter, 4);
            else
                escape('U', letter, 8);
            i += n;
        }
    }
    out += quote;
}

void append_python(std::string &out, const Value &value, bool quoted) {
    Writer(out).write(value, quoted);
}

void append_python(std::string &out, const Dict &dict) {
    Writer(out).dict(dict);
}

} // namespace csgi::jinja
