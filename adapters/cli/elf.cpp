// SPDX-License-Identifier: MIT
// What a shared library asks of others and shows to them.
#include "adapters/cli/elf.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <link.h>
#include <optional>

namespace csgi {

namespace {

class Image {
public:
    explicit Image(std::vector<char> bytes) : bytes_(std::move(bytes)) {}

    template <class T>
    std::optional<T> at(uint64_t off) const {
        T value;
        if (off > bytes_.size() || bytes_.size() - off < sizeof value) return std::nullopt;
        std::memcpy(&value, bytes_.data() + off, sizeof value);
        return value;
    }

    // The text at `off`, which ends before `end`.
    std::string text(uint64_t off, uint64_t end) const {
        if (end > bytes_.size() || off >= end) return "";
        const char *from = bytes_.data() + off, *to = bytes_.data() + end;
        const char *stop = std::find(from, to, '\0');
        return stop < to ? std::string(from, stop) : "";
    }

private:
    std::vector<char> bytes_;
};

void sort_in(Symbols &symbols, const ElfW(Sym) & symbol, const std::string &name) {
    // The class of the machine does not change where these bits are.
    unsigned bind = ELF64_ST_BIND(symbol.st_info), seen = ELF64_ST_VISIBILITY(symbol.st_other);
    if (name.empty() || bind == STB_LOCAL) return;
    if (symbol.st_shndx == SHN_UNDEF) {
        symbols.wanted.push_back(name);
    } else if (seen == STV_DEFAULT || seen == STV_PROTECTED) {
        symbols.exported.push_back(name);
        if (bind == STB_GNU_UNIQUE) symbols.unique.push_back(name);
    }
}

} // namespace

Symbols read_symbols(const std::string &file) {
    Symbols symbols;
    std::ifstream in(file, std::ios::binary);
    Image image({std::istreambuf_iterator<char>(in), {}});
    auto head = image.at<ElfW(Ehdr)>(0);
    if (!head || std::memcmp(head->e_ident, ELFMAG, SELFMAG) != 0) return symbols;
    auto section = [&](uint64_t i) {
        return image.at<ElfW(Shdr)>(head->e_shoff + i * sizeof(ElfW(Shdr)));
    };
    for (unsigned i = 0; i < head->e_shnum; i++) {
        auto table = section(i);
        if (!table) break;
        if (table->sh_type == SHT_DYNAMIC) {
            for (uint64_t off = 0; off + sizeof(ElfW(Dyn)) <= table->sh_size;
                 off += sizeof(ElfW(Dyn))) {
                auto row = image.at<ElfW(Dyn)>(table->sh_offset + off);
                if (!row || row->d_tag == DT_NULL) break;
                if (row->d_tag == DT_FLAGS_1 && row->d_un.d_val & DF_1_GLOBAL)
                    symbols.global = true;
            }
        }
        if (table->sh_type != SHT_DYNSYM) continue;
        auto names = section(table->sh_link);
        if (!names) continue;
        symbols.known = true;
        for (uint64_t off = 0; off + sizeof(ElfW(Sym)) <= table->sh_size;
             off += sizeof(ElfW(Sym))) {
            auto symbol = image.at<ElfW(Sym)>(table->sh_offset + off);
            if (!symbol) break;
            sort_in(
                symbols, *symbol,
                image.text(names->sh_offset + symbol->st_name, names->sh_offset + names->sh_size));
        }
    }
    return symbols;
}

} // namespace csgi
