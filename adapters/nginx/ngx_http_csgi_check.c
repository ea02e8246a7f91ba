// SPDX-License-Identifier: MIT
// What `nginx -t` asks of modules, and every start and reload too: in a child process, with the
// rights that workers will have, because the master that maps a file once would give all its
// workers that file for ever, and because modules are code that may crash.
#include "adapters/nginx/ngx_http_csgi_config.h"

#include "core/gateway/module.h"
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

// How long a check may take.
#define CHECK_MS 10000

// What the child writes before it looks at a layer, and before a reason.
#define LOOKS_AT 'l'
#define REFUSES  'r'
#define DONE     'd'

static void tell(int fd, char kind, uint32_t index, const char *text) {
    char record[2304];
    int n = snprintf(record, sizeof record, "%c%u %s", kind, (unsigned)index, text);
    if (n < 0) return;
    size_t size = (size_t)n < sizeof record ? (size_t)n : sizeof record - 1;
    (void)!write(fd, record, size + 1); // with its NUL
}

// ---- In the child -----------------------------------------------------------------------------

static csgi_rc check_layer(const ngx_http_csgi_layer_t *layer, char *err, size_t cap) {
    csgi_module module;
    const csgi_str config = {(char *)layer->config.data, layer->config.len};
    csgi_rc rc = csgi_module_open(&module, (char *)layer->path.data, NGX_HTTP_CSGI_CAPS, err, cap);
    if (rc < 0) return rc;
    if (!module.entry->check) return CSGI_OK;
    rc = module.entry->check(config, err, cap);
    if (rc < 0 && !err[0])
        snprintf(err, cap, "[LOAD-8] check failed with %d and gave no reason", (int)rc);
    return rc;
}

static uint32_t index_of(const ngx_http_csgi_main_conf_t *conf, const ngx_http_csgi_layer_t *at) {
    ngx_http_csgi_layer_t **layers = conf->layers.elts;
    for (uint32_t i = 0; i < conf->layers.nelts; i++)
        if (layers[i] == at) return i;
    return 0;
}

static void be_child(ngx_http_csgi_main_conf_t *conf, int fd) {
    ngx_http_csgi_layer_t **layers = conf->layers.elts;
    ngx_http_csgi_stack_t **stacks = conf->stacks.elts;
    char err[2048];
    for (uint32_t i = 0; i < conf->layers.nelts; i++) {
        err[0] = 0;
        tell(fd, LOOKS_AT, i, "");
        if (check_layer(layers[i], err, sizeof err) < 0) {
            tell(fd, REFUSES, i, err);
            return;
        }
    }
    // A worker in which creating fails would have nothing to serve.
    for (ngx_uint_t i = 0; i < conf->stacks.nelts; i++) {
        const ngx_http_csgi_layer_t *at = stacks[i]->app;
        err[0] = 0;
        tell(fd, LOOKS_AT, index_of(conf, at), "");
        if (ngx_http_csgi_stack_create(stacks[i], &at, err, sizeof err) < 0) {
            tell(fd, REFUSES, index_of(conf, at), err);
            return;
        }
        csgi_tree_destroy(&stacks[i]->tree);
    }
    tell(fd, DONE, 0, "");
}

static bool become_worker(const ngx_cycle_t *cycle) {
    const ngx_core_conf_t *core = (ngx_core_conf_t *)ngx_get_conf(cycle->conf_ctx, ngx_core_module);
    if (geteuid() != 0 || core->user == (ngx_uid_t)NGX_CONF_UNSET_UINT) return true;
    return setgid(core->group) == 0 && initgroups(core->username, core->group) == 0 &&
           setuid(core->user) == 0;
}

static void start_child(ngx_cycle_t *cycle, ngx_http_csgi_main_conf_t *conf, int fd, pid_t parent) {
    static const int fatal[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGCHLD,
                                SIGUSR1, SIGUSR2, SIGALRM, SIGIO,   SIGWINCH};
    sigset_t none;
    setpgid(0, 0);
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) signal(fatal[i], SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    // What modules print is not part of the report; `csgi check` shows it.
    const int nowhere = open("/dev/null", O_RDWR);
    for (int i = 0; i < 3 && nowhere >= 0; i++)
        if (i != fd) dup2(nowhere, i);
    if (!become_worker(cycle))
        tell(fd, REFUSES, 0, "cannot take the rights of the workers' user");
    else
        be_child(conf, fd);
    _exit(0);
}

// ---- In the parent ----------------------------------------------------------------------------

typedef struct {
    uint32_t index; // of the layer that is being looked at
    bool done, refused;
    char text[2048];
} verdict;

static void take(verdict *v, const char *record) {
    unsigned index = 0;
    int from = 0;
    if (sscanf(record + 1, "%u %n", &index, &from) < 1) return;
    v->index = index;
    if (record[0] == DONE) v->done = true;
    if (record[0] != REFUSES) return;
    v->refused = true;
    // One line: the file has its place already, and the rest stands behind one another.
    size_t n = 0;
    for (const char *p = record + 1 + from; *p && n + 3 < sizeof v->text;) {
        const size_t line = strcspn(p, "\n");
        if (strncmp(p, "  where: ", 9) != 0) {
            if (n) v->text[n++] = ';', v->text[n++] = ' ';
            const char *text = p + strspn(p, " ");
            size_t size = line - (size_t)(text - p);
            if (size > sizeof v->text - 1 - n) size = sizeof v->text - 1 - n;
            memcpy(v->text + n, text, size);
            n += size;
        }
        p += line + (p[line] == '\n');
    }
    v->text[n] = 0;
}

// False: it took too long.
static bool hear(int fd, verdict *v) {
    char bytes[8192];
    size_t n = 0;
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (;;) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        const long left = CHECK_MS - (long)(now.tv_sec - start.tv_sec) * 1000 -
                          (now.tv_nsec - start.tv_nsec) / 1000000;
        struct pollfd readable = {fd, POLLIN, 0};
        if (left <= 0) return false;
        if (poll(&readable, 1, (int)left) <= 0) continue;
        ssize_t got = read(fd, bytes + n, sizeof bytes - n);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return true;
        n += (size_t)got;
        char *end;
        while ((end = memchr(bytes, 0, n))) {
            take(v, bytes);
            const size_t used = (size_t)(end + 1 - bytes);
            n -= used;
            memmove(bytes, end + 1, n);
        }
        if (v->done || v->refused) return true; // also when somebody else holds the pipe
        if (n == sizeof bytes) return true;     // no record is that long
    }
}

static ngx_int_t judge(ngx_cycle_t *cycle, const ngx_http_csgi_main_conf_t *conf, verdict *v,
                       bool in_time, int status) {
    ngx_http_csgi_layer_t **layers = conf->layers.elts;
    const ngx_http_csgi_layer_t *at = layers[v->index < conf->layers.nelts ? v->index : 0];
    if (v->done && !v->refused) return NGX_OK;
    if (!v->refused) {
        if (!in_time)
            snprintf(v->text, sizeof v->text, "its check was not done within %d seconds",
                     CHECK_MS / 1000);
        else if (WIFSIGNALED(status))
            snprintf(v->text, sizeof v->text, "it crashed with signal %d (%s) when it was checked",
                     WTERMSIG(status), strsignal(WTERMSIG(status)));
        else
            snprintf(v->text, sizeof v->text,
                     "it ended the process with status %d when it was "
                     "checked",
                     WEXITSTATUS(status));
    }
    ngx_log_error(NGX_LOG_EMERG, cycle->log, 0, "%s \"%V\": %s in %V", at->what, &at->path, v->text,
                  &at->where);
    return NGX_ERROR;
}

ngx_int_t ngx_http_csgi_check(ngx_cycle_t *cycle, ngx_http_csgi_main_conf_t *conf) {
    int ends[2], status = 0;
    sigset_t child, before;
    verdict v = {0, false, false, ""};
    if (!conf->stacks.nelts) return NGX_OK;
    if (pipe2(ends, O_CLOEXEC)) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno, "csgi: pipe2() failed");
        return NGX_ERROR;
    }
    // nginx reaps whatever child it finds.
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, &before);
    const pid_t parent = ngx_getpid(), pid = fork();
    if (pid == 0) {
        close(ends[0]);
        start_child(cycle, conf, ends[1], parent);
    }
    close(ends[1]);
    if (pid > 0) setpgid(pid, pid); // both sides do, whoever is first
    bool in_time = pid > 0 && hear(ends[0], &v);
    close(ends[0]);
    if (pid > 0) {
        if (!in_time) kill(pid, SIGKILL);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        }
        kill(-pid, SIGKILL); // whom a module started and left
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (pid < 0) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno, "csgi: fork() failed");
        return NGX_ERROR;
    }
    return judge(cycle, conf, &v, in_time, status);
}
