// SPDX-License-Identifier: MIT
// A peer: the applications of app_bench on Pistache, one thread for requests.
#include <pistache/endpoint.h>
#include <pistache/router.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>

#include <nlohmann/json.hpp>

namespace http = Pistache::Http;
namespace rest = Pistache::Rest;

namespace {

// It sends no field but of a type.
class User final : public http::Header::Header {
public:
    NAME("x-user")
    void write(std::ostream &out) const override { out << "somebody"; }
};

rest::Route::Result hello(const rest::Request &, http::ResponseWriter response) {
    response.send(http::Code::Ok, "Hello, world!\n", MIME(Text, Plain));
    return rest::Route::Result::Ok;
}

rest::Route::Result user(const rest::Request &request, http::ResponseWriter response) {
    const int id = request.param(":id").as<int>();
    response.headers().add<http::Header::CacheControl>(http::CacheDirective::NoStore);
    response.headers().add<User>();
    response.send(http::Code::Ok, "user " + std::to_string(id) + "\n", MIME(Text, Plain));
    return rest::Route::Result::Ok;
}

rest::Route::Result json(const rest::Request &request, http::ResponseWriter response) {
    nlohmann::json post = nlohmann::json::parse(request.body());
    post["likes"] = post.at("likes").get<int>() + 1;
    response.send(http::Code::Ok, post.dump(), MIME(Application, Json));
    return rest::Route::Result::Ok;
}

} // namespace

int main() {
    sigset_t end; // blocked before there are threads
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    sigprocmask(SIG_BLOCK, &end, nullptr);
    rest::Router router;
    rest::Routes::Get(router, "/", hello);
    rest::Routes::Get(router, "/user/:id", user);
    rest::Routes::Post(router, "/json", json);
    http::Endpoint server(Pistache::Address("127.0.0.1", Pistache::Port(0)));
    server.init(http::Endpoint::options()
                    .threads(1)
                    .flags(Pistache::Tcp::Options::ReuseAddr | Pistache::Tcp::Options::NoDelay)
                    .keepaliveTimeout(std::chrono::seconds(300)));
    server.setHandler(router.handler());
    server.serveThreaded();
    std::printf("listening on http://127.0.0.1:%u\n",
                static_cast<unsigned>(static_cast<uint16_t>(server.getPort())));
    std::fflush(stdout);
    int number;
    sigwait(&end, &number);
    server.shutdown();
}
