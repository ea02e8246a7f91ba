// SPDX-License-Identifier: MIT
// A module whose check, create or start does what its macro says.
#include "test/adapters/cli/modules/answer.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static csgi_rc check(csgi_str config, char *err, size_t cap) {
    (void)config, (void)err, (void)cap;
#if defined CHECK_REFUSES
    return csgi_refuse(err, cap, CSGI_INVAL, "there is no moon tonight");
#elif defined CHECK_IS_MUTE
    return CSGI_INVAL;
#elif defined CHECK_CRASHES
    abort();
#elif defined CHECK_HANGS
    for (;;) pause();
#elif defined CHECK_LEAVES_FILE
    if (open("/dev/null", O_RDONLY) < 0) abort();
#elif defined CHECK_LEAVES_CHILD
    if (fork() == 0)
        for (;;) pause();
#elif defined CHECK_OVERRUNS
    memset(err, 'x', cap + 1);
    return CSGI_INVAL;
#endif
    return CSGI_OK;
}

#ifdef CHECK_LEAVES_THREAD
static void *sleep_on(void *arg) {
    for (;;) pause();
    return arg;
}
static csgi_rc check_with_thread(csgi_str config, char *err, size_t cap) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, sleep_on, NULL)) abort();
    return check(config, err, cap);
}
#define check check_with_thread
#endif

#if defined START_REFUSES
static csgi_rc start(csgi_app *app, csgi_worker *worker, char *err, size_t cap) {
    (void)app, (void)worker;
    return csgi_refuse(err, cap, CSGI_APP, "the database is asleep");
}
#elif defined START_IS_MUTE
static csgi_rc start(csgi_app *app, csgi_worker *worker, char *err, size_t cap) {
    (void)app, (void)worker, (void)err, (void)cap;
    return CSGI_APP;
}
#else
#define NO_START
#endif

static void nothing(csgi_app *app) {
    (void)app;
}

static csgi_rc set_up(csgi_str config, csgi_app **inner, size_t ninner, csgi_app **out, char *err,
                      size_t cap) {
#if defined CREATE_REFUSES
    (void)create, (void)config, (void)inner, (void)ninner, (void)out;
    return csgi_refuse(err, cap, CSGI_INVAL, "moon= is missing");
#elif defined CREATE_IS_MUTE
    (void)create, (void)config, (void)inner, (void)ninner, (void)out, (void)err, (void)cap;
    return CSGI_INVAL;
#elif defined CREATE_TOUCHES_OUT
    (void)create, (void)config, (void)inner, (void)ninner;
    *out = NULL;
    return csgi_refuse(err, cap, CSGI_INVAL, "moon= is missing");
#elif defined CREATE_MAKES_NOTHING
    (void)create, (void)config, (void)inner, (void)ninner, (void)out, (void)err, (void)cap;
    return CSGI_OK;
#elif defined ONE_INSTANCE || defined ONE_CHANGING || defined ONE_CONSTANT
    static csgi_app one = {.struct_size = sizeof one, .handle = answer};
    (void)create, (void)config, (void)inner, (void)ninner, (void)err, (void)cap;
#if defined ONE_INSTANCE
    one.stop = nothing;
#elif defined ONE_CHANGING
    one.max_body++;
#endif
    *out = &one;
    return CSGI_OK;
#else
    csgi_rc rc = create(config, inner, ninner, out, err, cap);
#if defined SMALL_APP
    if (rc >= 0) (*out)->struct_size = 16;
#elif defined ODD_APP
    if (rc >= 0) (*out)->struct_size += 1;
#endif
#ifndef NO_START
    if (rc >= 0) (*out)->start = start;
#endif
    return rc;
#endif
}

const csgi_entry csgi_entry_v1 = {sizeof(csgi_entry), 0, "subject", "1.0", 0, check, set_up, NULL};
