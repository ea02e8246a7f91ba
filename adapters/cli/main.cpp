// SPDX-License-Identifier: MIT
// The csgi command: one verb, one status to exit with.
#include "adapters/cli/check.hpp"
#include "adapters/cli/console.hpp"
#include "adapters/cli/run.hpp"

int main(int argc, char **argv) {
    try {
        std::optional<csgi::Options> options = csgi::parse(argc, argv);
        if (!options) return csgi::exit_fine;
        if (options->verb == csgi::Options::Verb::check) return csgi::check(*options);
        return csgi::run(*options);
    } catch (const csgi::Fault &fault) {
        csgi::say_error(fault.what());
        return fault.status();
    } catch (const std::exception &error) {
        csgi::say_error(error.what());
        return csgi::exit_failed;
    }
}
