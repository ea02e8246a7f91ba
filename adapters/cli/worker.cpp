// SPDX-License-Identifier: MIT
// One process that serves.
#include "adapters/cli/worker.hpp"

#include "adapters/cli/console.hpp"
#include "adapters/cli/stack.hpp"
#include <algorithm>
#include <csgi/ext/poll.h>
#include <csignal>
#include <cstdio>
#include <memory>
#include <new>
#include <sys/signalfd.h>

namespace csgi {

namespace {

// A third of what --hang allows, so that one late beat is no death; a second is often enough.
int64_t beat_ms(double hang) {
    return std::clamp(static_cast<int64_t>(hang * 1000 / 3), INT64_C(10), INT64_C(1000));
}

// While it is young, the supervisor is told soon whether it has answered anybody: one that dies
// then is replaced at once, one that dies without is not worth the haste.
constexpr int64_t young_beat_ms = 20, young_beats = 50;

// A server on its way, and what reaches it from outside.
class Serving {
public:
    Serving(Service &service, const WorkerEnd *link) : service_(service), link_(link) {
        task_.task.run = link ? on_beat : on_pulse;
        watch_.watcher.run = on_ready;
        task_.owner = watch_.owner = this;
    }
    ~Serving() { unwatch(); }
    Serving(const Serving &) = delete;

    void fill(csgi_serve_options &serve) {
        serve.arg = this;
        serve.listening = [](void *arg, const char *address) { of(arg).listening(address); };
        serve.log = [](void *arg, int32_t level, csgi_str message) {
            of(arg).service_.errors.add(level, view_of(message));
        };
        if (service_.access.on())
            serve.access = [](void *arg, const csgi_serve_access *request) {
                of(arg).service_.access.add(*request);
            };
        // Ctrl-C and service managers signal the supervisor and its workers at once.
        if (link_) serve.flags |= CSGI_SERVE_PATIENT;
    }

    // Whoever has the server closes it while this is still there.
    void attach(csgi_server *server) {
        server_ = server;
        worker_ = csgi_server_worker(server);
        if (!link_) hear_signals();
        const void *poll = worker_->api->ext(worker_, CSGI_EXT_POLL);
        poll_ = static_cast<const csgi_poll *>(poll);
        const int fd = link_ ? link_->get() : signals_.get();
        if (poll_) poll_->watch(worker_, &watch_.watcher, fd, CSGI_POLL_IN);
        if (link_)
            beat();
        else if (service_.notify.pulse().count())
            show_life();
    }

    void detach() {
        unwatch();
        if (worker_) worker_->api->timer(worker_, &task_.task, -1);
        worker_ = nullptr;
    }

private:
    // What the host calls back with finds the way here: both begin with the host's structure.
    struct Task {
        csgi_task task = {};
        Serving *owner = nullptr;
    };
    struct Watch {
        csgi_watcher watcher = {};
        Serving *owner = nullptr;
    };

    static Serving &of(void *arg) { return *static_cast<Serving *>(arg); }
    static void on_beat(csgi_worker *, csgi_task *task) {
        reinterpret_cast<Task *>(task)->owner->beat();
    }
    static void on_pulse(csgi_worker *, csgi_task *task) {
        reinterpret_cast<Task *>(task)->owner->show_life();
    }
    static void on_ready(csgi_worker *, csgi_watcher *watcher, uint32_t) {
        reinterpret_cast<Watch *>(watcher)->owner->hear();
    }

    void beat() {
        const double hang = service_.options.operation.hang;
        const bool answered = csgi_server_answered(server_) > 0;
        const bool young = beats_ < young_beats && !told_answered_ && !answered;
        if (answered && !told_answered_) link_->tell(News::answered);
        told_answered_ |= answered;
        beats_++;
        if (hang > 0) link_->tell(News::beat);
        if (young || hang > 0)
            worker_->api->timer(worker_, &task_.task, young ? young_beat_ms : beat_ms(hang));
    }

    void show_life() {
        service_.notify.alive();
        worker_->api->timer(worker_, &task_.task, service_.notify.pulse().count());
    }

    // The last one is the moment between being able to serve and serving.
    void listening(const char *address) {
        urls_.append(urls_.empty() ? "" : "\n").append(address);
        if (++nlistening_ < service_.listen.size() + service_.tls_listen.size()) return;
        if (link_) {
            link_->tell(News::ready, urls_);
            if (!link_->wait_for_go()) csgi_server_stop(server_);
        } else {
            say_listening(urls_);
            service_.errors.take_over();
            service_.notify.ready("serves in one process");
        }
    }

    void hear_signals() {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGUSR1);
        signals_ = Descriptor(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    }

    void reopen() {
        service_.errors.reopen();
        service_.access.reopen();
    }

    void hear() {
        signalfd_siginfo info;
        if (!link_) {
            while (read(signals_.get(), &info, sizeof info) == sizeof info) reopen();
            return;
        }
        Order order;
        bool heard = false;
        for (; link_->next(order); heard = true) {
            if (order == Order::reopen) reopen();
            if (order == Order::hurry) csgi_server_stop(server_);
        }
        if (!heard) unwatch(); // the supervisor has nothing more to say
    }

    void unwatch() {
        if (worker_ && poll_) poll_->watch(worker_, &watch_.watcher, -1, 0);
        poll_ = nullptr;
    }

    Service &service_;
    const WorkerEnd *link_;
    csgi_server *server_ = nullptr;
    csgi_worker *worker_ = nullptr;
    const csgi_poll *poll_ = nullptr;
    Descriptor signals_;
    Task task_;
    Watch watch_;
    std::string urls_;
    size_t nlistening_ = 0;
    int64_t beats_ = 0;
    bool told_answered_ = false;
};

struct Close {
    Serving &serving;
    void operator()(csgi_server *server) const {
        serving.detach();
        csgi_server_close(server);
    }
};

} // namespace

uint64_t caps_of(const Options &options) {
    return options.fastcgi_listen.empty() ? csgi_serve_http_caps() : csgi_serve_fastcgi_caps();
}

int serve(Service &service, uint32_t index, const WorkerEnd *link) {
    const Options &options = service.options;
    const uint64_t caps = caps_of(options);
    const auto open = options.fastcgi_listen.empty() ? csgi_server_open : csgi_server_open_fastcgi;
    auto step = [&](const char *text) {
        if (link) link->tell(News::step, text);
    };
    std::vector<const char *> listen, tls_listen;
    for (const std::string &address : service.listen) listen.push_back(address.c_str());
    for (const std::string &address : service.tls_listen) tls_listen.push_back(address.c_str());
    csgi_serve_options serve = options.serve;
    serve.struct_size = sizeof serve;
    serve.worker_index = index;
    serve.listen = listen.data();
    serve.nlisten = listen.size();
    serve.tls_listen = tls_listen.data();
    serve.ntls_listen = tls_listen.size();
    serve.tls_cert = options.tls_cert.c_str();
    serve.tls_key = options.tls_key.c_str();
    if (!options.operation.health.empty()) serve.health = options.operation.health.c_str();
    Serving serving(service, link);
    serving.fill(serve);

    csgi_lint_options lint = {};
    lint.struct_size = sizeof lint;
    step(step_load);
    Stack stack(options.target, options.layers, caps);
    if (link) { // else that was done in a child process
        step(step_check);
        stack.check();
    }
    step("it was set up");
    csgi_app *app = stack.create(options.lint ? &lint : nullptr);
    serve.name = stack.entry()->name; // a module is never unloaded
    step("it was started");
    char err[reason_bytes] = "";
    std::unique_ptr<csgi_server, Close> server(open(app, &serve, err, sizeof err), Close{serving});
    if (!server)
        throw Fault::of(err, options.target.file, "mend what the reason names",
                        std::string("'") + stack.entry()->name + "' cannot be served: ");
    serving.attach(server.get());
    csgi_rc rc = csgi_server_run(server.get());
    if (!link) service.notify.stopping();
    if (rc == CSGI_OK) return exit_fine;
    if (rc == CSGI_GONE)
        service.errors.add_error("answers that were not done when --drain ended were cut off");
    else
        service.errors.add_error("the server failed with " + std::to_string(rc));
    return exit_failed;
}

int be_worker(Service &service, uint32_t index, WorkerEnd link) {
    try {
        service.errors.take_over();
        return serve(service, index, &link);
    } catch (const std::bad_alloc &) {
        link.tell(News::fault, out_of_memory);
        return exit_failed;
    } catch (const std::exception &error) {
        link.tell(News::fault, error.what());
        return exit_failed;
    }
}

} // namespace csgi
