// SPDX-License-Identifier: MIT
// The loop of every tool: a line in, a line out.
#include "adapters/cli/tool/tool.hpp"

#include <cstdio>
#include <cstdlib>
#include <memory>

#include <csgi/value/json.hpp>

#include "adapters/cli/console.hpp"

namespace csgi {

namespace {

using Answer = Dict (*)(const Value &question);

struct Tool {
    std::string_view name;
    Answer answer;
};
constexpr Tool tools[] = {{"http", answer_http},
                          {"routing", answer_routing},
                          {"session", answer_session},
                          {"template", answer_template}};

Value fail(Dict answer, std::string_view kind, const char *message) {
    answer["error"] = kind;
    answer["message"] = message;
    return Value(std::move(answer));
}

Value reply(Answer answer, std::string_view line) {
    Dict out;
    out["id"] = Value();
    try {
        const Value question = parse_json(line);
        if (!question.is_dict()) throw ToolError("value", "a question is an object");
        if (const Value *id = question.find("id")) out["id"] = *id;
        for (auto &[key, value] : answer(question)) out.set(key, value);
        return Value(std::move(out));
    } catch (const ToolError &error) {
        return fail(std::move(out), error.kind, error.what());
    } catch (const std::exception &error) {
        return fail(std::move(out), "value", error.what());
    }
}

} // namespace

int tool(std::string_view name) {
    Answer answer = nullptr;
    std::string names;
    for (const Tool &known : tools) {
        if (known.name == name) answer = known.answer;
        names += (names.empty() ? "" : ", ") + std::string(known.name);
    }
    if (!answer)
        throw Fault("there is no tool '" + std::string(name) + "'", "csgi tool", "one of: " + names,
                    exit_usage);
    JsonFormat format;
    format.sort_keys = false;
    char *line = nullptr;
    std::size_t room = 0;
    std::string out;
    while (true) {
        const ssize_t length = getline(&line, &room, stdin);
        if (length < 0) break;
        std::string_view text(line, static_cast<std::size_t>(length));
        while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
        if (text.empty()) continue;
        out.clear();
        append_json(out, reply(answer, text), format);
        out += '\n';
        std::fwrite(out.data(), 1, out.size(), stdout);
        if (std::fflush(stdout) != 0) break; // nobody reads any more
    }
    std::free(line);
    return exit_fine;
}

} // namespace csgi
