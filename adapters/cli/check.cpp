// SPDX-License-Identifier: MIT
// csgi check: judges a module by the rules, and reports by their ids.
#include "adapters/cli/check.hpp"

#include "adapters/cli/console.hpp"
#include "adapters/cli/elf.hpp"
#include "adapters/cli/judge.hpp"
#include "adapters/cli/probes.hpp"
#include <cstdio>
#include <map>
#include <set>
#include <tuple>

namespace csgi {

namespace {

class Report {
public:
    void add(Finding finding) {
        if (finding.kind == Finding::Kind::fault)
            std::tie(finding.rule, finding.text) = split_rule(finding.text);
        // Several processes find the same out about the module.
        if (!lines_.insert(finding.rule + " " + finding.text).second) return;
        const char *word = "note";
        if (finding.kind == Finding::Kind::ok) {
            word = "ok";
            fine_++;
        } else if (finding.kind == Finding::Kind::fail || finding.kind == Finding::Kind::fault) {
            word = "FAIL";
            broken_++;
            // What breaks a rule breaks it for every request.
            if (!finding.rule.empty() && ++rules_[finding.rule] > most_lines) return;
        }
        say(word, finding.rule, finding.text);
    }

    void ok(const std::string &rule, const std::string &text) {
        add({Finding::Kind::ok, rule, text});
    }
    void fail(const std::string &rule, const std::string &text) {
        add({Finding::Kind::fail, rule, text});
    }
    void note(const std::string &text) { add({Finding::Kind::note, "", text}); }

    int finish() const {
        for (const auto &[rule, times] : rules_)
            if (times > most_lines)
                say("FAIL", rule, std::to_string(times - most_lines) + " more of these");
        std::printf("csgi: %zu ok, %zu failed", fine_, broken_);
        for (const auto &[rule, times] : rules_) std::printf(" [%s]", rule.c_str());
        std::printf("\n");
        std::fflush(stdout);
        return broken_ ? exit_failed : exit_fine;
    }

private:
    static constexpr size_t most_lines = 3; // about one rule

    static void say(const char *word, const std::string &rule, const std::string &text) {
        std::string id = rule.empty() ? "" : "[" + rule + "] ";
        std::printf("%-5s %s%s\n", word, id.c_str(), readable(text, true).c_str());
        std::fflush(stdout);
    }

    std::set<std::string> lines_;
    std::map<std::string, size_t> rules_; // how often each was broken
    size_t fine_ = 0, broken_ = 0;
};

std::string list(const std::vector<std::string> &names) {
    std::string text;
    for (size_t i = 0; i < names.size() && i < 8; i++) text += (i ? ", " : "") + names[i];
    return names.size() > 8 ? text + ", ... (" + std::to_string(names.size()) + ")" : text;
}

void judge_symbols(Report &report, const std::string &file) {
    Symbols symbols = read_symbols(file);
    if (!symbols.known) return report.note("the file's table of symbols cannot be read");
    std::vector<std::string> ours, others;
    for (const std::string &name : symbols.wanted)
        if (name.rfind("csgi_", 0) == 0) ours.push_back(name);
    for (const std::string &name : symbols.exported)
        if (name != "csgi_entry_v1") others.push_back(name);
    if (ours.empty())
        report.ok("LOAD-4", "has no undefined symbol that begins with csgi_");
    else
        report.fail("LOAD-4", "has undefined symbols: " + list(ours));
    if (symbols.global)
        report.fail("LOAD-5", "asks to be offered to every other library (DF_1_GLOBAL)");
    else
        report.ok("LOAD-5", "loads with all symbols bound at once, and local");
    if (!others.empty())
        report.note("exports more than csgi_entry_v1: " + list(others) +
                    " (-fvisibility=hidden keeps them in)");
    if (!symbols.unique.empty())
        report.note("two modules would share: " + list(symbols.unique) + " (-fno-gnu-unique)");
}

struct Step {
    const char *rule; // of a crash or hang
    void (*judge)(const Teller &, const Options &);
};

constexpr Step steps[] = {{"LOAD-9", judge_ext},
                          {"LOAD-10", judge_needs},
                          {"LOAD-6", judge_check},
                          {"LOAD-7", judge_create},
                          {"LOAD-8", judge_refusals}};

// A module that cannot be loaded has nothing that could be reported.
void load(Report &report, const Options &options) {
    std::string fault;
    Ending ending = isolate(
        options.limit, [&](const Teller &tell) { judge_entry(tell, options); },
        [&](const Finding &finding) {
            if (finding.kind == Finding::Kind::fault)
                fault = finding.text;
            else
                report.add(finding);
        });
    if (!fault.empty()) throw Fault::of(fault, options.target.file, "look into the module");
    if (std::string text = ending.text(); !text.empty())
        throw Fault("[LOAD-11] " + text, options.target.file, "debug the module");
}

// One that cannot even be set up, or crashes or keeps us waiting each time, has shown enough.
constexpr unsigned most_endings = 3;
constexpr std::chrono::milliseconds waiting{250};

void probe_all(Report &report, const Options &options, bool layer) {
    std::vector<Probe> all = probes(options, layer);
    unsigned endings = 0;
    for (size_t i = 0; i < all.size(); i++) {
        bool fault = false, broken = false;
        auto begin = std::chrono::steady_clock::now();
        Ending ending = isolate(
            options.limit, [&](const Teller &tell) { all[i].run(tell, options); },
            [&](const Finding &finding) {
                fault |= finding.kind == Finding::Kind::fault;
                broken |= finding.kind == Finding::Kind::fail;
                report.add(finding);
            });
        bool whole = ending.how == Ending::How::complete;
        if (!fault && !whole) report.fail("", ending.text());
        if (!whole || (broken && std::chrono::steady_clock::now() - begin > waiting)) endings++;
        if (!fault && endings < most_endings) continue;
        if (i + 1 == all.size()) return;
        return report.note(std::to_string(all.size() - i - 1) + " probes were left out");
    }
}

} // namespace

int check(const Options &options) {
    Report report;
    bool layer = false;
    std::printf("csgi: checking %s\n", readable(options.target.file).c_str());
    std::fflush(stdout);
    load(report, options);
    judge_symbols(report, options.target.file);
    for (const Step &step : steps) {
        bool fault = false;
        Ending ending = isolate(
            options.limit, [&](const Teller &tell) { step.judge(tell, options); },
            [&](const Finding &finding) {
                layer |= finding.kind == Finding::Kind::layer;
                fault |= finding.kind == Finding::Kind::fault;
                report.add(finding);
            });
        if (ending.how != Ending::How::complete && !fault) report.fail(step.rule, ending.text());
    }
    probe_all(report, options, layer);
    return report.finish();
}

} // namespace csgi
