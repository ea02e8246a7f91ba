// SPDX-License-Identifier: MIT
// Records of FastCGI 1.0, read piece by piece, and written.
#include "adapters/fastcgi/record.h"

#include <string.h>

static unsigned byte_at(const char *p, size_t i) {
    return (unsigned char)p[i];
}

static uint16_t two_at(const char *p, size_t i) {
    return (uint16_t)(byte_at(p, i) << 8 | byte_at(p, i + 1));
}

// Whether the content is judged at once, so that it has to be here in one piece.
static bool is_whole(const csgi_record_reader *reader) {
    return reader->type == CSGI_RECORD_BEGIN ||
           (reader->type == CSGI_RECORD_GET_VALUES && reader->id == 0);
}

csgi_record_result csgi_record_next(csgi_record_reader *reader, const char *p, size_t n,
                                    size_t *used, const char **piece, size_t *piece_n) {
    size_t at = 0;
    if (!reader->inside) {
        at = n < reader->padding ? n : reader->padding;
        reader->padding = (uint8_t)(reader->padding - at);
        *used = at;
        if (n - at < CSGI_RECORD_HEAD) return CSGI_RECORD_MORE;
        const char *head = p + at;
        if (byte_at(head, 0) != CSGI_RECORD_VERSION) return CSGI_RECORD_BAD;
        reader->type = (uint8_t)byte_at(head, 1);
        reader->id = two_at(head, 2);
        reader->size = reader->left = two_at(head, 4);
        reader->padding = (uint8_t)byte_at(head, 6);
        reader->inside = true;
        at += CSGI_RECORD_HEAD;
        if (is_whole(reader) && reader->size > CSGI_RECORD_WHOLE) return CSGI_RECORD_BAD;
    }
    *used = at;
    size_t take = n - at < reader->left ? n - at : reader->left;
    if (take < reader->left && (take == 0 || is_whole(reader))) return CSGI_RECORD_MORE;
    *piece = p + at;
    *piece_n = take;
    *used = at + take;
    reader->left = (uint16_t)(reader->left - take);
    reader->inside = reader->left != 0;
    return CSGI_RECORD_PIECE;
}

bool csgi_record_begin(const char *p, size_t n, uint16_t *role, uint8_t *flags) {
    if (n != 8) return false;
    *role = two_at(p, 0);
    *flags = (uint8_t)byte_at(p, 2);
    return true;
}

void csgi_record_end(char *out, uint16_t id, uint32_t app_status, csgi_record_status status) {
    const unsigned char body[8] = {
        (unsigned char)(app_status >> 24), (unsigned char)(app_status >> 16),
        (unsigned char)(app_status >> 8), (unsigned char)app_status, (unsigned char)status};
    csgi_record_head(out, CSGI_RECORD_END, id, sizeof body, 0);
    memcpy(out + CSGI_RECORD_HEAD, body, sizeof body);
}

void csgi_record_unknown(char *out, uint8_t type) {
    const unsigned char body[8] = {type};
    csgi_record_head(out, CSGI_RECORD_UNKNOWN, 0, sizeof body, 0);
    memcpy(out + CSGI_RECORD_HEAD, body, sizeof body);
}
