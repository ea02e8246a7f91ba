// SPDX-License-Identifier: MIT
// Text as Python sees it, a row of code points: case, kinds of character, lines and edges.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace csgi::jinja {

// Bytes that are not UTF-8 count as characters of their own, U+FFFD, and are copied as they are.

// How many code points there are.
std::size_t count_characters(std::string_view text);
// Where the code point of that number begins; the end if there are fewer.
std::size_t character_offset(std::string_view text, std::size_t number);
// The last `number` code points begin here.
std::size_t character_offset_from_end(std::string_view text, std::size_t number);
// Takes the first code point off a text that is not empty.
std::string_view take_character(std::string_view &text);
char32_t first_character(std::string_view text);
// Adds up to `number` copies.
void append_repeated(std::string &out, std::string_view piece, std::size_t number);

// Python's str.upper() and so on: special casings and the final sigma included.
std::string to_upper(std::string_view text);
std::string to_lower(std::string_view text);
std::string to_title(std::string_view text);
std::string capitalized(std::string_view text);
std::string swapped_case(std::string_view text);
std::string case_folded(std::string_view text);

// Python's str.isX() for one character; is_upper() and is_lower() for a text.
bool is_white(char32_t c);
bool is_alphabetic(char32_t c);
bool is_decimal(char32_t c);
bool is_digit(char32_t c);
bool is_numeric(char32_t c);
bool is_printable(char32_t c);
// What re's \w takes.
bool is_word(char32_t c);
bool is_upper(std::string_view text);
bool is_lower(std::string_view text);
bool is_title(std::string_view text);
// 0 to 9 for a decimal digit of any script, else -1.
int decimal_value(char32_t c);

// Without what stands at its edges: white space, or any of `characters`.
enum class Edge { left = 1, right = 2, both = 3 };
std::string_view strip(std::string_view text, Edge edge);
std::string_view strip(std::string_view text, Edge edge, std::string_view characters);

// Takes the first line off a text that is not empty, as str.splitlines() ends lines; `end` gets
// what ended it.
std::string_view take_line(std::string_view &text, std::string_view &end);

} // namespace csgi::jinja
