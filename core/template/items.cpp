// SPDX-License-Identifier: MIT
// Iteration: lists, dicts, text, ranges, objects; generators and views.
#include <csgi/template/state.hpp>

#include <csgi/template/environment.hpp>

#include "core/template/globals.hpp"
#include "core/template/python_text.hpp"
#include "core/template/text.hpp"
#include "core/template/undefined.hpp"
#include "core/value/nesting.hpp"

namespace csgi::jinja {

Items::Items(State &state, const Value &value) : value_(value) {
    switch (value_.kind()) {
    case Kind::list:
    case Kind::tuple: source_ = Source::list; return;
    case Kind::dict:
        source_ = Source::dict;
        count_ = value_.as_dict().size();
        return;
    case Kind::string:
    case Kind::bytes: source_ = Source::text; return;
    case Kind::undefined:
        if (state.environment().undefined == UndefinedType::strict &&
            form_of(value_) != UndefinedForm::plain)
            state.fail_undefined(value_);
        if (form_of(value_) == UndefinedForm::security) state.fail_undefined(value_);
        return;
    case Kind::object: {
        RangeParts parts;
        if (range_parts(value_, parts)) {
            source_ = Source::range;
            start_ = parts.start;
            step_ = parts.step;
            count_ = parts.size;
            return;
        }
        iterator_ = value_.as_object().iterate();
        if (!iterator_) break;
        source_ = Source::iterator;
        return;
    }
    default: break;
    }
    throw TypeError("'" + std::string(value_.type_name()) + "' object is not iterable");
}

const Value *Items::next() {
    switch (source_) {
    case Source::list: {
        const List &list = value_.as_list();
        return at_ < list.size() ? &list[at_++] : nullptr;
    }
    case Source::dict: {
        const Dict &dict = value_.as_dict();
        if (dict.size() != count_)
            throw PythonError("RuntimeError", "dictionary changed size during iteration");
        return at_ < count_ ? &(dict.begin() + static_cast<std::ptrdiff_t>(at_++))->key : nullptr;
    }
    case Source::text: {
        const std::string_view text = value_.text();
        if (at_ >= text.size()) return nullptr;
        if (value_.is(Kind::bytes)) {
            item_ = Value(static_cast<int>(static_cast<unsigned char>(text[at_++])));
            return &item_;
        }
        const std::size_t n = code_point_length(text, at_);
        const std::string_view letter = text.substr(at_, n);
        item_ = Value(letter); // also of Markup: str's own iterator gives plain text
        at_ += n;
        return &item_;
    }
    case Source::range:
        if (at_ >= count_) return nullptr;
        item_ = Value(static_cast<std::int64_t>(static_cast<std::uint64_t>(start_) +
                                                static_cast<std::uint64_t>(step_) *
                                                    static_cast<std::uint64_t>(at_)));
        ++at_;
        return &item_;
    case Source::iterator: return iterator_->next(item_) ? &item_ : nullptr;
    case Source::none: break;
    }
    return nullptr;
}

std::optional<std::size_t> Items::size() const {
    switch (source_) {
    case Source::list: return value_.as_list().size();
    case Source::dict:
    case Source::range: return count_;
    case Source::text:
        return value_.is_string() ? count_code_points(value_.text()) : value_.text().size();
    case Source::iterator: return value_.as_object().size();
    case Source::none: return 0;
    }
    return std::nullopt;
}

namespace {

class Generator final : public Object {
public:
    Generator(std::shared_ptr<const bool> rendering, std::string_view name,
              std::unique_ptr<Iterator> items)
        : rendering_(std::move(rendering)), name_(name), items_(std::move(items)) {}
    std::string_view type_name() const override { return "generator"; }
    std::unique_ptr<Iterator> iterate() override {
        // It is its own iterator: whoever goes on goes on where the last one stopped.
        struct Pass final : Iterator {
            std::shared_ptr<Object> generator;
            bool next(Value &item) override {
                return static_cast<Generator &>(*generator).next(item);
            }
        };
        auto pass = std::make_unique<Pass>();
        pass->generator = shared_from_this();
        return pass;
    }
    std::string text() const override { return "<generator object " + name_ + ">"; }

private:
    bool next(Value &item) {
        if (!*rendering_) throw TypeError("the rendering that made " + text() + " is over");
        // One takes from the next, which takes from the next.
        const Nested level(0, "");
        return items_->next(item);
    }

    const std::shared_ptr<const bool> rendering_;
    std::string name_;
    std::unique_ptr<Iterator> items_;
};

class View final : public Object {
public:
    View(std::string_view name, List items) : name_(name), items_(std::move(items)) {}
    std::string_view type_name() const override { return name_; }
    std::unique_ptr<Iterator> iterate() override {
        struct Pass final : Iterator {
            std::shared_ptr<Object> view;
            std::size_t at = 0;
            bool next(Value &item) override {
                const List &items = static_cast<View &>(*view).items_;
                if (at >= items.size()) return false;
                item = items[at++];
                return true;
            }
        };
        auto pass = std::make_unique<Pass>();
        pass->view = shared_from_this();
        return pass;
    }
    std::optional<std::size_t> size() const override { return items_.size(); }
    std::string text() const override {
        std::string out = name_ + "([";
        for (std::size_t i = 0; i < items_.size(); ++i) {
            if (i) out += ", ";
            append_python(out, items_[i], true);
        }
        return out + "])";
    }
    bool equals(const Object &other) const override {
        const auto *view = dynamic_cast<const View *>(&other);
        return view && view->name_ == name_ && view->items_ == items_;
    }

private:
    std::string name_;
    List items_;
};

} // namespace

Value generator(State &state, std::string_view name, std::unique_ptr<Iterator> items) {
    if (!state.rendering_) state.rendering_ = std::make_shared<bool>(true);
    return Value(std::make_shared<Generator>(state.rendering_, name, std::move(items)));
}

Value view(std::string_view name, List items) {
    return Value(std::make_shared<View>(name, std::move(items)));
}

} // namespace csgi::jinja
