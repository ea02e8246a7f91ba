// SPDX-License-Identifier: MIT
// Parts of a form put where they belong, and a form put into parts.
#include <csgi/http/form.hpp>

#include <algorithm>

#include <csgi/http/field_value.hpp>

#include "core/http/text.hpp"
#include "core/http/utf8.hpp"

namespace csgi {

namespace {

MultipartLimits part_limits(const FormLimits &limits) {
    MultipartLimits out;
    out.parts = limits.parts;
    out.head = limits.head;
    return out;
}

// A field's bytes in the charset of its part.
std::string decode_field(const PartHead &head, std::string bytes) {
    const std::string_view type = head.header("content-type");
    std::string charset;
    if (!type.empty()) charset = lower(parse_options_header(type).get("charset", ""));
    std::string out;
    if (charset == "iso-8859-1" || charset == "ascii" || charset == "us-ascii") {
        for (const char byte : bytes) {
            const auto code = static_cast<unsigned char>(byte);
            append_utf8(out, charset != "iso-8859-1" && code >= 0x80 ? char32_t{0xfffd}
                                                                     : char32_t{code});
        }
        return out;
    }
    if (is_utf8(bytes)) return bytes;
    append_replaced(out, bytes);
    return out;
}

} // namespace

FormReader::FormReader(std::string_view boundary, const FormLimits &limits)
    : limits_(limits), decoder_(boundary, part_limits(limits)) {}

void FormReader::feed(std::string_view bytes) {
    decoder_.feed(bytes);
    drain();
}

Form FormReader::finish() {
    decoder_.finish();
    drain();
    return std::move(form_);
}

void FormReader::drain() {
    using Event = MultipartDecoder::Event;
    for (;;) {
        const Event event = decoder_.next();
        const PartHead &head = decoder_.head();
        switch (event) {
        case Event::need_data:
        case Event::end: return;
        case Event::part:
            field_.clear();
            if (head.filename)
                form_.files.push_back(
                    {head.name.value_or(""), *head.filename,
                     std::string(head.header("content-type")), head.headers,
                     Spool(std::min(limits_.spool, limits_.memory - files_memory_), disk_)});
            break;
        case Event::data:
            if (head.filename) {
                form_.files.back().content.write(decoder_.data());
                break;
            }
            if (field_.size() + decoder_.data().size() > limits_.field_bytes)
                throw TooLarge("a form field of more than " + std::to_string(limits_.field_bytes) +
                               " bytes");
            if ((memory_ += decoder_.data().size()) > limits_.memory)
                throw TooLarge("form fields of more than " + std::to_string(limits_.memory) +
                               " bytes together");
            field_ += decoder_.data();
            break;
        case Event::part_end:
            if (!head.filename)
                form_.fields.add(head.name.value_or(""), decode_field(head, std::move(field_)));
            else if (!form_.files.back().content.on_disk())
                files_memory_ += static_cast<std::size_t>(form_.files.back().content.size());
            field_.clear();
            break;
        }
    }
}

std::optional<Form> parse_form(std::string_view content_type, std::string_view body,
                               const FormLimits &limits) {
    const OptionsHeader type = parse_options_header(content_type);
    const std::string name = lower(type.value);
    Form form;
    if (name == "application/x-www-form-urlencoded") {
        if (!is_utf8(body)) throw MalformedBody("a form that is not UTF-8");
        parse_query(form.fields, form.fields.keep(body), limits.parts);
        return form;
    }
    if (name != "multipart/form-data") return std::nullopt;
    FormReader reader(type.get("boundary", ""), limits);
    reader.feed(body);
    return reader.finish();
}

namespace {

// As browsers write it: HTML's "multipart form data" says which bytes are escaped.
void append_name(std::string &out, std::string_view text) {
    for (const char c : text) {
        if (c == '"')
            out += "%22";
        else if (c == '\r')
            out += "%0D";
        else if (c == '\n')
            out += "%0A";
        else
            out += c;
    }
}

} // namespace

void MultipartEncoder::open(std::string_view name) {
    body_ += "--";
    body_ += boundary_;
    body_ += "\r\nContent-Disposition: form-data; name=\"";
    append_name(body_, name);
    body_ += '"';
}

void MultipartEncoder::add_field(std::string_view name, std::string_view value) {
    open(name);
    body_ += "\r\n\r\n";
    body_ += value;
    body_ += "\r\n";
}

void MultipartEncoder::add_file(std::string_view name, std::string_view filename,
                                std::string_view content_type, std::string_view content) {
    open(name);
    body_ += "; filename=\"";
    append_name(body_, filename);
    body_ += '"';
    if (!content_type.empty()) {
        body_ += "\r\nContent-Type: ";
        body_ += content_type;
    }
    body_ += "\r\n\r\n";
    body_ += content;
    body_ += "\r\n";
}

std::string MultipartEncoder::finish() {
    return std::move(body_) + "--" + boundary_ + "--\r\n";
}

} // namespace csgi
