// SPDX-License-Identifier: MIT
// A host inside the process, without sockets: what the test client, internal requests and the chaos
// tests stand on. It gives requests to an application and keeps the answers, one worker, its clock
// by default virtual: when nothing else can happen, time jumps to the next timer.
//
// For the thread that made it, but for what api offers to any thread.
#ifndef CSGI_CORE_GATEWAY_NESTED_H
#define CSGI_CORE_GATEWAY_NESTED_H

#include <csgi.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct csgi_nested csgi_nested;
typedef struct csgi_nested_call csgi_nested_call;

// What the host can do when nothing is taken from it.
#define CSGI_NESTED_CAPS                                                                           \
    (CSGI_CAP_RAW_TARGET | CSGI_CAP_RAW_HEADERS | CSGI_CAP_STREAM_REQUEST |                        \
     CSGI_CAP_STREAM_RESPONSE | CSGI_CAP_FULL_DUPLEX | CSGI_CAP_TRAILERS_OUT | CSGI_CAP_SENDFILE | \
     CSGI_CAP_ABORT_NOTIFY | CSGI_CAP_BROKEN_END)

typedef struct csgi_nested_options {
    uint64_t caps; // without SENDFILE, TAKES_FILE is not set
    int32_t log_level;
    bool real_time;                                               // the clock is the machine's
    uint64_t high_mark, low_mark, hard_mark, max_body, max_spool; // 0: as every host
    // One line of the log; NULL: to stderr. [any thread]
    void (*log)(void *arg, int32_t level, csgi_str message);
    void *arg;
} csgi_nested_options;

// What the client sends. Everything is copied.
typedef struct csgi_nested_request {
    csgi_str method, target;    // empty: GET, "/"
    const csgi_header *headers; // name and value count; Host is added if absent
    size_t nheaders;
    csgi_str body; // all of it, with its Content-Length, unless `stream`
    bool stream;   // the body follows by csgi_nested_feed; chunked unless a Content-Length is among
                   // the headers
    bool internal; // marked INTERNAL
    bool slow_reader; // takes the answer's body only by csgi_nested_take
    unsigned version; // 10 or 11; 0: 11
} csgi_nested_request;

// What the client has got so far. Lives as long as the call.
typedef struct csgi_nested_answer {
    bool begun;      // there is a head
    bool complete;   // all of it, in order
    bool broken;     // the connection would have been cut
    bool refused;    // by the host, before the application
    bool done;       // the exchange is over and its memory gone
    csgi_rc outcome; // with done
    unsigned status;
    const csgi_header *headers; // as sent, and Content-Length if the host announced one
    size_t nheaders;
    csgi_str body;
    const csgi_header *trailers;
    size_t ntrailers;
} csgi_nested_answer;

csgi_nested *
csgi_nested_new(const csgi_nested_options *options); // NULL: defaults, or out of memory

// Starts an application and all inside it; once. From then on they are the host's to stop and
// destroy, also when this fails.
csgi_rc csgi_nested_start(csgi_nested *host, csgi_app *app, char *err, size_t cap);

void csgi_nested_drain(csgi_nested *host);

// Ends open calls as lost, stops and destroys the applications, and frees all calls. Exchanges that
// the application never ends are counted in the result: their memory is left alone.
size_t csgi_nested_free(csgi_nested *host);

// Hands a request over. NULL: out of memory. The call is the host's.
csgi_nested_call *csgi_nested_open(csgi_nested *host, const csgi_nested_request *request);
const csgi_nested_answer *csgi_nested_answer_of(const csgi_nested_call *call);

void csgi_nested_feed(csgi_nested_call *call, csgi_str bytes); // more of the body
void csgi_nested_feed_end(csgi_nested_call *call);             // all of it
void csgi_nested_cut(csgi_nested_call *call);  // the body breaks off, the client stays
void csgi_nested_lose(csgi_nested_call *call); // the client leaves
void csgi_nested_take(csgi_nested_call *call, uint64_t bytes); // a slow reader reads
bool csgi_nested_wants_body(
    const csgi_nested_call *call); // the application asked for more than is here

// One turn of the loop; false when nothing was posted and nothing is due, also by letting time
// jump.
bool csgi_nested_turn(csgi_nested *host);
// Turns until the exchange is over. Waits up to `ms` milliseconds of real time for foreign threads
// whenever nothing else happens. False: it is not over.
bool csgi_nested_finish(csgi_nested_call *call, unsigned ms);

size_t csgi_nested_open_count(const csgi_nested *host); // exchanges that are not over
uint64_t csgi_nested_now(const csgi_nested *host);      // milliseconds of its clock

#ifdef __cplusplus
}
#endif

#endif
