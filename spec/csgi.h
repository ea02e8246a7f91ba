// SPDX-License-Identifier: MIT
// CSGI 1.0: the interface between native web servers and native web applications.
//
// A server ("host") loads a module, asks its one symbol `csgi_entry_v1` for an application, and
// calls `app->handle(app, req)` for each request. The application answers by
// `req->sink->send(...)`. It links against nothing: everything it calls is reached through a
// pointer it was handed.
//
//     request    an immutable VIEW of what the client asked, with the sink for the answer
//     exchange   the identity of one request/response pair, its memory and its state
//     sink       where the parts of an answer go, nearest layer first, the server last
//     source     where the bytes of the request's body come from, pulled
//     worker     one event loop; an application has one instance on each
//
// Middleware is an application with others inside: it passes the view on as it came (a tail call),
// or a derived view with its own sink in front. Short verbs for all this are in <csgi/sdk.h>, the
// rules with their ids in csgi.md.
//
// Conventions, everywhere in this file:
//   [w] on the worker's thread only      [any] from any thread
//   A pointer is never NULL unless "NULL" is said. Who is handed a pointer borrows it; nothing
//   crosses this interface with "the caller must free". No function throws. What a host hands out
//   (api, sources, its own sink) never calls back before it returns. A structure that begins with
//   struct_size grows at its end: what a later version adds is read under CSGI_HAS, and nobody
//   writes past the peer's struct_size. Fields named `reserved` are 0.
#ifndef CSGI_H
#define CSGI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Counts additions since 1.0. For messages only: what is there is asked with CSGI_HAS.
#define CSGI_ABI_MINOR    0u
#define CSGI_HAS(T, p, f) ((p)->struct_size >= offsetof(T, f) + sizeof((p)->f) && (p)->f)

// ---- Results ----------------------------------------------------------------------------------

typedef int32_t csgi_rc; // 0 done; positive: no error, see each; negative: refused
#define CSGI_OK       0
#define CSGI_AGAIN    1    // peek: nothing yet; the BODY event follows
#define CSGI_PAUSE    2    // send: taken, but send no more until the WRITABLE event
#define CSGI_EOF      3    // peek: the body is complete and consumed
#define CSGI_PENDING  4    // handle: the answer comes later
#define CSGI_DECLINED 5    // handle: not mine, try the next application
#define CSGI_GONE     (-1) // the client left; nothing was taken, though END and ABORT end it
#define CSGI_STATE    (-2) // not in this state of the exchange (csgi.md has the table)
#define CSGI_INVAL    (-3) // an argument that can never be right
#define CSGI_LENGTH   (-4) // more or fewer bytes than the declared Content-Length
#define CSGI_LIMIT    (-5) // over a limit of the host
#define CSGI_NOMEM    (-6)
#define CSGI_UNSUP    (-7) // the host cannot do this; see the capabilities
#define CSGI_TRUNC    (-8) // peek: the body broke off
#define CSGI_APP      (-9) // the application failed, by its own account or by an exception

// ---- Strings, fields, attributes --------------------------------------------------------------

// Bytes, not text: no encoding and no terminating NUL is promised. `p` is never NULL, also when n
// is 0.
typedef struct csgi_str {
    const char *p;
    size_t n;
} csgi_str;
// An initialiser from a string literal.
// clang-format off
#define CSGI_LIT(s) {s, sizeof(s) - 1}
// clang-format on

typedef struct csgi_exchange csgi_exchange;
typedef struct csgi_worker csgi_worker;
typedef struct csgi_api csgi_api;
typedef struct csgi_request csgi_request;
typedef struct csgi_sink csgi_sink;
typedef struct csgi_source csgi_source;
typedef struct csgi_app csgi_app;
typedef struct csgi_chunk csgi_chunk;
typedef struct csgi_part csgi_part;

// One field line (RFC 9110, 5). In a request, names are lower case, and `id` and `next` are set. In
// a response, write names in lower case; `id` and `next` are not looked at.
typedef struct csgi_header {
    csgi_str name, value;
    uint16_t id;    // CSGI_FIELD_*, 0: a name without an id
    uint16_t next;  // 1 + index of the next line of the same name, 0: none
    uint32_t flags; // CSGI_HEADER_*
} csgi_header;
#define CSGI_HEADER_STATIC 1u // name and value outlive the worker: the host need not copy them

// Data that a layer leaves for those inside it, newest first. A NULL value hides an outer one of
// the same id. Ids are registry.md's, or begin with a reversed domain of yours.
typedef struct csgi_attr {
    csgi_str id;
    const void *value;            // NULL: nothing, stop looking
    const struct csgi_attr *next; // NULL: the last
} csgi_attr;

// ---- Worker and exchange ----------------------------------------------------------------------

struct csgi_worker { // outlives every exchange on it
    uint32_t struct_size;
    uint32_t index; // 0, 1, ... within the server
    const csgi_api *api;
};

// The host's object; this is its public beginning. Lives until the last on_done returned.
struct csgi_exchange {
    uint32_t struct_size;
    uint16_t state;      // what the SERVER has seen of the answer; a layer may hold more back, so
                         // keep a flag of your own for "I have answered": CSGI_NEW, _BEGUN, _ENDED
    uint16_t flags;      // CSGI_ABORTED
    const csgi_api *api; // always reached through here, never kept: a nested host hands out its own
    csgi_worker *worker;
    // Free memory that lives as long as the exchange: take from the front, or call api->alloc.
    char *arena_cur, *arena_end;
};
#define CSGI_NEW     0u
#define CSGI_BEGUN   1u
#define CSGI_ENDED   2u
#define CSGI_ABORTED 1u // the client is gone: send says GONE; END or ABORT end it even so

// ---- The request ------------------------------------------------------------------------------

// What it reaches lives until the last on_done of the exchange returned, and does not change. Only
// a view fresh from api->derive may be written to, by its maker, before it is passed inward.
struct csgi_request {
    uint32_t struct_size;
    uint32_t flags;             // CSGI_REQ_*
    csgi_exchange *exchange;    // the same in every derived view
    const csgi_sink *sink;      // a part with a head goes here
    const csgi_sink *body_sink; // a part without a head goes here: the nearest sink that wants BODY
    const csgi_source *source;  // the body
    csgi_str method;            // as received: a method is case-sensitive
    csgi_str target;            // as received (RFC 9112, 3.2); empty without CSGI_CAP_RAW_TARGET
    csgi_str path;              // begins with "/" (empty in forms ASTERISK and AUTHORITY); still
                                // percent-encoded; always whole, mount prefix included
    csgi_str query;             // behind the first "?", still encoded; empty if none
    csgi_str scheme;            // "http" or "https"
    csgi_str authority;         // Host, or that of an absolute target; empty if neither
    csgi_str peer, local;       // IP addresses as text, or "unix:"
    uint32_t method_id;         // CSGI_METHOD_*, 0: another
    uint32_t mount_len;         // path[0, mount_len) is the prefix this is mounted under; 0: none
    uint16_t http_version;      // 10, 11, 20, 30
    uint16_t form;              // CSGI_FORM_*
    uint16_t peer_port, local_port; // 0 for "unix:"
    const csgi_header
        *headers;          // as they arrived; a name with other bytes than a-z 0-9 - is dropped
    const uint16_t *known; // known[id] = 1 + index of the first line of that id, 0: none
    uint32_t nheaders;
    uint32_t nknown;        // ids from here on are unknown to this host: compare names
    int64_t content_length; // bytes of the body, or -1: not known in advance. See CSGI_REQ_HAS_BODY
    uint64_t start_ns;      // when the head was complete; CLOCK_MONOTONIC, nanoseconds
    const csgi_attr *attrs; // NULL: none
    uint32_t depth;         // derives between the server (0) and this view
    uint32_t reserved;
};
#define CSGI_REQ_HEAD       1u  // the method is HEAD: answer as for GET, the host drops the body
#define CSGI_REQ_HAS_BODY   2u  // a body exists (perhaps empty) if and only if this is set
#define CSGI_REQ_TLS        4u  // the client's connection to this server is encrypted
#define CSGI_REQ_INTERNAL   8u  // made by a server or a layer, not by a client; `target` is empty
#define CSGI_REQ_TAKES_FILE 16u // every sink from here on takes FILE chunks

#define CSGI_FORM_ORIGIN    1u // RFC 9112, 3.2
#define CSGI_FORM_ABSOLUTE  2u
#define CSGI_FORM_AUTHORITY 3u
#define CSGI_FORM_ASTERISK  4u

// The body, pulled. Not reading is the brake: the host asks the client for no more than is read.
struct csgi_source {
    uint32_t struct_size;
    uint32_t reserved;
    // Shows what has come, without taking it. OK: at least `min` bytes are here, or all that is
    // left of a whole body; spans[0, *n) hold the first `cap` pieces, readable until consumed (they
    // are COPY: they may go straight into a part, consume them after the send). `min` 0 counts as
    // 1; UINT64_MAX asks for the whole body. Else *n is 0: AGAIN (the BODY event follows), EOF
    // (stays; also without a body), TRUNC (broke off with fewer; stays), LIMIT (more than max_body,
    // or than the host keeps at once), STATE, INVAL (cap 0), NOMEM. The first peek sends 100
    // (Continue) if the client waits for it and no head has gone out: so peek before you begin. [w]
    csgi_rc (*peek)(const csgi_source *self, csgi_exchange *x, uint64_t min, csgi_chunk *spans,
                    size_t cap, size_t *n);
    // Takes the next n bytes; INVAL, and none taken, when fewer have been shown. [w]
    csgi_rc (*consume)(const csgi_source *self, csgi_exchange *x, uint64_t n);
};

// ---- The answer -------------------------------------------------------------------------------

// Read during the call only, strings included (a field flagged STATIC stays readable), and never
// written to: it may be a constant.
typedef struct csgi_head {
    uint32_t struct_size;
    uint16_t status; // 200..599
    uint16_t reserved;
    // Names in lower case. INVAL for those that are the host's: connection, keep-alive, te,
    // transfer-encoding, upgrade, proxy-connection, status, x-accel-*, x-sendfile.
    const csgi_header *headers; // NULL when nheaders is 0
    uint32_t nheaders;
    uint32_t reserved2;
    int64_t content_length; // bytes of body in all; 0: not declared (counted, or chunks)
} csgi_head;

// All zero, it is no bytes of memory to be copied.
struct csgi_chunk {
    uint32_t kind; // CSGI_CHUNK_MEMORY: n bytes at p; CSGI_CHUNK_FILE: n bytes of fd from off
    uint32_t mem;  // CSGI_MEM_*: how long the bytes (the descriptor, for a file) stay valid
    const void *p; // NULL for a file
    uint64_t n;
    int64_t fd;   // of a file
    uint64_t off; // of a file
    // OWNED only, else NULL. Who takes the chunk (`send` says 0 or more) calls it exactly once,
    // with `arg` (may be NULL), on the worker's thread and before on_done: the server from its
    // loop, a layer perhaps before send returns. It may not call the host. Refused: still the
    // sender's.
    void (*release)(void *arg);
    void *arg;
};
#define CSGI_CHUNK_MEMORY 0u
#define CSGI_CHUNK_FILE   1u
#define CSGI_MEM_COPY     0u // only during the call: the host copies. Not for a file
#define CSGI_MEM_STATIC   1u // longer than the worker
#define CSGI_MEM_ARENA    2u // as long as the exchange
#define CSGI_MEM_OWNED    3u // until `release`

// One piece of an answer. A whole answer is head + chunks + END in one part. Never written to.
struct csgi_part {
    uint32_t struct_size;
    uint32_t flags;           // CSGI_PART_*
    const csgi_head *head;    // first part only, else NULL. To change it, send on a copy
    const csgi_chunk *chunks; // NULL when nchunks is 0
    size_t nchunks;
    // With END only (RFC 9110, 6.5), NULL when ntrailers is 0. Without CSGI_CAP_TRAILERS_OUT they
    // are dropped, and that is logged.
    const csgi_header *trailers;
    size_t ntrailers;
};
#define CSGI_PART_END  1u // the answer is complete
#define CSGI_PART_MORE 2u // another part follows at once: no need to hurry this one out
// The answer is given up, in a part that holds nothing else: the client sees it broken. Before a
// head the host answers 500 instead (400 when the request's body broke off).
#define CSGI_PART_ABORT 4u

// Where parts go. Embed it at the front of a struct of yours. To put it in front of a derived view:
// next = req->sink, next_body = req->body_sink, view->sink = it, and if it wants BODY,
// view->body_sink = it. Parts with a head go on to next, the others to next_body.
struct csgi_sink {
    uint32_t struct_size;
    uint32_t wants;             // CSGI_WANTS_*
    const csgi_sink *next;      // further out: the view's `sink` when this one was put in front
    const csgi_sink *next_body; // the view's `body_sink` then. Both NULL: this is the server's
    // Takes all of the part (0 or more) or nothing (negative). OK; PAUSE (stop until WRITABLE;
    // never with END); GONE; STATE; INVAL (a byte that may not stand there, a field that belongs to
    // the host); LENGTH; LIMIT (PAUSE was not respected); NOMEM; UNSUP (a FILE without TAKES_FILE).
    // A part without MORE is on its way when the outermost callback into the application returns.
    // Too few bytes at END is LENGTH, and the host has broken the answer off. [w]
    csgi_rc (*send)(const csgi_sink *self, csgi_exchange *x, const csgi_part *part);
};
#define CSGI_WANTS_BODY 1u
#define CSGI_WANTS_FILE 2u // with BODY: takes FILE chunks; BODY alone: clear TAKES_FILE in the view

// ---- What a host can be asked -----------------------------------------------------------------

// Work for a worker's loop. Owned by the caller, zeroed at first, left alone while it is queued: so
// posting needs no memory and cannot fail. Memory of an exchange is kept for it by api->hold.
typedef struct csgi_task {
    void (*run)(csgi_worker *worker, struct csgi_task *self); // [w]
    void *host[6];                                            // the host's
} csgi_task;

// Events are hints, and may come for nothing: after BODY, peek again; after WRITABLE, sending is
// always allowed, and PAUSE is simply said again. `events` are those that happened
// and were listened for; returns which of them go on to the views inside. [w]
typedef uint32_t (*csgi_event_fn)(csgi_request *req, uint32_t events, void *arg);
#define CSGI_EVENT_BODY     1u // peek has more to say
#define CSGI_EVENT_WRITABLE 2u // after PAUSE: send again
#define CSGI_EVENT_ABORT    4u // the client left, or a layer gave up: END or ABORT; once per view
#define CSGI_EVENT_DRAIN    8u // the worker wants to stop: bring long answers to an end

// The exchange is over. `outcome`: OK, GONE (client left), LENGTH, or APP (given up). `body_bytes`:
// how much of a body the host took to send, 0 where none is sent. The peer may not have read it all
// yet. [w]
typedef void (*csgi_done_fn)(csgi_exchange *x, void *arg, csgi_rc outcome, uint64_t body_bytes);

struct csgi_api { // no pointer in it is NULL
    uint32_t struct_size;
    uint32_t abi_minor;
    uint64_t caps;   // CSGI_CAP_*, the same for the whole life of the worker
    csgi_str server; // name and version, for people
    // n bytes at a multiple of `align` (a power of two), until done. NULL: out of memory. [w]
    void *(*alloc)(csgi_exchange *x, size_t n, size_t align);
    // A copy of the view, one deeper, yours to change until you pass it inward. NULL: out of
    // memory, or the exchange has ended. [w]
    csgi_request *(*derive)(const csgi_request *view);
    // Calls fn for these events on the view YOU GOT; a second call on the same view replaces the
    // first, `events` 0 ends it: so a layer that listens passes a derived view inward. After the
    // client left, ABORT is delivered once all the same. OK, INVAL (an unknown bit), STATE. [w]
    csgi_rc (*listen)(csgi_request *view, uint32_t events, csgi_event_fn fn, void *arg);
    // Starts events on the view YOU GAVE and those inside it; delivered from the loop. [w]
    void (*raise)(csgi_request *view, uint32_t events);
    // Calls fn exactly once when the exchange is over, last registered first. OK, NOMEM, STATE. [w]
    csgi_rc (*on_done)(csgi_exchange *x, csgi_done_fn fn, void *arg);
    // Keep the exchange's memory for work that is still going on, not its answer; on_done waits for
    // it too, and meanwhile any thread may read x->api and x->worker. Counted. [w]
    void (*hold)(csgi_exchange *x);
    void (*release)(csgi_exchange *x);
    // Runs the task on the worker's loop, soon. After `stop` the task is dropped unrun. [any]
    void (*post)(csgi_worker *worker, csgi_task *task);
    // Runs the task once, `ms` milliseconds from now; again: re-arms; negative: cancels. [w]
    void (*timer)(csgi_worker *worker, csgi_task *task, int64_t ms);
    // An interface of a spec/ext/ header by its id (NUL-terminated), or NULL. [w]
    const void *(*ext)(csgi_worker *worker, const char *id);
    // One line of UTF-8, copied. `x` says which request it is about, NULL: none (always from a
    // foreign thread). [any]
    void (*log)(csgi_worker *worker, csgi_exchange *x, int32_t level, csgi_str message);
    const int32_t *log_level; // lower levels are not recorded: test before formatting. [any]
};
#define CSGI_LOG_DEBUG            0
#define CSGI_LOG_INFO             1
#define CSGI_LOG_WARNING          2
#define CSGI_LOG_ERROR            3
#define CSGI_LOG_FATAL            4
#define CSGI_LOG_HOST_MISBEHAVING 5 // the other side broke a rule of csgi.md
#define CSGI_LOG_APP_MISBEHAVING  6

#define CSGI_CAP_RAW_TARGET      0x001u // `target` is as received
#define CSGI_CAP_RAW_HEADERS     0x002u // repeated field lines arrive as they came, not joined
#define CSGI_CAP_STREAM_REQUEST  0x004u // the body can be read while it arrives
#define CSGI_CAP_STREAM_RESPONSE 0x008u // a part leaves before the answer is complete
#define CSGI_CAP_FULL_DUPLEX     0x010u // both at the same time
#define CSGI_CAP_TRAILERS_OUT    0x020u
#define CSGI_CAP_TRAILERS_IN     0x040u
#define CSGI_CAP_INFORM          0x080u // 1xx answers
#define CSGI_CAP_SENDFILE        0x100u // FILE chunks go from file to socket unread
#define CSGI_CAP_ABORT_NOTIFY    0x200u // a client's leaving is noticed while an answer is pending
#define CSGI_CAP_BROKEN_END      0x400u // an answer given up looks broken to the client
#define CSGI_CAP_UPGRADE         0x800u

// ---- Applications and modules -----------------------------------------------------------------

// One instance per worker; a middleware has its inner applications as children. The host walks the
// tree: create (inner first), start (inner first), handle..., drain, stop and destroy (outer
// first).
struct csgi_app {
    uint32_t struct_size;
    uint32_t flags;    // CSGI_APP_*
    uint64_t max_body; // largest body it takes, in bytes; 0: the host's limit
    csgi_app **inner;  // the children it was created with; its own array. NULL when ninner is 0
    size_t ninner;
    // Answers, or arranges for it. OK: answered to the END. PENDING: will be. DECLINED: nothing was
    // consumed, begun, listened to, held or registered. Negative: failed; the server answers 500.
    // After END or ABORT the value does not matter, so `return send(...)` is fine. [w], any thread
    // under CONCURRENT
    csgi_rc (*handle)(csgi_app *self, csgi_request *req);
    // Each of these may be NULL. On failure start returns < 0 with a reason in err[0, cap),
    // NUL-terminated, and the server refuses to serve. After stop no exchange is left. [w]
    csgi_rc (*start)(csgi_app *self, csgi_worker *worker, char *err, size_t cap);
    void (*drain)(csgi_app *self);
    void (*stop)(csgi_app *self);
    void (*destroy)(csgi_app *self); // frees this instance, not its children
};
#define CSGI_APP_BLOCKING         1u // handle may block: a loop warns, `offload` wraps it
#define CSGI_APP_CONCURRENT       2u // handle may run on several threads at once (under `offload`)
#define CSGI_APP_START_WHOLE_BODY 4u // hint: best called when the whole body has arrived

// The one symbol of a module. A constant: it can be looked at without running anything. Modules are
// never unloaded.
typedef struct csgi_entry {
    uint32_t struct_size;
    uint32_t abi_minor;
    const char *name, *version; // not empty, NUL-terminated
    uint64_t needs;             // CSGI_CAP_*: a host without one of them refuses to load
    // Is this configuration good? OK, or < 0 with a reason in err. Has no effect; may run in
    // another process than create. NULL: create will tell.
    csgi_rc (*check)(csgi_str config, char *err, size_t cap);
    // A new instance around inner[0, ninner) (read the array during the call; keep the pointers) in
    // *out, or < 0 with a reason in err and *out untouched. Config: key=value,key=value with \ as
    // escape. On the worker's thread, for each worker. An application that never changes and has no
    // start, drain, stop or destroy may be one and the same each time.
    csgi_rc (*create)(csgi_str config, csgi_app **inner, size_t ninner, csgi_app **out, char *err,
                      size_t cap);
    const void *(*ext)(const char *id); // may be NULL, may return NULL
} csgi_entry;

#if defined(__GNUC__)
#define CSGI_EXPORT __attribute__((visibility("default")))
#else
#define CSGI_EXPORT
#endif
extern CSGI_EXPORT const csgi_entry csgi_entry_v1; // defined by a module, never by a host

// ---- Numbers of methods and fields ------------------------------------------------------------

#define CSGI_METHOD_GET     1u // RFC 9110, 9.3; RFC 5789. Any other method is 0: compare `method`
#define CSGI_METHOD_HEAD    2u
#define CSGI_METHOD_POST    3u
#define CSGI_METHOD_PUT     4u
#define CSGI_METHOD_DELETE  5u
#define CSGI_METHOD_CONNECT 6u
#define CSGI_METHOD_OPTIONS 7u
#define CSGI_METHOD_TRACE   8u
#define CSGI_METHOD_PATCH   9u

// The names are headers.def's, in lower case with "-" for "_". Never renumbered, only appended to.
// clang-format off
enum {
    CSGI_FIELD_ACCEPT = 1, CSGI_FIELD_ACCEPT_ENCODING = 2, CSGI_FIELD_ACCEPT_LANGUAGE = 3,
    CSGI_FIELD_ACCEPT_RANGES = 4, CSGI_FIELD_ACCESS_CONTROL_ALLOW_CREDENTIALS = 5,
    CSGI_FIELD_ACCESS_CONTROL_ALLOW_HEADERS = 6, CSGI_FIELD_ACCESS_CONTROL_ALLOW_METHODS = 7,
    CSGI_FIELD_ACCESS_CONTROL_ALLOW_ORIGIN = 8, CSGI_FIELD_ACCESS_CONTROL_EXPOSE_HEADERS = 9,
    CSGI_FIELD_ACCESS_CONTROL_MAX_AGE = 10, CSGI_FIELD_ACCESS_CONTROL_REQUEST_HEADERS = 11,
    CSGI_FIELD_ACCESS_CONTROL_REQUEST_METHOD = 12, CSGI_FIELD_AGE = 13, CSGI_FIELD_ALLOW = 14,
    CSGI_FIELD_ALT_SVC = 15, CSGI_FIELD_AUTHORIZATION = 16, CSGI_FIELD_CACHE_CONTROL = 17,
    CSGI_FIELD_CONNECTION = 18, CSGI_FIELD_CONTENT_DISPOSITION = 19,
    CSGI_FIELD_CONTENT_ENCODING = 20, CSGI_FIELD_CONTENT_LENGTH = 21, CSGI_FIELD_CONTENT_RANGE = 22,
    CSGI_FIELD_CONTENT_SECURITY_POLICY = 23, CSGI_FIELD_CONTENT_TYPE = 24, CSGI_FIELD_COOKIE = 25,
    CSGI_FIELD_CROSS_ORIGIN_EMBEDDER_POLICY = 26, CSGI_FIELD_CROSS_ORIGIN_OPENER_POLICY = 27,
    CSGI_FIELD_CROSS_ORIGIN_RESOURCE_POLICY = 28, CSGI_FIELD_DATE = 29, CSGI_FIELD_DNT = 30,
    CSGI_FIELD_EARLY_DATA = 31, CSGI_FIELD_ETAG = 32, CSGI_FIELD_EXPECT = 33,
    CSGI_FIELD_EXPIRES = 34, CSGI_FIELD_FORWARDED = 35, CSGI_FIELD_HOST = 36,
    CSGI_FIELD_IF_MATCH = 37, CSGI_FIELD_IF_MODIFIED_SINCE = 38, CSGI_FIELD_IF_NONE_MATCH = 39,
    CSGI_FIELD_IF_RANGE = 40, CSGI_FIELD_IF_UNMODIFIED_SINCE = 41, CSGI_FIELD_KEEP_ALIVE = 42,
    CSGI_FIELD_LAST_EVENT_ID = 43, CSGI_FIELD_LAST_MODIFIED = 44, CSGI_FIELD_LINK = 45,
    CSGI_FIELD_LOCATION = 46, CSGI_FIELD_ORIGIN = 47, CSGI_FIELD_PERMISSIONS_POLICY = 48,
    CSGI_FIELD_PRAGMA = 49, CSGI_FIELD_PRIORITY = 50, CSGI_FIELD_PROXY = 51,
    CSGI_FIELD_PROXY_AUTHORIZATION = 52, CSGI_FIELD_PROXY_CONNECTION = 53, CSGI_FIELD_RANGE = 54,
    CSGI_FIELD_REFERER = 55, CSGI_FIELD_REFERRER_POLICY = 56, CSGI_FIELD_RETRY_AFTER = 57,
    CSGI_FIELD_SEC_FETCH_DEST = 58, CSGI_FIELD_SEC_FETCH_MODE = 59, CSGI_FIELD_SEC_FETCH_SITE = 60,
    CSGI_FIELD_SEC_WEBSOCKET_ACCEPT = 61, CSGI_FIELD_SEC_WEBSOCKET_EXTENSIONS = 62,
    CSGI_FIELD_SEC_WEBSOCKET_KEY = 63, CSGI_FIELD_SEC_WEBSOCKET_PROTOCOL = 64,
    CSGI_FIELD_SEC_WEBSOCKET_VERSION = 65, CSGI_FIELD_SERVER = 66, CSGI_FIELD_SET_COOKIE = 67,
    CSGI_FIELD_STATUS = 68, CSGI_FIELD_STRICT_TRANSPORT_SECURITY = 69, CSGI_FIELD_TE = 70,
    CSGI_FIELD_TRACEPARENT = 71, CSGI_FIELD_TRACESTATE = 72, CSGI_FIELD_TRAILER = 73,
    CSGI_FIELD_TRANSFER_ENCODING = 74, CSGI_FIELD_UPGRADE = 75,
    CSGI_FIELD_UPGRADE_INSECURE_REQUESTS = 76, CSGI_FIELD_USER_AGENT = 77, CSGI_FIELD_VARY = 78,
    CSGI_FIELD_VIA = 79, CSGI_FIELD_WWW_AUTHENTICATE = 80, CSGI_FIELD_X_ACCEL_REDIRECT = 81,
    CSGI_FIELD_X_CONTENT_TYPE_OPTIONS = 82, CSGI_FIELD_X_FORWARDED_FOR = 83,
    CSGI_FIELD_X_FORWARDED_HOST = 84, CSGI_FIELD_X_FORWARDED_PORT = 85,
    CSGI_FIELD_X_FORWARDED_PREFIX = 86, CSGI_FIELD_X_FORWARDED_PROTO = 87,
    CSGI_FIELD_X_FRAME_OPTIONS = 88, CSGI_FIELD_X_HTTP_METHOD_OVERRIDE = 89,
    CSGI_FIELD_X_REAL_IP = 90, CSGI_FIELD_X_REQUEST_ID = 91, CSGI_FIELD_X_SENDFILE = 92,
};
// clang-format on

#ifdef __cplusplus
}
#endif

#endif
