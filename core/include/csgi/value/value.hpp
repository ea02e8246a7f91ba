// SPDX-License-Identifier: MIT
// The one dynamic value: what JSON, templates and sessions are made of, with Python's kinds.
#pragma once

#include <atomic>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace csgi {

class Value;
class Dict;
class Object;
using List = std::vector<Value>;

// A value of another kind was needed, as Python's TypeError; the message names both kinds.
class TypeError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// A key that is not there, as Python's KeyError; the message is the key.
class KeyError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Values inside each other beyond a thousand levels, as Python's RecursionError.
class RecursionError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

enum class Kind : std::uint8_t {
    none,
    undefined, // of templates: a name that means nothing; keeps that name as its text
    boolean,
    integer,     // fits in 64 bits
    big_integer, // does not; kept as its decimal digits: read, written and compared, not calculated
    floating,
    datetime, // a moment in UTC
    object,   // the host program's, see <csgi/value/object.hpp>
    string,   // UTF-8
    bytes,
    uuid, // its 16 bytes are its text
    list,
    tuple,
    dict,
};

// A moment in UTC: seconds since 1970, and microseconds from 0 to 999,999 on top.
struct DateTime {
    std::int64_t seconds = 0;
    std::uint32_t microseconds = 0;
    auto operator<=>(const DateTime &) const = default;
};

// 16 bytes. Scalars and texts up to 14 bytes lie inside; longer texts, lists and dicts are counted
// and shared: a copy never copies what it holds. A list or dict that is changed through edit_*() is
// first made the only holder's own, so a copy behaves as a copy; *_in_place() changes it for all
// holders, as Python would.
//
// Several threads may hold copies of one value; one Value, like one int, is for one thread at a
// time. Values that hold each other in a circle, which only *_in_place() can make, are never freed.
class Value {
public:
    constexpr Value() noexcept : Value(Kind::none) {}
    constexpr Value(std::nullptr_t) noexcept : Value(Kind::none) {}
    template <std::same_as<bool> T>
    constexpr Value(T value) noexcept : Value(Kind::boolean) {
        payload_.integer = value;
    }
    template <std::integral T>
    requires(!std::same_as<T, bool> &&
             (std::signed_integral<T> || sizeof(T) < 8)) constexpr Value(T value) noexcept
        : Value(Kind::integer) {
        payload_.integer = value;
    }
    // Above the largest int64 a big integer.
    template <std::unsigned_integral T>
    requires(!std::same_as<T, bool> && sizeof(T) == 8) Value(T value) : Value(Kind::integer) {
        payload_.integer = static_cast<std::int64_t>(value);
        if (value > INT64_MAX) *this = big_integer_of(value);
    }
    template <std::floating_point T>
    constexpr Value(T value) noexcept : Value(Kind::floating) {
        payload_.floating = static_cast<double>(value);
    }
    constexpr Value(DateTime value) noexcept : Value(Kind::datetime) {
        payload_.integer = value.seconds;
        length_ = value.microseconds;
    }
    // A string, copied. At most 4 GiB - 1 bytes, as all texts; a longer one throws
    // std::length_error.
    Value(std::string_view text) : Value(Kind::string, text) {}
    Value(const std::string &text) : Value(std::string_view(text)) {}
    Value(const char *text) : Value(std::string_view(text)) {}
    template <class T>
    Value(const T *) = delete; // would else be a bool
    Value(List list);
    Value(Dict dict);
    // An object of the host program; none when the pointer is null.
    Value(std::shared_ptr<Object> object);
    template <std::derived_from<Object> T>
    Value(std::shared_ptr<T> object) : Value(std::shared_ptr<Object>(std::move(object))) {}

    // A struct that says what it is: one with CSGI_FIELDS.
    template <class T>
    requires requires(const T &object) {
        { object.csgi_to_value() } -> std::same_as<Value>;
    }
    Value(const T &object) : Value(object.csgi_to_value()) {}
    // A list of what becomes values.
    template <class T>
    requires(!std::same_as<T, Value> && std::constructible_from<Value, const T &>)
        Value(const std::vector<T> &items)
        : Value(List(items.begin(), items.end())) {}

    // A string that is HTML already, so that templates do not escape it: Python's Markup.
    static Value markup(std::string_view html);
    static Value bytes(std::string_view bytes) { return Value(Kind::bytes, bytes); }
    // Throws std::invalid_argument unless there are 16 bytes.
    static Value uuid(std::string_view sixteen_bytes);
    // The decimal digits of an integer of any size, after a "-" if below zero; becomes an ordinary
    // integer if it fits. Throws std::invalid_argument for anything else.
    static Value integer(std::string_view digits);
    static Value tuple(List items);
    static Value undefined() noexcept { return Value(Kind::undefined); }
    static Value undefined(std::string_view name) { return Value(Kind::undefined, name); }
    // A string that stays where it is: `text` must outlive the value and all its copies.
    static Value borrowed(std::string_view text) {
        Value value(Kind::string);
        value.payload_.text = text.data();
        value.length_ = short_enough(text.size());
        return value;
    }

    Value(const Value &other) noexcept { copy_from(other); }
    Value(Value &&other) noexcept { take_from(other); }
    // `other` may lie inside what this value holds, so what is there goes last.
    Value &operator=(const Value &other) noexcept { return *this = Value(other); }
    Value &operator=(Value &&other) noexcept {
        Value incoming(std::move(other));
        const Value old(std::move(*this));
        take_from(incoming);
        return *this;
    }
    ~Value() {
        if (is_counted()) release();
    }

    // The same value without a share in it: costs nothing to copy, and must not outlive this one.
    // Texts of up to 14 bytes come along. For a renderer's inner loops.
    Value borrow() const noexcept {
        Value value;
        std::memcpy(static_cast<void *>(&value), this, sizeof value);
        value.tag_ = static_cast<std::uint8_t>(value.tag_ & ~counted);
        return value;
    }

    // Becomes none, and overwrites the text if no other value holds it: for a key that is not
    // needed any more. Of a list or tuple each item. A borrowed text is not this value's to touch.
    void wipe() noexcept;

    // How many values hold what this one holds; 1 for what lies inside or is borrowed.
    std::size_t holders() const noexcept;
    bool is_shared() const noexcept { return holders() > 1; }

    Kind kind() const noexcept { return static_cast<Kind>(tag_ & kind_bits); }
    bool is(Kind kind) const noexcept { return this->kind() == kind; }
    bool is_none() const noexcept { return is(Kind::none); }
    bool is_undefined() const noexcept { return is(Kind::undefined); }
    bool is_bool() const noexcept { return is(Kind::boolean); }
    bool is_integer() const noexcept { return is(Kind::integer) || is(Kind::big_integer); }
    bool is_float() const noexcept { return is(Kind::floating); }
    bool is_string() const noexcept { return is(Kind::string); }
    bool is_markup() const noexcept { return tag_ & safe; }
    bool is_list() const noexcept { return is(Kind::list); }
    bool is_tuple() const noexcept { return is(Kind::tuple); }
    bool is_dict() const noexcept { return is(Kind::dict); }
    bool is_object() const noexcept { return is(Kind::object); }
    // Python's name of the type: "NoneType", "int", "str", "Markup" ... An object's own.
    std::string_view type_name() const;

    // Python's bool(): false for none, undefined, zero, and whatever is empty.
    bool truthy() const;

    // Each throws TypeError for another kind. as_int() takes a bool too, as_double() any number (a
    // big integer as the nearest double, or infinity).
    bool as_bool() const {
        expect(Kind::boolean, "bool");
        return payload_.integer != 0;
    }
    std::int64_t as_int() const {
        if (!is(Kind::boolean)) expect(Kind::integer, "int");
        return payload_.integer;
    }
    double as_double() const;
    DateTime as_datetime() const {
        expect(Kind::datetime, "datetime");
        return {payload_.integer, length_};
    }
    // A string's, and only a string's.
    std::string_view as_string() const {
        expect(Kind::string, "str");
        return text();
    }
    // The bytes of a string, bytes, UUID, big integer (its digits) or undefined (its name); empty
    // for all other kinds. Lies inside the value: gone when it is moved or destroyed.
    std::string_view text() const noexcept {
        if (tag_ & inside) return {reinterpret_cast<const char *>(this), small_};
        return is_textual() ? std::string_view(payload_.text, length_) : std::string_view();
    }
    // Of a list or a tuple.
    const List &as_list() const {
        if (!is(Kind::tuple)) expect(Kind::list, "list");
        return *static_cast<const List *>(payload_.node);
    }
    const Dict &as_dict() const {
        expect(Kind::dict, "dict");
        return *static_cast<const Dict *>(payload_.node);
    }
    Object &as_object() const {
        expect(Kind::object, "object");
        return **static_cast<const std::shared_ptr<Object> *>(payload_.node);
    }
    // Shares the object.
    const std::shared_ptr<Object> &object_pointer() const {
        expect(Kind::object, "object");
        return *static_cast<const std::shared_ptr<Object> *>(payload_.node);
    }

    // The list or dict, to be changed for this value alone: copied first if others hold it.
    List &edit_list();
    Dict &edit_dict();
    // The list or dict, to be changed for everybody who holds it. The caller sees to it that no
    // other thread does.
    List &list_in_place() const { return const_cast<List &>(as_list()); }
    Dict &dict_in_place() const { return const_cast<Dict &>(as_dict()); }

    // How many items, entries, or bytes of a text; an object's own answer. Throws TypeError for a
    // kind without a size.
    std::size_t size() const;
    bool empty() const { return size() == 0; }

    // What a dict holds under a string key; NULL if nothing, or if this is no dict.
    const Value *find(std::string_view key) const noexcept;
    // The same; throws KeyError for a key that is not there, TypeError for another kind.
    const Value &at(std::string_view key) const;
    // The item of a list or tuple. Throws std::out_of_range.
    const Value &at(std::size_t index) const;
    bool contains(std::string_view key) const noexcept { return find(key) != nullptr; }
    // To be assigned to: the entry is made if it is not there, and none becomes a dict.
    Value &operator[](std::string_view key);
    Value &operator[](const char *key) { return (*this)[std::string_view(key)]; }
    // To be changed: the list's item, or std::out_of_range.
    Value &operator[](std::size_t index);
    Value &operator[](int index) { return (*this)[static_cast<std::size_t>(index)]; }
    // Appends to a list; none becomes one.
    void push_back(Value item);

    // Throws RecursionError beyond 1,000 values inside each other, as hashing a key does.
    // Python's ==: numbers by value (1 == 1.0 == True), lists item by item, dicts without order, a
    // list is no tuple, objects as they say.
    friend bool operator==(const Value &a, const Value &b) { return equal(a, b); }
    // Python's <, for numbers, strings, bytes, datetimes, lists and tuples; throws TypeError, in
    // Python's words, for what has no order. NaN is unordered.
    static std::partial_ordering compare(const Value &a, const Value &b);

private:
    friend class Dict;
    struct Header;
    struct Link;
    union Payload {
        std::int64_t integer;
        double floating;
        const char *text;
        void *node; // of a counted value, also text: what lies behind a Header
    };

    static constexpr std::uint8_t kind_bits = 0x0f;
    static constexpr std::uint8_t inside = 0x20;  // the text lies in this value's first 14 bytes
    static constexpr std::uint8_t safe = 0x40;    // HTML already
    static constexpr std::uint8_t counted = 0x80; // holds one of the counts
    static constexpr std::size_t inside_most = 14;

    constexpr explicit Value(Kind kind) noexcept : tag_(static_cast<std::uint8_t>(kind)) {}
    Value(Kind kind, std::string_view text) : tag_(static_cast<std::uint8_t>(kind)) {
        if (text.size() <= inside_most) {
            // Two values of equal short text are equal in all 16 bytes: Dict compares them so.
            if (!text.empty())
                std::memcpy(reinterpret_cast<char *>(this), text.data(), text.size());
            small_ = static_cast<std::uint8_t>(text.size());
            tag_ |= inside;
        } else {
            copy_text(text);
        }
    }

    bool is_counted() const noexcept { return tag_ & counted; }
    bool is_textual() const noexcept { return (text_kinds >> (tag_ & kind_bits) & 1u) != 0; }
    static constexpr unsigned text_kinds =
        1u << static_cast<unsigned>(Kind::string) | 1u << static_cast<unsigned>(Kind::bytes) |
        1u << static_cast<unsigned>(Kind::uuid) | 1u << static_cast<unsigned>(Kind::big_integer) |
        1u << static_cast<unsigned>(Kind::undefined);
    static std::uint32_t short_enough(std::size_t n) {
        if (n > UINT32_MAX) throw std::length_error("a text of 4 GiB or more");
        return static_cast<std::uint32_t>(n);
    }
    void expect(Kind kind, const char *wanted) const {
        if (!is(kind)) [[unlikely]]
            fail(wanted);
    }
    [[noreturn]] void fail(const char *wanted) const;

    void copy_from(const Value &other) noexcept {
        std::memcpy(static_cast<void *>(this), &other, sizeof *this);
        if (is_counted()) retain();
    }
    void take_from(Value &other) noexcept {
        std::memcpy(static_cast<void *>(this), &other, sizeof *this);
        other.tag_ = 0;
    }
    void copy_text(std::string_view text);
    template <class T>
    void hold(Kind kind, T content);
    static void bury(void *content) noexcept;
    void retain() const noexcept;
    void release() noexcept;
    void destroy() noexcept;
    bool is_only_holder() const noexcept;
    static Value big_integer_of(std::uint64_t value);
    static bool equal(const Value &a, const Value &b);

    Payload payload_{};
    std::uint32_t length_ = 0; // of a text that lies elsewhere; of a datetime its microseconds
    std::uint16_t spare_ = 0;
    std::uint8_t small_ = 0; // the length of a text inside
    std::uint8_t tag_;
};

static_assert(sizeof(Value) == 16);

// Stands before everything that is counted.
struct alignas(8) Value::Header {
    std::atomic<std::uint32_t> count{1};
    Kind kind;

    explicit Header(Kind k) : kind(k) {}
    static Header *of(void *node) { return static_cast<Header *>(node) - 1; }
};

inline void Value::retain() const noexcept {
    Header::of(payload_.node)->count.fetch_add(1, std::memory_order_relaxed);
}

inline bool Value::is_only_holder() const noexcept {
    return is_counted() && Header::of(payload_.node)->count.load(std::memory_order_acquire) == 1;
}

inline std::size_t Value::holders() const noexcept {
    return is_counted() ? Header::of(payload_.node)->count.load(std::memory_order_acquire) : 1;
}

inline void Value::release() noexcept {
    auto &count = Header::of(payload_.node)->count;
    // The last holder need not lock the bus.
    if (count.load(std::memory_order_acquire) == 1 ||
        count.fetch_sub(1, std::memory_order_acq_rel) == 1)
        destroy();
}

// What keeps outsiders from choosing keys that collide.
struct SipKey {
    std::uint64_t low = 0, high = 0;
};

// Entries in the order in which they came, found by hash. Keys may be of any kind that Python can
// hash, and 1, 1.0 and True are one key; almost all are strings, for which there are short forms.
//
// Up to 8 entries are searched one by one; more have an index, whose hash is keyed with the
// process's own random bytes, so that nobody outside can choose keys that collide. A key must not
// be changed while its entry is in the dict.
class Dict {
public:
    struct Entry {
        Value key;
        Value value;
    };
    using iterator = std::vector<Entry>::iterator;
    using const_iterator = std::vector<Entry>::const_iterator;

    Dict() noexcept = default;
    // Of two equal keys the later value counts, in the place of the first.
    Dict(std::initializer_list<Entry> entries);
    Dict(const Dict &other);
    Dict(Dict &&other) noexcept = default;
    Dict &operator=(const Dict &other);
    Dict &operator=(Dict &&other) noexcept = default;

    std::size_t size() const noexcept { return entries_.size(); }
    bool empty() const noexcept { return entries_.empty(); }
    // In order. The values may be changed, the keys not.
    iterator begin() noexcept { return entries_.begin(); }
    iterator end() noexcept { return entries_.end(); }
    const_iterator begin() const noexcept { return entries_.begin(); }
    const_iterator end() const noexcept { return entries_.end(); }

    // NULL if there is no such key. What is found stays in place until the dict is next changed.
    const Value *find(std::string_view key) const noexcept;
    Value *find(std::string_view key) noexcept {
        return const_cast<Value *>(std::as_const(*this).find(key));
    }
    // Throws TypeError for a key that cannot be hashed, such as a list.
    template <std::same_as<Value> T>
    const Value *find(const T &key) const {
        const std::size_t at = position(key);
        return at == nowhere ? nullptr : &entries_[at].value;
    }
    bool contains(std::string_view key) const noexcept { return find(key) != nullptr; }

    // Finds the entry or makes it, with the value none.
    Value &operator[](std::string_view key);
    template <std::same_as<Value> T>
    Value &operator[](const T &key) {
        const std::size_t at = position(key);
        return at == nowhere ? append(key, Value()) : entries_[at].value;
    }
    // Assigns; a new key joins at the end.
    void set(Value key, Value value);
    // False if there was no such key. Costs as much as the entries are many: the order is kept.
    bool erase(std::string_view key);
    template <std::same_as<Value> T>
    bool erase(const T &key) {
        const std::size_t at = position(key);
        if (at != nowhere) erase_at(at);
        return at != nowhere;
    }
    void clear() noexcept;
    void reserve(std::size_t entries);

    // As Python: the same keys with equal values, in any order.
    friend bool operator==(const Dict &a, const Dict &b);

private:
    friend class Value;
    struct Slot {
        std::uint32_t hash;
        std::uint32_t entry; // number of the entry plus one; 0: free
    };
    static constexpr std::size_t few = 8;
    static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

    std::size_t position(const Value &key) const;
    std::size_t position(std::string_view key) const noexcept;
    template <class Same>
    std::size_t probe(std::uint32_t hash, Same same) const noexcept;
    Value &append(Value key, Value value);
    void erase_at(std::size_t position);
    void index_all(std::size_t slots);
    void index(std::uint32_t hash, std::size_t position) noexcept;

    std::vector<Entry> entries_;
    std::unique_ptr<Slot[]> slots_; // a power of two, at most half of them taken; NULL while few
    std::size_t mask_ = 0;
    SipKey hash_key_; // set once there are slots
};

inline const Value *Value::find(std::string_view key) const noexcept {
    return is(Kind::dict) ? static_cast<const Dict *>(payload_.node)->find(key) : nullptr;
}

} // namespace csgi
