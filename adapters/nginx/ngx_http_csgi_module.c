// SPDX-License-Identifier: MIT
// The module as nginx sees it: directives and their inheritance, the place in its phases, the
// variables of its logs.
#include "adapters/nginx/ngx_http_csgi_ctx.h"

#include <string.h>

// ---- Directives -------------------------------------------------------------------------------

static ngx_http_csgi_layer_t *new_layer(ngx_conf_t *cf, const char *what) {
    ngx_http_csgi_main_conf_t *main = ngx_http_conf_get_module_main_conf(cf, ngx_http_csgi_module);
    const ngx_str_t *args = cf->args->elts;
    ngx_http_csgi_layer_t **place = ngx_array_push(&main->layers);
    ngx_http_csgi_layer_t *layer = place ? ngx_pcalloc(cf->pool, sizeof *layer) : NULL;
    if (!layer) return NULL;
    *place = layer;
    layer->what = what;
    layer->path = args[1];
    if (ngx_conf_full_name(cf->cycle, &layer->path, 0) != NGX_OK) return NULL;
    if (cf->args->nelts > 2) layer->config = args[2];
    layer->where.data = ngx_pnalloc(cf->pool, cf->conf_file->file.name.len + NGX_INT_T_LEN + 1);
    if (!layer->where.data) return NULL;
    layer->where.len = (size_t)(ngx_sprintf(layer->where.data, "%V:%ui", &cf->conf_file->file.name,
                                            cf->conf_file->line) -
                                layer->where.data);
    return layer;
}

static char *set_app(ngx_conf_t *cf, ngx_command_t *cmd, void *conf) {
    ngx_http_csgi_loc_conf_t *here = conf;
    const ngx_str_t *args = cf->args->elts;
    (void)cmd;
    if (here->app != NGX_CONF_UNSET_PTR) return "is duplicate";
    if (cf->args->nelts == 2 && ngx_strcmp(args[1].data, "off") == 0) {
        here->app = NULL;
        return NGX_CONF_OK;
    }
    here->app = new_layer(cf, "csgi_app");
    return here->app ? NGX_CONF_OK : NGX_CONF_ERROR;
}

static char *add_middleware(ngx_conf_t *cf, ngx_command_t *cmd, void *conf) {
    ngx_http_csgi_loc_conf_t *here = conf;
    const ngx_str_t *args = cf->args->elts;
    (void)cmd;
    if (here->layers == NULL) return "stands next to \"csgi_middleware off\"";
    if (cf->args->nelts == 2 && ngx_strcmp(args[1].data, "off") == 0) {
        if (here->layers != NGX_CONF_UNSET_PTR) return "\"off\" stands next to another";
        here->layers = NULL;
        return NGX_CONF_OK;
    }
    if (here->layers == NGX_CONF_UNSET_PTR)
        here->layers = ngx_array_create(cf->pool, 2, sizeof(ngx_http_csgi_layer_t *));
    if (!here->layers) return NGX_CONF_ERROR;
    ngx_http_csgi_layer_t **place = ngx_array_push(here->layers);
    if (!place) return NGX_CONF_ERROR;
    *place = new_layer(cf, "csgi_middleware");
    return *place ? NGX_CONF_OK : NGX_CONF_ERROR;
}

static char *set_mount(ngx_conf_t *cf, ngx_command_t *cmd, void *conf) {
    ngx_http_csgi_loc_conf_t *here = conf;
    const ngx_str_t *args = cf->args->elts;
    (void)cmd;
    if (here->mount.data) return "is duplicate";
    here->mount = args[1];
    if (ngx_strcmp(args[1].data, "off") == 0) {
        here->mount.len = 0;
        return NGX_CONF_OK;
    }
    if (here->mount.data[0] != '/') return "needs a path that begins with \"/\", or \"off\"";
    if (strpbrk((char *)here->mount.data, "?# ")) return "needs a path, and nothing behind it";
    if (here->mount.data[here->mount.len - 1] == '/') here->mount.len--;
    return NGX_CONF_OK;
}

#define EVERYWHERE (NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF)

static const ngx_command_t commands[] = {
    {ngx_string("csgi_app"), EVERYWHERE | NGX_CONF_TAKE12, set_app, NGX_HTTP_LOC_CONF_OFFSET, 0,
     NULL},
    {ngx_string("csgi_middleware"), EVERYWHERE | NGX_CONF_TAKE12, add_middleware,
     NGX_HTTP_LOC_CONF_OFFSET, 0, NULL},
    {ngx_string("csgi_mount"), EVERYWHERE | NGX_CONF_TAKE1, set_mount, NGX_HTTP_LOC_CONF_OFFSET, 0,
     NULL},
    {ngx_string("csgi_request_buffering"), EVERYWHERE | NGX_CONF_FLAG, ngx_conf_set_flag_slot,
     NGX_HTTP_LOC_CONF_OFFSET, offsetof(ngx_http_csgi_loc_conf_t, request_buffering), NULL},
    {ngx_string("csgi_intercept_errors"), EVERYWHERE | NGX_CONF_FLAG, ngx_conf_set_flag_slot,
     NGX_HTTP_LOC_CONF_OFFSET, offsetof(ngx_http_csgi_loc_conf_t, intercept_errors), NULL},
    ngx_null_command};

static void *create_main_conf(ngx_conf_t *cf) {
    ngx_http_csgi_main_conf_t *main = ngx_pcalloc(cf->pool, sizeof *main);
    if (!main ||
        ngx_array_init(&main->stacks, cf->pool, 4, sizeof(ngx_http_csgi_stack_t *)) != NGX_OK ||
        ngx_array_init(&main->layers, cf->pool, 8, sizeof(ngx_http_csgi_layer_t *)) != NGX_OK)
        return NULL;
    return main;
}

static void *create_loc_conf(ngx_conf_t *cf) {
    ngx_http_csgi_loc_conf_t *here = ngx_pcalloc(cf->pool, sizeof *here);
    if (!here) return NULL;
    here->app = NGX_CONF_UNSET_PTR;
    here->layers = NGX_CONF_UNSET_PTR;
    here->request_buffering = NGX_CONF_UNSET;
    here->intercept_errors = NGX_CONF_UNSET;
    return here;
}

// One stack for all places that name the same directives.
static ngx_http_csgi_stack_t *stack_of(ngx_conf_t *cf, const ngx_http_csgi_loc_conf_t *here) {
    ngx_http_csgi_main_conf_t *main = ngx_http_conf_get_module_main_conf(cf, ngx_http_csgi_module);
    ngx_http_csgi_stack_t **stacks = main->stacks.elts;
    for (ngx_uint_t i = 0; i < main->stacks.nelts; i++)
        if (stacks[i]->app == here->app && stacks[i]->layers == here->layers) return stacks[i];
    ngx_http_csgi_stack_t **place = ngx_array_push(&main->stacks);
    ngx_http_csgi_stack_t *stack = place ? ngx_pcalloc(cf->pool, sizeof *stack) : NULL;
    if (!stack) return NULL;
    *place = stack;
    stack->app = here->app;
    stack->layers = here->layers;
    stack->app->used = 1;
    ngx_http_csgi_layer_t **layers = stack->layers ? stack->layers->elts : NULL;
    for (ngx_uint_t i = 0; stack->layers && i < stack->layers->nelts; i++) layers[i]->used = 1;
    return stack;
}

static char *merge_loc_conf(ngx_conf_t *cf, void *parent, void *child) {
    const ngx_http_csgi_loc_conf_t *outer = parent;
    ngx_http_csgi_loc_conf_t *here = child;
    ngx_conf_merge_ptr_value(here->app, outer->app, NULL);
    ngx_conf_merge_ptr_value(here->layers, outer->layers, NULL);
    ngx_conf_merge_value(here->request_buffering, outer->request_buffering, 0);
    ngx_conf_merge_value(here->intercept_errors, outer->intercept_errors, 0);
    if (!here->mount.data) here->mount = outer->mount;
    if (!here->app) return NGX_CONF_OK;
    here->stack = stack_of(cf, here);
    return here->stack ? NGX_CONF_OK : NGX_CONF_ERROR;
}

// ---- Variables --------------------------------------------------------------------------------

static const char *outcome_name(csgi_rc outcome) {
    switch (outcome) {
    case CSGI_OK: return "OK";
    case CSGI_GONE: return "GONE";
    case CSGI_LENGTH: return "LENGTH";
    default: return "APP";
    }
}

// $csgi_app and $csgi_outcome: who answered, and how it ended.
static ngx_int_t get_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data) {
    const ngx_http_csgi_ctx_t *ctx = ngx_http_get_module_ctx(r, ngx_http_csgi_module);
    if (!ctx || !ctx->stack) {
        v->not_found = 1;
        return NGX_OK;
    }
    const char *text = !data ? ctx->stack->name : ctx->x ? "" : outcome_name(ctx->outcome);
    v->valid = 1;
    v->no_cacheable = 1;
    v->not_found = 0;
    v->len = (unsigned)ngx_strlen(text) & 0xfffffff;
    v->data = (u_char *)text;
    return NGX_OK;
}

static ngx_int_t add_variables(ngx_conf_t *cf) {
    static const ngx_str_t names[] = {ngx_string("csgi_app"), ngx_string("csgi_outcome")};
    for (uintptr_t i = 0; i < 2; i++) {
        ngx_str_t name = names[i];
        ngx_http_variable_t *variable = ngx_http_add_variable(cf, &name, NGX_HTTP_VAR_NOCACHEABLE);
        if (!variable) return NGX_ERROR;
        variable->get_handler = get_variable;
        variable->data = i;
    }
    return NGX_OK;
}

// ---- The module -------------------------------------------------------------------------------

static ngx_int_t take_place(ngx_conf_t *cf) {
    ngx_http_core_main_conf_t *core = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    const ngx_http_csgi_main_conf_t *main =
        ngx_http_conf_get_module_main_conf(cf, ngx_http_csgi_module);
    ngx_http_csgi_layer_t **layers = main->layers.elts;
    for (ngx_uint_t i = 0; i < main->layers.nelts; i++) {
        const ngx_http_csgi_layer_t *layer = layers[i];
        if (layer->used || ngx_strcmp(layer->what, "csgi_middleware") != 0) continue;
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "csgi_middleware \"%V\" stands around no csgi_app in %V", &layer->path,
                      &layer->where);
        return NGX_ERROR;
    }
    // Before those for files: what an application declines is theirs. proxy_pass and the like are
    // asked before any of these.
    ngx_http_handler_pt *handler = ngx_array_push(&core->phases[NGX_HTTP_CONTENT_PHASE].handlers);
    if (!handler) return NGX_ERROR;
    *handler = ngx_http_csgi_handler;
    return NGX_OK;
}

static const ngx_http_module_t http_module = {
    add_variables, take_place, create_main_conf, NULL, NULL, NULL, create_loc_conf, merge_loc_conf};

ngx_module_t ngx_http_csgi_module = {NGX_MODULE_V1,
                                     (void *)(uintptr_t)&http_module,
                                     (ngx_command_t *)(uintptr_t)commands,
                                     NGX_HTTP_MODULE,
                                     NULL,
                                     NULL,
                                     ngx_http_csgi_worker_begin,
                                     NULL,
                                     NULL,
                                     ngx_http_csgi_worker_end,
                                     NULL,
                                     NGX_MODULE_V1_PADDING};

// A part of nginx's core, because only that is asked when the whole configuration is known: who the
// workers will be is said outside of http{}.
static char *check_all(ngx_cycle_t *cycle, void *conf) {
    ngx_http_csgi_main_conf_t *main =
        ngx_http_cycle_get_module_main_conf(cycle, ngx_http_csgi_module);
    (void)conf;
    if (!main || ngx_process == NGX_PROCESS_SIGNALLER) return NGX_CONF_OK;
    if (ngx_process == NGX_PROCESS_SINGLE && !ngx_is_init_cycle(cycle->old_cycle) &&
        main->stacks.nelts) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "csgi_app cannot be reloaded under \"master_process off\": restart instead");
        return NGX_CONF_ERROR;
    }
    return ngx_http_csgi_check(cycle, main) == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}

static const ngx_core_module_t check_module = {ngx_string("csgi_check"), NULL, check_all};

extern ngx_module_t ngx_http_csgi_check_module;
ngx_module_t ngx_http_csgi_check_module = {NGX_MODULE_V1, (void *)(uintptr_t)&check_module,
                                           NULL,          NGX_CORE_MODULE,
                                           NULL,          NULL,
                                           NULL,          NULL,
                                           NULL,          NULL,
                                           NULL,          NGX_MODULE_V1_PADDING};
