// SPDX-License-Identifier: MIT
// Digests, HMACs, derived keys and random bytes: OpenSSL's, as functions on text.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <openssl/evp.h>

#include <csgi/crypto/signer.hpp>

namespace csgi {

// All of these throw std::runtime_error if OpenSSL refuses, as it may for SHA-1 in FIPS mode.

std::string digest(Digest digest, std::string_view text);

// HMAC (RFC 2104) under one key, which is worked in once. Several threads may use one at a time.
class Mac {
public:
    Mac(Digest digest, std::string_view key);
    std::string operator()(std::string_view text) const;

private:
    struct Free {
        void operator()(EVP_MD_CTX *context) const { EVP_MD_CTX_free(context); }
    };
    using Context = std::unique_ptr<EVP_MD_CTX, Free>;

    // Fed with the key, so that a message needs a copy of each and no more.
    Context inner_, outer_;
};

// Whether two texts are the same, in a time that depends on their lengths alone.
bool same_secret(std::string_view a, std::string_view b);

// From the system's source of randomness.
std::string random_bytes(std::size_t count);

} // namespace csgi
