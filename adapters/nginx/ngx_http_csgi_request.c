// SPDX-License-Identifier: MIT
// nginx's parsed request, lent as a view: names, values and target lie where nginx has them.
#include "adapters/nginx/ngx_http_csgi_ctx.h"

#include "core/gateway/intake.h"
#include "core/http/grammar.h"
#include <time.h>

// As the other servers have it; nginx itself limits their bytes only.
#define MAX_FIELDS 100

static struct csgi_span span(const u_char *p, size_t n) {
    return (struct csgi_span){p ? (const char *)p : "", n};
}

// The target as the client sent it. nginx's unparsed_uri lacks the authority of an absolute one,
// and is nobody's when the request came by an internal redirect.
static struct csgi_span raw_target(const ngx_http_request_t *r) {
    const u_char *start = r->unparsed_uri.data, *end = start + r->unparsed_uri.len;
    if (r->schema_start) {
        start = r->schema_start;
        end = r->request_line.data + r->request_line.len;
        while (end > start && end[-1] != ' ') end--; // the version
        while (end > start && end[-1] == ' ') end--;
    }
    return span(start, (size_t)(end - start));
}

// Of a request that no client sent in this form: from nginx's decoded path, encoded anew.
static struct csgi_span made_target(ngx_http_request_t *r) {
    const size_t more = 2 * ngx_escape_uri(NULL, r->uri.data, r->uri.len, NGX_ESCAPE_URI);
    const size_t n = r->uri.len + more + (r->args.len ? 1 + r->args.len : 0);
    u_char *start = ngx_pnalloc(r->pool, n), *at = start;
    if (!start) return span(NULL, 0);
    if (more)
        at = (u_char *)ngx_escape_uri(at, r->uri.data, r->uri.len, NGX_ESCAPE_URI);
    else
        at = ngx_cpymem(at, r->uri.data, r->uri.len);
    if (r->args.len) {
        *at++ = '?';
        at = ngx_cpymem(at, r->args.data, r->args.len);
    }
    return span(start, (size_t)(at - start));
}

// nginx takes spaces off, and leaves tabs.
static inline struct csgi_span value_of(const ngx_table_elt_t *field) {
    const struct csgi_span value = {(char *)field->value.data, field->value.len};
    if (!value.n) return span(NULL, 0);
    if (value.p[0] != '\t' && value.p[value.n - 1] != '\t') return value;
    return csgi_trim_ows(value);
}

static unsigned version_of(const ngx_http_request_t *r) {
    switch (r->http_version) {
    case NGX_HTTP_VERSION_11: return 11;
    case NGX_HTTP_VERSION_20: return 20;
    default: return 10;
    }
}

// "unix:", or the address without its port.
static csgi_str address(csgi_host_exchange *x, ngx_connection_t *c, const ngx_str_t *text) {
    u_char room[NGX_SOCKADDR_STRLEN];
    ngx_str_t s = {sizeof room, room};
    if (!text) {
        if (ngx_connection_local_sockaddr(c, &s, 0) != NGX_OK) return (csgi_str){"", 0};
        if (c->local_sockaddr->sa_family == AF_UNIX) return (csgi_str)CSGI_LIT("unix:");
        char *copy = csgi_host_alloc(x, s.len, 1);
        if (!copy) return (csgi_str){"", 0};
        ngx_memcpy(copy, s.data, s.len);
        return (csgi_str){copy, s.len};
    }
    if (c->sockaddr->sa_family == AF_UNIX) return (csgi_str)CSGI_LIT("unix:");
    return (csgi_str){(char *)text->data, text->len};
}

static inline uint16_t port_of(struct sockaddr *address) {
    if (address->sa_family == AF_INET)
        return ntohs(((struct sockaddr_in *)(void *)address)->sin_port);
    return ngx_inet_get_port(address);
}

static void set_addresses(csgi_host_exchange *x, ngx_connection_t *c) {
    csgi_request *req = &x->root.req;
    req->peer = address(x, c, &c->addr_text);
    req->peer_port = port_of(c->sockaddr);
    // Of a socket that listens at one address nginx has the text.
    const ngx_str_t *listening = &c->listening->addr_text;
    if (c->local_sockaddr == c->listening->sockaddr && c->local_sockaddr->sa_family == AF_INET &&
        !c->listening->wildcard) {
        req->local_port = port_of(c->local_sockaddr);
        const size_t port = 2u + (req->local_port > 9) + (req->local_port > 99) +
                            (req->local_port > 999) + (req->local_port > 9999); // with its colon
        req->local = (csgi_str){(char *)listening->data, listening->len - port};
        return;
    }
    req->local = address(x, c, NULL);
    req->local_port = port_of(c->local_sockaddr);
}

static ngx_int_t take_fields(ngx_http_csgi_ctx_t *ctx, csgi_intake *in) {
    const ngx_http_request_t *r = ctx->request;
    const ngx_http_headers_in_t *from = &r->headers_in;
    // The body is another request's, or gone.
    const bool without_body = ctx->body == NGX_HTTP_CSGI_BODY_NONE && (r->internal || r != r->main);
    for (const ngx_list_part_t *part = &from->headers.part; part; part = part->next) {
        const ngx_table_elt_t *fields = part->elts;
        for (ngx_uint_t i = 0; i < part->nelts; i++) {
            const ngx_table_elt_t *field = &fields[i];
            if (without_body && (field == from->content_length ||
                                 field == from->transfer_encoding || field == from->expect))
                continue;
            const unsigned status = csgi_intake_lower_field(
                in, (struct csgi_span){(char *)field->lowcase_key, field->key.len},
                value_of(field));
            if (status) return (ngx_int_t)status;
        }
    }
    return 0;
}

static bool is_below(const csgi_request *req, const ngx_str_t *mount) {
    const csgi_str *path = &req->path;
    if (path->n < mount->len || ngx_memcmp(path->p, mount->data, mount->len) != 0) return false;
    return path->n == mount->len || path->p[mount->len] == '/';
}

static uint64_t clock_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

ngx_int_t ngx_http_csgi_view(ngx_http_csgi_ctx_t *ctx, const ngx_http_csgi_loc_conf_t *conf,
                             const char **fault) {
    ngx_http_request_t *r = ctx->request;
    csgi_host_exchange *x = ctx->x;
    csgi_request *req = &x->root.req;
    csgi_intake in;
    // A named location leaves the target as it was; whatever else came inside does not.
    const bool made = r != r->main || (r->internal && !r->valid_unparsed_uri);
    *fault = "out of memory";
    if (!csgi_intake_begin(&in, x, MAX_FIELDS)) return NGX_HTTP_SERVICE_UNAVAILABLE;
    ngx_int_t status =
        (ngx_int_t)csgi_intake_line(&in, span(r->method_name.data, r->method_name.len),
                                    made ? made_target(r) : raw_target(r), version_of(r));
    if (!status && conf->mount.len) {
        if (!is_below(req, &conf->mount)) return NGX_DECLINED;
        req->mount_len = (uint32_t)conf->mount.len;
    }
    if (!status) status = take_fields(ctx, &in);
    if (!status) status = (ngx_int_t)csgi_intake_end(&in);
    if (status) {
        *fault = in.fault;
        return status;
    }
    if (made) {
        req->flags |= CSGI_REQ_INTERNAL;
        req->target = (csgi_str){"", 0};
    }
    if (ctx->body == NGX_HTTP_CSGI_BODY_NONE) {
        req->flags &= ~CSGI_REQ_HAS_BODY | (in.has_length ? CSGI_REQ_HAS_BODY : 0);
        req->content_length = 0;
        x->body.end = CSGI_EOF;
    } else if (!(req->flags & CSGI_REQ_HAS_BODY)) { // HTTP/2 needs no field for it
        req->flags |= CSGI_REQ_HAS_BODY;
        req->content_length = -1;
        x->body.end = CSGI_AGAIN;
    }
#if (NGX_HTTP_SSL)
    csgi_intake_scheme(&in, r->connection->ssl != NULL);
#endif
    req->flags |= CSGI_REQ_TAKES_FILE;
    set_addresses(x, r->connection);
    req->start_ns = clock_ns();
    return 0;
}
