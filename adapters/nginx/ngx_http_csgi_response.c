// SPDX-License-Identifier: MIT
// From the parts of an answer to nginx's output chain: the queue's bytes and file ranges are lent,
// not copied, and come back when nginx has sent them.
#include "adapters/nginx/ngx_http_csgi_ctx.h"

#include "core/http/field.h"
#include "core/http/status.h"

// ---- The head ---------------------------------------------------------------------------------

// nginx says "302 Moved Temporarily" and has no words for some: every host says the registry's.
static bool set_reason(ngx_http_request_t *r, unsigned status) {
    const char *reason = csgi_status_reason(status);
    const size_t n = ngx_strlen(reason);
    u_char *line = ngx_pnalloc(r->pool, n + 4);
    if (!line) return false;
    ngx_sprintf(line, "%03ui ", (ngx_uint_t)status);
    ngx_memcpy(line + 4, reason, n);
    r->headers_out.status_line.data = line;
    r->headers_out.status_line.len = n + 4;
    return true;
}

// Where nginx and its filters look for a field besides the list. Not for Location, which nginx
// would make absolute.
static ngx_table_elt_t **place_of(ngx_http_headers_out_t *to, uint32_t id) {
    switch (id) {
    case CSGI_FID_SERVER: return &to->server;
    case CSGI_FID_DATE: return &to->date;
    case CSGI_FID_CONTENT_ENCODING: return &to->content_encoding;
    case CSGI_FID_LAST_MODIFIED: return &to->last_modified;
    case CSGI_FID_CONTENT_RANGE: return &to->content_range;
    case CSGI_FID_ACCEPT_RANGES: return &to->accept_ranges;
    case CSGI_FID_WWW_AUTHENTICATE: return &to->www_authenticate;
    case CSGI_FID_EXPIRES: return &to->expires;
    case CSGI_FID_ETAG: return &to->etag;
    default: return NULL;
    }
}

static void set_type(ngx_http_headers_out_t *to, u_char *p, size_t n) {
    const u_char *end = memchr(p, ';', n); // filters look at what stands before parameters
    to->content_type.data = p;
    to->content_type.len = n;
    to->content_type_len = end ? (size_t)(end - p) : n;
    to->content_type_lowcase = NULL;
}

// nginx reads heads again when it writes its log, and the application's strings are gone by then.
static csgi_rc set_fields(ngx_http_request_t *r, const csgi_header *fields, uint32_t n,
                          uint32_t skip, ngx_list_t *list) {
    size_t size = 0;
    for (uint32_t i = 0; i < n; i++)
        if (i != skip && !(fields[i].flags & CSGI_HEADER_STATIC))
            size += fields[i].name.n + fields[i].value.n;
    u_char *at = size ? ngx_pnalloc(r->pool, size) : NULL;
    if (size && !at) return CSGI_NOMEM;
    for (uint32_t i = 0; i < n; i++) {
        csgi_str name = fields[i].name, value = fields[i].value;
        const uint32_t id = csgi_field_lookup(name.p, name.n);
        if (i == skip) continue;
        if (!(fields[i].flags & CSGI_HEADER_STATIC)) {
            name.p = memcpy(at, name.p, name.n);
            at += name.n;
            value.p = memcpy(at, value.p, value.n);
            at += value.n;
        }
        if (id == CSGI_FID_CONTENT_TYPE && value.n) {
            set_type(&r->headers_out, (u_char *)value.p, value.n);
            continue;
        }
        ngx_table_elt_t *field = ngx_list_push(list);
        if (!field) return CSGI_NOMEM;
        field->hash = 1;
        field->key.data = field->lowcase_key = (u_char *)name.p;
        field->key.len = name.n;
        field->value.data = (u_char *)value.p;
        field->value.len = value.n;
        ngx_table_elt_t **place = place_of(&r->headers_out, id);
        if (place) *place = field;
    }
    return CSGI_OK;
}

static csgi_rc set_head(ngx_http_csgi_ctx_t *ctx, const csgi_output *out) {
    ngx_http_request_t *r = ctx->request;
    const unsigned status = out->head->status;
    r->headers_out.status = status;
    // What the table wants of 304 nginx does by itself when it is the one to say its name; to 204
    // it would do more.
    if (status != 200 && status != 304 && !set_reason(r, status)) return CSGI_NOMEM;
    r->headers_out.content_length_n = out->show_length ? out->length : -1;
    r->disable_not_modified = 1; // conditions are the application's to judge
    ctx->has_head = 1;
    if (ctx->body == NGX_HTTP_CSGI_BODY_UNREAD) ngx_http_csgi_body_unasked(ctx);
    ctx->bodiless = out->bodiless;
    ctx->until_end = !out->bodiless && !out->show_length && r->http_version < NGX_HTTP_VERSION_11;
    return set_fields(r, out->head->headers, out->head->nheaders, out->skip,
                      &r->headers_out.headers);
}

// An error page of the configuration's stands in for an answer with this status.
static bool has_error_page(ngx_http_request_t *r, unsigned status) {
    const ngx_http_core_loc_conf_t *clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
    if (!clcf->error_pages || (r->error_page && !clcf->recursive_error_pages)) return false;
    const ngx_http_err_page_t *pages = clcf->error_pages->elts;
    for (ngx_uint_t i = 0; i < clcf->error_pages->nelts; i++)
        if (pages[i].status == (ngx_int_t)status) return true;
    return false;
}

bool ngx_http_csgi_answer(csgi_host_exchange *x, unsigned status) {
    ngx_http_csgi_ctx_t *ctx = x->owner;
    if (status && !has_error_page(ctx->request, status)) return false;
    ctx->status = status ? (ngx_int_t)status : NGX_DECLINED;
    return true;
}

csgi_rc ngx_http_csgi_output(csgi_host_exchange *x, const csgi_output *out) {
    ngx_http_csgi_ctx_t *ctx = x->owner;
    csgi_rc rc = CSGI_OK;
    if (out->head) {
        const ngx_http_csgi_loc_conf_t *conf =
            ngx_http_get_module_loc_conf(ctx->request, ngx_http_csgi_module);
        if (conf->intercept_errors && out->head->status >= 300 &&
            has_error_page(ctx->request, out->head->status)) {
            ctx->status = out->head->status;
            ctx->dropping = 1;
        } else {
            rc = set_head(ctx, out);
        }
    }
    for (size_t i = 0; i < out->nchunks; i++)
        if (rc == CSGI_OK && !ctx->dropping)
            rc = csgi_queue_chunk(&ctx->out, &out->chunks[i], x);
        else
            csgi_queue_release(x, &out->chunks[i]);
    if (rc == CSGI_OK && out->ntrailers && !ctx->dropping)
        rc = set_fields(ctx->request, out->trailers, (uint32_t)out->ntrailers, UINT32_MAX,
                        &ctx->request->headers_out.trailers);
    if (out->end) ctx->ended = 1;
    return rc;
}

// ---- The queue, lent --------------------------------------------------------------------------

static ngx_http_csgi_run_t *run_of(ngx_http_csgi_ctx_t *ctx) {
    ngx_http_csgi_run_t *run = ctx->idle;
    if (run)
        ctx->idle = run->next;
    else
        run = ngx_palloc(ctx->request->pool, sizeof *run);
    if (!run) return NULL;
    ngx_memzero(&run->buf, sizeof run->buf);
    run->link.buf = &run->buf;
    run->link.next = NULL;
    run->next = NULL;
    run->n = 0;
    return run;
}

static void fill(ngx_http_csgi_ctx_t *ctx, ngx_http_csgi_run_t *run, const csgi_segment *segment,
                 uint64_t from) {
    ngx_buf_t *buf = &run->buf;
    run->n = (off_t)(segment->n - from);
    if (segment->p) {
        buf->memory = 1;
        buf->start = buf->pos = (u_char *)segment->p + from;
        buf->end = buf->last = (u_char *)segment->p + segment->n;
        return;
    }
    ngx_memzero(&run->file, sizeof run->file);
    run->file.fd = segment->fd;
    run->file.log = ctx->request->connection->log;
    ngx_str_set(&run->file.name, "a file of the application's");
    buf->in_file = 1;
    buf->file = &run->file;
    buf->file_pos = (off_t)(segment->off + from);
    buf->file_last = (off_t)(segment->off + segment->n);
}

// The runs that nginx has not been given. False: out of memory.
static bool lend(ngx_http_csgi_ctx_t *ctx, ngx_chain_t **chain) {
    ngx_http_request_t *r = ctx->request;
    ngx_chain_t **end = chain;
    ngx_http_csgi_run_t *run = NULL;
    const csgi_segment *segment = ctx->at ? ctx->at : ctx->out.first;
    *chain = NULL;
    for (; segment; segment = segment->next) {
        const uint64_t from = segment == ctx->at ? ctx->at_n : 0;
        if (from < segment->n) {
            if (!(run = run_of(ctx))) return false;
            fill(ctx, run, segment, from);
            *end = &run->link;
            end = &run->link.next;
            *ctx->busy_end = run;
            ctx->busy_end = &run->next;
        }
        ctx->at = (csgi_segment *)segment;
        ctx->at_n = segment->n;
    }
    if (ctx->ended && !ctx->end_sent) {
        ctx->end_sent = 1;
        if (!run) {
            if (!(run = run_of(ctx))) return false;
            *end = &run->link;
            *ctx->busy_end = run;
            ctx->busy_end = &run->next;
            run->buf.sync = r != r->main;
        }
        run->buf.last_buf = r == r->main;
        run->buf.last_in_chain = 1;
        // A page that a subrequest is a part of may keep it, unless the exchange waits for it.
        run->buf.flush = r != r->main && ctx->x && ctx->x->pins;
    } else if (run) {
        run->buf.flush = 1;
        run->buf.last_in_chain = 1;
    }
    return true;
}

// What nginx has sent goes back.
static void take_back(ngx_http_csgi_ctx_t *ctx) {
    uint64_t n = 0;
    while (ctx->busy && ngx_buf_size(&ctx->busy->buf) == 0) {
        ngx_http_csgi_run_t *run = ctx->busy;
        ctx->busy = run->next;
        if (!ctx->busy) ctx->busy_end = &ctx->busy;
        n += (uint64_t)run->n;
        run->next = ctx->idle;
        ctx->idle = run;
    }
    if (!n) return;
    // All of `at` may be gone with it, or its front.
    uint64_t front = 0;
    const csgi_segment *segment = ctx->out.first;
    for (; segment && front + segment->n <= n && segment != ctx->at; segment = segment->next)
        front += segment->n;
    if (segment == ctx->at) {
        const uint64_t of_at = n - front;
        if (of_at >= segment->n) {
            ctx->at = NULL;
            ctx->at_n = 0;
        } else {
            ctx->at_n -= of_at;
        }
    }
    csgi_queue_advance(&ctx->out, n);
}

void ngx_http_csgi_drop_output(ngx_http_csgi_ctx_t *ctx) {
#if (NGX_HTTP_V2)
    // Frames that wait for the connection still point there.
    if (ctx->request->stream && ctx->request->stream->queued) return;
#endif
    ctx->busy = NULL;
    ctx->busy_end = &ctx->busy;
    ctx->at = NULL;
    ctx->at_n = 0;
    csgi_queue_clear(&ctx->out);
}

// Whether anything of it waits in nginx.
static bool is_stuck(const ngx_http_request_t *r) {
    return r->buffered || r->postponed || (r == r->main && r->connection->buffered);
}

static bool send_head(ngx_http_csgi_ctx_t *ctx) {
    ngx_http_request_t *r = ctx->request;
    // Whether the connection goes on is announced in the head.
    if (ctx->ended) ngx_http_csgi_body_drop(ctx);
    if (ctx->parked) ngx_http_csgi_take_events(ctx);
    ctx->head_sent = 1;
    if (ctx->bodiless) r->header_only = 1;
    const ngx_int_t rc = ngx_http_send_header(r);
    return rc != NGX_ERROR && rc <= NGX_OK;
}

void ngx_http_csgi_send(ngx_http_csgi_ctx_t *ctx) {
    ngx_http_request_t *r = ctx->request;
    ngx_chain_t *chain;
    if (!ctx->has_head || ctx->lost) return;
    const bool first = !ctx->head_sent;
    if (first && !send_head(ctx)) {
        ngx_http_csgi_lost(ctx);
        return;
    }
    if (r->header_only) { // the head is the answer, and filters agree
        ctx->end_sent = 1;
        if (ctx->out.first) ngx_http_csgi_drop_output(ctx);
        if (!first && is_stuck(r) && ngx_http_output_filter(r, NULL) == NGX_ERROR)
            ngx_http_csgi_lost(ctx);
        ngx_http_csgi_look_over(ctx);
        return;
    }
    if (!lend(ctx, &chain)) {
        ngx_http_csgi_lost(ctx);
        return;
    }
    ngx_int_t rc = NGX_OK;
    if (chain || (!first && is_stuck(r)))
        rc = ngx_http_output_filter(r, chain);
    else if (first) // a head alone is on its way too
        rc = ngx_http_send_special(r, NGX_HTTP_FLUSH);
    if (rc == NGX_ERROR) {
        ngx_http_csgi_lost(ctx);
        return;
    }
    take_back(ctx);
    if (ctx->x && !is_stuck(r)) csgi_host_drained(ctx->x);
    ngx_http_csgi_look_over(ctx);
}
