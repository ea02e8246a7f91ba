// SPDX-License-Identifier: MIT
// Values that JSON cannot say, as the objects with one key that Flask writes into its sessions.
#pragma once

#include <csgi/value/value.hpp>

namespace csgi {

// {" t": [..]} is a tuple, {" b": "base64"} bytes, {" m": "html"} Markup, {" u": "32 hex digits"} a
// UUID, {" d": "HTTP date"} a datetime, and {" di": {"KEY__": value}} the object {"KEY": value}
// whose only key is one of these. An object with html() becomes Markup; microseconds are lost.
//
// Shares all that needs no tag; objects without html() stay as they are, for append_json() to
// judge. Throws TypeError for a value of more than 1,000 levels. [any thread]
Value tag(const Value &value);

// The reverse. Throws std::invalid_argument when what a tag holds is not of its kind.
Value untag(const Value &value);

} // namespace csgi
