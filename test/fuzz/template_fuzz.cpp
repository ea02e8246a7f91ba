// SPDX-License-Identifier: MIT
// Any bytes as a template: it renders, twice to the same text, or fails with a place in it.
#include <csgi/template/environment.hpp>
#include <csgi/template/meta.hpp>
#include <csgi/value/json.hpp>

#include <algorithm>
#include <optional>
#include <string>

#include "test/fuzz/promise.hpp"

using namespace csgi;
using namespace csgi::jinja;

namespace {

// The first byte chooses how the rest is read.
Environment &set_up(Environment &env, unsigned choice) {
    env.autoescape = [choice](std::optional<std::string_view>) { return (choice & 1) != 0; };
    env.sandboxed = (choice & 2) != 0;
    env.undefined = static_cast<UndefinedType>(choice >> 2 & 3);
    env.limits.steps = 20'000;
    env.limits.bytes = 1 << 20;
    env.limits.depth = 60;
    return env;
}

Syntax syntax_of(unsigned choice) {
    Syntax syntax;
    syntax.trim_blocks = syntax.lstrip_blocks = (choice & 16) != 0;
    syntax.do_statement = syntax.loop_controls = syntax.debug_statement = true;
    syntax.i18n = true;
    if (choice & 32) {
        syntax.line_statement_prefix = "#";
        syntax.line_comment_prefix = "##";
    }
    return syntax;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    const std::string text(text_of(data + 1, size - 1));
    // The template may ask for itself, by the name "self".
    Environment env(syntax_of(data[0]),
                    std::make_unique<DictLoader>(std::vector<std::pair<std::string, std::string>>{
                        {"self", text}, {"base", "<{% block a %}base{% endblock %}>"}}));
    set_up(env, data[0]);
    const auto render = [&](std::string &out) {
        // A value of its own each time: templates may change lists.
        const Value context = parse_json(
            R"({"a": "<text>", "b": 7, "c": [1, [2, 3], "x"], "d": {"k": [{"v": 1.5}], "items": null}})");
        try {
            const Template page = env.get_template("self");
            find_undeclared_variables(page);
            find_referenced_templates(page);
            page.render(out, context.as_dict());
        } catch (const TemplateError &error) {
            promise(!error.kind().empty(), "an error has a kind");
            const auto lines =
                static_cast<std::size_t>(1 + std::count_if(text.begin(), text.end(), [](char c) {
                                             return c == '\n' || c == '\r';
                                         }));
            if (error.name() == "self")
                promise(error.line() >= 1 && error.line() <= lines, "its line is in the template");
            out = error.kind() + error.message();
        }
    };
    std::string first, second;
    render(first);
    render(second);
    // Addresses and chance are the template's to print.
    if (text.find("random") == text.npos && first.find(" at 0x") == first.npos)
        promise(first == second, "a template says the same twice");
    return 0;
}
