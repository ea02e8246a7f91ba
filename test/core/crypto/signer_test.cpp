// SPDX-License-Identifier: MIT
// Signed text: what the vectors of ItsDangerous do not ask.
#include <csgi/crypto/serializer.hpp>
#include <csgi/crypto/signer.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

#include <zlib.h>

using namespace csgi;

namespace {

constexpr std::int64_t now = 1'700'000'000;

} // namespace

TEST_CASE("a session of Flask's with one bit turned is not believed, whichever bit it is") {
    // Written by Flask 3.1.3 with the secret "dev-secret".
    const std::string cookie = "eyJ1c2VyX2lkIjo0Mn0.ZVPxAA.LIr3YcHFjdrdtQSuFvBzSarrgwM";
    const Serializer sessions = Serializer::for_sessions("dev-secret");
    const Loaded good = sessions.loads(cookie, now, 60);
    CHECK(good.outcome == Loaded::ok);
    CHECK(good.value == Value(Dict{{"user_id", 42}}));
    CHECK(good.signed_at == now);
    for (std::size_t bit = 0; bit < cookie.size() * 8; ++bit) {
        std::string forged = cookie;
        forged[bit / 8] = static_cast<char>(forged[bit / 8] ^ 1 << bit % 8);
        CAPTURE(bit);
        CHECK(sessions.loads(forged, now).outcome == Loaded::bad_signature);
    }
}

TEST_CASE("the newest key signs, older ones are believed") {
    const Serializer before = Serializer::for_sessions("old-1");
    const Serializer after = Serializer::for_sessions("new", {"old-0", "old-1"});
    const std::string old = before.dumps(Dict{{"a", 1}}, now);
    CHECK(after.loads(old, now).outcome == Loaded::ok);
    CHECK(Serializer::for_sessions("new").loads(old, now).outcome == Loaded::bad_signature);
    CHECK(before.loads(after.dumps(Dict{{"a", 1}}, now), now).outcome == Loaded::bad_signature);
}

TEST_CASE("a clock that runs behind is forgiven as far as it is told to be") {
    const Signer signer({"k"});
    const std::string token = signer.sign_at("v", now);
    CHECK(signer.unsign_at(token, now - 1, 60).outcome == Unsigned::expired);
    CHECK(signer.unsign_at(token, now - 1, 60, 1).outcome == Unsigned::ok);
    CHECK(signer.unsign_at(token, now - 2, 60, 1).outcome == Unsigned::expired);
    CHECK(signer.unsign_at(token, now + 61, 60, 1).outcome == Unsigned::expired);
    CHECK(signer.unsign_at(token, now - 1000).outcome == Unsigned::ok);
    CHECK(signer.unsign_at(token, now + 61, 60).text == "v");
}

TEST_CASE("keys and separators that make no signer are refused") {
    CHECK_THROWS_AS(Signer({}), std::invalid_argument);
    CHECK_THROWS_AS(Signer({"a", ""}), std::invalid_argument);
    for (const char *separator : {"a", "-", "_", "=", ""}) {
        SignerOptions options;
        options.separator = separator;
        CAPTURE(separator);
        CHECK_THROWS_AS(Signer({"k"}, options), std::invalid_argument);
    }
}

TEST_CASE("short payloads are packed as zlib would have it, also where it is not asked") {
    // Texts of few letters, which repeat and compress best; "." begins a payload that is
    // compressed.
    const Serializer sessions = Serializer::for_sessions("k");
    std::uint32_t dice = 7;
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        const std::uint32_t length = (dice = dice * 1664525 + 1013904223) >> 8;
        const std::uint32_t letters = (dice = dice * 1664525 + 1013904223) >> 8;
        for (std::uint32_t i = 0; i < length % 33; ++i) {
            dice = dice * 1664525 + 1013904223;
            text += static_cast<char>('a' + (dice >> 8) % (letters % 25 + 1));
        }
        const std::string json = "{\"a\":\"" + text + "\"}";
        uLongf size = compressBound(static_cast<uLong>(json.size()));
        std::string packed(size, '\0');
        REQUIRE(compress(reinterpret_cast<Bytef *>(packed.data()), &size,
                         reinterpret_cast<const Bytef *>(json.data()),
                         static_cast<uLong>(json.size())) == Z_OK);
        const std::string token = sessions.dumps(Dict{{"a", text}}, now);
        CAPTURE(json);
        REQUIRE(token.starts_with('.') == (size + 1 < json.size()));
    }
}

TEST_CASE("a signed payload that would open to too much is bad") {
    const Serializer sessions = Serializer::for_sessions("k");
    const std::string large = sessions.dumps(Dict{{"a", std::string(15 << 20, 'a')}}, now);
    CHECK(large.size() < 100'000);
    CHECK(sessions.loads(large, now).outcome == Loaded::ok);
    const std::string bomb = sessions.dumps(Dict{{"a", std::string(40 << 20, 'a')}}, now);
    CHECK(sessions.loads(bomb, now).outcome == Loaded::bad_payload);
}

TEST_CASE("a token that is not believed can be looked at all the same") {
    const Serializer sessions = Serializer::for_sessions("dev-secret");
    // Flask's, at the time 1700000000.
    const std::string token = "eyJ1c2VyX2lkIjo0Mn0.ZVPxAA.LIr3YcHFjdrdtQSuFvBzSarrgwM";
    const Value user(Dict{{"user_id", 42}});
    Loaded loaded = sessions.loads_unsafe(token, 1700000000, 10);
    CHECK(loaded.outcome == Loaded::ok);
    CHECK(loaded.value == user);
    loaded = sessions.loads_unsafe(token, 1700000011, 10);
    CHECK(loaded.outcome == Loaded::expired);
    CHECK(loaded.value == user);
    std::string forged = token;
    forged.back() = 'A';
    loaded = sessions.loads_unsafe(forged, 1700000000, 10);
    CHECK(loaded.outcome == Loaded::bad_signature);
    CHECK(loaded.value == user);
    CHECK(sessions.loads(forged, 1700000000, 10).value.is_none());
    for (const char *broken : {"", "x", "x.y", "..", "a.b.c"})
        CHECK(sessions.loads_unsafe(broken, 0).value.is_none());
}
