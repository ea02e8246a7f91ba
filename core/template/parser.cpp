// SPDX-License-Identifier: MIT
// Tokens to statements, by Jinja's grammar and with its messages.
#include "core/template/parser.hpp"

#include <algorithm>

#include "core/template/text.hpp"

namespace csgi::jinja::code {

namespace {

// Bodies inside each other; Python's compiler stops Jinja at about as many.
constexpr std::size_t deepest_body = 100;

} // namespace

Parser::Parser(Unit &unit)
    : unit_(unit), syntax_(unit.environment->syntax),
      tokens_(tokenize(syntax_, unit.source, unit.arena)) {}

void Parser::run() {
    check_failure();
    unit_.body = subparse({});
}

bool Parser::is_any(Names names) const {
    return is(TokenKind::name) &&
           std::find(names.begin(), names.end(), current().text) != names.end();
}

void Parser::check_failure() {
    if (is(TokenKind::failure)) fail(std::string(current().text));
}

const Token &Parser::look() {
    const Token &next = tokens_[std::min(at_ + 1, tokens_.size() - 1)];
    if (next.kind == TokenKind::failure) fail(std::string(next.text), next.line);
    return next;
}

Token Parser::next() {
    const Token token = current();
    if (token.kind != TokenKind::end) {
        ++at_;
        check_failure();
    }
    return token;
}

bool Parser::skip_if(TokenKind kind) {
    if (!is(kind)) return false;
    next();
    return true;
}

bool Parser::skip_name(std::string_view name) {
    if (!is_name(name)) return false;
    next();
    return true;
}

void Parser::unexpected(std::string_view wanted) {
    if (is(TokenKind::end))
        fail("unexpected end of template, expected '" + std::string(wanted) + "'.");
    fail("expected token '" + std::string(wanted) + "', got '" + std::string(describe(current())) +
         "'");
}

Token Parser::expect(TokenKind kind) {
    if (!is(kind)) unexpected(describe(kind));
    return next();
}

Token Parser::expect_name(std::string_view name) {
    if (!is_name(name)) unexpected(name);
    return next();
}

void Parser::fail(std::string message, std::uint32_t line, std::string_view kind) {
    throw TemplateSyntaxError(std::move(message), unit_.name.value_or(std::string()), line,
                              unit_.excerpt(line), kind);
}

void Parser::fail_tag(const std::string *name, std::uint32_t line) {
    std::string message =
        name ? "Encountered unknown tag '" + *name + "'." : "Unexpected end of template.";
    if (!ends_.empty()) {
        std::string looking;
        bool expected = false;
        for (const auto &names : ends_)
            expected |= name && std::find(names.begin(), names.end(), *name) != names.end();
        for (const std::string_view end : ends_.back()) {
            if (!looking.empty()) looking += " or ";
            looking += "'" + std::string(end) + "'";
        }
        if (expected)
            message += " You probably made a nesting mistake. Jinja is expecting this tag, but "
                       "currently looking for " +
                       looking + ".";
        else
            message += " Jinja was looking for the following tags: " + looking + ".";
    }
    if (!tags_.empty())
        message +=
            " The innermost block that needs to be closed is '" + std::string(tags_.back()) + "'.";
    fail(std::move(message), line);
}

Expr *Parser::constant(Value value, std::uint32_t line) {
    Expr *node = expr(ExprKind::constant, line);
    unit_.constants.push_back(std::move(value));
    node->value = &unit_.constants.back();
    node->quiet = true;
    return node;
}

void Parser::flush(std::vector<Expr *> &data, std::vector<Stmt *> &out) {
    if (data.empty()) return;
    auto *output = stmt<Output>(StmtKind::output, data.front()->line);
    output->items = unit_.arena.copy(data);
    out.push_back(output);
    data.clear();
}

Body Parser::subparse(Names ends) {
    if (++depth_ > deepest_body) fail("too many bodies inside each other");
    std::vector<Stmt *> body;
    std::vector<Expr *> data;
    if (ends.size() > 0) ends_.emplace_back(ends);
    bool ended = false;
    while (!ended && !is(TokenKind::end)) {
        const Token token = current();
        if (token.kind == TokenKind::data) {
            Expr *node = expr(ExprKind::data, token.line);
            node->text = token.text;
            node->quiet = true;
            data.push_back(node);
            next();
        } else if (token.kind == TokenKind::variable_begin) {
            next();
            data.push_back(tuple());
            expect(TokenKind::variable_end);
        } else {
            flush(data, body);
            next();
            if (ends.size() > 0 && is_any(ends)) {
                ended = true;
            } else {
                statement(body);
                expect(TokenKind::block_end);
            }
        }
    }
    flush(data, body);
    if (ends.size() > 0) ends_.pop_back();
    --depth_;
    return unit_.arena.copy(body);
}

Body Parser::statements(Names ends, bool drop) {
    skip_if(TokenKind::colon);
    expect(TokenKind::block_end);
    const Body body = subparse(ends);
    if (is(TokenKind::end)) {
        ends_.emplace_back(ends);
        fail_tag(nullptr, current().line);
    }
    if (drop) next();
    return body;
}

void Parser::statement(std::vector<Stmt *> &out) {
    const Token token = current();
    if (token.kind != TokenKind::name) fail("tag name expected", token.line);
    const std::string_view name = token.text;
    tags_.push_back(name);
    if (name == "for") {
        out.push_back(parse_for());
    } else if (name == "if") {
        out.push_back(parse_if());
    } else if (name == "block") {
        out.push_back(parse_block());
    } else if (name == "extends") {
        out.push_back(parse_extends());
    } else if (name == "print") {
        out.push_back(parse_print());
    } else if (name == "macro") {
        out.push_back(parse_macro());
    } else if (name == "include") {
        out.push_back(parse_include());
    } else if (name == "from") {
        out.push_back(parse_from());
    } else if (name == "import") {
        out.push_back(parse_import());
    } else if (name == "set") {
        out.push_back(parse_set());
    } else if (name == "with") {
        out.push_back(parse_with());
    } else if (name == "autoescape") {
        out.push_back(parse_autoescape());
    } else if (name == "call") {
        out.push_back(parse_call_block());
    } else if (name == "filter") {
        out.push_back(parse_filter_block());
    } else if (name == "do" && syntax_.do_statement) {
        next();
        auto *run = stmt<Run>(StmtKind::run, token.line);
        run->value = tuple();
        out.push_back(run);
    } else if ((name == "break" || name == "continue") && syntax_.loop_controls) {
        next();
        out.push_back(stmt<Stmt>(name == "break" ? StmtKind::break_loop : StmtKind::continue_loop,
                                 token.line));
    } else if (name == "debug" && syntax_.debug_statement) {
        out.push_back(parse_debug());
    } else if (name == "trans" && syntax_.i18n) {
        Translation(*this).parse(out);
    } else {
        tags_.pop_back();
        const std::string text(name);
        fail_tag(&text, token.line);
    }
    tags_.pop_back();
}

Stmt *Parser::parse_set() {
    const std::uint32_t line = next().line;
    Expr *target = assign_target(true);
    if (skip_if(TokenKind::assign)) {
        auto *set = stmt<Set>(StmtKind::set, line);
        set->target = target;
        set->value = tuple();
        return set;
    }
    auto *set = stmt<SetBlock>(StmtKind::set_block, line);
    set->target = target;
    set->filter = parse_filter(nullptr);
    set->body = statements({"endset"}, true);
    return set;
}

Stmt *Parser::parse_for() {
    auto *loop = stmt<Loop>(StmtKind::loop, next().line);
    loop->target = assign_target(false, "in");
    expect_name("in");
    loop->iter = tuple(false, false, "recursive");
    if (skip_name("if")) loop->test = expression();
    loop->recursive = skip_name("recursive");
    loop->body = statements({"endfor", "else"}, false);
    if (next().text != "endfor") loop->otherwise = statements({"endfor"}, true);
    return loop;
}

Stmt *Parser::parse_if() {
    auto *branch = stmt<Branch>(StmtKind::branch, next().line);
    std::vector<Branch::Arm> arms;
    for (;;) {
        Expr *test = tuple(false, false);
        const Body body = statements({"elif", "else", "endif"}, false);
        arms.push_back({test, body});
        const Token token = next();
        if (token.text == "elif") continue;
        if (token.text == "else") arms.push_back({nullptr, statements({"endif"}, true)});
        break;
    }
    branch->arms = unit_.arena.copy(arms);
    return branch;
}

Stmt *Parser::parse_with() {
    auto *with = stmt<With>(StmtKind::with, next().line);
    std::vector<Expr *> targets, values;
    while (!is(TokenKind::block_end)) {
        if (!targets.empty()) expect(TokenKind::comma);
        Expr *target = assign_target();
        // Parameters, so that `loop` may be among them.
        target->parameter = true;
        for (Expr *item : target->items) item->parameter = true;
        targets.push_back(target);
        expect(TokenKind::assign);
        values.push_back(expression());
    }
    with->targets = unit_.arena.copy(targets);
    with->values = unit_.arena.copy(values);
    with->body = statements({"endwith"}, true);
    return with;
}

Stmt *Parser::parse_autoescape() {
    auto *block = stmt<AutoescapeBlock>(StmtKind::autoescape, next().line);
    block->value = expression();
    block->body = statements({"endautoescape"}, true);
    return block;
}

Stmt *Parser::parse_block() {
    auto *block = stmt<Block>(StmtKind::block, next().line);
    block->name = expect(TokenKind::name).text;
    block->scoped = skip_name("scoped");
    block->required = skip_name("required");
    if (is(TokenKind::sub))
        fail("Block names in Jinja have to be valid Python identifiers and may not contain "
             "hyphens, use an underscore instead.");
    block->body = statements({"endblock"}, true);
    if (block->required)
        for (const Stmt *part : block->body) {
            bool blank = part->kind == StmtKind::output;
            if (blank)
                for (const Expr *item : static_cast<const Output *>(part)->items)
                    blank = blank && item->kind == ExprKind::data &&
                            skip_space(item->text, 0) == item->text.size();
            if (!blank) fail("Required blocks can only contain comments or whitespace");
        }
    skip_name(block->name);
    return block;
}

Stmt *Parser::parse_extends() {
    auto *extends = stmt<Extends>(StmtKind::extends, next().line);
    extends->name = expression();
    return extends;
}

bool Parser::parse_context(bool fallback) {
    if (!is_any({"with", "without"})) return fallback;
    const Token &after = look();
    if (after.kind != TokenKind::name || after.text != "context") return fallback;
    const bool with = next().text == "with";
    next();
    return with;
}

Stmt *Parser::parse_include() {
    auto *include = stmt<Include>(StmtKind::include, next().line);
    include->name = expression();
    if (is_name("ignore") && look().kind == TokenKind::name && look().text == "missing") {
        include->ignore_missing = true;
        next();
        next();
    }
    include->with_context = parse_context(true);
    return include;
}

Stmt *Parser::parse_import() {
    auto *import = stmt<Import>(StmtKind::import, next().line);
    import->name = expression();
    expect_name("as");
    import->target = target_name().text;
    import->with_context = parse_context(false);
    return import;
}

Stmt *Parser::parse_from() {
    auto *import = stmt<Import>(StmtKind::from_import, next().line);
    import->name = expression();
    expect_name("import");
    std::vector<Import::Name> names;
    const auto context = [&] {
        if (!is_any({"with", "without"}) || look().kind != TokenKind::name ||
            look().text != "context")
            return false;
        import->with_context = next().text == "with";
        next();
        return true;
    };
    for (;;) {
        if (!names.empty()) expect(TokenKind::comma);
        if (!is(TokenKind::name)) expect(TokenKind::name);
        if (context()) break;
        const Token name = target_name();
        if (name.text.starts_with('_'))
            fail("names starting with an underline can not be imported", name.line,
                 "TemplateAssertionError");
        Import::Name imported{name.text, name.text, {}};
        if (skip_name("as")) imported.alias = target_name().text;
        names.push_back(imported);
        if (context() || !is(TokenKind::comma)) break;
    }
    import->names = unit_.arena.copy(names);
    return import;
}

void Parser::parse_signature(MacroCode &macro) {
    std::vector<Parameter> parameters;
    expect(TokenKind::lparen);
    bool defaults = false;
    while (!is(TokenKind::rparen)) {
        if (!parameters.empty()) expect(TokenKind::comma);
        Parameter parameter;
        parameter.name = target_name().text;
        if (skip_if(TokenKind::assign)) {
            parameter.fallback = expression();
            defaults = true;
        } else if (defaults) {
            fail("non-default argument follows default argument");
        }
        parameters.push_back(parameter);
    }
    expect(TokenKind::rparen);
    macro.parameters = unit_.arena.copy(parameters);
}

Stmt *Parser::parse_call_block() {
    auto *block = stmt<CallBlock>(StmtKind::call_block, next().line);
    if (is(TokenKind::lparen)) parse_signature(block->code);
    block->call = expression();
    if (block->call->kind != ExprKind::call) fail("expected call", block->line);
    block->code.function.body = statements({"endcall"}, true);
    block->code.function.line = block->line;
    return block;
}

Stmt *Parser::parse_filter_block() {
    auto *block = stmt<FilterBlock>(StmtKind::filter_block, next().line);
    block->filter = parse_filter(nullptr, true);
    block->body = statements({"endfilter"}, true);
    return block;
}

Stmt *Parser::parse_macro() {
    auto *macro = stmt<Macro>(StmtKind::macro, next().line);
    macro->code.name = target_name().text;
    macro->code.named = true;
    parse_signature(macro->code);
    macro->code.function.body = statements({"endmacro"}, true);
    macro->code.function.line = macro->line;
    return macro;
}

Stmt *Parser::parse_print() {
    auto *output = stmt<Output>(StmtKind::output, next().line);
    std::vector<Expr *> items;
    while (!is(TokenKind::block_end)) {
        if (!items.empty()) expect(TokenKind::comma);
        items.push_back(expression());
    }
    output->items = unit_.arena.copy(items);
    return output;
}

Stmt *Parser::parse_debug() {
    auto *output = stmt<Output>(StmtKind::output, next().line);
    output->items = unit_.arena.copy(std::vector<Expr *>{expr(ExprKind::debug, output->line)});
    return output;
}

std::string Unit::excerpt(std::size_t line) const {
    std::size_t at = 0;
    for (std::size_t i = 1; i < line && at != source.npos; ++i) {
        at = source.find('\n', at);
        if (at != source.npos) ++at;
    }
    if (at == source.npos) return {};
    const std::size_t end = std::min(source.find('\n', at), source.size());
    std::string_view text = strip_right(std::string_view(source).substr(at, end - at));
    text = strip_left(text);
    // A page without newlines would else be quoted whole.
    constexpr std::size_t most = 200;
    if (text.size() > most) text = text.substr(0, code_point_offset(text, most));
    return std::string(text);
}

void parse(Unit &unit) {
    Parser(unit).run();
}

} // namespace csgi::jinja::code
