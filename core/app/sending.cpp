// SPDX-License-Identifier: MIT
// Heads, chunks and patience.
#include "core/app/sending.hpp"

#include <csgi/sdk.h>

#include <new>
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
        const ssize_t n = pread(file_.descriptor, out.data() + had, out.size() - had,
                                static_cast<off_t>(offset_));
        if (n <= 0) throw std::runtime_error("the file became shorter while it was sent");
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

Sending::Sending(Context &ctx, csgi_request *raw, Response &response, void (*end)(Context &))
    : ctx_(ctx), raw_(raw), response_(std::move(response)), end_(end) {}

csgi_rc Sending::send(Context &ctx, csgi_request *raw, Response &response, void (*end)(Context &),
                      bool &is_kept) {
    if (response.forward_) return response.forward_->handle(response.forward_, raw);

    const bool is_bare = has_no_body(response.status);
    const bool is_head = raw->flags & CSGI_REQ_HEAD;
    csgi_header few[fields_most];
    csgi_header *fields = few;
    if (response.headers.size() > fields_most)
        fields = static_cast<csgi_header *>(
            csgi_alloc(raw->exchange, response.headers.size() * sizeof(csgi_header)));
    if (!fields) return CSGI_NOMEM;
    std::uint32_t n = 0;
    std::int64_t length = 0;
    for (const HeaderView line : response.headers) {
        // The host counts; it is told only what it cannot see.
        if (line.id == CSGI_FIELD_CONTENT_LENGTH) continue;
        if (is_bare && (line.id == CSGI_FIELD_CONTENT_TYPE || line.name == "content-length"))
            continue;
        fields[n++] = {str(line.name), str(line.value), line.id, 0, 0};
    }
    csgi_chunk chunk = {};
    std::string_view text = response.view_;
    std::unique_ptr<Response::File> file = std::move(response.file_);
    if (is_bare) {
        text = {};
        file.reset();
        response.source_.reset();
    }
    if (file && !(raw->flags & CSGI_REQ_TAKES_FILE)) {
        length = static_cast<std::int64_t>(file->length);
        response.source_ = std::make_unique<FileSource>(std::exchange(file->descriptor, -1),
                                                        file->offset, file->length);
        file.reset();
    }
    csgi_head head = {
        sizeof head, static_cast<std::uint16_t>(response.status), 0, n ? fields : nullptr, n, 0,
        length};
    csgi_part part = {sizeof part, CSGI_PART_END, &head, nullptr, 0, nullptr, 0};

    if (!response.on_close_.empty() || response.source_) {
        void *memory = csgi_alloc(raw->exchange, sizeof(Sending));
        if (!memory) return CSGI_NOMEM;
        auto *sending = new (memory) Sending(ctx, raw, response, end);
        const csgi_rc rc = raw->exchange->api->on_done(raw->exchange, done, sending);
        if (rc < 0) {
            response = std::move(sending->response_);
            sending->~Sending();
            return rc;
        }
        is_kept = true;
        if (sending->response_.source_ && !is_head) {
            part.flags = 0;
            const csgi_rc begun = csgi_send(raw, &part);
            if (begun < 0) {
                sending->is_over_ = true;
                (void)csgi_abort(raw);
            } else if (begun == CSGI_PAUSE) {
                sending->wait();
            } else {
                (void)sending->go_on();
            }
            return CSGI_PENDING;
        }
        text = sending->response_.view_;
        sending->is_over_ = true;
        chunk = {CSGI_CHUNK_MEMORY, CSGI_MEM_COPY, text.data(), text.size(), 0, 0,
                 nullptr,           nullptr};
        if (!text.empty()) {
            part.chunks = &chunk;
            part.nchunks = 1;
        }
        (void)csgi_send(raw, &part);
        return CSGI_PENDING;
    }

    if (file) {
        auto *open = new OpenFile{std::exchange(file->descriptor, -1)};
        chunk = {CSGI_CHUNK_FILE,  CSGI_MEM_OWNED, nullptr,   file->length,
                 open->descriptor, file->offset,   free_file, open};
    } else if (response.is_own_ && text.size() >= copied_most) {
        auto *own = new std::string(std::move(response.text_));
        chunk = {CSGI_CHUNK_MEMORY, CSGI_MEM_OWNED, own->data(), own->size(), 0, 0, free_text, own};
    } else if (!text.empty()) {
        chunk = {CSGI_CHUNK_MEMORY, CSGI_MEM_COPY, text.data(), text.size(), 0, 0,
                 nullptr,           nullptr};
    }
    if (chunk.n || chunk.mem == CSGI_MEM_OWNED) {
        part.chunks = &chunk;
        part.nchunks = 1;
    }
    const csgi_rc rc = csgi_send_owned(raw, &part);
    return rc < 0 ? rc : CSGI_OK;
}

void Sending::wait() {
    const csgi_rc rc =
        raw_->exchange->api->listen(raw_, CSGI_EVENT_WRITABLE | CSGI_EVENT_ABORT, event, this);
    if (rc < 0) {
        is_over_ = true;
        (void)csgi_abort(raw_);
    }
}

csgi_rc Sending::go_on() {
    std::string piece;
    while (true) {
        piece.clear();
        bool more = false;
        const std::exception_ptr error = caught([&] { more = response_.source_->next(piece); });
        if (error) {
            ctx_.log(CSGI_LOG_ERROR, "the body of " + std::string(ctx_.request().path()) +
                                         " broke off: " + words_of(error));
            is_over_ = true;
            return csgi_abort(raw_);
        }
        if (!more) {
            is_over_ = true;
            return csgi_end(raw_);
        }
        if (piece.empty()) continue;
        const csgi_rc rc = csgi_write(raw_, piece.data(), piece.size());
        if (rc == CSGI_PAUSE) {
            wait();
            return CSGI_PENDING;
        }
        if (rc < 0) {
            is_over_ = true;
            return csgi_abort(raw_);
        }
    }
}

std::uint32_t Sending::event(csgi_request *raw, std::uint32_t events, void *arg) {
    auto *self = static_cast<Sending *>(arg);
    if (self->is_over_) return events;
    if (events & CSGI_EVENT_ABORT) {
        self->is_over_ = true;
        (void)csgi_abort(raw);
    } else {
        (void)self->go_on();
    }
    return events;
}

void Sending::done(csgi_exchange *, void *arg, csgi_rc, std::uint64_t) {
    auto *self = static_cast<Sending *>(arg);
    for (const auto &call : self->response_.on_close_) {
        const std::exception_ptr error = caught([&] { call(); });
        if (error) self->ctx_.log(CSGI_LOG_ERROR, "call_on_close failed: " + words_of(error));
    }
    Context &ctx = self->ctx_;
    const auto end = self->end_;
    self->~Sending();
    end(ctx);
}

} // namespace csgi
