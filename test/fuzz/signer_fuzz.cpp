// SPDX-License-Identifier: MIT
// Any bytes as a signed text: what was not signed is not believed, however little it differs from
// what was. Input: two bytes for the bit that is turned, then the text.
#include <csgi/crypto/serializer.hpp>
#include <csgi/crypto/signer.hpp>

#include <string>

#include "test/fuzz/promise.hpp"

using namespace csgi;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    const std::string_view text = text_of(data + 2, size - 2);
    const Signer signer({"old", "key"});
    promise(signer.unsign(text).outcome != Unsigned::ok, "nobody guesses a signature");
    const std::string token = signer.sign_at(text, 1'700'000'000);
    const Unsigned good = signer.unsign_at(token, 1'700'000'000, 0);
    promise(good.outcome == Unsigned::ok && good.text == text, "what was signed is believed");
    std::string forged = token;
    const std::size_t bit = (data[0] + 256u * data[1]) % (forged.size() * 8);
    forged[bit / 8] = static_cast<char>(forged[bit / 8] ^ 1 << bit % 8);
    const Unsigned bad = signer.unsign_at(forged, 1'700'000'000);
    // "-" and "+" are one letter to a reader of base64, and so are "_" and "/".
    promise(bad.outcome != Unsigned::ok || bad.text == text, "one bit more is not believed");
    const Serializer sessions = Serializer::for_sessions("key");
    promise(sessions.loads(text, 0).outcome != Loaded::ok, "nobody guesses a session");
    // Under a good signature, any payload is read or refused.
    SignerOptions options;
    options.salt = "cookie-session";
    options.derivation = Derivation::hmac;
    const std::string payload = Signer({"key"}, options).sign_at(text, 5);
    promise(sessions.loads(payload, 5).outcome != Loaded::bad_signature, "the signature is good");
    return 0;
}
