// SPDX-License-Identifier: MIT
// The session in a signed cookie, as Flask's SecureCookieSessionInterface keeps it.
#include "core/app/cookie_session.hpp"

#include <ctime>

#include <csgi/http/cookie.hpp>

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

std::string text_setting(const Config &config, std::string_view name, std::string_view fallback) {
    const Value &value = config[name];
    return std::string(value.is_string() ? value.text() : fallback);
}

bool flag_setting(const Config &config, std::string_view name) {
    return config[name].truthy();
}

} // namespace

CookieSessions::CookieSessions(const Config &config)
    : name_(text_setting(config, "SESSION_COOKIE_NAME", "session")),
      domain_(text_setting(config, "SESSION_COOKIE_DOMAIN", "")),
      path_(text_setting(config, "SESSION_COOKIE_PATH",
                         text_setting(config, "APPLICATION_ROOT", "/"))),
      same_site_(text_setting(config, "SESSION_COOKIE_SAMESITE", "")),
      http_only_(flag_setting(config, "SESSION_COOKIE_HTTPONLY")),
      secure_(flag_setting(config, "SESSION_COOKIE_SECURE")),
      partitioned_(flag_setting(config, "SESSION_COOKIE_PARTITIONED")),
      refreshes_(flag_setting(config, "SESSION_REFRESH_EACH_REQUEST")) {
    const Value &lifetime = config["PERMANENT_SESSION_LIFETIME"];
    if (lifetime.is_integer()) lifetime_ = lifetime.as_int();
    const Value &key = config["SECRET_KEY"];
    if (!key.truthy()) return;
    if (!key.is_string() && !key.is(Kind::bytes)) throw SetupError("SECRET_KEY is no text");
    std::vector<std::string> fallbacks;
    const Value &older = config["SECRET_KEY_FALLBACKS"];
    if (!older.is_none()) {
        if (!older.is_list() && !older.is_tuple())
            throw SetupError("SECRET_KEY_FALLBACKS is a list of keys, not one key");
        for (const Value &item : older.as_list()) fallbacks.emplace_back(item.text());
    }
    serializer_.emplace(Serializer::for_sessions(std::string(key.text()), fallbacks));
}

std::unique_ptr<Session> CookieSessions::open(App &, const Request &request) {
    if (!serializer_)
        return std::make_unique<Session>(Session::refusing(
            "The session is unavailable because no secret key was set.  Set the secret_key on the "
            "application to something unique and secret."));
    const auto cookie = request.cookies().get(name_);
    if (!cookie) return std::make_unique<Session>();
    Loaded loaded = serializer_->loads(*cookie, std::time(nullptr), lifetime_);
    if (loaded.outcome != Loaded::ok || !loaded.value.is_dict()) return std::make_unique<Session>();
    return std::make_unique<Session>(std::move(loaded.value.edit_dict()));
}

void CookieSessions::save(App &, const Request &, Session &session, Response &response) {
    if (session.is_accessed()) response.add_vary("Cookie");
    Cookie cookie;
    cookie.name = name_;
    cookie.path = path_;
    cookie.domain = domain_;
    cookie.secure = secure_;
    cookie.http_only = http_only_;
    cookie.same_site = same_site_;
    cookie.partitioned = partitioned_;
    const bool was_modified = session.is_modified();
    if (session.values().empty()) {
        if (!was_modified) return;
        cookie.max_age = 0;
        cookie.expires = 0;
        response.set_cookie(cookie);
        response.add_vary("Cookie");
        return;
    }
    if (!was_modified && !(session.is_permanent() && refreshes_)) return;
    const std::int64_t now = std::time(nullptr);
    if (session.is_permanent()) cookie.expires = now + lifetime_;
    const std::string value = serializer_->dumps(Value(session.values()), now);
    cookie.value = value;
    response.set_cookie(cookie);
    response.add_vary("Cookie");
}

} // namespace csgi
