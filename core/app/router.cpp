// SPDX-License-Identifier: MIT
// Rules become a tree.
#include <csgi/app/router.hpp>

#include <algorithm>
#include <bit>

#include <csgi/http/url.hpp>

#include "core/app/python_text.hpp"
#include "core/app/router_state.hpp"

namespace csgi {

namespace {

int length_in_code_points(std::string_view text) {
    return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    }));
}

} // namespace

Router::Router() : root_(std::make_unique<State>()) {}
Router::Router(Router &&) noexcept = default;
Router &Router::operator=(Router &&) noexcept = default;
Router::~Router() = default;

void Router::add_converter(std::string name, ConverterFactory factory) {
    converters_.insert_or_assign(std::move(name), std::move(factory));
}

void Router::parse(Rule &rule, std::string_view text, std::vector<Rule::Piece> &pieces,
                   std::vector<Part> &parts) const {
    Part part;
    std::vector<int> statics, arguments; // of its weight

    const auto add_text = [&](std::string_view piece) {
        if (part.pieces.empty() || part.pieces.back().converter)
            part.pieces.push_back({std::string(piece), nullptr});
        else
            part.pieces.back().text += piece;
    };
    const auto end_part = [&] {
        part.weight.push_back(-static_cast<int>(statics.size() / 2));
        part.weight.insert(part.weight.end(), statics.begin(), statics.end());
        part.weight.push_back(-static_cast<int>(arguments.size()));
        part.weight.insert(part.weight.end(), arguments.begin(), arguments.end());
        for (const Part::Piece &piece : part.pieces) {
            const std::string shown = piece.converter ? piece.converter->pattern() : piece.text;
            part.content +=
                (piece.converter ? "<" : "\"") + std::to_string(shown.size()) + ":" + shown;
        }
        if (part.is_static && !part.pieces.empty()) part.text = part.pieces[0].text;
        parts.push_back(std::move(part));
        part = Part();
        statics.clear();
        arguments.clear();
    };

    RuleText reader(text);
    for (auto token = reader.next(); token.kind != RuleText::Kind::end; token = reader.next()) {
        switch (token.kind) {
        case RuleText::Kind::text:
            statics.push_back(static_cast<int>(statics.size() / 2));
            statics.push_back(-length_in_code_points(token.text));
            pieces.push_back({quote(token.text, Place::path), -1});
            add_text(token.text);
            break;
        case RuleText::Kind::variable: {
            if (rule.variables.size() == rule_variables_most)
                throw std::invalid_argument("more than " + std::to_string(rule_variables_most) +
                                            " variables");
            if (rule.variable(token.variable) != rule.variables.size())
                throw std::invalid_argument("the variable '" + std::string(token.variable) +
                                            "' stands there twice");
            const std::string_view name = token.converter.empty() ? "default" : token.converter;
            const auto own = converters_.find(name);
            const ConverterFactory factory =
                own == converters_.end() ? find_converter(name) : own->second;
            if (!factory)
                throw std::invalid_argument("the converter " + python_repr(name) +
                                            " does not exist");
            std::unique_ptr<Converter> made = factory(parse_converter_arguments(token.arguments));
            part.is_static = false;
            if (!made->is_isolating()) part.is_final = true;
            arguments.push_back(made->weight());
            part.pieces.push_back({"", made.get()});
            pieces.push_back({"", static_cast<std::int32_t>(rule.variables.size())});
            rule.variables.push_back(
                {std::string(token.variable), std::string(name), std::move(made)});
            break;
        }
        case RuleText::Kind::slash:
            pieces.push_back({"/", -1});
            if (part.is_final)
                add_text("/");
            else
                end_part();
            break;
        case RuleText::Kind::malformed:
        case RuleText::Kind::end: throw std::invalid_argument("malformed url rule");
        }
    }
    if (part.is_final && !part.pieces.back().converter && part.pieces.back().text.back() == '/') {
        part.pieces.back().text.pop_back();
        if (part.pieces.back().text.empty()) part.pieces.pop_back();
        part.is_suffixed = true;
    }
    const bool is_suffixed = part.is_suffixed;
    end_part();
    if (is_suffixed) parts.emplace_back(); // the "" behind the "/"
}

void Router::insert(Rule &rule, std::vector<Part> &parts) {
    State *state = root_.get();
    for (Part &part : parts) {
        if (part.is_static) {
            state = &state->child(part.text);
            continue;
        }
        State *next = nullptr;
        for (const State::Dynamic &edge : state->dynamics) {
            const Part &there = *edge.part;
            if (there.content == part.content && there.is_final == part.is_final &&
                there.is_suffixed == part.is_suffixed && there.weight == part.weight)
                next = edge.to.get();
        }
        if (!next) {
            state->dynamics.push_back(
                {std::make_unique<Part>(std::move(part)), std::make_unique<State>()});
            next = state->dynamics.back().to.get();
        }
        state = next;
    }
    for (const Rule *there : state->rules) {
        const auto same_methods = [&] {
            if (!there->methods || !rule.methods)
                return there->methods.has_value() == rule.methods.has_value();
            return there->methods->names() == rule.methods->names();
        };
        if (there->is_same_as(rule) && same_methods() &&
            there->options.websocket == rule.options.websocket &&
            there->options.defaults == rule.options.defaults)
            throw DuplicateRule("the rule is there already, for endpoint " +
                                python_repr(there->endpoint));
    }
    state->rules.push_back(&rule);
}

Rule &Router::add(std::string_view text, std::string endpoint, RuleOptions options) {
    top_ = nullptr; // until finish()
    auto rule = std::make_unique<Rule>();
    const std::string named = "URL rule " + python_repr(text);
    if (!text.starts_with('/')) throw std::invalid_argument(named + " must start with a slash.");
    rule->text = text;
    rule->endpoint = std::move(endpoint);
    rule->options = std::move(options);
    rule->strict_slashes = rule->options.strict_slashes.value_or(strict_slashes);
    rule->merge_slashes = rule->options.merge_slashes.value_or(merge_slashes);
    if (rule->options.methods) {
        rule->methods.emplace();
        for (const std::string &method : *rule->options.methods) rule->methods->add(method);
        if (rule->methods->contains("GET")) rule->methods->add("HEAD");
    }
    const std::string domain =
        host_matching ? rule->options.host : rule->options.subdomain.value_or(default_subdomain);
    std::vector<Part> parts;
    try {
        if (rule->options.websocket && rule->methods)
            for (const std::string &method : rule->methods->names())
                if (method != "GET" && method != "HEAD" && method != "OPTIONS")
                    throw std::invalid_argument("WebSocket rules can only use 'GET', "
                                                "'HEAD', and 'OPTIONS' methods.");
        if (domain.empty())
            parts.emplace_back();
        else
            parse(*rule, domain, rule->domain_pieces_, parts);
        if (parts.size() != 1 || parts[0].is_final)
            throw std::invalid_argument("a host or subdomain has no slashes: '" + domain + "'");
        parse(*rule, rule->merge_slashes ? merged_slashes(text) : text, rule->path_pieces_, parts);
        for (const Rule::Variable &variable : rule->variables)
            rule->arguments.push_back(variable.name);
        for (const Dict::Entry &entry : rule->options.defaults)
            if (const std::string key(entry.key.as_string());
                rule->variable(key) == rule->variables.size())
                rule->arguments.push_back(key);
        std::sort(rule->arguments.begin(), rule->arguments.end());
        if (!rule->options.build_only) insert(*rule, parts);
    } catch (const DuplicateRule &error) {
        throw DuplicateRule(named + ": " + error.what());
    } catch (const std::invalid_argument &error) {
        throw std::invalid_argument(named + ": " + error.what());
    }
    rules_.push_back(std::move(rule));
    Rule &added = *rules_.back();
    endpoint_rules(added.endpoint).push_back(&added);
    return added;
}

std::vector<Rule *> &Router::endpoint_rules(const std::string &endpoint) {
    for (auto &[name, rules] : endpoints_)
        if (name == endpoint) return rules;
    return endpoints_.emplace_back(endpoint, std::vector<Rule *>()).second;
}

Router::Leaf::Leaf(const Rule &a_rule)
    : rule(&a_rule), methods(a_rule.methods ? a_rule.methods->known : ~std::uint32_t{0}), asks(0),
      asks_if_long(0), is_websocket(a_rule.options.websocket),
      strict_slashes(a_rule.strict_slashes) {
    for (std::size_t i = 0; i < a_rule.variables.size(); ++i) {
        const auto bit = static_cast<std::uint16_t>(1u << i);
        switch (a_rule.variables[i].value->known()) {
        case Converter::Known::text:
        case Converter::Known::any_text:
        case Converter::Known::choice:
        case Converter::Known::path:
        case Converter::Known::uuid: break;
        case Converter::Known::any_digits: asks_if_long |= bit; break;
        case Converter::Known::digits:
        case Converter::Known::none: asks |= bit; break;
        }
    }
}

// What a search reads, made of what rules have put in.
void Router::State::compile() {
    text = own_text;
    const std::size_t count = statics.size();
    shift =
        count <= few ? std::uint8_t{0} : static_cast<std::uint8_t>(std::countl_zero(2 * count - 1));
    own_slots_.assign(shift ? std::size_t{1} << (64 - shift) : count, {});
    std::size_t next = 0;
    for (const auto &edge : statics) {
        const std::uint64_t key = segment_key(edge->own_text);
        std::size_t at = shift ? place(key) : next++;
        while (own_slots_[at].to) at = (at + 1) & (own_slots_.size() - 1);
        own_slots_[at] = {key, edge.get()};
    }
    slots = own_slots_.data();
    slots_count = shift ? 0 : static_cast<std::uint32_t>(count);
    own_edges_.clear();
    for (const Dynamic &edge : dynamics) {
        const Part &part = *edge.part;
        const auto values = std::count_if(part.pieces.begin(), part.pieces.end(),
                                          [](const Part::Piece &piece) { return piece.converter; });
        Edge made{edge.to.get(), &part, Takes::part, part.is_final,
                  static_cast<std::uint8_t>(values)};
        if (part.pieces.size() == 1 && !part.is_final && !part.is_suffixed) {
            const Converter::Known known = part.pieces[0].converter->known();
            if (known == Converter::Known::any_text) made.takes = Takes::any_text;
            if (known == Converter::Known::digits || known == Converter::Known::any_digits)
                made.takes = Takes::digits;
        }
        own_edges_.push_back(made);
    }
    edges = own_edges_.data();
    edges_end = edges + own_edges_.size();
    ways = Ways::several;
    if (own_edges_.empty()) ways = Ways::statics;
    if (own_edges_.size() == 1 && statics.empty()) {
        if (own_edges_[0].takes == Takes::any_text) ways = Ways::one_text;
        if (own_edges_[0].takes == Takes::digits) ways = Ways::one_number;
    }
    own_leaves_.clear();
    for (const Rule *rule : rules) own_leaves_.emplace_back(*rule);
    leaves = own_leaves_.data();
    leaves_end = leaves + own_leaves_.size();
}

void Router::order(State &state) {
    std::stable_sort(state.dynamics.begin(), state.dynamics.end(),
                     [](const State::Dynamic &a, const State::Dynamic &b) {
                         return a.part->weight < b.part->weight;
                     });
    state.compile();
    for (const auto &edge : state.statics) order(*edge);
    for (const State::Dynamic &edge : state.dynamics) order(*edge.to);
}

void Router::finish() {
    order(*root_);
    const State *plain = root_->slash;
    const bool is_plain =
        plain && root_->dynamics.empty() && plain->dynamics.empty() && plain->rules.empty();
    top_ = is_plain ? plain->slash : nullptr;
    endpoint_index_.clear();
    for (std::size_t i = 0; i < endpoints_.size(); ++i) {
        auto &[name, rules] = endpoints_[i];
        endpoint_index_.emplace(name, i);
        // What builds URLs best comes first.
        std::stable_sort(rules.begin(), rules.end(), [](const Rule *a, const Rule *b) {
            const auto key = [](const Rule *rule) {
                return std::tuple(rule->options.alias, -static_cast<long>(rule->arguments.size()),
                                  -static_cast<long>(rule->options.defaults.size()));
            };
            return key(a) < key(b);
        });
        for (std::size_t r = 0; r < rules.size(); ++r) {
            Rule &rule = *rules[r];
            rule.default_rules_.clear();
            for (std::size_t before = 0; before < r; ++before) {
                const Rule &other = *rules[before];
                if (!other.options.build_only && !other.options.defaults.empty() &&
                    !other.is_same_as(rule) && other.arguments == rule.arguments)
                    rule.default_rules_.push_back(&other);
            }
        }
    }
}

std::vector<const Rule *> Router::rules() const {
    std::vector<const Rule *> all;
    for (const auto &[name, rules] : endpoints_) all.insert(all.end(), rules.begin(), rules.end());
    return all;
}

const std::vector<Rule *> *Router::rules_of(std::string_view endpoint) const {
    const auto found = endpoint_index_.find(endpoint);
    return found == endpoint_index_.end() ? nullptr : &endpoints_[found->second].second;
}

bool Router::is_expecting(std::string_view endpoint, std::string_view argument) const {
    const std::vector<Rule *> *rules = rules_of(endpoint);
    if (!rules) return false;
    for (const Rule *rule : *rules)
        if (std::find(rule->arguments.begin(), rule->arguments.end(), argument) !=
            rule->arguments.end())
            return true;
    return false;
}

} // namespace csgi
