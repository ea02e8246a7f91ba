// SPDX-License-Identifier: MIT
// The questions that are put to a module before any request.
#include "adapters/cli/judge.hpp"

#include "adapters/cli/census.hpp"
#include "adapters/cli/console.hpp"
#include "adapters/cli/hello.hpp"
#include "adapters/cli/stack.hpp"
#include "core/gateway/boundary.hpp"
#include "core/gateway/nested.h"
#include <cstring>
#include <thread>

namespace csgi {

namespace {

// err[0, cap) as it is lent to a module: filled with junk, and with a fence behind it.
class Reason {
public:
    explicit Reason(size_t cap) : bytes_(cap + 64, junk), cap_(cap) {}

    char *data() { return bytes_.data(); }
    size_t cap() const { return cap_; }
    bool overrun() const { return bytes_.find_first_not_of(junk, cap_) != bytes_.npos; }
    bool ended() const { return bytes_.find('\0') < cap_; }
    std::string text() const { return ended() ? bytes_.c_str() : ""; }

private:
    static constexpr char junk = '\x5a';
    std::string bytes_;
    size_t cap_;
};

// Judges what a failing call left behind; true when all is well.
bool judge_reason(const Teller &tell, const Reason &reason, const std::string &call) {
    const char *rule = "LOAD-8";
    if (reason.overrun()) {
        tell.fail(rule,
                  call + " wrote behind err[0, cap), cap being " + std::to_string(reason.cap()));
    } else if (reason.cap() && !reason.ended()) {
        tell.fail(rule, call + " failed and left no NUL-terminated reason in err");
    } else if (reason.cap() > 1 && reason.text().empty()) {
        tell.fail(rule, call + " failed and left an empty reason");
    } else {
        return true;
    }
    return false;
}

// Called like a host calls: an exception is no way out.
template <class Call>
csgi_rc guarded_call(const Teller &tell, const std::string &name, Reason &reason, Call &&call) {
    char what[256];
    csgi_rc rc = CSGI_APP;
    if (!contained([&] { rc = call(); }, what, sizeof what)) {
        tell.fail("RET-4", name + " threw: " + what);
        std::snprintf(reason.data(), reason.cap(), "%s", what);
    }
    return rc;
}

class Module {
public:
    Module(const Teller &tell, const Options &options) : tell_(tell) {
        tell.step("it was loaded");
        char err[reason_bytes] = "";
        if (csgi_module_open(&module_, options.target.file.c_str(), all_caps(), err, sizeof err) <
            0)
            throw Fault::of(err, options.target.file, "name another file");
    }

    const csgi_entry *operator->() const { return module_.entry; }

    csgi_rc check(const std::string &config, Reason &reason) {
        tell_.step("check('" + config.substr(0, 60) + "') was called");
        csgi_rc rc = guarded_call(tell_, "check", reason, [&] {
            return module_.entry->check(str_of(config), reason.data(), reason.cap());
        });
        if (rc < 0 || reason.overrun()) fine &= judge_reason(tell_, reason, "check");
        return rc;
    }

    // NULL when it fails, which is judged.
    csgi_app *create(const std::string &config, csgi_app *inner, Reason &reason) {
        tell_.step("create('" + config.substr(0, 60) + "') was called");
        csgi_app untouched = {};
        csgi_app *out = &untouched;
        csgi_rc rc = guarded_call(tell_, "create", reason, [&] {
            return module_.entry->create(str_of(config), &inner, inner ? 1 : 0, &out, reason.data(),
                                         reason.cap());
        });
        if (rc < 0) {
            fine &= judge_reason(tell_, reason, "create") && out == &untouched;
            if (out != &untouched) tell_.fail("LOAD-8", "create failed and yet changed *out");
            return nullptr;
        }
        if (reason.overrun()) fine = judge_reason(tell_, reason, "create");
        if (!out || out == &untouched) {
            tell_.fail("LOAD-7", "create says it succeeded, and made nothing");
            return nullptr;
        }
        if (out->struct_size < sizeof *out || out->struct_size % alignof(csgi_app) ||
            !out->handle) {
            tell_.fail("LOAD-2", "create made a csgi_app of " + std::to_string(out->struct_size) +
                                     " bytes" + (out->handle ? "" : " without handle") +
                                     "; version 1.0 has " + std::to_string(sizeof *out));
            return nullptr;
        }
        return out;
    }

    void destroy(csgi_app *app) const {
        tell_.step("an instance that was never started was destroyed");
        csgi::destroy(app);
    }

    bool fine = true; // no call has left a bad reason so far

private:
    const Teller &tell_;
    csgi_module module_ = {};
};

std::string names_of(uint64_t caps) {
    std::string names;
    for (uint64_t bit = 1; bit; bit <<= 1)
        if (caps & bit) names.append(names.empty() ? "" : " ").append(csgi_cap_name(bit));
    return names.empty() ? "nothing" : names;
}

} // namespace

uint64_t all_caps() {
    return csgi_serve_http_caps() | CSGI_NESTED_CAPS;
}

void judge_entry(const Teller &tell, const Options &options) {
    Module module(tell, options);
    tell.note(std::string(module->name) + " " + module->version + ", built for version 1." +
              std::to_string(module->abi_minor) + ", needs " + names_of(module->needs));
    tell.ok("LOAD-1", "exports csgi_entry_v1, " + std::to_string(module->struct_size) + " bytes");
    tell.ok("LOAD-3", "has a name and a version");
}

void judge_ext(const Teller &tell, const Options &options) {
    Module module(tell, options);
    if (!module->ext) return tell.ok("LOAD-9", "has no extensions");
    // The third is none that is, or was; those behind are all that are registered.
    static constexpr const char *ids[] = {"",
                                          "csgi.",
                                          "org.example.csgi-check/1",
                                          "csgi.app-status/1",
                                          "csgi.batch/1",
                                          "csgi.factory/1",
                                          "csgi.inform/1",
                                          "csgi.metrics/1",
                                          "csgi.poll/1",
                                          "csgi.tls-info/1",
                                          "csgi.trailers-in/1",
                                          "csgi.websocket/1"};
    bool fine = true;
    auto refuse = [&](const std::string &id) {
        tell.step("ext(\"" + id + "\") was called");
        if (!module->ext(id.c_str())) return;
        fine = false;
        tell.fail("LOAD-9", "ext answers to \"" + id + "\"");
    };
    for (size_t i = 0; i < std::size(ids); i++) {
        std::string id = ids[i];
        if (i < 3) refuse(id);
        for (const char *garbage : {"x", "0", " ", "/1"}) refuse(id + garbage);
        if (!id.empty()) refuse(id.substr(0, id.size() - 1));
    }
    if (fine) tell.ok("LOAD-9", "ext answers NULL to ids that nobody has");
}

void judge_needs(const Teller &tell, const Options &options) {
    Module module(tell, options);
    if (!module->needs) return tell.ok("LOAD-10", "needs nothing of a host");
    for (uint64_t bit = 1; bit; bit <<= 1) {
        if (!(module->needs & bit)) continue;
        csgi_module again;
        char err[reason_bytes] = "";
        const char *name = csgi_cap_name(bit);
        csgi_rc rc = csgi_module_open(&again, options.target.file.c_str(), all_caps() & ~bit, err,
                                      sizeof err);
        if (rc == CSGI_UNSUP && std::strstr(err, name))
            tell.ok("LOAD-10", std::string("a host without ") + name + " refuses it and says so");
        else
            tell.fail("LOAD-10", std::string("a host without ") + name + " said: " + err);
    }
}

void judge_check(const Teller &tell, const Options &options) {
    Module module(tell, options);
    if (!module->check) return tell.ok("LOAD-6", "has no check");
    Census before = Census::take();
    csgi_rc first = 0;
    for (int i = 0; i < 2; i++) {
        Reason reason(512);
        csgi_rc rc = module.check(options.target.config, reason);
        if (rc < 0 && i == 0)
            tell.fail("", "check refuses the configuration '" + options.target.config + "'" +
                              (reason.text().empty() ? "" : ": " + reason.text()));
        if (i == 0) first = rc;
        if (rc != first) tell.fail("LOAD-6", "check says something else the second time");
    }
    std::string left = Census::take().grown_since(before);
    if (!left.empty()) { // a thread that is on its way out may still be counted
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        left = Census::take().grown_since(before);
    }
    if (left.empty())
        tell.ok("LOAD-6", "check leaves nothing behind");
    else
        tell.fail("LOAD-6", "check leaves behind: " + left);
}

void judge_create(const Teller &tell, const Options &options) {
    Module module(tell, options);
    const std::string &config = options.target.config;
    Reason reason(512), around(512);
    csgi_app *first = module.create(config, nullptr, reason), *inner[2] = {};
    if (!first) {
        inner[0] = hello_new();
        first = module.create(config, inner[0], around);
        if (!first) {
            std::string why = reason.text();
            if (around.text() != why) why += "; round another application: " + around.text();
            return tell.fail("", "create refuses the configuration '" + config + "': " + why);
        }
        inner[1] = hello_new();
        tell(Finding::Kind::layer, "",
             "create makes nothing without an application inside (" + reason.text() +
                 "): it is judged round a small one that is built in");
    }
    Reason second_reason(512);
    const csgi_app before = *first;
    csgi_app *second = module.create(config, inner[1], second_reason);
    if (!second)
        tell.fail("LOAD-7", "a second create fails: " + second_reason.text());
    else if (second != first)
        tell.ok("LOAD-7", "each create makes an instance of its own");
    else if (first->start || first->drain || first->stop || first->destroy)
        tell.fail("LOAD-7", "two calls of create give the same instance, which has start, drain, "
                            "stop or destroy");
    else if (std::memcmp(&before, first, sizeof before) != 0)
        tell.fail("LOAD-7",
                  "two calls of create give the same instance, and the second changes it");
    else
        tell.ok("LOAD-7", "each create gives the same instance, which has no life of its own");
    if (second != first) module.destroy(second);
    module.destroy(first);
    tell.ok("LOAD-2", "instances have at least the size of version 1.0");
}

void judge_refusals(const Teller &tell, const Options &options) {
    Module module(tell, options);
    const std::string &config = options.target.config, unknown = "csgi_check_no_such_key=1";
    const std::string bad[] = {config + (config.empty() ? "" : ",") + unknown,
                               "",
                               "=",
                               ",,",
                               "\\",
                               "\xff\xfe=\xff",
                               unknown + std::string(60000, '1')};
    size_t refusals = 0;
    bool knows_keys = false;
    for (const std::string &text : bad) {
        for (size_t cap : {size_t(512), size_t(16), size_t(1), size_t(0)}) {
            Reason of_check(cap), of_create(cap);
            bool refused = module->check && module.check(text, of_check) < 0;
            csgi_app *app = module.create(text, hello_new(), of_create);
            refused |= !app;
            module.destroy(app);
            refusals += refused;
            knows_keys |= refused && &text == &bad[0];
            if (!refused) break;
        }
    }
    if (!knows_keys) tell.note("a key that it cannot know is taken without a word");
    if (module.fine && refusals)
        tell.ok("LOAD-8", "configurations that make no sense are refused with a reason");
    else if (module.fine)
        tell.ok("LOAD-8", "no configuration was refused, so no reason was owed");
}

} // namespace csgi
