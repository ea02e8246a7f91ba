// SPDX-License-Identifier: MIT
// Password hashes as Werkzeug stores them: method$salt$hex.
#pragma once

#include <string>
#include <string_view>

namespace csgi {

// Hashes a password with a fresh salt of letters and digits. Methods: "scrypt" (scrypt:32768:8:1)
// or "scrypt:N:r:p", "pbkdf2" (sha256, 1,000,000 rounds), "pbkdf2:sha512", "pbkdf2:sha256:ROUNDS".
// Throws std::invalid_argument, naming what is wrong, for anything else. Takes as long as the
// method is meant to: call it where blocking is allowed. [any thread]
std::string generate_password_hash(std::string_view password, std::string_view method = "scrypt",
                                   std::size_t salt_length = 16);

// Whether a stored hash is this password's; false also for a text without two "$". The comparison
// takes the same time wherever the two differ. The method and its cost come from the stored hash,
// which is trusted, up to 1 GiB of memory for scrypt; throws std::invalid_argument, as above, for
// one that is unknown.
bool check_password_hash(std::string_view hash, std::string_view password);

} // namespace csgi
