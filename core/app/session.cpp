// SPDX-License-Identifier: MIT
// The session in a signed cookie, as Flask's SecureCookieSessionInterface keeps it.
#include "core/app/cookie_session.hpp"

#include <chrono>

#include <csgi/http/cookie.hpp>

#include "core/app/setting.hpp"
#include "core/crypto/wiped.hpp"

namespace csgi {

Dict &Session::changing() {
    if (!refusal_.empty()) throw std::logic_error(refusal_);
    is_accessed_ = true;
    is_modified_ = true;
    return values_;
}

Value Session::pop(std::string_view key, Value fallback) {
    is_accessed_ = true;
    const Value *value = std::as_const(values_).find(key);
    if (!value) return fallback;
    Value taken = *value;
    changing().erase(key);
    return taken;
}

namespace {

// A key, whose value no message tells.
std::string secret(const char *name, const Value &key) {
    if (!key.is_string() && !key.is(Kind::bytes))
        throw SetupError(std::string(name) + " has a " + std::string(key.type_name()) +
                         ", where a key is a text or bytes");
    // Anybody can sign with nothing.
    if (key.text().empty()) throw SetupError(std::string(name) + " has an empty key");
    return std::string(key.text());
}

// std::time() is some milliseconds late, in which a cookie that Flask has just signed would be one
// of the future.
std::int64_t now() {
    using namespace std::chrono;
    return floor<seconds>(system_clock::now().time_since_epoch()).count();
}

} // namespace

CookieSessions::CookieSessions(const App &app) : CookieSessions(app.config) {
    const Config &config = app.config;
    const Value &key = config["SECRET_KEY"];
    if (!key.truthy()) return;
    std::vector<std::string> fallbacks;
    const Wiped wiped_fallbacks(fallbacks);
    const Value &older = config["SECRET_KEY_FALLBACKS"];
    if (!older.is_none()) {
        if (!older.is_list() && !older.is_tuple())
            throw SetupError("SECRET_KEY_FALLBACKS is a list of keys, not one key");
        fallbacks.reserve(older.as_list().size());
        for (const Value &item : older.as_list())
            fallbacks.push_back(secret("SECRET_KEY_FALLBACKS", item));
    }
    std::string newest = secret("SECRET_KEY", key);
    const Wiped wiped(newest);
    SerializerOptions options;
    options.tags = std::make_shared<const Tags>(app.session_tags);
    options.sort_keys = app.json.sort_keys;
    options.ensure_ascii = app.json.ensure_ascii;
    serializer_.emplace(Serializer::for_sessions(newest, fallbacks, std::move(options)));
}

CookieSessions::CookieSessions(const Config &config)
    : name_(text_setting(config, "SESSION_COOKIE_NAME").value_or("session")),
      domain_(text_setting(config, "SESSION_COOKIE_DOMAIN").value_or("")),
      path_(text_setting(config, "SESSION_COOKIE_PATH")
                .value_or(text_setting(config, "APPLICATION_ROOT").value_or("/"))),
      same_site_(text_setting(config, "SESSION_COOKIE_SAMESITE").value_or("")),
      http_only_(config["SESSION_COOKIE_HTTPONLY"].truthy()),
      secure_(config["SESSION_COOKIE_SECURE"].truthy()),
      partitioned_(config["SESSION_COOKIE_PARTITIONED"].truthy()),
      refreshes_(config["SESSION_REFRESH_EACH_REQUEST"].truthy()),
      lifetime_(size_setting(config, "PERMANENT_SESSION_LIFETIME").value_or(0)) {
    if (lifetime_ > lifetime_most)
        throw SetupError("PERMANENT_SESSION_LIFETIME is " + std::to_string(lifetime_) +
                         " seconds, more than " + std::to_string(lifetime_most));
    // What cannot be written is told now, not with each answer.
    try {
        std::string field;
        append_cookie(field, cookie());
    } catch (const std::invalid_argument &error) {
        throw SetupError(std::string("SESSION_COOKIE_NAME, _DOMAIN or _SAMESITE: ") + error.what());
    }
}

Cookie CookieSessions::cookie() const {
    Cookie cookie;
    cookie.name = name_;
    cookie.path = path_;
    cookie.domain = domain_;
    cookie.secure = secure_;
    cookie.http_only = http_only_;
    cookie.same_site = same_site_;
    cookie.partitioned = partitioned_;
    return cookie;
}

std::unique_ptr<Session> CookieSessions::open(App &, const Request &request) {
    if (!serializer_)
        return std::make_unique<Session>(Session::refusing(
            "The session is unavailable because no secret key was set.  Set the secret_key on the "
            "application to something unique and secret."));
    const auto cookie = request.cookies().get(name_);
    if (!cookie) return std::make_unique<Session>();
    Loaded loaded = serializer_->loads(*cookie, now(), lifetime_);
    if (loaded.outcome != Loaded::ok || !loaded.value.is_dict()) return std::make_unique<Session>();
    return std::make_unique<Session>(std::move(loaded.value.edit_dict()));
}

void CookieSessions::save(App &, const Request &, Session &session, Response &response) {
    // Whoever changes it has also looked at it.
    if (session.is_accessed()) response.add_vary("Cookie");
    Cookie cookie = this->cookie();
    const bool was_modified = session.is_modified();
    if (session.values().empty()) {
        if (!was_modified) return;
        cookie.max_age = 0;
        cookie.expires = 0;
        response.set_cookie(cookie);
        return;
    }
    if (!was_modified && !(session.is_permanent() && refreshes_)) return;
    const std::int64_t at = now();
    if (session.is_permanent()) cookie.expires = at + lifetime_;
    const std::string value = serializer_->dumps(Value(session.values()), at);
    cookie.value = value;
    response.set_cookie(cookie);
}

} // namespace csgi
