// SPDX-License-Identifier: MIT
// Opens a module's file and judges what it exports.
#include "core/gateway/module.h"

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

static csgi_rc find_entry(csgi_module *module, const char *path, char *err, size_t cap) {
    char other[32];
    module->entry = dlsym(module->handle, "csgi_entry_v1");
    if (module->entry) return CSGI_OK;
    for (unsigned major = 2; major < 10; major++) {
        snprintf(other, sizeof other, "csgi_entry_v%u", major);
        if (!dlsym(module->handle, other)) continue;
        snprintf(err, cap,
                 "%s\n  is made for version %u of the interface; this host speaks version 1\n"
                 "  build the module against csgi.h of version 1, or use a newer host",
                 path, major);
        return CSGI_INVAL;
    }
    snprintf(err, cap,
             "[LOAD-1] %s\n  is a shared library, but exports no csgi_entry_v1\n"
             "  define `const csgi_entry csgi_entry_v1` (see csgi.h), in C++ as extern \"C\", "
             "and do not hide it",
             path);
    return CSGI_INVAL;
}

static csgi_rc judge_entry(const csgi_module *module, uint64_t caps, char *err, size_t cap) {
    const csgi_entry *entry = module->entry;
    if (entry->struct_size < sizeof *entry || entry->struct_size % 8) {
        snprintf(err, cap,
                 "[LOAD-1] %s\n  csgi_entry_v1.struct_size is %u; version 1.0 has %zu bytes\n"
                 "  begin the entry with sizeof(csgi_entry)",
                 module->path, (unsigned)entry->struct_size, sizeof *entry);
        return CSGI_INVAL;
    }
    if (!entry->name || !entry->name[0] || !entry->version || !entry->version[0]) {
        snprintf(err, cap,
                 "[LOAD-3] %s\n  csgi_entry_v1 has no name or no version\n"
                 "  give it both",
                 module->path);
        return CSGI_INVAL;
    }
    if (!entry->create) {
        snprintf(err, cap, "[LOAD-1] %s\n  csgi_entry_v1 has no create\n  give it one",
                 module->path);
        return CSGI_INVAL;
    }
    uint64_t lacking = entry->needs & ~caps;
    if (lacking) {
        int n = snprintf(err, cap,
                         "[LOAD-10] %s\n  '%s' needs what this server cannot do:", module->path,
                         entry->name);
        for (uint64_t bit = 1; bit; bit <<= 1)
            if ((lacking & bit) && n >= 0 && (size_t)n < cap)
                n += snprintf(err + n, cap - (size_t)n, " %s", csgi_cap_name(bit));
        if (n >= 0 && (size_t)n < cap)
            snprintf(err + n, cap - (size_t)n, "\n  serve it with a server that can");
        return CSGI_UNSUP;
    }
    return CSGI_OK;
}

csgi_rc csgi_module_open(csgi_module *module, const char *path, uint64_t caps, char *err,
                         size_t cap) {
    struct stat st;
    *module = (csgi_module){.path = path};
    if (stat(path, &st)) {
        snprintf(err, cap, "[LOAD-11] %s\n  %s\n  is the path right?", path, strerror(errno));
        return CSGI_INVAL;
    }
    if (!S_ISREG(st.st_mode)) {
        snprintf(err, cap, "[LOAD-11] %s\n  is not a file\n  name a shared library (.so)", path);
        return CSGI_INVAL;
    }
    if (st.st_mode & S_IWOTH) {
        snprintf(err, cap,
                 "[LOAD-11] %s\n  can be written by everybody, so anybody could run code here\n"
                 "  chmod o-w it",
                 path);
        return CSGI_INVAL;
    }
    // dlopen looks a name without a slash up along the library path: not what a file's name means
    // here.
    char here[4096];
    int n = snprintf(here, sizeof here, "%s%s", strchr(path, '/') ? "" : "./", path);
    if (n < 0 || (size_t)n >= sizeof here) {
        snprintf(err, cap, "[LOAD-11] a path of %zu bytes\n  is too long\n  shorten it",
                 strlen(path));
        return CSGI_INVAL;
    }
    module->handle = dlopen(here, RTLD_NOW | RTLD_LOCAL);
    if (!module->handle) {
        const char *why = dlerror();
        snprintf(err, cap,
                 "[LOAD-11] %s\n  cannot be loaded: %s\n"
                 "  build it as a shared library (cc -shared -fPIC), for this machine, with all "
                 "it needs",
                 path, why ? why : "no reason given");
        return CSGI_INVAL;
    }
    csgi_rc rc = find_entry(module, path, err, cap);
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
