// SPDX-License-Identifier: MIT
// What an exchange of the suite did and was told, kept for a later request.
#include "examples/conform/record.h"

#include "examples/conform/query.h"

static void record_done(csgi_exchange *x, void *arg, csgi_rc outcome, uint64_t body_bytes) {
    conform_record *record = arg;
    (void)x;
    record->done++;
    record->outcome = outcome;
    record->body_bytes = body_bytes;
}

static void copy_name(char *to, size_t cap, csgi_str from) {
    size_t n = from.n < cap ? from.n : cap - 1;
    memcpy(to, from.p, n);
    to[n] = 0;
}

conform_record *conform_record_open(conform_book *book, csgi_request *req, const char *endpoint) {
    conform_record *record = NULL;
    csgi_str id = {"", 0};
    size_t i;
    for (i = 0; i < CONFORM_RECORDS; i++) {
        conform_record *r = &book->records[i];
        if (r->serial && (!r->done || r->released < r->owned)) continue;
        if (!record || r->serial < record->serial) record = r;
    }
    if (!record || req->exchange->api->on_done(req->exchange, record_done, record) < 0) return NULL;
    memset(record, 0, sizeof *record);
    record->serial = ++book->serial;
    if (conform_query(req, "id", &id) == CSGI_OK) copy_name(record->id, sizeof record->id, id);
    copy_name(record->endpoint, sizeof record->endpoint, csgi_str_of(endpoint));
    return record;
}

csgi_rc conform_note(conform_record *record, const char *call, csgi_rc rc) {
    uint32_t last;
    if (!record) return rc;
    last = record->ncalls - 1;
    if (record->ncalls && record->calls[last].rc == rc &&
        strcmp(record->calls[last].call, call) == 0) {
        record->calls[last].times++;
    } else if (record->ncalls < CONFORM_CALLS) {
        record->calls[record->ncalls].call = call;
        record->calls[record->ncalls].rc = rc;
        record->calls[record->ncalls].times = 1;
        record->ncalls++;
    } else {
        record->forgotten++;
    }
    return rc;
}

const conform_record *conform_record_find(const conform_book *book, csgi_str id) {
    const conform_record *newest = NULL;
    size_t i;
    for (i = 0; i < CONFORM_RECORDS; i++) {
        const conform_record *r = &book->records[i];
        if (r->serial && csgi_eq(csgi_str_of(r->id), id) && (!newest || r->serial > newest->serial))
            newest = r;
    }
    return newest;
}

void conform_add_record(conform_text *t, const conform_record *record) {
    uint32_t i;
    conform_add_member(t, "id", csgi_str_of(record->id));
    conform_add_member(t, "endpoint", csgi_str_of(record->endpoint));
    conform_add_key(t, "calls");
    conform_add(t, "[");
    for (i = 0; i < record->ncalls; i++) {
        conform_add(t, i ? ", [" : "[");
        conform_add_json(t, csgi_str_of(record->calls[i].call));
        conform_add(t, ", ");
        conform_add_json(t, csgi_str_of(csgi_rc_name(record->calls[i].rc)));
        conform_add(t, ", ");
        conform_add_number(t, record->calls[i].times);
        conform_add(t, "]");
    }
    conform_add(t, "]");
    conform_add_member_number(t, "forgotten", record->forgotten);
    conform_add_member_number(t, "owned", record->owned);
    conform_add_member_number(t, "released", record->released);
    conform_add_member_number(t, "done", record->done);
    conform_add_key(t, "outcome");
    if (record->done)
        conform_add_json(t, csgi_str_of(csgi_rc_name(record->outcome)));
    else
        conform_add(t, "null");
    conform_add_member_number(t, "body_bytes", (int64_t)record->body_bytes);
}
