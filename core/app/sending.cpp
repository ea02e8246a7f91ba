// SPDX-License-Identifier: MIT
// Heads, chunks and patience.
#include "core/app/sending.hpp"

#include <csgi/sdk.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <stdexcept>
#include <system_error>
#include <unistd.h>

#include "core/app/thrown.hpp"

namespace csgi {

namespace {

// Fewer bytes are cheaper to copy than to hand over.
constexpr std::size_t copied_most = 16 * 1024;
constexpr std::size_t fields_most = 24; // on the stack

csgi_str str(std::string_view text) {
    return csgi_str_n(text.data() ? text.data() : "", text.size());
}

void free_text(void *arg) {
    delete static_cast<std::string *>(arg);
}

struct OpenFile {
    int descriptor;
    ~OpenFile() { close(descriptor); }
};
void free_file(void *arg) {
    delete static_cast<OpenFile *>(arg);
}

// A file, for a sink that takes no files.
class FileSource final : public BodySource {
public:
    FileSource(int descriptor, std::uint64_t offset, std::uint64_t length)
        : file_{descriptor}, offset_(offset), left_(length) {}
    bool next(std::string &out) override {
        if (left_ == 0) return false;
        const std::size_t had = out.size();
        out.resize(had + static_cast<std::size_t>(std::min<std::uint64_t>(left_, 64 * 1024)));
        ssize_t n = 0;
        do {
            n = pread(file_.descriptor, out.data() + had, out.size() - had,
                      static_cast<off_t>(offset_));
        } while (n < 0 && errno == EINTR);
        if (n < 0) throw std::system_error(errno, std::generic_category(), "cannot read the file");
        if (n == 0) throw std::runtime_error("the file became shorter while it was sent");
        out.resize(had + static_cast<std::size_t>(n));
        offset_ += static_cast<std::uint64_t>(n);
        left_ -= static_cast<std::uint64_t>(n);
        return true;
    }

private:
    OpenFile file_;
    std::uint64_t offset_, left_;
};

// RFC 9110, 8.6, 15.3.5, 15.4.5.
bool has_no_body(int status) {
    return status == 204 || status == 205 || status == 304;
}

} // namespace

Sending::Sending(Context &ctx, csgi_request *raw, Response &response,
                 void (*end)(Context &) noexcept) noexcept
    : ctx_(ctx), raw_(raw), response_(std::move(response)), end_(end) {}

csgi_rc Sending::send(Context &ctx, csgi_request *raw, Response &response,
                      void (*end)(Context &) noexcept, bool &is_kept) {
    if (response.forward_) return response.forward_->handle(response.forward_, raw);
    if (response.status < 200 || response.status > 599)
        throw std::invalid_argument("no answer has the status " + std::to_string(response.status));
    std::int64_t length = 0;
    if (has_no_body(response.status)) {
        response.set_body_view("");
        response.headers.remove("content-type");
    } else if (response.file_ && !(raw->flags & CSGI_REQ_TAKES_FILE)) {
        Response::File &file = *response.file_;
        length = static_cast<std::int64_t>(file.length);
        auto source = std::make_unique<FileSource>(file.descriptor, file.offset, file.length);
        file.descriptor = -1;
        response.set_source(std::move(source));
    }
    const auto destroy = [](Sending *sending) {
        close(sending->ctx_, sending->response_);
        sending->~Sending();
    };
    std::unique_ptr<Sending, decltype(destroy)> kept;
    if (!response.on_close_.empty() || response.source_) {
        void *memory = csgi_alloc(raw->exchange, sizeof(Sending));
        if (!memory) return CSGI_NOMEM;
        kept.reset(new (memory) Sending(ctx, raw, response, end));
    }
    Response &answer = kept ? kept->response_ : response;

    csgi_header few[fields_most];
    csgi_header *fields = few;
    if (answer.headers.size() > fields_most)
        fields = static_cast<csgi_header *>(
            csgi_alloc(raw->exchange, answer.headers.size() * sizeof(csgi_header)));
    if (!fields) return CSGI_NOMEM;
    std::uint32_t n = 0;
    for (const HeaderView line : answer.headers)
        // The host counts; it is told only what it cannot see.
        if (line.id != CSGI_FIELD_CONTENT_LENGTH)
            fields[n++] = {str(line.name), str(line.value), line.id, 0, 0};
    csgi_head head = {
        sizeof head, static_cast<std::uint16_t>(answer.status), 0, n ? fields : nullptr, n, 0,
        length};
    csgi_part part = {sizeof part, CSGI_PART_END, &head, nullptr, 0, nullptr, 0};
    const std::string_view text = answer.view_;
    csgi_chunk chunk = {CSGI_CHUNK_MEMORY, CSGI_MEM_COPY, text.data(), text.size(), 0, 0,
                        nullptr,           nullptr};
    if (const std::unique_ptr<Response::File> file = std::move(answer.file_)) {
        auto *open = new OpenFile{std::exchange(file->descriptor, -1)};
        chunk = {CSGI_CHUNK_FILE,  CSGI_MEM_OWNED, nullptr,   file->length,
                 open->descriptor, file->offset,   free_file, open};
    } else if (answer.is_own_ && text.size() >= copied_most) {
        auto *own = new std::string(std::move(answer.text_));
        chunk = {CSGI_CHUNK_MEMORY, CSGI_MEM_OWNED, own->data(), own->size(), 0, 0, free_text, own};
    }
    if (chunk.n || chunk.mem == CSGI_MEM_OWNED) {
        part.chunks = &chunk;
        part.nchunks = 1;
    }
    if (kept) {
        const csgi_rc rc = raw->exchange->api->on_done(raw->exchange, done, kept.get());
        if (rc < 0) {
            csgi_release_owned(&part);
            return rc;
        }
        is_kept = true;
        kept.release()->begin(part);
        return CSGI_PENDING;
    }
    const csgi_rc rc = csgi_send_owned(raw, &part);
    return rc < 0 ? rc : CSGI_OK;
}

void Sending::close(Context &ctx, Response &response) noexcept {
    for (const auto &call : std::exchange(response.on_close_, {})) {
        const std::exception_ptr error = caught([&] { call(); });
        if (error) log_error(ctx, {"call_on_close failed: "}, error);
    }
}

// Nobody else ends an exchange that is kept.
void Sending::give_up(csgi_rc why) noexcept {
    is_over_ = true;
    if (why != CSGI_GONE)
        log_error(ctx_,
                  {"the answer to ", ctx_.request().path(), " was refused: ", csgi_rc_name(why)});
    (void)csgi_abort(raw_);
}

// The whole answer, or the head of one that is made bit by bit.
void Sending::begin(csgi_part part) noexcept {
    const bool is_streamed = response_.is_streamed();
    // The fields that answer HEAD are those that answer GET, and nobody counts for it.
    if (raw_->flags & CSGI_REQ_HEAD) response_.source_.reset();
    if (is_streamed) part.flags = 0;
    is_over_ = !is_streamed;
    const csgi_rc rc = csgi_send_owned(raw_, &part);
    if (rc < 0)
        give_up(rc);
    else if (is_streamed && rc == CSGI_PAUSE)
        wait();
    else if (is_streamed)
        go_on();
}

void Sending::wait() noexcept {
    const csgi_rc rc =
        raw_->exchange->api->listen(raw_, CSGI_EVENT_WRITABLE | CSGI_EVENT_ABORT, event, this);
    if (rc < 0) give_up(rc);
}

void Sending::go_on() noexcept {
    std::string piece;
    while (true) {
        piece.clear();
        bool more = false;
        const std::exception_ptr error =
            caught([&] { more = response_.source_ && response_.source_->next(piece); });
        if (error) {
            log_error(ctx_, {"the body of ", ctx_.request().path(), " broke off: "}, error);
            is_over_ = true;
            (void)csgi_abort(raw_);
            return;
        }
        if (!more) {
            is_over_ = true;
            (void)csgi_end(raw_);
            return;
        }
        if (piece.empty()) continue;
        const csgi_rc rc = csgi_write(raw_, piece.data(), piece.size());
        if (rc == CSGI_PAUSE) return wait();
        if (rc < 0) return give_up(rc);
    }
}

std::uint32_t Sending::event(csgi_request *raw, std::uint32_t events, void *arg) noexcept {
    auto *self = static_cast<Sending *>(arg);
    if (self->is_over_) return events;
    if (events & CSGI_EVENT_ABORT) {
        self->is_over_ = true;
        (void)csgi_abort(raw);
    } else {
        self->go_on();
    }
    return events;
}

void Sending::done(csgi_exchange *, void *arg, csgi_rc, std::uint64_t) noexcept {
    auto *self = static_cast<Sending *>(arg);
    close(self->ctx_, self->response_);
    Context &ctx = self->ctx_;
    auto *const end = self->end_;
    self->~Sending();
    end(ctx);
}

} // namespace csgi
