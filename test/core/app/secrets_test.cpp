// SPDX-License-Identifier: MIT
// What is left of a secret key in memory that is given back: nothing. All of it is looked through.
#include <csgi/app.hpp>
#include <csgi/crypto/signer.hpp>
#include <csgi/testing.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <malloc.h>
#include <new>

using namespace csgi;

namespace {

constexpr char newest[] = "a key of more bytes than fit inside, 0123456789";
constexpr char older[] = "an older key of more bytes than fit, 9876543210";
// HMAC-SHA1(newest, "cookie-session"), as Python's hmac says.
constexpr char derived[] = "\x9a\x57\xea\x55\x3c\x56\xe9\x6f\xba\x37\x8e\x1b\xa4\x1b\xad\x2c"
                           "\x4d\x12\x5f\xcf";

struct Watch {
    bool is_on = false;
    int found = 0;
};
Watch &watch() {
    static Watch all;
    return all;
}

bool has(std::string_view memory, std::string_view secret) {
    return memory.find(secret) != memory.npos;
}

// How many blocks were given back with a key inside while this ran.
template <class F>
int left_behind(F run) {
    watch() = {true, 0};
    run();
    watch().is_on = false;
    return watch().found;
}

App with_keys() {
    App app("test");
    app.config["SECRET_KEY"] = newest;
    app.config["SECRET_KEY_FALLBACKS"] = List{older};
    app.get("/", [](Session &session) {
        session["n"] = session.get("n", 0).as_int() + 1;
        return std::to_string(session.get("n").as_int());
    });
    return app;
}

} // namespace

void *operator new(std::size_t n) {
    if (void *memory = std::malloc(n)) return memory;
    throw std::bad_alloc();
}

// std::stable_sort() asks so.
void *operator new(std::size_t n, const std::nothrow_t &) noexcept {
    return std::malloc(n);
}

void operator delete(void *memory) noexcept {
    if (watch().is_on && memory) {
        const std::string_view bytes(static_cast<const char *>(memory), malloc_usable_size(memory));
        if (has(bytes, newest) || has(bytes, older) || has(bytes, derived)) ++watch().found;
    }
    std::free(memory);
}
void operator delete(void *memory, std::size_t) noexcept {
    operator delete(memory);
}
void operator delete(void *memory, const std::nothrow_t &) noexcept {
    operator delete(memory);
}

TEST_CASE("a key is gone from memory when its application is, in the setting and in all copies") {
    CHECK(left_behind([] {
              App made = with_keys();
              App app = std::move(made);
              TestClient client(app);
              CHECK(client.get("/").text() == "1");
              CHECK(client.get("/").text() == "2");
          }) == 0);
    // As `csgi run` hands it over.
    CHECK(left_behind([] {
              csgi_app *app = nullptr;
              constexpr std::string_view settings =
                  "debug=false,secret_key=a key of more bytes than fit inside\\, 0123456789";
              REQUIRE(detail::create_module({with_keys, nullptr},
                                            {settings.data(), settings.size()}, 0, &app, nullptr,
                                            0) == CSGI_OK);
              {
                  TestClient client(app);
                  CHECK(client.get("/").text() == "1");
              }
          }) == 0);
}

TEST_CASE("signers derive their keys without leaving a copy") {
    for (const Derivation derivation :
         {Derivation::django_concat, Derivation::concat, Derivation::hmac, Derivation::none}) {
        CAPTURE(static_cast<int>(derivation));
        const std::vector<std::string> keys = {older, newest};
        CHECK(left_behind([&] {
                  const Signer signer(keys, {.salt = "cookie-session", .derivation = derivation});
                  CHECK(signer.unsign(signer.sign("text")).outcome == Unsigned::ok);
              }) == 0);
    }
}

TEST_CASE("a key that somebody else still holds is not touched, and one left behind is found") {
    Value kept;
    CHECK(left_behind([&] { kept = with_keys().config["SECRET_KEY"]; }) == 0);
    CHECK(kept == Value(newest));
    CHECK(left_behind([] { const std::string copy = newest; }) == 1);
    Value list(List{Value(newest), Value("short")});
    CHECK(left_behind([&] { list.wipe(); }) == 0);
    CHECK(list.is_none());
    Value borrowed = Value::borrowed(older);
    borrowed.wipe();
    CHECK(std::string_view(older).starts_with("an older"));
}
