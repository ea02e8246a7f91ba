// SPDX-License-Identifier: MIT
// A module whose entry is wrong in the way that its macro says.
#include "test/adapters/cli/modules/answer.h"

#if defined NO_SYMBOL
CSGI_EXPORT int something_else(void);
int something_else(void) {
    (void)create;
    return 1;
}
#elif defined NEXT_MAJOR
extern CSGI_EXPORT const csgi_entry csgi_entry_v2;
const csgi_entry csgi_entry_v2 = {sizeof(csgi_entry), 0, "next", "2.0", 0, NULL, create, NULL};
#elif defined SHORT_ENTRY
const csgi_entry csgi_entry_v1 = {24, 0, "short", "1.0", 0, NULL, create, NULL};
#elif defined ODD_ENTRY
const csgi_entry csgi_entry_v1 = {sizeof(csgi_entry) + 3, 0, "odd", "1.0", 0, NULL, create, NULL};
#elif defined NAMELESS
const csgi_entry csgi_entry_v1 = {sizeof(csgi_entry), 0, "", "1.0", 0, NULL, create, NULL};
#elif defined NO_CREATE
const csgi_entry csgi_entry_v1 = {sizeof(csgi_entry), 0, "none", "1.0", 0, NULL, NULL, NULL};
#elif defined NEEDS_UPGRADE
CSGI_MODULE("upgrader", "1.0", CSGI_CAP_UPGRADE, create);
#elif defined NEEDS_TRAILERS
CSGI_MODULE("trailing", "1.0", CSGI_CAP_TRAILERS_OUT | CSGI_CAP_SENDFILE, create);
#elif defined UNDEFINED
extern int no_such_function(void);
static csgi_rc call(csgi_app *app, csgi_request *req) {
    return no_such_function() ? CSGI_APP : answer(app, req);
}
CSGI_HELLO_MODULE("undefined", "1.0", call);
#elif defined UNDEFINED_OURS
// Weak, so that the dynamic linker does not mind.
extern int csgi_helper_of_a_host(void) __attribute__((weak));
static csgi_rc call(csgi_app *app, csgi_request *req) {
    return csgi_helper_of_a_host ? CSGI_APP : answer(app, req);
}
CSGI_HELLO_MODULE("leaning", "1.0", call);
#elif defined CHATTY
// Exports more than it should, which is no crime.
CSGI_EXPORT int chatter(void);
int chatter(void) {
    return 1;
}
CSGI_MODULE("chatty", "1.0", 0, create);
#elif defined LOOSE_EXT
static const void *ext(const char *id) {
    static const uint32_t table[2] = {8, 0};
    return strncmp(id, "csgi.metrics/1", 14) == 0 ? table : NULL;
}
const csgi_entry csgi_entry_v1 = {sizeof(csgi_entry), 0, "loose", "1.0", 0, NULL, create, ext};
#elif defined STRICT_EXT
static const void *ext(const char *id) {
    static const uint32_t table[2] = {8, 0};
    return strcmp(id, "csgi.metrics/1") == 0 ? table : NULL;
}
const csgi_entry csgi_entry_v1 = {sizeof(csgi_entry), 0, "strict", "1.0", 0, NULL, create, ext};
#elif defined CRASHES_WHEN_LOADED
__attribute__((constructor)) static void crash(void) {
    abort();
}
CSGI_MODULE("crashing", "1.0", 0, create);
#endif
