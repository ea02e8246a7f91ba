// SPDX-License-Identifier: MIT
// One schedule: requests are opened, fed, cut, read slowly, lost; time jumps; in the end all is
// brought home, and what came out is judged.
#include "test/conformance/chaos/chaos.hpp"

#include "core/gateway/nested.h"
#include <csgi/middleware.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace csgi::chaos {

namespace {

// A run that takes longer than this is a fault.
constexpr unsigned max_steps = 400, max_turns = 20000;
// What one exchange may take from its arena: the largest request's body twice, and room.
constexpr uint64_t max_memory = 1u << 20;

struct Call {
    Request request;
    csgi_nested_call *call = nullptr;
    size_t fed = 0;
    bool ended = false, cut = false, lost = false, slow = false;
};

class Run {
public:
    Run(const Stack &stack, uint64_t seed, const Options &options)
        : stack_(stack), dice_(seed), options_(options) {}

    Result go() {
        if (!begin()) return result_;
        const unsigned planned = static_cast<unsigned>(dice_.between(1, 4));
        const unsigned steps = static_cast<unsigned>(dice_.any_up_to(max_steps));
        for (unsigned i = 0; i < steps; i++) {
            step(planned);
            result_.steps++;
        }
        while (calls_.size() < planned && !drained_) open();
        bring_home();
        judge();
        end();
        return result_;
    }

private:
    template <class... T>
    void tell(const char *format, T... args) {
        if (!options_.tell) return;
        std::fprintf(stderr, format, args...);
        std::fputc('\n', stderr);
    }
    void fault(std::string what) {
        tell("FAULT %s", what.c_str());
        if (result_.faults.size() < 20) result_.faults.push_back(std::move(what));
    }

    csgi_app *watched(csgi_app *app, const char *name) {
        csgi_lint_options lint{};
        lint.struct_size = sizeof lint;
        lint.name = name;
        lint.max_memory = max_memory;
        lint.ctx = this;
        lint.report = [](void *ctx, const csgi_lint_report *report) {
            static const char *const who[] = {"?", "application", "layer", "host"};
            static_cast<Run *>(ctx)->fault(std::string("[") + report->rule + "] " + report->name +
                                           ", " + who[report->who & 3] + ": " + report->message);
        };
        return csgi_lint(app, &lint);
    }

    // The stack, a lint at every border, and the layer of chaos on top.
    bool begin() {
        char err[512];
        csgi_app *app = nullptr;
        for (size_t i = stack_.parts.size(); i-- > 0;) {
            const Part &part = *stack_.parts[i];
            csgi_app *inner = app;
            const csgi_rc rc =
                csgi_module_create(&part.module, {part.config.data(), part.config.size()}, &inner,
                                   inner ? 1 : 0, &app, err, sizeof err);
            if (rc < 0) {
                fault(part.path + ": " + err);
                return false;
            }
            app = watched(app, part.module.entry->name);
        }
        layer_ = std::make_unique<Layer>(app, dice_);
        app = watched(layer_.get(), "chaos");

        csgi_nested_options o{};
        o.caps = CSGI_NESTED_CAPS;
        static const uint64_t droppable[] = {CSGI_CAP_SENDFILE,       CSGI_CAP_TRAILERS_OUT,
                                             CSGI_CAP_RAW_TARGET,     CSGI_CAP_FULL_DUPLEX,
                                             CSGI_CAP_ABORT_NOTIFY,   CSGI_CAP_BROKEN_END,
                                             CSGI_CAP_STREAM_RESPONSE};
        for (const uint64_t cap : droppable)
            if (dice_.one_in(5)) o.caps &= ~cap;
        whole_ = dice_.one_in(8);
        if (whole_) o.caps &= ~uint64_t{CSGI_CAP_STREAM_REQUEST};
        duplex_ = (o.caps & CSGI_CAP_FULL_DUPLEX) != 0;
        o.log_level = CSGI_LOG_WARNING;
        // Most marks are tiny, so that every write may be one too many. The suite's endpoints that
        // break off write 1 KB at a stretch.
        o.high_mark = dice_.one_in(3) ? 0 : 1100 + dice_.any_up_to(5000);
        if (dice_.one_in(4)) o.high_mark = 1 + dice_.any_up_to(300);
        if (o.high_mark) o.low_mark = 1 + dice_.below(o.high_mark);
        tiny_ = o.high_mark && o.high_mark < 1100;
        if (dice_.one_in(6)) o.max_spool = max_spool_ = 1 + dice_.any_up_to(20000);
        if (dice_.one_in(10)) o.max_body = max_body_ = 1 + dice_.any_up_to(20000);
        o.arg = this;
        o.log = [](void *arg, int32_t level, csgi_str line) {
            auto &self = *static_cast<Run *>(arg);
            const std::string text(line.p, line.n);
            self.tell("log %d %s", static_cast<int>(level), text.c_str());
            if (level >= CSGI_LOG_HOST_MISBEHAVING) self.fault("logged: " + text);
        };
        tell("caps %llx high %llu low %llu spool %llu body %llu",
             static_cast<unsigned long long>(o.caps), static_cast<unsigned long long>(o.high_mark),
             static_cast<unsigned long long>(o.low_mark),
             static_cast<unsigned long long>(o.max_spool),
             static_cast<unsigned long long>(o.max_body));
        host_ = csgi_nested_new(&o);
        if (!host_ || csgi_nested_start(host_, app, err, sizeof err) < 0) {
            fault(std::string("start: ") + err);
            return false;
        }
        return true;
    }

    Request draw() {
        for (;;) {
            Request r = random_request(stack_.application(), dice_, whole_, duplex_);
            if (r.threads && !options_.with_threads) continue;
            if (r.breaks && tiny_) continue;
            return r;
        }
    }

    void open() {
        calls_.emplace_back();
        calls_.back().request = draw();
        Call &c = calls_.back();
        csgi_nested_request r{};
        r.method = {c.request.method.data(), c.request.method.size()};
        r.target = {c.request.target.data(), c.request.target.size()};
        r.body = {c.request.body.data(), c.request.body.size()};
        r.stream = c.request.stream;
        const csgi_header length = {CSGI_LIT("content-length"),
                                    {c.request.declared.data(), c.request.declared.size()},
                                    0,
                                    0,
                                    0};
        if (!c.request.declared.empty()) {
            r.headers = &length;
            r.nheaders = 1;
        }
        r.slow_reader = c.slow = dice_.one_in(2);
        r.version = dice_.one_in(6) && !(r.stream && c.request.declared.empty()) ? 10 : 11;
        if (!r.stream) c.ended = true;
        tell("open %zu: %s %s, body %zu%s", calls_.size() - 1, c.request.method.c_str(),
             c.request.target.c_str(), c.request.body.size(), r.stream ? ", streamed" : "");
        c.call = csgi_nested_open(host_, &r);
        result_.exchanges++;
    }

    void feed(Call &c, size_t most) {
        if (c.ended) return;
        const size_t n = std::min(most, c.request.body.size() - c.fed);
        tell("feed %zu: %zu", static_cast<size_t>(&c - calls_.data()), n);
        csgi_nested_feed(c.call, {c.request.body.data() + c.fed, n});
        c.fed += n;
        if (c.fed < c.request.body.size()) return;
        c.ended = true;
        csgi_nested_feed_end(c.call);
    }

    void step(unsigned planned) {
        if (calls_.empty() || (calls_.size() < planned && dice_.one_in(6) && !drained_)) {
            if (!drained_) open();
            return;
        }
        const size_t at = dice_.below(calls_.size());
        Call &c = calls_[at];
        switch (dice_.below(16)) {
        case 0:
        case 1:
        case 2: feed(c, 1 + dice_.any_up_to(dice_.one_in(3) ? 20000 : 30)); break;
        case 3:
        case 4:
        case 5: {
            if (!c.slow) break;
            const uint64_t n = 1 + dice_.any_up_to(dice_.one_in(3) ? 200000 : 30);
            tell("take %zu: %llu", at, static_cast<unsigned long long>(n));
            csgi_nested_take(c.call, n);
            break;
        }
        case 6:
            if (!dice_.one_in(20) || c.ended) break;
            tell("cut %zu", at);
            c.cut = c.ended = true;
            csgi_nested_cut(c.call);
            break;
        case 7:
            if (!dice_.one_in(20)) break;
            tell("lose %zu", at);
            c.lost = true;
            csgi_nested_lose(c.call);
            break;
        case 8:
            if (!dice_.one_in(60) || drained_) break;
            tell("drain");
            drained_ = true;
            csgi_nested_drain(host_);
            break;
        case 9:
        case 10:
        case 11:
            if (layer_->act()) tell("the layer acted");
            break;
        default: tell("turn: %d", csgi_nested_turn(host_)); break;
        }
    }

    bool all_done() const {
        for (const Call &c : calls_)
            if (!csgi_nested_answer_of(c.call)->done) return false;
        return true;
    }

    void bring_home() {
        layer_->calm = true;
        tell("home");
        for (Call &c : calls_) {
            if (!c.request.waits || c.lost || drained_) continue;
            if (dice_.one_in(2)) {
                drained_ = true;
                csgi_nested_drain(host_);
            } else {
                c.lost = true;
                csgi_nested_lose(c.call);
            }
        }
        for (unsigned i = 0; i < max_turns && !all_done(); i++) {
            bool idle = true;
            for (Call &c : calls_) {
                if (!c.ended) feed(c, 1 + dice_.any_up_to(c.request.body.size())), idle = false;
                // Who reads at once gets all without being asked again.
                if (c.slow) csgi_nested_take(c.call, 1 + dice_.any_up_to(1u << 20));
            }
            layer_->relent();
            if (csgi_nested_turn(host_)) idle = false;
            // Nothing happens by itself any more: a thread may be at work.
            if (!idle || i < 50) continue;
            for (Call &c : calls_)
                if (!csgi_nested_answer_of(c.call)->done)
                    csgi_nested_finish(c.call, c.request.threads ? 2000 : 0);
            break;
        }
        for (Call &c : calls_)
            if (c.slow) csgi_nested_take(c.call, UINT32_MAX);
    }

    std::string changed(std::string body) const {
        for (size_t i = stack_.parts.size() - 1; i-- > 0;)
            if (const Change change = change_of(stack_.parts[i]->module.entry->name))
                body = change(body);
        return body;
    }

    void judge() {
        for (size_t i = 0; i < calls_.size(); i++) {
            const Call &c = calls_[i];
            const csgi_nested_answer &a = *csgi_nested_answer_of(c.call);
            const std::string name =
                c.request.method + " " + c.request.target + " (" + std::to_string(i) + "): ";
            if (!a.done) fault(name + "the exchange is not over");
            if (a.complete) result_.complete++;
            if (const char *why = wrong(c, a)) fault(name + why);
        }
        for (const auto &guest : layer_->guests)
            if (guest->registered && guest->done != 1)
                fault("[MEM-7] on_done came " + std::to_string(guest->done) + " times");
        if (csgi_nested_open_count(host_)) fault("exchanges are open that nobody has");
    }

    const char *wrong(const Call &c, const csgi_nested_answer &a) const {
        const Request &r = c.request;
        if (a.refused)
            return a.status == 413 && max_body_ && r.body.size() > max_body_ ? nullptr
                                                                             : "it was refused";
        const bool limited = (r.reads && max_body_ && r.body.size() > max_body_) ||
                             (r.spools && max_spool_ && r.body.size() >= max_spool_);
        if (!a.complete) {
            if (c.lost || c.cut || r.breaks || limited || layer_->gave_up()) return nullptr;
            return "the answer is not complete";
        }
        if (r.breaks && a.status == 200) return "an answer that breaks off looks complete";
        const bool fine = a.status == r.status || (r.other_status && a.status == r.other_status);
        if (!fine) {
            if (layer_->gave_up() && (a.status == 503 || a.status == 504 || a.status == 500))
                return nullptr;
            if (limited && (a.status == 413 || a.status == 500)) return nullptr;
            if (c.cut && a.status == 400) return nullptr;
            return "another status is right";
        }
        if (c.cut && r.reads && c.fed < r.body.size() && a.status < 300)
            return "success, though the body broke off";
        const std::string body(a.body.p, a.body.n);
        if (r.method == "HEAD") return body.empty() ? nullptr : "HEAD has a body";
        if (r.answer && body != changed(*r.answer)) return "other bytes are right";
        if (!r.inside.empty() && body.find(changed_line(r.inside)) == std::string::npos)
            return "the body lacks what it should hold";
        return nullptr;
    }

    // A piece out of a line, which no mark at the line's front concerns.
    std::string changed_line(const std::string &inside) const {
        std::string text = inside;
        for (size_t i = stack_.parts.size() - 1; i-- > 0;)
            if (std::strcmp(stack_.parts[i]->module.entry->name, "upper") == 0)
                text = change_of("upper")(text);
        return text;
    }

    void end() {
        const size_t left = csgi_nested_free(host_);
        if (left) fault(std::to_string(left) + " exchanges are left at the end");
        if (layer_->given != layer_->released)
            fault("[RES-17] " + std::to_string(layer_->given) + " OWNED chunks were given, " +
                  std::to_string(layer_->released) + " released");
    }

    const Stack &stack_;
    Dice dice_;
    const Options &options_;
    Result result_;
    std::unique_ptr<Layer> layer_;
    csgi_nested *host_ = nullptr;
    std::vector<Call> calls_;
    uint64_t max_body_ = 0, max_spool_ = 0;
    bool whole_ = false, duplex_ = true, tiny_ = false, drained_ = false;
};

} // namespace

bool Stack::add(const std::string &argument, std::string &error) {
    const size_t colon = argument.find(':');
    auto part = std::make_unique<Part>();
    part->path = argument.substr(0, colon);
    if (colon != std::string::npos) part->config = argument.substr(colon + 1);
    char err[1024];
    if (csgi_module_open(&part->module, part->path.c_str(), CSGI_NESTED_CAPS, err, sizeof err) <
        0) {
        error = err;
        return false;
    }
    parts.push_back(std::move(part));
    return true;
}

std::string Stack::application() const {
    return parts.empty() ? "" : parts.back()->module.entry->name;
}

Result run(const Stack &stack, uint64_t seed, const Options &options) {
    return Run(stack, seed, options).go();
}

} // namespace csgi::chaos
