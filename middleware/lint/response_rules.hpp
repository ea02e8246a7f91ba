// SPDX-License-Identifier: MIT
// What an application owes: parts that are right, in order, and as many bytes as it said.
#pragma once

#include "middleware/lint/digest.hpp"
#include "middleware/lint/report.hpp"

namespace csgi::lint {

struct Exchange;

class Answer {
public:
    // Judges a part before it is sent on. OK; or a code with which to refuse it, since it cannot
    // even be copied.
    csgi_rc judge(const csgi_part &part, bool at_body_sink, Exchange &x);
    // What the host said to it.
    void heard(const csgi_part &part, csgi_rc rc, uint16_t state_before, Exchange &x);

    bool has_begun() const noexcept { return begun_; }
    // END or ABORT was taken.
    bool is_over() const noexcept { return ended_ || aborted_; }
    bool has_ended() const noexcept { return ended_; }

private:
    void judge_order(const csgi_part &part, uint64_t bytes, Exchange &x);
    void judge_head(const csgi_head &head, uint64_t bytes, Exchange &x);
    void judge_chunks(const csgi_part &part, Exchange &x);
    void judge_length(const csgi_part &part, uint64_t bytes, Exchange &x);

    bool begun_ = false, ended_ = false, aborted_ = false;
    uint16_t status_ = 0;
    int64_t declared_ = -1;
    int64_t next_declared_ = -1; // of a head that the host has not answered yet
    uint64_t sent_ = 0;
    uint32_t after_gone_ = 0; // parts with bytes, sent since GONE was heard
    bool gone_ = false;
};

// Bytes that a part brings. False: more than can be counted.
bool part_bytes(const csgi_part &part, uint64_t *bytes) noexcept;
// What a part's bytes add to a digest: a file is known by its descriptor and range.
void add_chunks(Digest &digest, const csgi_part &part) noexcept;

} // namespace csgi::lint
