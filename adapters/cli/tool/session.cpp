// SPDX-License-Identifier: MIT
// `csgi tool session`: cookies as Flask signs them, and tokens as ItsDangerous does.
#include "adapters/cli/tool/tool.hpp"

#include <csgi/crypto/serializer.hpp>
#include <csgi/crypto/signer.hpp>
#include <csgi/value/tagged.hpp>

namespace csgi {

namespace {

std::vector<std::string> keys_of(const Question &question, std::string_view name) {
    std::vector<std::string> keys;
    if (question.is_set(name))
        for (const Value &key : question.get(name).as_list()) keys.emplace_back(key.as_string());
    return keys;
}

Digest digest_of(const Question &question) {
    const std::string_view name = question.text("digest", "sha1");
    if (name == "sha1") return Digest::sha1;
    if (name == "sha256") return Digest::sha256;
    if (name == "sha384") return Digest::sha384;
    if (name == "sha512") return Digest::sha512;
    throw ToolError("value", "no digest '" + std::string(name) + "'");
}

Derivation derivation_of(const Question &question) {
    const std::string_view name = question.text("key_derivation", "django-concat");
    if (name == "django-concat") return Derivation::django_concat;
    if (name == "concat") return Derivation::concat;
    if (name == "hmac") return Derivation::hmac;
    if (name == "none") return Derivation::none;
    throw ToolError("value", "no key derivation '" + std::string(name) + "'");
}

Serializer session_serializer(const Question &question) {
    return Serializer::for_sessions(std::string(question.text("secret_key")),
                                    keys_of(question, "fallbacks"));
}

Serializer serializer(const Question &question) {
    SerializerOptions options;
    options.salt = question.text("salt", "itsdangerous");
    options.derivation = derivation_of(question);
    options.digest = digest_of(question);
    options.timed = question.flag("timestamp", false);
    options.url_safe = question.flag("url_safe", false);
    return Serializer(keys_of(question, "secret_keys"), options);
}

Signer signer(const Question &question) {
    SignerOptions options;
    options.salt = question.text("salt", "itsdangerous.Signer");
    options.separator = question.text("sep", ".");
    options.derivation = derivation_of(question);
    options.digest = digest_of(question);
    return Signer(keys_of(question, "secret_keys"), options);
}

std::int64_t now_of(const Question &question) {
    return question.is_set("now") ? question.integer("now") : 0;
}

std::int64_t age_of(const Question &question, std::int64_t usual) {
    return question.is_set("max_age") ? question.integer("max_age") : usual;
}

Value value_of(const Loaded &loaded) {
    switch (loaded.outcome) {
    case Loaded::ok: return loaded.value;
    case Loaded::bad_signature: throw ToolError("bad_signature", "the signature does not match");
    case Loaded::expired: throw ToolError("expired", "too old, or signed in the future");
    case Loaded::bad_payload: break;
    }
    throw ToolError("bad_payload", "well signed, but not to be read");
}

Value text_of(const Unsigned &found) {
    switch (found.outcome) {
    case Unsigned::ok: return Value(found.text);
    case Unsigned::expired: throw ToolError("expired", "too old, or signed in the future");
    case Unsigned::bad_signature:
    case Unsigned::bad_timestamp: break;
    }
    throw ToolError("bad_signature", "the signature does not match");
}

Value run(const Question &question) {
    const std::string_view op = question.text("op");
    const std::int64_t now = now_of(question);
    const bool timed = question.flag("timestamp", false);
    // Flask's default for PERMANENT_SESSION_LIFETIME.
    constexpr std::int64_t month = 2'678'400;
    if (op == "session_dump")
        return Value(session_serializer(question).dumps(untag(question.get("session")), now));
    if (op == "session_load")
        return tag(value_of(session_serializer(question).loads(question.text("cookie"), now,
                                                               age_of(question, month))));
    if (op == "dumps") return Value(serializer(question).dumps(question.get("value"), now));
    if (op == "loads")
        return value_of(serializer(question).loads(question.text("token"), now,
                                                   age_of(question, Signer::any_age)));
    if (op == "sign")
        return Value(timed ? signer(question).sign_at(question.text("value"), now)
                           : signer(question).sign(question.text("value")));
    if (op == "unsign") {
        const std::string_view token = question.text("token");
        return text_of(
            timed ? signer(question).unsign_at(token, now, age_of(question, Signer::any_age))
                  : signer(question).unsign(token));
    }
    throw ToolError("value", "no operation '" + std::string(op) + "'");
}

} // namespace

Dict answer_session(const Value &question) {
    return Dict{{"result", run(Question(question))}};
}

} // namespace csgi
