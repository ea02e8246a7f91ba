// SPDX-License-Identifier: MIT
// How an undefined value says what is missing: its text has one of these forms.
#pragma once

#include <string>
#include <string_view>

#include <csgi/value/value.hpp>

namespace csgi::jinja {

// Of any text that does not begin with one of these: the name of a variable.
enum class UndefinedForm : char {
    missing = '\0',  // nothing was assigned to the slot
    hint = '\1',     // a whole message follows
    plain = '\2',    // the same, of Jinja's own Undefined whatever the environment says
    member = '\3',   // type of the object, '\n', name that it has no attribute of
    element = '\4',  // the same, repr() of a key that is no string
    security = '\5', // a message follows, of a SecurityError
};

inline Value make_undefined(UndefinedForm form, std::string_view text) {
    std::string all(1, static_cast<char>(form));
    all += text;
    return Value::undefined(all);
}

// The value of `a if b` without else.
inline Value plain_undefined(std::string_view hint) {
    return make_undefined(UndefinedForm::plain, hint);
}

inline UndefinedForm form_of(const Value &undefined) {
    const std::string_view text = undefined.text();
    // A variable's name never begins with a control character.
    return text.empty() || text[0] > '\5' || text[0] < 0 ? UndefinedForm('n')
                                                         : static_cast<UndefinedForm>(text[0]);
}

} // namespace csgi::jinja
