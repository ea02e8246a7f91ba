// SPDX-License-Identifier: MIT
// Numbers as Python's repr() writes them.
#include <csgi/value/number.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <cstdint>
#include <limits>
#include <string>

#include "test/core/value/rows.hpp"

using namespace csgi;

TEST_CASE("a double is written as Python's repr() writes it") {
    for (const Value &row : read_rows(FLASK_VECTORS "/floats.jsonl")) {
        const auto bits = std::stoull(std::string(row.at("bits").as_string()), nullptr, 16);
        std::string text;
        append_double(text, std::bit_cast<double>(static_cast<std::uint64_t>(bits)));
        CAPTURE(bits);
        CHECK(text == row.at("repr").as_string());
    }
}

TEST_CASE("the widest numbers fit into the room that is promised") {
    char room[number_length];
    CHECK(write_double(-std::numeric_limits<double>::max(), room) - room <= 24);
    CHECK(write_double(-5e-324, room) - room == 7); // Python: -5e-324
    CHECK(std::string(room, write_integer(INT64_MIN, room)) == "-9223372036854775808");
}
