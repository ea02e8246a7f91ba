// SPDX-License-Identifier: MIT
// csgi TARGET WORDS...: hands the words to the application.
#include "adapters/cli/words.hpp"

#include <csgi/ext/draft/commands.h>

#include "adapters/cli/console.hpp"
#include "adapters/cli/stack.hpp"

namespace csgi {

int words(const Options &options) {
    Stack stack(options.target, {}, ~uint64_t{0});
    const csgi_entry *entry = stack.entry();
    const void *found = entry->ext ? entry->ext(CSGI_EXT_COMMANDS) : nullptr;
    if (!found)
        throw Fault("'" + std::string(entry->name) + "' has no commands of its own",
                    options.target.file,
                    "name a module made with the framework, or offer " CSGI_EXT_COMMANDS
                    "; to serve it: csgi run " +
                        options.target.file);
    csgi_app *app = stack.create(nullptr);
    std::vector<csgi_str> texts;
    for (const std::string &word : options.words) texts.push_back(str_of(word));
    const std::string program = "csgi " + options.target_text;
    const int status = static_cast<const csgi_commands *>(found)->run(app, str_of(program),
                                                                      texts.data(), texts.size());
    destroy(app);
    return status;
}

} // namespace csgi
