// SPDX-License-Identifier: MIT
// The csgi command: one verb, one status to exit with.
#include "adapters/cli/check.hpp"
#include "adapters/cli/console.hpp"
#include "adapters/cli/routes.hpp"
#include "adapters/cli/run.hpp"
#include "adapters/cli/tool/render.hpp"
#include "adapters/cli/tool/tool.hpp"
#include "adapters/cli/words.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <new>
#include <unistd.h>

namespace {

// Whoever starts this with a standard file closed would have his log sent to the first client.
void fill_standard_files() {
    int fd;
    while ((fd = open("/dev/null", O_RDWR)) >= 0 && fd <= STDERR_FILENO) {
    }
    if (fd >= 0) close(fd);
}

} // namespace

int main(int argc, char **argv) {
    fill_standard_files();
    // For an App::run() that is called all the same: it does nothing here.
    setenv("CSGI_RUN_FROM_CLI", "true", 1);
    try {
        std::optional<csgi::Options> options = csgi::parse(argc, argv);
        if (!options) return csgi::exit_fine;
        if (options->verb == csgi::Options::Verb::check) return csgi::check(*options);
        if (options->verb == csgi::Options::Verb::routes) return csgi::routes(*options);
        if (options->verb == csgi::Options::Verb::words) return csgi::words(*options);
        if (options->verb == csgi::Options::Verb::tool) return csgi::tool(options->tool);
        if (options->verb == csgi::Options::Verb::render)
            return csgi::render(options->templates, options->context);
        if (options->verb == csgi::Options::Verb::templates)
            return csgi::check_templates(options->templates);
        return csgi::run(*options);
    } catch (const csgi::Fault &fault) {
        csgi::say_error(fault.what());
        return fault.status();
    } catch (const std::bad_alloc &) {
        csgi::say_error(csgi::out_of_memory);
        return csgi::exit_failed;
    } catch (const std::exception &error) {
        csgi::say_error(error.what());
        return csgi::exit_failed;
    }
}
