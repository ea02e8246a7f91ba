// SPDX-License-Identifier: MIT
// Any bytes as the value of a field: every reader ends, and what can be written reads the same.
#include <csgi/http/accept.hpp>
#include <csgi/http/authorization.hpp>
#include <csgi/http/date.hpp>
#include <csgi/http/etag.hpp>
#include <csgi/http/field_value.hpp>
#include <csgi/http/headers.hpp>
#include <csgi/http/host.hpp>
#include <csgi/http/range.hpp>
#include <csgi/http/url.hpp>

#include <stdexcept>
#include <string>

#include "core/http/utf8.hpp"
#include "test/fuzz/promise.hpp"

using namespace csgi;

namespace {

void lists(std::string_view text) {
    const auto items = parse_list_header(text);
    promise(parse_list_header(dump_list_header(items)) == items, "a list reads as it was written");
    promise(unquote_header_value(quote_header_value(text)) == text || text.find('\n') != text.npos,
            "quotes come off as they went on");
    parse_dict_header(text);
    parse_csp_header(text);
    const OptionsHeader options = parse_options_header(text);
    parse_options_header(dump_options_header(options.value, options.options));
}

void ranges(std::string_view text) {
    if (const auto range = parse_range_header(text)) {
        promise(!range->parts.empty(), "a range has a part");
        if (const auto found = range->for_length(1000))
            promise(found->start >= 0 && found->start < found->stop && found->stop <= 1000,
                    "a range lies in the body");
        promise(parse_range_header(range->to_header()).has_value(), "a range reads as written");
    }
    parse_content_range_header(text);
    parse_if_range_header(text);
    if (const auto date = parse_date(text)) {
        promise(*date >= -62135683200 && *date < 253402387200, "a date lies in its years");
    }
}

void others(std::string_view text) {
    for (const auto kind :
         {AcceptKind::plain, AcceptKind::mime, AcceptKind::language, AcceptKind::charset}) {
        const Accept accept(text, kind);
        for (const Accept::Item &item : accept.items())
            promise(item.quality >= 0 && item.quality <= 1, "a quality is from 0 to 1");
        const std::string_view offers[] = {"text/html", "a/b"};
        accept.best_match(offers);
    }
    if (const auto found = parse_www_authenticate(text)) dump_www_authenticate(*found);
    parse_authorization(text);
    const Etags etags = parse_etags(text);
    for (const std::string_view tag : etags.strong)
        promise(tag.find('"') == tag.npos, "a tag holds no quote");
    unquote_etag(text);
    const std::string host = get_host("http", text);
    promise(host.empty() || host_is_trusted(host), "a host that is returned is well formed");
    for (const Place place : {Place::path, Place::segment, Place::query, Place::fragment})
        promise(unquote(quote(text, place), place == Place::query) == text,
                "what was quoted is unquoted");
    promise(is_utf8(unquote(text, true, BadBytes::replace)), "replaced bytes are UTF-8");
    promise(is_utf8(unquote(text, true, BadBytes::requote)), "requoted bytes are UTF-8");
}

void headers(std::string_view text) {
    Headers headers;
    std::size_t added = 0;
    for (std::string_view rest = text; !rest.empty() && added < 50;) {
        const std::string_view name = rest.substr(0, rest.size() % 7 + 1);
        rest.remove_prefix(name.size());
        try {
            headers.add(name, rest);
            ++added;
            promise(headers[added - 1].value == rest, "a value is kept as it is");
            promise(rest.find_first_of(std::string_view("\r\n\0", 3)) == rest.npos,
                    "no value begins another line");
            promise(headers.contains(name), "a name is found again");
        } catch (const std::invalid_argument &) {
        }
    }
    promise(headers.size() == added, "each line was added once");
    const Headers copy = headers;
    while (!headers.empty()) headers.remove(std::string(headers[0].name));
    promise(copy.size() == added, "a copy is a copy");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const std::string_view text = text_of(data, size);
    lists(text);
    ranges(text);
    others(text);
    headers(text);
    return 0;
}
