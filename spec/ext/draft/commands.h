// SPDX-License-Identifier: MIT
// csgi.commands/1 (draft): what an application can be told to do from a command line, besides
// answering requests. Asked of entry->ext.
#ifndef CSGI_EXT_DRAFT_COMMANDS_H
#define CSGI_EXT_DRAFT_COMMANDS_H

#include <csgi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CSGI_EXT_COMMANDS "csgi.commands/1"

typedef struct csgi_commands {
    uint32_t struct_size;
    uint32_t reserved;
    // Runs the command that words[0, n) spell, with the process's standard input and outputs; with
    // none, or one that asks for help, says what there is. `program` is what stands before the
    // words, for such texts. The application was created by this module and need not have been
    // started. The result is the status for the process to exit with, 0 to 255. On the thread that
    // created it.
    int32_t (*run)(csgi_app *app, csgi_str program, const csgi_str *words, size_t n);
} csgi_commands;

#ifdef __cplusplus
}
#endif

#endif
