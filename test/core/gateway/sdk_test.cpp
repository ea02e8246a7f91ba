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
    using Part = std::function<csgi_rc(csgi_tap *, csgi_exchange *, csgi_part *)>;
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
                         [](csgi_tap *self, csgi_exchange *x, csgi_part *given) {
                             return reinterpret_cast<Tap *>(self)->layer->part(self, x, given);
                         });
    }
};

csgi_rc add_field(csgi_tap *tap, csgi_exchange *x, csgi_part *part) {
    if (part->head) csgi_head_add(x, part->head, CSGI_LIT("x-added"), CSGI_LIT("yes"));
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
        csgi_header constant[] = {field("etag", "\"1\"", CSGI_FIELD_ETAG), field("x-a", "1"),
                                  field("", "b", CSGI_FIELD_VARY), field("x-a", "2")};
        csgi_head head{sizeof head, 200, 0, constant, 4, 0, -1};
        CHECK(csgi_head_del(x, &head, 0, CSGI_LIT("x-none")) == CSGI_OK);
        CHECK(head.headers == constant); // nothing to do, nothing copied
        CHECK(csgi_head_del(x, &head, CSGI_FIELD_VARY, CSGI_LIT("vary")) == CSGI_OK);
        CHECK(head.headers != constant);
        CHECK(fields_of(head) == "etag=\"1\" x-a=1 x-a=2");
        CHECK(csgi_head_set(x, &head, 0, CSGI_LIT("x-a"), CSGI_LIT("3")) == CSGI_OK);
        CHECK(fields_of(head) == "etag=\"1\" x-a=3");
        for (int i = 0; i < 20; i++)
            CHECK(csgi_head_add(x, &head, CSGI_LIT("x-b"), CSGI_LIT("4")) == CSGI_OK);
        CHECK(head.nheaders == 22);
        CHECK(head.cap >= 22);
        CHECK(csgi_head_del(x, &head, 0, CSGI_LIT("x-b")) == CSGI_OK);
        CHECK(fields_of(head) == "etag=\"1\" x-a=3");
        CHECK(text(constant[1].value) == "1");
        csgi_head empty{sizeof empty, 200, 0, nullptr, 0, 0, -1};
        CHECK(csgi_head_set(x, &empty, 0, CSGI_LIT("x-a"), CSGI_LIT("5")) == CSGI_OK);
        CHECK(fields_of(empty) == "x-a=5");
        return csgi_text(req, 200, "x");
    });
    f.answer();
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
    Layer layer{CSGI_WANTS_BODY, [](csgi_tap *, csgi_exchange *, csgi_part *) { return CSGI_OK; }};
    Served f([&](csgi_request *req) {
        csgi_request *view = layer.push(req);
        CHECK(csgi_state(view) == CSGI_NEW);
        begin(view);
        CHECK(csgi_state(view) == CSGI_BEGUN);
        CHECK(req->exchange->state == CSGI_NEW);
        csgi_end(view);
        CHECK(csgi_state(view) == CSGI_ENDED);
        CHECK(csgi_fail(view, CSGI_APP, 500) == CSGI_APP); // too late for a page
        return csgi_text(req, 200, "the layer's own");
    });
    CHECK(text(f.answer().body) == "the layer's own");
}

TEST_CASE("bytes are put in place of others, and all that was OWNED is given back [RES-17]") {
    for (const size_t chunks : {size_t{0}, size_t{1}, size_t{3}, size_t{20}}) {
        CAPTURE(chunks);
        unsigned released = 0, own = 0;
        struct Own {
            unsigned *count;
            char bytes[3];
        } mine{&own, {'n', 'e', 'w'}};
        Layer layer{CSGI_WANTS_BODY, [&](csgi_tap *tap, csgi_exchange *x, csgi_part *part) {
                        // `release` gets the bytes themselves.
                        return csgi_forward_bytes(tap, x, part, &mine, sizeof mine,
                                                  [](void *p) { ++*static_cast<Own *>(p)->count; });
                    }};
        Served f([&](csgi_request *req) {
            csgi_request *view = layer.push(req);
            CHECK((view->flags & CSGI_REQ_TAKES_FILE) == 0);
            std::vector<csgi_chunk> list(chunks, memory("old", CSGI_MEM_OWNED));
            for (csgi_chunk &chunk : list) {
                chunk.arg = &released;
                chunk.release = [](void *arg) { ++*static_cast<unsigned *>(arg); };
            }
            csgi_head head{sizeof head, 200, 0, nullptr, 0, 0, -1};
            csgi_part part{sizeof part, CSGI_PART_END, &head, list.data(), list.size(), nullptr, 0};
            const csgi_rc rc = csgi_send(view, &part);
            CHECK(released + own == 0);
            return rc;
        });
        const csgi_nested_answer &a = f.answer();
        CHECK(a.complete);
        CHECK(a.body.n == sizeof mine);
        CHECK(released == chunks);
        CHECK(own == 1);
    }
}

TEST_CASE("csgi_drop gives OWNED chunks back and leaves the rest alone [RES-17]") {
    unsigned released = 0;
    Layer layer{CSGI_WANTS_BODY, [](csgi_tap *tap, csgi_exchange *x, csgi_part *part) {
                    csgi_drop(tap, x, part);
                    return CSGI_NOMEM;
                }};
    Served f([&](csgi_request *req) {
        csgi_request *view = layer.push(req);
        csgi_chunk list[] = {memory("a"), memory("b", CSGI_MEM_OWNED), memory("c", CSGI_MEM_OWNED)};
        for (int i : {1, 2}) {
            list[i].arg = &released;
            list[i].release = [](void *arg) { ++*static_cast<unsigned *>(arg); };
        }
        csgi_head head{sizeof head, 200, 0, nullptr, 0, 0, -1};
        csgi_part part{sizeof part, CSGI_PART_END, &head, list, 3, nullptr, 0};
        CHECK(csgi_send(view, &part) == CSGI_NOMEM);
        CHECK(csgi_state(view) == CSGI_NEW);
        return CSGI_NOMEM;
    });
    CHECK(f.answer().status == 500);
    CHECK(released == 2);
    CHECK_FALSE(f.log.has("[RES-8]"));
}

TEST_CASE(
    "a sink without BODY sees the head and not the bytes, one with FILE lets files pass [RES-9]") {
    unsigned parts = 0;
    Layer layer{0, [&](csgi_tap *tap, csgi_exchange *x, csgi_part *part) {
                    parts++;
                    return csgi_forward(tap, x, part);
                }};
    Layer files{CSGI_WANTS_BODY | CSGI_WANTS_FILE,
                [](csgi_tap *tap, csgi_exchange *x, csgi_part *part) {
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
    inner.flags = CSGI_APP_BLOCKING;
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
