// SPDX-License-Identifier: MIT
// Timers as a pairing heap (Fredman, Sedgewick, Sleator, Tarjan 1986) whose links lie in the tasks.
#include "core/gateway/timers.h"

// host[0..4] of a task that is set. host[5] belongs to the list of posted tasks.
#define child(t) ((t)->host[0])
#define next(t)  ((t)->host[1])
#define prev(t)  ((t)->host[2]) // the parent, for a first child
#define time(t)  ((t)->host[3])
#define set(t)   ((t)->host[4])

static uint64_t time_of(const csgi_task *task) {
    return (uint64_t)(uintptr_t)time(task);
}

static csgi_task *meld(csgi_task *a, csgi_task *b) {
    if (!a) return b;
    if (!b) return a;
    if (time_of(b) < time_of(a)) {
        csgi_task *swap = a;
        a = b;
        b = swap;
    }
    csgi_task *first = child(a);
    next(b) = first;
    prev(b) = a;
    if (first) prev(first) = b;
    child(a) = b;
    return a;
}

// The children of a removed root, paired left to right and then melded right to left.
static csgi_task *meld_pairs(csgi_task *first) {
    csgi_task *pairs = NULL;
    while (first) {
        csgi_task *a = first, *b = next(a);
        first = b ? next(b) : NULL;
        next(a) = prev(a) = NULL;
        if (b) next(b) = prev(b) = NULL;
        a = meld(a, b);
        next(a) = pairs;
        pairs = a;
    }
    csgi_task *root = NULL;
    while (pairs) {
        csgi_task *rest = next(pairs);
        next(pairs) = NULL;
        root = meld(root, pairs);
        pairs = rest;
    }
    if (root) prev(root) = NULL;
    return root;
}

bool csgi_timers_is_set(const csgi_task *task) {
    return set(task) != NULL;
}

void csgi_timers_cancel(csgi_timers *timers, csgi_task *task) {
    if (!set(task)) return;
    csgi_task *rest = meld_pairs(child(task));
    if (timers->root == task) {
        timers->root = rest;
    } else {
        csgi_task *before = prev(task), *after = next(task);
        if (child(before) == task)
            child(before) = after;
        else
            next(before) = after;
        if (after) prev(after) = before;
        timers->root = meld(timers->root, rest);
    }
    child(task) = next(task) = prev(task) = time(task) = set(task) = NULL;
}

void csgi_timers_set(csgi_timers *timers, csgi_task *task, uint64_t at_ms) {
    csgi_timers_cancel(timers, task);
    child(task) = next(task) = prev(task) = NULL;
    time(task) = (void *)(uintptr_t)at_ms;
    set(task) = task;
    timers->root = meld(timers->root, task);
}

uint64_t csgi_timers_next(const csgi_timers *timers) {
    return timers->root ? time_of(timers->root) : UINT64_MAX;
}

csgi_task *csgi_timers_due(csgi_timers *timers, uint64_t now_ms) {
    csgi_task *task = timers->root;
    if (!task || time_of(task) > now_ms) return NULL;
    csgi_timers_cancel(timers, task);
    return task;
}
