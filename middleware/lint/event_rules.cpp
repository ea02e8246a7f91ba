// SPDX-License-Identifier: MIT
// Views and events: who listens on which, what may be delivered, and in which order.
#include "middleware/lint/lint.hpp"

#include <algorithm>
#include <bit>

namespace csgi::lint {

namespace {

const char *name_of(uint32_t event) {
    switch (event) {
    case CSGI_EVENT_BODY: return "BODY";
    case CSGI_EVENT_WRITABLE: return "WRITABLE";
    case CSGI_EVENT_ABORT: return "ABORT";
    case CSGI_EVENT_DRAIN: return "DRAIN";
    default: return "an unknown event";
    }
}

bool is_inside(const View &view, const View &outer) {
    for (const View *at = view.parent; at; at = at->parent)
        if (at == &outer) return true;
    return false;
}

// Whether a layer between the view and `outer` (NULL: any inside this lint) started it there.
bool is_raised(const View &view, const View *outer, uint32_t event) {
    for (const View *at = &view; at && at != outer; at = at->parent)
        if (at->raised & event) return true;
    return false;
}

void judge_order(View &view, uint32_t event) {
    const View *outer = view.parent;
    while (outer && !(outer->listening & event)) outer = outer->parent;
    if (!outer || is_raised(view, outer, event)) return;
    if (!(view.credit & event))
        view.x->judge.breach(Rule::EVT_4, "%s came to a view inside before one outside let it on",
                             name_of(event));
    // ABORT comes to whoever begins to listen later, too.
    if (event != CSGI_EVENT_ABORT) view.credit &= ~event;
}

void judge_event(View &view, uint32_t event) {
    Exchange &x = *view.x;
    if (!(view.listening & event)) {
        x.judge.breach(Rule::EVT_1, "%s was delivered to a view that does not listen for it",
                       name_of(event));
        return;
    }
    if (event == CSGI_EVENT_ABORT) {
        if (view.aborted) x.judge.breach(Rule::EVT_2, "ABORT was delivered to a view twice");
        view.aborted = true;
    }
    // Layers further out may raise what they like.
    if (event == CSGI_EVENT_WRITABLE && x.given->depth == 0 && !is_raised(view, nullptr, event)) {
        if (view.pauses_heard == x.pauses)
            x.judge.breach(Rule::EVT_3, "WRITABLE, and no PAUSE since the last");
    }
    if (event == CSGI_EVENT_WRITABLE) view.pauses_heard = x.pauses;
    judge_order(view, event);
}

uint32_t delivered(csgi_request *of_host, uint32_t events, void *arg) noexcept {
    View &view = *static_cast<View *>(arg);
    Exchange &x = *view.x;
    x.lint->enter("an event");
    if (x.is_over()) {
        x.judge.breach(Rule::EVT_1, "an event was delivered after on_done");
        return events;
    }
    if (of_host != view.host || events == 0)
        x.judge.breach(Rule::EVT_1, "an event was delivered for another view, or none");
    const uint32_t heard = events & view.listening;
    for (uint32_t rest = events; rest; rest &= rest - 1) judge_event(view, rest & -rest);
    if (heard & CSGI_EVENT_BODY) x.waits_for_body = false;
    if (heard & CSGI_EVENT_WRITABLE) x.paused = false;
    if (!heard) return events;
    uint32_t passed = 0;
    x.deliveries++;
    const bool fine = x.lint->run("an event function", x.judge,
                                  [&] { passed = view.fn(&view, heard, view.arg); });
    x.deliveries--;
    // Nobody else will end it; the layers between hear of it as of any other ABORT.
    if (!fine && !x.is_over() && x.host->state != CSGI_ENDED && !x.answer.is_over())
        x.lint->run("a sink", x.judge, [&] { (void)csgi_abort(&view); });
    for (const auto &inner : x.views) {
        if (!is_inside(*inner, view)) continue;
        inner->credit = (inner->credit & ~heard) | (passed & heard);
    }
    return passed | (events & ~heard);
}

csgi_request *derive(const csgi_request *from) noexcept {
    View *parent;
    Exchange *x = Exchange::entered(from, "derive", &parent);
    if (!x) return nullptr;
    csgi_request *of_host;
    {
        const HostCall call(*x->lint);
        of_host = x->host->api->derive(parent->host);
    }
    x->sync();
    if (!of_host) return nullptr;
    if (of_host->struct_size < sizeof(csgi_request) || of_host->exchange != x->host ||
        of_host->depth != parent->host->depth + 1)
        x->judge.breach(Rule::REQ_1, "derive gave a view that is not one deeper, or of another");
    if (!x->host_memory.is_new(of_host, sizeof *of_host))
        x->judge.breach(Rule::MEM_5, "derive gave memory that was handed out before");
    else
        x->host_memory.add(of_host, sizeof *of_host);
    auto view = std::make_unique<View>();
    static_cast<csgi_request &>(*view) = *from;
    view->depth = from->depth + 1;
    view->x = x;
    view->host = of_host;
    view->parent = parent;
    view->credit = parent->credit;
    x->views.push_back(std::move(view));
    return x->views.back().get();
}

csgi_rc listen(csgi_request *req, uint32_t events, csgi_event_fn fn, void *arg) noexcept {
    View *view;
    Exchange *x = Exchange::entered(req, "listen", &view);
    if (!x) return CSGI_STATE;
    if (events && !fn) return CSGI_INVAL;
    csgi_rc rc = x->engage();
    if (rc < 0) return rc;
    {
        const HostCall call(*x->lint);
        rc = x->host->api->listen(view->host, events, delivered, view);
    }
    x->sync();
    if (rc < 0) return rc;
    x->listened = true;
    // In a delivery that is under way it takes no part yet, so it keeps nothing from those inside.
    const uint32_t added = x->deliveries ? events & ~view->listening : 0;
    for (const auto &inner : x->views)
        if (is_inside(*inner, *view)) inner->credit |= added;
    view->listening = events;
    view->fn = fn;
    view->arg = arg;
    return rc;
}

void raise_events(csgi_request *req, uint32_t events) noexcept {
    View *view;
    Exchange *x = Exchange::entered(req, "raise", &view);
    if (!x) return;
    view->raised |= events;
    const HostCall call(*x->lint);
    x->host->api->raise(view->host, events);
}

} // namespace

void fill_event_api(csgi_api &api) {
    api.derive = derive;
    api.listen = listen;
    api.raise = raise_events;
}

} // namespace csgi::lint
