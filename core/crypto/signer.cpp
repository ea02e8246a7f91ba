// SPDX-License-Identifier: MIT
// Text with a signature behind it, and perhaps a time before that.
#include <csgi/crypto/signer.hpp>

#include <csgi/http/base64.hpp>

#include "core/crypto/mac.hpp"
#include "core/crypto/wiped.hpp"

namespace csgi {

namespace {

std::string derive(const SignerOptions &options, const std::string &secret) {
    std::string text;
    const Wiped wiped(text);
    const auto digest_behind = [&](std::string_view middle) {
        text.reserve(options.salt.size() + middle.size() + secret.size());
        ((text += options.salt) += middle) += secret;
        return digest(options.digest, text);
    };
    switch (options.derivation) {
    case Derivation::django_concat: return digest_behind("signer");
    case Derivation::concat: return digest_behind("");
    case Derivation::hmac: return Mac(options.digest, secret)(options.salt);
    case Derivation::none: break;
    }
    return secret;
}

// Big-endian, without zero bytes in front.
std::string time_text(std::int64_t now) {
    std::string bytes;
    for (int shift = 56; shift >= 0; shift -= 8) {
        const auto byte = static_cast<char>(static_cast<std::uint64_t>(now) >> shift & 0xff);
        if (byte != 0 || !bytes.empty()) bytes += byte;
    }
    std::string out;
    append_base64_url(out, bytes);
    return out;
}

std::optional<std::int64_t> time_of(std::string_view text) {
    const auto bytes = decode_base64(text);
    if (!bytes || bytes->size() > 8) return std::nullopt;
    std::uint64_t time = 0;
    for (const char byte : *bytes) time = time << 8 | static_cast<unsigned char>(byte);
    if (time > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
    return static_cast<std::int64_t>(time);
}

} // namespace

struct Signer::Keys {
    std::vector<Mac> macs; // from the oldest
};

Signer::Signer(const std::vector<std::string> &keys, SignerOptions options)
    : keys_(std::make_unique<Keys>()), separator_(std::move(options.separator)) {
    if (keys.empty()) throw std::invalid_argument("a signer needs a secret key");
    constexpr std::string_view taken =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=";
    if (taken.find(separator_) != taken.npos)
        throw std::invalid_argument(
            "the separator '" + separator_ +
            "' may occur in a signature: ASCII letters, digits and '-_=' do");
    for (const std::string &key : keys) {
        if (key.empty()) throw std::invalid_argument("a secret key is empty");
        std::string derived = derive(options, key);
        const Wiped wiped(derived);
        keys_->macs.emplace_back(options.digest, derived);
    }
}

Signer::Signer(Signer &&) noexcept = default;
Signer &Signer::operator=(Signer &&) noexcept = default;
Signer::~Signer() = default;

std::string Signer::signature(std::string_view text) const {
    std::string out;
    append_base64_url(out, keys_->macs.back()(text));
    return out;
}

bool Signer::verify(std::string_view text, std::string_view signature) const {
    const auto given = decode_base64(signature);
    if (!given) return false;
    for (auto mac = keys_->macs.rbegin(); mac != keys_->macs.rend(); ++mac)
        if (same_secret((*mac)(text), *given)) return true;
    return false;
}

std::string Signer::sign(std::string_view text) const {
    std::string out(text);
    out += separator_;
    out += signature(text);
    return out;
}

Unsigned Signer::unsign(std::string_view token) const {
    const std::size_t cut = token.rfind(separator_);
    if (cut == token.npos) return {};
    const std::string_view text = token.substr(0, cut);
    if (!verify(text, token.substr(cut + separator_.size()))) return {};
    return {Unsigned::ok, text, 0};
}

std::string Signer::sign_at(std::string_view text, std::int64_t now) const {
    std::string out(text);
    out += separator_;
    out += time_text(now);
    return sign(out);
}

Unsigned Signer::unsign_at(std::string_view token, std::int64_t now, std::int64_t max_age,
                           std::int64_t skew) const {
    Unsigned result = unsign(token);
    if (result.outcome != Unsigned::ok) return result;
    const std::size_t cut = result.text.rfind(separator_);
    const auto time = cut == result.text.npos
                          ? std::nullopt
                          : time_of(result.text.substr(cut + separator_.size()));
    if (!time) return {Unsigned::bad_timestamp, {}, 0};
    result.text = result.text.substr(0, cut);
    result.signed_at = *time;
    if (max_age != any_age && (now - *time > max_age || now - *time < -skew))
        result.outcome = Unsigned::expired;
    return result;
}

} // namespace csgi
