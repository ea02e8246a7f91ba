// SPDX-License-Identifier: MIT
// From files to an application: opened, created inner first, each at most once in a process.
#include "adapters/nginx/ngx_http_csgi_config.h"

#include "core/gateway/module.h"

static csgi_rc create(const ngx_http_csgi_layer_t *layer, csgi_app **app, const char **name,
                      char *err, size_t cap) {
    csgi_module module;
    const csgi_str config = {(char *)layer->config.data, layer->config.len};
    csgi_app *outer = NULL;
    csgi_rc rc = csgi_module_open(&module, (char *)layer->path.data, NGX_HTTP_CSGI_CAPS, err, cap);
    if (rc >= 0) rc = csgi_module_create(&module, config, app, *app ? 1 : 0, &outer, err, cap);
    if (rc < 0) return rc;
    *app = outer;
    *name = module.entry->name; // a module is never unloaded
    return CSGI_OK;
}

static void destroy(csgi_app *app) {
    csgi_tree tree;
    char err[256];
    if (app && csgi_tree_init(&tree, app, err, sizeof err) == CSGI_OK) csgi_tree_destroy(&tree);
}

csgi_rc ngx_http_csgi_stack_create(ngx_http_csgi_stack_t *stack, const ngx_http_csgi_layer_t **at,
                                   char *err, size_t cap) {
    csgi_app *app = NULL;
    const char *name;
    *at = stack->app;
    csgi_rc rc = create(stack->app, &app, &stack->name, err, cap);
    ngx_http_csgi_layer_t **layers = stack->layers ? stack->layers->elts : NULL;
    for (ngx_uint_t i = stack->layers ? stack->layers->nelts : 0; i-- > 0 && rc >= 0;) {
        *at = layers[i];
        rc = create(layers[i], &app, &name, err, cap);
    }
    if (rc >= 0) rc = csgi_tree_init(&stack->tree, app, err, cap);
    if (rc < 0) {
        destroy(app);
        return rc;
    }
    stack->outermost = app;
    return CSGI_OK;
}
