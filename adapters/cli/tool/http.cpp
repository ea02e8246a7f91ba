// SPDX-License-Identifier: MIT
// `csgi tool http`: one operation on a value of HTTP, named as Werkzeug names it.
#include "adapters/cli/tool/tool.hpp"

#include <algorithm>

#include <csgi/crypto/password.hpp>
#include <csgi/http/accept.hpp>
#include <csgi/http/authorization.hpp>
#include <csgi/http/base64.hpp>
#include <csgi/http/cookie.hpp>
#include <csgi/http/date.hpp>
#include <csgi/http/etag.hpp>
#include <csgi/http/field_value.hpp>
#include <csgi/http/filename.hpp>
#include <csgi/http/form.hpp>
#include <csgi/http/host.hpp>
#include <csgi/http/range.hpp>
#include <csgi/http/url.hpp>

#include "core/crypto/mac.hpp"

namespace csgi {

namespace {

std::string hex_of(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) {
        out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
        out += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
    }
    return out;
}

std::string binary(const Question &args, std::string_view name) {
    if (auto bytes = decode_base64(args.text(name))) return std::move(*bytes);
    throw ToolError("value", "not base64: '" + std::string(name) + "'");
}

template <class T>
Value maybe(const std::optional<T> &value) {
    return value ? Value(*value) : Value();
}

Value strings(const std::vector<std::string> &items) {
    List list;
    for (const std::string &item : items) list.emplace_back(item);
    return Value(std::move(list));
}

Value object(const HeaderDict &items) {
    Dict dict;
    for (const auto &[key, value] : items) dict[key] = maybe(value);
    return Value(std::move(dict));
}

Value object(const std::vector<std::pair<std::string, std::string>> &items) {
    Dict dict;
    for (const auto &[key, value] : items) dict[key] = value;
    return Value(std::move(dict));
}

Value pairs(const MultiDict &items) {
    List list;
    for (const auto &[name, value] : items) list.emplace_back(List{name, value});
    return Value(std::move(list));
}

Value do_parse_cookie(const Question &args) {
    return pairs(parse_cookies(args.text("value", "")));
}

Value do_dump_cookie(const Question &args) {
    Cookie cookie;
    cookie.name = args.text("key");
    cookie.value = args.text("value", "");
    if (args.is_set("max_age")) cookie.max_age = args.integer("max_age");
    if (args.is_set("expires")) {
        if (args.get("expires").is_string())
            cookie.expires_text = args.text("expires");
        else
            cookie.expires = args.integer("expires");
    }
    if (const Value *path = args.find("path")) {
        cookie.path = std::nullopt;
        if (!path->is_none()) cookie.path = args.text("path");
    }
    cookie.domain = args.text("domain", "");
    cookie.secure = args.flag("secure", false);
    cookie.http_only = args.flag("httponly", false);
    cookie.same_site = args.text("samesite", "");
    if (args.is_set("samesite") && cookie.same_site.empty())
        throw ToolError("value", "SameSite is empty");
    cookie.partitioned = args.flag("partitioned", false);
    std::string out;
    append_cookie(out, cookie);
    return Value(out);
}

Value do_parse_date(const Question &args) {
    return maybe(parse_date(args.text("value", "")));
}

Value do_http_date(const Question &args) {
    return Value(http_date(args.integer("timestamp")));
}

Value do_quote_etag(const Question &args) {
    return Value(quote_etag(args.text("etag"), args.flag("weak", false)));
}

Value do_unquote_etag(const Question &args) {
    if (args.text("value", "").empty()) return Value(List{Value(), Value()});
    const Etag etag = unquote_etag(args.text("value"));
    return Value(List{etag.tag, etag.weak});
}

Value do_generate_etag(const Question &args) {
    return Value(hex_of(digest(Digest::sha1, binary(args, "data"))));
}

Value sorted_set(std::vector<std::string_view> tags) {
    std::sort(tags.begin(), tags.end());
    tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
    List list;
    for (const std::string_view tag : tags) list.emplace_back(tag);
    return Value(std::move(list));
}

Value do_parse_etags(const Question &args) {
    const Etags etags = parse_etags(args.text("value", ""));
    return Value(Dict{{"strong", sorted_set(etags.strong)},
                      {"weak", sorted_set(etags.weak)},
                      {"star", etags.star}});
}

Value do_is_resource_modified(const Question &args) {
    const Value none{Dict{}};
    const Question headers(args.is_set("headers") ? args.get("headers") : none);
    Conditions conditions;
    conditions.if_match = headers.text("If-Match", "");
    conditions.if_none_match = headers.text("If-None-Match", "");
    conditions.if_modified_since = headers.text("If-Modified-Since", "");
    conditions.if_range = headers.text("If-Range", "");
    conditions.range = headers.text("Range", "");
    Version version;
    std::string etag(args.text("etag", ""));
    if (args.is_set("data")) {
        if (!etag.empty()) throw ToolError("value", "both data and etag given");
        etag = quote_etag(hex_of(digest(Digest::sha1, binary(args, "data"))));
    }
    version.etag = etag;
    if (args.is_set("last_modified")) {
        if (args.get("last_modified").is_string())
            version.last_modified = parse_date(args.text("last_modified"));
        else
            version.last_modified = args.integer("last_modified");
    }
    return Value(is_resource_modified(conditions, version, args.flag("ignore_if_range", true)));
}

Value do_parse_range(const Question &args) {
    const auto range = parse_range_header(args.text("value", ""));
    if (!range) return Value();
    List parts;
    for (const Range::Part &part : range->parts)
        parts.emplace_back(List{part.start, maybe(part.stop)});
    return Value(Dict{{"units", range->units}, {"ranges", parts}, {"header", range->to_header()}});
}

Value do_range_for_length(const Question &args) {
    const auto range = parse_range_header(args.text("value", ""));
    if (!range || !args.is_set("length")) return Value();
    const std::int64_t length = args.integer("length");
    const auto found = range->for_length(length);
    if (!found) return Value();
    const ContentRange content{range->units, *found, length};
    return Value(Dict{
        {"start", found->start}, {"stop", found->stop}, {"content_range", content.to_header()}});
}

Value do_parse_content_range(const Question &args) {
    const auto range = parse_content_range_header(args.text("value", ""));
    if (!range) return Value();
    Dict dict{{"units", range->units}, {"start", Value()}, {"stop", Value()}, {"length", Value()}};
    if (range->range) {
        dict["start"] = range->range->start;
        dict["stop"] = range->range->stop;
    }
    dict["length"] = maybe(range->length);
    return Value(std::move(dict));
}

Value do_parse_if_range(const Question &args) {
    const IfRange range = parse_if_range_header(args.text("value", ""));
    return Value(Dict{{"etag", maybe(range.etag)}, {"date", maybe(range.date)}});
}

Accept accept_of(const Question &args) {
    const std::string_view kind = args.text("kind", "plain");
    AcceptKind which = AcceptKind::plain;
    if (kind == "mime") which = AcceptKind::mime;
    if (kind == "language") which = AcceptKind::language;
    if (kind == "charset") which = AcceptKind::charset;
    if (which == AcceptKind::plain && kind != "plain")
        throw ToolError("value", "no kind of Accept: '" + std::string(kind) + "'");
    return Accept(args.text("value", ""), which);
}

Value do_parse_accept(const Question &args) {
    List list;
    const Accept accept = accept_of(args);
    for (const Accept::Item &item : accept.items())
        list.emplace_back(List{item.value, item.quality});
    return Value(std::move(list));
}

Value do_accept_best_match(const Question &args) {
    std::vector<std::string_view> offers;
    for (const Value &offer : args.get("offers").as_list()) offers.push_back(offer.as_string());
    const Accept accept = accept_of(args);
    const std::string_view best = accept.best_match(offers);
    if (best.data()) return Value(best);
    return args.is_set("default") ? args.get("default") : Value();
}

Value do_accept_quality(const Question &args) {
    return Value(accept_of(args).quality(args.text("item")));
}

Value do_parse_options_header(const Question &args) {
    const OptionsHeader header = parse_options_header(args.text("value", ""));
    return Value(Dict{{"value", header.value}, {"options", object(header.options)}});
}

std::string text_of(const Value &value) {
    if (value.is_string()) return std::string(value.text());
    if (value.is(Kind::boolean)) return value.as_bool() ? "True" : "False";
    if (value.is(Kind::integer)) return std::to_string(value.as_int());
    throw ToolError("value", "not a string: a member of the header");
}

Value do_dump_options_header(const Question &args) {
    std::vector<std::pair<std::string, std::string>> options;
    if (args.is_set("options"))
        for (const auto &[key, value] : args.get("options").as_dict())
            if (!value.is_none()) options.emplace_back(key.text(), text_of(value));
    std::optional<std::string_view> value;
    if (args.is_set("value")) value = args.text("value");
    return Value(dump_options_header(value, options));
}

Value do_parse_list_header(const Question &args) {
    return strings(parse_list_header(args.text("value", "")));
}

Value do_parse_dict_header(const Question &args) {
    return object(parse_dict_header(args.text("value", "")));
}

Value do_parse_csp(const Question &args) {
    return object(parse_csp_header(args.text("value", "")));
}

Value do_dump_header(const Question &args) {
    const Value &items = args.get("items");
    if (items.is_list()) {
        std::vector<std::string> list;
        for (const Value &item : items.as_list()) list.push_back(text_of(item));
        return Value(dump_list_header(list));
    }
    HeaderDict dict;
    for (const auto &[key, value] : items.as_dict())
        dict.emplace_back(key.text(),
                          value.is_none() ? std::nullopt : std::optional(text_of(value)));
    return Value(dump_dict_header(dict));
}

Value do_quote_header_value(const Question &args) {
    return Value(quote_header_value(text_of(args.get("value")), args.flag("allow_token", true)));
}

Value authorization(const std::optional<Authorization> &found, bool header) {
    if (!found) return Value();
    Dict dict{{"type", found->type},
              {"token", maybe(found->token)},
              {"parameters", object(found->parameters)}};
    if (header) dict["header"] = dump_www_authenticate(*found);
    return Value(std::move(dict));
}

Value do_parse_authorization(const Question &args) {
    return authorization(parse_authorization(args.text("value", "")), false);
}

Value do_parse_www_authenticate(const Question &args) {
    return authorization(parse_www_authenticate(args.text("value", "")), true);
}

Value do_get_host(const Question &args) {
    std::optional<std::string_view> host;
    if (args.is_set("host")) host = args.text("host");
    std::optional<std::pair<std::string_view, int>> server;
    if (args.is_set("server")) {
        const List &parts = args.get("server").as_list();
        if (parts.size() == 2 && !parts[1].is_none())
            server = {parts[0].as_string(), static_cast<int>(parts[1].as_int())};
    }
    return Value(get_host(args.text("scheme", "http"), host, server));
}

Value do_get_content_length(const Question &args) {
    for (const std::string &coding : parse_list_header(args.text("transfer_encoding", "")))
        if (coding == "chunked" || coding == "CHUNKED" || coding == "Chunked") return Value();
    if (!args.is_set("content_length")) return Value();
    const std::string_view text = args.text("content_length");
    const std::string_view digits =
        text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
    try {
        const std::size_t end = digits.find_last_not_of(" \t");
        const Value number = Value::integer(digits.substr(0, end == digits.npos ? 0 : end + 1));
        if (number.is(Kind::integer) && number.as_int() < 0) return Value(0);
        return number.text().starts_with('-') ? Value(0) : number;
    } catch (const std::invalid_argument &) {
        return Value(0);
    }
}

Value do_parse_form(const Question &args) {
    FormLimits limits;
    limits.parts = limits.field_bytes = limits.memory = SIZE_MAX;
    if (args.is_set("max_form_memory_size"))
        limits.field_bytes = static_cast<std::size_t>(args.integer("max_form_memory_size"));
    if (args.is_set("max_form_parts"))
        limits.parts = static_cast<std::size_t>(args.integer("max_form_parts"));
    const std::string body = binary(args, "body");
    const std::string_view type = args.text("content_type", "");
    const bool multipart = parse_options_header(type).value == "multipart/form-data";
    // Werkzeug reads 64 KiB at a time and counts each reading, whatever it holds.
    constexpr std::size_t reading = 64 * 1024;
    if (multipart && std::min(body.size(), reading) > limits.field_bytes)
        throw TooLarge("a reading larger than max_form_memory_size");
    // A form that is not multipart is not limited there.
    if (!multipart) limits.parts = SIZE_MAX;
    const auto form = parse_form(type, body, limits);
    Dict out{{"fields", List{}}, {"files", List{}}};
    if (!form) return Value(std::move(out));
    out["fields"] = pairs(form->fields);
    List files;
    for (const UploadedFile &file : form->files)
        files.emplace_back(Dict{{"name", file.name},
                                {"filename", file.filename},
                                {"content_type", file.content_type},
                                {"size", file.content.size()},
                                {"sha256", hex_of(digest(Digest::sha256, file.content.text()))}});
    out["files"] = Value(std::move(files));
    return Value(std::move(out));
}

Value do_iri_to_uri(const Question &args) {
    return Value(iri_to_uri(args.text("value")));
}

Value do_uri_to_iri(const Question &args) {
    return Value(uri_to_iri(args.text("value")));
}

Value do_secure_filename(const Question &args) {
    return Value(secure_filename(args.text("value")));
}

Value do_safe_join(const Question &args) {
    std::vector<std::string> parts;
    for (const Value &part : args.get("parts").as_list()) parts.emplace_back(part.as_string());
    return maybe(safe_join(args.text("base"), parts));
}

Value do_check_password_hash(const Question &args) {
    return Value(check_password_hash(args.text("hash"), args.text("password")));
}

struct Operation {
    std::string_view name;
    Value (*run)(const Question &args);
};
constexpr Operation operations[] = {
    {"parse_cookie", do_parse_cookie},
    {"dump_cookie", do_dump_cookie},
    {"parse_date", do_parse_date},
    {"http_date", do_http_date},
    {"quote_etag", do_quote_etag},
    {"unquote_etag", do_unquote_etag},
    {"generate_etag", do_generate_etag},
    {"parse_etags", do_parse_etags},
    {"is_resource_modified", do_is_resource_modified},
    {"parse_range", do_parse_range},
    {"range_for_length", do_range_for_length},
    {"parse_content_range", do_parse_content_range},
    {"parse_if_range", do_parse_if_range},
    {"parse_accept", do_parse_accept},
    {"accept_best_match", do_accept_best_match},
    {"accept_quality", do_accept_quality},
    {"parse_options_header", do_parse_options_header},
    {"dump_options_header", do_dump_options_header},
    {"parse_list_header", do_parse_list_header},
    {"parse_set_header", do_parse_list_header},
    {"parse_dict_header", do_parse_dict_header},
    {"parse_csp", do_parse_csp},
    {"dump_header", do_dump_header},
    {"quote_header_value", do_quote_header_value},
    {"parse_cache_control", do_parse_dict_header},
    {"parse_authorization", do_parse_authorization},
    {"parse_www_authenticate", do_parse_www_authenticate},
    {"get_host", do_get_host},
    {"get_content_length", do_get_content_length},
    {"parse_form", do_parse_form},
    {"iri_to_uri", do_iri_to_uri},
    {"uri_to_iri", do_uri_to_iri},
    {"secure_filename", do_secure_filename},
    {"safe_join", do_safe_join},
    {"check_password_hash", do_check_password_hash},
};

} // namespace

Dict answer_http(const Value &question) {
    const std::string_view op = Question(question).text("op");
    const Value none{Dict{}};
    const Value &args = question.find("args") ? *question.find("args") : none;
    for (const Operation &operation : operations) {
        if (operation.name != op) continue;
        try {
            return Dict{{"result", operation.run(Question(args))}};
        } catch (const TooLarge &error) {
            throw ToolError("too_large", error.what());
        }
    }
    throw ToolError("value", "no operation '" + std::string(op) + "'");
}

} // namespace csgi
