// SPDX-License-Identifier: MIT
// Finds boundaries in a window that slides over the body.
#include <csgi/http/multipart.hpp>

#include <algorithm>
#include <cstring>

#include <csgi/http/field_value.hpp>

#include "core/http/text.hpp"
#include "core/http/utf8.hpp"

namespace csgi {

namespace {

// Blanks that may follow a boundary on its line (RFC 2046 5.1.1, transport-padding). Nobody sends
// any; without a limit a body of blanks would have to be kept.
constexpr std::size_t longest_padding = 256;

bool is_padding(char c) {
    return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

bool is_break(char c) {
    return c == '\r' || c == '\n';
}

// The length of the line break at the front; 0: none, or one that may go on in the next feed.
std::size_t break_at(std::string_view text, bool finished) {
    if (text.empty() || !is_break(text[0])) return 0;
    if (text[0] == '\n') return 1;
    if (text.size() == 1) return finished ? 1 : 0;
    return text[1] == '\n' ? 2 : 1;
}

} // namespace

std::string_view PartHead::header(std::string_view lower_name) const {
    for (const auto &header : headers)
        if (header.first == lower_name) return header.second;
    return {};
}

MultipartDecoder::MultipartDecoder(std::string_view boundary, MultipartLimits limits)
    : delimiter_("--"), limits_(limits) {
    if (boundary.empty()) throw MalformedBody("multipart/form-data without a boundary");
    if (boundary.size() > longest_boundary)
        throw MalformedBody("a multipart boundary of " + std::to_string(boundary.size()) +
                            " bytes; " + std::to_string(longest_boundary) + " are allowed");
    for (const char c : boundary)
        if (static_cast<unsigned char>(c) >= 0x80 || is_break(c))
            throw MalformedBody("a multipart boundary that is not ASCII");
    delimiter_ += boundary;
}

void MultipartDecoder::feed(std::string_view bytes) {
    if (state_ == State::epilogue) return;
    buffer_.erase(0, at_);
    at_ = 0;
    buffer_ += bytes;
}

// What follows a delimiter decides whether it is a boundary.
MultipartDecoder::Verdict MultipartDecoder::judge(std::size_t behind, std::size_t &end) const {
    const std::string_view text = std::string_view(buffer_).substr(behind);
    end = behind + 2;
    if (text.starts_with("--")) return Verdict::last;
    if (text == "-" && !finished_) return Verdict::waiting;
    std::size_t padding = 0;
    while (padding < text.size() && padding <= longest_padding && is_padding(text[padding]))
        ++padding;
    if (padding > longest_padding) return Verdict::none;
    if (padding == text.size()) return finished_ ? Verdict::none : Verdict::waiting;
    if (!is_break(text[padding])) return Verdict::none;
    const std::size_t broken = break_at(text.substr(padding), finished_);
    end = behind + padding + broken;
    return broken == 0 ? Verdict::waiting : Verdict::next_part;
}

MultipartDecoder::Boundary MultipartDecoder::find_boundary(bool needs_break) const {
    std::size_t from = at_;
    for (;;) {
        const void *found = memmem(buffer_.data() + from, buffer_.size() - from, delimiter_.data(),
                                   delimiter_.size());
        if (!found) return {Verdict::none, buffer_.size(), buffer_.size()};
        const auto at = static_cast<std::size_t>(static_cast<const char *>(found) - buffer_.data());
        std::size_t start = at;
        if (start > at_ && is_break(buffer_[start - 1])) --start;
        if (start > at_ && start != at && buffer_[start] == '\n' && buffer_[start - 1] == '\r')
            --start;
        if (start != at || !needs_break) {
            Boundary boundary{Verdict::none, start, at};
            boundary.verdict = judge(at + delimiter_.size(), boundary.end);
            if (boundary.verdict != Verdict::none) return boundary;
        }
        from = at + 1;
    }
}

MultipartDecoder::Event MultipartDecoder::next() {
    data_ = {};
    for (;;) {
        Event event = Event::end;
        const State before = state_;
        switch (state_) {
        case State::preamble: event = preamble(); break;
        case State::head: event = read_head(); break;
        case State::data_start:
        case State::data: event = read_data(); break;
        case State::epilogue: return Event::end;
        }
        if (event != Event::need_data) return event;
        if (state_ == before) {
            if (finished_) throw MalformedBody("multipart/form-data that ends too early");
            return event;
        }
    }
}

MultipartDecoder::Event MultipartDecoder::preamble() {
    const Boundary boundary = find_boundary(false);
    switch (boundary.verdict) {
    case Verdict::none: {
        // Only the end can still become a boundary.
        const std::size_t keep = delimiter_.size() + 2;
        if (buffer_.size() - at_ > keep) at_ = buffer_.size() - keep;
        break;
    }
    case Verdict::waiting: at_ = boundary.start; break;
    case Verdict::next_part:
        at_ = boundary.end;
        state_ = State::head;
        break;
    case Verdict::last: state_ = State::epilogue; return Event::end;
    }
    return Event::need_data;
}

MultipartDecoder::Event MultipartDecoder::read_head() {
    const std::string_view text = rest();
    // An empty line ends it: two line breaks of one kind.
    for (std::size_t i = searched_; i < text.size(); ++i) {
        if (!is_break(text[i])) continue;
        const std::string_view ahead = text.substr(i);
        const std::size_t half = ahead.starts_with("\r\n\r\n")                            ? 2
                                 : ahead.starts_with("\r\r") || ahead.starts_with("\n\n") ? 1
                                                                                          : 0;
        if (half == 0) continue;
        if (i > limits_.head) break;
        if (++parts_ > limits_.parts)
            throw TooLarge("more than " + std::to_string(limits_.parts) + " parts of a form");
        parse_head(text.substr(0, i));
        at_ += i + half; // the second one may be that of a boundary
        searched_ = 0;
        state_ = State::data_start;
        return Event::part;
    }
    if (text.size() > limits_.head)
        throw TooLarge("more than " + std::to_string(limits_.head) + " bytes above a part's data");
    searched_ = text.size() > 3 ? text.size() - 3 : 0;
    return Event::need_data;
}

void MultipartDecoder::parse_head(std::string_view text) {
    if (!is_utf8(text)) throw MalformedBody("a part's head is not UTF-8");
    head_ = {};
    std::string line;
    const auto take = [this, &line] {
        const std::string_view whole = strip(line);
        if (!whole.empty()) {
            const std::size_t colon = whole.find(':');
            head_.headers.emplace_back(lower(strip(whole.substr(0, colon))),
                                       colon == whole.npos ? "" : strip(whole.substr(colon + 1)));
        }
        line.clear();
    };
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
        line += text.substr(0, end);
        text.remove_prefix(end);
        text.remove_prefix(break_at(text, true));
        // A line that begins with a blank goes on with the one before.
        if (!text.empty() && (text[0] == ' ' || text[0] == '\t')) {
            line += ' ';
            text.remove_prefix(1);
        } else {
            take();
        }
    }
    const std::string_view disposition = head_.header("content-disposition");
    if (disposition.empty() &&
        std::none_of(head_.headers.begin(), head_.headers.end(),
                     [](const auto &header) { return header.first == "content-disposition"; }))
        throw MalformedBody("a part without Content-Disposition");
    const OptionsHeader options = parse_options_header(disposition);
    if (const auto name = options.get("name")) head_.name = std::string(*name);
    if (const auto filename = options.get("filename")) head_.filename = std::string(*filename);
}

MultipartDecoder::Event MultipartDecoder::read_data() {
    const bool starting = state_ == State::data_start;
    const std::size_t skipped = starting ? break_at(rest(), finished_) : 0;
    if (starting && skipped == 0) return Event::need_data; // half of the line break
    const Boundary boundary = find_boundary(true);
    std::size_t end = boundary.start;
    if (boundary.verdict == Verdict::none) {
        // The end may be the beginning of a line break and a delimiter.
        const std::size_t keep =
            finished_ ? 0 : std::min(delimiter_.size() + 2, buffer_.size() - at_);
        end = buffer_.size() - keep;
    }
    const std::size_t start = at_ + skipped;
    if (end > start) {
        state_ = State::data;
        data_ = std::string_view(buffer_).substr(start, end - start);
        at_ = end;
        return Event::data;
    }
    // Until the line break before the data is known not to be that of a boundary, it stays.
    if (boundary.verdict == Verdict::none || boundary.verdict == Verdict::waiting)
        return Event::need_data;
    at_ = boundary.end;
    state_ = boundary.verdict == Verdict::last ? State::epilogue : State::head;
    return Event::part_end;
}

} // namespace csgi
