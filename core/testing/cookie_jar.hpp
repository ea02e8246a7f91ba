// SPDX-License-Identifier: MIT
// The cookies that a test client keeps, with Werkzeug's rules for who gets them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace csgi {

class CookieJar {
public:
    void set(std::string_view name, std::string_view value, std::string_view domain,
             std::string_view path, bool origin_only);
    std::optional<std::string> get(std::string_view name, std::string_view domain,
                                   std::string_view path) const;
    void remove(std::string_view name, std::string_view domain, std::string_view path);

    // A Set-Cookie field of an answer from this host to a request for this path.
    void take(std::string_view field, std::string_view host, std::string_view request_path);
    // The Cookie field for a request; empty: none.
    std::string field(std::string_view host, std::string_view path) const;

private:
    struct Kept {
        std::string name, value, domain, path;
        bool origin_only;
    };
    std::vector<Kept> all_;
};

} // namespace csgi
