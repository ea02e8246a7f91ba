// SPDX-License-Identifier: MIT
// `csgi tool template`: one template rendered as Jinja would.
#include "adapters/cli/tool/tool.hpp"

#include <csgi/template/environment.hpp>
#include <csgi/value/tagged.hpp>

namespace csgi {

namespace {

std::optional<std::string> prefix(const Question &env, std::string_view name) {
    if (!env.is_set(name)) return std::nullopt;
    return std::string(env.text(name));
}

jinja::Syntax syntax_of(const Question &env) {
    jinja::Syntax syntax;
    const auto text = [&](std::string &out, std::string_view name) { out = env.text(name, out); };
    text(syntax.block_start, "block_start_string");
    text(syntax.block_end, "block_end_string");
    text(syntax.variable_start, "variable_start_string");
    text(syntax.variable_end, "variable_end_string");
    text(syntax.comment_start, "comment_start_string");
    text(syntax.comment_end, "comment_end_string");
    text(syntax.newline_sequence, "newline_sequence");
    syntax.line_statement_prefix = prefix(env, "line_statement_prefix");
    syntax.line_comment_prefix = prefix(env, "line_comment_prefix");
    syntax.trim_blocks = env.flag("trim_blocks", false);
    syntax.lstrip_blocks = env.flag("lstrip_blocks", false);
    syntax.keep_trailing_newline = env.flag("keep_trailing_newline", false);
    syntax.newstyle_gettext = env.flag("newstyle_gettext", false);
    if (env.is_set("extensions"))
        for (const Value &name : env.get("extensions").as_list()) {
            const std::string_view extension = name.as_string();
            if (extension == "do")
                syntax.do_statement = true;
            else if (extension == "loopcontrols")
                syntax.loop_controls = true;
            else if (extension == "i18n")
                syntax.i18n = true;
            else if (extension == "debug")
                syntax.debug_statement = true;
            else
                throw ToolError("runtime", "no extension '" + std::string(extension) + "'");
        }
    return syntax;
}

std::vector<std::string> names_of(const Value &list) {
    std::vector<std::string> out;
    for (const Value &name : list.as_list()) out.emplace_back(name.as_string());
    return out;
}

void set_up(jinja::Environment &env, const Question &given) {
    if (const Value *escape = given.find("autoescape")) {
        if (escape->is_dict()) {
            const Question rule(*escape);
            jinja::Autoescape by_name;
            if (rule.is_set("extensions")) by_name.enabled = names_of(rule.get("extensions"));
            if (rule.is_set("disabled_extensions"))
                by_name.disabled = names_of(rule.get("disabled_extensions"));
            by_name.default_for_string = rule.flag("default_for_string", true);
            by_name.otherwise = rule.flag("default", false);
            env.autoescape = by_name;
        } else if (escape->truthy()) {
            env.autoescape = [](std::optional<std::string_view>) { return true; };
        }
    }
    const std::string_view undefined = given.text("undefined", "default");
    if (undefined == "strict")
        env.undefined = jinja::UndefinedType::strict;
    else if (undefined == "chainable")
        env.undefined = jinja::UndefinedType::chainable;
    else if (undefined == "debug")
        env.undefined = jinja::UndefinedType::debug;
    else if (undefined != "default")
        throw ToolError("runtime", "no undefined type '" + std::string(undefined) + "'");
    env.sandboxed = given.flag("sandboxed", false);
    env.immutable = given.flag("immutable", false);
    if (given.is_set("policies"))
        for (const auto &[key, value] : given.get("policies").as_dict())
            env.policies().set(key, value);
}

Value untagged(const Question &question, std::string_view name) {
    return question.is_set(name) ? untag(question.get(name)) : Value(Dict());
}

} // namespace

Dict answer_template(const Value &members) {
    const Question question(members);
    const Value none{Dict()};
    const Question given(question.is_set("env") ? question.get("env") : none);
    Dict answer;
    try {
        std::vector<std::pair<std::string, std::string>> templates;
        if (question.is_set("templates"))
            for (const auto &[name, text] : question.get("templates").as_dict())
                templates.emplace_back(name.text(), text.as_string());
        jinja::Environment env(syntax_of(given),
                               std::make_unique<jinja::DictLoader>(std::move(templates)));
        set_up(env, given);
        const Value globals = untagged(question, "globals");
        for (const auto &[name, value] : globals.as_dict()) env.globals().set(name, value);
        const Value context = untagged(question, "context");
        std::string out;
        if (question.is_set("name")) {
            const Value &name = question.get("name");
            const jinja::Template found = name.is_list()
                                              ? env.select_template(names_of(name))
                                              : env.get_template(std::string(name.as_string()));
            found.render(out, context.as_dict());
        } else {
            env.from_string(question.text("source")).render(out, context.as_dict());
        }
        answer["output"] = out;
        return answer;
    } catch (const jinja::TemplateSyntaxError &error) {
        answer["error"] = "syntax";
        answer["class"] = error.kind();
        answer["message"] = error.message();
        if (!error.places().empty()) answer["line"] = static_cast<std::int64_t>(error.line());
        if (!error.name().empty()) answer["template"] = error.name();
    } catch (const jinja::TemplateError &error) {
        const std::string &kind = error.kind();
        answer["error"] = kind == "TemplateNotFound" || kind == "TemplatesNotFound" ? "not_found"
                          : kind == "UndefinedError"                                ? "undefined"
                          : kind == "SecurityError"                                 ? "security"
                                                                                    : "runtime";
        answer["class"] = kind;
        answer["message"] = error.message();
        if (!error.places().empty()) {
            answer["line"] = static_cast<std::int64_t>(error.line());
            if (!error.name().empty()) answer["template"] = error.name();
        }
    } catch (const ToolError &) {
        throw;
    } catch (const std::exception &error) {
        answer["error"] = "runtime";
        answer["message"] = error.what();
    }
    return answer;
}

} // namespace csgi
