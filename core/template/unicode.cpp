// SPDX-License-Identifier: MIT
// Case and kinds of character are utf8proc's; what Python knows besides stands in unicode.def.
#include "core/template/unicode.hpp"

#include <algorithm>
#include <iterator>

#include <utf8proc.h>

#include "core/http/utf8.hpp"

namespace csgi::jinja {

namespace {

enum class Case { upper, title, lower };

struct SpecialCase {
    char32_t code;
    std::string_view to[3]; // by Case
};
struct Run {
    char32_t first, last;
};

constexpr SpecialCase special_cases[] = {
#define CSGI_CASE(code, upper, title, lower) {code, {upper, title, lower}},
#define CSGI_DIGIT(first, last)
#define CSGI_NUMERIC(first, last)
#include "core/template/unicode.def"
#undef CSGI_CASE
#undef CSGI_DIGIT
};
constexpr Run digit_runs[] = {
#define CSGI_CASE(code, upper, title, lower)
#define CSGI_DIGIT(first, last) {first, last},
#include "core/template/unicode.def"
#undef CSGI_DIGIT
#undef CSGI_NUMERIC
};
constexpr Run numeric_runs[] = {
#define CSGI_DIGIT(first, last)
#define CSGI_NUMERIC(first, last) {first, last},
#include "core/template/unicode.def"
#undef CSGI_CASE
#undef CSGI_DIGIT
#undef CSGI_NUMERIC
};

template <std::size_t N>
bool is_in(const Run (&runs)[N], char32_t c) {
    const Run *run = std::lower_bound(std::begin(runs), std::end(runs), c,
                                      [](const Run &r, char32_t code) { return r.last < code; });
    return run != std::end(runs) && run->first <= c;
}

utf8proc_category_t category(char32_t c) {
    return utf8proc_category(static_cast<utf8proc_int32_t>(c));
}

void append_mapped(std::string &out, char32_t c, Case to) {
    const SpecialCase *special =
        std::lower_bound(std::begin(special_cases), std::end(special_cases), c,
                         [](const SpecialCase &s, char32_t code) { return s.code < code; });
    if (special != std::end(special_cases) && special->code == c) {
        out += special->to[static_cast<int>(to)];
        return;
    }
    const auto code = static_cast<utf8proc_int32_t>(c);
    append_utf8(out, static_cast<char32_t>(to == Case::upper   ? utf8proc_toupper(code)
                                           : to == Case::title ? utf8proc_totitle(code)
                                                               : utf8proc_tolower(code)));
}

bool is_upper_character(char32_t c) {
    return utf8proc_isupper(static_cast<utf8proc_int32_t>(c));
}
bool is_lower_character(char32_t c) {
    return utf8proc_islower(static_cast<utf8proc_int32_t>(c));
}
bool is_title_character(char32_t c) {
    return category(c) == UTF8PROC_CATEGORY_LT;
}
bool is_cased(char32_t c) {
    return is_lower_character(c) || is_upper_character(c) || is_title_character(c);
}

// Between the letters of a word without being one: Unicode's Case_Ignorable.
bool is_case_ignorable(char32_t c) {
    switch (category(c)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_SK: return true;
    default: break;
    }
    constexpr char32_t between[] = {0x27,   0x2e,   0x3a,   0xb7,   0x387,  0x55f,
                                    0x5f4,  0x2018, 0x2019, 0x2024, 0x2027, 0xfe13,
                                    0xfe52, 0xfe55, 0xff07, 0xff0e, 0xff1a};
    return std::find(std::begin(between), std::end(between), c) != std::end(between);
}

// Is the sigma that begins at `at` the last letter of its word? Unicode 3.13, Final_Sigma.
bool is_final_sigma(std::string_view text, std::size_t at) {
    bool before = false;
    for (std::string_view rest = text.substr(0, at); !rest.empty();) {
        const std::size_t from = character_offset_from_end(rest, 1);
        const char32_t c = first_character(rest.substr(from));
        rest = rest.substr(0, from);
        if (is_case_ignorable(c)) continue;
        before = is_cased(c);
        break;
    }
    if (!before) return false;
    for (std::string_view rest = text.substr(at + 2); !rest.empty();) {
        const char32_t c = first_character(take_character(rest));
        if (!is_case_ignorable(c)) return !is_cased(c);
    }
    return true;
}

// Calls mapped(out, c, where) for each valid character beyond ASCII, plain(c) for each within.
template <class Plain, class Mapped>
std::string map(std::string_view text, Plain plain, Mapped mapped) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (byte < 0x80) {
            out += plain(text[at]);
            ++at;
            continue;
        }
        const Utf8Step step = utf8_step(text.substr(at));
        if (step.valid)
            mapped(out, step.code, at);
        else
            out.append(text, at, step.length);
        at += step.length;
    }
    return out;
}

char ascii_upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
char ascii_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

void append_lower(std::string &out, std::string_view text, char32_t c, std::size_t at) {
    if (c == 0x3a3)
        append_utf8(out, is_final_sigma(text, at) ? 0x3c2 : 0x3c3);
    else
        append_mapped(out, c, Case::lower);
}

} // namespace

std::size_t count_characters(std::string_view text) {
    std::size_t n = 0;
    while (!text.empty()) {
        take_character(text);
        ++n;
    }
    return n;
}

std::size_t character_offset(std::string_view text, std::size_t number) {
    std::string_view rest = text;
    while (number-- && !rest.empty()) take_character(rest);
    return text.size() - rest.size();
}

std::size_t character_offset_from_end(std::string_view text, std::size_t number) {
    while (number-- && !text.empty()) {
        std::size_t length = 1;
        if (static_cast<unsigned char>(text.back()) >= 0x80)
            for (std::size_t n = 2; n <= 4 && n <= text.size(); ++n)
                if (utf8_step(text.substr(text.size() - n)).length == n) length = n;
        text.remove_suffix(length);
    }
    return text.size();
}

std::string_view take_character(std::string_view &text) {
    const std::size_t length =
        static_cast<unsigned char>(text.front()) < 0x80 ? 1 : utf8_step(text).length;
    const std::string_view character = text.substr(0, length);
    text.remove_prefix(length);
    return character;
}

char32_t first_character(std::string_view text) {
    return utf8_step(text).code;
}

void append_repeated(std::string &out, std::string_view piece, std::size_t number) {
    out.reserve(out.size() + piece.size() * number);
    while (number--) out += piece;
}

std::string to_upper(std::string_view text) {
    return map(text, ascii_upper, [](std::string &out, char32_t c, std::size_t) {
        append_mapped(out, c, Case::upper);
    });
}

std::string to_lower(std::string_view text) {
    return map(text, ascii_lower, [text](std::string &out, char32_t c, std::size_t at) {
        append_lower(out, text, c, at);
    });
}

std::string to_title(std::string_view text) {
    std::string out;
    bool inside = false; // of a word
    for (std::size_t at = 0; at < text.size();) {
        const Utf8Step step = utf8_step(text.substr(at));
        if (!step.valid)
            out.append(text, at, step.length);
        else if (inside)
            append_lower(out, text, step.code, at);
        else
            append_mapped(out, step.code, Case::title);
        inside = step.valid && is_cased(step.code);
        at += step.length;
    }
    return out;
}

std::string capitalized(std::string_view text) {
    std::string out;
    if (text.empty()) return out;
    const Utf8Step first = utf8_step(text);
    if (first.valid)
        append_mapped(out, first.code, Case::title);
    else
        out.append(text, 0, first.length);
    // The sigma looks back at the first letter too.
    for (std::size_t at = first.length; at < text.size();) {
        const Utf8Step step = utf8_step(text.substr(at));
        if (step.valid)
            append_lower(out, text, step.code, at);
        else
            out.append(text, at, step.length);
        at += step.length;
    }
    return out;
}

std::string swapped_case(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const Utf8Step step = utf8_step(text.substr(at));
        if (step.valid && is_upper_character(step.code))
            append_lower(out, text, step.code, at);
        else if (step.valid && is_lower_character(step.code))
            append_mapped(out, step.code, Case::upper);
        else
            out.append(text, at, step.length);
        at += step.length;
    }
    return out;
}

std::string case_folded(std::string_view text) {
    return map(text, ascii_lower, [](std::string &out, char32_t c, std::size_t) {
        utf8proc_int32_t folded[8];
        int last = 0;
        const utf8proc_ssize_t n = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), folded,
                                                           8, UTF8PROC_CASEFOLD, &last);
        for (utf8proc_ssize_t i = 0; i < n && i < 8; ++i)
            append_utf8(out, static_cast<char32_t>(folded[i]));
    });
}

bool is_white(char32_t c) {
    if (c < 0x80) return (c >= 9 && c <= 13) || (c >= 0x1c && c <= 0x20);
    return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
           c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

bool is_alphabetic(char32_t c) {
    const utf8proc_category_t kind = category(c);
    return kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_LO;
}

bool is_decimal(char32_t c) {
    return category(c) == UTF8PROC_CATEGORY_ND;
}

bool is_digit(char32_t c) {
    return is_decimal(c) || is_in(digit_runs, c);
}

bool is_numeric(char32_t c) {
    const utf8proc_category_t kind = category(c);
    return kind == UTF8PROC_CATEGORY_ND || kind == UTF8PROC_CATEGORY_NL ||
           kind == UTF8PROC_CATEGORY_NO || is_in(numeric_runs, c);
}

bool is_printable(char32_t c) {
    switch (category(c)) {
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: return false;
    case UTF8PROC_CATEGORY_ZS: return c == ' ';
    default: return true;
    }
}

bool is_word(char32_t c) {
    return c == '_' || is_alphabetic(c) || is_numeric(c) || is_digit(c);
}

bool is_upper(std::string_view text) {
    bool any = false;
    while (!text.empty()) {
        const char32_t c = first_character(take_character(text));
        if (is_lower_character(c) || is_title_character(c)) return false;
        any = any || is_upper_character(c);
    }
    return any;
}

bool is_lower(std::string_view text) {
    bool any = false;
    while (!text.empty()) {
        const char32_t c = first_character(take_character(text));
        if (is_upper_character(c) || is_title_character(c)) return false;
        any = any || is_lower_character(c);
    }
    return any;
}

bool is_title(std::string_view text) {
    bool any = false, inside = false;
    while (!text.empty()) {
        const char32_t c = first_character(take_character(text));
        const bool begins = is_upper_character(c) || is_title_character(c);
        if (begins == inside && (begins || is_lower_character(c))) return false;
        any = any || begins;
        inside = begins || is_lower_character(c);
    }
    return any;
}

int decimal_value(char32_t c) {
    if (c < 0x80) return c >= '0' && c <= '9' ? static_cast<int>(c - '0') : -1;
    if (!is_decimal(c)) return -1;
    // The digits of a script stand in tens, from 0 to 9, some scripts next to each other.
    char32_t first = c;
    while (is_decimal(first - 1)) --first;
    return static_cast<int>((c - first) % 10);
}

namespace {

template <class Gone>
std::string_view strip_where(std::string_view text, Edge edge, Gone gone) {
    if (static_cast<int>(edge) & static_cast<int>(Edge::left))
        for (std::string_view rest = text; !rest.empty(); text = rest)
            if (!gone(take_character(rest))) break;
    if (static_cast<int>(edge) & static_cast<int>(Edge::right))
        while (!text.empty()) {
            const std::size_t last = character_offset_from_end(text, 1);
            if (!gone(text.substr(last))) break;
            text = text.substr(0, last);
        }
    return text;
}

} // namespace

std::string_view strip(std::string_view text, Edge edge) {
    return strip_where(text, edge, [](std::string_view c) { return is_white(first_character(c)); });
}

std::string_view strip(std::string_view text, Edge edge, std::string_view characters) {
    return strip_where(text, edge, [characters](std::string_view c) {
        for (std::string_view rest = characters; !rest.empty();)
            if (take_character(rest) == c) return true;
        return false;
    });
}

std::string_view take_line(std::string_view &text, std::string_view &end) {
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::size_t at = text.size() - rest.size();
        const std::string_view character = take_character(rest);
        const char32_t c = first_character(character);
        const bool ends = (c >= 0x0a && c <= 0x0d) || (c >= 0x1c && c <= 0x1e) || c == 0x85 ||
                          c == 0x2028 || c == 0x2029;
        if (!ends) continue;
        std::size_t length = character.size();
        if (c == '\r' && rest.starts_with('\n')) ++length;
        const std::string_view line = text.substr(0, at);
        end = text.substr(at, length);
        text.remove_prefix(at + length);
        return line;
    }
    const std::string_view line = text;
    end = {};
    text = {};
    return line;
}

} // namespace csgi::jinja
