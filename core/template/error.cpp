// SPDX-License-Identifier: MIT
// Errors that tell where they come from.
#include <csgi/template/error.hpp>

namespace csgi::jinja {

TemplateError::TemplateError(std::string_view kind, std::string message)
    : std::runtime_error(message), kind_(kind), message_(std::move(message)),
      whole_(kind_ + ": " + message_) {}

void TemplateError::add_outer_place(Place place) {
    places_.insert(places_.begin(), std::move(place));
    whole_ = kind_ + ": " + message_;
    for (const Place &at : places_) {
        whole_ += "\n  ";
        whole_ += at.name.empty() ? "<template>" : at.name;
        whole_ += ", line " + std::to_string(at.line);
        if (!at.excerpt.empty()) whole_ += "\n    " + at.excerpt;
    }
}

TemplateSyntaxError::TemplateSyntaxError(std::string message, std::string_view name,
                                         std::size_t line, std::string excerpt,
                                         std::string_view kind)
    : TemplateError(kind, std::move(message)) {
    add_outer_place({std::string(name), line, std::move(excerpt)});
}

TemplateNotFound::TemplateNotFound(std::string name)
    : TemplateError("TemplateNotFound", name), names_{std::move(name)} {}

namespace {

std::string none_of(const std::vector<std::string> &names) {
    std::string out = "none of the templates given were found: ";
    for (std::size_t i = 0; i < names.size(); ++i) out += (i ? ", " : "") + names[i];
    return out;
}

} // namespace

TemplateNotFound::TemplateNotFound(std::vector<std::string> names, std::string message)
    : TemplateError("TemplatesNotFound", message.empty() ? none_of(names) : std::move(message)),
      names_(std::move(names)) {}

} // namespace csgi::jinja
