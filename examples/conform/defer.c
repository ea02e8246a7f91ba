// SPDX-License-Identifier: MIT
// /defer: an answer that another thread decides when to give. One thread, started with the worker
// and joined before it stops, keeps the jobs and posts each back when its time has come.
#include "examples/conform/conform.h"
#include "examples/conform/query.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

// Lives in the exchange's memory, which `hold` keeps until the task has come back, answered or not.
typedef struct job {
    csgi_task task; // first, so that a task is its job
    csgi_request *req;
    conform_clerk *clerk;
    int over;                  // [w] the exchange has ended: nothing to answer
    struct timespec due;       // under the clerk's lock, as long as it is in the list
    struct job *next, **where; // where: the pointer to this job; NULL: posted
} job;

struct conform_clerk {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    job *jobs;
    int stopping;
};

static int is_before(struct timespec a, struct timespec b) {
    return a.tv_sec < b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec < b.tv_nsec);
}

static void take_out(job *j) {
    *j->where = j->next;
    if (j->next) j->next->where = j->where;
    j->where = NULL;
}

// The only calls a foreign thread may make are `post` and `log`.
static void *clerk_main(void *arg) {
    conform_clerk *clerk = arg;
    pthread_mutex_lock(&clerk->lock);
    while (!clerk->stopping) {
        struct timespec now;
        job *first = clerk->jobs, *j;
        for (j = first; j; j = j->next)
            if (is_before(j->due, first->due)) first = j;
        if (!first) {
            pthread_cond_wait(&clerk->changed, &clerk->lock);
            continue;
        }
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (is_before(now, first->due)) {
            struct timespec until = first->due; // the job may be gone when the wait is over
            pthread_cond_timedwait(&clerk->changed, &clerk->lock, &until);
            continue;
        }
        take_out(first);
        first->req->exchange->api->post(first->req->exchange->worker, &first->task);
        // From here on the job is the worker's, and may be gone.
    }
    pthread_mutex_unlock(&clerk->lock);
    return NULL;
}

static void job_back(csgi_worker *worker, csgi_task *task) {
    job *j = (job *)task;
    csgi_exchange *x = j->req->exchange;
    (void)worker;
    if (!j->over) {
        j->over = 1;
        if (csgi_text(j->req, 200, "deferred\n") < 0) (void)csgi_abort(j->req);
    }
    x->api->release(x);
}

// The client left: the exchange ends now, the job comes back at once to give its memory free.
static uint32_t job_event(csgi_request *req, uint32_t events, void *arg) {
    job *j = arg;
    if (j->over) return events;
    j->over = 1;
    pthread_mutex_lock(&j->clerk->lock);
    if (j->where) {
        memset(&j->due, 0, sizeof j->due);
        pthread_cond_signal(&j->clerk->changed);
    }
    pthread_mutex_unlock(&j->clerk->lock);
    (void)csgi_abort(req);
    return events;
}

csgi_rc conform_defer(conform *app, csgi_request *req, csgi_str rest) {
    csgi_exchange *x = req->exchange;
    conform_clerk *clerk = app->clerk;
    job *j = csgi_zalloc(x, sizeof *j);
    uint64_t ms = 0;
    csgi_rc rc;
    (void)rest;
    if (!j) return CSGI_NOMEM;
    if (conform_query_number(req, "ms", 3600000, &ms) < 0)
        return csgi_text(req, 400, "ms= is a number of milliseconds\n");
    rc = x->api->listen(req, CSGI_EVENT_ABORT, job_event, j);
    if (rc < 0) return rc;
    j->task.run = job_back;
    j->req = req;
    j->clerk = clerk;
    clock_gettime(CLOCK_MONOTONIC, &j->due);
    j->due.tv_sec += (time_t)(ms / 1000);
    j->due.tv_nsec += (long)(ms % 1000) * 1000000;
    if (j->due.tv_nsec >= 1000000000) {
        j->due.tv_sec++;
        j->due.tv_nsec -= 1000000000;
    }
    x->api->hold(x);
    pthread_mutex_lock(&clerk->lock);
    j->next = clerk->jobs;
    j->where = &clerk->jobs;
    if (j->next) j->next->where = &j->next;
    clerk->jobs = j;
    pthread_cond_signal(&clerk->changed);
    pthread_mutex_unlock(&clerk->lock);
    return CSGI_PENDING;
}

csgi_rc conform_clerk_start(conform *app, char *err, size_t cap) {
    conform_clerk *clerk = calloc(1, sizeof *clerk);
    pthread_condattr_t attr;
    if (!clerk) return csgi_refuse(err, cap, CSGI_NOMEM, "out of memory");
    pthread_mutex_init(&clerk->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC); // a changed wall clock delays nobody
    pthread_cond_init(&clerk->changed, &attr);
    pthread_condattr_destroy(&attr);
    if (pthread_create(&clerk->thread, NULL, clerk_main, clerk) != 0) {
        pthread_cond_destroy(&clerk->changed);
        pthread_mutex_destroy(&clerk->lock);
        free(clerk);
        return csgi_refuse(err, cap, CSGI_APP, "the thread of /defer cannot be started");
    }
    app->clerk = clerk;
    return CSGI_OK;
}

// By then no exchange is left, so the list is empty.
void conform_clerk_stop(conform *app) {
    conform_clerk *clerk = app->clerk;
    if (!clerk) return;
    pthread_mutex_lock(&clerk->lock);
    clerk->stopping = 1;
    pthread_cond_signal(&clerk->changed);
    pthread_mutex_unlock(&clerk->lock);
    pthread_join(clerk->thread, NULL);
    pthread_cond_destroy(&clerk->changed);
    pthread_mutex_destroy(&clerk->lock);
    free(clerk);
    app->clerk = NULL;
}
