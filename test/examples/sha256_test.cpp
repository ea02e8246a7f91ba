// SPDX-License-Identifier: MIT
// The conform application's digest against published vectors.
#include "examples/conform/sha256.h"

#include <doctest/doctest.h>
#include <string>

namespace {

std::string digest(const std::string &message, size_t piece) {
    conform_sha256 s;
    char hex[65];
    conform_sha256_begin(&s);
    for (size_t at = 0; at < message.size(); at += piece)
        conform_sha256_add(&s, message.data() + at, std::min(piece, message.size() - at));
    conform_sha256_end(&s, hex);
    return hex;
}

} // namespace

// FIPS 180-2, appendix B, and NIST's "Examples with Intermediate Values" for SHA-256.
TEST_CASE("the digests of FIPS 180 come out, however the message is cut") {
    for (size_t piece : {1, 3, 63, 64, 65, 100000}) {
        CAPTURE(piece);
        CHECK(digest("", piece) ==
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        CHECK(digest("abc", piece) ==
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        CHECK(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", piece) ==
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
        CHECK(digest(std::string(1000000, 'a'), piece) ==
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    }
}
