// SPDX-License-Identifier: MIT
// The helpers of <csgi/sdk.h>, on a real host: configuration, bodies, heads on their way out,
// layers and their failures.
#include "test/core/gateway/fixture.hpp"

#include <optional>

using namespace csgi;

namespace {

std::optional<std::string> config(std::string_view from, const char *key) {
    char value[64];
    const long n = csgi_config_get(str(from), key, value, sizeof value);
    if (n < 0) return {};
    CHECK(value[n] == 0);
    return std::string(value, static_cast<size_t>(n));
}

// A layer whose sink is a function.
struct Layer {
    using Part = std::function<csgi_rc(csgi_tap *, csgi_exchange *, csgi_part *, csgi_head *)>;
    struct Tap {
        csgi_tap tap;
        Layer *layer;
    };
    uint32_t wants;
    Part part;
    Tap *last = nullptr;

    csgi_request *push(csgi_request *req) {
        auto *tap = static_cast<Tap *>(csgi_zalloc(req->exchange, sizeof(Tap)));
        tap->layer = this;
        last = tap;
        return csgi_push(req, &tap->tap, wants,
                         [](csgi_tap *self, csgi_exchange *x, csgi_part *given, csgi_head *head) {
                             return reinterpret_cast<Tap *>(self)->layer->part(self, x, given,
                                                                               head);
                         });
    }
};

csgi_rc add_field(csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *head) {
    if (head) csgi_head_add(x, head, CSGI_LIT("x-added"), CSGI_LIT("yes"));
    return csgi_forward(tap, x, part);
}

std::string fields_of(const csgi_head &head) {
    std::string all;
    for (uint32_t i = 0; i < head.nheaders; i++)
        all += (i ? " " : "") + text(head.headers[i].name) + "=" + text(head.headers[i].value);
    return all;
}

} // namespace

TEST_CASE("a configuration is key=value, with commas between and a backslash for escape") {
    CHECK(config("a=1,b=2", "a") == "1");
    CHECK(config("a=1,b=2", "b") == "2");
    CHECK_FALSE(config("a=1,b=2", "c"));
    CHECK_FALSE(config("", "a"));
    CHECK_FALSE(config("ab=1", "a"));
    CHECK_FALSE(config("a=1", "ab"));
    CHECK(config("a=", "a") == "");
    CHECK(config("a", "a") == "");
    CHECK(config("a,b=2", "b") == "2");
    CHECK(config("a=b=c", "a") == "b=c");
    CHECK(config("a=x\\,y,b=2", "a") == "x,y");
    CHECK(config("a=x\\,b=2", "b") == std::nullopt);
    CHECK(config("a\\=b=1", "a=b") == "1");
    CHECK(config("a\\,b=1", "a,b") == "1");
    CHECK(config("a=\\\\", "a") == "\\");
    CHECK(config("a=x\\", "a") == "x\\"); // nothing follows it
    CHECK(config("a=1,a=2", "a") == "1"); // the first counts
    CHECK(config(",,a=1,,", "a") == "1");
    CHECK(config(std::string_view("a=\0x", 4), "a") == std::string("\0x", 2));
}

TEST_CASE("a value that does not fit is told, one that just fits is whole") {
    char value[4];
    CHECK(csgi_config_get(CSGI_LIT("a=123"), "a", value, 4) == 3);
    CHECK(std::string(value) == "123");
    CHECK(csgi_config_get(CSGI_LIT("a=1234"), "a", value, 4) == -2);
    CHECK(csgi_config_get(CSGI_LIT("a="), "a", value, 1) == 0);
    CHECK(csgi_config_get(CSGI_LIT("a="), "a", value, 0) == -2);
}

TEST_CASE("each code has its name") {
    CHECK(std::string(csgi_rc_name(CSGI_OK)) == "OK");
    CHECK(std::string(csgi_rc_name(CSGI_APP)) == "APP");
    CHECK(std::string(csgi_rc_name(CSGI_GONE)) == "GONE");
    CHECK(std::string(csgi_rc_name(CSGI_DECLINED)) == "DECLINED");
    CHECK(std::string(csgi_rc_name(CSGI_TRUNC)) == "TRUNC");
    CHECK(std::string(csgi_rc_name(6)) == "?");
    CHECK(std::string(csgi_rc_name(-10)) == "?");
}

TEST_CASE("fields are found by number and by name, and attributes newest first") {
    Served f([](csgi_request *req) {
        CHECK(text(csgi_get(req, CSGI_FIELD_ACCEPT)) == "a");
        CHECK(csgi_get(req, CSGI_FIELD_RANGE).n == 0);
        CHECK(csgi_field(req, 9999) == nullptr);
        const csgi_header *line = csgi_find(req, CSGI_LIT("x-a"));
        REQUIRE(line);
        CHECK(text(line->value) == "1");
        line = csgi_next(req, line);
        REQUIRE(line);
        CHECK(text(line->value) == "2");
        CHECK(csgi_next(req, line) == nullptr);
        CHECK(csgi_find(req, CSGI_LIT("x-c")) == nullptr);
        int one = 1, two = 2;
        const csgi_attr outer{CSGI_LIT("k"), &one, nullptr}, other{CSGI_LIT("j"), &two, &outer},
            hides{CSGI_LIT("k"), nullptr, &other};
        csgi_request *view = req->exchange->api->derive(req);
        view->attrs = &other;
        CHECK(csgi_attr_get(view, CSGI_LIT("k")) == &one);
        view->attrs = &hides;
        CHECK(csgi_attr_get(view, CSGI_LIT("k")) == nullptr);
        CHECK(csgi_attr_get(view, CSGI_LIT("j")) == &two);
        view->attrs = nullptr;
        return csgi_text(req, 200, "x");
    });
    f.answer({.headers = {field("Accept", "a"), field("X-A", "1"), field("X-A", "2")}});
}

TEST_CASE("csgi_body hands over the body in one piece, whenever it is whole") {
    for (const int shape : {0, 1, 2, 3}) {
        CAPTURE(shape);
        std::string got = "(not called)";
        Served f([&](csgi_request *req) {
            const auto fn = [](csgi_request *r, csgi_str body, void *arg) {
                *static_cast<std::string *>(arg) = text(body);
                return csgi_text(r, 200, "thanks");
            };
            return csgi_body(req, fn, &got);
        });
        std::string body;
        for (int i = 0; i < 500; i++) body += std::to_string(i) + ",";
        if (shape == 3) body.clear();
        csgi_nested_call *call =
            f.open({.method = "POST", .body = shape == 0 ? body : "", .stream = shape != 0});
        if (shape == 1) csgi_nested_feed(call, str(body));
        if (shape == 2)
            for (char c : body) csgi_nested_feed(call, {&c, 1});
        if (shape != 0) {
            CHECK(got == "(not called)");
            csgi_nested_feed_end(call);
        }
        CHECK(got == body);
        CHECK(csgi_nested_answer_of(call)->status == 200);
    }
}

TEST_CASE("csgi_body answers for a body that breaks off or is too long, and hears a client leave") {
    bool called = false;
    Served f(
        [&](csgi_request *req) {
            const auto fn = [](csgi_request *, csgi_str, void *arg) {
                *static_cast<bool *>(arg) = true;
                return CSGI_OK;
            };
            return csgi_body(req, fn, &called);
        },
        [](csgi_nested_options &o) { o.max_body = 10; });
    csgi_nested_call *cut = f.open({.method = "POST", .stream = true});
    csgi_nested_feed(cut, CSGI_LIT("abc"));
    csgi_nested_cut(cut);
    CHECK(csgi_nested_answer_of(cut)->status == 400);
    csgi_nested_call *large = f.open({.method = "POST", .stream = true});
    csgi_nested_feed(large, CSGI_LIT("abcdefghijk"));
    CHECK(csgi_nested_answer_of(large)->status == 413);
    csgi_nested_call *lost = f.open({.method = "POST", .stream = true});
    csgi_nested_lose(lost);
    CHECK(csgi_nested_answer_of(lost)->done);
    CHECK(csgi_nested_answer_of(lost)->outcome == CSGI_GONE);
    CHECK_FALSE(called);
}

TEST_CASE("csgi_body ends when a layer outside gave up, though the body never does [EVT-2]") {
    unsigned calls = 0, aborts = 0;
    Layer layer{CSGI_WANTS_BODY,
                [&](csgi_tap *, csgi_exchange *, csgi_part *part, csgi_head *) -> csgi_rc {
                    aborts += (part->flags & CSGI_PART_ABORT) != 0;
                    return CSGI_OK; // the layer answers
                }};
    csgi_request *outer = nullptr, *view = nullptr;
    Served f([&](csgi_request *req) {
        outer = req;
        view = layer.push(req);
        const auto fn = [](csgi_request *, csgi_str, void *arg) {
            ++*static_cast<unsigned *>(arg);
            return CSGI_OK;
        };
        return csgi_body(view, fn, &calls);
    });
    csgi_nested_call *call = f.open({.method = "POST", .stream = true});
    csgi_nested_feed(call, CSGI_LIT("abc"));
    view->exchange->api->raise(view, CSGI_EVENT_ABORT);
    f.turn(3);
    CHECK(aborts == 1);
    CHECK(csgi_state(view) == CSGI_ENDED);
    csgi_nested_feed_end(call);
    f.turn(3);
    CHECK(calls == 0);
    CHECK(aborts == 1);
    csgi_text(outer, 504, "too slow\n");
    f.turn(3);
    CHECK(csgi_nested_answer_of(call)->status == 504);
    CHECK(f.log.lines.empty());
}

TEST_CASE(
    "a body known to be longer than max_body is 413 before the application is called [BODY-10]") {
    bool called = false;
    Served f([&](csgi_request *req) {
        called = true;
        return csgi_text(req, 200, "x");
    });
    f.app.max_body = 3;
    const csgi_nested_answer &a = f.answer({.method = "POST", .body = "abcd"});
    CHECK(a.refused);
    CHECK(a.status == 413);
    CHECK_FALSE(called);
    CHECK(f.answer({.method = "POST", .body = "abc"}).status == 200);
}

TEST_CASE("heads are edited in a copy: a constant of the application's stays as it is [RES-16]") {
    Served f([](csgi_request *req) {
        csgi_exchange *x = req->exchange;
        static const csgi_header constant[] = {field("etag", "\"1\"", CSGI_FIELD_ETAG),
                                               field("x-a", "1"), field("vary", "b"),
                                               field("x-a", "2")};
        csgi_head head{sizeof head, 200, 0, constant, 4, 0, 0};
        CHECK(csgi_head_del(x, &head, CSGI_LIT("x-none")) == CSGI_OK);
        CHECK(head.headers == constant); // nothing to do, nothing copied
        CHECK(csgi_head_del(x, &head, CSGI_LIT("vary")) == CSGI_OK);
        CHECK(head.headers != constant);
        CHECK(fields_of(head) == "etag=\"1\" x-a=1 x-a=2");
        CHECK(csgi_head_set(x, &head, CSGI_LIT("x-a"), CSGI_LIT("3")) == CSGI_OK);
        CHECK(fields_of(head) == "etag=\"1\" x-a=3");
        for (int i = 0; i < 20; i++)
            CHECK(csgi_head_add(x, &head, CSGI_LIT("x-b"), CSGI_LIT("4")) == CSGI_OK);
        CHECK(head.nheaders == 22);
        CHECK(csgi_head_del(x, &head, CSGI_LIT("x-b")) == CSGI_OK);
        CHECK(fields_of(head) == "etag=\"1\" x-a=3");
        csgi_header *room = csgi_head_grow(x, &head, 2);
        REQUIRE(room);
        CHECK(room == head.headers + 2);
        CHECK(head.nheaders == 4);
        room[0] = field("x-c", "6"), room[1] = field("x-d", "7");
        CHECK(fields_of(head) == "etag=\"1\" x-a=3 x-c=6 x-d=7");
        CHECK(text(constant[1].value) == "1");
        csgi_head empty{sizeof empty, 200, 0, nullptr, 0, 0, 0};
        CHECK(csgi_head_del(x, &empty, CSGI_LIT("x-a")) == CSGI_OK);
        CHECK(csgi_head_set(x, &empty, CSGI_LIT("x-a"), CSGI_LIT("5")) == CSGI_OK);
        CHECK(fields_of(empty) == "x-a=5");
        CHECK(csgi_head_set(x, &empty, CSGI_LIT("x-a"), CSGI_LIT("6")) == CSGI_OK);
        CHECK(fields_of(empty) == "x-a=6");
        return csgi_text(req, 200, "x");
    });
    f.answer();
}

TEST_CASE("what a layer does to a part and its head is not seen by who sent them [RES-16]") {
    Layer layer{CSGI_WANTS_BODY,
                [](csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *head) {
                    CHECK((part->head == head));
                    if (head) {
                        head->status = 404;
                        head->content_length = 3;
                        CHECK(csgi_head_set(x, head, CSGI_LIT("x-a"), CSGI_LIT("new")) == CSGI_OK);
                    }
                    static const csgi_chunk other = memory("new");
                    part->chunks = &other;
                    part->nchunks = 1;
                    part->flags = CSGI_PART_END;
                    return csgi_forward(tap, x, part);
                }};
    const csgi_header fields[] = {field("x-a", "old")};
    const csgi_chunk bytes = memory("old bytes");
    const csgi_head head{sizeof head, 200, 0, fields, 1, 0, 9};
    const csgi_part part{sizeof part, CSGI_PART_END, &head, &bytes, 1, nullptr, 0};
    Served f([&](csgi_request *req) { return csgi_send(layer.push(req), &part); });
    const csgi_nested_answer &a = f.answer();
    CHECK(a.status == 404);
    CHECK(header(a, "x-a") == "new");
    CHECK(text(a.body) == "new");
    CHECK(part.head == &head);
    CHECK(part.chunks == &bytes);
    CHECK(head.status == 200);
    CHECK(head.headers == fields);
    CHECK(head.content_length == 9);
    CHECK(text(fields[0].value) == "old");
}

TEST_CASE("a tap sees no more of a part than its sender's version of it had, and passes on no more "
          "than its own") {
    unsigned seen = 0;
    Layer layer{CSGI_WANTS_BODY,
                [&](csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *head) {
                    seen++;
                    CHECK(part->struct_size == sizeof *part);
                    if (head) CHECK(head->struct_size == sizeof *head);
                    return csgi_forward(tap, x, part);
                }};
    struct {
        csgi_head head;
        char later[64];
    } newer{};
    newer.head = {sizeof newer, 200, 0, nullptr, 0, 0, 0};
    std::memset(newer.later, 0x5a, sizeof newer.later);
    struct {
        csgi_part part;
        char later[64];
    } part{};
    part.part = {sizeof part, CSGI_PART_END, &newer.head, nullptr, 0, nullptr, 0};
    std::memset(part.later, 0x5a, sizeof part.later);
    Served f([&](csgi_request *req) { return csgi_send(layer.push(req), &part.part); });
    CHECK(f.answer().complete);
    CHECK(seen == 1);
}

TEST_CASE(
    "an inner failure is a 500 with what the layer adds, before a head; after it a break [MW-6]") {
    Layer layer{0, add_field};
    csgi_rc inner_rc = CSGI_APP;
    bool inner_begins = false;
    App inner([&](csgi_request *req) {
        if (inner_begins) begin(req);
        return inner_rc;
    });
    Served f([&](csgi_request *req) {
        csgi_request *view = layer.push(req);
        CHECK(csgi_state(view) == CSGI_NEW);
        const csgi_rc rc = csgi_call(&inner, view);
        if (inner_begins)
            CHECK(csgi_state(view) == CSGI_BEGUN);
        else
            CHECK(csgi_state(view) == CSGI_ENDED);
        return rc;
    });
    CHECK(f.answer().status == 500);
    CHECK(header(f.answer(), "x-added") == "yes");
    CHECK(text(f.answer().body) == "500 error\n");
    CHECK(f.log.has("APP"));
    inner_begins = true;
    CHECK(f.answer().broken);
}

TEST_CASE(
    "a layer that holds the head back knows how far the answer is, though the server does not") {
    Layer layer{CSGI_WANTS_BODY,
                [](csgi_tap *, csgi_exchange *, csgi_part *, csgi_head *) { return CSGI_OK; }};
    Served f([&](csgi_request *req) {
        csgi_request *view = layer.push(req);
        CHECK(csgi_state(view) == CSGI_NEW);
        begin(view);
        CHECK(csgi_state(view) == CSGI_BEGUN);
        CHECK(req->exchange->state == CSGI_NEW);
        csgi_end(view);
        CHECK(csgi_state(view) == CSGI_ENDED);
        CHECK(csgi_fail(view, 500) == CSGI_OK); // no page: it is given up, which the layer swallows
        CHECK(req->exchange->state == CSGI_NEW);
        return csgi_text(req, 200, "the layer's own");
    });
    CHECK(text(f.answer().body) == "the layer's own");
}

TEST_CASE("csgi_fail is a page through the sinks before a head, and ABORT after it [MW-6]") {
    for (const bool begun : {false, true}) {
        CAPTURE(begun);
        Layer layer{CSGI_WANTS_BODY, add_field};
        Served f([&](csgi_request *req) {
            csgi_request *view = layer.push(req);
            if (begun) begin(view);
            const csgi_rc rc = csgi_fail(view, 503);
            CHECK(csgi_state(view) == CSGI_ENDED);
            return rc;
        });
        const csgi_nested_answer &a = f.answer();
        CHECK(header(a, "x-added") == "yes");
        CHECK(a.status == (begun ? 200 : 503));
        CHECK(text(a.body) == (begun ? "" : "503 error\n"));
        CHECK(a.broken == begun);
        CHECK(f.log.lines.empty());
    }
}

TEST_CASE("a layer that has answered swallows the ABORT of the application inside") {
    std::vector<std::string> seen;
    Layer layer{
        CSGI_WANTS_BODY, [&](csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *head) {
            seen.emplace_back(head ? "head" : part->flags & CSGI_PART_ABORT ? "abort" : "bytes");
            if (part->flags & CSGI_PART_ABORT) {
                CHECK(head == nullptr);
                CHECK(part->nchunks + part->ntrailers == 0);
                return CSGI_OK; // the client gets what is here already
            }
            return csgi_forward(tap, x, part);
        }};
    csgi_request *outer = nullptr;
    Served f([&](csgi_request *req) {
        outer = req;
        csgi_request *view = layer.push(req);
        begin(view);
        csgi_write(view, "so far", 6);
        CHECK(csgi_abort(view) == CSGI_OK);
        CHECK(csgi_state(view) == CSGI_ENDED);
        CHECK(req->exchange->state == CSGI_BEGUN); // goes on for the server
        return CSGI_PENDING;
    });
    csgi_nested_call *call = f.open();
    CHECK_FALSE(csgi_nested_answer_of(call)->done);
    csgi_end(outer);
    f.turn(3);
    CHECK(csgi_nested_answer_of(call)->complete);
    CHECK(text(csgi_nested_answer_of(call)->body) == "so far");
    CHECK(csgi_nested_answer_of(call)->outcome == CSGI_OK);
    CHECK(seen == std::vector<std::string>{"head", "bytes", "abort"});
    CHECK(f.log.lines.empty());
}

TEST_CASE(
    "ABORT passes by a sink without BODY, and through one that passes it on [RES-9] [RES-20]") {
    unsigned parts = 0;
    Layer heads{0, [&](csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *) {
                    parts++;
                    return csgi_forward(tap, x, part);
                }};
    Layer all{CSGI_WANTS_BODY, [](csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *) {
                  return csgi_forward(tap, x, part);
              }};
    Served f([&](csgi_request *req) {
        csgi_request *view = heads.push(all.push(req));
        begin(view);
        CHECK(csgi_abort(view) == CSGI_OK);
        return CSGI_PENDING;
    });
    CHECK(f.answer().broken);
    CHECK(parts == 1);
}

TEST_CASE("bytes are put in place of others, and all that was OWNED is given back [RES-17]") {
    for (const size_t chunks : {size_t{0}, size_t{1}, size_t{3}, size_t{20}}) {
        for (const bool refused : {false, true}) {
            CAPTURE(chunks);
            CAPTURE(refused);
            unsigned released = 0, own = 0;
            struct Own {
                unsigned *count;
                char bytes[3];
            } mine{&own, {'n', 'e', 'w'}};
            const auto let_go = [](void *p) { ++*static_cast<Own *>(p)->count; };
            Layer layer{CSGI_WANTS_BODY,
                        [&](csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *head) {
                            if (refused) head->status = 99;
                            // `release` gets the bytes themselves.
                            return csgi_forward_bytes(tap, x, part, &mine, sizeof mine, let_go);
                        }};
            Served f([&](csgi_request *req) {
                csgi_request *view = layer.push(req);
                CHECK((view->flags & CSGI_REQ_TAKES_FILE) == 0);
                std::vector<csgi_chunk> list(chunks, memory("old", CSGI_MEM_OWNED));
                for (csgi_chunk &chunk : list) {
                    chunk.arg = &released;
                    chunk.release = [](void *arg) { ++*static_cast<unsigned *>(arg); };
                }
                csgi_head head{sizeof head, 200, 0, nullptr, 0, 0, 0};
                csgi_part part{sizeof part, CSGI_PART_END, &head, list.data(),
                               list.size(), nullptr,       0};
                const csgi_rc rc = csgi_send(view, &part);
                if (refused) {
                    CHECK(rc == CSGI_INVAL);
                    CHECK(released == 0); // still the sender's
                    CHECK(own == 1);      // the layer's is not needed
                    return rc;
                }
                CHECK(released == chunks); // the layer took them
                CHECK(own == 0);           // the server has it until its loop turns
                return rc;
            });
            const csgi_nested_answer &a = f.answer();
            CHECK(a.complete);
            CHECK(a.status == (refused ? 500 : 200));
            if (!refused) CHECK(a.body.n == sizeof mine);
            f.finish();
            CHECK(released == (refused ? 0 : chunks));
            CHECK(own == 1);
        }
    }
}

TEST_CASE("bytes without a release are copied, and no bytes are no chunk [RES-17]") {
    std::string bytes = "new";
    Layer layer{CSGI_WANTS_BODY,
                [&](csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *) {
                    const csgi_rc rc =
                        csgi_forward_bytes(tap, x, part, bytes.data(), bytes.size(), nullptr);
                    bytes.assign(bytes.size(), '?');
                    return rc;
                }};
    Served f([&](csgi_request *req) {
        csgi_request *view = layer.push(req);
        begin(view);
        csgi_write(view, "old", 3);
        bytes.clear();
        return csgi_end(view);
    });
    CHECK(text(f.answer().body) ==
          "new???"); // with the head, with the first write, none at the end
}

TEST_CASE("csgi_send_owned releases what was refused, and nothing else [RES-17]") {
    unsigned released = 0, kept = 0;
    Served f([&](csgi_request *req) {
        csgi_chunk list[] = {memory("a"), memory("b", CSGI_MEM_OWNED), memory("c", CSGI_MEM_OWNED),
                             memory("d", CSGI_MEM_STATIC)};
        for (csgi_chunk &chunk : list) {
            const bool own = chunk.mem == CSGI_MEM_OWNED;
            chunk.arg = own ? &released : &kept;
            if (own || chunk.mem == CSGI_MEM_STATIC)
                chunk.release = [](void *arg) { ++*static_cast<unsigned *>(arg); };
        }
        csgi_part part{sizeof part, 0, nullptr, list, 4, nullptr, 0};
        CHECK(csgi_send_owned(req, &part) == CSGI_STATE); // before a head
        CHECK(released == 2);
        begin(req);
        CHECK(csgi_send_owned(req, &part) == CSGI_OK);
        CHECK(released == 2); // taken: from the loop
        return csgi_end(req);
    });
    CHECK(text(f.answer().body) == "abcd");
    f.finish();
    CHECK(released == 4);
    CHECK(kept == 0);
}

TEST_CASE(
    "csgi_reply sends no type and no body where there is none, and no type without one [RES-7]") {
    for (const unsigned status : {200u, 204u, 205u, 304u}) {
        CAPTURE(status);
        Served f([status](csgi_request *req) {
            return csgi_reply(req, status, CSGI_STR("text/html"), CSGI_STR("hello"),
                              CSGI_MEM_STATIC);
        });
        const csgi_nested_answer &a = f.answer();
        CHECK(a.status == status);
        CHECK(header(a, "content-type") == (status == 200 ? "text/html" : "(none)"));
        CHECK(text(a.body) == (status == 200 ? "hello" : ""));
        CHECK(f.log.lines.empty());
    }
    Served untyped([](csgi_request *req) {
        return csgi_reply(req, 200, CSGI_STR(""), CSGI_STR("hello"), CSGI_MEM_STATIC);
    });
    CHECK(header(untyped.answer(), "content-type") == "(none)");
    CHECK(text(untyped.answer().body) == "hello");
}

TEST_CASE(
    "a sink without BODY sees the head and not the bytes, one with FILE lets files pass [RES-9]") {
    unsigned parts = 0;
    Layer layer{0, [&](csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *) {
                    parts++;
                    return csgi_forward(tap, x, part);
                }};
    Layer files{CSGI_WANTS_BODY | CSGI_WANTS_FILE,
                [](csgi_tap *tap, csgi_exchange *x, csgi_part *part, csgi_head *) {
                    return csgi_forward(tap, x, part);
                }};
    Served f([&](csgi_request *req) {
        csgi_request *view = files.push(layer.push(req));
        CHECK(view->depth == 2);
        CHECK((view->flags & CSGI_REQ_TAKES_FILE) != 0);
        begin(view);
        csgi_write(view, "a", 1);
        csgi_write(view, "b", 1);
        return csgi_end(view);
    });
    CHECK(text(f.answer().body) == "ab");
    CHECK(parts == 1);
}

TEST_CASE("a view gets other fields, and what points into them is rebuilt [REQ-8] [REQ-9]") {
    Served f([](csgi_request *req) {
        csgi_request *view = req->exchange->api->derive(req);
        csgi_header fields[] = {field("accept", "1", CSGI_FIELD_ACCEPT),
                                field("x-a", "2"),
                                field("accept", "3", CSGI_FIELD_ACCEPT),
                                field("x-b", "4"),
                                field("x-a", "5"),
                                field("later", "6", 60000),
                                field("later", "7", 60000)};
        CHECK(csgi_set_fields(view, fields, 7) == CSGI_OK);
        CHECK(view->known[CSGI_FIELD_ACCEPT] == 1);
        CHECK(view->known[CSGI_FIELD_HOST] == 0);
        const uint16_t next[] = {3, 5, 0, 0, 0, 7, 0};
        for (size_t i = 0; i < 7; i++) CHECK(view->headers[i].next == next[i]);
        CHECK(req->known[CSGI_FIELD_HOST] == 1); // the outer view is as it was
        CHECK(csgi_set_fields(view, nullptr, 0) == CSGI_OK);
        CHECK(view->nheaders == 0);
        return csgi_text(req, 200, "x");
    });
    f.answer();
}

TEST_CASE("a wrap takes over what the application inside says of itself") {
    App inner;
    inner.flags = CSGI_APP_BLOCKING | CSGI_APP_CONCURRENT; // which a layer knows of itself alone
    inner.max_body = 77;
    csgi_wrap *wrap = csgi_wrap_new(
        sizeof *wrap + 100, [](csgi_app *, csgi_request *) { return CSGI_OK; }, &inner);
    REQUIRE(wrap);
    CHECK(wrap->app.flags == CSGI_APP_BLOCKING);
    CHECK(wrap->app.max_body == 77);
    CHECK(wrap->app.ninner == 1);
    CHECK(wrap->app.inner[0] == &inner);
    CHECK(reinterpret_cast<char *>(wrap)[sizeof *wrap + 99] == 0);
    wrap->app.destroy(&wrap->app);
    char err[10];
    CHECK(csgi_refuse(err, sizeof err, CSGI_INVAL, "much too long a reason") == CSGI_INVAL);
    CHECK(std::string(err) == "much too ");
    CHECK(csgi_refuse(err, 0, CSGI_INVAL, "x") == CSGI_INVAL);
}
