// SPDX-License-Identifier: MIT
// A peer: the applications of app_bench on cpp-httplib, one thread.
#include <httplib.h>

#include <cstdio>
#include <limits>
#include <string>

#include <nlohmann/json.hpp>

int main() {
    httplib::Server server;
    server.new_task_queue = [] { return new httplib::ThreadPool(1); };
    server.set_keep_alive_max_count(std::numeric_limits<std::size_t>::max());
    server.set_keep_alive_timeout(300);
    server.set_tcp_nodelay(true);
    server.Get("/", [](const httplib::Request &, httplib::Response &response) {
        response.set_content("Hello, world!\n", "text/plain");
    });
    server.Get(R"(/user/(\d+))", [](const httplib::Request &request, httplib::Response &response) {
        response.set_header("cache-control", "no-store");
        response.set_header("x-user", "somebody");
        response.set_content("user " + std::to_string(std::stoi(request.matches[1])) + "\n",
                             "text/plain");
    });
    server.Post("/json", [](const httplib::Request &request, httplib::Response &response) {
        nlohmann::json post = nlohmann::json::parse(request.body);
        post["likes"] = post.at("likes").get<int>() + 1;
        response.set_content(post.dump(), "application/json");
    });
    const int port = server.bind_to_any_port("127.0.0.1");
    if (port < 0) return 1;
    std::printf("listening on http://127.0.0.1:%d\n", port);
    std::fflush(stdout);
    return server.listen_after_bind() ? 0 : 1;
}
