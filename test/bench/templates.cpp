// SPDX-License-Identifier: MIT
// Microseconds and heap calls of one rendering each; the templates come from templates.py, which
// gives the same ones to Jinja2.
#include <csgi/template/environment.hpp>
#include <csgi/value/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <new>
#include <vector>

using namespace csgi;

namespace {

std::size_t heap_calls = 0;

double best_us(std::size_t rounds, auto &&work) {
    std::vector<double> times;
    for (std::size_t i = 0; i < rounds; ++i) {
        const auto start = std::chrono::steady_clock::now();
        work();
        times.push_back(
            std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start)
                .count());
    }
    return *std::min_element(times.begin(), times.end()); // what was disturbed least
}

} // namespace

void *operator new(std::size_t n) {
    ++heap_calls;
    if (void *memory = std::malloc(n)) return memory;
    throw std::bad_alloc();
}
void operator delete(void *memory) noexcept {
    std::free(memory);
}
void operator delete(void *memory, std::size_t) noexcept {
    std::free(memory);
}

// Reads {"templates": {...}, "cases": [{"name", "page", "context", "rounds"}]} and writes a line of
// JSON for each case.
int main() {
    const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
    const Value given = parse_json(text);
    std::vector<std::pair<std::string, std::string>> templates;
    for (const auto &[name, source] : given.at("templates").as_dict())
        templates.emplace_back(name.text(), source.text());
    jinja::Environment env(jinja::Syntax(), std::make_unique<jinja::DictLoader>(templates));
    env.autoescape = [](std::optional<std::string_view>) { return true; };
    for (const Value &one : given.at("cases").as_list()) {
        const std::string name(one.at("page").text());
        const Dict &context = one.at("context").as_dict();
        const auto rounds = static_cast<std::size_t>(one.at("rounds").as_int());
        const jinja::Template page = env.get_template(name);
        std::string out;
        const auto render = [&] {
            out.clear();
            page.render(out, context);
        };
        for (int i = 0; i < 3; ++i) render();
        heap_calls = 0;
        render();
        const std::size_t calls = heap_calls;
        const double time = best_us(rounds, render);
        std::size_t pieces = 0;
        const double streamed = best_us(rounds, [&] {
            pieces = 0;
            page.stream(context, [&](std::string_view) { ++pieces; });
        });
        const std::string source(given.at("templates").at(name).text());
        const double parsed = best_us(rounds, [&] { env.from_string(source, name); });
        Dict answer;
        answer["name"] = one.at("name");
        answer["us"] = time;
        answer["streamed_us"] = streamed;
        answer["pieces"] = static_cast<std::int64_t>(pieces);
        answer["parsed_us"] = parsed;
        answer["heap_calls"] = static_cast<std::int64_t>(calls);
        answer["output"] = out;
        std::cout << dump_json(Value(std::move(answer))) << std::endl;
    }
}
