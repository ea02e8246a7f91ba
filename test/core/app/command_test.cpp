// SPDX-License-Identifier: MIT
// Commands of an application against Flask's, which are Click's.
#include <csgi/app.hpp>

#include <doctest/doctest.h>

#include "test/core/value/rows.hpp"

using namespace csgi;

namespace {

// The same as make_app() in test/vectors/flask/command_vectors.py.
App make_app() {
    App app("app");
    app.cli
        .command("greet", "Greets somebody.",
                 [](CommandCall &call) {
                     std::string line =
                         call.text("greeting") + ", " + call.text("name") + call.text("mark");
                     if (call.flag("loud"))
                         for (char &c : line) c = static_cast<char>(std::toupper(c));
                     for (std::int64_t i = 0; i < call.integer("count"); ++i) call.echo(line);
                     if (call["size"].is_none()) return;
                     char text[32];
                     std::snprintf(text, sizeof text, "%.2f", call.number("size"));
                     call.echo(text);
                 })
        .argument("greeting")
        .argument("mark", "!")
        .option({.name = "name", .help = "whom", .fallback = "World"})
        .option({.name = "count", .help = "how often", .fallback = 1})
        .option({.name = "size", .type = Parameter::Type::number})
        .flag("loud", "in capitals");
    app.cli.command("init-db", "Makes the tables anew.",
                    [](CommandCall &call) { call.echo("Initialized the database."); });
    app.cli.command("need", "", [](CommandCall &call) { call.echo(call.text("what")); })
        .option({.name = "what", .is_required = true});
    app.cli.command("fail", "", [] { throw CommandError("it did not work"); });

    Blueprint users("users"), flat("flat", {.cli_group = ""}),
        renamed("renamed", {.cli_group = "tools"});
    users.cli
        .command("add", "Adds one.",
                 [](CommandCall &call) { call.echo("added " + call.text("name")); })
        .argument("name");
    flat.cli.command("sweep", "Sweeps.", [](CommandCall &call) { call.echo("swept"); });
    renamed.cli.command("add", "", [](CommandCall &call) { call.echo("tool"); });
    for (const Blueprint *blueprint : {&users, &flat, &renamed}) app.register_blueprint(*blueprint);
    return app;
}

} // namespace

TEST_CASE("commands are listed, described, run and refused as by Flask") {
    for (const Value &row : read_rows(FLASK_VECTORS "/commands.jsonl")) {
        App app = make_app();
        std::vector<std::string> words;
        for (const Value &word : row.at("words").as_list()) words.emplace_back(word.as_string());
        const CommandResult result = run_command(app, words);
        CAPTURE(dump_json(row.at("words")));
        CHECK(result.output == row.at("output").as_string());
        CHECK(result.status == row.at("status").as_int());
    }
}

TEST_CASE("a command may take the application, or nothing") {
    App app("app");
    app.config["COLOUR"] = "blue";
    std::string seen;
    app.cli.command("look", "", [&seen](App &given) { seen = given.config["COLOUR"].text(); });
    app.cli.command("nothing", "", [&seen] { seen += "!"; });
    CHECK(run_command(app, {"look"}).status == 0);
    CHECK(run_command(app, {"nothing"}).status == 0);
    CHECK(seen == "blue!");
}

TEST_CASE("what a command throws passes, but for its own errors") {
    App app("app");
    app.cli.command("throw", "", [] { throw std::runtime_error("x"); });
    app.cli.command("three", "", [] { throw CommandError("three", 3); });
    app.cli.command("ask", "", [](CommandCall &call) { call.echo(call.text("nothing")); });
    CHECK_THROWS_AS(run_command(app, {"throw"}), std::runtime_error);
    CHECK_THROWS_AS(run_command(app, {"ask"}), std::out_of_range);
    CHECK(run_command(app, {"three"}).status == 3);
}
