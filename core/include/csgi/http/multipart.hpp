// SPDX-License-Identifier: MIT
// multipart/form-data taken apart as it arrives, without reading or writing anything itself.
// RFC 7578, RFC 2046 5.1.
#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <csgi/http/query.hpp>

namespace csgi {

// A body that is not what its type says: 400 to whoever sent it.
class MalformedBody : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// What stands above the data of a part.
struct PartHead {
    std::optional<std::string> name;
    std::optional<std::string> filename; // there: it is a file, even if empty
    // In order, names in lower case.
    std::vector<std::pair<std::string, std::string>> headers;

    // The first value of a name in lower case; empty if there is none.
    std::string_view header(std::string_view lower_name) const;
};

struct MultipartLimits {
    std::size_t parts = 1000; // Flask's MAX_FORM_PARTS
    // Bytes of one part's head: several times what a browser's longest file name takes.
    std::size_t head = 16 * 1024;
};

// Feeds of any size give the same parts: what could be the beginning of a boundary waits. Line
// breaks may be CRLF, LF or CR, as Werkzeug takes them. Keeps no more than the last feed, a
// boundary and a head, and looks at each byte a fixed number of times.
class MultipartDecoder {
public:
    enum class Event {
        need_data, // feed() or finish() first
        part,      // a new part: head()
        data,      // more of it: data(), never empty
        part_end,
        end, // all parts were there; what follows is ignored
    };

    // RFC 2046 5.1.1 allows 70 characters; a few clients send more.
    static constexpr std::size_t longest_boundary = 200;

    // The parameter `boundary` of the Content-Type. Throws MalformedBody for one that is empty, too
    // long or not ASCII.
    explicit MultipartDecoder(std::string_view boundary, MultipartLimits limits = {});

    // Adds bytes, copied. Views handed out before are gone.
    void feed(std::string_view bytes);
    // There are no more bytes.
    void finish() { finished_ = true; }

    // Throws TooLarge above a limit, and MalformedBody for a part without Content-Disposition, a
    // head that is not UTF-8, or an end that never came; the decoder is of no use then.
    Event next();

    const PartHead &head() const { return head_; }
    std::string_view data() const { return data_; }

private:
    enum class State { preamble, head, data_start, data, epilogue };
    enum class Verdict { none, waiting, next_part, last };
    struct Boundary {
        Verdict verdict;
        std::size_t start, end; // with the line break before it and what follows on its line
    };

    Boundary find_boundary(bool needs_break) const;
    Verdict judge(std::size_t behind, std::size_t &end) const;
    std::string_view rest() const { return std::string_view(buffer_).substr(at_); }
    Event preamble();
    Event read_head();
    Event read_data();
    void parse_head(std::string_view text);

    std::string delimiter_; // "--" and the boundary
    MultipartLimits limits_;
    std::string buffer_;
    std::size_t at_ = 0;       // what lies before is done with
    std::size_t searched_ = 0; // from at_ on: no end of the head begins before this
    State state_ = State::preamble;
    bool finished_ = false;
    std::size_t parts_ = 0;
    PartHead head_;
    std::string_view data_;
};

} // namespace csgi
