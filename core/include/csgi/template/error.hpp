// SPDX-License-Identifier: MIT
// What goes wrong in templates, named as Jinja and Python name it, with the place.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace csgi::jinja {

// An error with the way to it: which template, which line. `what()` tells all of it.
class TemplateError : public std::runtime_error {
public:
    // Where, from the outside in: an include or a call first, the place itself last.
    struct Place {
        std::string name; // of the template; empty for one without a name
        std::size_t line = 0;
        std::string excerpt; // the text of that line
    };

    // `kind` names the class in Python: "UndefinedError", "ZeroDivisionError" ...
    TemplateError(std::string_view kind, std::string message);

    const char *what() const noexcept override { return whole_.c_str(); }
    const std::string &kind() const noexcept { return kind_; }
    // In Jinja's words, without the place.
    const std::string &message() const noexcept { return message_; }
    const std::vector<Place> &places() const noexcept { return places_; }
    // Of the innermost place; 0 when there is none.
    std::size_t line() const noexcept { return places_.empty() ? 0 : places_.back().line; }
    std::string_view name() const noexcept {
        return places_.empty() ? std::string_view() : std::string_view(places_.back().name);
    }
    // The engine's: a place further out.
    void add_outer_place(Place place);

private:
    std::string kind_, message_, whole_;
    std::vector<Place> places_;
};

// The text is no template. Also "TemplateAssertionError": a filter that does not exist, a block
// that is defined twice.
class TemplateSyntaxError : public TemplateError {
public:
    TemplateSyntaxError(std::string message, std::string_view name, std::size_t line,
                        std::string excerpt, std::string_view kind = "TemplateSyntaxError");
};

// No loader has it. `names` are all that were tried.
class TemplateNotFound : public TemplateError {
public:
    explicit TemplateNotFound(std::string name);
    explicit TemplateNotFound(std::vector<std::string> names, std::string message = {});
    const std::vector<std::string> &names() const noexcept { return names_; }

private:
    std::vector<std::string> names_;
};

// Rendering failed.
class TemplateRuntimeError : public TemplateError {
public:
    explicit TemplateRuntimeError(std::string message)
        : TemplateError("TemplateRuntimeError", std::move(message)) {}

protected:
    using TemplateError::TemplateError;
};

// Something was done with an undefined value that may not be done with one.
class UndefinedError : public TemplateRuntimeError {
public:
    explicit UndefinedError(std::string message)
        : TemplateRuntimeError("UndefinedError", std::move(message)) {}
};

// The sandbox refused, or a limit was reached.
class SecurityError : public TemplateRuntimeError {
public:
    explicit SecurityError(std::string message)
        : TemplateRuntimeError("SecurityError", std::move(message)) {}
};

// A filter was called with arguments that make no sense.
class FilterArgumentError : public TemplateRuntimeError {
public:
    explicit FilterArgumentError(std::string message)
        : TemplateRuntimeError("FilterArgumentError", std::move(message)) {}
};

// An exception of Python: "ValueError", "ZeroDivisionError", "TypeError", "OverflowError" ...
class PythonError : public TemplateRuntimeError {
public:
    PythonError(std::string_view kind, std::string message)
        : TemplateRuntimeError(kind, std::move(message)) {}
};

} // namespace csgi::jinja
