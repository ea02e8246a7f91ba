// SPDX-License-Identifier: MIT
// Names of exceptions.
#include "core/app/thrown.hpp"

#include <cstdlib>
#include <cxxabi.h>
#include <memory>
#include <typeinfo>

#include <csgi/sdk.h>

namespace csgi {

csgi_rc refuse_thrown(const std::exception_ptr &thrown, char *err, std::size_t cap) noexcept {
    if (!thrown) return CSGI_OK;
    char words[1024] = "";
    (void)contained([&] { std::rethrow_exception(thrown); }, words, sizeof words);
    return csgi_refuse(err, cap, CSGI_APP, words);
}

std::string words_of(const std::exception_ptr &thrown) {
    if (!thrown) return "nothing";
    std::string type = "an exception", words;
    (void)caught([&] {
        try {
            std::rethrow_exception(thrown);
        } catch (const std::exception &error) {
            words = error.what();
        }
    });
    if (const std::type_info *info = thrown.__cxa_exception_type()) {
        int status = 0;
        const std::unique_ptr<char, void (*)(void *)> name(
            abi::__cxa_demangle(info->name(), nullptr, nullptr, &status), std::free);
        type = status == 0 && name ? name.get() : info->name();
    }
    return words.empty() ? type : type + ": " + words;
}

void log_error(const Context &ctx, std::initializer_list<std::string_view> what,
               const std::exception_ptr &thrown) noexcept {
    (void)caught([&] {
        std::string text;
        for (const std::string_view part : what) text += part;
        if (thrown) text += words_of(thrown);
        ctx.log(CSGI_LOG_ERROR, text);
    });
}

} // namespace csgi
