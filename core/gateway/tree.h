// SPDX-License-Identifier: MIT
// The life of an application and of those inside it: started inner first, ended outer first, each
// once.
#ifndef CSGI_CORE_GATEWAY_TREE_H
#define CSGI_CORE_GATEWAY_TREE_H

#include <csgi.h>

#ifdef __cplusplus
extern "C" {
#endif

// The applications of a tree, inner before outer, each once though several may share it.
typedef struct csgi_tree {
    csgi_app **apps;
    size_t n, started;
} csgi_tree;

// OK; NOMEM; INVAL for a tree that contains itself, is deeper than 64, or has an application
// without handle or too small (reason in err).
csgi_rc csgi_tree_init(csgi_tree *tree, csgi_app *outermost, char *err, size_t cap);

// Starts all; when one fails, those started are stopped, and its code and reason are the result.
csgi_rc csgi_tree_start(csgi_tree *tree, csgi_worker *worker, char *err, size_t cap);
void csgi_tree_drain(csgi_tree *tree);
void csgi_tree_stop(csgi_tree *tree); // those that were started
void csgi_tree_destroy(csgi_tree *tree);

#ifdef __cplusplus
}
#endif

#endif
