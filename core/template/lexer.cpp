// SPDX-License-Identifier: MIT
// Text to tokens, by the rules of Jinja's lexer.
#include "core/template/token.hpp"

#include <algorithm>
#include <array>
#include <bitset>

#include "core/template/text.hpp"

namespace csgi::jinja::code {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

struct Sign {
    std::string_view text;
    TokenKind kind;
};

// The longer ones first.
constexpr Sign signs[] = {
    {"//", TokenKind::floordiv}, {"**", TokenKind::pow},      {"==", TokenKind::eq},
    {"!=", TokenKind::ne},       {">=", TokenKind::ge},       {"<=", TokenKind::le},
    {"+", TokenKind::add},       {"-", TokenKind::sub},       {"*", TokenKind::mul},
    {"/", TokenKind::div},       {"%", TokenKind::mod},       {"~", TokenKind::tilde},
    {"[", TokenKind::lbracket},  {"]", TokenKind::rbracket},  {"(", TokenKind::lparen},
    {")", TokenKind::rparen},    {"{", TokenKind::lbrace},    {"}", TokenKind::rbrace},
    {">", TokenKind::gt},        {"<", TokenKind::lt},        {"=", TokenKind::assign},
    {".", TokenKind::dot},       {":", TokenKind::colon},     {"|", TokenKind::pipe},
    {",", TokenKind::comma},     {";", TokenKind::semicolon},
};

enum class Rule : std::uint8_t { raw, comment, block, variable, line_statement, line_comment };

struct RootRule {
    Rule rule;
    std::string_view start;
};

struct Failed {};

class Lexer {
public:
    Lexer(const Syntax &syntax, std::string_view source, Arena &room)
        : syntax_(syntax), source_(source), room_(room) {
        rules_ = {{Rule::comment, syntax.comment_start},
                  {Rule::block, syntax.block_start},
                  {Rule::variable, syntax.variable_start}};
        if (syntax.line_statement_prefix)
            rules_.push_back({Rule::line_statement, *syntax.line_statement_prefix});
        if (syntax.line_comment_prefix)
            rules_.push_back({Rule::line_comment, *syntax.line_comment_prefix});
        // Jinja sorts its rules by length, then by the token's name, the last first.
        const auto name = [](Rule rule) -> std::string_view {
            switch (rule) {
            case Rule::comment: return "comment_begin";
            case Rule::block: return "block_begin";
            case Rule::variable: return "variable_begin";
            case Rule::line_statement: return "linestatement_begin";
            default: return "linecomment_begin";
            }
        };
        std::sort(rules_.begin(), rules_.end(), [&](const RootRule &a, const RootRule &b) {
            if (a.start.size() != b.start.size()) return a.start.size() > b.start.size();
            return name(a.rule) > name(b.rule);
        });
        for (const RootRule &rule : rules_) {
            first_.set(static_cast<unsigned char>(rule.start.front()));
            if (rule.rule == Rule::line_statement || rule.rule == Rule::line_comment)
                by_line_ = true;
        }
    }

    std::vector<Token> run() {
        tokens_.reserve(source_.size() / 8 + 8);
        try {
            while (at_ < source_.size()) root();
        } catch (const Failed &) {
        }
        tokens_.push_back({TokenKind::end, line_, {}});
        return std::move(tokens_);
    }

private:
    [[noreturn]] void fail(std::string_view message) {
        tokens_.push_back({TokenKind::failure, line_, room_.copy(message)});
        throw Failed();
    }

    bool has(std::size_t at, std::string_view text) const {
        return source_.compare(at, text.size(), text) == 0;
    }

    void count_lines(std::size_t from, std::size_t to) {
        line_ += static_cast<std::uint32_t>(
            std::count(source_.begin() + static_cast<std::ptrdiff_t>(from),
                       source_.begin() + static_cast<std::ptrdiff_t>(to), '\n'));
    }

    // `{%- raw -%}` as a whole; 0: not here.
    std::size_t raw_begin(std::size_t at) const {
        if (!has(at, syntax_.block_start)) return 0;
        at += syntax_.block_start.size();
        if (at < source_.size() && (source_[at] == '-' || source_[at] == '+')) ++at;
        at = skip_space(source_, at);
        if (!has(at, "raw")) return 0;
        at = skip_space(source_, at + 3);
        if (has(at, "-") && has(at + 1, syntax_.block_end))
            return skip_space(source_, at + 1 + syntax_.block_end.size());
        return has(at, syntax_.block_end) ? at + syntax_.block_end.size() : 0;
    }

    // Where a rule's match ends, without the sign; 0: it does not match here.
    std::size_t match(const RootRule &rule, std::size_t at) const {
        switch (rule.rule) {
        case Rule::line_statement: {
            if (at != 0 && source_[at - 1] != '\n') return 0;
            while (at < source_.size() &&
                   (source_[at] == ' ' || source_[at] == '\t' || source_[at] == '\v'))
                ++at;
            break;
        }
        case Rule::line_comment: {
            const bool opens = at == 0 || source_[at - 1] == '\n';
            if (!opens && space_before(at)) return 0;
            while (at < source_.size() && source_[at] != '\n' && source_[at] != '\r') {
                const std::size_t n = space_at(source_, at);
                if (n == 0) break;
                at += n;
            }
            break;
        }
        default: break;
        }
        return has(at, rule.start) ? at + rule.start.size() : 0;
    }

    bool space_before(std::size_t at) const {
        std::size_t from = at - 1;
        while (from > 0 && at - from < 4 &&
               (static_cast<unsigned char>(source_[from]) & 0xc0) == 0x80)
            --from;
        return space_at(source_, from) != 0;
    }

    // Emits the text before a tag, stripped as the tag's sign says.
    void data_before(std::size_t to, char sign, bool variable) {
        std::string_view text = source_.substr(at_, to - at_);
        const std::string_view whole = text;
        if (sign == '-') {
            text = strip_right(text);
        } else if (sign != '+' && syntax_.lstrip_blocks && !variable) {
            const std::size_t last = text.rfind('\n');
            const std::size_t start = last == text.npos ? 0 : last + 1;
            if ((start > 0 || line_starting_) && start < text.size() &&
                skip_space(text, start) == text.size())
                text = text.substr(0, start);
        }
        emit_data(text);
        count_lines(at_, at_ + whole.size());
    }

    void emit_data(std::string_view text) {
        if (text.empty()) return;
        if (syntax_.newline_sequence != "\n" && text.find('\n') != text.npos) {
            std::string out;
            for (const char c : text) {
                if (c == '\n')
                    out += syntax_.newline_sequence;
                else
                    out += c;
            }
            text = room_.copy(out);
        }
        tokens_.push_back({TokenKind::data, line_, text});
    }

    void leave(std::size_t to) {
        if (to > at_) line_starting_ = source_[to - 1] == '\n';
        at_ = to;
    }

    void root() {
        for (std::size_t i = at_; i < source_.size(); ++i) {
            if (!by_line_ && !first_[static_cast<unsigned char>(source_[i])]) continue;
            if (const std::size_t end = raw_begin(i)) {
                const char c = source_[i + syntax_.block_start.size()];
                data_before(i, c == '-' || c == '+' ? c : 0, false);
                count_lines(i, end);
                leave(end);
                raw();
                return;
            }
            for (const RootRule &rule : rules_) {
                std::size_t end = match(rule, i);
                if (end == 0) continue;
                char sign = 0;
                if (end < source_.size() && (source_[end] == '-' || source_[end] == '+'))
                    sign = source_[end++];
                data_before(i, sign, rule.rule == Rule::variable);
                const std::uint32_t line = line_;
                count_lines(i, end);
                leave(end);
                enter(rule.rule, line);
                return;
            }
        }
        emit_data(source_.substr(at_));
        count_lines(at_, source_.size());
        leave(source_.size());
    }

    void enter(Rule rule, std::uint32_t line) {
        switch (rule) {
        case Rule::comment: comment(); break;
        case Rule::line_comment: {
            const std::size_t end = source_.find('\n', at_);
            leave(end == source_.npos ? source_.size() : end);
            break;
        }
        case Rule::variable:
            tokens_.push_back({TokenKind::variable_begin, line, {}});
            inside(rule);
            break;
        default:
            tokens_.push_back({TokenKind::block_begin, line, {}});
            inside(rule);
            break;
        }
    }

    // `+%}`, `-%}` with the white space after it, or `%}` with its newline if blocks are trimmed;
    // 0: not here.
    std::size_t end_of(std::size_t at, std::string_view end, bool block) const {
        if (at >= source_.size()) return 0;
        if (block && source_[at] == '+' && has(at + 1, end)) return at + 1 + end.size();
        if (source_[at] == '-' && has(at + 1, end)) return skip_space(source_, at + 1 + end.size());
        if (!has(at, end)) return 0;
        at += end.size();
        if (block && syntax_.trim_blocks && has(at, "\n")) ++at;
        return at;
    }

    void comment() {
        for (std::size_t i = at_; i < source_.size(); ++i)
            if (const std::size_t end = end_of(i, syntax_.comment_end, true)) {
                count_lines(at_, end);
                leave(end);
                return;
            }
        if (at_ < source_.size()) fail("Missing end of comment tag");
    }

    void raw() {
        for (std::size_t i = at_; i < source_.size(); ++i) {
            if (!has(i, syntax_.block_start)) continue;
            std::size_t p = i + syntax_.block_start.size();
            char sign = 0;
            if (p < source_.size() && (source_[p] == '-' || source_[p] == '+')) sign = source_[p++];
            p = skip_space(source_, p);
            if (!has(p, "endraw")) continue;
            p = skip_space(source_, p + 6);
            const std::size_t end = end_of(p, syntax_.block_end, true);
            if (end == 0) continue;
            data_before(i, sign, false);
            count_lines(i, end);
            leave(end);
            return;
        }
        if (at_ < source_.size()) fail("Missing end of raw directive");
    }

    // The end of a line statement: white space up to the last newline in it.
    std::size_t line_end(std::size_t at) const {
        const std::size_t end = skip_space(source_, at);
        if (end == source_.size()) return end == at ? end + 1 : end; // +1: matched without a byte
        for (std::size_t i = end; i > at; --i)
            if (source_[i - 1] == '\n') return i;
        return 0;
    }

    // What stands between the signs of a tag.
    void inside(Rule rule) {
        std::vector<char> open;
        for (;;) {
            if (open.empty()) {
                std::size_t end = 0;
                if (rule == Rule::variable)
                    end = end_of(at_, syntax_.variable_end, false);
                else if (rule == Rule::block)
                    end = end_of(at_, syntax_.block_end, true);
                else
                    end = line_end(at_);
                if (end) {
                    end = std::min(end, source_.size());
                    tokens_.push_back(
                        {rule == Rule::variable ? TokenKind::variable_end : TokenKind::block_end,
                         line_,
                         {}});
                    count_lines(at_, end);
                    leave(end);
                    return;
                }
            }
            if (at_ >= source_.size()) return;
            one(open);
        }
    }

    void one(std::vector<char> &open) {
        if (const std::size_t end = skip_space(source_, at_); end != at_) {
            count_lines(at_, end);
            return leave(end);
        }
        const char c = source_[at_];
        if (is_digit(c)) return number();
        if (is_name_start(c)) {
            std::size_t end = at_ + 1;
            while (end < source_.size() &&
                   (is_digit(source_[end]) || is_name_start(source_[end])) &&
                   space_at(source_, end) == 0)
                ++end;
            tokens_.push_back({TokenKind::name, line_, source_.substr(at_, end - at_)});
            return leave(end);
        }
        if ((c == '\'' || c == '"') && string(c)) return;
        for (const Sign &sign : signs) {
            if (!has(at_, sign.text)) continue;
            balance(c, sign.kind, open);
            tokens_.push_back({sign.kind, line_, sign.text});
            return leave(at_ + sign.text.size());
        }
        std::string message = "unexpected char ";
        const std::string_view found = source_.substr(at_, code_point_length(source_, at_));
        message += c == '\'' ? "\"'\"" : c == '\\' ? "'\\\\'" : "'" + std::string(found) + "'";
        fail(message + " at " + std::to_string(count_code_points(source_.substr(0, at_))));
    }

    void balance(char c, TokenKind kind, std::vector<char> &open) {
        switch (kind) {
        case TokenKind::lbrace: open.push_back('}'); break;
        case TokenKind::lparen: open.push_back(')'); break;
        case TokenKind::lbracket: open.push_back(']'); break;
        case TokenKind::rbrace:
        case TokenKind::rparen:
        case TokenKind::rbracket: {
            if (open.empty()) fail(std::string("unexpected '") + c + "'");
            const char expected = open.back();
            open.pop_back();
            if (expected != c)
                fail(std::string("unexpected '") + c + "', expected '" + expected + "'");
            break;
        }
        default: break;
        }
    }

    // (\d+_)*\d+ : where it ends, or where it began.
    std::size_t digits(std::size_t at) const {
        std::size_t end = at;
        while (end < source_.size() && is_digit(source_[end])) {
            ++end;
            if (end + 1 < source_.size() && source_[end] == '_' && is_digit(source_[end + 1]))
                ++end;
        }
        return end;
    }

    void number() {
        const bool after_dot = at_ > 0 && source_[at_ - 1] == '.';
        std::size_t end = digits(at_);
        bool floating = false;
        if (!after_dot) {
            if (end < source_.size() && source_[end] == '.' && digits(end + 1) != end + 1) {
                end = digits(end + 1);
                floating = true;
            }
            if (end < source_.size() && (source_[end] == 'e' || source_[end] == 'E')) {
                std::size_t p = end + 1;
                if (p < source_.size() && (source_[p] == '+' || source_[p] == '-')) ++p;
                if (digits(p) != p) {
                    end = digits(p);
                    floating = true;
                }
            }
        }
        if (floating) {
            tokens_.push_back({TokenKind::floating, line_, source_.substr(at_, end - at_)});
            return leave(end);
        }
        end = at_ + 1;
        const auto run = [&](auto is_one) {
            for (;;) {
                std::size_t p = end;
                if (p < source_.size() && source_[p] == '_') ++p;
                if (p >= source_.size() || !is_one(source_[p])) break;
                end = p + 1;
            }
        };
        if (source_[at_] == '0') {
            const char base =
                at_ + 1 < source_.size() ? static_cast<char>(source_[at_ + 1] | 0x20) : char(0);
            const std::size_t plain = end;
            end = at_ + 2;
            if (base == 'b')
                run([](char c) { return c == '0' || c == '1'; });
            else if (base == 'o')
                run([](char c) { return c >= '0' && c <= '7'; });
            else if (base == 'x')
                run([](char c) { return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); });
            if (end == at_ + 2) {
                end = plain;
                run([](char c) { return c == '0'; });
            }
        } else {
            run(is_digit);
        }
        tokens_.push_back({TokenKind::integer, line_, source_.substr(at_, end - at_)});
        leave(end);
    }

    // False: it does not end.
    bool string(char quote) {
        std::size_t end = at_ + 1;
        bool plain = true;
        while (end < source_.size() && source_[end] != quote) {
            if (source_[end] == '\\') {
                plain = false;
                ++end;
            }
            if (source_[end < source_.size() ? end : 0] == '\n') plain = false;
            ++end;
        }
        if (end >= source_.size()) return false;
        std::string_view text = source_.substr(at_ + 1, end - at_ - 1);
        if (!plain) text = room_.copy(unescape(text));
        tokens_.push_back({TokenKind::string, line_, text});
        count_lines(at_, end);
        leave(end + 1);
        return true;
    }

    char32_t hex(std::string_view text, std::size_t &at, std::size_t count, const char *what) {
        char32_t value = 0;
        for (std::size_t i = 0; i < count; ++i, ++at) {
            const char c = at < text.size() ? text[at] : ' ';
            const char low = static_cast<char>(c | 0x20);
            if (is_digit(c))
                value = value * 16 + static_cast<char32_t>(c - '0');
            else if (low >= 'a' && low <= 'f')
                value = value * 16 + static_cast<char32_t>(low - 'a' + 10);
            else
                fail(what);
        }
        return value;
    }

    std::string unescape(std::string_view text) {
        std::string out;
        for (std::size_t i = 0; i < text.size();) {
            if (text[i] == '\n') {
                out += syntax_.newline_sequence;
                ++i;
                continue;
            }
            if (text[i] != '\\') {
                out += text[i++];
                continue;
            }
            const char c = text[i + 1];
            i += 2;
            switch (c) {
            case '\n': // a line that goes on; with another sequence only its first byte goes
                out += syntax_.newline_sequence == "\n" ? "" : syntax_.newline_sequence;
                break;
            case '\\': out += '\\'; break;
            case '\'': out += '\''; break;
            case '"': out += '"'; break;
            case 'a': out += '\a'; break;
            case 'b': out += '\b'; break;
            case 'f': out += '\f'; break;
            case 'n': out += '\n'; break;
            case 'r': out += '\r'; break;
            case 't': out += '\t'; break;
            case 'v': out += '\v'; break;
            case 'x': append_code_point(out, hex(text, i, 2, "truncated \\xXX escape")); break;
            case 'u': append_code_point(out, hex(text, i, 4, "truncated \\uXXXX escape")); break;
            case 'U': {
                const char32_t value = hex(text, i, 8, "truncated \\UXXXXXXXX escape");
                if (value > 0x10ffff) fail("illegal Unicode character");
                append_code_point(out, value);
                break;
            }
            case 'N': fail("unknown Unicode character name");
            default:
                if (c >= '0' && c <= '7') {
                    auto value = static_cast<char32_t>(c - '0');
                    for (int n = 1; n < 3 && i < text.size() && text[i] >= '0' && text[i] <= '7';
                         ++n)
                        value = value * 8 + static_cast<char32_t>(text[i++] - '0');
                    append_code_point(out, value);
                } else if (static_cast<unsigned char>(c) >= 0x80) {
                    // Python has made an escape of the letter before it looks at the backslash.
                    constexpr char digits[] = "0123456789abcdef";
                    const char32_t letter = decode_code_point(text, i - 1);
                    i += code_point_length(text, i - 1) - 1;
                    const int width = letter < 0x100 ? 2 : letter < 0x10000 ? 4 : 8;
                    out += width == 2 ? "\\x" : width == 4 ? "\\u" : "\\U";
                    for (int n = width - 1; n >= 0; --n) out += digits[letter >> (4 * n) & 15];
                } else {
                    out += '\\';
                    out += c;
                }
            }
        }
        return out;
    }

    const Syntax &syntax_;
    std::string_view source_;
    Arena &room_;
    std::vector<RootRule> rules_;
    std::bitset<256> first_;
    bool by_line_ = false;
    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    std::uint32_t line_ = 1;
    bool line_starting_ = true;
};

} // namespace

std::string_view describe(TokenKind kind) {
    switch (kind) {
    case TokenKind::data: return "template data / text";
    case TokenKind::variable_begin: return "begin of print statement";
    case TokenKind::variable_end: return "end of print statement";
    case TokenKind::block_begin: return "begin of statement block";
    case TokenKind::block_end: return "end of statement block";
    case TokenKind::name: return "name";
    case TokenKind::string: return "string";
    case TokenKind::integer: return "integer";
    case TokenKind::floating: return "float";
    case TokenKind::end:
    case TokenKind::failure: return "end of template";
    default: break;
    }
    for (const Sign &sign : signs)
        if (sign.kind == kind) return sign.text;
    return "?";
}

std::string_view describe(const Token &token) {
    return token.kind == TokenKind::name ? token.text : describe(token.kind);
}

std::vector<Token> tokenize(const Syntax &syntax, std::string_view source, Arena &room) {
    return Lexer(syntax, source, room).run();
}

std::string normalize_lines(std::string_view text, bool keep_last) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\r') {
            out += text[i];
            continue;
        }
        out += '\n';
        if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
    }
    if (!keep_last && out.ends_with('\n')) out.pop_back();
    return out;
}

} // namespace csgi::jinja::code
