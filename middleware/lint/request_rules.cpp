// SPDX-License-Identifier: MIT
// Judges a view as it comes from the host.
#include "middleware/lint/request_rules.hpp"

#include "core/http/field.h"
#include "core/http/grammar.h"
#include "core/http/target.h"
#include "middleware/lint/digest.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <string>
#include <string_view>

namespace csgi::lint {

namespace {

using std::string_view;

string_view text(const csgi_str &s) {
    return {s.p, s.n};
}

// For a message: bounded, and without bytes that spoil a log.
std::string shown(string_view bytes) {
    std::string out;
    for (const char c : bytes.substr(0, 60)) out += c >= ' ' && c <= '~' ? c : '?';
    if (bytes.size() > 60) out += "...";
    return out;
}

template <class T>
bool has_size(const T &structure) {
    return structure.struct_size >= sizeof(T) && structure.struct_size % alignof(T) == 0;
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool judge_api(const csgi_api &api, Judge &judge) {
    if (!has_size(api)) {
        judge.breach(Rule::REQ_1, "api->struct_size is %u", api.struct_size);
        return false;
    }
    if (!api.alloc || !api.derive || !api.listen || !api.raise || !api.on_done || !api.hold ||
        !api.release || !api.post || !api.timer || !api.ext || !api.log || !api.log_level) {
        judge.breach(Rule::REQ_1, "a pointer of api is NULL");
        return false;
    }
    if (!api.server.p) judge.breach(Rule::REQ_14, "api->server has a NULL pointer");
    return true;
}

bool judge_pointers(const csgi_request &view, Judge &judge) {
    if (!has_size(view)) {
        judge.breach(Rule::REQ_1, "the view's struct_size is %u", view.struct_size);
        return false;
    }
    const csgi_exchange *x = view.exchange;
    if (!x || !x->api || !x->worker || !x->worker->api || !view.sink || !view.body_sink ||
        !view.source || !view.sink->send || !view.body_sink->send || !view.source->peek ||
        !view.source->consume || (view.nheaders && !view.headers) || (view.nknown && !view.known)) {
        judge.breach(Rule::REQ_1, "a pointer of the view or its exchange is NULL");
        return false;
    }
    if (!has_size(*x) || !has_size(*x->worker) || !has_size(*view.sink) ||
        !has_size(*view.body_sink) || !has_size(*view.source)) {
        judge.breach(Rule::REQ_1,
                     "the struct_size of exchange, worker, sink or source is too small");
        return false;
    }
    if (x->state > CSGI_ENDED || (x->arena_cur && x->arena_cur > x->arena_end))
        judge.breach(Rule::REQ_1, "the exchange's state or arena cannot be");
    return judge_api(*x->api, judge) &&
           (x->worker->api == x->api || judge_api(*x->worker->api, judge));
}

bool judge_strings(const csgi_request &view, Judge &judge) {
    const csgi_str strings[] = {view.method, view.target,    view.path, view.query,
                                view.scheme, view.authority, view.peer, view.local};
    bool fine = std::all_of(std::begin(strings), std::end(strings),
                            [](const csgi_str &s) { return s.p != nullptr; });
    for (uint32_t i = 0; i < view.nheaders; i++)
        fine = fine && view.headers[i].name.p && view.headers[i].value.p;
    for (const csgi_attr *attr = view.attrs; attr; attr = attr->next) fine = fine && attr->id.p;
    if (!fine) judge.breach(Rule::REQ_14, "a string of the view has a NULL pointer");
    return fine;
}

void judge_method(const csgi_request &view, Judge &judge) {
    static constexpr string_view names[] = {"",       "GET",     "HEAD",    "POST",  "PUT",
                                            "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};
    const string_view method = text(view.method);
    if (!csgi_is_token(method.data(), method.size()))
        judge.breach(Rule::REQ_2, "the method '%s' is no token", shown(method).c_str());
    const auto *found = std::find(std::begin(names) + 1, std::end(names), method);
    const auto id = found == std::end(names) ? 0 : static_cast<uint32_t>(found - names);
    // A number behind those of this version may be a later one's.
    if (view.method_id != id && (id != 0 || view.method_id < std::size(names)))
        judge.breach(Rule::REQ_2, "the method '%s' has the number %u", shown(method).c_str(),
                     view.method_id);
    if (((view.flags & CSGI_REQ_HEAD) != 0) != (method == "HEAD"))
        judge.breach(Rule::REQ_2, "CSGI_REQ_HEAD does not go with '%s'", shown(method).c_str());
}

void judge_form(const csgi_request &view, Judge &judge) {
    const string_view method = text(view.method), target = text(view.target);
    const string_view path = text(view.path);
    switch (view.form) {
    case CSGI_FORM_ORIGIN:
    case CSGI_FORM_ABSOLUTE:
        if (path.empty() || path[0] != '/')
            judge.breach(Rule::REQ_3, "the path '%s' does not begin with a slash",
                         shown(path).c_str());
        break;
    case CSGI_FORM_AUTHORITY:
        if (method != "CONNECT" || !path.empty())
            judge.breach(Rule::REQ_3, "authority form with method '%s' and path '%s'",
                         shown(method).c_str(), shown(path).c_str());
        break;
    case CSGI_FORM_ASTERISK:
        if (method != "OPTIONS" || !path.empty())
            judge.breach(Rule::REQ_3, "asterisk form with method '%s' and path '%s'",
                         shown(method).c_str(), shown(path).c_str());
        break;
    default: judge.breach(Rule::REQ_3, "form is %u", view.form); return;
    }
    if (path.find('#') != path.npos || text(view.query).find('#') != string_view::npos)
        judge.breach(Rule::REQ_3, "a fragment was passed on");
    if (target.empty()) return;
    const bool agrees = view.form == CSGI_FORM_ORIGIN     ? target[0] == '/'
                        : view.form == CSGI_FORM_ABSOLUTE ? target.find("://") != target.npos
                        : view.form == CSGI_FORM_ASTERISK ? target == "*"
                                                          : target.find('/') == target.npos;
    if (!agrees)
        judge.breach(Rule::REQ_3, "form %u does not go with the target '%s'", view.form,
                     shown(target).c_str());
}

void judge_path(const csgi_request &view, Judge &judge) {
    const string_view path = text(view.path), query = text(view.query);
    const uint32_t mount = view.mount_len;
    if (mount > path.size() || (mount && mount < path.size() && path[mount] != '/'))
        judge.breach(Rule::REQ_4, "mount_len %u is no border in '%s'", mount, shown(path).c_str());
    for (size_t i = 0; i < path.size(); i++) {
        const bool broken =
            path[i] == '%' && (i + 2 >= path.size() || csgi_hex_value(path[i + 1]) < 0 ||
                               csgi_hex_value(path[i + 2]) < 0);
        if (path[i] == '?' || path[i] == ' ' || is_control(path[i]) || broken) {
            judge.breach(Rule::REQ_5, "the path '%s' holds what no path holds",
                         shown(path).c_str());
            break;
        }
    }
    if (std::any_of(query.begin(), query.end(), [](char c) { return c == ' ' || is_control(c); }))
        judge.breach(Rule::REQ_5, "the query '%s' holds a space or a control byte",
                     shown(query).c_str());
    // A layer may have derived another path; what the client sent is known at the server only.
    const string_view target = text(view.target);
    if (view.depth || target.empty() || (view.flags & CSGI_REQ_INTERNAL)) return;
    if (view.form != CSGI_FORM_ORIGIN && view.form != CSGI_FORM_ABSOLUTE) return;
    const string_view whole = target.substr(0, target.find('#'));
    const size_t mark = whole.find('?');
    const string_view behind = mark == whole.npos ? string_view() : whole.substr(mark + 1);
    if (query != behind)
        judge.breach(Rule::REQ_5, "of the target '%s' the query is '%s'", shown(target).c_str(),
                     shown(query).c_str());
}

void judge_field(const csgi_request &view, uint32_t i, Judge &judge) {
    const csgi_header &field = view.headers[i];
    const string_view name = text(field.name), value = text(field.value);
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    };
    if (name.empty() || !std::all_of(name.begin(), name.end(), plain))
        judge.breach(Rule::REQ_6, "a field is named '%s'", shown(name).c_str());
    const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
    if (value.find_first_of(string_view("\r\n\0", 3)) != value.npos ||
        (!value.empty() && (is_blank(value.front()) || is_blank(value.back()))))
        judge.breach(Rule::REQ_7, "'%s' has the value '%s'", shown(name).c_str(),
                     shown(value).c_str());
    const uint32_t id = csgi_field_lookup(name.data(), name.size());
    const uint32_t flags = csgi_field_flags(id);
    if (flags & (CSGI_FF_HOP | CSGI_FF_NO_REQUEST))
        judge.breach(Rule::REQ_12, "'%s' was passed on", shown(name).c_str());
    // Of a name that only the host knows, the number is newer than this table.
    const uint32_t expected = id < view.nknown ? id : 0;
    if (field.id != expected && (id || field.id < CSGI_FID_COUNT))
        judge.breach(Rule::REQ_8, "'%s' has the id %u", shown(name).c_str(), field.id);
    uint32_t next = i + 1;
    while (next < view.nheaders && text(view.headers[next].name) != name) next++;
    if (field.next != (next < view.nheaders ? next + 1 : 0))
        judge.breach(Rule::REQ_9, "line %u, '%s', has next %u", i, shown(name).c_str(), field.next);
}

void judge_known(const csgi_request &view, Judge &judge) {
    for (uint32_t id = 0; id < view.nknown; id++) {
        uint32_t first = 0;
        while (first < view.nheaders && view.headers[first].id != id) first++;
        const uint32_t expected = id && first < view.nheaders ? first + 1 : 0;
        if (view.known[id] == expected) continue;
        judge.breach(Rule::REQ_8, "known[%u] is %u", id, view.known[id]);
        return;
    }
}

void judge_host(const csgi_request &view, Judge &judge) {
    const csgi_header *host = nullptr;
    for (uint32_t i = 0; i < view.nheaders; i++) {
        if (text(view.headers[i].name) != "host") continue;
        if (host) judge.breach(Rule::REQ_10, "Host stands twice");
        host = &view.headers[i];
    }
    if (view.depth || (view.flags & CSGI_REQ_INTERNAL)) return; // a layer may know better
    string_view expected = host ? text(host->value) : text(view.authority);
    if (view.form == CSGI_FORM_ABSOLUTE) {
        if (!view.target.n) return; // this host does not say what was asked for
        csgi_target target;
        if (csgi_target_parse(view.target.p, view.target.n, view.method.p, view.method.n,
                              &target) == CSGI_TARGET_OK)
            expected = {target.authority.p, target.authority.n};
    }
    if (text(view.authority) != expected)
        judge.breach(Rule::REQ_10, "authority is '%s' where '%s' was asked for",
                     shown(text(view.authority)).c_str(), shown(expected).c_str());
}

void judge_framing(const csgi_request &view, Judge &judge) {
    bool has_field = false;
    for (uint32_t i = 0; i < view.nheaders; i++) {
        if (text(view.headers[i].name) != "content-length") continue;
        const csgi_str &value = view.headers[i].value;
        int64_t length = 0;
        has_field = true;
        if (!csgi_content_length_parse(value.p, value.n, &length) || length != view.content_length)
            judge.breach(Rule::REQ_11, "content-length is '%s', content_length %lld",
                         shown(text(value)).c_str(), static_cast<long long>(view.content_length));
    }
    if (view.content_length < -1)
        judge.breach(Rule::REQ_13, "content_length is %lld",
                     static_cast<long long>(view.content_length));
    const bool has_body = (view.flags & CSGI_REQ_HAS_BODY) != 0;
    if (!has_body && view.content_length != 0)
        judge.breach(Rule::REQ_13, "content_length is %lld without CSGI_REQ_HAS_BODY",
                     static_cast<long long>(view.content_length));
    else if (!has_body && has_field)
        judge.breach(Rule::REQ_13, "a Content-Length without CSGI_REQ_HAS_BODY");
}

bool is_address(string_view address, uint16_t port) {
    if (address.substr(0, 5) == "unix:") return port == 0;
    // A link-local address names its interface behind "%".
    const std::string host(address.substr(0, address.find('%')));
    unsigned char bytes[16];
    return inet_pton(AF_INET, host.c_str(), bytes) == 1 ||
           inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

void judge_connection(const csgi_request &view, Judge &judge) {
    if (!is_address(text(view.peer), view.peer_port))
        judge.breach(Rule::REQ_15, "peer is '%s', port %u", shown(text(view.peer)).c_str(),
                     view.peer_port);
    if (!is_address(text(view.local), view.local_port))
        judge.breach(Rule::REQ_15, "local is '%s', port %u", shown(text(view.local)).c_str(),
                     view.local_port);
    if (text(view.scheme) != "http" && text(view.scheme) != "https")
        judge.breach(Rule::REQ_19, "scheme is '%s'", shown(text(view.scheme)).c_str());
    const uint16_t version = view.http_version;
    if (version != 10 && version != 11 && version != 20 && version != 30)
        judge.breach(Rule::REQ_19, "http_version is %u", version);
}

// A layer's sink, seen from inside it: the server's own has nothing further out.
void judge_sinks(const csgi_request &view, Judge &judge) {
    if (!(view.flags & CSGI_REQ_TAKES_FILE)) return;
    for (const csgi_sink *sink = view.body_sink; sink && sink->next; sink = sink->next_body)
        if ((sink->wants & (CSGI_WANTS_BODY | CSGI_WANTS_FILE)) == CSGI_WANTS_BODY)
            judge.breach(Rule::MW_5, "a sink wants BODY and not FILE, and TAKES_FILE is set");
}

} // namespace

bool judge_request(const csgi_request &view, Judge &judge) {
    if (!judge_pointers(view, judge) || !judge_strings(view, judge)) return false;
    judge_method(view, judge);
    judge_form(view, judge);
    judge_path(view, judge);
    for (uint32_t i = 0; i < view.nheaders; i++) judge_field(view, i, judge);
    judge_known(view, judge);
    judge_host(view, judge);
    judge_framing(view, judge);
    judge_connection(view, judge);
    judge_sinks(view, judge);
    return true;
}

uint64_t view_digest(const csgi_request &view) {
    Digest digest;
    digest.add(&view, sizeof view);
    for (const csgi_str &s : {view.method, view.target, view.path, view.query, view.scheme,
                              view.authority, view.peer, view.local})
        digest.add(s.p, s.n);
    for (uint32_t i = 0; i < view.nheaders; i++) {
        const csgi_header &field = view.headers[i];
        digest.add(&field, sizeof field);
        digest.add(field.name.p, field.name.n);
        digest.add(field.value.p, field.value.n);
    }
    digest.add(view.known, view.nknown * sizeof *view.known);
    for (const csgi_attr *attr = view.attrs; attr; attr = attr->next)
        digest.add(attr, sizeof *attr);
    return digest.value();
}

} // namespace csgi::lint
