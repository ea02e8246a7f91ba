// SPDX-License-Identifier: MIT
// An application that tells and keeps sessions, asked line by line by cookie_oracle_test.py.
//
// Reads {"cookie": ..., "set": {...} or null, "flash": [[category, text], ...] or null} in tagged
// JSON; writes {"session": ..., "flashed": [...], "cookie": ...} of its answer.
#include <csgi/app.hpp>
#include <csgi/testing.hpp>
#include <csgi/value/tagged.hpp>

#include <iostream>

using namespace csgi;

int main() {
    App app("peer");
    app.config["SECRET_KEY"] = "dev-secret";
    app.config["SECRET_KEY_FALLBACKS"] = List{"old-1", "old-2"};
    app.config["TESTING"] = true;
    app.post("/", [](Context &ctx, Json<Value> asked) {
        const Value question = untag(asked.value);
        Dict answer;
        answer["session"] = ctx.session().values();
        List flashed;
        if (question.at("flashed").truthy())
            for (const auto &[category, message] : ctx.get_flashed_messages())
                flashed.push_back(List{category, message});
        answer["flashed"] = Value(std::move(flashed));
        if (const Value &set = question.at("set"); set.is_dict())
            for (const Dict::Entry &entry : set.as_dict())
                ctx.session().set(entry.key.as_string(), entry.value);
        if (const Value &flash = question.at("flash"); flash.is_list())
            for (const Value &item : flash.as_list())
                ctx.flash(item.at(std::size_t{1}), item.at(std::size_t{0}).as_string());
        return tag(Value(answer));
    });
    TestClient client(app);
    for (std::string line; std::getline(std::cin, line);) {
        const Value question = parse_json(line);
        client.delete_cookie("session");
        if (const Value &cookie = question.at("cookie"); cookie.is_string())
            client.set_cookie("session", cookie.as_string());
        Value answer = client.post("/", {.data = line, .content_type = "application/json"}).json();
        const auto cookie = client.get_cookie("session");
        answer["cookie"] = cookie ? Value(*cookie) : Value();
        std::cout << dump_json(answer) << std::endl;
    }
}
