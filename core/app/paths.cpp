// SPDX-License-Identifier: MIT
// The framework is part of each module, so that its own address tells which one it is in.
#include "core/app/paths.hpp"

#include <cstdint>
#include <cstdlib>
#include <link.h>
#include <memory>

namespace csgi {

namespace {

struct Search {
    std::uintptr_t address;
    std::string file;
};

int look_at(dl_phdr_info *object, std::size_t, void *arg) {
    auto *search = static_cast<Search *>(arg);
    for (unsigned i = 0; i < object->dlpi_phnum; ++i) {
        const auto &part = object->dlpi_phdr[i];
        const std::uintptr_t begin = object->dlpi_addr + part.p_vaddr;
        if (part.p_type != PT_LOAD || search->address < begin ||
            search->address - begin >= part.p_memsz)
            continue;
        // The program itself has no name here.
        search->file = object->dlpi_name[0] ? object->dlpi_name : "/proc/self/exe";
        return 1;
    }
    return 0;
}

} // namespace

std::string folder_of_this_code() {
    Search search{reinterpret_cast<std::uintptr_t>(&look_at), "."};
    dl_iterate_phdr(look_at, &search);
    const std::unique_ptr<char, void (*)(void *)> real(realpath(search.file.c_str(), nullptr),
                                                       std::free);
    if (!real) return ".";
    const std::string path(real.get());
    if (search.file == ".") return path;
    const std::size_t slash = path.rfind('/');
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::string joined_path(const std::string &root, const std::string &path) {
    if (path.starts_with('/') || root.empty()) return path;
    return root.ends_with('/') ? root + path : root + "/" + path;
}

} // namespace csgi
