// SPDX-License-Identifier: MIT
// Parameters of values in numbers that the vectors of Werkzeug do not have.
#include <csgi/http/field_value.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace csgi;

namespace {

// " n=n" for each number, with a separator before it.
std::string numbered(char separator, int count, const char *mark = "") {
    std::string out;
    for (int i = 0; i < count; ++i)
        out += separator + (" p" + std::to_string(i)) + mark + "=" + std::to_string(i);
    return out;
}

} // namespace

TEST_CASE("of an option header 64 parameters are read, and the rest costs nothing") {
    const OptionsHeader header = parse_options_header("a/b" + numbered(';', 64) + "; last=1");
    CHECK(header.options.size() == 64);
    CHECK(header.get("p63", "") == "63");
    CHECK_FALSE(header.get("last"));
    // Each would be looked for among all others: this would take minutes.
    CHECK(parse_options_header("a/b" + numbered(';', 300'000)).options.size() == 64);
    CHECK(parse_options_header("a/b" + numbered(';', 300'000, "*0*")).options.size() == 64);
}

TEST_CASE("a list of key=value keeps 64 keys, of which the last values count") {
    HeaderDict dict = parse_dict_header("a=0" + numbered(',', 70) + ", a=1");
    CHECK(dict.size() == 64);
    REQUIRE(find_in(dict, "a"));
    CHECK(*find_in(dict, "a") == "1");
    CHECK_FALSE(find_in(dict, "p63"));
}
