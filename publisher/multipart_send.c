/* The parts on their way, a window of them at a time. */
#include "core/text.h"
#include "publisher/priv/multipart.h"

#include <stdio.h>
#include <string.h>

/* A part in the window. */
struct part {
    struct sl_multipart_upload *upload;
    size_t number, index; /* from 0; in the batch */
};

struct window {
    struct part parts[SL_MULTIPART_WINDOW];
    size_t n;
    struct sl_batch batch;
};

static void window_clear(struct window *w)
{
    sl_batch_clear(&w->batch);
}

static bool add_part(const struct sl_multipart *m, struct window *w, struct sl_multipart_upload *u, size_t i,
                     struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf checksum = { 0 };
    const struct sl_plan_artifact *a = u->artifact;
    const uint8_t *sha256 = a->parts.sha256 + i * SL_SHA256_BYTES;
    char number[24];
    (void)snprintf(number, sizeof number, "%zu", i + 1);
    if (!sl_base64_add(&checksum, (struct sl_span){ sha256, SL_SHA256_BYTES }, err))
        return false;
    struct sl_s3_call call = { .operation = "UploadPart",
                               .method = "PUT",
                               .key = a->object,
                               .query = { { "partNumber", number }, { "uploadId", u->id } },
                               .headers = { { "x-amz-checksum-sha256", sl_buf_str(&checksum) },
                                            { "x-amz-sdk-checksum-algorithm", "SHA256" } },
                               .body_path = a->path,
                               .body_offset_bytes = a->parts.part_bytes * i,
                               .body_size_bytes = sl_multipart_part_bytes(a, i),
                               .body_file_bytes = a->size_bytes,
                               .body_sha256 = sha256,
                               .tally = &u->tally,
                               .what = u->what };
    struct part *p = &w->parts[w->n++];
    *p = (struct part){ u, i, 0 };
    return sl_s3_add(&w->batch, &m->plan->bucket, &call, &p->index, err);
}

/* The next parts that are not stored yet, of whichever upload. */
static bool fill(const struct sl_multipart *m, struct window *w, struct sl_err *err)
{
    for (size_t k = 0; k < m->n; k++) {
        struct sl_multipart_upload *u = &m->uploads[k];
        for (size_t i = 0; u->id && !u->gone && !u->settled && i < u->artifact->parts.n; i++) {
            if (w->n == SL_MULTIPART_WINDOW)
                return true;
            if (!u->etags[i] && !add_part(m, w, u, i, err))
                return false;
        }
    }
    return true;
}

static bool read_part(struct sl_multipart *m, struct window *w, const struct part *p, struct sl_err *err)
{
    struct sl_multipart_upload *u = p->upload;
    const struct sl_reply *reply = &w->batch.replies[p->index];
    bool gone = false, has = false;
    uint8_t sha256[SL_SHA256_BYTES];
    if (!sl_multipart_is_gone(&w->batch, p->index, &gone, err))
        return false;
    u->gone = u->gone || gone;
    if (gone)
        return true;
    if (!sl_batch_expect(&w->batch, p->index, u->artifact->loc, err) || !sl_s3_checksum(reply, sha256, &has, err))
        return false;
    struct sl_span sent = { u->artifact->parts.sha256 + p->number * SL_SHA256_BYTES, SL_SHA256_BYTES };
    if (has && !sl_span_eq_ct(sent, (struct sl_span){ sha256, SL_SHA256_BYTES }))
        return sl_fail(err, SL_E_VERIFY, u->artifact->loc,
                       "the store says that part %zu of 's3://%s/%s' holds other bytes than were sent; nothing was "
                       "registered",
                       p->number + 1, m->plan->bucket.name, u->artifact->object);
    const char *etag = sl_reply_header(reply, "etag");
    if (!etag || !etag[0])
        return sl_fail(err, SL_E_NETWORK, u->artifact->loc, "%s: the reply has no ETag", w->batch.doing[p->index]);
    return sl_multipart_note(m, u, p->number, etag, err);
}

static bool send_window(struct sl_multipart *m, struct window *w, struct sl_err *err)
{
    if (!sl_batch_send(&w->batch, m->wire, err))
        return false;
    for (size_t i = 0; i < w->n; i++)
        if (!read_part(m, w, &w->parts[i], err))
            return false;
    return true;
}

bool sl_multipart_send(struct sl_multipart *m, struct sl_err *err)
{
    for (;;) {
        SL_AUTO(window_clear) struct window w = { .n = 0 };
        if (!fill(m, &w, err))
            return false;
        if (!w.n)
            return true;
        if (!send_window(m, &w, err))
            return false;
    }
}
