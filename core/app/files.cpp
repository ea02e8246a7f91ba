// SPDX-License-Identifier: MIT
// Flask's send_file(), over the FILE chunks of the contract.
#include <csgi/app/app.hpp>
#include <csgi/app/files.hpp>

#include <array>
#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <zlib.h>

#include <csgi/http/cache_control.hpp>
#include <csgi/http/date.hpp>
#include <csgi/http/filename.hpp>
#include <csgi/http/mime.hpp>
#include <csgi/value/number.hpp>

#include "core/app/paths.hpp"

namespace csgi {

namespace {

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(const Descriptor &) = delete;
    ~Descriptor() {
        if (number_ >= 0) close(number_);
    }
    int get() const { return number_; }
    int release() { return std::exchange(number_, -1); }

private:
    int number_;
};

// Type, encoding and name, as far as they are known.
void describe(Response &response, const SendFile &how, const std::string &name) {
    if (!how.mimetype.empty()) {
        response.set_mimetype(how.mimetype);
    } else {
        if (name.empty())
            throw TypeError("Unable to detect the MIME type because a file name is not available. "
                            "Either set 'download_name', pass a path instead of a file, or set "
                            "'mimetype'.");
        const MimeGuess guess = guess_mime(name);
        response.set_mimetype(guess.type.empty() ? "application/octet-stream" : guess.type);
        // A browser would save it decompressed, under a name that says otherwise.
        if (!guess.encoding.empty() && !how.as_attachment)
            response.headers.set("content-encoding", guess.encoding);
    }
    if (name.empty()) {
        if (how.as_attachment)
            throw TypeError("No name provided for attachment. Either set 'download_name' or pass a "
                            "path instead of a file.");
        return;
    }
    response.headers.set("content-disposition",
                         content_disposition(how.as_attachment ? "attachment" : "inline", name));
}

void set_max_age(Response &response, std::optional<std::int64_t> age) {
    CacheControl control;
    if (age && *age > 0)
        control.is_public = true;
    else
        control.no_cache = "";
    control.max_age = age;
    response.headers.set("cache-control", control.to_header());
    std::int64_t expires = 0;
    if (age && __builtin_add_overflow(std::time(nullptr), *age, &expires))
        throw std::out_of_range("no date of the years 0 to 9999: in " + std::to_string(*age) +
                                " seconds");
    if (age) response.set_expires(expires);
}

// What is the same for files and bytes once there is a body.
void complete(Context &ctx, Response &response, const SendFile &how, const std::string &path,
              std::optional<std::int64_t> modified, const std::string &etag) {
    if (how.last_modified) modified = how.last_modified;
    if (modified) response.set_last_modified(*modified);
    set_max_age(response, how.max_age ? how.max_age : ctx.app.send_file_max_age(path));
    if (!how.etag_text.empty())
        response.set_etag(how.etag_text);
    else if (how.etag && !etag.empty())
        response.set_etag(etag);
}

[[noreturn]] void not_opened(const std::string &path) {
    throw std::system_error(errno, std::generic_category(), "send_file: " + path);
}

} // namespace

Response send_file(Context &ctx, const std::string &given, const SendFile &how) {
    const std::string path = joined_path(ctx.app.root_path(), given);
    // Not waiting, in case it is a pipe.
    Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {};
    if (file.get() < 0 || fstat(file.get(), &status) != 0) not_opened(path);
    if (!S_ISREG(status.st_mode)) {
        errno = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
        not_opened(path);
    }
    Response response;
    const std::size_t slash = path.rfind('/');
    describe(response, how, how.download_name.empty() ? path.substr(slash + 1) : how.download_name);
    const auto size = static_cast<std::uint64_t>(status.st_size);
    std::string etag;
    append_double(etag, static_cast<double>(status.st_mtim.tv_sec) +
                            1e-9 * static_cast<double>(status.st_mtim.tv_nsec));
    const uLong check =
        adler32(adler32(0, nullptr, 0), reinterpret_cast<const Bytef *>(path.data()),
                static_cast<uInt>(path.size()));
    etag += "-" + std::to_string(size) + "-" + std::to_string(check);
    // USE_X_SENDFILE asks for what is done always: the server sends the file, not the application.
    response.set_file(file.release(), 0, size);
    complete(ctx, response, how, path, status.st_mtim.tv_sec, etag);
    if (how.conditional)
        response.make_conditional(ctx.request(), true, static_cast<std::int64_t>(size));
    return response;
}

Response send_bytes(Context &ctx, std::string bytes, const SendFile &how) {
    Response response;
    describe(response, how, how.download_name);
    const auto size = static_cast<std::int64_t>(bytes.size());
    response.set_body(std::move(bytes));
    complete(ctx, response, how, "", std::nullopt, "");
    if (how.conditional) response.make_conditional(ctx.request(), true, size);
    return response;
}

Response send_from_directory(Context &ctx, const std::string &directory, std::string_view path,
                             const SendFile &how) {
    const std::array<std::string, 1> parts = {std::string(path)};
    const auto found = safe_join(directory, parts);
    if (!found) throw NotFound();
    struct stat status {};
    const std::string full = joined_path(ctx.app.root_path(), *found);
    if (stat(full.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) throw NotFound();
    return send_file(ctx, full, how);
}

} // namespace csgi
