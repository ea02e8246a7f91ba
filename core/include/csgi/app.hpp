// SPDX-License-Identifier: MIT
// All that an application includes.
#pragma once

#include <csgi/app/app.hpp>
#include <csgi/app/dotenv.hpp>
#include <csgi/app/files.hpp>
#include <csgi/app/html.hpp>
#include <csgi/app/stream.hpp>
#include <csgi/app/templating.hpp>
#include <csgi/template/function.hpp>
