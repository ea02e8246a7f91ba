// SPDX-License-Identifier: MIT
// Which requests an application is asked at random, and which answers are right.
#pragma once

#include "test/conformance/chaos/layer.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace csgi::chaos {

struct Request {
    std::string method = "GET", target = "/", body;
    bool stream = false;       // the body comes in pieces
    std::string declared;      // a Content-Length for a body that comes in pieces; empty: chunked
    unsigned status = 200;     // of the answer, once it is complete
    unsigned other_status = 0; // as right
    std::optional<std::string> answer; // its body, before the layers changed it
    std::string inside;                // what its body has to hold
    bool reads = false;                // the body: it makes a difference whether it came whole
    bool spools = false;               // and asks for more of it than a byte
    bool breaks = false;               // the answer is never complete
    bool waits = false;                // for the client to leave, or for the worker to stop
    bool threads = false;              // waits for a thread of its own
};

// What the file of /file holds, from the first byte on.
std::string file_bytes(size_t n);

// A request for the application of this name (csgi_entry.name). `whole`: bodies are never streamed.
// `duplex`: the host reads and answers at once.
Request random_request(std::string_view application, Dice &dice, bool whole, bool duplex);

// What a layer of this name makes of a body; empty: no such layer is known.
using Change = std::string (*)(const std::string &body);
Change change_of(std::string_view layer);

} // namespace csgi::chaos
