// SPDX-License-Identifier: MIT
// What a value holds: made, shared, taken apart again, and looked at by kind.
#include <csgi/value/value.hpp>

#include <charconv>
#include <limits>
#include <new>
#include <utility>

#include <csgi/value/object.hpp>

#include "core/value/nesting.hpp"

namespace csgi {

// Lists, dicts and objects have this before them, and lists and dicts may hold each other to any
// depth. So that their end needs no more stack than that of one, those that have lost their last
// holder wait in a chain: lists and dicts in one of the call, objects in one of the thread.
struct Value::Link {
    void *next = nullptr;
    Header header;

    explicit Link(Kind kind) : header(kind) {}
    static Link *of(void *content) { return static_cast<Link *>(content) - 1; }
};

template <class T>
void Value::hold(Kind kind, T content) {
    static_assert(sizeof(Link) == 16 && alignof(T) <= 8);
    void *memory = ::operator new(sizeof(Link) + sizeof(T));
    auto *link = new (memory) Link(kind);
    payload_.node = new (link + 1) T(std::move(content));
    tag_ = static_cast<std::uint8_t>(static_cast<std::uint8_t>(kind) | counted);
}

void Value::copy_text(std::string_view text) {
    length_ = short_enough(text.size());
    void *memory = ::operator new(sizeof(Header) + text.size());
    auto *header = new (memory) Header(kind());
    payload_.node = header + 1;
    std::memcpy(payload_.node, text.data(), text.size());
    tag_ |= counted;
}

void Value::destroy() noexcept {
    static_assert(sizeof(Header) == 8);
    switch (kind()) {
    case Kind::list:
    case Kind::tuple:
    case Kind::dict: bury(payload_.node); break;
    case Kind::object: {
        // An object's own values end inside its end: they wait until it is over.
        Nesting &thread = Nesting::of_this_thread();
        Link::of(payload_.node)->next = std::exchange(thread.dead, payload_.node);
        if (std::exchange(thread.burying, true)) break;
        while (void *dead = thread.dead) {
            Link *link = Link::of(dead);
            thread.dead = link->next;
            std::destroy_at(static_cast<std::shared_ptr<Object> *>(dead));
            ::operator delete(link);
        }
        thread.burying = false;
        break;
    }
    default: ::operator delete(Header::of(payload_.node));
    }
}

void Value::bury(void *content) noexcept {
    // Takes a list or dict out of the value that was the last to hold it, and chains it up.
    const auto unlink = [&content](Value &value) {
        const Kind kind = value.kind();
        if (kind != Kind::list && kind != Kind::tuple && kind != Kind::dict) return;
        if (!value.is_counted()) return;
        auto &count = Header::of(value.payload_.node)->count;
        if (count.load(std::memory_order_acquire) == 1 ||
            count.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            Link::of(value.payload_.node)->next = content;
            content = value.payload_.node;
        }
        value.tag_ = 0;
    };
    while (content) {
        void *dead = content;
        Link *link = Link::of(dead);
        content = link->next;
        if (link->header.kind == Kind::dict) {
            auto *dict = static_cast<Dict *>(dead);
            for (Dict::Entry &entry : dict->entries_) {
                unlink(entry.key);
                unlink(entry.value);
            }
            std::destroy_at(dict);
        } else {
            auto *list = static_cast<List *>(dead);
            for (Value &item : *list) unlink(item);
            std::destroy_at(list);
        }
        ::operator delete(link);
    }
}

namespace {

// Not left out, though nobody reads it.
void overwrite(void *memory, std::size_t n) noexcept {
    volatile auto *bytes = static_cast<volatile unsigned char *>(memory);
    for (std::size_t i = 0; i < n; ++i) bytes[i] = 0;
}

} // namespace

void Value::wipe() noexcept {
    if (is_textual() && is_only_holder()) overwrite(payload_.node, length_);
    if ((is(Kind::list) || is(Kind::tuple)) && is_only_holder())
        for (Value &item : *static_cast<List *>(payload_.node)) item.wipe();
    if (is_counted()) release();
    overwrite(static_cast<void *>(this), sizeof *this);
}

Value::Value(List list) : Value(Kind::none) {
    hold(Kind::list, std::move(list));
}

Value::Value(Dict dict) : Value(Kind::none) {
    hold(Kind::dict, std::move(dict));
}

Value::Value(std::shared_ptr<Object> object) : Value(Kind::none) {
    if (object) hold(Kind::object, std::move(object));
}

Value Value::tuple(List items) {
    Value value;
    value.hold(Kind::tuple, std::move(items));
    return value;
}

Value Value::markup(std::string_view html) {
    Value value(html);
    value.tag_ |= safe;
    return value;
}

Value Value::uuid(std::string_view sixteen_bytes) {
    if (sixteen_bytes.size() != 16)
        throw std::invalid_argument("a UUID has 16 bytes, not " +
                                    std::to_string(sixteen_bytes.size()));
    return Value(Kind::uuid, sixteen_bytes);
}

Value Value::integer(std::string_view digits) {
    const bool negative = digits.starts_with('-');
    std::string_view rest = digits.substr(negative);
    if (rest.empty() || rest.find_first_not_of("0123456789") != rest.npos)
        throw std::invalid_argument("not an integer: " + std::string(digits.substr(0, 80)));
    std::int64_t small = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), small).ec == std::errc())
        return Value(small);
    // Without zeros in front, so that equal numbers are equal texts.
    rest.remove_prefix(rest.find_first_not_of('0'));
    return Value(Kind::big_integer, (negative ? "-" : "") + std::string(rest));
}

Value Value::big_integer_of(std::uint64_t value) {
    return Value(Kind::big_integer, std::to_string(value));
}

std::string_view Value::type_name() const {
    switch (kind()) {
    case Kind::none: return "NoneType";
    case Kind::undefined: return "Undefined";
    case Kind::boolean: return "bool";
    case Kind::integer:
    case Kind::big_integer: return "int";
    case Kind::floating: return "float";
    case Kind::datetime: return "datetime";
    case Kind::object: return as_object().type_name();
    case Kind::string: return is_markup() ? "Markup" : "str";
    case Kind::bytes: return "bytes";
    case Kind::uuid: return "UUID";
    case Kind::list: return "list";
    case Kind::tuple: return "tuple";
    case Kind::dict: return "dict";
    }
    return "?";
}

void Value::fail(const char *wanted) const {
    throw TypeError(std::string("expected ") + wanted + ", got " + std::string(type_name()));
}

bool Value::truthy() const {
    switch (kind()) {
    case Kind::none:
    case Kind::undefined: return false;
    case Kind::boolean:
    case Kind::integer: return payload_.integer != 0;
    case Kind::floating: return payload_.floating != 0;
    case Kind::string:
    case Kind::bytes: return !text().empty();
    case Kind::list:
    case Kind::tuple: return !as_list().empty();
    case Kind::dict: return !as_dict().empty();
    case Kind::object: return as_object().truthy();
    case Kind::big_integer:
    case Kind::datetime:
    case Kind::uuid: return true;
    }
    return true;
}

double Value::as_double() const {
    switch (kind()) {
    case Kind::boolean:
    case Kind::integer: return static_cast<double>(payload_.integer);
    case Kind::big_integer: {
        const std::string_view digits = text();
        double value = 0;
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (read.ec == std::errc()) return value;
        constexpr double infinity = std::numeric_limits<double>::infinity();
        return digits.front() == '-' ? -infinity : infinity;
    }
    default: break;
    }
    expect(Kind::floating, "float");
    return payload_.floating;
}

std::size_t Value::size() const {
    switch (kind()) {
    case Kind::string:
    case Kind::bytes: return text().size();
    case Kind::dict: return as_dict().size();
    case Kind::object:
        if (const auto size = as_object().size()) return *size;
        throw TypeError("object of type '" + std::string(type_name()) + "' has no len()");
    case Kind::list:
    case Kind::tuple: return as_list().size();
    default: throw TypeError("object of type '" + std::string(type_name()) + "' has no len()");
    }
}

List &Value::edit_list() {
    const List &list = as_list();
    if (is_only_holder()) return const_cast<List &>(list);
    Value own;
    own.hold(kind(), List(list));
    *this = std::move(own);
    return list_in_place();
}

Dict &Value::edit_dict() {
    const Dict &dict = as_dict();
    if (is_only_holder()) return const_cast<Dict &>(dict);
    *this = Value(Dict(dict));
    return dict_in_place();
}

const Value &Value::at(std::string_view key) const {
    if (const Value *value = as_dict().find(key)) return *value;
    throw KeyError(std::string(key));
}

const Value &Value::at(std::size_t index) const {
    return as_list().at(index);
}

Value &Value::operator[](std::string_view key) {
    if (is_none()) *this = Value(Dict());
    return edit_dict()[key];
}

Value &Value::operator[](std::size_t index) {
    return edit_list().at(index);
}

void Value::push_back(Value item) {
    if (is_none()) *this = Value(List());
    edit_list().push_back(std::move(item));
}

} // namespace csgi
