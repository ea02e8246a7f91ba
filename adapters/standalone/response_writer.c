// SPDX-License-Identifier: MIT
// From the parts of an answer to the bytes of HTTP/1.1.
#include "adapters/standalone/response_writer.h"

#include "core/http/status.h"
#include <string.h>

static inline char *put(char *at, const char *p, size_t n) {
    memcpy(at, p, n);
    return at + n;
}

// Both ends of a text of `half` to twice as many bytes, which may overlap.
static inline char *put_ends(char *at, csgi_str s, size_t half) {
    memcpy(at, s.p, half);
    memcpy(at + s.n - half, s.p + s.n - half, half);
    return at + s.n;
}

// Names and values are mostly so short that a call would cost more than the copy.
static inline char *put_short(char *at, csgi_str s) {
    if (s.n >= 8 && s.n <= 16) return put_ends(at, s, 8);
    if (s.n > 16 && s.n <= 32) return put_ends(at, s, 16);
    return s.n >= 4 && s.n < 8 ? put_ends(at, s, 4) : put(at, s.p, s.n);
}

#define PUT(at, literal) put(at, literal, sizeof(literal) - 1)

static char *put_number(char *at, uint64_t value) {
    size_t n = 1;
    for (uint64_t limit = 10; n < 20 && value >= limit; n++) limit *= 10;
    for (size_t i = n; i-- > 0; value /= 10) at[i] = (char)('0' + value % 10);
    return at + n;
}

// The lines that the host adds, besides `server` and `date`, take at most this.
#define OWN_LINES 128u

static char *put_own(char *at, const csgi_output *out, const csgi_response_frame *frame) {
    if (!out->has_server && !out->has_date) {
        at = put(at, frame->server.p, frame->server.n + frame->date.n);
    } else {
        if (!out->has_server) at = put(at, frame->server.p, frame->server.n);
        if (!out->has_date) at = put(at, frame->date.p, frame->date.n);
    }
    if (out->show_length) {
        at = PUT(at, "content-length: ");
        at = put_number(at, (uint64_t)out->length);
        at = PUT(at, "\r\n");
    } else if (frame->chunked) {
        at = PUT(at, "transfer-encoding: chunked\r\n");
    }
    if (frame->say_close)
        at = PUT(at, "connection: close\r\n");
    else if (frame->say_keep)
        at = PUT(at, "connection: keep-alive\r\n");
    return PUT(at, "\r\n");
}

static char *put_status(char *at, unsigned status) {
    if (status == 200) return PUT(at, "HTTP/1.1 200 OK\r\n");
    const char *reason = csgi_status_reason(status);
    at = PUT(at, "HTTP/1.1 ");
    at = put_number(at, status);
    *at++ = ' ';
    at = put(at, reason, strlen(reason));
    return PUT(at, "\r\n");
}

#define STATUS_LINE 64u

// A head that is longer than a block goes out line by line.
static __attribute__((cold)) csgi_rc long_head(csgi_queue *queue, const csgi_output *out,
                                               const csgi_response_frame *frame, csgi_str body) {
    const csgi_head *head = out->head;
    char *start = csgi_queue_room(queue, STATUS_LINE);
    if (!start) return CSGI_NOMEM;
    csgi_rc rc = csgi_queue_commit(queue, (size_t)(put_status(start, head->status) - start));
    for (uint32_t i = 0; i < head->nheaders && rc == CSGI_OK; i++) {
        const csgi_header *field = &head->headers[i];
        if (i == out->skip) continue;
        rc = csgi_queue_copy(queue, field->name.p, field->name.n);
        if (rc == CSGI_OK) rc = csgi_queue_copy(queue, ": ", 2);
        if (rc == CSGI_OK) rc = csgi_queue_copy(queue, field->value.p, field->value.n);
        if (rc == CSGI_OK) rc = csgi_queue_copy(queue, "\r\n", 2);
    }
    if (rc < 0) return rc;
    start = csgi_queue_room(queue, OWN_LINES + frame->server.n + frame->date.n + body.n);
    if (!start) return CSGI_NOMEM;
    char *at = put_own(start, out, frame);
    return csgi_queue_commit(queue, (size_t)(put(at, body.p, body.n) - start));
}

// Nearly every answer passes here whole; flat, its calls into the queue cost no frames.
__attribute__((flatten)) csgi_rc csgi_response_head(csgi_queue *queue, const csgi_output *out,
                                                    const csgi_response_frame *frame,
                                                    csgi_str body) {
    const csgi_header *const fields = out->head->headers;
    const uint32_t n = out->head->nheaders;
    size_t need = STATUS_LINE + OWN_LINES + frame->server.n + frame->date.n + body.n;
    for (uint32_t i = 0; i < n; i++) need += fields[i].name.n + fields[i].value.n + 4;
    if (need > CSGI_QUEUE_ROOM) return long_head(queue, out, frame, body);
    char *start = csgi_queue_room(queue, need);
    if (!start) return CSGI_NOMEM;
    char *at = put_status(start, out->head->status);
    for (uint32_t i = 0; i < n; i++) {
        if (i == out->skip) continue; // the host's own says the same
        at = put_short(at, fields[i].name);
        at = PUT(at, ": ");
        at = put_short(at, fields[i].value);
        at = PUT(at, "\r\n");
    }
    at = put_own(at, out, frame);
    at = put_short(at, body);
    return csgi_queue_commit(queue, (size_t)(at - start));
}

static csgi_rc put_chunk_size(csgi_queue *queue, uint64_t n) {
    char *start = csgi_queue_room(queue, 18), digits[16];
    size_t i = sizeof digits;
    if (!start) return CSGI_NOMEM;
    do digits[--i] = "0123456789abcdef"[n & 15];
    while (n >>= 4);
    char *at = put(start, digits + i, sizeof digits - i);
    at = PUT(at, "\r\n");
    return csgi_queue_commit(queue, (size_t)(at - start));
}

static csgi_rc put_end(csgi_queue *queue, const csgi_output *out) {
    csgi_rc rc = csgi_queue_copy(queue, "0\r\n", 3);
    for (size_t i = 0; i < out->ntrailers && rc == CSGI_OK; i++) {
        rc = csgi_queue_copy(queue, out->trailers[i].name.p, out->trailers[i].name.n);
        if (rc == CSGI_OK) rc = csgi_queue_copy(queue, ": ", 2);
        if (rc == CSGI_OK)
            rc = csgi_queue_copy(queue, out->trailers[i].value.p, out->trailers[i].value.n);
        if (rc == CSGI_OK) rc = csgi_queue_copy(queue, "\r\n", 2);
    }
    return rc == CSGI_OK ? csgi_queue_copy(queue, "\r\n", 2) : rc;
}

csgi_rc csgi_response_body(csgi_queue *queue, const csgi_output *out, csgi_host_exchange *x,
                           bool chunked) {
    csgi_rc rc = CSGI_OK;
    bool frame = chunked && out->bytes; // an empty chunk would be the last one
    if (frame) rc = put_chunk_size(queue, out->bytes);
    for (size_t i = 0; i < out->nchunks; i++)
        if (rc == CSGI_OK)
            rc = csgi_queue_chunk(queue, &out->chunks[i], x);
        else
            csgi_queue_release(x, &out->chunks[i]);
    if (frame && rc == CSGI_OK) rc = csgi_queue_copy(queue, "\r\n", 2);
    if (chunked && out->end && rc == CSGI_OK) rc = put_end(queue, out);
    return rc;
}
