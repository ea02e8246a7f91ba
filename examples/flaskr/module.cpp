// SPDX-License-Identifier: MIT
// The blog as a module that a server loads.
#include "examples/flaskr/flaskr.hpp"

CSGI_APP_MODULE(flaskr::create_app, "flaskr", "1.0");
