// SPDX-License-Identifier: MIT
// Names, values, lists and numbers: every byte against the RFCs, and the rows of grammar.md.
#include "core/http/grammar.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "test/core/http/guard.hpp"
#include "test/core/http/vectors.hpp"

using namespace csgi;

namespace {

// RFC 5234 B.1, RFC 9110 5.6.2 and 5.5, spelled out.
bool rfc_digit(int c) {
    return c >= '0' && c <= '9';
}
bool rfc_upper(int c) {
    return c >= 'A' && c <= 'Z';
}
bool rfc_lower(int c) {
    return c >= 'a' && c <= 'z';
}
bool rfc_tchar(int c) {
    return rfc_digit(c) || rfc_upper(c) || rfc_lower(c) ||
           (c != 0 && std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) !=
                          std::string_view::npos);
}
bool rfc_value_byte(int c) {
    return c == '\t' || (c >= 0x20 && c <= 0x7e) || c >= 0x80;
}
bool plain_byte(int c) {
    return rfc_digit(c) || rfc_upper(c) || rfc_lower(c) || c == '-';
}

// Calls `judge` with each byte at each place of texts of 1 to 20 bytes, so that every step of the
// functions that read eight at a time sees it.
template <typename Judge>
void each_byte_everywhere(char filler, Judge judge) {
    GuardPages pages;
    for (std::size_t n = 1; n <= 20; ++n) {
        for (std::size_t at = 0; at < n; ++at) {
            for (int byte = 0; byte < 256; ++byte) {
                std::string text(n, filler);
                text[at] = static_cast<char>(byte);
                CAPTURE(n);
                CAPTURE(at);
                CAPTURE(byte);
                judge(byte, pages.at_end(text), n);
                judge(byte, pages.at_start(text), n);
            }
        }
    }
}

std::string describe_name(char *p, std::size_t n) {
    switch (csgi_lower_name(p, n)) {
    case CSGI_NAME_PLAIN: return "plain " + std::string(p, n);
    case CSGI_NAME_ODD: return "odd " + std::string(p, n);
    case CSGI_NAME_BAD: break;
    }
    return "bad";
}

std::string describe_list(const char *p, std::size_t n) {
    csgi_span rest{p, n};
    csgi_span item;
    std::string out;
    while (csgi_list_next(&rest, &item)) out += "[" + std::string(item.p, item.n) + "]";
    return out;
}

std::string describe_length(const char *p, std::size_t n) {
    std::int64_t length;
    return csgi_content_length_parse(p, n, &length) ? std::to_string(length) : "bad";
}

std::string describe_chunk_size(const char *p, std::size_t n) {
    std::int64_t size;
    const std::size_t digits = csgi_chunk_size_parse(p, n, &size);
    return digits ? std::to_string(size) + " " + std::to_string(digits) : "bad";
}

template <typename Describe>
void check_rows(const char *title, Describe describe) {
    for (const VectorRow &row : read_vectors(VECTORS "/grammar.md", title)) {
        CAPTURE(row.at(0));
        CAPTURE(row.at(2));
        // An outcome is not in backquotes, so its escapes are still to be read.
        CHECK(guarded(row.at(0), describe) == vector_cell("`" + row.at(1) + "`"));
    }
}

bool is_word(std::string_view text, const char *lower) {
    return csgi_is_word(text.data(), text.size(), lower);
}

std::string trimmed(std::string_view text) {
    const csgi_span span = csgi_trim_ows({text.data(), text.size()});
    return std::string(span.p, span.n);
}

} // namespace

TEST_CASE("a request's field name is lower-cased and judged as its row says") {
    check_rows("Request field names", describe_name);
}

TEST_CASE("a field value is good or bad as its row says") {
    check_rows("Field values", [](const char *p, std::size_t n) -> std::string {
        return csgi_is_field_value(p, n) ? "good" : "bad";
    });
}

TEST_CASE("a list gives the elements its row says") {
    check_rows("Lists", describe_list);
}

TEST_CASE("a content length is read, or refused, as its row says") {
    check_rows("Content lengths", describe_length);
}

TEST_CASE("a chunk size is read, or refused, as its row says") {
    check_rows("Chunk sizes", describe_chunk_size);
}

TEST_CASE("a byte is in a token when RFC 9110 5.6.2 says so") {
    each_byte_everywhere('a', [](int byte, const char *p, std::size_t n) {
        REQUIRE(csgi_is_token(p, n) == rfc_tchar(byte));
    });
    CHECK_FALSE(csgi_is_token("", 0));
}

TEST_CASE("a byte is in a method when it is a capital letter, a dash or an underscore") {
    each_byte_everywhere('G', [](int byte, const char *p, std::size_t n) {
        REQUIRE(csgi_is_method(p, n) == (rfc_upper(byte) || byte == '-' || byte == '_'));
    });
    CHECK_FALSE(csgi_is_method("", 0));
}

TEST_CASE("a byte makes a request's field name plain, odd or bad wherever it stands") {
    for (const char filler : {'a', 'Z', '0', '-'}) {
        each_byte_everywhere(filler, [&](int byte, char *p, std::size_t n) {
            std::string expected(p, n);
            for (char &c : expected)
                if (rfc_upper(c)) c = static_cast<char>(c - 'A' + 'a');
            const csgi_name_kind kind = csgi_lower_name(p, n);
            REQUIRE(kind == (plain_byte(byte)  ? CSGI_NAME_PLAIN
                             : rfc_tchar(byte) ? CSGI_NAME_ODD
                                               : CSGI_NAME_BAD));
            if (kind != CSGI_NAME_BAD) REQUIRE(std::string(p, n) == expected);
        });
    }
}

TEST_CASE("a name that is in lower case already is judged where it lies") {
    each_byte_everywhere('a', [](int byte, const char *p, std::size_t n) {
        REQUIRE(csgi_judge_name(p, n) == (rfc_upper(byte)    ? CSGI_NAME_ODD
                                          : plain_byte(byte) ? CSGI_NAME_PLAIN
                                          : rfc_tchar(byte)  ? CSGI_NAME_ODD
                                                             : CSGI_NAME_BAD));
    });
    static const char fixed[] = "host"; // where a write would be a crash
    CHECK(csgi_judge_name(fixed, 4) == CSGI_NAME_PLAIN);
    CHECK(csgi_judge_name(fixed, 0) == CSGI_NAME_BAD);
}

TEST_CASE("an application's field name is a token without capital letters") {
    each_byte_everywhere('a', [](int byte, const char *p, std::size_t n) {
        REQUIRE(csgi_is_lower_token(p, n) == (rfc_tchar(byte) && !rfc_upper(byte)));
    });
    CHECK_FALSE(csgi_is_lower_token("", 0));
}

TEST_CASE("a byte is in a field value when RFC 9110 5.5 says so") {
    for (const char filler : {'a', '\t', '\xff'}) {
        each_byte_everywhere(filler, [](int byte, const char *p, std::size_t n) {
            REQUIRE(csgi_is_field_value(p, n) == rfc_value_byte(byte));
        });
    }
}

TEST_CASE("two bytes of a value are judged apart: none hides or taints its neighbour") {
    for (int first = 0; first < 256; ++first) {
        for (int second = 0; second < 256; ++second) {
            std::string text = "abcdefgh";
            text[3] = static_cast<char>(first);
            text[4] = static_cast<char>(second);
            const bool value = csgi_is_field_value(text.data(), text.size());
            const csgi_name_kind kind = csgi_lower_name(text.data(), text.size());
            CAPTURE(first);
            CAPTURE(second);
            REQUIRE(value == (rfc_value_byte(first) && rfc_value_byte(second)));
            REQUIRE((kind == CSGI_NAME_BAD) == !(rfc_tchar(first) && rfc_tchar(second)));
            REQUIRE((kind == CSGI_NAME_PLAIN) == (plain_byte(first) && plain_byte(second)));
        }
    }
}

TEST_CASE("spaces and tabs are taken off both ends, and nothing else") {
    CHECK(trimmed("a") == "a");
    CHECK(trimmed(" \t a b \t ") == "a b");
    CHECK(trimmed(" \t") == "");
    CHECK(trimmed("") == "");
    CHECK(trimmed("\va\r") == "\va\r"); // RFC 9110 5.6.3: OWS is *( SP / HTAB )
}

TEST_CASE("a word is known in any case, and only whole") {
    CHECK(is_word("chunked", "chunked"));
    CHECK(is_word("CHUNKed", "chunked"));
    CHECK_FALSE(is_word("chunke", "chunked"));
    CHECK_FALSE(is_word("chunkedd", "chunked"));
    CHECK_FALSE(is_word("", "chunked"));
    CHECK_FALSE(is_word(std::string_view("chunked\0", 8), "chunked"));
    CHECK_FALSE(is_word("chun\xebkd", "chunked"));
    CHECK_FALSE(is_word("@", "`")); // not letters, though one bit apart like them
    CHECK(is_word("", ""));
}

TEST_CASE("a hexadecimal digit has its value in either case, and no other byte has one") {
    const std::string_view lower = "0123456789abcdef";
    const std::string_view upper = "0123456789ABCDEF";
    for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        const auto found = lower.find(c) != std::string_view::npos ? lower.find(c) : upper.find(c);
        CAPTURE(byte);
        CHECK(csgi_hex_value(c) ==
              (found == std::string_view::npos ? -1 : static_cast<int>(found)));
    }
}
