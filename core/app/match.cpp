// SPDX-License-Identifier: MIT
// From a path to its rule: the search that Werkzeug's matcher makes, step for step.
#include <csgi/app/router.hpp>

#include "core/app/digit.hpp"
#include "core/app/router_state.hpp"

namespace csgi {

namespace {

// Where the segment that begins at `from` ends: at a slash or with the path. They are short: a call
// would cost more than the search.
std::size_t segment_end(std::string_view path, std::size_t from) {
    const char *p = path.data();
    const std::size_t n = path.size();
    while (from + 8 <= n) {
        const std::uint64_t word = csgi_word_load8(p + from) ^ CSGI_WORD('/');
        // The lowest byte that is marked is a zero; above it marks may be wrong.
        const std::uint64_t marks = (word - CSGI_WORD(1)) & ~word & CSGI_WORD_TOP;
        if (marks && std::endian::native == std::endian::little)
            return from + static_cast<std::size_t>(std::countr_zero(marks)) / 8;
        if (marks) break;
        from += 8;
    }
    while (from < n && p[from] != '/') ++from;
    return from;
}

} // namespace

bool Router::Part::match_from(std::size_t piece, std::string_view target, std::size_t at,
                              std::string_view *values, bool &slash) const {
    if (piece == pieces.size()) {
        const std::size_t left = target.size() - at;
        if (!is_suffixed) return left == 0;
        if (at > 0 && target[at - 1] == '/') return false;
        slash = left == 1 && target[at] == '/';
        return left == 0 || slash;
    }
    const Piece &here = pieces[piece];
    if (!here.converter) {
        return target.substr(at).starts_with(here.text) &&
               match_from(piece + 1, target, at + here.text.size(), values, slash);
    }
    const std::string_view rest = target.substr(at);
    std::size_t most = rest.size();
    if (here.converter->is_isolating()) most = std::min(most, rest.find('/'));
    // What follows tells most lengths apart without asking the converter.
    const bool is_last = piece + 1 == pieces.size();
    const char next = is_last || pieces[piece + 1].converter ? '\0' : pieces[piece + 1].text[0];
    const auto try_length = [&](std::size_t length) {
        if (next && (length == rest.size() || rest[length] != next)) return false;
        if (is_last && !is_suffixed && length != rest.size()) return false;
        if (length < rest.size() && (static_cast<unsigned char>(rest[length]) & 0xc0) == 0x80)
            return false; // in the middle of a code point
        if (!here.converter->matches(rest.substr(0, length))) return false;
        *values = rest.substr(0, length);
        return match_from(piece + 1, target, at + length, values + 1, slash);
    };
    if (const std::vector<std::string> *all = here.converter->alternatives()) {
        for (const std::string &one : *all)
            if (one.size() <= most && rest.starts_with(one) && try_length(one.size())) return true;
    } else if (here.converter->is_lazy()) {
        for (std::size_t length = 0; length <= most; ++length)
            if (try_length(length)) return true;
    } else {
        for (std::size_t length = most + 1; length-- > 0;)
            if (try_length(length)) return true;
    }
    return false;
}

bool Router::Part::matches(std::string_view target, std::string_view *values, bool &slash) const {
    if (pieces.size() == 1 && !is_suffixed) {
        *values = target;
        switch (pieces[0].converter->known()) {
        case Converter::Known::any_text: return !target.empty();
        case Converter::Known::digits: {
            std::size_t at = 0;
            while (at < target.size() && target[at] >= '0' && target[at] <= '9') ++at;
            if (at == target.size()) return at > 0;
            return digits_length(target) == target.size();
        }
        default: return pieces[0].converter->matches(target);
        }
    }
    return match_from(0, target, 0, values, slash);
}

// One search through the tree.
struct Router::Search {
    enum class Step { none, found, slash };

    std::string_view path;
    std::uint32_t id;
    std::string_view method;
    bool websocket;
    Match &out;
    MethodSet *methods;         // where the methods go that would have done; NULL: not asked for
    std::string_view *free;     // where the next value goes
    bool other_methods = false; // there are some
    bool other_protocol = false;

    bool takes(const Rule &rule) {
        if (!rule.takes(id, method)) {
            other_methods = other_methods || !rule.methods->empty();
            if (methods) methods->merge(*rule.methods);
            return false;
        }
        if (rule.options.websocket != websocket) {
            other_protocol = true;
            return false;
        }
        out.rule = &rule;
        return true;
    }

    // The path is all consumed.
    Step end(const State &state) {
        for (const Rule *rule : state.rules)
            if (takes(*rule)) return Step::found;
        if (!state.slash) return Step::none;
        for (const Rule *rule : state.slash->rules) {
            if (rule->options.websocket != websocket || !rule->takes(id, method)) continue;
            out.rule = rule;
            return rule->strict_slashes ? Step::slash : Step::found;
        }
        return Step::none;
    }

    // From `at` on the path is left; beyond its end, nothing is, not even an empty segment.
    Step run(const State &state, std::size_t at) {
        if (at > path.size()) return end(state);
        const std::size_t stop = segment_end(path, at);
        const std::string_view part(path.data() + at, stop - at);
        if (const State *to = state.find(part))
            if (const Step step = run(*to, stop + 1); step != Step::none) return step;
        for (const State::Dynamic &edge : state.dynamics)
            if (const Step step = try_edge(edge, part, at, stop + 1); step != Step::none)
                return step;
        if (at == path.size())
            for (const Rule *rule : state.rules)
                if (!rule->strict_slashes && takes(*rule)) return Step::found;
        return Step::none;
    }

    Step try_edge(const State::Dynamic &edge, std::string_view part, std::size_t at,
                  std::size_t next) {
        std::string_view *before = free;
        bool slash = false;
        if (edge.part->is_final) {
            part = path.substr(at);
            next = path.size() + 1;
        }
        if (!edge.part->matches(part, free, slash)) return Step::none;
        for (const Part::Piece &piece : edge.part->pieces) free += piece.converter != nullptr;
        const Step step = run(*edge.to, slash ? path.size() : next);
        if (step == Step::none) free = before;
        return step;
    }

    Step start(const Router &router, std::string_view domain) {
        if (router.top_ && domain.empty() && path.starts_with('/')) return run(*router.top_, 1);
        const State &root = *router.root_;
        if (const State *to = root.find(domain))
            if (const Step step = run(*to, 0); step != Step::none) return step;
        for (const State::Dynamic &edge : root.dynamics)
            if (const Step step = try_edge(edge, domain, 0, 0); step != Step::none) return step;
        return Step::none;
    }

    void decide(const Router &router, std::string_view domain) {
        std::string merged; // what values lie in only when there is no match in the end
        out.rule = nullptr;
        const Step step = start(router, domain);
        if (step == Step::found && accepts()) {
            out.outcome = Match::Outcome::found;
            return;
        }
        if (step == Step::slash) {
            out.outcome = Match::Outcome::add_slash;
        } else if (step == Step::none && router.merge_slashes && path.find("//") != path.npos) {
            for (const char c : path)
                if (c != '/' || merged.empty() || merged.back() != '/') merged += c;
            path = merged;
            const Step again = start(router, domain);
            out.outcome = again == Step::slash ? Match::Outcome::merge_and_add
                          : again == Step::found && out.rule->merge_slashes
                              ? Match::Outcome::merge_slashes
                              : nothing();
        } else {
            out.outcome = nothing();
        }
        out.rule = nullptr;
    }

    bool accepts() const {
        const auto &variables = out.rule->variables;
        for (std::size_t i = 0; i < variables.size(); ++i) {
            const Converter &converter = *variables[i].value;
            if (converter.known() != Converter::Known::any_text &&
                !converter.accepts(out.values[i]))
                return false;
        }
        return true;
    }

    Match::Outcome nothing() const {
        return other_methods    ? Match::Outcome::method_not_allowed
               : other_protocol ? Match::Outcome::websocket_mismatch
                                : Match::Outcome::not_found;
    }
};

void Router::match(std::string_view domain, std::string_view path, std::uint32_t id,
                   std::string_view method, bool websocket, Match &out) const {
    Search search{path, id, method, websocket, out, nullptr, out.values};
    search.decide(*this, domain);
}

MethodSet Router::allowed_methods(std::string_view domain, std::string_view path,
                                  std::string_view method, bool websocket) const {
    MethodSet methods;
    Match match;
    Search search{path, method_id(method), method, websocket, match, &methods, match.values};
    search.decide(*this, domain);
    if (match.outcome != Match::Outcome::method_not_allowed) return {};
    return methods;
}

Dict Match::arguments() const {
    Dict all;
    if (!rule) return all;
    for (std::size_t i = 0; i < rule->variables.size(); ++i)
        all.set(Value(rule->variables[i].name), rule->variables[i].value->to_value(values[i]));
    for (const Dict::Entry &entry : rule->options.defaults) all.set(entry.key, entry.value);
    return all;
}

} // namespace csgi
