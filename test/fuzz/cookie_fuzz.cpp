// SPDX-License-Identifier: MIT
// Any bytes as a Cookie field, and as a cookie to be set: a value comes back as it was, and nothing
// leaves its place.
#include <csgi/http/cookie.hpp>

#include <stdexcept>
#include <string>

#include "core/http/utf8.hpp"
#include "test/fuzz/promise.hpp"

using namespace csgi;

namespace {

void set_and_read(std::string_view name, std::string_view value) {
    std::string line;
    Cookie cookie;
    cookie.name = name;
    cookie.value = value;
    cookie.path = value;
    try {
        append_cookie(line, cookie);
    } catch (const std::invalid_argument &) {
        return;
    }
    promise(line.find_first_of(std::string_view("\r\n\0", 3)) == line.npos, "a cookie is one line");
    std::string_view rest = line, found, raw;
    promise(next_cookie(rest, found, raw) && found == name, "a cookie's name is read back");
    if (is_utf8(value)) promise(decode_cookie(raw) == value, "a cookie's value is read back");
    promise(next_cookie(rest, found, raw) && found == "Path", "the path comes next");
    promise(!next_cookie(rest, found, raw), "nothing was added to the path");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const std::string_view text = text_of(data, size);
    for (const auto &[name, value] : parse_cookies(text)) {
        promise(!name.empty(), "a cookie has a name");
        set_and_read(name, value);
    }
    set_and_read("name", text);
    return 0;
}
