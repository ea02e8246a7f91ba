// SPDX-License-Identifier: MIT
// An application that tells and keeps sessions, asked line by line by cookie_oracle_test.py.
//
// Reads {"app": which of its applications, "cookie": ..., "set": {...} or null, "flash":
// [[category, text], ...] or null} in tagged JSON; writes {"session": ..., "flashed": [...],
// "cookie": ...} of its answer.
#include <csgi/app.hpp>
#include <csgi/testing.hpp>
#include <csgi/value/tagged.hpp>

#include <iostream>
#include <map>

using namespace csgi;

namespace {

// The kinds that the test has tags of its own for.
class Money final : public Object {
public:
    Money(std::int64_t amount, std::string currency)
        : amount_(amount), currency_(std::move(currency)) {}
    std::string_view type_name() const override { return "Money"; }

    static bool is(const Value &value) {
        return value.is_object() && dynamic_cast<const Money *>(&value.as_object());
    }
    static Value to_json(const Value &value) {
        const auto &money = static_cast<const Money &>(value.as_object());
        return List{money.amount_, money.currency_};
    }
    static Value to_value(const Value &json) {
        return std::make_shared<Money>(json.at(std::size_t{0}).as_int(),
                                       std::string(json.at(std::size_t{1}).as_string()));
    }

private:
    std::int64_t amount_;
    std::string currency_;
};

bool is_pair(const Value &value) {
    return value.is_tuple() && value.size() == 2 && value.at(std::size_t{0}).is(Kind::integer) &&
           value.at(std::size_t{1}).is(Kind::integer);
}

Value pair_text(const Value &pair) {
    return std::to_string(pair.at(std::size_t{0}).as_int()) + "," +
           std::to_string(pair.at(std::size_t{1}).as_int());
}

Value pair_of(const Value &json) {
    const std::string text(json.as_string());
    return Value::tuple({std::stoll(text), std::stoll(text.substr(text.find(',') + 1))});
}

Tags own_tags() {
    Tags tags;
    tags.add({" money", Money::is, Money::to_json, Money::to_value});
    tags.add({" 2", is_pair, pair_text, pair_of}, false, 0);
    return tags;
}

App make_app(const std::string &kind) {
    App app("peer");
    app.config["SECRET_KEY"] = "dev-secret";
    app.config["SECRET_KEY_FALLBACKS"] = List{"old-1", "old-2"};
    app.config["TESTING"] = true;
    if (kind == "own") app.session_tags = own_tags();
    if (kind == "unsorted") app.json.sort_keys = app.json.ensure_ascii = false;
    app.post("/", [tags = app.session_tags](Context &ctx, Json<Value> asked) {
        const Value question = tags.untag(asked.value);
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
        return tags.tag(Value(answer));
    });
    return app;
}

} // namespace

int main() {
    std::map<std::string, std::pair<App, std::unique_ptr<TestClient>>> peers;
    for (const char *kind : {"plain", "own", "unsorted"}) {
        auto &[app, client] = peers.try_emplace(kind, make_app(kind), nullptr).first->second;
        client = std::make_unique<TestClient>(app);
    }
    for (std::string line; std::getline(std::cin, line);) {
        const Value question = parse_json(line);
        TestClient &client = *peers.at(std::string(question.at("app").as_string())).second;
        client.delete_cookie("session");
        if (const Value &cookie = question.at("cookie"); cookie.is_string())
            client.set_cookie("session", cookie.as_string());
        Value answer = client.post("/", {.data = line, .content_type = "application/json"}).json();
        const auto cookie = client.get_cookie("session");
        answer["cookie"] = cookie ? Value(*cookie) : Value();
        std::cout << dump_json(answer) << std::endl;
    }
}
