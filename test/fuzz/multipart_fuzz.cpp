// SPDX-License-Identifier: MIT
// Any bytes as multipart/form-data: the parts do not depend on how the body is cut into feeds.
// Input: a byte for the size of the feeds, then the body; the boundary is "B".
#include <csgi/http/multipart.hpp>

#include <algorithm>
#include <string>

#include "test/fuzz/promise.hpp"

using namespace csgi;

namespace {

// What the decoder says, one line for each part.
std::string decode(std::string_view body, std::size_t feed) {
    using Event = MultipartDecoder::Event;
    MultipartLimits limits;
    limits.parts = 20;
    limits.head = 300;
    std::string told;
    std::size_t longest = 0;
    try {
        MultipartDecoder decoder("B", limits);
        for (bool more = true; more;) {
            more = !body.empty();
            const std::string_view piece = body.substr(0, std::min(feed, body.size()));
            body.remove_prefix(piece.size());
            if (more)
                decoder.feed(piece);
            else
                decoder.finish();
            for (Event event = decoder.next(); event != Event::need_data; event = decoder.next()) {
                if (event == Event::end) return told + "end";
                if (event == Event::part) told += "part " + decoder.head().name.value_or("?") + " ";
                if (event == Event::data) {
                    promise(!decoder.data().empty(), "data is never empty");
                    told += decoder.data();
                    longest = std::max(longest, decoder.data().size());
                }
                if (event == Event::part_end) told += "\n";
            }
        }
        promise(false, "a body ends with the end or an error");
    } catch (const MalformedBody &error) {
        // The data of a part that never ended may have been told or not.
        return "malformed";
    } catch (const TooLarge &error) {
        return "too large";
    }
    return told;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    const std::string_view body = text_of(data + 1, size - 1);
    const std::string whole = decode(body, size);
    promise(decode(body, data[0] % 16 + 1u) == whole, "feeds of any size give the same parts");
    promise(decode(body, 1) == whole, "single bytes give the same parts");
    return 0;
}
