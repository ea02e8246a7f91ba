// SPDX-License-Identifier: MIT
// The life of an application and of those inside it.
#include "core/gateway/tree.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

// Nobody stacks as many layers; a tree that is deeper contains itself.
#define DEEPEST 64u

static bool known(const csgi_tree *tree, const csgi_app *app) {
    for (size_t i = 0; i < tree->n; i++)
        if (tree->apps[i] == app) return true;
    return false;
}

static csgi_rc collect(csgi_tree *tree, csgi_app *app, unsigned depth, char *err, size_t cap) {
    if (depth > DEEPEST) {
        snprintf(err, cap, "applications are nested more than %u deep, or contain each other",
                 DEEPEST);
        return CSGI_INVAL;
    }
    if (!app || app->struct_size < sizeof *app || app->struct_size % _Alignof(csgi_app) ||
        !app->handle || (app->ninner && !app->inner)) {
        snprintf(err, cap,
                 "[LOAD-2] an application is NULL, smaller than version 1.0 of csgi_app, "
                 "or has no handle, or no list of the applications inside it");
        return CSGI_INVAL;
    }
    if (known(tree, app)) return CSGI_OK;
    for (size_t i = 0; i < app->ninner; i++) {
        csgi_rc rc = collect(tree, app->inner[i], depth + 1, err, cap);
        if (rc < 0) return rc;
    }
    csgi_app **apps = realloc(tree->apps, (tree->n + 1) * sizeof(csgi_app *));
    if (!apps) {
        snprintf(err, cap, "out of memory");
        return CSGI_NOMEM;
    }
    tree->apps = apps;
    tree->apps[tree->n++] = app;
    return CSGI_OK;
}

csgi_rc csgi_tree_init(csgi_tree *tree, csgi_app *outermost, char *err, size_t cap) {
    *tree = (csgi_tree){NULL, 0, 0};
    csgi_rc rc = collect(tree, outermost, 0, err, cap);
    if (rc < 0) {
        free(tree->apps);
        *tree = (csgi_tree){NULL, 0, 0};
    }
    return rc;
}

csgi_rc csgi_tree_start(csgi_tree *tree, csgi_worker *worker, char *err, size_t cap) {
    if (cap) err[0] = 0;
    for (; tree->started < tree->n; tree->started++) {
        csgi_app *app = tree->apps[tree->started];
        csgi_rc rc = app->start ? app->start(app, worker, err, cap) : CSGI_OK;
        if (rc >= 0) continue;
        if (cap && !err[0])
            snprintf(err, cap, "[LOAD-8] start failed with %d and gave no reason", (int)rc);
        csgi_tree_stop(tree);
        return rc;
    }
    return CSGI_OK;
}

void csgi_tree_drain(csgi_tree *tree) {
    for (size_t i = tree->started; i-- > 0;)
        if (tree->apps[i]->drain) tree->apps[i]->drain(tree->apps[i]);
}

void csgi_tree_stop(csgi_tree *tree) {
    while (tree->started > 0) {
        csgi_app *app = tree->apps[--tree->started];
        if (app->stop) app->stop(app);
    }
}

void csgi_tree_destroy(csgi_tree *tree) {
    while (tree->n > 0) {
        csgi_app *app = tree->apps[--tree->n];
        if (app->destroy) app->destroy(app);
    }
    free(tree->apps);
    *tree = (csgi_tree){NULL, 0, 0};
}
