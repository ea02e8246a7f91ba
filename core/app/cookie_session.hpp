// SPDX-License-Identifier: MIT
// The session in a signed cookie.
#pragma once

#include <optional>
#include <string>

#include <csgi/app/app.hpp>
#include <csgi/crypto/serializer.hpp>
#include <csgi/http/cookie.hpp>

namespace csgi {

class CookieSessions final : public SessionInterface {
public:
    // Throws SetupError for settings that cannot be.
    explicit CookieSessions(const App &app);

    std::unique_ptr<Session> open(App &app, const Request &request) override;
    void save(App &app, const Request &request, Session &session, Response &response) override;

private:
    // A hundred years; added to a time it has a date.
    static constexpr std::int64_t lifetime_most = std::int64_t{36'525} * 86'400;

    // All but the keys.
    explicit CookieSessions(const Config &config);

    // Without a value. Views of this object.
    Cookie cookie() const;

    std::string name_, domain_, path_, same_site_;
    bool http_only_, secure_, partitioned_, refreshes_;
    std::int64_t lifetime_;
    std::optional<Serializer> serializer_;
};

} // namespace csgi
