// SPDX-License-Identifier: MIT
// Any bytes as a request's head: what is taken in holds what csgi.md promises an application, and
// what is refused has a status and a reason. Input: "METHOD TARGET VERSION", then "name:value"
// lines, all ended by LF alone.
#include "core/gateway/intake.h"

#include <csgi.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

namespace {

using std::string_view;

constexpr uint32_t max_fields = 40;

void promise(bool kept, const char *sentence) {
    if (kept) return;
    std::fprintf(stderr, "broken promise: %s\n", sentence);
    std::abort();
}

const csgi_transport transport = {
    [](csgi_host_exchange *, const csgi_output *) -> csgi_rc { return CSGI_OK; },
    [](csgi_host_exchange *) {},
    [](csgi_host_exchange *) {},
    [](csgi_host_exchange *) {},
    [](csgi_host_exchange *) {},
    [](csgi_host *) {},
    [](csgi_host *, uint64_t) {},
    [](csgi_host *) -> uint64_t { return 0; },
    [](csgi_host *, const char *) -> const void * { return nullptr; },
    [](csgi_host *, csgi_host_exchange *, int32_t, csgi_str) {}};

string_view view(csgi_str s) {
    promise(s.p != nullptr, "no string has a NULL pointer [REQ-14]");
    return {s.p, s.n};
}

// The grammar of RFC 9110 and 9112 once more, written for clarity.
bool all_of(string_view s, string_view set) {
    return s.find_first_not_of(set) == s.npos;
}

constexpr string_view upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", lower = "abcdefghijklmnopqrstuvwxyz",
                      digits = "0123456789", hex = "0123456789abcdefABCDEF";

bool has_control(string_view s, bool spaces_too) {
    for (const char c : s) {
        const auto b = static_cast<unsigned char>(c);
        if (b == 0x7f || (b < 0x20 && !(b == '\t' && !spaces_too)) || (spaces_too && b == ' '))
            return true;
    }
    return false;
}

void judge_target(const csgi_request &req) {
    const string_view path = view(req.path), query = view(req.query);
    promise(!path.empty() && path[0] == '/', "a path begins with a slash [REQ-3]");
    promise(path.find_first_of("?#") == path.npos, "a path has neither ? nor # [REQ-5]");
    promise(query.find('#') == query.npos, "there is no fragment [REQ-3]");
    promise(!has_control(path, true) && !has_control(query, true),
            "path and query have no space and no control byte [REQ-5]");
    int depth = 0;
    for (size_t i = 0; i < path.size(); i++) {
        if (path[i] != '%') continue;
        promise(i + 2 < path.size() && all_of(path.substr(i + 1, 2), hex),
                "escapes in a path are whole [REQ-5]");
        promise(path.substr(i + 1, 2) != "00", "there is no %00 in a path [REQ-18]");
    }
    for (size_t at = 0; at < path.size();) {
        const size_t end = std::min(path.find('/', at + 1), path.size());
        const string_view segment = path.substr(at + 1, end - at - 1);
        if (segment == "..")
            promise(--depth >= 0, "no path leads above its root [REQ-18]");
        else if (segment != "." && !segment.empty())
            depth++;
        at = end;
    }
    promise(req.form == CSGI_FORM_ORIGIN || req.form == CSGI_FORM_ABSOLUTE,
            "an application sees two forms of targets");
    promise(req.mount_len == 0, "nothing is mounted yet");
}

void judge_field(const csgi_request &req, uint32_t i) {
    const csgi_header &field = req.headers[i];
    const string_view name = view(field.name), value = view(field.value);
    promise(!name.empty() && all_of(name, std::string(lower) + std::string(digits) + "-"),
            "a name is of a-z, 0-9 and - [REQ-6]");
    promise(!has_control(value, false), "a value has no control byte [REQ-7]");
    if (!value.empty())
        promise(string_view(" \t").find(value.front()) == string_view::npos &&
                    string_view(" \t").find(value.back()) == string_view::npos,
                "a value has no white space at its ends [REQ-7]");
    for (const string_view hop : {"connection", "keep-alive", "proxy-connection", "te", "trailer",
                                  "transfer-encoding", "upgrade", "proxy"})
        promise(name != hop, "hop-by-hop fields and Proxy are taken out [REQ-12]");
    uint32_t first = 0, next = 0, lines = 0;
    for (uint32_t j = req.nheaders; j-- > 0;) {
        if (view(req.headers[j].name) != name) continue;
        first = j + 1;
        if (j > i) next = j + 1;
        lines++;
        promise(req.headers[j].id == field.id, "one name has one id [REQ-8]");
    }
    promise(field.next == next, "next is the next line of the name [REQ-9]");
    if (field.id) {
        promise(field.id < req.nknown, "an id is known to the host [REQ-8]");
        promise(req.known[field.id] == first, "known is the first line [REQ-8]");
    }
    if (name == "host" || name == "content-length")
        promise(lines == 1, "Host and Content-Length stand once [REQ-10] [REQ-11]");
    if (name == "host")
        promise(value == view(req.authority), "Host says what the authority says [REQ-10]");
    if (name == "content-length")
        promise(!value.empty() && all_of(value, digits) && req.content_length >= 0,
                "a length is digits [REQ-11]");
}

void judge(const csgi_intake &in) {
    const csgi_request &req = in.x->root.req;
    const string_view method = view(req.method);
    promise(!method.empty() && all_of(method, std::string(upper) + "-_"),
            "a method is A-Z, - and _ [REQ-18]");
    promise(method != "TRACE" && method != "CONNECT", "TRACE and CONNECT are not served");
    promise(((req.flags & CSGI_REQ_HEAD) != 0) == (method == "HEAD"), "HEAD has its flag [REQ-2]");
    judge_target(req);
    promise(req.nheaders <= max_fields, "no more fields than the limit");
    bool host = false, length = false;
    for (uint32_t i = 0; i < req.nheaders; i++) {
        judge_field(req, i);
        host = host || view(req.headers[i].name) == "host";
        length = length || view(req.headers[i].name) == "content-length";
    }
    for (uint32_t id = 0; id < req.nknown; id++)
        promise(req.known[id] == 0 || req.headers[req.known[id] - 1].id == id,
                "known leads to a line of its id [REQ-8]");
    promise(host || req.http_version == 10, "HTTP/1.1 has a Host [REQ-18]");
    if (host) promise(!view(req.authority).empty(), "with a Host there is an authority [REQ-10]");
    promise(!(in.chunked && length), "a body is framed in one way [REQ-18]");
    promise(!(in.chunked && req.http_version == 10), "HTTP/1.0 has no chunks [REQ-18]");
    promise(((req.flags & CSGI_REQ_HAS_BODY) != 0) == (in.chunked || length),
            "HAS_BODY is set when there is one [REQ-13]");
    promise((req.content_length == -1) == in.chunked, "chunks have no length [REQ-13]");
    if (!in.chunked && !length) promise(req.content_length == 0, "no body has no length [REQ-13]");
}

unsigned take(csgi_intake &in, std::vector<std::string> &lines) {
    std::string &first = lines[0];
    const size_t one = first.find(' '), two = first.rfind(' ');
    if (one == std::string::npos || two <= one) return 400;
    const unsigned version = first.substr(two + 1) == "1.0" ? 10 : 11;
    unsigned status = csgi_intake_line(&in, {first.data(), one},
                                       {first.data() + one + 1, two - one - 1}, version);
    for (size_t i = 1; i < lines.size() && !status; i++) {
        std::string &line = lines[i];
        const size_t colon = std::min(line.find(':'), line.size());
        const size_t from = std::min(colon + 1, line.size());
        const csgi_span value = csgi_trim_ows({line.data() + from, line.size() - from});
        status = csgi_intake_field(&in, line.data(), colon, value);
    }
    return status ? status : csgi_intake_end(&in);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    std::vector<std::string> lines(1);
    for (size_t i = 0; i < size; i++)
        if (data[i] == '\n')
            lines.emplace_back();
        else
            lines.back() += static_cast<char>(data[i]);
    if (lines.back().empty() && lines.size() > 1) lines.pop_back();

    csgi_host host;
    csgi_queue queue;
    csgi_intake in;
    if (csgi_host_init(&host, &transport, nullptr, 0, CSGI_LIT("fuzz")) < 0) std::abort();
    csgi_queue_init(&queue, &host);
    csgi_host_exchange *x = csgi_host_open(&host, &queue, nullptr);
    if (!x || !csgi_intake_begin(&in, x, max_fields)) std::abort();
    const unsigned status = take(in, lines);
    if (status == 0)
        judge(in);
    else
        promise(status == 400 || status == 405 || status == 431 || status == 501,
                "a refusal has a status of its own");
    if (status && in.fault) promise(std::strlen(in.fault) > 3, "a refusal has a reason");
    csgi_host_discard(x);
    csgi_host_fini(&host);
    return 0;
}
