// SPDX-License-Identifier: MIT
// Opens a module's file and judges what it exports.
#include "core/gateway/module.h"

#include "core/gateway/image.h"
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

const char *csgi_cap_name(uint64_t bit) {
    switch (bit) {
    case CSGI_CAP_RAW_TARGET: return "RAW_TARGET";
    case CSGI_CAP_RAW_HEADERS: return "RAW_HEADERS";
    case CSGI_CAP_STREAM_REQUEST: return "STREAM_REQUEST";
    case CSGI_CAP_STREAM_RESPONSE: return "STREAM_RESPONSE";
    case CSGI_CAP_FULL_DUPLEX: return "FULL_DUPLEX";
    case CSGI_CAP_TRAILERS_OUT: return "TRAILERS_OUT";
    case CSGI_CAP_TRAILERS_IN: return "TRAILERS_IN";
    case CSGI_CAP_INFORM: return "INFORM";
    case CSGI_CAP_SENDFILE: return "SENDFILE";
    case CSGI_CAP_ABORT_NOTIFY: return "ABORT_NOTIFY";
    case CSGI_CAP_BROKEN_END: return "BROKEN_END";
    case CSGI_CAP_UPGRADE: return "UPGRADE";
    default: return "?";
    }
}

// One look for every error: the rule and what is wrong, where, what to do.
static csgi_rc refuse(char *err, size_t cap, const char *rule, const char *what, const char *where,
                      const char *todo) {
    snprintf(err, cap, "[%s] %s\n  where: %s\n  what to do: %s", rule, what, where, todo);
    return CSGI_INVAL;
}

static csgi_rc find_entry(csgi_module *module, char *err, size_t cap) {
    char text[128];
    module->entry = dlsym(module->handle, "csgi_entry_v1");
    if (module->entry) return CSGI_OK;
    for (unsigned major = 2; major < 10; major++) {
        snprintf(text, sizeof text, "csgi_entry_v%u", major);
        if (!dlsym(module->handle, text)) continue;
        snprintf(text, sizeof text,
                 "made for version %u of the interface; this program speaks version 1", major);
        return refuse(err, cap, "LOAD-1", text, module->path,
                      "build it against csgi.h of version 1, or use a newer csgi");
    }
    return refuse(err, cap, "LOAD-1", "a shared library, but it exports no csgi_entry_v1",
                  module->path,
                  "define `const csgi_entry csgi_entry_v1` (see csgi.h), in C++ as extern \"C\", "
                  "and do not hide it");
}

static csgi_rc judge_entry(const csgi_module *module, uint64_t caps, char *err, size_t cap) {
    const csgi_entry *entry = module->entry;
    char text[512];
    if (entry->struct_size < sizeof *entry || entry->struct_size % _Alignof(csgi_entry)) {
        snprintf(text, sizeof text, "csgi_entry_v1.struct_size is %u; version 1.0 has %zu bytes",
                 (unsigned)entry->struct_size, sizeof *entry);
        return refuse(err, cap, "LOAD-1", text, module->path,
                      "begin the entry with sizeof(csgi_entry)");
    }
    if (!entry->name || !entry->name[0] || !entry->version || !entry->version[0])
        return refuse(err, cap, "LOAD-3", "csgi_entry_v1 has no name or no version", module->path,
                      "give it both");
    if (!entry->create)
        return refuse(err, cap, "LOAD-1", "csgi_entry_v1 has no create", module->path,
                      "give it one");
    uint64_t lacking = entry->needs & ~caps;
    if (!lacking) return CSGI_OK;
    int n = snprintf(text, sizeof text, "'%.64s' needs what this server cannot do:", entry->name);
    for (uint64_t bit = 1; bit; bit <<= 1)
        if ((lacking & bit) && n >= 0 && (size_t)n < sizeof text)
            n += snprintf(text + n, sizeof text - (size_t)n, " %s", csgi_cap_name(bit));
    refuse(err, cap, "LOAD-10", text, module->path, "serve it with a server that can");
    return CSGI_UNSUP;
}

csgi_rc csgi_module_open(csgi_module *module, const char *path, uint64_t caps, char *err,
                         size_t cap) {
    struct stat st;
    *module = (csgi_module){.path = path};
    if (stat(path, &st))
        return refuse(err, cap, "LOAD-11", strerror(errno), path,
                      "name a shared library (.so) that is there");
    if (!S_ISREG(st.st_mode))
        return refuse(err, cap, "LOAD-11", S_ISDIR(st.st_mode) ? "a directory" : "not a file", path,
                      "name a shared library (.so)");
    if (st.st_mode & S_IWOTH)
        return refuse(err, cap, "LOAD-11",
                      "everybody may write to it, so anybody could run code here", path,
                      "take that right away: chmod o-w");
    // dlopen looks a name without a slash up along the library path: not what a file's name means
    // here.
    char here[4096];
    int n = snprintf(here, sizeof here, "%s%s", strchr(path, '/') ? "" : "./", path);
    if (n < 0 || (size_t)n >= sizeof here)
        return refuse(err, cap, "LOAD-11", "the path is too long", path, "shorten it");
    const char *fault = csgi_image_fault(here);
    module->handle = fault ? NULL : dlopen(here, RTLD_NOW | RTLD_LOCAL);
    if (!module->handle) {
        char text[512];
        if (!fault) fault = dlerror();
        // It begins with the path, which has its line below.
        size_t known = strlen(here);
        if (fault && strncmp(fault, here, known) == 0 && strncmp(fault + known, ": ", 2) == 0)
            fault += known + 2;
        snprintf(text, sizeof text, "cannot be loaded: %s", fault ? fault : "no reason given");
        return refuse(err, cap, "LOAD-11", text, path,
                      "build it as a shared library (cc -shared -fPIC), for this machine, with all "
                      "it needs");
    }
    csgi_rc rc = find_entry(module, err, cap);
    return rc < 0 ? rc : judge_entry(module, caps, err, cap);
}

csgi_rc csgi_module_create(const csgi_module *module, csgi_str config, csgi_app **inner,
                           size_t ninner, csgi_app **out, char *err, size_t cap) {
    const csgi_entry *entry = module->entry;
    csgi_app *app = NULL;
    if (cap) err[0] = 0;
    csgi_rc rc = entry->check ? entry->check(config, err, cap) : CSGI_OK;
    if (rc >= 0) rc = entry->create(config, inner, ninner, &app, err, cap);
    if (rc >= 0 && !app) {
        snprintf(err, cap, "create says it succeeded but made no application");
        rc = CSGI_APP;
    }
    if (rc < 0) {
        if (cap && !err[0])
            snprintf(err, cap, "[LOAD-8] failed with %d and gave no reason", (int)rc);
        return rc;
    }
    *out = app;
    return CSGI_OK;
}
