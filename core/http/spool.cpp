// SPDX-License-Identifier: MIT
// Uploaded bytes in memory or in a file without a name.
#include <csgi/http/form.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
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

SpoolFile::~SpoolFile() {
    if (file_ >= 0) close(file_);
}

void SpoolFile::append(std::string_view bytes) {
    if (file_ < 0) file_ = open_nameless();
    write_all(file_, bytes, "cannot write an upload to disk");
    size_ += bytes.size();
}

std::size_t SpoolFile::read(std::uint64_t offset, char *out, std::size_t room) const {
    std::size_t got = 0;
    while (got < room) {
        const ssize_t n = pread(file_, out + got, room - got, static_cast<off_t>(offset + got));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) fail("cannot read an upload back");
        if (n == 0) break;
        got += static_cast<std::size_t>(n);
    }
    return got;
}

void Spool::write(std::string_view bytes) {
    if (!on_disk_ && size_ + bytes.size() > threshold_) {
        if (!file_) file_ = std::make_shared<SpoolFile>();
        start_ = file_->size();
        file_->append(memory_);
        on_disk_ = true;
        memory_ = {};
    }
    if (on_disk_ && start_ + size_ != file_->size())
        throw std::logic_error("two uploads are written to one file at a time");
    if (on_disk_)
        file_->append(bytes);
    else
        memory_ += bytes;
    size_ += bytes.size();
}

std::size_t Spool::read(std::uint64_t offset, char *out, std::size_t room) const {
    if (offset >= size_) return 0;
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(room, size_ - offset));
    if (on_disk_) return file_->read(start_ + offset, out, wanted);
    std::memcpy(out, memory_.data() + offset, wanted);
    return wanted;
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
