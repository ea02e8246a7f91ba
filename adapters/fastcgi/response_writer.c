// SPDX-License-Identifier: MIT
// The head of an answer as CGI has it.
#include "adapters/fastcgi/response_writer.h"

#include "core/http/status.h"
#include <string.h>

static char *put(char *at, const char *p, size_t n) {
    memcpy(at, p, n);
    return at + n;
}

#define PUT(at, literal) put(at, literal, sizeof(literal) - 1)

static char *put_number(char *at, uint64_t value) {
    char digits[20];
    size_t n = sizeof digits;
    do digits[--n] = (char)('0' + value % 10);
    while (value /= 10);
    return put(at, digits + n, sizeof digits - n);
}

static char *put_field(char *at, const csgi_header *field) {
    at = put(at, field->name.p, field->name.n);
    at = PUT(at, ": ");
    at = put(at, field->value.p, field->value.n);
    return PUT(at, "\r\n");
}

// Some fronts want a phrase behind the number. And a Status has to be there: without, a Location
// would be a redirect inside the front (RFC 3875 6.2.2).
static char *put_status(char *at, unsigned status) {
    if (status == 200) return PUT(at, "Status: 200 OK\r\n");
    const char *reason = csgi_status_reason(status);
    at = PUT(at, "Status: ");
    at = put_number(at, status);
    *at++ = ' ';
    at = put(at, reason, strlen(reason));
    return PUT(at, "\r\n");
}

#define STATUS_ROOM 64u
#define OWN_ROOM    96u // what the host adds behind the application's fields

static char *put_own(char *at, const csgi_output *out) {
    if (out->show_length) {
        at = PUT(at, "content-length: ");
        at = put_number(at, (uint64_t)out->length);
        at = PUT(at, "\r\n");
    }
    // nginx would keep the parts of a stream until it has a buffer full.
    if (!out->end) at = PUT(at, "x-accel-buffering: no\r\n");
    return PUT(at, "\r\n");
}

size_t csgi_cgi_head_room(const csgi_output *out) {
    size_t n = STATUS_ROOM + OWN_ROOM;
    for (uint32_t i = 0; i < out->head->nheaders; i++)
        n += out->head->headers[i].name.n + out->head->headers[i].value.n + 4;
    return n;
}

char *csgi_cgi_head_put(char *at, const csgi_output *out) {
    const csgi_head *head = out->head;
    at = put_status(at, head->status);
    for (uint32_t i = 0; i < head->nheaders; i++)
        if (i != out->skip) at = put_field(at, &head->headers[i]); // the host's own says the same
    return put_own(at, out);
}

static csgi_rc queue_field(csgi_queue *queue, const csgi_header *field) {
    csgi_rc rc = csgi_queue_copy(queue, field->name.p, field->name.n);
    if (rc == CSGI_OK) rc = csgi_queue_copy(queue, ": ", 2);
    if (rc == CSGI_OK) rc = csgi_queue_copy(queue, field->value.p, field->value.n);
    return rc == CSGI_OK ? csgi_queue_copy(queue, "\r\n", 2) : rc;
}

csgi_rc csgi_cgi_head(csgi_queue *queue, const csgi_output *out) {
    const csgi_head *head = out->head;
    const size_t room = csgi_cgi_head_room(out);
    if (room <= CSGI_QUEUE_ROOM) {
        char *start = csgi_queue_room(queue, room);
        if (!start) return CSGI_NOMEM;
        return csgi_queue_commit(queue, (size_t)(csgi_cgi_head_put(start, out) - start));
    }
    // A head that is longer than a block goes line by line.
    char line[STATUS_ROOM + OWN_ROOM];
    csgi_rc rc = csgi_queue_copy(queue, line, (size_t)(put_status(line, head->status) - line));
    for (uint32_t i = 0; i < head->nheaders && rc == CSGI_OK; i++)
        if (i != out->skip) rc = queue_field(queue, &head->headers[i]);
    return rc == CSGI_OK ? csgi_queue_copy(queue, line, (size_t)(put_own(line, out) - line)) : rc;
}
