// SPDX-License-Identifier: MIT
// A peer: the smallest keep-alive server on Boost.Beast, one thread.
#include <utility> // asio of Boost 1.74 forgets it

#include <boost/asio.hpp>
#include <boost/beast.hpp>
#include <cstdio>
#include <ctime>
#include <memory>
#include <string>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = boost::asio::ip::tcp;

namespace {

// Once a second, as servers do.
class Clock {
public:
    const std::string &text() {
        if (std::time_t now = std::time(nullptr); now != at_) {
            char date[64];
            std::tm tm;
            at_ = now;
            gmtime_r(&now, &tm);
            text_.assign(date, std::strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &tm));
        }
        return text_;
    }

private:
    std::time_t at_ = 0;
    std::string text_;
};

class Session : public std::enable_shared_from_this<Session> {
public:
    Session(tcp::socket socket, Clock &clock) : socket_(std::move(socket)), clock_(clock) {}

    void read() {
        request_ = {};
        http::async_read(socket_, buffer_, request_,
                         [self = shared_from_this()](beast::error_code error, std::size_t) {
                             if (!error) self->answer();
                         });
    }

private:
    void answer() {
        response_ = {http::status::ok, request_.version()};
        response_.set(http::field::server, "beast");
        response_.set(http::field::date, clock_.text());
        response_.set(http::field::content_type, "text/plain");
        response_.keep_alive(request_.keep_alive());
        response_.body() = "Hello, world!\n";
        response_.prepare_payload();
        http::async_write(socket_, response_,
                          [self = shared_from_this()](beast::error_code error, std::size_t) {
                              if (!error && self->response_.keep_alive()) self->read();
                          });
    }

    tcp::socket socket_;
    Clock &clock_;
    beast::flat_buffer buffer_;
    http::request<http::empty_body> request_;
    http::response<http::string_body> response_;
};

void accept(tcp::acceptor &acceptor, Clock &clock) {
    acceptor.async_accept([&](beast::error_code error, tcp::socket socket) {
        if (!error) {
            socket.set_option(tcp::no_delay(true));
            std::make_shared<Session>(std::move(socket), clock)->read();
        }
        accept(acceptor, clock);
    });
}

} // namespace

int main() {
    asio::io_context loop(1);
    tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
    Clock clock;
    std::printf("listening on http://127.0.0.1:%u\n", acceptor.local_endpoint().port());
    std::fflush(stdout);
    accept(acceptor, clock);
    loop.run();
}
