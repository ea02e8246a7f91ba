// SPDX-License-Identifier: MIT
// Signed text, byte for byte as ItsDangerous signs it.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace csgi {

enum class Digest { sha1, sha256, sha384, sha512 };

// How the key that signs comes from the secret key and the salt.
enum class Derivation {
    django_concat, // digest(salt + "signer" + secret)
    concat,        // digest(salt + secret)
    hmac,          // HMAC(secret, salt)
    none,          // the secret itself
};

struct SignerOptions {
    std::string salt = "itsdangerous.Signer";
    std::string separator = ".";
    Derivation derivation = Derivation::django_concat;
    Digest digest = Digest::sha1; // inside HMAC, where SHA-1 still holds; for compatibility
};

// What a signed text turned out to be.
struct Unsigned {
    enum Outcome {
        ok,
        bad_signature, // or none at all
        bad_timestamp, // a good signature over no time
        expired,       // or signed in the future
    };
    Outcome outcome = bad_signature;
    std::string_view text;      // lies in the token; empty unless ok or expired
    std::int64_t signed_at = 0; // seconds since 1970, where there is a time
};

// Signs with one key and believes several. Does not change once made: any number of threads may use
// it.
class Signer {
public:
    static constexpr std::int64_t any_age = std::numeric_limits<std::int64_t>::max();

    // Keys from the oldest to the newest, which signs. Throws std::invalid_argument for no key, an
    // empty one, or a separator that may occur in a signature.
    explicit Signer(const std::vector<std::string> &keys, SignerOptions options = {});
    Signer(Signer &&) noexcept;
    Signer &operator=(Signer &&) noexcept;
    ~Signer();

    // text.signature
    std::string sign(std::string_view text) const;
    Unsigned unsign(std::string_view token) const;

    // text.time.signature; `now` in seconds since 1970.
    std::string sign_at(std::string_view text, std::int64_t now) const;
    // Good from `now - max_age` to `now`; any_age does not look at the time. A clock that runs
    // behind the signer's by up to `skew` seconds is forgiven.
    Unsigned unsign_at(std::string_view token, std::int64_t now, std::int64_t max_age = any_age,
                       std::int64_t skew = 0) const;

    // The signature alone, as it stands in a token.
    std::string signature(std::string_view text) const;
    bool verify(std::string_view text, std::string_view signature) const;

private:
    struct Keys;
    std::unique_ptr<Keys> keys_;
    std::string separator_;
};

} // namespace csgi
