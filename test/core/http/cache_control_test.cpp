// SPDX-License-Identifier: MIT
// Cache-Control as RFC 9111 5.2 and its extensions have it.
#include <csgi/http/cache_control.hpp>

#include <doctest/doctest.h>

using namespace csgi;

TEST_CASE("Cache-Control is read into names and written from them") {
    const CacheControl both =
        parse_cache_control("No-Cache=\"a, b\", max-age=60, public, immutable, stale-if-error=5, "
                            "x=\"y z\", s-maxage=q");
    CHECK(both.no_cache == "a, b");
    CHECK(both.max_age == 60);
    CHECK(both.is_public);
    CHECK(both.immutable);
    CHECK(!both.no_store);
    CHECK(both.stale_if_error == 5);
    CHECK(!both.s_maxage);
    REQUIRE(both.others.size() == 1);
    CHECK(both.others[0].second == "y z");
    CHECK(both.to_header() ==
          "no-cache=\"a, b\", public, immutable, max-age=60, stale-if-error=5, x=\"y z\"");
    CacheControl made;
    made.is_private = "";
    made.must_understand = true;
    made.no_store = true;
    made.stale_while_revalidate = 30;
    CHECK(made.to_header() == "private, no-store, must-understand, stale-while-revalidate=30");
    CHECK(parse_cache_control("max-stale").max_stale == INT64_MAX);
    CHECK(parse_cache_control("max-stale=1, min-fresh=2, only-if-cached").min_fresh == 2);
    CHECK(CacheControl().to_header() == "");
}
