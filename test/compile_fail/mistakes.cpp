// SPDX-License-Identifier: MIT
// Mistakes that a compiler has to refuse: one per branch, with what a person must read of it.
#include <csgi/app.hpp>

using namespace csgi;

struct Stranger {};

App create_app() {
    App app("mistaken");
#if defined(NONE)
    app.get("/user/<int:id>", [](int id) { return std::to_string(id); });
#elif defined(RULE_HAS_MORE)
    // says: the_rule_has_more_variables_than_the_handler_takes
    app.get("/user/<int:id>/<name>", [](int id) { return std::to_string(id); });
#elif defined(HANDLER_TAKES_MORE)
    // says: the_handler_takes_more_values_than_the_rule_has_variables
    app.get("/user/<int:id>", [](int id, std::string name) { return name + std::to_string(id); });
#elif defined(INT_AS_TEXT)
    // says: an_int_variable_needs_an_integer_argument
    app.get("/user/<int:id>", [](std::string id) { return id; });
#elif defined(FLOAT_AS_INT)
    // says: a_float_variable_needs_a_floating_point_argument
    app.get("/at/<float:x>", [](int x) { return std::to_string(x); });
#elif defined(TEXT_AS_INT)
    // says: a_text_variable_needs_a_string_argument
    app.get("/user/<name>", [](int name) { return std::to_string(name); });
#elif defined(PATH_AS_UUID)
    // says: a_text_variable_needs_a_string_argument
    app.get("/file/<path:name>", [](Uuid name) { return name.text(); });
#elif defined(UUID_AS_TEXT)
    // says: a_uuid_variable_needs_a_Uuid_argument
    app.get("/by/<uuid:id>", [](std::string_view id) { return id; });
#elif defined(RULE_IS_MALFORMED)
    // says: the_rule_is_malformed
    app.get("/user/<int:id", [](int id) { return std::to_string(id); });
#elif defined(RULE_WITHOUT_SLASH)
    // says: the_rule_must_start_with_a_slash
    app.get("user", [] { return "user"; });
#elif defined(VARIABLE_TWICE)
    // says: the_rule_uses_a_variable_name_twice
    app.get("/<name>/<name>", [](std::string a, std::string b) { return a + b; });
#elif defined(DEFAULT_RULE_HAS_MORE)
    // says: the_rule_has_more_variables_than_the_handler_takes
    app.route("/<a>/<b>", {.defaults = {{"c", 1}}}, [](std::string a) { return a; });
#elif defined(ALSO_DIFFERS)
    // says: an_int_variable_needs_an_integer_argument
    app.get("/by-name/<id>", [](std::string id) { return id; }).also("/by-number/<int:id>");
#elif defined(ARGUMENT_OF_STRANGER)
    // says: a handler takes Context&, Request&, Session&, Json<T>, or values of its path
    app.get("/", [](Stranger) { return "stranger"; });
#elif defined(ARGUMENT_IS_A_COPY)
    // says: a handler takes Context, Request and Session by reference
    app.get("/", [](Session session) { return std::to_string(session.size()); });
#elif defined(ARGUMENT_WITHOUT_TYPE)
    // says: a handler is a function or a lambda whose argument types are written out
    app.get("/user/<name>", [](auto name) { return name; });
#elif defined(RETURNS_NOTHING)
    // says: a handler returns its answer; this one returns nothing
    app.get("/", [] {});
#elif defined(COROUTINE_BORROWS)
    // says: a coroutine takes values of the path and JSON by value
    app.get("/<name>", [](const std::string &name) -> Generator { co_yield name; });
#elif defined(RETURNS_STRANGER)
    // says: a handler returns text, bytes, Value, Response, a tuple with status and headers
    app.get("/", [] { return Stranger(); });
#elif defined(STRANGER_AS_STATUS)
    // says: beside a body a handler returns a status (int) or csgi::Headers
    app.get("/", [] { return std::tuple("body", "201"); });
#elif defined(TUPLE_OF_FOUR)
    // says: a handler returns a body, a status and headers, no more
    app.get("/", [] { return std::tuple("body", 201, Headers(), 5); });
#elif defined(BEFORE_RETURNS_STRANGER)
    // says: before_request returns nothing, std::optional of an answer, or an answer
    app.before_request([] { return Stranger(); });
#elif defined(AFTER_RETURNS_TEXT)
    // says: after_request changes the response that it is given, or returns another one
    app.after_request([](Response &) { return "text"; });
#elif defined(HOOK_TAKES_STRANGER)
    // says: a hook takes nothing, Context&, Request& or Session&, and what it is about
    app.teardown_request([](Stranger) {});
#elif defined(HOOK_TAKES_A_COPY)
    // says: a hook takes Context, Request and Session by reference
    app.before_request([](Session session) { session.clear(); });
#else
#error "no such mistake"
#endif
    return app;
}
CSGI_APP_MODULE(create_app, "mistaken", "1.0");
