// SPDX-License-Identifier: MIT
// The endpoints that answer in one part, or with a file.
#include "examples/conform/conform.h"
#include "examples/conform/query.h"

#include <csgi/ext/draft/app_status.h>
#include <csgi/file.h>
#include <fcntl.h>
#include <sys/stat.h>

csgi_rc conform_root(conform *app, csgi_request *req, csgi_str rest) {
    (void)app, (void)rest;
    return csgi_text(req, 200, "The conform application: see examples/conform/README.md\n");
}

csgi_rc conform_hello(conform *app, csgi_request *req, csgi_str rest) {
    (void)app, (void)rest;
    return csgi_reply(req, 200, CSGI_STR("text/plain"), CSGI_STR("Hello, world!"), CSGI_MEM_STATIC);
}

csgi_rc conform_status(conform *app, csgi_request *req, csgi_str rest) {
    char text[] = "status 000\n";
    uint64_t status = 0;
    (void)app;
    if (rest.n != 3 || conform_number(rest, 599, &status) < 0 || status < 200)
        return csgi_text(req, 400, "a status is 200 to 599\n");
    memcpy(text + 7, rest.p, 3);
    return csgi_text(req, (unsigned)status, text);
}

// May these bytes be a field's value? (RFC 9110, 5.5)
static int is_field_value(csgi_str v) {
    size_t i;
    for (i = 0; i < v.n; i++) {
        unsigned char c = (unsigned char)v.p[i];
        int edge = i == 0 || i == v.n - 1;
        if ((c < 0x20 && c != '\t') || c == 0x7f || (edge && (c == ' ' || c == '\t'))) return 0;
    }
    return 1;
}

csgi_rc conform_reflect(conform *app, csgi_request *req, csgi_str rest) {
    csgi_str value, body = CSGI_LIT("reflected\n");
    csgi_header fields[2] = {{CSGI_LIT("content-type"), CSGI_LIT("text/plain"), 0, 0, 0},
                             {CSGI_LIT("x-reflect"), {"", 0}, 0, 0, 0}};
    csgi_head head = {sizeof head, 200, 0, fields, 2, 0, (int64_t)body.n};
    csgi_chunk chunk = {CSGI_CHUNK_MEMORY, CSGI_MEM_STATIC, body.p, body.n, 0, 0, NULL, NULL};
    csgi_part part = {sizeof part, CSGI_PART_END, &head, &chunk, 1, NULL, 0};
    csgi_rc rc = conform_query(req, "value", &value);
    (void)app, (void)rest;
    if (rc == CSGI_NOMEM) return rc;
    if (rc != CSGI_OK || !is_field_value(value))
        return csgi_text(req, 400, "value= may not stand in a field\n");
    fields[1].value = value;
    return csgi_send(req, &part);
}

csgi_rc conform_file(conform *app, csgi_request *req, csgi_str rest) {
    csgi_header type = {CSGI_LIT("content-type"), CSGI_LIT("application/octet-stream"), 0, 0, 0};
    csgi_head head = {sizeof head, 200, 0, &type, 1, 0, 0};
    struct stat info;
    uint64_t off = 0, len = INT64_MAX, size;
    int fd;
    (void)rest;
    if (conform_query_number(req, "off", INT64_MAX, &off) < 0 ||
        conform_query_number(req, "len", INT64_MAX, &len) < 0)
        return csgi_text(req, 400, "off= and len= are numbers of bytes\n");
    fd = app->file[0] ? open(app->file, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) return csgi_text(req, 404, "no file\n");
    if (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode)) {
        close(fd);
        return csgi_text(req, 404, "not a regular file\n");
    }
    size = (uint64_t)info.st_size;
    if (off > size) {
        close(fd);
        return csgi_text(req, 416, "off= is behind the end\n");
    }
    return csgi_send_file(req, &head, fd, off, len < size - off ? len : size - off);
}

csgi_rc conform_stderr(conform *app, csgi_request *req, csgi_str rest) {
    csgi_exchange *x = req->exchange;
    (void)app, (void)rest;
    // An error, so that no threshold keeps it back.
    x->api->log(x->worker, x, CSGI_LOG_ERROR, CSGI_STR("conform: a note for the log"));
    return csgi_text(req, 200, "noted\n");
}

csgi_rc conform_appstatus(conform *app, csgi_request *req, csgi_str rest) {
    const csgi_app_status *ext = csgi_attr_get(req, CSGI_STR(CSGI_EXT_APP_STATUS));
    uint64_t status = 0;
    (void)app;
    if (conform_number(rest, UINT32_MAX, &status) < 0)
        return csgi_text(req, 400, "an application status is a number of 32 bits\n");
    if (ext) ext->set(req->exchange, (uint32_t)status);
    return csgi_text(req, 200, ext ? "status set\n" : "no application status here\n");
}
