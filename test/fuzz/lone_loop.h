// SPDX-License-Identifier: MIT
// A loop without a kernel below it, in the place of adapters/loop: one client, whose bytes are
// handed in and whose answers are kept. Nothing in it depends on time.
#ifndef CSGI_TEST_FUZZ_LONE_LOOP_H
#define CSGI_TEST_FUZZ_LONE_LOOP_H

#include "adapters/loop/loop.h"
#include "adapters/loop/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

// Connects a client to a listener that was started. Of what is sent to it, `budget` bytes are taken
// in each turn; 0: all at once.
void lone_connect(csgi_listener *listener, size_t budget);

// Hands in up to n bytes; how many were read. 0: not now, or never again.
size_t lone_send(csgi_loop *loop, const char *p, size_t n);
// Hands in all of it, as long as anything is read, in pieces of about 1 to `pieces` bytes with a
// turn after each; `pieces` of 0: all at once.
void lone_send_all(csgi_loop *loop, const char *p, size_t n, size_t pieces);
void lone_leave(csgi_loop *loop); // no more comes

// Everything that can happen now happens; false: nothing did.
bool lone_turn(csgi_loop *loop);

// What the client got, as long as the loop lives.
const char *lone_received(const csgi_loop *loop, size_t *n);
bool lone_is_over(const csgi_loop *loop); // the server sends no more

#ifdef __cplusplus
}
#endif

#endif
