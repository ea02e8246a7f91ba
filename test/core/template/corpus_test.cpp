// SPDX-License-Identifier: MIT
// Templates against what Jinja makes of them: thousands of small cases, asked as `csgi tool
// template` is asked.
#include "adapters/cli/tool/tool.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include <csgi/value/json.hpp>

#include "test/core/value/rows.hpp"

using namespace csgi;

namespace {

std::string text_of(const Value &value) {
    JsonFormat format;
    format.sort_keys = false; // order is part of a question
    return dump_json(value, format);
}

std::string outcome(const Value &row) {
    if (const Value *error = row.find("error")) {
        // Settings that are refused are no error of a template, and have no class.
        const Value *type = row.find("class");
        const bool named = type && !type->text().empty() && type->text() != "AssertionError";
        return "error " + std::string(error->text()) +
               (named ? " " + std::string(type->text()) : "");
    }
    return "output " + std::string(row.at("output").as_string());
}

Value answer(const Value &row) {
    try {
        return Value(answer_template(row));
    } catch (const ToolError &error) {
        return Value(Dict{{"error", error.kind}, {"message", error.what()}});
    }
}

void judge(const char *name) {
    for (const Value &row : read_rows(std::string(TEMPLATE_VECTORS "/") + name + ".jsonl")) {
        const Value found = answer(row);
        // CAPTURE would write each of thousands of rows as text.
        if (outcome(found) == outcome(row)) continue;
        INFO(text_of(row));
        CHECK(outcome(found) == outcome(row));
    }
}

} // namespace

TEST_CASE("filters give what Jinja's give, for every form of their arguments") {
    judge("filters");
    judge("filter_uses");
    judge("formats");
}

TEST_CASE("tests, operators, literals and look-ups mean what they mean in Jinja") {
    judge("tests");
    judge("operators");
    judge("expressions");
}

TEST_CASE("values are written, and have the methods, as in Python") {
    judge("rendering");
    judge("methods");
}

TEST_CASE("white space is kept, trimmed and stripped as Jinja does it, with any delimiters") {
    judge("whitespace");
    judge("delimiters");
}

TEST_CASE("loops, macros and scopes behave as Jinja's") {
    judge("loops");
    judge("macros");
    judge("scopes");
}

TEST_CASE("templates that extend, include and import each other behave as Jinja's") {
    judge("composition");
}

TEST_CASE("what is undefined, escaped, translated and set by policy is so as in Jinja") {
    judge("undefined");
    judge("escapes");
    judge("i18n");
    judge("policies");
}

TEST_CASE("the sandbox refuses what Jinja's refuses") {
    judge("sandbox");
}

TEST_CASE("what the differential fuzzer found is mended") {
    judge("found");
}

TEST_CASE("errors are of Jinja's kind") {
    judge("errors");
}

TEST_CASE("a syntax error has Jinja's message, and its line but for a handful") {
    // Of a template that ends too early after a "\r", the line may be the last one.
    std::size_t rows = 0, lines = 0;
    for (const char *name : {"errors", "expressions", "scopes", "macros", "loops", "composition"})
        for (const Value &row : read_rows(std::string(TEMPLATE_VECTORS "/") + name + ".jsonl")) {
            const Value *error = row.find("error");
            if (!error || error->text() != "syntax") continue;
            const Value found = answer(row);
            ++rows;
            lines += found.contains("line") && found.at("line") == row.at("line");
            if (found.contains("message") && found.at("message") == row.at("message")) continue;
            INFO(text_of(row));
            CHECK(text_of(found) == text_of(row.at("message")));
        }
    MESSAGE(lines << " of " << rows << " lines are Jinja's");
    CHECK(rows > 1000);
    CHECK(rows - lines <= 5);
}

TEST_CASE("a known difference from Jinja still is one") {
    for (const Value &row : read_rows(TEMPLATE_VECTORS "/differences.jsonl")) {
        const Value found = answer(row);
        if (outcome(found) != outcome(row)) continue;
        INFO(text_of(row));
        CHECK("is as in Jinja: take it out of known.py" == row.at("reason").text());
    }
}
