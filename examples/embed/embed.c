// SPDX-License-Identifier: MIT
// A program of one's own that serves an application: on its own libuv loop, beside a timer that
// counts, and with a clean end. `embed [ADDRESS]`, by default 127.0.0.1:8000; TERM and INT end it.
#include <csgi/sdk.h>
#include <csgi/serve.h>

#include <stdio.h>
#include <uv.h>

// The program's state, shared by its timer and its application: both run on the one loop, so no
// lock.
typedef struct program {
    csgi_app app; // first: the application is the program
    csgi_server *server;
    uv_timer_t timer;
    unsigned long ticks;
} program;

static csgi_rc handle(csgi_app *app, csgi_request *req) {
    char text[64];
    snprintf(text, sizeof text, "%lu ticks so far\n", ((program *)app)->ticks);
    return csgi_text(req, 200, text);
}

static void on_tick(uv_timer_t *timer) {
    ((program *)timer->data)->ticks++;
}

static void on_listening(void *arg, const char *address) {
    (void)arg;
    printf("embed: listening on %s\n", address);
    fflush(stdout);
}

// Every answer is out: let go of what keeps the loop going.
static void on_stopped(void *arg, csgi_rc outcome) {
    program *self = arg;
    printf("embed: stopped after %lu ticks (%s)\n", self->ticks, csgi_rc_name(outcome));
    uv_close((uv_handle_t *)&self->timer, NULL);
    csgi_server_close(self->server);
}

int main(int argc, char **argv) {
    const char *address = argc > 1 ? argv[1] : "127.0.0.1:8000";
    char err[1024];
    uv_loop_t loop;
    program self = {.app = {.struct_size = sizeof self.app, .handle = handle}};
    csgi_serve_options options = {
        .struct_size = sizeof options,
        .listen = &address,
        .nlisten = 1,
        .uv_loop = &loop,
        .listening = on_listening,
        .stopped = on_stopped,
        .arg = &self,
        .log_level = CSGI_LOG_WARNING,
    };
    if (uv_loop_init(&loop)) return 1;
    self.server = csgi_server_open(&self.app, &options, err, sizeof err);
    if (!self.server) {
        fprintf(stderr, "embed: %s\n", err);
        uv_run(&loop, UV_RUN_DEFAULT); // lets go of what had been made
        uv_loop_close(&loop);
        return 1;
    }
    uv_timer_init(&loop, &self.timer);
    self.timer.data = &self;
    uv_timer_start(&self.timer, on_tick, 10, 10);
    if (csgi_server_begin(self.server) < 0) csgi_server_stop(self.server);
    uv_run(&loop, UV_RUN_DEFAULT); // until nothing is left on it
    return uv_loop_close(&loop) ? 1 : 0;
}
