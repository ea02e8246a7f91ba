// SPDX-License-Identifier: MIT
// Between a handler's types and the request.
#include <csgi/app/app.hpp>

#include <cstring>

#include "core/http/hex.hpp"

namespace csgi {

std::string Uuid::text() const {
    return uuid_of_bytes({reinterpret_cast<const char *>(bytes.data()), bytes.size()});
}

const Value *PathValues::changed(const Binding &binding) const {
    if (ctx.view_args_) {
        if (const Value *value = ctx.view_args_->find(binding.name)) return value;
        throw std::logic_error("the handler of '" + std::string(ctx.endpoint()) + "' needs '" +
                               binding.name + "', which a preprocessor took out");
    }
    if (binding.variable >= 0)
        return binding.is_translated ? std::as_const(ctx.view_args()).find(binding.name) : nullptr;
    return ctx.match_.rule->options.defaults.find(binding.name);
}

std::string_view PathValues::text(const Binding &binding) const {
    return ctx.match_.values[binding.variable];
}

const Converter &PathValues::converter(const Binding &binding) const {
    return *ctx.match_.rule->variables[static_cast<std::size_t>(binding.variable)].value;
}

namespace detail {

void the_rule_is_malformed() {
    throw SetupError("malformed url rule");
}
void the_rule_must_start_with_a_slash() {
    throw SetupError("the rule must start with a slash");
}
void the_rule_uses_a_variable_name_twice() {
    throw SetupError("the rule uses a variable name twice");
}
void the_rule_has_more_variables_than_the_handler_takes() {
    throw SetupError("the rule has more variables than the handler takes");
}
void the_handler_takes_more_values_than_the_rule_has_variables() {
    throw SetupError("the handler takes more values than the rule has variables");
}
void an_int_variable_needs_an_integer_argument() {
    throw SetupError("an int variable needs an integer argument");
}
void a_float_variable_needs_a_floating_point_argument() {
    throw SetupError("a float variable needs a floating point argument");
}
void a_text_variable_needs_a_string_argument() {
    throw SetupError("a text variable needs a string argument");
}
void a_uuid_variable_needs_a_Uuid_argument() {
    throw SetupError("a uuid variable needs a csgi::Uuid argument");
}

void not_in_range() {
    // As if the converter had refused it.
    throw NotFound();
}

Uuid uuid_of(std::string_view text) {
    Uuid uuid;
    const std::string bytes = uuid_bytes(text);
    std::memcpy(uuid.bytes.data(), bytes.data(), std::min(bytes.size(), uuid.bytes.size()));
    return uuid;
}

void returned_nothing(const Context &ctx) {
    throw TypeError("The view function for '" + std::string(ctx.endpoint()) +
                    "' did not return a valid response. The function either returned None or "
                    "ended without a return statement.");
}

void view_answers_no_method(const Context &ctx) {
    // Flask asserts it: the rule has methods that the class has not.
    throw TypeError("Unimplemented method '" + std::string(ctx.request().method()) + "'");
}

void set_json(const Context &ctx, Response &out, const Value &value) {
    std::string text;
    append_json(text, value, ctx.app.json_format());
    text += '\n';
    out.headers.set_known(CSGI_FIELD_CONTENT_TYPE, ctx.app.json.mimetype);
    out.set_body(std::move(text));
}

void set_value(const Context &ctx, Response &out, const Value &value) {
    if (value.is_none() || value.is_undefined()) returned_nothing(ctx);
    if (!value.is_string() && !value.is(Kind::bytes)) return set_json(ctx, out, value);
    begin_text(out);
    out.set_body(std::string(value.text()));
}

void set_bytes(Response &out, const unsigned char *bytes, std::size_t n) {
    begin_text(out);
    out.set_body(std::string(reinterpret_cast<const char *>(bytes), n));
}

void set_headers(Response &out, const Headers &headers) {
    // Flask updates: a name that is given replaces what was there, and may itself repeat.
    for (const HeaderView line : headers) out.headers.remove(line.name);
    out.headers.extend(headers);
}

void set_status(Response &out, int status) {
    out.status = status;
}

void set_error(Response &out, const HttpError &error) {
    out.status = error.status();
    out.headers.set_known(CSGI_FIELD_CONTENT_TYPE, html_type);
    // A name may repeat, such as WWW-Authenticate.
    for (const auto &[name, value] : error.headers) out.headers.remove(name);
    for (const auto &[name, value] : error.headers) out.headers.add(name, value);
    out.set_body(error.page());
}

void set_forwarded(Response &out, csgi_app *app) {
    out.forward_to(app);
}

const Value &json_body(const Context &ctx) {
    return ctx.request().json();
}

// ---- Fields of structs ------------------------------------------------------------------------

std::string_view next_field(std::string_view &names) {
    const std::size_t comma = names.find(',');
    std::string_view name = names.substr(0, comma);
    names = comma == names.npos ? std::string_view() : names.substr(comma + 1);
    while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
    while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
    return name;
}

void missing_field(std::string_view name) {
    throw FieldError(std::string(name) + ": is missing");
}

void wrong_field(std::string_view name, std::string_view wanted, const Value &value) {
    throw FieldError(std::string(name) + ": is " + std::string(value.type_name()) + ", not " +
                     std::string(wanted));
}

void no_object(const Value &value) {
    throw FieldError("the body: is " + std::string(value.type_name()) + ", not an object");
}

} // namespace detail

} // namespace csgi
