// SPDX-License-Identifier: MIT
// Judges both sides of a source.
#include "middleware/lint/body_rules.hpp"

#include "middleware/lint/lint.hpp"

#include <algorithm>
#include <cstring>

namespace csgi::lint {

namespace {

// How much of what was shown is compared again: all of it would make reading by the byte quadratic.
constexpr size_t remembered = 4096;

const char *name_of(csgi_rc rc) {
    return csgi_rc_name(rc);
}

} // namespace

void BodyWatch::judge_pieces(Judge &judge) {
    size_t at = 0;
    for (const Piece &piece : shown_) {
        const size_t n = std::min<size_t>(remember_.size() - at, static_cast<size_t>(piece.n));
        if (n && std::memcmp(remember_.data() + at, piece.p, n) != 0) {
            judge.breach(Rule::BODY_2, "a piece of the body changed before it was consumed");
            return;
        }
        at += n;
        if (at == remember_.size()) return;
    }
}

void BodyWatch::peeked(const csgi_request &view, uint64_t min, const csgi_chunk *spans, size_t cap,
                       size_t n, csgi_rc rc, Judge &judge) {
    judge_pieces(judge);
    if (end_ != CSGI_OK && rc != end_ && rc != CSGI_STATE && rc != CSGI_INVAL)
        judge.breach(Rule::BODY_3, "after %s peek says %s", name_of(end_), name_of(rc));
    if (n > cap || (rc == CSGI_OK) != (n != 0))
        judge.breach(Rule::BODY_4, "peek says %s with %zu pieces where %zu fit", name_of(rc), n,
                     cap);
    if (rc == CSGI_EOF || rc == CSGI_TRUNC) end_ = rc;
    if (rc == CSGI_EOF && view.content_length >= 0 &&
        consumed_ != static_cast<uint64_t>(view.content_length))
        judge.breach(Rule::BODY_6, "EOF after %llu of %lld bytes",
                     static_cast<unsigned long long>(consumed_),
                     static_cast<long long>(view.content_length));
    if (rc != CSGI_OK) return;
    uint64_t total = 0;
    std::vector<Piece> pieces;
    for (size_t i = 0; i < std::min(n, cap); i++) {
        pieces.push_back({static_cast<const char *>(spans[i].p), spans[i].n});
        total += spans[i].n;
    }
    uint64_t before = 0;
    for (const Piece &piece : shown_) before += piece.n;
    // A smaller cap shows less of what was shown already.
    if (total >= before || shown_.empty()) {
        shown_ = std::move(pieces);
        remember_.clear();
        for (const Piece &piece : shown_) {
            const size_t room = remembered - remember_.size();
            remember_.insert(remember_.end(), piece.p, piece.p + std::min<uint64_t>(room, piece.n));
        }
    }
    if (consumed_ + total > end_at_)
        judge.breach(Rule::BODY_8, "the body was said to end %llu bytes before",
                     static_cast<unsigned long long>(consumed_ + total - end_at_));
    if (total < min && n < cap && min > 1) {
        end_at_ = std::min(end_at_, consumed_ + total);
        if (view.content_length >= 0 &&
            consumed_ + total < static_cast<uint64_t>(view.content_length))
            judge.breach(Rule::BODY_8, "peek says OK to %llu bytes with %llu",
                         static_cast<unsigned long long>(min),
                         static_cast<unsigned long long>(total));
    }
}

void BodyWatch::consuming(uint64_t n, Judge &judge) {
    judge_pieces(judge);
    uint64_t shown = 0;
    for (const Piece &piece : shown_) shown += piece.n;
    if (n > shown)
        judge.breach(Rule::BODY_1, "consume takes %llu bytes, %llu were shown",
                     static_cast<unsigned long long>(n), static_cast<unsigned long long>(shown));
}

void BodyWatch::consumed(uint64_t n) {
    consumed_ += n;
    took_nothing_ = true;
    remember_.erase(remember_.begin(),
                    remember_.begin() +
                        static_cast<std::ptrdiff_t>(std::min<uint64_t>(n, remember_.size())));
    while (n && !shown_.empty()) {
        Piece &first = shown_.front();
        const uint64_t take = std::min(n, first.n);
        first.p += take;
        first.n -= take;
        n -= take;
        if (!first.n) shown_.erase(shown_.begin());
    }
}

namespace {

csgi_rc peek(const csgi_source *, csgi_exchange *face, uint64_t min, csgi_chunk *spans, size_t cap,
             size_t *n) noexcept {
    *n = 0;
    Exchange *x = Exchange::entered(face, "peek");
    if (!x) return CSGI_STATE;
    const csgi_source *source = x->given->source;
    csgi_rc rc;
    // A host that leaves *n alone is found out.
    size_t count = SIZE_MAX;
    if (x->host->state == CSGI_ENDED) x->body.forget();
    {
        const HostCall call(*x->lint);
        rc = source->peek(source, x->host, min, spans, cap, &count);
    }
    x->sync();
    x->body.peeked(*x->given, min, spans, cap, count, rc, x->judge);
    x->waits_for_body = rc == CSGI_AGAIN;
    *n = rc == CSGI_OK ? std::min(count, cap) : 0;
    return rc;
}

csgi_rc consume(const csgi_source *, csgi_exchange *face, uint64_t n) noexcept {
    Exchange *x = Exchange::entered(face, "consume");
    if (!x) return CSGI_STATE;
    const csgi_rc heard = x->engage();
    if (heard < 0) return heard;
    if (x->host->state == CSGI_ENDED)
        x->body.forget();
    else
        x->body.consuming(n, x->judge);
    const csgi_source *source = x->given->source;
    csgi_rc rc;
    {
        const HostCall call(*x->lint);
        rc = source->consume(source, x->host, n);
    }
    x->sync();
    if (rc >= 0) x->body.consumed(n);
    return rc;
}

} // namespace

const csgi_source body_source = {sizeof(csgi_source), 0, peek, consume};

} // namespace csgi::lint
