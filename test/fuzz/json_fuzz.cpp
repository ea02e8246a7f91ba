// SPDX-License-Identifier: MIT
// Any bytes as JSON: what is taken is written, in every format, as a text that means the same.
#include <csgi/value/json.hpp>
#include <csgi/value/tagged.hpp>

#include <string>

#include "core/http/utf8.hpp"
#include "test/fuzz/promise.hpp"

using namespace csgi;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const std::string_view text = text_of(data, size);
    JsonLimits limits;
    limits.depth = 50;
    limits.values = 10'000;
    Value value;
    try {
        value = parse_json(text, limits);
    } catch (const JsonError &error) {
        promise(error.position <= size, "an error lies in the text");
        return 0;
    }
    JsonFormat unsorted;
    unsorted.sort_keys = unsorted.ensure_ascii = false;
    // NaN equals nothing, so texts are compared.
    const std::string written = dump_json(value, unsorted);
    promise(is_utf8(written), "JSON is UTF-8");
    promise(dump_json(parse_json(written, limits), unsorted) == written,
            "it reads as it was written");
    const std::string sorted = dump_json(value);
    promise(dump_json(parse_json(sorted, limits)) == sorted, "sorted, it reads as it was written");
    for (const char c : sorted) promise(c >= 0x20 && c < 0x7f, "ASCII was asked for");
    for (const JsonFormat &format : {JsonFormat::compacted(), JsonFormat::indented()})
        promise(dump_json(parse_json(dump_json(value, format), limits)) == sorted,
                "no format changes the meaning");
    promise(dump_json(untag(tag(value)), unsorted) == written, "tags come off as they went on");
    return 0;
}
