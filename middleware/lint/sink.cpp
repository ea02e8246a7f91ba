// SPDX-License-Identifier: MIT
// The two sinks that those inside send to: each part is judged, copied, passed on, and spoilt.
#include "middleware/lint/lint.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace csgi::lint {

namespace {

// How much of the bytes in a part is compared again after the call.
constexpr size_t watched_body = 4096;

Release *watch(csgi_chunk &chunk, Exchange &x) {
    auto watched =
        std::make_unique<Release>(Release{x.lint, &x, chunk.release, chunk.arg, x.faces_server()});
    chunk.release = [](void *arg) {
        Release &release = *static_cast<Release *>(arg);
        release.lint->release_called(release);
    };
    chunk.arg = watched.get();
    x.lint->released.push_back(std::move(watched));
    return x.lint->released.back().get();
}

bool is_owned(const csgi_chunk &chunk) {
    return chunk.mem == CSGI_MEM_OWNED && chunk.release;
}

// A part of which the host sees nothing but copies that end with the call.
class PartCopy {
public:
    PartCopy(const csgi_part &part, Exchange &x) : block_(size_of(part), alignof(csgi_part)) {
        if (!block_.has_memory()) return;
        free_ = block_.data();
        part_ = take<csgi_part>(1);
        *part_ = part;
        part_->struct_size = sizeof *part_;
        if (part.head) copy_head(*part.head);
        auto *trailers = take<csgi_header>(part.ntrailers);
        copy_fields(part.trailers, part.ntrailers, trailers);
        part_->trailers = part.ntrailers ? trailers : nullptr;
        copy_chunks(part, trailers, x);
    }

    const csgi_part *part() const noexcept { return part_; }
    // Nobody has written to it.
    bool is_whole() const noexcept { return whole_ == digest(); }
    const std::vector<Release *> &releases() const noexcept { return releases_; }
    Block bury() {
        block_.bury(after_send);
        return std::move(block_);
    }

private:
    static size_t size_of(const csgi_part &part) {
        size_t n = sizeof part + part.ntrailers * sizeof(csgi_header) +
                   part.nchunks * sizeof(csgi_chunk) + bytes_of(part.trailers, part.ntrailers);
        if (part.head)
            n += sizeof *part.head + part.head->nheaders * sizeof(csgi_header) +
                 bytes_of(part.head->headers, part.head->nheaders);
        for (size_t i = 0; i < part.nchunks; i++)
            if (is_copied(part.chunks[i])) n += static_cast<size_t>(part.chunks[i].n);
        return n;
    }
    static bool is_copied(const csgi_chunk &chunk) {
        return chunk.kind == CSGI_CHUNK_MEMORY && chunk.mem == CSGI_MEM_COPY;
    }
    static size_t bytes_of(const csgi_header *fields, size_t count) {
        size_t n = 0;
        for (size_t i = 0; i < count; i++)
            if (!(fields[i].flags & CSGI_HEADER_STATIC)) n += fields[i].name.n + fields[i].value.n;
        return n;
    }

    // Structures come first, bytes behind them, so everything is aligned.
    template <class T>
    T *take(size_t count) {
        auto *p = reinterpret_cast<T *>(free_);
        free_ += count * sizeof(T);
        return p;
    }
    const char *bytes(const void *p, size_t n) {
        auto *copy = take<char>(n);
        if (n) std::memcpy(copy, p, n);
        return copy;
    }
    void copy_head(const csgi_head &head) {
        auto *copy = take<csgi_head>(1);
        *copy = head;
        copy->struct_size = sizeof *copy;
        // The strings follow when the structures are complete.
        fields_ = take<csgi_header>(head.nheaders);
        copy_fields(head.headers, head.nheaders, fields_);
        copy->headers = head.nheaders ? fields_ : nullptr;
        part_->head = copy;
    }
    void copy_fields(const csgi_header *fields, size_t count, csgi_header *copies) {
        if (count) std::memcpy(copies, fields, count * sizeof *fields);
    }
    void copy_strings(csgi_header *fields, size_t count) {
        for (size_t i = 0; i < count; i++) {
            if (fields[i].flags & CSGI_HEADER_STATIC) continue;
            fields[i].name.p = bytes(fields[i].name.p, fields[i].name.n);
            fields[i].value.p = bytes(fields[i].value.p, fields[i].value.n);
        }
    }
    void copy_chunks(const csgi_part &part, csgi_header *trailers, Exchange &x) {
        auto *chunks = take<csgi_chunk>(part.nchunks);
        for (size_t i = 0; i < part.nchunks; i++) {
            chunks[i] = part.chunks[i];
            if (is_owned(chunks[i])) releases_.push_back(watch(chunks[i], x));
        }
        part_->chunks = part.nchunks ? chunks : nullptr;
        if (part.head) copy_strings(fields_, part.head->nheaders);
        copy_strings(trailers, part.ntrailers);
        const char *structures_end = free_;
        for (size_t i = 0; i < part.nchunks; i++)
            if (is_copied(chunks[i]))
                chunks[i].p = bytes(chunks[i].p, static_cast<size_t>(chunks[i].n));
        watched_ = static_cast<size_t>(structures_end - block_.data()) +
                   std::min<size_t>(watched_body, static_cast<size_t>(free_ - structures_end));
        whole_ = digest();
    }
    Digest digest() const noexcept {
        Digest digest;
        digest.add(block_.data(), watched_);
        return digest;
    }

    Block block_;
    char *free_ = nullptr;
    csgi_part *part_ = nullptr;
    csgi_header *fields_ = nullptr;
    std::vector<Release *> releases_;
    size_t watched_ = 0; // bytes of the block, from its beginning
    Digest whole_;
};

// A layer between this lint and the next one outside that does not want bytes passes them on.
// `expected` is what has then flowed there.
void judge_bytes(csgi_rc rc, Exchange &x, uint64_t bytes_before, const Digest &expected) {
    const Exchange *outer = x.outer;
    if (!outer || x.given->body_sink != &outer->lint->body_sink) return;
    if (rc < 0) {
        if (outer->flow_bytes != bytes_before)
            x.judge.breach(Rule::RES_22, "a part was refused with %s, and passed on",
                           csgi_rc_name(rc));
        return;
    }
    if (expected != outer->flow)
        x.judge.breach(Rule::MW_2, "a sink that does not want BODY changed the bytes of the body");
}

csgi_rc pass_on(csgi_exchange *face, const csgi_part *given, bool at_body_sink) noexcept {
    Lint &lint = *static_cast<Exchange *>(face)->lint;
    Exchange *x = Exchange::entered(face, "send");
    if (!x) return CSGI_STATE;
    csgi_rc rc = x->engage();
    if (rc == CSGI_OK || rc == CSGI_STATE) rc = x->answer.judge(*given, at_body_sink, *x);
    if (rc < 0) return rc;
    PartCopy copy(*given, *x);
    if (!copy.part()) return CSGI_NOMEM;
    const uint16_t state_before = x->state;
    const uint64_t bytes_before = x->outer ? x->outer->flow_bytes : 0;
    // Read before they are sent: who takes OWNED chunks may release them before send returns.
    Digest flow_after = x->flow, outer_after = x->outer ? x->outer->flow : Digest();
    add_chunks(flow_after, *given);
    add_chunks(outer_after, *given);
    const csgi_sink *to = given->head ? x->given->sink : x->given->body_sink;
    char words[200];
    rc = CSGI_APP;
    const bool fine = contained(
        [&] {
            const HostCall call(lint);
            rc = to->send(to, x->host, copy.part());
        },
        words, sizeof words);
    x->sync();
    if (!fine) x->judge.blame(Who::LAYER, Rule::RET_4, "an exception left a sink: %s", words);
    if (!copy.is_whole())
        x->judge.blame(x->faces_server() ? Who::HOST : Who::LAYER, Rule::RES_16,
                       "a part was written to by whom it was sent");
    for (Release *release : copy.releases()) lint.release_heard(*release, rc);
    if (lint.sent.take(copy.bury()))
        x->judge.breach(Rule::RES_15, "the host wrote to what it was sent, after send returned");
    x->answer.heard(*given, rc, state_before, *x);
    judge_bytes(rc, *x, bytes_before, outer_after);
    if (rc == CSGI_PAUSE) {
        x->paused = true;
        x->pauses++;
    }
    uint64_t bytes;
    if (rc >= 0 && part_bytes(*given, &bytes)) {
        x->flow_bytes += bytes;
        x->flow = flow_after;
        if (x->answer.has_ended() && x->outer) x->outer->inner_ended = true;
    }
    return rc;
}

} // namespace

csgi_rc send_with_head(const csgi_sink *, csgi_exchange *x, const csgi_part *part) noexcept {
    return pass_on(x, part, false);
}

csgi_rc send_rest(const csgi_sink *, csgi_exchange *x, const csgi_part *part) noexcept {
    return pass_on(x, part, true);
}

} // namespace csgi::lint
