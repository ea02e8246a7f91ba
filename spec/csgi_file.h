// SPDX-License-Identifier: MIT
// csgi_send_file: a file as the body of an answer, through any chain of layers (<csgi/file.h>;
// POSIX.1-2008).
#ifndef CSGI_FILE_H
#define CSGI_FILE_H

#include <csgi/sdk.h>
#include <sys/types.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

// A file on its way out in pieces, for chains that do not take FILE chunks.
typedef struct csgi_file_pump {
    csgi_request *req;
    int fd;
    uint64_t off, left;
    int over;
    char piece[16384]; // one piece; copied by the host, so that an endless file needs no more
} csgi_file_pump;

static inline void csgi_file_close(void *arg) {
    close((int)(intptr_t)arg);
}

static inline void csgi_file_done(csgi_exchange *x, void *arg, csgi_rc outcome,
                                  uint64_t body_bytes) {
    (void)x, (void)outcome, (void)body_bytes;
    close(((csgi_file_pump *)arg)->fd);
}

// Sends pieces until the chain is full or the file is out. OK when it is; PENDING; or < 0.
static inline csgi_rc csgi_file_pump_run(csgi_file_pump *pump) {
    while (pump->left) {
        size_t want = pump->left < sizeof pump->piece ? (size_t)pump->left : sizeof pump->piece;
        ssize_t got = pread(pump->fd, pump->piece, want, (off_t)pump->off);
        csgi_rc rc;
        if (got <= 0) return CSGI_LENGTH; // unreadable, or shorter than promised
        rc = csgi_write(pump->req, pump->piece, (size_t)got);
        if (rc < 0) return rc;
        pump->off += (uint64_t)got;
        pump->left -= (uint64_t)got;
        if (rc == CSGI_PAUSE && pump->left) return CSGI_PENDING;
    }
    pump->over = 1;
    return csgi_end(pump->req);
}

static inline uint32_t csgi_file_event(csgi_request *req, uint32_t events, void *arg) {
    csgi_file_pump *pump = (csgi_file_pump *)arg;
    csgi_rc rc;
    if (pump->over) return events;
    if (events & CSGI_EVENT_ABORT)
        rc = CSGI_GONE;
    else
        rc = csgi_file_pump_run(pump);
    if (rc >= 0) return events;
    pump->over = 1;
    (void)csgi_abort(req);
    return events;
}

// Answers with `head` and n bytes of `fd` from offset `off`; takes over the descriptor and closes
// it, also on failure. Listens on `req`. Return what it returns.
static inline csgi_rc csgi_send_file(csgi_request *req, const csgi_head *given, int fd,
                                     uint64_t off, uint64_t n) {
    csgi_exchange *x = req->exchange;
    csgi_head head = *given;
    csgi_file_pump *pump;
    csgi_rc rc;
    head.content_length = n <= INT64_MAX ? (int64_t)n : -1;
    if (n == 0 || (req->flags & CSGI_REQ_TAKES_FILE)) {
        csgi_chunk file = {CSGI_CHUNK_FILE, CSGI_MEM_OWNED,      NULL, n, fd, off,
                           csgi_file_close, (void *)(intptr_t)fd};
        csgi_part part = {sizeof part, CSGI_PART_END, &head, &file, n ? 1u : 0u, NULL, 0};
        rc = csgi_send_owned(req, &part);
        if (n == 0) close(fd);
        return rc < 0 ? rc : CSGI_OK;
    }
    pump = (csgi_file_pump *)csgi_alloc(x, sizeof *pump);
    if (!pump || x->api->on_done(x, csgi_file_done, pump) < 0) {
        close(fd);
        return CSGI_NOMEM;
    }
    pump->req = req;
    pump->fd = fd;
    pump->off = off;
    pump->left = n;
    pump->over = 0;
    rc = x->api->listen(req, CSGI_EVENT_WRITABLE | CSGI_EVENT_ABORT, csgi_file_event, pump);
    if (rc < 0) return rc;
    rc = csgi_begin(req, &head);
    if (rc < 0) return rc;
    if (rc == CSGI_PAUSE) return CSGI_PENDING;
    rc = csgi_file_pump_run(pump);
    return rc == CSGI_PAUSE ? CSGI_OK : rc;
}

#ifdef __cplusplus
}
#endif

#endif
