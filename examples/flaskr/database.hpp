// SPDX-License-Identifier: MIT
// The blog's SQLite file: one connection for each request, as values in and out.
#pragma once

#include <csgi/app.hpp>
#include <csgi/value/object.hpp>

#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;

namespace flaskr {

// What SQLite refuses, in its own words.
class DatabaseError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};
// A row that breaks a rule of its table, such as a name that is taken.
class IntegrityError : public DatabaseError {
public:
    using DatabaseError::DatabaseError;
};

// A connection. It can lie in the context's g, and is closed at the latest when that goes.
class Database : public csgi::Object {
public:
    // Opens the file, which is made if it is not there, but not the folder that it is in.
    explicit Database(const std::string &path);
    ~Database() override;
    std::string_view type_name() const override { return "Database"; }

    using Parameters = std::initializer_list<csgi::Value>;
    // The rows of a query: dicts from column to value. A column declared TIMESTAMP is a datetime.
    csgi::List query(std::string_view sql, Parameters parameters = {});
    // The first of them; none if there is none.
    csgi::Value one(std::string_view sql, Parameters parameters = {});
    // Several statements, without parameters.
    void script(const std::string &sql);
    void close();

private:
    sqlite3 *handle_ = nullptr;
};

// This request's connection, to the file that the setting DATABASE names.
Database &get_db(csgi::Context &ctx);

// Throws away what is there and makes the tables.
void init_db(csgi::App &app);

// The command init-db, and closing what a request opened.
void add_database(csgi::App &app);

} // namespace flaskr
