// SPDX-License-Identifier: MIT
// One connection's bytes, in and out: reads into counted blocks, writes a csgi_queue, closes in the
// ways there are. What the owner keeps of the connection lies in the same allocation.
#ifndef CSGI_ADAPTERS_LOOP_STREAM_H
#define CSGI_ADAPTERS_LOOP_STREAM_H

#include "adapters/loop/listener.h"
#include "core/gateway/queue.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct csgi_stream csgi_stream;

// An address as text, without and with its port.
typedef struct csgi_stream_name {
    char text[45]; // the longest: six groups and an IPv4 address
    uint8_t n;
    uint16_t port;
} csgi_stream_name;

typedef struct csgi_stream_events {
    // n bytes came, at p, which lies in `block` (the owner's reference remains the stream's: take
    // one of your own to keep them). n is 0 at the end of input, negative when the connection
    // broke.
    void (*read)(void *owner, csgi_block *block, char *p, ptrdiff_t n);
    // Bytes that were waiting have left; the queue is shorter, perhaps empty.
    void (*written)(void *owner);
    // The descriptor is closed. The owner calls csgi_stream_free, now or later.
    void (*closed)(void *owner);
    // On a TLS listener: client and server have agreed, reading has begun.
    void (*opened)(void *owner);
} csgi_stream_events;

// Accepts a connection; the owner's `size` zeroed bytes are csgi_stream_owner. NULL: none was
// waiting, or out of memory.
csgi_stream *csgi_stream_accept(csgi_listener *listener, const csgi_stream_events *events,
                                size_t size);
void *csgi_stream_owner(csgi_stream *stream);
void csgi_stream_free(csgi_stream *stream);

bool csgi_stream_is_tls(const csgi_stream *stream);
bool csgi_stream_is_open(const csgi_stream *stream); // false: nothing can be written yet

void csgi_stream_names(csgi_stream *stream, csgi_stream_name *peer, csgi_stream_name *local);

// Reading: into the block that is being filled, behind what was read before. `keep` bytes at its
// end are not yet dealt with and have to stay in one piece with what comes.
void csgi_stream_read(csgi_stream *stream, bool on);
bool csgi_stream_room(csgi_stream *stream, char **keep,
                      size_t keep_n);               // false: keep_n fills a block
csgi_block *csgi_stream_block(csgi_stream *stream); // NULL: none
void csgi_stream_drop_block(csgi_stream *stream);   // nothing in it is needed

// Sends what is in the queue, now as far as the kernel takes it, the rest as it can. False: the
// connection is broken.
bool csgi_stream_write(csgi_stream *stream, csgi_queue *queue);
bool csgi_stream_writing(const csgi_stream *stream); // something is still under way

// What was sent is not whole: the end of the stream is not to look like an end that was meant. Only
// TLS can tell the two from each other.
void csgi_stream_cut(csgi_stream *stream);

void csgi_stream_shutdown(csgi_stream *stream);          // no more output; after what is under way
void csgi_stream_close(csgi_stream *stream, bool reset); // `reset`: so that the peer sees it broken

#ifdef __cplusplus
}
#endif

#endif
