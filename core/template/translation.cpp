// SPDX-License-Identifier: MIT
// {% trans %} becomes a call of gettext and kin, as Jinja's i18n extension makes it.
#include "core/template/parser.hpp"

#include <algorithm>

#include "core/template/text.hpp"

namespace csgi::jinja::code {

namespace {

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
    std::string out;
    for (std::size_t at = 0;;) {
        const std::size_t found = text.find(from, at);
        out += text.substr(at, found - at);
        if (found == text.npos) return out;
        out += to;
        at = found + from.size();
    }
}

// Lines joined by one space: `\s*\n\s*` is " ".
std::string trimmed(std::string_view text) {
    text = strip_left(strip_right(text));
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t end = skip_space(text, i);
        if (end == i) {
            out += text[i++];
            continue;
        }
        const std::string_view space = text.substr(i, end - i);
        out += space.find('\n') == space.npos ? space : std::string_view(" ");
        i = end;
    }
    return out;
}

struct Variable {
    std::string_view name;
    Expr *value;
};

} // namespace

std::string Translation::block(std::vector<std::string_view> &referenced, bool allow_pluralize) {
    Parser &p = parser_;
    std::string out;
    for (;;) {
        switch (p.current().kind) {
        case TokenKind::data: out += replaced(p.next().text, "%", "%%"); break;
        case TokenKind::variable_begin: {
            p.next();
            const std::string_view name = p.expect(TokenKind::name).text;
            referenced.push_back(name);
            out += "%(" + std::string(name) + ")s";
            p.expect(TokenKind::variable_end);
            break;
        }
        case TokenKind::block_begin: {
            p.next();
            if (p.is_name("endtrans")) return out;
            if (p.is_name("pluralize")) {
                if (allow_pluralize) return out;
                p.fail("a translatable section can have only one pluralize section");
            }
            if (p.is_name("trans"))
                p.fail("trans blocks can't be nested; did you mean `endtrans`?");
            const std::string saw = p.is(TokenKind::name) ? std::string(p.current().text) : "None";
            p.fail("control structures in translatable sections are not allowed; saw `" + saw +
                   "`");
        }
        default: p.fail("unclosed translation block");
        }
    }
}

void Translation::parse(std::vector<Stmt *> &out) {
    Parser &p = parser_;
    const std::uint32_t line = p.next().line;
    std::optional<std::string_view> context;
    if (p.is(TokenKind::string)) context = p.next().text;
    const auto name_of = [&](std::string_view name) {
        Expr *node = p.expr(ExprKind::name, line);
        node->text = name;
        node->quiet = true;
        return node;
    };
    std::vector<Variable> variables;
    const auto find = [&](std::string_view name) -> Variable * {
        for (Variable &variable : variables)
            if (variable.name == name) return &variable;
        return nullptr;
    };
    Expr *plural_expr = nullptr;
    Set *assignment = nullptr;
    bool num_called_num = false;
    std::optional<bool> trim;
    while (!p.is(TokenKind::block_end)) {
        if (!variables.empty()) p.expect(TokenKind::comma);
        if (p.skip_if(TokenKind::colon)) break;
        const Token token = p.expect(TokenKind::name);
        if (find(token.text))
            p.fail("translatable variable '" + std::string(token.text) + "' defined twice.",
                   token.line, "TemplateAssertionError");
        Expr *value = nullptr;
        if (p.is(TokenKind::assign)) {
            p.next();
            value = p.expression();
        } else if (!trim && (token.text == "trimmed" || token.text == "notrimmed")) {
            trim = token.text == "trimmed";
            continue;
        } else {
            value = name_of(token.text);
        }
        variables.push_back({token.text, value});
        if (!plural_expr) {
            if (value->kind == ExprKind::call) {
                plural_expr = name_of("_trans");
                variables.back().value = plural_expr;
                assignment = p.stmt<Set>(StmtKind::set, line);
                assignment->target = name_of("_trans");
                assignment->target->store = true;
                assignment->value = value;
            } else {
                plural_expr = value;
            }
            num_called_num = token.text == "num";
        }
    }
    p.expect(TokenKind::block_end);

    std::vector<std::string_view> referenced;
    std::string singular = block(referenced, true);
    if (!referenced.empty() && !plural_expr) {
        plural_expr = name_of(referenced.front());
        num_called_num = referenced.front() == "num";
    }
    std::string plural;
    bool have_plural = false;
    if (p.is_name("pluralize")) {
        have_plural = true;
        p.next();
        if (!p.is(TokenKind::block_end)) {
            const Token token = p.expect(TokenKind::name);
            const Variable *variable = find(token.text);
            if (!variable)
                p.fail("unknown variable '" + std::string(token.text) + "' for pluralization",
                       token.line, "TemplateAssertionError");
            plural_expr = variable->value;
            num_called_num = token.text == "num";
        }
        p.expect(TokenKind::block_end);
        plural = block(referenced, false);
    }
    p.next();
    for (const std::string_view name : referenced)
        if (!find(name)) variables.push_back({name, name_of(name)});
    if (!have_plural)
        plural_expr = nullptr;
    else if (!plural_expr)
        p.fail("pluralize without variables", line);
    if (!trim) {
        const Value *policy = p.unit_.environment->policies().find("ext.i18n.trimmed");
        trim = policy && policy->truthy();
    }
    if (*trim) {
        singular = trimmed(singular);
        plural = trimmed(plural);
    }

    const bool newstyle = p.syntax_.newstyle_gettext;
    if (referenced.empty() && !newstyle) {
        singular = replaced(singular, "%%", "%");
        plural = replaced(plural, "%%", "%");
    }
    std::string function = "gettext";
    std::vector<Expr *> arguments{p.constant(Value(singular), line)};
    if (context) {
        arguments.insert(arguments.begin(), p.constant(Value(*context), line));
        function = "p" + function;
    }
    if (plural_expr) {
        function = "n" + function;
        arguments.push_back(p.constant(Value(plural), line));
        arguments.push_back(plural_expr);
    }
    Expr *node = p.expr(ExprKind::call, line);
    node->a = name_of(p.unit_.arena.copy(function));
    node->call = p.unit_.arena.make<CallArguments>();
    node->call->positional = p.unit_.arena.copy(arguments);
    if (newstyle) {
        std::vector<Keyword> named;
        for (const Variable &variable : variables)
            if (!(num_called_num && have_plural && variable.name == "num"))
                named.push_back({variable.name, variable.value});
        node->call->named = p.unit_.arena.copy(named);
    } else {
        Expr *safe = p.expr(ExprKind::mark_safe, line);
        safe->a = node;
        node = safe;
        if (!variables.empty()) {
            Expr *dict = p.expr(ExprKind::dict, line);
            std::vector<Expr *> items;
            for (const Variable &variable : variables) {
                items.push_back(p.constant(Value(variable.name), line));
                items.push_back(variable.value);
            }
            dict->items = p.unit_.arena.copy(items);
            Expr *format = p.expr(ExprKind::binary, line);
            format->op = Operator::mod;
            format->a = node;
            format->b = dict;
            node = format;
        }
    }
    if (assignment) out.push_back(assignment);
    auto *output = p.stmt<Output>(StmtKind::output, line);
    output->items = p.unit_.arena.copy(std::vector<Expr *>{p.done(node)});
    out.push_back(output);
}

} // namespace csgi::jinja::code
