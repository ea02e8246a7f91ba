// SPDX-License-Identifier: MIT
// Judges what an application sends, before any of it is taken.
#include "core/gateway/answer.h"

#include "core/http/field.h"
#include "core/http/grammar.h"

static __attribute__((cold)) csgi_rc refuse(csgi_fault *fault, csgi_rc rc, const char *rule,
                                            csgi_str name, const char *what) {
    *fault = (csgi_fault){rule, what, name};
    return rc;
}

static const csgi_str nothing = {"", 0};

// `id` as csgi_field_find gives it for its name.
static inline csgi_rc judge_field(const csgi_header *field, uint32_t id, csgi_fault *fault) {
    csgi_str name = field->name;
    if (id == 0 && !csgi_is_lower_token(name.p, name.n))
        return refuse(fault, CSGI_INVAL, "RES-2", name,
                      name.n ? "is not a field name: a token in lower case is"
                             : "a field has no name");
    if (!csgi_is_field_value(field->value.p, field->value.n))
        return refuse(fault, CSGI_INVAL, "RES-2", name, "has a value with a control byte in it");
    if (csgi_field_response_forbidden(id, name.p, name.n))
        return refuse(fault, CSGI_INVAL, "RES-3", name, "is not the application's to send");
    return CSGI_OK;
}

__attribute__((flatten)) csgi_rc csgi_answer_head(const csgi_head *head, csgi_head_facts *facts,
                                                  csgi_fault *fault) {
    uint64_t seen[2] = {0, 0};
    *facts = (csgi_head_facts){.length = head->content_length ? head->content_length : -1,
                               .length_at = UINT32_MAX};
    if (head->struct_size < sizeof *head)
        return refuse(fault, CSGI_INVAL, "LOAD-2", nothing,
                      "the head's struct_size is smaller than version 1.0 of it");
    if (head->status < 200 || head->status > 599)
        return refuse(fault, CSGI_INVAL, "RES-1", nothing, "the status is not 200 to 599");
    if (head->content_length < 0)
        return refuse(fault, CSGI_INVAL, "RES-5", nothing, "content_length is negative");
    for (uint32_t i = 0; i < head->nheaders; i++) {
        const csgi_header *field = &head->headers[i];
        uint32_t flags, id = csgi_field_find(field->name.p, field->name.n, &flags);
        csgi_rc rc = judge_field(field, id, fault);
        if (rc < 0) return rc;
        if (id == 0) continue;
        uint64_t bit = UINT64_C(1) << (id & 63);
        if ((seen[id >> 6 & 1] & bit) && (flags & CSGI_FF_SINGLE))
            return refuse(fault, CSGI_INVAL, "RES-4", field->name, "stands twice");
        seen[id >> 6 & 1] |= bit;
        if (id == CSGI_FID_CONTENT_LENGTH) {
            int64_t length;
            if (!csgi_content_length_parse(field->value.p, field->value.n, &length))
                return refuse(fault, CSGI_INVAL, "RES-5", field->name, "is not a number of bytes");
            if (head->content_length && head->content_length != length)
                return refuse(fault, CSGI_INVAL, "RES-5", field->name,
                              "differs from content_length");
            facts->length = length;
            facts->length_at = i;
        } else if (id == CSGI_FID_DATE) {
            facts->date = true;
        } else if (id == CSGI_FID_SERVER) {
            facts->server = true;
        }
    }
    return CSGI_OK;
}

csgi_rc csgi_answer_chunks(const csgi_part *part, bool takes_file, uint64_t *bytes,
                           csgi_fault *fault) {
    uint64_t sum = 0;
    for (size_t i = 0; i < part->nchunks; i++) {
        const csgi_chunk *chunk = &part->chunks[i];
        if (chunk->kind > CSGI_CHUNK_FILE || chunk->mem > CSGI_MEM_OWNED)
            return refuse(fault, CSGI_INVAL, "RES-13", nothing,
                          "a chunk's kind or mem is not known");
        if (chunk->mem == CSGI_MEM_OWNED && !chunk->release)
            return refuse(fault, CSGI_INVAL, "RES-13", nothing, "an OWNED chunk has no release");
        if (chunk->kind == CSGI_CHUNK_FILE) {
            if (!takes_file)
                return refuse(fault, CSGI_UNSUP, "RES-13", nothing,
                              "a FILE chunk where TAKES_FILE is not set");
            if (chunk->mem == CSGI_MEM_COPY || chunk->fd < 0 || chunk->fd > INT32_MAX ||
                chunk->off > INT64_MAX || chunk->n > INT64_MAX - chunk->off)
                return refuse(fault, CSGI_INVAL, "RES-13", nothing,
                              "a FILE chunk is COPY, or its descriptor or range cannot be");
        } else if (chunk->n && !chunk->p) {
            return refuse(fault, CSGI_INVAL, "RES-13", nothing, "a chunk has no bytes at p");
        }
        if (chunk->n > INT64_MAX - sum)
            return refuse(fault, CSGI_LENGTH, "RES-6", nothing, "more bytes than can be counted");
        sum += chunk->n;
    }
    *bytes = sum;
    return CSGI_OK;
}

csgi_rc csgi_answer_trailers(const csgi_part *part, csgi_fault *fault) {
    if (part->ntrailers && !(part->flags & CSGI_PART_END))
        return refuse(fault, CSGI_INVAL, "RES-12", nothing, "trailers come before END");
    for (size_t i = 0; i < part->ntrailers; i++) {
        const csgi_header *field = &part->trailers[i];
        uint32_t flags, id = csgi_field_find(field->name.p, field->name.n, &flags);
        csgi_rc rc = judge_field(field, id, fault);
        if (rc < 0) return rc;
        if (flags & CSGI_FF_NO_TRAILER)
            return refuse(fault, CSGI_INVAL, "RES-12", field->name, "may not stand in trailers");
    }
    return CSGI_OK;
}
