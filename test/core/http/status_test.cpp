// SPDX-License-Identifier: MIT
// Reason phrases against the registry of status codes at IANA.
#include "core/http/status.h"

#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <string>

#include "test/core/http/vectors.hpp"

using namespace csgi;

TEST_CASE("every status has the phrase of the registry, and all others are unknown") {
    std::map<unsigned, std::string> registry;
    for (const VectorRow &row : read_vectors(VECTORS "/status.md", "Phrases"))
        registry[static_cast<unsigned>(std::stoul(row.at(0)))] = row.at(1);
    for (unsigned status = 0; status <= 1200; ++status) {
        CAPTURE(status);
        const auto found = registry.find(status);
        CHECK(csgi_status_reason(status) ==
              (found == registry.end() ? std::string("Unknown") : found->second));
    }
    CHECK(csgi_status_reason(~0u) == std::string("Unknown"));
}

TEST_CASE("a phrase can stand in a status line") {
    // RFC 9112 4: reason-phrase = 1*( HTAB / SP / VCHAR / obs-text )
    for (unsigned status = 0; status <= 1200; ++status) {
        const std::string phrase = csgi_status_reason(status);
        CHECK_FALSE(phrase.empty());
        for (const char c : phrase) CHECK((c >= ' ' && c <= '~'));
    }
}
