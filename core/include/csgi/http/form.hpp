// SPDX-License-Identifier: MIT
// A form as fields and files: what the body of a POST holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <csgi/http/multipart.hpp>
#include <csgi/http/query.hpp>

namespace csgi {

// A file without a name: when the last descriptor closes, also in a crash, it is gone. It lies in
// $TMPDIR or /tmp, and is made by the first byte. All throw std::system_error.
class SpoolFile {
public:
    SpoolFile() = default;
    SpoolFile(const SpoolFile &) = delete;
    SpoolFile &operator=(const SpoolFile &) = delete;
    ~SpoolFile();

    void append(std::string_view bytes);
    // As many as there are.
    std::size_t read(std::uint64_t offset, char *out, std::size_t room) const;
    std::uint64_t size() const { return size_; }
    int descriptor() const { return file_; } // -1 before the first byte

private:
    int file_ = -1;
    std::uint64_t size_ = 0;
};

// Bytes that are kept in memory up to a threshold, and in a file above it.
class Spool {
public:
    // Werkzeug's.
    static constexpr std::size_t default_threshold = 500 * 1024;

    // Several may have one file, so that a form with a thousand of them takes one descriptor: what
    // one writes has to be complete before the next writes. NULL: a file of its own.
    explicit Spool(std::size_t threshold = default_threshold,
                   std::shared_ptr<SpoolFile> file = nullptr)
        : threshold_(threshold), file_(std::move(file)) {}
    Spool(Spool &&) = default;
    Spool &operator=(Spool &&) = default;

    // Throws std::system_error when the disk does not take it.
    void write(std::string_view bytes);
    std::uint64_t size() const { return size_; }
    bool on_disk() const { return on_disk_; }
    // Copies bytes from `offset` on into `out` and says how many there were.
    std::size_t read(std::uint64_t offset, char *out, std::size_t room) const;
    // All of it; throws std::length_error for more than `most`.
    std::string text(std::size_t most = SIZE_MAX) const;
    // Writes all of it to a new file, or over an old one; throws std::system_error.
    void save(const std::string &path) const;
    // The file that it lies in once it is on disk, -1 before. Stays this object's.
    int descriptor() const { return on_disk_ ? file_->descriptor() : -1; }

private:
    std::size_t threshold_;
    std::string memory_;
    std::uint64_t size_ = 0, start_ = 0;
    std::shared_ptr<SpoolFile> file_;
    bool on_disk_ = false;
};

// A file that came with a form: Werkzeug's FileStorage.
struct UploadedFile {
    std::string name;     // of the field
    std::string filename; // as the client says; see secure_filename() before using it in a path
    std::string content_type;
    std::vector<std::pair<std::string, std::string>> headers;
    Spool content;
};

struct FormLimits {
    std::size_t parts = 1000;          // Flask's MAX_FORM_PARTS
    std::size_t field_bytes = 500'000; // of one field that is no file: MAX_FORM_MEMORY_SIZE
    // Of all fields together, which Flask does not limit; and of all files together, beyond which
    // even a small one goes to the disk.
    std::size_t memory = 16'000'000;
    std::size_t head = 16 * 1024; // above a part's data
    std::size_t spool = Spool::default_threshold;
};

struct Form {
    MultiDict fields;
    std::vector<UploadedFile> files;
};

// Reads a multipart/form-data body as it comes. Field values are UTF-8, or what a part's charset
// says (ASCII, ISO-8859-1), with U+FFFD for what is malformed.
class FormReader {
public:
    // As MultipartDecoder.
    explicit FormReader(std::string_view boundary, const FormLimits &limits = {});

    // Throws TooLarge, MalformedBody and what Spool throws; the reader is of no use then.
    void feed(std::string_view bytes);
    // The form, once all was fed.
    Form finish();

private:
    void drain();

    FormLimits limits_;
    std::shared_ptr<SpoolFile> disk_ = std::make_shared<SpoolFile>();
    MultipartDecoder decoder_;
    Form form_;
    std::string field_;
    std::size_t memory_ = 0, files_memory_ = 0;
};

// A body of either type that forms have; nothing when `content_type` is neither.
std::optional<Form> parse_form(std::string_view content_type, std::string_view body,
                               const FormLimits &limits = {});

// The body of a form, for a client: parts are added, then the end.
class MultipartEncoder {
public:
    // A boundary that must not occur in what is added.
    explicit MultipartEncoder(std::string boundary) : boundary_(std::move(boundary)) {}

    void add_field(std::string_view name, std::string_view value);
    void add_file(std::string_view name, std::string_view filename, std::string_view content_type,
                  std::string_view content);
    std::string finish();
    std::string content_type() const { return "multipart/form-data; boundary=" + boundary_; }

private:
    void open(std::string_view name);

    std::string boundary_, body_;
};

} // namespace csgi
