// SPDX-License-Identifier: MIT
// Slow hashes from OpenSSL in Werkzeug's notation.
#include <csgi/crypto/password.hpp>

#include <charconv>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <vector>

#include <openssl/evp.h>

#include "core/crypto/mac.hpp"
#include "core/http/hex.hpp"

namespace csgi {

namespace {

constexpr std::string_view salt_letters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr int default_rounds = 1'000'000;
// What scrypt may ask for: 8 times what Werkzeug's default takes.
constexpr std::uint64_t most_memory = std::uint64_t{1} << 30;

struct Method {
    std::string text;               // in full, as it is stored
    const EVP_MD *digest = nullptr; // NULL: scrypt
    std::uint64_t n = 0, r = 0, p = 0;
    int rounds = 0;
};

[[noreturn]] void refuse(std::string_view why, std::string_view method) {
    throw std::invalid_argument(std::string(why) + ": '" + std::string(method.substr(0, 80)) + "'");
}

std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t colon = text.find(':');
        parts.push_back(text.substr(0, colon));
        if (colon == text.npos) return parts;
        text.remove_prefix(colon + 1);
    }
}

std::uint64_t number(std::string_view text, std::uint64_t most, std::string_view method) {
    std::uint64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || value == 0 ||
        value > most)
        refuse("a password method with a number out of range", method);
    return value;
}

Method parse_method(std::string_view text) {
    const std::vector<std::string_view> parts = split(text);
    Method method;
    if (parts[0] == "scrypt") {
        if (parts.size() != 1 && parts.size() != 4) refuse("scrypt takes three numbers", text);
        const bool given = parts.size() == 4;
        method.n = given ? number(parts[1], UINT32_MAX, text) : 32768;
        method.r = given ? number(parts[2], UINT32_MAX, text) : 8;
        method.p = given ? number(parts[3], UINT32_MAX, text) : 1;
        // Whoever stored the hash asks for the memory; each number is below 2^32.
        if (method.n * method.r > most_memory / 132 ||
            method.n * method.r * method.p > most_memory / 132)
            refuse("scrypt with more than 1 GiB of memory", text);
        method.text = "scrypt:" + std::to_string(method.n) + ":" + std::to_string(method.r) + ":" +
                      std::to_string(method.p);
        return method;
    }
    if (parts[0] != "pbkdf2" || parts.size() > 3) refuse("an unknown password method", text);
    const std::string name(parts.size() > 1 ? parts[1] : "sha256");
    if (name == "sha1") method.digest = EVP_sha1();
    if (name == "sha224") method.digest = EVP_sha224();
    if (name == "sha256") method.digest = EVP_sha256();
    if (name == "sha384") method.digest = EVP_sha384();
    if (name == "sha512") method.digest = EVP_sha512();
    if (!method.digest) refuse("a password method with an unknown digest", text);
    method.rounds =
        parts.size() > 2 ? static_cast<int>(number(parts[2], 1'000'000'000, text)) : default_rounds;
    method.text = "pbkdf2:" + name + ":" + std::to_string(method.rounds);
    return method;
}

std::string hash(const Method &method, std::string_view salt, std::string_view password) {
    unsigned char out[64];
    std::size_t length = sizeof out;
    const auto *salt_bytes = reinterpret_cast<const unsigned char *>(salt.data());
    int done = 0;
    if (method.digest) {
        length = static_cast<std::size_t>(EVP_MD_get_size(method.digest));
        done = PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), salt_bytes,
                                 static_cast<int>(salt.size()), method.rounds, method.digest,
                                 static_cast<int>(length), out);
    } else {
        // 128 * N * r is scrypt's own need; OpenSSL counts a little more, which shows when N is
        // small.
        const std::uint64_t memory = 132 * method.n * method.r * method.p + 65536;
        done = EVP_PBE_scrypt(password.data(), password.size(), salt_bytes, salt.size(), method.n,
                              method.r, method.p, memory, out, length);
    }
    if (done != 1) refuse("OpenSSL refuses the password method", method.text);
    return hex_of({reinterpret_cast<const char *>(out), length});
}

std::string make_salt(std::size_t length) {
    std::string salt;
    while (salt.size() < length)
        for (const char byte : random_bytes(length)) {
            // Of the 256 values, the first 248 are the same number of each letter.
            const auto value = static_cast<unsigned char>(byte);
            if (value < 248 && salt.size() < length) salt += salt_letters[value % 62];
        }
    return salt;
}

} // namespace

std::string generate_password_hash(std::string_view password, std::string_view method,
                                   std::size_t salt_length) {
    if (salt_length == 0) throw std::invalid_argument("a salt has at least one character");
    const Method parsed = parse_method(method);
    const std::string salt = make_salt(salt_length);
    return parsed.text + "$" + salt + "$" + hash(parsed, salt, password);
}

bool check_password_hash(std::string_view stored, std::string_view password) {
    const std::size_t first = stored.find('$');
    const std::size_t second = first == stored.npos ? first : stored.find('$', first + 1);
    if (second == stored.npos) return false;
    const std::string computed = hash(parse_method(stored.substr(0, first)),
                                      stored.substr(first + 1, second - first - 1), password);
    return same_secret(computed, stored.substr(second + 1));
}

} // namespace csgi
