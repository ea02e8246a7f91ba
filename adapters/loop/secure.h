// SPDX-License-Identifier: MIT
// The encrypted kind of stream: TLS between a stream's owner and its socket.
#ifndef CSGI_ADAPTERS_LOOP_SECURE_H
#define CSGI_ADAPTERS_LOOP_SECURE_H

#include "adapters/loop/uv_stream.h"

#ifdef __cplusplus
extern "C" {
#endif

bool csgi_secure_open(csgi_stream *stream, const csgi_tls_context *context);
void csgi_secure_free(csgi_stream *stream);
bool csgi_secure_is_open(const csgi_stream *stream);

// What stream.h says of read, write, shutdown and close, for such a stream.
void csgi_secure_read(csgi_stream *stream); // stream->reading has changed
bool csgi_secure_write(csgi_stream *stream, csgi_queue *queue);
void csgi_secure_end(csgi_stream *stream);
void csgi_secure_close(csgi_stream *stream);

#ifdef __cplusplus
}
#endif

#endif
