// SPDX-License-Identifier: MIT
// Queries and forms taken apart and put together.
#include <csgi/http/query.hpp>

#include <algorithm>
#include <cstring>

#include <csgi/http/url.hpp>

#include "core/http/byte_set.hpp"
#include "core/http/utf8.hpp"

namespace csgi {

namespace {

// A block for decoded texts: large enough for most requests, so that there is one.
constexpr std::size_t block_size = 1024;

constexpr std::size_t usual_pairs = 8;

bool needs_decoding(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        return c == '%' || c == '+' || static_cast<unsigned char>(c) >= 0x80;
    });
}

} // namespace

std::string_view MultiDict::keep(std::string_view text) {
    if (text.empty()) return {};
    if (blocks_.empty() || blocks_.back().size - blocks_.back().used < text.size()) {
        const std::size_t size = std::max(block_size, text.size());
        blocks_.push_back({std::unique_ptr<char[]>(new char[size]), 0, size});
    }
    Block &block = blocks_.back();
    char *copy = block.memory.get() + block.used;
    std::memcpy(copy, text.data(), text.size());
    block.used += text.size();
    return {copy, text.size()};
}

MultiDict parse_query(std::string_view text, std::size_t most) {
    MultiDict pairs;
    parse_query(pairs, text, most);
    return pairs;
}

void parse_query(MultiDict &pairs, std::string_view text, std::size_t most) {
    // Most have no more; a longer list grows as it needs to.
    if (!text.empty()) pairs.reserve(pairs.size() + usual_pairs);
    std::string decoded;
    const auto decode = [&](std::string_view piece) {
        if (!needs_decoding(piece)) return piece;
        decoded.clear();
        append_unquoted(decoded, piece, true, BadBytes::requote);
        return pairs.keep(decoded);
    };
    while (!text.empty()) {
        const std::string_view piece = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(text.size(), piece.size() + 1));
        if (piece.empty()) continue;
        if (pairs.size() >= most) throw TooLarge("more than " + std::to_string(most) + " fields");
        const std::size_t equals = std::min(piece.find('='), piece.size());
        const std::string_view name = decode(piece.substr(0, equals));
        pairs.add_view(name, decode(piece.substr(std::min(equals + 1, piece.size()))));
    }
}

void append_query(std::string &out, std::string_view name, std::string_view value) {
    if (!out.empty()) out += '&';
    append_quoted(out, name, Place::query);
    out += '=';
    append_quoted(out, value, Place::query);
}

} // namespace csgi
