// SPDX-License-Identifier: MIT
// Templates from the command line.
#include "adapters/cli/tool/render.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <csgi/template/environment.hpp>
#include <csgi/template/meta.hpp>
#include <csgi/value/json.hpp>
#include <csgi/value/tagged.hpp>

#include "adapters/cli/console.hpp"
#include "core/template/builtin.hpp"

namespace csgi {

namespace {

namespace fs = std::filesystem;

// Everything that Jinja's own extensions add, escaped by name as in Flask.
jinja::Syntax all_of_jinja() {
    jinja::Syntax syntax;
    syntax.do_statement = syntax.loop_controls = syntax.debug_statement = syntax.i18n = true;
    return syntax;
}

void set_up(jinja::Environment &env) {
    jinja::Autoescape by_name;
    by_name.enabled = {"html", "htm", "xml", "xhtml", "svg"};
    env.autoescape = by_name;
}

Value context_of(const std::string &given) {
    if (given.empty()) return Value(Dict());
    std::string text = given;
    const bool literal = given.starts_with('{');
    if (!literal) {
        std::ifstream file(given, std::ios::binary);
        if (!file)
            throw Fault("cannot read the context", given, "a file with one JSON object, or {...}",
                        exit_usage);
        std::ostringstream all;
        all << file.rdbuf();
        text = std::move(all).str();
    }
    try {
        Value context = untag(parse_json(text));
        if (context.is_dict()) return context;
    } catch (const std::exception &error) {
        throw Fault(std::string("the context is no JSON: ") + error.what(),
                    literal ? "--json" : given, "a file with one JSON object, or {...}",
                    exit_usage);
    }
    throw Fault("the context is no object", literal ? "--json" : given,
                "a file with one JSON object, or {...}", exit_usage);
}

void list(const char *what, const std::set<std::string> &names) {
    if (names.empty()) return;
    std::string line = what;
    for (const std::string &name : names) line += " " + name;
    std::printf("%s\n", line.c_str());
}

// A method of text, a list, a dict or a date; any other is an object's of the program.
bool is_builtin(const std::string &method) {
    const Value kinds[] = {Value(""), Value(List()), Value(Dict()),    Value::bytes(""),
                           Value(1),  Value(1.0),    Value::tuple({}), Value(DateTime{})};
    return std::any_of(std::begin(kinds), std::end(kinds), [&](const Value &kind) {
        return jinja::find_method(kind, method) != nullptr;
    });
}

} // namespace

int render(const std::string &file, const std::string &context) {
    const fs::path path(file);
    const std::string folder = path.has_parent_path() ? path.parent_path().string() : ".";
    jinja::Environment env(all_of_jinja(), std::make_unique<jinja::FileSystemLoader>(
                                               std::vector<std::string>{folder}));
    set_up(env);
    const Value values = context_of(context);
    try {
        const std::string out = env.get_template(path.filename().string()).render(values.as_dict());
        std::fwrite(out.data(), 1, out.size(), stdout);
        return std::fflush(stdout) == 0 ? exit_fine : exit_failed;
    } catch (const jinja::TemplateError &error) {
        throw Fault(error.what(), file, "correct the template, or what --json gives it");
    }
}

int check_templates(const std::string &folder) {
    if (std::error_code error; !fs::is_directory(folder, error))
        throw Fault("there is no such folder", folder, "csgi templates check FOLDER", exit_usage);
    jinja::Environment env(all_of_jinja(), std::make_unique<jinja::FileSystemLoader>(
                                               std::vector<std::string>{folder}));
    set_up(env);
    std::size_t problems = 0;
    const auto problem = [&](const std::string &name, std::size_t line,
                             const std::string &message) {
        ++problems;
        std::printf("%s:%zu: %s\n", name.c_str(), line, message.c_str());
    };
    const std::vector<std::string> names = env.loader->list();
    jinja::Uses all;
    std::set<std::string> foreign;
    for (const std::string &name : names) {
        try {
            const jinja::Template page = env.get_template(name);
            const jinja::Uses uses = jinja::find_uses(page);
            all.filters.insert(uses.filters.begin(), uses.filters.end());
            all.tests.insert(uses.tests.begin(), uses.tests.end());
            for (const std::string &method : uses.methods)
                (is_builtin(method) ? all.methods : foreign).insert(method);
            // Those behind a condition fail only when they are reached.
            for (const std::string &filter : uses.filters)
                if (!env.has_filter(filter))
                    problem(name, 1, "No filter named '" + filter + "' (behind a condition).");
            for (const std::string &test : uses.tests)
                if (!env.has_test(test))
                    problem(name, 1, "No test named '" + test + "' (behind a condition).");
            for (const auto &other : jinja::find_referenced_templates(page))
                if (other && std::find(names.begin(), names.end(), *other) == names.end())
                    problem(name, 1, "there is no template '" + *other + "'");
        } catch (const jinja::TemplateSyntaxError &error) {
            problem(name, error.line(), error.message());
        }
    }
    list("filters:", all.filters);
    list("tests:", all.tests);
    list("methods:", all.methods);
    list("methods of the program's own objects:", foreign);
    std::printf("%zu templates, %zu problems\n", names.size(), problems);
    return problems ? exit_failed : exit_fine;
}

} // namespace csgi
