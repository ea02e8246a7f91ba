// SPDX-License-Identifier: MIT
// The body of a request as it passes: what the host shows, and what the application takes.
#pragma once

#include "middleware/lint/report.hpp"

#include <vector>

namespace csgi::lint {

class BodyWatch {
public:
    // Judges what peek answered. `spans` holds `n` pieces.
    void peeked(const csgi_request &view, uint64_t min, const csgi_chunk *spans, size_t cap,
                size_t n, csgi_rc rc, Judge &judge);
    // Before the host hears of it.
    void consuming(uint64_t n, Judge &judge);
    // The exchange has ended: the host need not keep what nobody can consume.
    void forget() { remember_.clear(); }
    void consumed(uint64_t n);

    bool is_touched() const noexcept { return consumed_ != 0 || took_nothing_; }
    bool broke_off() const noexcept { return end_ == CSGI_TRUNC; }

private:
    void judge_pieces(Judge &judge);

    struct Piece {
        const char *p;
        uint64_t n;
    };
    std::vector<Piece> shown_;   // not consumed yet
    std::vector<char> remember_; // the first bytes of them
    uint64_t consumed_ = 0;
    bool took_nothing_ = false;    // consume with 0
    csgi_rc end_ = CSGI_OK;        // EOF or TRUNC, once it was said
    uint64_t end_at_ = UINT64_MAX; // where the body ends, as peek said without saying so
};

// peek and consume, as handed inward.
extern const csgi_source body_source;

} // namespace csgi::lint
