// SPDX-License-Identifier: MIT
// Password hashes: what the vectors of Werkzeug do not ask.
#include <csgi/crypto/password.hpp>

#include <doctest/doctest.h>

#include <set>
#include <stdexcept>
#include <string>

using namespace csgi;

TEST_CASE("the defaults are Werkzeug's") {
    // werkzeug.security.check_password_hash takes these two
    CHECK(
        check_password_hash("scrypt:32768:8:1$aB3dE5fG7hI9jK1m$1f93a3acf67c6a317f7bcd43c92e3d55b03c"
                            "a88ef570a433823f100d9595d8bbfb64aa4e2fa239397e091e63cc16a63db1271bce5d"
                            "618996268ad2004acfb441",
                            "hunter2"));
    const std::string hash = generate_password_hash("hunter2");
    CHECK(hash.starts_with("scrypt:32768:8:1$"));
    CHECK(hash.size() == 17 + 16 + 1 + 128);
    CHECK(check_password_hash(hash, "hunter2"));
    CHECK_FALSE(check_password_hash(hash, "hunter3"));
}

TEST_CASE("what was generated is checked, by any method, and no salt comes twice") {
    std::set<std::string> hashes;
    for (const char *method :
         {"scrypt:16:1:1", "pbkdf2:sha256:10", "pbkdf2:sha512:10", "pbkdf2:sha1:10"})
        for (int i = 0; i < 20; ++i) {
            const std::string hash = generate_password_hash("p\xc3\xa4ss", method, 8);
            CHECK(hashes.insert(hash).second);
            CHECK(hash.starts_with(std::string(method) + "$"));
            CHECK(check_password_hash(hash, "p\xc3\xa4ss"));
            CHECK_FALSE(check_password_hash(hash, ""));
        }
}

TEST_CASE("methods that there are not are refused by name") {
    CHECK_THROWS_WITH_AS(generate_password_hash("x", "md5"), "an unknown password method: 'md5'",
                         std::invalid_argument);
    for (const char *method :
         {"", "scrypt:1", "scrypt:0:8:1", "scrypt:15:8:1", "scrypt:1073741824:8:1",
          "scrypt:4294967295:4294967295:4294967295", "pbkdf2:md5:1", "pbkdf2:sha256:0",
          "pbkdf2:sha256:x", "pbkdf2:sha256:1:1"}) {
        CAPTURE(method);
        CHECK_THROWS_AS(generate_password_hash("x", method), std::invalid_argument);
    }
    CHECK_THROWS_AS(generate_password_hash("x", "scrypt:16:1:1", 0), std::invalid_argument);
    CHECK_FALSE(check_password_hash("scrypt:16:1:1", "x"));
    CHECK_FALSE(check_password_hash("", "x"));
}
