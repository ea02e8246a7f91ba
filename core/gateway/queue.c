// SPDX-License-Identifier: MIT
// Bytes and file ranges on their way out, in order.
#include "core/gateway/queue.h"

#include "core/gateway/host.h"
#include <stdlib.h>
#include <string.h>

// Below this a copy is cheaper than one more entry of a gathering write, and it frees its owner at
// once.
#define SMALL 2048u

static void drop_segment(csgi_queue *queue, csgi_segment *segment) {
    struct csgi_host *host = queue->host;
    if (segment->block) csgi_pool_drop(&host->io, segment->block);
    if (segment->release) { // which undoes the pin
        csgi_host_release_later(host, segment);
        return;
    }
    if (segment->pin) csgi_host_unpin(segment->pin);
    csgi_host_segment_free(host, segment);
}

static void link_last(csgi_queue *queue, csgi_segment *segment) {
    if (queue->last)
        queue->last->next = segment;
    else
        queue->first = segment;
    queue->last = segment;
}

static csgi_segment *append(csgi_queue *queue) {
    csgi_segment *segment = csgi_host_segment(queue->host);
    if (!segment) return NULL;
    *segment = (csgi_segment){.fd = -1};
    link_last(queue, segment);
    return segment;
}

// Nothing is left: an idle connection holds no block.
static void drop_idle_tail(csgi_queue *queue) {
    if (queue->first || !queue->tail) return;
    csgi_pool_drop(&queue->host->io, queue->tail);
    queue->tail = NULL;
}

void csgi_queue_init(csgi_queue *queue, struct csgi_host *host) {
    *queue = (csgi_queue){.host = host};
}

void csgi_queue_clear(csgi_queue *queue) {
    while (queue->first) {
        csgi_segment *segment = queue->first;
        queue->first = segment->next;
        drop_segment(queue, segment);
    }
    queue->last = NULL;
    queue->bytes = 0;
    if (queue->tail) csgi_pool_drop(&queue->host->io, queue->tail);
    queue->tail = NULL;
}

char *csgi_queue_room(csgi_queue *queue, size_t n) {
    csgi_block *tail = queue->tail;
    if (tail && queue->host->io.size - tail->used >= n) return csgi_block_data(tail) + tail->used;
    csgi_block *fresh = csgi_pool_take(&queue->host->io);
    if (!fresh) return NULL;
    if (tail) csgi_pool_drop(&queue->host->io, tail);
    queue->tail = fresh;
    return csgi_block_data(fresh);
}

csgi_rc csgi_queue_commit(csgi_queue *queue, size_t n) {
    csgi_block *tail = queue->tail;
    char *p = csgi_block_data(tail) + tail->used;
    csgi_segment *last = queue->last;
    if (!n) return CSGI_OK;
    if (!last || last->block != tail || last->p + last->n != p) {
        last = append(queue);
        if (!last) return CSGI_NOMEM;
        last->p = p;
        last->block = tail;
        tail->refs++;
    }
    last->n += n;
    tail->used += (uint32_t)n;
    queue->bytes += n;
    return CSGI_OK;
}

csgi_rc csgi_queue_copy(csgi_queue *queue, const char *p, size_t n) {
    while (n) {
        csgi_block *tail = queue->tail;
        size_t left = tail ? queue->host->io.size - tail->used : 0;
        size_t take = left ? left : CSGI_QUEUE_ROOM;
        if (take > n) take = n;
        char *room = csgi_queue_room(queue, take);
        if (!room) return CSGI_NOMEM;
        memcpy(room, p, take);
        csgi_rc rc = csgi_queue_commit(queue, take);
        if (rc < 0) return rc;
        p += take;
        n -= take;
    }
    return CSGI_OK;
}

void csgi_queue_release(struct csgi_host_exchange *x, const csgi_chunk *chunk) {
    struct csgi_host *host = x->host;
    if (chunk->mem != CSGI_MEM_OWNED || !chunk->release) return;
    csgi_segment *segment = csgi_host_segment(host);
    if (!segment) { // too early is better than never
        chunk->release(chunk->arg);
        return;
    }
    *segment = (csgi_segment){.fd = -1, .release = chunk->release, .arg = chunk->arg, .pin = x};
    csgi_host_pin(x);
    csgi_host_release_later(host, segment);
}

csgi_rc csgi_queue_chunk(csgi_queue *queue, const csgi_chunk *chunk, struct csgi_host_exchange *x) {
    if (chunk->n == 0) {
        csgi_queue_release(x, chunk);
        return CSGI_OK;
    }
    bool file = chunk->kind == CSGI_CHUNK_FILE;
    if (!file && (chunk->mem == CSGI_MEM_COPY || chunk->n <= SMALL)) {
        csgi_rc rc = csgi_queue_copy(queue, chunk->p, (size_t)chunk->n);
        csgi_queue_release(x, chunk);
        return rc;
    }
    csgi_segment *segment = append(queue);
    if (!segment) {
        csgi_queue_release(x, chunk);
        return CSGI_NOMEM;
    }
    segment->p = file ? NULL : chunk->p;
    segment->n = chunk->n;
    segment->fd = file ? (int)chunk->fd : -1;
    segment->off = chunk->off;
    if (chunk->mem == CSGI_MEM_OWNED) {
        segment->release = chunk->release;
        segment->arg = chunk->arg;
    }
    if (chunk->mem == CSGI_MEM_OWNED || chunk->mem == CSGI_MEM_ARENA) {
        segment->pin = x;
        csgi_host_pin(x);
    }
    queue->bytes += chunk->n;
    return CSGI_OK;
}

// The front of a segment, which keeps what is to be released when all of it has left.
static csgi_rc move_front(csgi_queue *to, csgi_segment *segment, uint64_t n) {
    csgi_segment *front = append(to);
    if (!front) return CSGI_NOMEM;
    front->p = segment->p;
    front->n = n;
    front->off = segment->off;
    front->fd = segment->fd;
    front->block = segment->block;
    if (front->block) front->block->refs++;
    front->pin = segment->pin;
    if (front->pin) csgi_host_pin(front->pin);
    if (segment->p)
        segment->p += n;
    else
        segment->off += n;
    segment->n -= n;
    return CSGI_OK;
}

csgi_rc csgi_queue_move(csgi_queue *to, csgi_queue *from, uint64_t n) {
    while (n) {
        csgi_segment *segment = from->first;
        const uint64_t take = segment->n < n ? segment->n : n;
        if (take < segment->n) {
            csgi_rc rc = move_front(to, segment, take);
            if (rc < 0) return rc;
        } else {
            from->first = segment->next;
            if (!from->first) from->last = NULL;
            segment->next = NULL;
            link_last(to, segment);
        }
        to->bytes += take;
        from->bytes -= take;
        n -= take;
    }
    drop_idle_tail(from);
    return CSGI_OK;
}

void csgi_queue_abandon(csgi_queue *queue, csgi_queue *to) {
    csgi_segment *first = queue->first;
    if (first && first->release && to->first) {
        queue->first = first->next;
        if (!queue->first) queue->last = NULL;
        first->next = NULL;
        first->p = "";
        first->n = 0;
        link_last(to, first);
    }
    csgi_queue_clear(queue);
}

void csgi_queue_advance(csgi_queue *queue, uint64_t n) {
    queue->bytes -= n;
    while (n || (queue->first && queue->first->n == 0)) {
        csgi_segment *segment = queue->first;
        uint64_t take = segment->n < n ? segment->n : n;
        if (segment->p)
            segment->p += take;
        else
            segment->off += take;
        segment->n -= take;
        n -= take;
        if (segment->n) break;
        queue->first = segment->next;
        if (!queue->first) queue->last = NULL;
        drop_segment(queue, segment);
    }
    drop_idle_tail(queue);
}
