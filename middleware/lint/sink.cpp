// SPDX-License-Identifier: MIT
// The two sinks that those inside send to: each part is judged, copied, passed on, and spoilt.
#include "middleware/lint/lint.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

namespace csgi::lint {

namespace {

void watch(csgi_chunk &chunk, Exchange &x) {
    auto watched = std::make_unique<Release>(Release{x.lint, &x, chunk.release, chunk.arg, 0});
    chunk.release = [](void *arg) {
        Release &release = *static_cast<Release *>(arg);
        release.lint->release_called(release);
    };
    chunk.arg = watched.get();
    x.releases.push_back(watched.get());
    x.lint->released.push_back(std::move(watched));
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
        copy_chunks(part, x);
    }

    csgi_part *part() noexcept { return part_; }
    // A head that was a constant of somebody's is as it was.
    bool is_head_whole() const noexcept { return fields_ == digest_of_fields(); }
    Block bury() {
        block_.bury(after_send);
        return std::move(block_);
    }

private:
    static size_t size_of(const csgi_part &part) {
        size_t n = sizeof part + part.ntrailers * sizeof(csgi_header) +
                   part.nchunks * sizeof(csgi_chunk) + bytes_of(part.trailers, part.ntrailers);
        if (part.head)
            n += sizeof *part.head + room(*part.head) * sizeof(csgi_header) +
                 bytes_of(part.head->headers, part.head->nheaders);
        for (size_t i = 0; i < part.nchunks; i++)
            if (is_copied(part.chunks[i])) n += static_cast<size_t>(part.chunks[i].n);
        return n;
    }
    static bool is_copied(const csgi_chunk &chunk) {
        return chunk.kind == CSGI_CHUNK_MEMORY && chunk.mem == CSGI_MEM_COPY;
    }
    static size_t room(const csgi_head &head) { return std::max(head.cap, head.nheaders); }
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
        copy->headers = take<csgi_header>(room(head));
        head_ = copy;
        array_ = copy->headers;
        count_ = head.nheaders;
        // The strings follow when the structures are complete.
        if (head.nheaders)
            std::memcpy(copy->headers, head.headers, head.nheaders * sizeof *head.headers);
        is_constant_ = head.cap == 0;
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
    void copy_chunks(const csgi_part &part, Exchange &x) {
        auto *chunks = take<csgi_chunk>(part.nchunks);
        for (size_t i = 0; i < part.nchunks; i++) {
            chunks[i] = part.chunks[i];
            if (is_owned(chunks[i])) watch(chunks[i], x);
        }
        part_->chunks = part.nchunks ? chunks : nullptr;
        if (head_) copy_strings(array_, count_);
        copy_strings(const_cast<csgi_header *>(part_->trailers), part.ntrailers);
        for (size_t i = 0; i < part.nchunks; i++)
            if (is_copied(chunks[i]))
                chunks[i].p = bytes(chunks[i].p, static_cast<size_t>(chunks[i].n));
        if (is_constant_) fields_ = digest_of_fields();
    }
    std::optional<uint64_t> digest_of_fields() const noexcept {
        if (!is_constant_) return {};
        Digest digest;
        for (size_t i = 0; i < count_; i++) {
            digest.add(&array_[i], sizeof array_[i]);
            digest.add(array_[i].name.p, array_[i].name.n);
            digest.add(array_[i].value.p, array_[i].value.n);
        }
        return digest.value();
    }

    Block block_;
    char *free_ = nullptr;
    csgi_part *part_ = nullptr;
    csgi_head *head_ = nullptr;
    csgi_header *array_ = nullptr;
    uint32_t count_ = 0;
    bool is_constant_ = false;
    std::optional<uint64_t> fields_;
};

// Chunks of a part that cannot be passed on: the host gets them without bytes, and releases them.
void give_back(Exchange &x, const csgi_part &part) {
    const csgi_sink *to = x.given->body_sink;
    for (size_t i = 0; part.chunks && i < part.nchunks; i++) {
        if (!is_owned(part.chunks[i])) continue;
        csgi_chunk empty = {CSGI_CHUNK_MEMORY,      CSGI_MEM_OWNED,    "", 0, -1, 0,
                            part.chunks[i].release, part.chunks[i].arg};
        watch(empty, x);
        csgi_part rest = {sizeof rest, CSGI_PART_MORE, nullptr, &empty, 1, nullptr, 0};
        const HostCall call(*x.lint);
        (void)to->send(to, x.host, &rest);
    }
}

// The same when there is no exchange to pass them through: they are given back at the end of all.
void keep_owned(Lint &lint, const csgi_part &part) {
    const std::lock_guard lock(lint.loop.mutex);
    for (size_t i = 0; part.chunks && i < part.nchunks; i++)
        if (is_owned(part.chunks[i]))
            lint.orphans.emplace_back(part.chunks[i].release, part.chunks[i].arg);
}

// A layer between this lint and the next one outside that does not want bytes passes them on.
void judge_bytes(const csgi_part &part, csgi_rc rc, Exchange &x, uint64_t bytes_before,
                 Digest before) {
    const Exchange *outer = x.outer;
    if (!outer || x.given->body_sink != &outer->lint->body_sink) return;
    if (rc < 0) {
        if (outer->flow_bytes != bytes_before)
            x.judge.breach(Rule::RES_22, "a part was refused with %s, and passed on",
                           csgi_rc_name(rc));
        return;
    }
    add_chunks(before, part);
    if (before != outer->flow)
        x.judge.breach(Rule::MW_2, "a sink that does not want BODY changed the bytes of the body");
}

csgi_rc pass_on(csgi_exchange *face, csgi_part *given, bool at_body_sink) noexcept {
    Lint &lint = *static_cast<Exchange *>(face)->lint;
    Exchange *x = Exchange::entered(face, "send");
    if (!x) {
        keep_owned(lint, *given);
        return CSGI_STATE;
    }
    csgi_rc rc = x->engage();
    if (rc == CSGI_OK || rc == CSGI_STATE) rc = x->answer.judge(*given, at_body_sink, *x);
    if (rc < 0) {
        give_back(*x, *given);
        return rc;
    }
    PartCopy copy(*given, *x);
    if (!copy.part()) {
        give_back(*x, *given);
        return CSGI_NOMEM;
    }
    const uint16_t state_before = x->state;
    const uint64_t bytes_before = x->outer ? x->outer->flow_bytes : 0;
    const Digest flow_before = x->outer ? x->outer->flow : Digest();
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
    if (!copy.is_head_whole())
        x->judge.breach(Rule::RES_16, "a layer changed the fields of a head with cap 0");
    if (lint.sent.take(copy.bury()))
        x->judge.breach(Rule::RES_15, "the host wrote to what it was sent, after send returned");
    x->answer.heard(*given, rc, state_before, *x);
    judge_bytes(*given, rc, *x, bytes_before, flow_before);
    if (rc == CSGI_PAUSE) {
        x->paused = true;
        x->pauses++;
    }
    uint64_t bytes;
    if (rc >= 0 && part_bytes(*given, &bytes)) {
        x->flow_bytes += bytes;
        add_chunks(x->flow, *given);
        if ((given->flags & CSGI_PART_END) && x->outer) x->outer->inner_ended = true;
    }
    return rc;
}

} // namespace

csgi_rc send_with_head(const csgi_sink *, csgi_exchange *x, csgi_part *part) noexcept {
    return pass_on(x, part, false);
}

csgi_rc send_rest(const csgi_sink *, csgi_exchange *x, csgi_part *part) noexcept {
    return pass_on(x, part, true);
}

} // namespace csgi::lint
