// SPDX-License-Identifier: MIT
// What the tools answer, which is what core/http and core/crypto do, against Werkzeug, Flask and
// ItsDangerous.
#include "adapters/cli/tool/tool.hpp"

#include <doctest/doctest.h>

#include <string>

#include <csgi/value/json.hpp>

#include "test/core/value/rows.hpp"

using namespace csgi;

namespace {

// With 1 for 1.0: whether a quality is written as an int is nobody's business.
Value plain(const Value &value) {
    if (value.is_float() && value == Value(static_cast<std::int64_t>(value.as_double())))
        return Value(static_cast<std::int64_t>(value.as_double()));
    if (value.is_list()) {
        List list;
        for (const Value &item : value.as_list()) list.push_back(plain(item));
        return Value(list);
    }
    if (!value.is_dict()) return value;
    Dict dict;
    for (const auto &[key, item] : value.as_dict()) dict.set(key, plain(item));
    return Value(dict);
}

std::string text_of(const Value &value) {
    JsonFormat format;
    format.sort_keys = false; // order is part of an answer
    return dump_json(value, format);
}

// The answer as text: the result, or the kind of the error.
std::string answer(bool session, const Value &question) {
    try {
        return session ? text_of(*answer_session(question).find("result"))
                       : text_of(plain(*answer_http(question).find("result")));
    } catch (const ToolError &error) {
        return "error " + std::string(error.kind);
    } catch (const std::exception &) {
        return "error value";
    }
}

std::string expected(bool session, const Value &row) {
    if (const Value *error = row.find("error")) return "error " + std::string(error->text());
    return text_of(session ? row.at("result") : plain(row.at("result")));
}

void judge_file(const char *name) {
    for (const Value &row : read_rows(std::string(FLASK_VECTORS "/") + name + ".jsonl")) {
        const bool session = row.contains("question");
        const Value &question = session ? row.at("question") : row;
        CAPTURE(text_of(question));
        CHECK(answer(session, question) == expected(session, row));
    }
}

} // namespace

TEST_CASE("URL maps answer as Werkzeug's") {
    for (const Value &row : read_rows(FLASK_VECTORS "/routing_tool.jsonl")) {
        const Value &question = row.at("question");
        Value found;
        try {
            Dict answer = answer_routing(question);
            for (Value &result : answer["results"].edit_list())
                if (result.is_dict()) result.edit_dict().erase("message");
            found = Value(answer);
        } catch (const ToolError &error) {
            found = Value(Dict{{"error", error.kind}});
        }
        const Value &expected = row.at("answer");
        if (expected.contains("error") || found.find("error")) {
            CAPTURE(text_of(question));
            CHECK(dump_json(found) == dump_json(expected));
            continue;
        }
        const List &results = found.at("results").as_list();
        const List &those = expected.at("results").as_list();
        REQUIRE(results.size() == those.size());
        for (std::size_t i = 0; i < results.size(); ++i) {
            const Value *bind = question.find("bind");
            CAPTURE(text_of(question.at("map")));
            CAPTURE(text_of(bind ? *bind : question.at("bind_request")));
            CAPTURE(text_of(question.at("requests").at(i)));
            CHECK(dump_json(results[i]) == dump_json(those[i]));
        }
    }
}

TEST_CASE("a map with a rule twice is refused as newer versions of Werkzeug do") {
    const Value question = parse_json(R"({"rules": [{"rule": "/<a>", "endpoint": "x"},
                                                    {"rule": "/<a>", "endpoint": "y"}]})");
    std::string kind;
    try {
        answer_routing(question);
    } catch (const ToolError &error) {
        kind = error.kind;
    }
    CHECK(kind == "duplicate_rule");
}

TEST_CASE("cookies are read and written as by Werkzeug") {
    judge_file("cookies");
}

TEST_CASE("dates are read and written as by Werkzeug") {
    judge_file("dates");
}

TEST_CASE("entity-tags and conditions are judged as by Werkzeug") {
    judge_file("etags");
}

TEST_CASE("ranges are read as by Werkzeug") {
    judge_file("ranges");
}

TEST_CASE("offers are negotiated as by Werkzeug") {
    judge_file("accepts");
}

TEST_CASE("lists and options in fields are read and written as by Werkzeug") {
    judge_file("field_values");
}

TEST_CASE("credentials and challenges are read as by Werkzeug") {
    judge_file("credentials");
}

TEST_CASE("hosts and lengths are read as by Werkzeug") {
    judge_file("hosts");
}

TEST_CASE("forms are read as by Werkzeug") {
    judge_file("forms");
}

TEST_CASE("URLs and file names are changed as by Werkzeug") {
    judge_file("addresses");
}

TEST_CASE("password hashes are checked as by Werkzeug") {
    judge_file("passwords");
}

TEST_CASE("sessions and tokens are signed and read as by Flask and ItsDangerous") {
    judge_file("sessions");
}
