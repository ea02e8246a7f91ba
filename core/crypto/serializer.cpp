// SPDX-License-Identifier: MIT
// Values to signed text: JSON, perhaps compressed, in the letters of URLs, and a signature.
#include <csgi/crypto/serializer.hpp>

#include <zlib.h>

#include <csgi/http/base64.hpp>

#include "core/crypto/wiped.hpp"

namespace csgi {

namespace {

// Far above any cookie; what a signed payload may open to.
constexpr std::size_t most_inflated = std::size_t{16} << 20;

// zlib's container at its default level: what Python's zlib.compress() gives.
std::string deflate_all(std::string_view text) {
    uLongf length = compressBound(static_cast<uLong>(text.size()));
    std::string out(length, '\0');
    const int result =
        compress(reinterpret_cast<Bytef *>(out.data()), &length,
                 reinterpret_cast<const Bytef *>(text.data()), static_cast<uLong>(text.size()));
    if (result != Z_OK) throw std::bad_alloc();
    out.resize(length);
    return out;
}

std::optional<std::string> inflate_all(std::string_view text) {
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK) throw std::bad_alloc();
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    std::string out;
    int result = Z_OK;
    while (result == Z_OK && out.size() < most_inflated) {
        const std::size_t had = out.size();
        const std::size_t room = had == 0 ? text.size() * 4 + 64 : had;
        out.resize(had + room);
        stream.next_out = reinterpret_cast<Bytef *>(out.data() + had);
        stream.avail_out = static_cast<uInt>(room);
        result = inflate(&stream, Z_NO_FLUSH);
        out.resize(had + room - stream.avail_out);
    }
    inflateEnd(&stream);
    // As Python, nothing may follow.
    if (result != Z_STREAM_END || stream.avail_in != 0 || out.size() > most_inflated)
        return std::nullopt;
    return out;
}

// Texts so short that zlib can make them shorter only by a string of three bytes that comes again:
// its header, checksum and one end of block take 8 bytes, and a table of codes takes more than such
// a text can save. Most sessions are, and setting zlib up costs more than all the rest.
constexpr std::size_t short_text = 40;

bool can_shrink(std::string_view text) {
    if (text.size() > short_text) return true;
    for (std::size_t i = 3; i + 3 <= text.size(); ++i)
        if (text.substr(0, i + 2).find(text.substr(i, 3)) < i) return true;
    return false;
}

std::string pack(std::string_view json) {
    std::string out;
    const std::string compressed = can_shrink(json) ? deflate_all(json) : std::string(json);
    if (compressed.size() + 1 < json.size()) {
        out = ".";
        append_base64_url(out, compressed);
    } else {
        append_base64_url(out, json);
    }
    return out;
}

std::optional<std::string> unpack(std::string_view payload) {
    const bool compressed = payload.starts_with('.');
    auto bytes = decode_base64(payload.substr(compressed));
    if (!bytes || !compressed) return bytes;
    return inflate_all(*bytes);
}

SignerOptions signer_options(const SerializerOptions &options) {
    SignerOptions out;
    out.salt = options.salt;
    out.derivation = options.derivation;
    out.digest = options.digest;
    return out;
}

} // namespace

Serializer::Serializer(const std::vector<std::string> &keys, const SerializerOptions &options)
    : signer_(keys, signer_options(options)), timed_(options.timed), url_safe_(options.url_safe),
      sort_keys_(options.tagged && options.sort_keys),
      ensure_ascii_(options.tagged ? options.ensure_ascii : !options.url_safe) {
    if (options.tagged) tags_ = options.tags ? options.tags : std::make_shared<const Tags>();
}

Serializer Serializer::for_sessions(const std::string &secret_key,
                                    const std::vector<std::string> &fallbacks,
                                    SerializerOptions options) {
    std::vector<std::string> keys;
    const Wiped wiped(keys);
    keys.reserve(fallbacks.size() + 1);
    for (const std::string &key : fallbacks) keys.push_back(key);
    keys.push_back(secret_key);
    options.salt = "cookie-session";
    options.derivation = Derivation::hmac;
    options.timed = options.url_safe = options.tagged = true;
    return Serializer(keys, options);
}

Serializer Serializer::for_sessions(const std::string &secret_key,
                                    const std::vector<std::string> &fallbacks, Digest digest) {
    SerializerOptions options;
    options.digest = digest;
    return for_sessions(secret_key, fallbacks, std::move(options));
}

std::string Serializer::dumps(const Value &value, std::int64_t now) const {
    JsonFormat format;
    format.compact = tags_ || url_safe_;
    format.sort_keys = sort_keys_;
    format.ensure_ascii = ensure_ascii_;
    std::string payload = dump_json(tags_ ? tags_->tag(value) : value, format);
    if (url_safe_) payload = pack(payload);
    return timed_ ? signer_.sign_at(payload, now) : signer_.sign(payload);
}

std::optional<Value> Serializer::load_payload(std::string_view payload) const {
    try {
        std::string unpacked;
        std::string_view json = payload;
        if (url_safe_) {
            auto bytes = unpack(payload);
            if (!bytes) return std::nullopt;
            json = unpacked = std::move(*bytes);
        }
        Value value = parse_json(json);
        return tags_ ? tags_->untag(value) : std::move(value);
    } catch (const JsonError &) {
    } catch (const std::invalid_argument &) {
    }
    return std::nullopt;
}

Loaded Serializer::loads(std::string_view token, std::int64_t now, std::int64_t max_age) const {
    const Unsigned found = timed_ ? signer_.unsign_at(token, now, max_age) : signer_.unsign(token);
    Loaded loaded;
    loaded.signed_at = found.signed_at;
    if (found.outcome == Unsigned::expired) loaded.outcome = Loaded::expired;
    if (found.outcome != Unsigned::ok) return loaded;
    loaded.outcome = Loaded::bad_payload;
    if (auto value = load_payload(found.text)) {
        loaded.value = std::move(*value);
        loaded.outcome = Loaded::ok;
    }
    return loaded;
}

Loaded Serializer::loads_unsafe(std::string_view token, std::int64_t now,
                                std::int64_t max_age) const {
    Loaded loaded = loads(token, now, max_age);
    if (loaded.outcome == Loaded::ok) return loaded;
    // Without the signature, and the time, if there are any.
    std::size_t separator = token.rfind('.');
    if (separator == token.npos) return loaded;
    std::string_view payload = token.substr(0, separator);
    separator = payload.rfind('.');
    if (timed_ && separator != payload.npos) payload = payload.substr(0, separator);
    if (auto value = load_payload(payload)) loaded.value = std::move(*value);
    return loaded;
}

} // namespace csgi
