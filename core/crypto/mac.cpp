// SPDX-License-Identifier: MIT
// OpenSSL's digests behind a few functions.
#include "core/crypto/mac.hpp"

#include <array>
#include <climits>
#include <stdexcept>

#include <openssl/crypto.h>
#include <openssl/rand.h>

namespace csgi {

namespace {

void must(bool done, const char *what) {
    if (!done) throw std::runtime_error(std::string("OpenSSL refuses ") + what);
}

const EVP_MD *method(Digest digest) {
    switch (digest) {
    case Digest::sha1: return EVP_sha1();
    case Digest::sha256: return EVP_sha256();
    case Digest::sha384: return EVP_sha384();
    case Digest::sha512: break;
    }
    return EVP_sha512();
}

} // namespace

std::string digest(Digest digest, std::string_view text) {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    must(EVP_Digest(text.data(), text.size(), out, &length, method(digest), nullptr), "a digest");
    return {reinterpret_cast<char *>(out), length};
}

Mac::Mac(Digest digest, std::string_view key) : inner_(EVP_MD_CTX_new()), outer_(EVP_MD_CTX_new()) {
    must(inner_ && outer_, "memory");
    const EVP_MD *md = method(digest);
    std::array<unsigned char, EVP_MAX_MD_SIZE * 4> block{};
    const auto size = static_cast<std::size_t>(EVP_MD_get_block_size(md));
    std::string shorter;
    if (key.size() > size) key = shorter = csgi::digest(digest, key);
    const auto feed = [&](EVP_MD_CTX *context, unsigned char pad) {
        for (std::size_t i = 0; i < size; ++i)
            block[i] = static_cast<unsigned char>(
                pad ^ (i < key.size() ? static_cast<unsigned char>(key[i]) : 0));
        must(EVP_DigestInit_ex(context, md, nullptr) == 1 &&
                 EVP_DigestUpdate(context, block.data(), size) == 1,
             "a digest");
    };
    feed(inner_.get(), 0x36);
    feed(outer_.get(), 0x5c);
    OPENSSL_cleanse(block.data(), block.size());
    OPENSSL_cleanse(shorter.data(), shorter.size());
}

std::string Mac::operator()(std::string_view text) const {
    const Context context(EVP_MD_CTX_new());
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    must(context && EVP_MD_CTX_copy_ex(context.get(), inner_.get()) == 1 &&
             EVP_DigestUpdate(context.get(), text.data(), text.size()) == 1 &&
             EVP_DigestFinal_ex(context.get(), out, &length) == 1 &&
             EVP_MD_CTX_copy_ex(context.get(), outer_.get()) == 1 &&
             EVP_DigestUpdate(context.get(), out, length) == 1 &&
             EVP_DigestFinal_ex(context.get(), out, &length) == 1,
         "a digest");
    return {reinterpret_cast<char *>(out), length};
}

bool same_secret(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string random_bytes(std::size_t count) {
    std::string out(count, '\0');
    must(count <= INT_MAX && RAND_bytes(reinterpret_cast<unsigned char *>(out.data()),
                                        static_cast<int>(count)) == 1,
         "random bytes");
    return out;
}

} // namespace csgi
