// SPDX-License-Identifier: MIT
// What the layer of chaos does, within what csgi.md allows a layer.
#include "test/conformance/chaos/layer.hpp"

#include <cstdlib>
#include <cstring>

namespace csgi::chaos {

namespace {

// A view may listen for any of them, and return any of those it got: it keeps nothing back.
constexpr uint32_t all_events =
    CSGI_EVENT_BODY | CSGI_EVENT_WRITABLE | CSGI_EVENT_ABORT | CSGI_EVENT_DRAIN;

// `own` begins with the layer that counts.
void let_go(void *own) {
    Layer *layer;
    std::memcpy(&layer, own, sizeof layer);
    layer->released++;
    std::free(own);
}

bool is_over(const Guest &guest) {
    return guest.done || guest.outer->exchange->state == CSGI_ENDED;
}

} // namespace

struct Layer::Tap {
    csgi_tap tap; // first, so that a tap is its Tap
    Guest *guest;
};

Layer::Layer(csgi_app *inside, Dice &dice) : csgi_app{}, inside_(inside), dice_(dice) {
    struct_size = sizeof(csgi_app);
    flags = inside->flags;
    max_body = inside->max_body;
    inner = &inside_;
    ninner = 1;
    handle = [](csgi_app *self, csgi_request *req) { return of(self).take(req); };
}

csgi_rc Layer::take(csgi_request *req) {
    csgi_exchange *x = req->exchange;
    const uint64_t kind = dice_.below(8);
    if (kind == 0) return inside_->handle(inside_, req); // a tail call and nothing else
    guests.push_back(std::make_unique<Guest>());
    Guest &guest = *guests.back();
    guest.layer = this;
    guest.outer = req;
    const auto on_done = [](csgi_exchange *, void *arg, csgi_rc outcome, uint64_t) {
        auto &over = *static_cast<Guest *>(arg);
        over.done++;
        over.outcome = outcome;
    };
    if (x->api->on_done(x, on_done, &guest) < 0) return CSGI_NOMEM;
    guest.registered = true;
    if (kind != 1) {
        const auto event = [](csgi_request *, uint32_t events, void *arg) {
            auto &heard = *static_cast<Guest *>(arg);
            if (events & CSGI_EVENT_WRITABLE) heard.paused = false;
            // Who owes a WRITABLE of its own may send it now, or later.
            return events;
        };
        if (x->api->listen(req, all_events, event, &guest) < 0) return CSGI_NOMEM;
    }
    csgi_request *view = req;
    if (kind == 2 || kind == 3) {
        view = guest.inner = x->api->derive(req);
    } else if (kind >= 4) {
        auto *tap = static_cast<Tap *>(csgi_zalloc(x, sizeof(Tap)));
        if (!tap) return CSGI_NOMEM;
        tap->guest = &guest;
        guest.has_tap = true;
        const uint32_t wants = CSGI_WANTS_BODY | (dice_.one_in(2) ? CSGI_WANTS_FILE : 0u);
        view = guest.inner =
            csgi_push(req, &tap->tap, wants,
                      [](csgi_tap *self, csgi_exchange *ex, csgi_part *part, csgi_head *) {
                          auto &t = *reinterpret_cast<Tap *>(self);
                          return t.guest->layer->pass(t, ex, part);
                      });
    }
    if (!view) return CSGI_NOMEM;
    const csgi_rc rc = guest.has_tap ? csgi_call(inside_, view) : inside_->handle(inside_, view);
    if (rc == CSGI_DECLINED && x->state == CSGI_NEW)
        return csgi_text(req, 404, "declined\n"); // it has registered, so it cannot decline itself
    return rc;
}

csgi_rc Layer::pass(Tap &tap, csgi_exchange *x, csgi_part *part) {
    Guest &guest = *tap.guest;
    if (guest.gave_up) return part->flags & CSGI_PART_ABORT ? CSGI_OK : CSGI_GONE;
    if (part->flags & CSGI_PART_ABORT) return abort(tap, x, part);
    if (!calm && dice_.one_in(8)) x->api->raise(guest.inner, CSGI_EVENT_BODY);
    uint64_t bytes = 0;
    bool is_memory = true;
    for (size_t i = 0; i < part->nchunks; i++) {
        bytes += part->chunks[i].n;
        is_memory = is_memory && part->chunks[i].kind == CSGI_CHUNK_MEMORY;
    }
    csgi_rc rc;
    char *own = is_memory && bytes && dice_.one_in(4)
                    ? static_cast<char *>(std::malloc(sizeof(Layer *) + bytes))
                    : nullptr;
    if (own) {
        Layer *self = this;
        std::memcpy(own, &self, sizeof self);
        char *at = own + sizeof self;
        for (size_t i = 0; i < part->nchunks; i++) {
            if (part->chunks[i].n) std::memcpy(at, part->chunks[i].p, part->chunks[i].n);
            at += part->chunks[i].n;
        }
        const csgi_chunk chunk{
            CSGI_CHUNK_MEMORY, CSGI_MEM_OWNED, own + sizeof self, bytes, 0, 0, let_go, own};
        csgi_part other = *part;
        other.chunks = &chunk;
        other.nchunks = 1;
        given++;
        rc = csgi_forward(&tap.tap, x, &other);
        // Whose part was taken has nothing to do with it any more; whose was not keeps it.
        if (rc >= 0)
            csgi_release_owned(part);
        else
            let_go(own);
    } else {
        rc = csgi_forward(&tap.tap, x, part);
    }
    if (rc == CSGI_PAUSE) guest.paused = true;
    if (rc == CSGI_OK && !calm && !(part->flags & CSGI_PART_END) && dice_.one_in(4)) {
        guest.own_pause = true;
        rc = CSGI_PAUSE;
    }
    return rc;
}

// The application inside gives up: the layer passes it on, or swallows it and answers itself.
csgi_rc Layer::abort(Tap &tap, csgi_exchange *x, const csgi_part *part) {
    Guest &guest = *tap.guest;
    if (calm || dice_.one_in(2)) return csgi_forward(&tap.tap, x, part);
    guest.gave_up = true; // answered by act or relent
    return CSGI_OK;
}

bool Layer::act() {
    if (guests.empty()) return false;
    Guest &guest = *guests[dice_.below(guests.size())];
    if (is_over(guest) || !guest.inner) return false;
    const csgi_api &api = *guest.outer->exchange->api;
    if (guest.gave_up) {
        answer(guest);
        return true;
    }
    switch (dice_.below(guest.has_tap ? 6 : 3)) {
    case 0: api.raise(guest.inner, CSGI_EVENT_BODY); break;
    case 1: api.raise(guest.inner, CSGI_EVENT_DRAIN); break;
    case 2: api.raise(guest.inner, CSGI_EVENT_BODY | CSGI_EVENT_DRAIN); break;
    case 3:
    case 4:
        // Only who knows that the server takes more may say so.
        if (guest.paused) return false;
        guest.own_pause = false;
        api.raise(guest.inner, CSGI_EVENT_WRITABLE);
        break;
    default:
        if (!dice_.one_in(8)) return false;
        guest.gave_up = true;
        api.raise(guest.inner, CSGI_EVENT_ABORT);
    }
    return true;
}

void Layer::answer(Guest &guest) {
    csgi_exchange *x = guest.outer->exchange;
    if (x->state == CSGI_NEW) { // no layer outside keeps a head back
        (void)csgi_text(guest.outer, 503, "gave up\n");
        return;
    }
    (void)csgi_abort(guest.outer);
}

void Layer::relent() {
    for (const auto &each : guests) {
        Guest &guest = *each;
        if (is_over(guest) || !guest.inner) continue;
        if (guest.gave_up) {
            answer(guest);
        } else if (guest.own_pause && !guest.paused) {
            guest.own_pause = false;
            guest.outer->exchange->api->raise(guest.inner, CSGI_EVENT_WRITABLE);
        }
    }
}

bool Layer::gave_up() const {
    for (const auto &guest : guests)
        if (guest->gave_up) return true;
    return false;
}

} // namespace csgi::chaos
