// SPDX-License-Identifier: MIT
// Judges the parts of an answer.
#include "middleware/lint/response_rules.hpp"

#include "core/gateway/answer.h"
#include "core/http/field.h"
#include "middleware/lint/lint.hpp"

#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>

namespace csgi::lint {

namespace {

// A page that is written in a few pieces before anybody looks at a result is not a loop.
constexpr uint32_t parts_after_gone = 16;

bool has_no_body(uint16_t status) {
    return status == 204 || status == 205 || status == 304;
}

// The ground storey names its rules by their ids.
Rule rule_named(std::string_view id) {
    for (size_t i = 0; i < rule_rows.size(); i++)
        if (rule_rows[i].id == id) return static_cast<Rule>(i);
    return Rule::RES_2;
}

void tell(const csgi_fault &fault, Judge &judge) {
    judge.blame(Who::APP, rule_named(fault.rule), "%.*s%s%s", static_cast<int>(fault.name.n),
                fault.name.p, fault.name.n ? " " : "", fault.what);
}

// A part with ABORT and something else.
bool is_mixed(const csgi_part &part) {
    return part.head || part.nchunks || part.ntrailers || (part.flags & CSGI_PART_END);
}

bool has_type(const csgi_head &head) {
    for (uint32_t i = 0; i < head.nheaders; i++)
        if (csgi_eq(head.headers[i].name, CSGI_STR("content-type"))) return true;
    return false;
}

// Memory that is said to be bytes, and is none.
bool lacks_bytes(const csgi_part &part) {
    for (size_t i = 0; i < part.nchunks; i++)
        if (part.chunks[i].kind == CSGI_CHUNK_MEMORY && part.chunks[i].n && !part.chunks[i].p)
            return true;
    return false;
}

template <class T>
bool has_size(const T &structure) {
    return structure.struct_size >= sizeof(T) && structure.struct_size % alignof(T) == 0;
}

bool are_strings(const csgi_header *fields, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!fields[i].name.p || !fields[i].value.p) return false;
    return true;
}

} // namespace

bool part_bytes(const csgi_part &part, uint64_t *bytes) noexcept {
    *bytes = 0;
    for (size_t i = 0; i < part.nchunks; i++) {
        if (part.chunks[i].n > INT64_MAX - *bytes) return false;
        *bytes += part.chunks[i].n;
    }
    return true;
}

void add_chunks(Digest &digest, const csgi_part &part) noexcept {
    for (size_t i = 0; i < part.nchunks; i++) {
        const csgi_chunk &chunk = part.chunks[i];
        if (!chunk.n) continue;
        if (chunk.kind == CSGI_CHUNK_MEMORY) {
            digest.add(chunk.p, static_cast<size_t>(chunk.n));
        } else {
            digest.add(&chunk.fd, sizeof chunk.fd);
            digest.add(&chunk.off, sizeof chunk.off);
            digest.add(&chunk.n, sizeof chunk.n);
        }
    }
}

csgi_rc Answer::judge(const csgi_part &part, bool at_body_sink, Exchange &x) {
    Judge &judge = x.judge;
    next_declared_ = declared_;
    if (!has_size(part) || (part.head && !has_size(*part.head))) {
        judge.blame(Who::APP, Rule::LOAD_2, "the struct_size of a part or head is too small");
        return CSGI_INVAL;
    }
    if ((part.nchunks && !part.chunks) || (part.ntrailers && !part.trailers) ||
        (part.head && part.head->nheaders && !part.head->headers)) {
        judge.breach(part.nchunks && !part.chunks ? Rule::RES_13 : Rule::RES_2,
                     "a part has a NULL array and says how long it is");
        return CSGI_INVAL;
    }
    if (!are_strings(part.trailers, part.ntrailers) ||
        (part.head && !are_strings(part.head->headers, part.head->nheaders))) {
        judge.breach(Rule::RES_2, "a name or value has a NULL pointer");
        return CSGI_INVAL;
    }
    uint64_t bytes;
    if (!part_bytes(part, &bytes)) {
        judge.breach(Rule::RES_6, "more bytes than can be counted");
        return CSGI_LENGTH;
    }
    if (at_body_sink == (part.head != nullptr))
        judge.breach(Rule::RES_9, "a part %s went to %s",
                     part.head ? "with a head" : "without a head",
                     at_body_sink ? "body_sink" : "sink");
    if (part.flags & CSGI_PART_ABORT) {
        if (is_mixed(part)) judge.breach(Rule::RES_24, "ABORT, and something else in the part");
        return lacks_bytes(part) ? CSGI_INVAL : CSGI_OK;
    }
    csgi_fault fault;
    uint64_t counted;
    const bool takes_file = (x.views.front()->flags & CSGI_REQ_TAKES_FILE) != 0;
    if (csgi_answer_chunks(&part, takes_file, &counted, &fault) < 0) {
        tell(fault, judge);
        if (lacks_bytes(part)) return CSGI_INVAL;
    }
    judge_order(part, bytes, x);
    if (part.head) judge_head(*part.head, bytes, x);
    judge_chunks(part, x);
    judge_length(part, bytes, x);
    if (csgi_answer_trailers(&part, &fault) < 0) tell(fault, judge);
    return CSGI_OK;
}

void Answer::judge_order(const csgi_part &part, uint64_t bytes, Exchange &x) {
    Judge &judge = x.judge;
    const bool is_end = (part.flags & CSGI_PART_END) != 0;
    if (is_over())
        judge.breach(Rule::RES_8, "a part after %s", ended_ ? "END" : "ABORT");
    else if (part.head && begun_)
        judge.breach(Rule::RES_8, "a second head");
    else if (!part.head && !begun_ && !gone_)
        judge.breach(Rule::RES_8, "a part without a head before the head");
    if (bytes && x.paused && !gone_ && !is_over() && !(x.flags & CSGI_ABORTED))
        judge.breach(Rule::RES_10, "bytes after PAUSE, without WRITABLE");
    if (bytes && gone_ && !is_end && ++after_gone_ > parts_after_gone)
        judge.breach(Rule::RES_11, "%u parts with bytes since GONE", after_gone_);
}

void Answer::judge_head(const csgi_head &head, uint64_t bytes, Exchange &x) {
    Judge &judge = x.judge;
    csgi_head_facts facts;
    csgi_fault fault;
    if (csgi_answer_head(&head, &facts, &fault) < 0) {
        tell(fault, judge);
        return;
    }
    next_declared_ = facts.length;
    if (x.body.broke_off() && head.status >= 200 && head.status < 300)
        judge.breach(Rule::BODY_5, "the body broke off, and the answer is %u", head.status);
    if (has_no_body(head.status) && bytes)
        judge.breach(Rule::RES_7, "%u with a body of %llu bytes", head.status,
                     static_cast<unsigned long long>(bytes));
    if (head.status == 204 && (has_type(head) || facts.length >= 0))
        judge.breach(Rule::RES_7, "204 with a %s", has_type(head) ? "Content-Type" : "length");
}

void Answer::judge_chunks(const csgi_part &part, Exchange &x) {
    for (size_t i = 0; i < part.nchunks; i++) {
        const csgi_chunk &chunk = part.chunks[i];
        if (chunk.kind == CSGI_CHUNK_MEMORY && chunk.mem == CSGI_MEM_ARENA && chunk.n &&
            !x.may_be_arena(chunk.p, chunk.n))
            x.judge.breach(Rule::RES_14, "an ARENA chunk lies in other memory than the exchange's");
        if (chunk.kind != CSGI_CHUNK_FILE || chunk.fd < 0 || chunk.fd > INT32_MAX) continue;
        const int fd = static_cast<int>(chunk.fd);
        const int mode = fcntl(fd, F_GETFL);
        struct stat file;
        if (mode < 0 || (mode & O_ACCMODE) == O_WRONLY)
            x.judge.breach(Rule::RES_13, "the descriptor %d of a FILE chunk is not readable", fd);
        else if (fstat(fd, &file) == 0 && S_ISREG(file.st_mode) &&
                 chunk.n + chunk.off > static_cast<uint64_t>(file.st_size))
            x.judge.breach(Rule::RES_13, "a FILE chunk ends at %llu, its file at %llu",
                           static_cast<unsigned long long>(chunk.n + chunk.off),
                           static_cast<unsigned long long>(file.st_size));
    }
}

void Answer::judge_length(const csgi_part &part, uint64_t bytes, Exchange &x) {
    const uint16_t status = part.head ? part.head->status : status_;
    if (!part.head && bytes && has_no_body(status))
        x.judge.breach(Rule::RES_7, "%u with a body", status);
    if (is_over() || next_declared_ < 0 || gone_) return;
    const auto declared = static_cast<uint64_t>(next_declared_);
    const bool may_be_short = status == 304 || (x.given->flags & CSGI_REQ_HEAD);
    if (sent_ + bytes > declared)
        x.judge.breach(Rule::RES_6, "%llu bytes were declared, %llu are sent",
                       static_cast<unsigned long long>(declared),
                       static_cast<unsigned long long>(sent_ + bytes));
    else if ((part.flags & CSGI_PART_END) && sent_ + bytes < declared && !may_be_short)
        x.judge.breach(Rule::RES_6, "%llu bytes were declared, %llu were sent at END",
                       static_cast<unsigned long long>(declared),
                       static_cast<unsigned long long>(sent_ + bytes));
}

void Answer::heard(const csgi_part &part, csgi_rc rc, uint16_t state_before, Exchange &x) {
    uint64_t bytes;
    if (!part_bytes(part, &bytes)) return;
    const bool is_abort = (part.flags & CSGI_PART_ABORT) != 0;
    const bool is_end = !is_abort && (part.flags & CSGI_PART_END) != 0;
    if (rc >= 0) {
        const bool in_turn = state_before != CSGI_ENDED &&
                             (is_abort || (state_before == CSGI_NEW) == (part.head != nullptr));
        if (x.faces_server() && !in_turn)
            x.judge.blame(Who::HOST, Rule::RES_8, "a part was taken in state %u", state_before);
        if (is_abort) {
            if (x.faces_server() && is_mixed(part))
                x.judge.blame(Who::HOST, Rule::RES_24, "ABORT was taken with something else");
            aborted_ = true;
            return;
        }
        if (part.head) {
            begun_ = true;
            status_ = part.head->status;
            declared_ = next_declared_;
        }
        sent_ += bytes;
        if (is_end) ended_ = true;
        return;
    }
    if (rc == CSGI_GONE) {
        gone_ = true;
        if (is_end) ended_ = true;
        if (is_abort) aborted_ = true;
    }
    // A host that found too few bytes at END has aborted the exchange.
    if (is_end && rc == CSGI_LENGTH && x.state == CSGI_ENDED) aborted_ = true;
    if (x.faces_server() && state_before == CSGI_NEW && x.state == CSGI_BEGUN)
        x.judge.breach(Rule::RES_22, "a head was refused with %s, and sent", csgi_rc_name(rc));
}

} // namespace csgi::lint
