// SPDX-License-Identifier: MIT
// SQLite's C interface behind a class.
#include "examples/flaskr/database.hpp"

#include <sqlite3.h>

#include <cstdio>
#include <memory>

namespace flaskr {

namespace {

constexpr const char *schema = R"sql(
DROP TABLE IF EXISTS post;
DROP TABLE IF EXISTS user;

CREATE TABLE user (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    username TEXT UNIQUE NOT NULL,
    password TEXT NOT NULL
);

CREATE TABLE post (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    author_id INTEGER NOT NULL REFERENCES user (id),
    created TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    title TEXT NOT NULL,
    body TEXT NOT NULL
);
)sql";

// Longer than any write of a blog takes: workers take turns at one file.
constexpr int busy_ms = 5000;

[[noreturn]] void fail(sqlite3 *handle) {
    const std::string why = sqlite3_errmsg(handle);
    if (sqlite3_errcode(handle) == SQLITE_CONSTRAINT) throw IntegrityError(why);
    throw DatabaseError(why);
}

struct Finalize {
    void operator()(sqlite3_stmt *statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

void bind(sqlite3_stmt *statement, int at, const csgi::Value &value) {
    if (value.is_none()) {
        sqlite3_bind_null(statement, at);
    } else if (value.is_integer() || value.is_bool()) {
        sqlite3_bind_int64(statement, at, value.as_int());
    } else if (value.is_float()) {
        sqlite3_bind_double(statement, at, value.as_double());
    } else {
        const std::string_view text = value.as_string();
        sqlite3_bind_text64(statement, at, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    }
}

// SQLite writes moments as 2018-01-01 00:00:00, in UTC.
csgi::Value timestamp(const std::string &text) {
    int year, month, day, hour, minute, second;
    if (std::sscanf(text.c_str(), "%d-%d-%d %d:%d:%d", &year, &month, &day, &hour, &minute,
                    &second) != 6)
        return csgi::Value(text);
    // Days since 1970 in the Gregorian calendar, counted in years that begin in March.
    const std::int64_t y = month > 2 ? year : year - 1, m = (month + 9) % 12;
    const std::int64_t days =
        365 * y + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + day - 1 - 719468;
    return csgi::Value(csgi::DateTime{((days * 24 + hour) * 60 + minute) * 60 + second, 0});
}

csgi::Value column(sqlite3_stmt *statement, int at) {
    switch (sqlite3_column_type(statement, at)) {
    case SQLITE_NULL: return csgi::Value();
    case SQLITE_INTEGER:
        return csgi::Value(static_cast<std::int64_t>(sqlite3_column_int64(statement, at)));
    case SQLITE_FLOAT: return csgi::Value(sqlite3_column_double(statement, at));
    default: break;
    }
    const char *text = reinterpret_cast<const char *>(sqlite3_column_text(statement, at));
    const std::string value(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, at)));
    const char *declared = sqlite3_column_decltype(statement, at);
    if (declared && std::string_view(declared) == "TIMESTAMP") return timestamp(value);
    return csgi::Value(value);
}

} // namespace

Database::Database(const std::string &path) {
    if (sqlite3_open(path.c_str(), &handle_) != SQLITE_OK) {
        const std::string why = sqlite3_errmsg(handle_);
        close();
        throw DatabaseError(path + ": " + why);
    }
    sqlite3_busy_timeout(handle_, busy_ms);
    script("PRAGMA foreign_keys = ON");
}

Database::~Database() {
    close();
}

void Database::close() {
    sqlite3_close(handle_);
    handle_ = nullptr;
}

csgi::List Database::query(std::string_view sql, Parameters parameters) {
    if (!handle_) throw DatabaseError("Cannot operate on a closed database.");
    sqlite3_stmt *raw = nullptr;
    if (sqlite3_prepare_v2(handle_, sql.data(), static_cast<int>(sql.size()), &raw, nullptr) !=
        SQLITE_OK)
        fail(handle_);
    const Statement statement(raw);
    int at = 0;
    for (const csgi::Value &value : parameters) bind(raw, ++at, value);
    csgi::List rows;
    int step;
    while ((step = sqlite3_step(raw)) == SQLITE_ROW) {
        csgi::Dict row;
        for (int i = 0; i < sqlite3_column_count(raw); ++i)
            row[sqlite3_column_name(raw, i)] = column(raw, i);
        rows.emplace_back(std::move(row));
    }
    if (step != SQLITE_DONE) fail(handle_);
    return rows;
}

csgi::Value Database::one(std::string_view sql, Parameters parameters) {
    csgi::List rows = query(sql, parameters);
    return rows.empty() ? csgi::Value() : std::move(rows[0]);
}

void Database::script(const std::string &sql) {
    if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(handle_);
}

Database &get_db(csgi::Context &ctx) {
    csgi::Value &kept = ctx.g["db"];
    if (kept.is_none())
        kept = csgi::Value(
            std::make_shared<Database>(std::string(ctx.app.config["DATABASE"].as_string())));
    return static_cast<Database &>(kept.as_object());
}

void init_db(csgi::App &app) {
    Database(std::string(app.config["DATABASE"].as_string())).script(schema);
}

void add_database(csgi::App &app) {
    app.teardown_request([](csgi::Context &ctx) {
        if (ctx.g.contains("db")) get_db(ctx).close();
    });
    app.cli.command("init-db", "Clear the existing data and create new tables.",
                    [](csgi::CommandCall &call) {
                        init_db(call.app);
                        call.echo("Initialized the database.");
                    });
}

} // namespace flaskr
