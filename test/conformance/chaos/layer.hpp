// SPDX-License-Identifier: MIT
// A layer between server and application that does, at random, all that a layer may: derives or
// not, listens or not, raises events, says PAUSE, gives up with ABORT, hands bytes on in memory of
// its own.
#pragma once

#include <csgi/sdk.h>

#include <cstdint>
#include <memory>
#include <random>
#include <vector>

namespace csgi::chaos {

// The same numbers from the same seed, on every machine.
class Dice {
public:
    explicit Dice(uint64_t seed) : engine_(seed) {}
    uint64_t below(uint64_t n) { return engine_() % n; }
    bool one_in(uint64_t n) { return below(n) == 0; }
    uint64_t between(uint64_t low, uint64_t high) { return low + below(high - low + 1); }
    // A number of any magnitude up to `high`: small ones are as likely as large ones.
    uint64_t any_up_to(uint64_t high) {
        uint64_t bits = 1;
        while (high >> bits) bits++;
        const uint64_t n = below(uint64_t{1} << between(1, bits));
        return n <= high ? n : high;
    }
    template <class T, size_t N>
    const T &pick(const T (&from)[N]) {
        return from[below(N)];
    }

private:
    std::mt19937_64 engine_;
};

class Layer;

// One exchange as the layer has it. Outlives the exchange, to be counted.
struct Guest {
    Layer *layer = nullptr;
    csgi_request *outer = nullptr, *inner = nullptr; // inner: derived; null if it was passed on
    bool has_tap = false;
    bool paused = false;    // the server said so
    bool own_pause = false; // the layer said so, and owes a WRITABLE
    bool gave_up = false;   // ABORT was raised or swallowed: the layer answers
    unsigned done = 0;      // how often on_done came
    bool registered = false;
    csgi_rc outcome = CSGI_OK;
};

class Layer : public csgi_app {
public:
    Layer(csgi_app *inside, Dice &dice);

    bool calm = false;                // no more of it: what has begun is brought to an end
    unsigned given = 0, released = 0; // OWNED chunks of its own
    std::vector<std::unique_ptr<Guest>> guests;

    // Something of what a layer may do from the loop; whether anything was done.
    bool act();
    // Lets those go on whom the layer has stopped.
    void relent();
    bool gave_up() const;

private:
    struct Tap;
    csgi_rc take(csgi_request *req);
    csgi_rc pass(Tap &tap, csgi_exchange *x, csgi_part *part);
    csgi_rc abort(Tap &tap, csgi_exchange *x, const csgi_part *part);
    void answer(Guest &guest);
    static Layer &of(csgi_app *self) { return *static_cast<Layer *>(self); }

    csgi_app *inside_;
    Dice &dice_;
};

} // namespace csgi::chaos
