// SPDX-License-Identifier: MIT
// What a rule takes: methods and arguments.
#include <csgi/app/rule.hpp>

#include <csgi.h>

#include <algorithm>

namespace csgi {

namespace {

constexpr std::string_view method_names[] = {"",       "GET",     "HEAD",    "POST",  "PUT",
                                             "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};
static_assert(std::size(method_names) == CSGI_METHOD_PATCH + 1);

} // namespace

std::uint32_t method_id(std::string_view method) {
    for (std::uint32_t id = 1; id < std::size(method_names); ++id)
        if (method_names[id] == method) return id;
    return 0;
}

std::string_view method_name(std::uint32_t id) {
    return id < std::size(method_names) ? method_names[id] : std::string_view();
}

void MethodSet::add(std::string_view method) {
    std::string upper(method);
    for (char &c : upper)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (const std::uint32_t id = method_id(upper))
        known |= 1u << id;
    else if (!contains(upper))
        others.push_back(std::move(upper));
}

void MethodSet::remove(std::string_view method) {
    if (const std::uint32_t id = method_id(method)) known &= ~(1u << id);
    std::erase(others, method);
}

bool MethodSet::contains(std::string_view method) const {
    if (const std::uint32_t id = method_id(method)) return known >> id & 1u;
    return std::find(others.begin(), others.end(), method) != others.end();
}

void MethodSet::merge(const MethodSet &more) {
    known |= more.known;
    for (const std::string &method : more.others) add(method);
}

std::vector<std::string> MethodSet::names() const {
    std::vector<std::string> all = others;
    for (std::uint32_t id = 1; id < std::size(method_names); ++id)
        if (known >> id & 1u) all.emplace_back(method_names[id]);
    std::sort(all.begin(), all.end());
    return all;
}

std::string MethodSet::allow() const {
    std::string out;
    for (const std::string &name : names()) out += (out.empty() ? "" : ", ") + name;
    return out;
}

std::size_t Rule::variable(std::string_view name) const {
    std::size_t at = 0;
    while (at < variables.size() && variables[at].name != name) ++at;
    return at;
}

bool Rule::is_same_as(const Rule &other) const {
    const auto same = [&](const std::vector<Piece> &a, const std::vector<Piece> &b) {
        return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                          [&](const Piece &x, const Piece &y) {
                              if ((x.variable < 0) != (y.variable < 0)) return false;
                              if (x.variable < 0) return x.text == y.text;
                              return variables[static_cast<std::size_t>(x.variable)].name ==
                                     other.variables[static_cast<std::size_t>(y.variable)].name;
                          });
    };
    return same(domain_pieces_, other.domain_pieces_) && same(path_pieces_, other.path_pieces_);
}

} // namespace csgi
