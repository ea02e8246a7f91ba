// SPDX-License-Identifier: MIT
// Any bytes as a query: what was read is UTF-8, and reads the same when it is written again.
#include <csgi/http/query.hpp>

#include <algorithm>
#include <string>

#include "core/http/utf8.hpp"
#include "test/fuzz/promise.hpp"

using namespace csgi;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const std::string_view text = text_of(data, size);
    const MultiDict query = parse_query(text);
    std::string again;
    for (const auto &[name, value] : query) {
        promise(is_utf8(name) && is_utf8(value), "a query's names and values are UTF-8");
        append_query(again, name, value);
    }
    const MultiDict second = parse_query(again);
    promise(std::equal(query.begin(), query.end(), second.begin(), second.end(),
                       [](const auto &a, const auto &b) {
                           return a.name == b.name && a.value == b.value;
                       }),
            "a query that is written again reads the same");
    promise(query.size() <= size + 1, "no more pairs than bytes");
    return 0;
}
