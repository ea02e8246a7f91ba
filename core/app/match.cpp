// SPDX-License-Identifier: MIT
// From a path to its rule: the search that Werkzeug's matcher makes, step for
// step.
#include <csgi/app/router.hpp>

#include "core/app/digit.hpp"
#include "core/app/router_state.hpp"

namespace csgi {

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
        return pieces[0].converter->matches(target);
    }
    return match_from(0, target, 0, values, slash);
}

// One search through the tree.
struct Router::Search {
    enum class Step { none, found, slash };

    std::string_view path;
    SegmentEnds ends;
    std::uint32_t id;
    bool is_websocket;
    std::string_view method;
    MethodSet *methods;         // where the methods go that would have done; NULL: not asked for
    const Leaf *leaf = nullptr; // what was found
    bool other_methods = false; // there are some
    bool other_protocol = false;

    bool allows(const Leaf &candidate) const {
        return id ? (candidate.methods >> id & 1u) != 0 : candidate.rule->takes(0, method);
    }
    bool takes(const Leaf &candidate) {
        if (allows(candidate) && candidate.is_websocket == is_websocket) {
            leaf = &candidate;
            return true;
        }
        refused(candidate);
        return false;
    }
    void refused(const Leaf &candidate) {
        if (allows(candidate)) {
            other_protocol = true;
            return;
        }
        other_methods = other_methods || !candidate.rule->methods->empty();
        if (methods) methods->merge(*candidate.rule->methods);
    }

    // The path is all consumed.
    Step end(const State &state) {
        for (const Leaf *each = state.leaves; each != state.leaves_end; ++each)
            if (takes(*each)) return Step::found;
        if (!state.slash) return Step::none;
        for (const Leaf *each = state.slash->leaves; each != state.slash->leaves_end; ++each) {
            if (each->is_websocket != is_websocket || !allows(*each)) continue;
            leaf = each;
            return each->strict_slashes ? Step::slash : Step::found;
        }
        return Step::none;
    }

    static bool is_number(std::string_view text, std::uint64_t key) {
        if (text.size() <= exact_most && all_digits(key, text.size())) return !text.empty();
        return !text.empty() && digits_length(text) == text.size();
    }

    // From `at` on the path is left; beyond its end, nothing is, not even an
    // empty segment. Values go to `free` and behind. A way that is the only one
    // is gone without coming back.
    Step run(const State *state, std::size_t at, std::string_view *free) {
        const char *const text = path.data();
        const std::size_t size = path.size();
        while (at <= size) {
            const std::size_t end = ends.from(at), length = end - at;
            const auto key = [&] { return segment_key(text, size, at, length); };
            if (length != 0 && state->ways != State::Ways::several) {
                if (state->ways == State::Ways::statics) {
                    state = state->find(key(), text + at, length);
                    if (!state) return Step::none;
                } else {
                    const std::string_view value(text + at, length);
                    if (state->ways == State::Ways::one_number && !is_number(value, key()))
                        return Step::none;
                    *free++ = value;
                    state = state->edges->to;
                }
                at = end + 1;
                continue;
            }
            const std::uint64_t number = key();
            if (const State *to = state->find(number, text + at, length))
                if (const Step step = run(to, end + 1, free); step != Step::none) return step;
            for (const State::Edge *edge = state->edges; edge != state->edges_end; ++edge) {
                std::size_t next = end + 1;
                const std::string_view value(text + at, edge->is_final ? size - at : length);
                if (edge->takes == State::Takes::any_text) {
                    if (value.empty()) continue;
                    *free = value;
                } else if (edge->takes == State::Takes::digits) {
                    if (!is_number(value, number)) continue;
                    *free = value;
                } else {
                    bool slash = false;
                    if (!edge->part->matches(value, free, slash)) continue;
                    if (edge->is_final) next = slash ? size : size + 1;
                }
                if (const Step step = run(edge->to, next, free + edge->values); step != Step::none)
                    return step;
            }
            return at == size ? end_without_slash(*state) : Step::none;
        }
        return this->end(*state);
    }

    // Where a path ends in a slash that a rule does not have.
    Step end_without_slash(const State &state) {
        for (const Leaf *each = state.leaves; each != state.leaves_end; ++each)
            if (!each->strict_slashes && takes(*each)) return Step::found;
        return Step::none;
    }

    Step start(const Router &router, std::string_view domain, std::string_view *free) {
        if (router.top_ && domain.empty() && path.starts_with('/'))
            return run(router.top_, 1, free);
        return start_at_domain(router, domain, free);
    }
    __attribute__((noinline)) Step start_at_domain(const Router &router, std::string_view domain,
                                                   std::string_view *free) {
        const State &root = *router.root_;
        if (const State *to = root.find(domain))
            if (const Step step = run(to, 0, free); step != Step::none) return step;
        for (const State::Edge *edge = root.edges; edge != root.edges_end; ++edge) {
            bool slash = false;
            if (!edge->part->matches(domain, free, slash)) continue;
            if (const Step step = run(edge->to, 0, free + edge->values); step != Step::none)
                return step;
        }
        return Step::none;
    }

    // Whether what was found is a value for each variable.
    bool accepts(const std::string_view *values) const {
        const auto accepts = [&](std::size_t i) {
            return leaf->rule->variables[i].value->accepts(values[i]);
        };
        for (unsigned bits = leaf->asks_if_long; bits; bits &= bits - 1) {
            const auto i = static_cast<std::size_t>(std::countr_zero(bits));
            if (values[i].size() > int_digits_most && !accepts(i)) return false;
        }
        for (unsigned bits = leaf->asks; bits; bits &= bits - 1)
            if (!accepts(static_cast<std::size_t>(std::countr_zero(bits)))) return false;
        return true;
    }

    void decide(const Router &router, std::string_view domain, Match &out) {
        const Step step = start(router, domain, out.values);
        if (step == Step::found && accepts(out.values)) {
            out.rule = leaf->rule;
            out.outcome = Match::Outcome::found;
            return;
        }
        out.rule = nullptr;
        out.outcome = why_not(router, domain, step, out.values);
    }

    __attribute__((noinline)) Match::Outcome why_not(const Router &router, std::string_view domain,
                                                     Step step, std::string_view *free) {
        if (step == Step::slash) return Match::Outcome::add_slash;
        if (step == Step::none && router.merge_slashes && path.find("//") != path.npos) {
            // What values lie in only when there is no match in the end.
            const std::string merged = merged_slashes(path);
            path = merged;
            ends = SegmentEnds(path.data(), path.size());
            const Step again = start(router, domain, free);
            if (again == Step::slash) return Match::Outcome::merge_and_add;
            if (again == Step::found && leaf->rule->merge_slashes)
                return Match::Outcome::merge_slashes;
        }
        return other_methods    ? Match::Outcome::method_not_allowed
               : other_protocol ? Match::Outcome::websocket_mismatch
                                : Match::Outcome::not_found;
    }
};

void Router::match(std::string_view domain, std::string_view path, std::uint32_t id,
                   std::string_view method, bool websocket, Match &out) const {
    Search search{path, {path.data(), path.size()}, id, websocket, method, nullptr};
    search.decide(*this, domain, out);
}

MethodSet Router::allowed_methods(std::string_view domain, std::string_view path,
                                  std::string_view method, bool websocket) const {
    MethodSet methods;
    Match match;
    Search search{path, {path.data(), path.size()}, method_id(method), websocket, method, &methods};
    search.decide(*this, domain, match);
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
