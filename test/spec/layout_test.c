// SPDX-License-Identifier: MIT
// The layout of the contract, frozen: each size, offset and number as version 1.0 has it.
//
// A row changes only when a structure has grown at its end; then its SIZE row does, and rows are
// added. Everything is checked by the compiler: this file is only ever compiled, in each language
// and by each compiler that there is. The numbers of structures are those of 64-bit systems.
#include <csgi.h>
#include <csgi/ext/poll.h>

// Declaring one array again and again says the same in every version of C and C++.
#define CHECK(truth) extern char csgi_layout_holds[(truth) ? 1 : -1]

#define VALUE(name, number) CHECK((name) == (number))

#if UINTPTR_MAX == 0xffffffffffffffffu
#define SIZE(type, bytes) CHECK(sizeof(type) == (bytes) && (bytes) % 8 == 0)
#define FIELD(type, field, offset, bytes) \
    CHECK(offsetof(type, field) == (offset) && sizeof(((type *)0)->field) == (bytes))
#else
#define SIZE(type, bytes)                 CHECK(sizeof(type) <= (bytes))
#define FIELD(type, field, offset, bytes) CHECK(offsetof(type, field) <= (offset))
#endif

// clang-format off
// ---- spec/csgi.h ------------------------------------------------------------------------------

SIZE(csgi_str, 16);
FIELD(csgi_str, p, 0, 8);
FIELD(csgi_str, n, 8, 8);

SIZE(csgi_header, 40);
FIELD(csgi_header, name, 0, 16);
FIELD(csgi_header, value, 16, 16);
FIELD(csgi_header, id, 32, 2);
FIELD(csgi_header, next, 34, 2);
FIELD(csgi_header, flags, 36, 4);

SIZE(csgi_attr, 32);
FIELD(csgi_attr, id, 0, 16);
FIELD(csgi_attr, value, 16, 8);
FIELD(csgi_attr, next, 24, 8);

SIZE(csgi_worker, 16);
FIELD(csgi_worker, struct_size, 0, 4);
FIELD(csgi_worker, index, 4, 4);
FIELD(csgi_worker, api, 8, 8);

SIZE(csgi_exchange, 40);
FIELD(csgi_exchange, struct_size, 0, 4);
FIELD(csgi_exchange, state, 4, 2);
FIELD(csgi_exchange, flags, 6, 2);
FIELD(csgi_exchange, api, 8, 8);
FIELD(csgi_exchange, worker, 16, 8);
FIELD(csgi_exchange, arena_cur, 24, 8);
FIELD(csgi_exchange, arena_end, 32, 8);

SIZE(csgi_request, 240);
FIELD(csgi_request, struct_size, 0, 4);
FIELD(csgi_request, flags, 4, 4);
FIELD(csgi_request, exchange, 8, 8);
FIELD(csgi_request, sink, 16, 8);
FIELD(csgi_request, body_sink, 24, 8);
FIELD(csgi_request, source, 32, 8);
FIELD(csgi_request, method, 40, 16);
FIELD(csgi_request, target, 56, 16);
FIELD(csgi_request, path, 72, 16);
FIELD(csgi_request, query, 88, 16);
FIELD(csgi_request, scheme, 104, 16);
FIELD(csgi_request, authority, 120, 16);
FIELD(csgi_request, peer, 136, 16);
FIELD(csgi_request, local, 152, 16);
FIELD(csgi_request, method_id, 168, 4);
FIELD(csgi_request, mount_len, 172, 4);
FIELD(csgi_request, http_version, 176, 2);
FIELD(csgi_request, form, 178, 2);
FIELD(csgi_request, peer_port, 180, 2);
FIELD(csgi_request, local_port, 182, 2);
FIELD(csgi_request, headers, 184, 8);
FIELD(csgi_request, known, 192, 8);
FIELD(csgi_request, nheaders, 200, 4);
FIELD(csgi_request, nknown, 204, 4);
FIELD(csgi_request, content_length, 208, 8);
FIELD(csgi_request, start_ns, 216, 8);
FIELD(csgi_request, attrs, 224, 8);
FIELD(csgi_request, depth, 232, 4);
FIELD(csgi_request, reserved, 236, 4);

SIZE(csgi_source, 24);
FIELD(csgi_source, struct_size, 0, 4);
FIELD(csgi_source, reserved, 4, 4);
FIELD(csgi_source, peek, 8, 8);
FIELD(csgi_source, consume, 16, 8);

SIZE(csgi_head, 32);
FIELD(csgi_head, struct_size, 0, 4);
FIELD(csgi_head, status, 4, 2);
FIELD(csgi_head, reserved, 6, 2);
FIELD(csgi_head, headers, 8, 8);
FIELD(csgi_head, nheaders, 16, 4);
FIELD(csgi_head, reserved2, 20, 4);
FIELD(csgi_head, content_length, 24, 8);

SIZE(csgi_chunk, 56);
FIELD(csgi_chunk, kind, 0, 4);
FIELD(csgi_chunk, mem, 4, 4);
FIELD(csgi_chunk, p, 8, 8);
FIELD(csgi_chunk, n, 16, 8);
FIELD(csgi_chunk, fd, 24, 8);
FIELD(csgi_chunk, off, 32, 8);
FIELD(csgi_chunk, release, 40, 8);
FIELD(csgi_chunk, arg, 48, 8);

SIZE(csgi_part, 48);
FIELD(csgi_part, struct_size, 0, 4);
FIELD(csgi_part, flags, 4, 4);
FIELD(csgi_part, head, 8, 8);
FIELD(csgi_part, chunks, 16, 8);
FIELD(csgi_part, nchunks, 24, 8);
FIELD(csgi_part, trailers, 32, 8);
FIELD(csgi_part, ntrailers, 40, 8);

SIZE(csgi_sink, 32);
FIELD(csgi_sink, struct_size, 0, 4);
FIELD(csgi_sink, wants, 4, 4);
FIELD(csgi_sink, next, 8, 8);
FIELD(csgi_sink, next_body, 16, 8);
FIELD(csgi_sink, send, 24, 8);

SIZE(csgi_task, 56);
FIELD(csgi_task, run, 0, 8);
FIELD(csgi_task, host, 8, 48);

SIZE(csgi_api, 128);
FIELD(csgi_api, struct_size, 0, 4);
FIELD(csgi_api, abi_minor, 4, 4);
FIELD(csgi_api, caps, 8, 8);
FIELD(csgi_api, server, 16, 16);
FIELD(csgi_api, alloc, 32, 8);
FIELD(csgi_api, derive, 40, 8);
FIELD(csgi_api, listen, 48, 8);
FIELD(csgi_api, raise, 56, 8);
FIELD(csgi_api, on_done, 64, 8);
FIELD(csgi_api, hold, 72, 8);
FIELD(csgi_api, release, 80, 8);
FIELD(csgi_api, post, 88, 8);
FIELD(csgi_api, timer, 96, 8);
FIELD(csgi_api, ext, 104, 8);
FIELD(csgi_api, log, 112, 8);
FIELD(csgi_api, log_level, 120, 8);

SIZE(csgi_app, 72);
FIELD(csgi_app, struct_size, 0, 4);
FIELD(csgi_app, flags, 4, 4);
FIELD(csgi_app, max_body, 8, 8);
FIELD(csgi_app, inner, 16, 8);
FIELD(csgi_app, ninner, 24, 8);
FIELD(csgi_app, handle, 32, 8);
FIELD(csgi_app, start, 40, 8);
FIELD(csgi_app, drain, 48, 8);
FIELD(csgi_app, stop, 56, 8);
FIELD(csgi_app, destroy, 64, 8);

SIZE(csgi_entry, 56);
FIELD(csgi_entry, struct_size, 0, 4);
FIELD(csgi_entry, abi_minor, 4, 4);
FIELD(csgi_entry, name, 8, 8);
FIELD(csgi_entry, version, 16, 8);
FIELD(csgi_entry, needs, 24, 8);
FIELD(csgi_entry, check, 32, 8);
FIELD(csgi_entry, create, 40, 8);
FIELD(csgi_entry, ext, 48, 8);

VALUE(CSGI_OK, 0);
VALUE(CSGI_AGAIN, 1);
VALUE(CSGI_PAUSE, 2);
VALUE(CSGI_EOF, 3);
VALUE(CSGI_PENDING, 4);
VALUE(CSGI_DECLINED, 5);
VALUE(CSGI_GONE, -1);
VALUE(CSGI_STATE, -2);
VALUE(CSGI_INVAL, -3);
VALUE(CSGI_LENGTH, -4);
VALUE(CSGI_LIMIT, -5);
VALUE(CSGI_NOMEM, -6);
VALUE(CSGI_UNSUP, -7);
VALUE(CSGI_TRUNC, -8);
VALUE(CSGI_APP, -9);
VALUE(CSGI_HEADER_STATIC, 1);
VALUE(CSGI_NEW, 0);
VALUE(CSGI_BEGUN, 1);
VALUE(CSGI_ENDED, 2);
VALUE(CSGI_ABORTED, 1);
VALUE(CSGI_REQ_HEAD, 1);
VALUE(CSGI_REQ_HAS_BODY, 2);
VALUE(CSGI_REQ_TLS, 4);
VALUE(CSGI_REQ_INTERNAL, 8);
VALUE(CSGI_REQ_TAKES_FILE, 16);
VALUE(CSGI_FORM_ORIGIN, 1);
VALUE(CSGI_FORM_ABSOLUTE, 2);
VALUE(CSGI_FORM_AUTHORITY, 3);
VALUE(CSGI_FORM_ASTERISK, 4);
VALUE(CSGI_CHUNK_MEMORY, 0);
VALUE(CSGI_CHUNK_FILE, 1);
VALUE(CSGI_MEM_COPY, 0);
VALUE(CSGI_MEM_STATIC, 1);
VALUE(CSGI_MEM_ARENA, 2);
VALUE(CSGI_MEM_OWNED, 3);
VALUE(CSGI_PART_END, 1);
VALUE(CSGI_PART_MORE, 2);
VALUE(CSGI_PART_ABORT, 4);
VALUE(CSGI_WANTS_BODY, 1);
VALUE(CSGI_WANTS_FILE, 2);
VALUE(CSGI_EVENT_BODY, 1);
VALUE(CSGI_EVENT_WRITABLE, 2);
VALUE(CSGI_EVENT_ABORT, 4);
VALUE(CSGI_EVENT_DRAIN, 8);
VALUE(CSGI_LOG_DEBUG, 0);
VALUE(CSGI_LOG_INFO, 1);
VALUE(CSGI_LOG_WARNING, 2);
VALUE(CSGI_LOG_ERROR, 3);
VALUE(CSGI_LOG_FATAL, 4);
VALUE(CSGI_LOG_HOST_MISBEHAVING, 5);
VALUE(CSGI_LOG_APP_MISBEHAVING, 6);
VALUE(CSGI_CAP_RAW_TARGET, 1);
VALUE(CSGI_CAP_RAW_HEADERS, 2);
VALUE(CSGI_CAP_STREAM_REQUEST, 4);
VALUE(CSGI_CAP_STREAM_RESPONSE, 8);
VALUE(CSGI_CAP_FULL_DUPLEX, 16);
VALUE(CSGI_CAP_TRAILERS_OUT, 32);
VALUE(CSGI_CAP_TRAILERS_IN, 64);
VALUE(CSGI_CAP_INFORM, 128);
VALUE(CSGI_CAP_SENDFILE, 256);
VALUE(CSGI_CAP_ABORT_NOTIFY, 512);
VALUE(CSGI_CAP_BROKEN_END, 1024);
VALUE(CSGI_CAP_UPGRADE, 2048);
VALUE(CSGI_APP_BLOCKING, 1);
VALUE(CSGI_APP_CONCURRENT, 2);
VALUE(CSGI_APP_START_WHOLE_BODY, 4);
VALUE(CSGI_METHOD_GET, 1);
VALUE(CSGI_METHOD_HEAD, 2);
VALUE(CSGI_METHOD_POST, 3);
VALUE(CSGI_METHOD_PUT, 4);
VALUE(CSGI_METHOD_DELETE, 5);
VALUE(CSGI_METHOD_CONNECT, 6);
VALUE(CSGI_METHOD_OPTIONS, 7);
VALUE(CSGI_METHOD_TRACE, 8);
VALUE(CSGI_METHOD_PATCH, 9);
VALUE(CSGI_FIELD_ACCEPT, 1);
VALUE(CSGI_FIELD_ACCEPT_ENCODING, 2);
VALUE(CSGI_FIELD_ACCEPT_LANGUAGE, 3);
VALUE(CSGI_FIELD_ACCEPT_RANGES, 4);
VALUE(CSGI_FIELD_ACCESS_CONTROL_ALLOW_CREDENTIALS, 5);
VALUE(CSGI_FIELD_ACCESS_CONTROL_ALLOW_HEADERS, 6);
VALUE(CSGI_FIELD_ACCESS_CONTROL_ALLOW_METHODS, 7);
VALUE(CSGI_FIELD_ACCESS_CONTROL_ALLOW_ORIGIN, 8);
VALUE(CSGI_FIELD_ACCESS_CONTROL_EXPOSE_HEADERS, 9);
VALUE(CSGI_FIELD_ACCESS_CONTROL_MAX_AGE, 10);
VALUE(CSGI_FIELD_ACCESS_CONTROL_REQUEST_HEADERS, 11);
VALUE(CSGI_FIELD_ACCESS_CONTROL_REQUEST_METHOD, 12);
VALUE(CSGI_FIELD_AGE, 13);
VALUE(CSGI_FIELD_ALLOW, 14);
VALUE(CSGI_FIELD_ALT_SVC, 15);
VALUE(CSGI_FIELD_AUTHORIZATION, 16);
VALUE(CSGI_FIELD_CACHE_CONTROL, 17);
VALUE(CSGI_FIELD_CONNECTION, 18);
VALUE(CSGI_FIELD_CONTENT_DISPOSITION, 19);
VALUE(CSGI_FIELD_CONTENT_ENCODING, 20);
VALUE(CSGI_FIELD_CONTENT_LENGTH, 21);
VALUE(CSGI_FIELD_CONTENT_RANGE, 22);
VALUE(CSGI_FIELD_CONTENT_SECURITY_POLICY, 23);
VALUE(CSGI_FIELD_CONTENT_TYPE, 24);
VALUE(CSGI_FIELD_COOKIE, 25);
VALUE(CSGI_FIELD_CROSS_ORIGIN_EMBEDDER_POLICY, 26);
VALUE(CSGI_FIELD_CROSS_ORIGIN_OPENER_POLICY, 27);
VALUE(CSGI_FIELD_CROSS_ORIGIN_RESOURCE_POLICY, 28);
VALUE(CSGI_FIELD_DATE, 29);
VALUE(CSGI_FIELD_DNT, 30);
VALUE(CSGI_FIELD_EARLY_DATA, 31);
VALUE(CSGI_FIELD_ETAG, 32);
VALUE(CSGI_FIELD_EXPECT, 33);
VALUE(CSGI_FIELD_EXPIRES, 34);
VALUE(CSGI_FIELD_FORWARDED, 35);
VALUE(CSGI_FIELD_HOST, 36);
VALUE(CSGI_FIELD_IF_MATCH, 37);
VALUE(CSGI_FIELD_IF_MODIFIED_SINCE, 38);
VALUE(CSGI_FIELD_IF_NONE_MATCH, 39);
VALUE(CSGI_FIELD_IF_RANGE, 40);
VALUE(CSGI_FIELD_IF_UNMODIFIED_SINCE, 41);
VALUE(CSGI_FIELD_KEEP_ALIVE, 42);
VALUE(CSGI_FIELD_LAST_EVENT_ID, 43);
VALUE(CSGI_FIELD_LAST_MODIFIED, 44);
VALUE(CSGI_FIELD_LINK, 45);
VALUE(CSGI_FIELD_LOCATION, 46);
VALUE(CSGI_FIELD_ORIGIN, 47);
VALUE(CSGI_FIELD_PERMISSIONS_POLICY, 48);
VALUE(CSGI_FIELD_PRAGMA, 49);
VALUE(CSGI_FIELD_PRIORITY, 50);
VALUE(CSGI_FIELD_PROXY, 51);
VALUE(CSGI_FIELD_PROXY_AUTHORIZATION, 52);
VALUE(CSGI_FIELD_PROXY_CONNECTION, 53);
VALUE(CSGI_FIELD_RANGE, 54);
VALUE(CSGI_FIELD_REFERER, 55);
VALUE(CSGI_FIELD_REFERRER_POLICY, 56);
VALUE(CSGI_FIELD_RETRY_AFTER, 57);
VALUE(CSGI_FIELD_SEC_FETCH_DEST, 58);
VALUE(CSGI_FIELD_SEC_FETCH_MODE, 59);
VALUE(CSGI_FIELD_SEC_FETCH_SITE, 60);
VALUE(CSGI_FIELD_SEC_WEBSOCKET_ACCEPT, 61);
VALUE(CSGI_FIELD_SEC_WEBSOCKET_EXTENSIONS, 62);
VALUE(CSGI_FIELD_SEC_WEBSOCKET_KEY, 63);
VALUE(CSGI_FIELD_SEC_WEBSOCKET_PROTOCOL, 64);
VALUE(CSGI_FIELD_SEC_WEBSOCKET_VERSION, 65);
VALUE(CSGI_FIELD_SERVER, 66);
VALUE(CSGI_FIELD_SET_COOKIE, 67);
VALUE(CSGI_FIELD_STATUS, 68);
VALUE(CSGI_FIELD_STRICT_TRANSPORT_SECURITY, 69);
VALUE(CSGI_FIELD_TE, 70);
VALUE(CSGI_FIELD_TRACEPARENT, 71);
VALUE(CSGI_FIELD_TRACESTATE, 72);
VALUE(CSGI_FIELD_TRAILER, 73);
VALUE(CSGI_FIELD_TRANSFER_ENCODING, 74);
VALUE(CSGI_FIELD_UPGRADE, 75);
VALUE(CSGI_FIELD_UPGRADE_INSECURE_REQUESTS, 76);
VALUE(CSGI_FIELD_USER_AGENT, 77);
VALUE(CSGI_FIELD_VARY, 78);
VALUE(CSGI_FIELD_VIA, 79);
VALUE(CSGI_FIELD_WWW_AUTHENTICATE, 80);
VALUE(CSGI_FIELD_X_ACCEL_REDIRECT, 81);
VALUE(CSGI_FIELD_X_CONTENT_TYPE_OPTIONS, 82);
VALUE(CSGI_FIELD_X_FORWARDED_FOR, 83);
VALUE(CSGI_FIELD_X_FORWARDED_HOST, 84);
VALUE(CSGI_FIELD_X_FORWARDED_PORT, 85);
VALUE(CSGI_FIELD_X_FORWARDED_PREFIX, 86);
VALUE(CSGI_FIELD_X_FORWARDED_PROTO, 87);
VALUE(CSGI_FIELD_X_FRAME_OPTIONS, 88);
VALUE(CSGI_FIELD_X_HTTP_METHOD_OVERRIDE, 89);
VALUE(CSGI_FIELD_X_REAL_IP, 90);
VALUE(CSGI_FIELD_X_REQUEST_ID, 91);
VALUE(CSGI_FIELD_X_SENDFILE, 92);

// ---- spec/ext/poll.h --------------------------------------------------------------------------

SIZE(csgi_watcher, 40);
FIELD(csgi_watcher, run, 0, 8);
FIELD(csgi_watcher, host, 8, 32);

SIZE(csgi_poll, 16);
FIELD(csgi_poll, struct_size, 0, 4);
FIELD(csgi_poll, reserved, 4, 4);
FIELD(csgi_poll, watch, 8, 8);

VALUE(CSGI_POLL_IN, 1);
VALUE(CSGI_POLL_OUT, 2);
// clang-format on
