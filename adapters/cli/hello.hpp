// SPDX-License-Identifier: MIT
// A small application for layers to be judged round.
#pragma once

#include <csgi.h>

namespace csgi {

// GET is answered with one line, below /stream with many parts that wait when they are told to;
// a body is read to its end and answered with its length. NULL: out of memory.
csgi_app *hello_new();

} // namespace csgi
