// SPDX-License-Identifier: MIT
// Signed values: ItsDangerous' serializers, and the session cookie that Flask makes with one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <csgi/crypto/signer.hpp>
#include <csgi/value/json.hpp>
#include <csgi/value/tagged.hpp>
#include <csgi/value/value.hpp>

namespace csgi {

struct SerializerOptions {
    std::string salt = "itsdangerous";
    Derivation derivation = Derivation::django_concat;
    Digest digest = Digest::sha1;
    bool timed = false;    // with the time of signing: TimedSerializer
    bool url_safe = false; // base64, and zlib where that is shorter: URLSafeSerializer
    bool tagged = false;   // tuples, bytes and the like keep their kinds, as in sessions
    // Of a tagged one: whose tags, NULL for Flask's own, and what Flask's app.json says.
    std::shared_ptr<const Tags> tags = nullptr;
    bool sort_keys = true, ensure_ascii = true;
};

// What a token turned out to be.
struct Loaded {
    enum Outcome { ok, bad_signature, expired, bad_payload };
    Outcome outcome = bad_signature; // bad_signature also for a good one over no time
    Value value;                     // none unless ok, or asked for without belief
    std::int64_t signed_at = 0;      // of a timed token
};

// Any number of threads may use one.
class Serializer {
public:
    // Keys from the oldest to the newest, which signs; throws as Signer does.
    explicit Serializer(const std::vector<std::string> &keys,
                        const SerializerOptions &options = {});

    // What Flask signs its sessions with: salt "cookie-session", derivation hmac, timed, URL-safe,
    // tagged; the other options count. `fallbacks` as SECRET_KEY_FALLBACKS: older keys that are
    // still believed.
    static Serializer for_sessions(const std::string &secret_key,
                                   const std::vector<std::string> &fallbacks,
                                   SerializerOptions options);
    static Serializer for_sessions(const std::string &secret_key,
                                   const std::vector<std::string> &fallbacks = {},
                                   Digest digest = Digest::sha1);

    // Throws what append_json() throws for a value that JSON cannot say. `now` in seconds since
    // 1970, which only a timed token holds. Flask sorts keys, ItsDangerous does not; both spell the
    // rest their own way, which this follows.
    std::string dumps(const Value &value, std::int64_t now = 0) const;
    // `max_age` in seconds; a payload that opens to more than 16 MiB is bad.
    Loaded loads(std::string_view token, std::int64_t now = 0,
                 std::int64_t max_age = Signer::any_age) const;
    // The same, but with the value of a token that is not to be believed, where it has one, to be
    // looked at by a person: ItsDangerous' loads_unsafe().
    Loaded loads_unsafe(std::string_view token, std::int64_t now = 0,
                        std::int64_t max_age = Signer::any_age) const;

private:
    // Nothing for a payload that is none.
    std::optional<Value> load_payload(std::string_view payload) const;

    Signer signer_;
    bool timed_, url_safe_, sort_keys_, ensure_ascii_;
    std::shared_ptr<const Tags> tags_; // of a tagged one
};

} // namespace csgi
