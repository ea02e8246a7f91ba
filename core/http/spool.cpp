// SPDX-License-Identifier: MIT
// Uploaded bytes in memory or in a file without a name.
#include <csgi/http/form.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace csgi {

namespace {

[[noreturn]] void fail(const std::string &what) {
    throw std::system_error(errno, std::generic_category(), what);
}

int open_nameless() {
    const char *folder = std::getenv("TMPDIR");
    if (!folder || !*folder) folder = "/tmp";
    int file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file >= 0) return file;
    // A file system that has no such files: a name for a moment.
    std::string name = std::string(folder) + "/csgi-upload-XXXXXX";
    file = mkostemp(name.data(), O_CLOEXEC);
    if (file < 0) fail("cannot make a file for an upload in " + std::string(folder));
    unlink(name.c_str());
    return file;
}

void write_all(int file, std::string_view bytes, const char *what) {
    while (!bytes.empty()) {
        const ssize_t done = ::write(file, bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) fail(what);
        bytes.remove_prefix(static_cast<std::size_t>(done));
    }
}

} // namespace

Spool::Spool(Spool &&other) noexcept
    : threshold_(other.threshold_), memory_(std::move(other.memory_)),
      size_(std::exchange(other.size_, 0)), file_(std::exchange(other.file_, -1)) {}

Spool &Spool::operator=(Spool &&other) noexcept {
    std::swap(threshold_, other.threshold_);
    std::swap(memory_, other.memory_);
    std::swap(size_, other.size_);
    std::swap(file_, other.file_);
    return *this;
}

Spool::~Spool() {
    if (file_ >= 0) close(file_);
}

void Spool::write(std::string_view bytes) {
    if (file_ < 0 && size_ + bytes.size() > threshold_) {
        file_ = open_nameless();
        write_all(file_, memory_, "cannot write an upload to disk");
        memory_ = {};
    }
    if (file_ >= 0)
        write_all(file_, bytes, "cannot write an upload to disk");
    else
        memory_ += bytes;
    size_ += bytes.size();
}

std::size_t Spool::read(std::uint64_t offset, char *out, std::size_t room) const {
    if (offset >= size_) return 0;
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(room, size_ - offset));
    if (file_ < 0) {
        std::memcpy(out, memory_.data() + offset, wanted);
        return wanted;
    }
    std::size_t got = 0;
    while (got < wanted) {
        const ssize_t n = pread(file_, out + got, wanted - got, static_cast<off_t>(offset + got));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) fail("cannot read an upload back");
        if (n == 0) break;
        got += static_cast<std::size_t>(n);
    }
    return got;
}

std::string Spool::text(std::size_t most) const {
    if (size_ > most) throw std::length_error("an upload of " + std::to_string(size_) + " bytes");
    std::string out(static_cast<std::size_t>(size_), '\0');
    out.resize(read(0, out.data(), out.size()));
    return out;
}

void Spool::save(const std::string &path) const {
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0) fail("cannot save an upload as " + path);
    try {
        std::string piece(std::min<std::uint64_t>(size_, 256 * 1024), '\0');
        std::uint64_t at = 0;
        while (const std::size_t n = read(at, piece.data(), piece.size())) {
            write_all(file, std::string_view(piece).substr(0, n), "cannot save an upload");
            at += n;
        }
    } catch (const std::system_error &) {
        close(file);
        throw;
    }
    if (close(file) != 0) fail("cannot save an upload as " + path);
}

} // namespace csgi
