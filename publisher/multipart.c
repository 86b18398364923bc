#include "publisher/priv/multipart.h"

#include "core/clock.h"
#include "publisher/priv/journal.h"

#include <string.h>

/* As often as an upload is begun anew because it vanished or met another writer. */
#define ROUNDS_MAX     5
#define ROUND_PAUSE_MS 300

uint64_t sl_multipart_part_bytes(const struct sl_plan_artifact *artifact, size_t i)
{
    uint64_t at = artifact->parts.part_bytes * i, left = artifact->size_bytes - at;
    return left < artifact->parts.part_bytes ? left : artifact->parts.part_bytes;
}

void sl_multipart_restart(struct sl_multipart_upload *u)
{
    u->id = NULL;
    for (size_t i = 0; i < u->artifact->parts.n; i++)
        u->etags[i] = NULL;
    u->tally.done_bytes = 0;
}

bool sl_multipart_note(struct sl_multipart *m, struct sl_multipart_upload *u, size_t i, const char *etag,
                       struct sl_err *err)
{
    u->etags[i] = sl_arena_str(m->arena, etag, err);
    return u->etags[i] != NULL;
}

bool sl_multipart_unsure(const struct sl_plan *plan, const struct sl_wire *wire)
{
    bool parts = false;
    for (size_t i = 0; i < plan->n_artifacts; i++)
        parts = parts || plan->artifacts[i].parts.n > 0;
    return parts && sl_wire_has_endpoint(wire, SL_S3);
}

bool sl_multipart_is_gone(struct sl_batch *batch, size_t i, bool *ret_gone, struct sl_err *err)
{
    const char *code;
    if (!sl_batch_code(batch, i, &code, err))
        return false;
    *ret_gone = batch->replies[i].status == 404 && strcmp(code, "NoSuchBucket") != 0;
    return true;
}

bool sl_multipart_abort(struct sl_multipart *m, const struct sl_multipart_id *ids, size_t n, struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch batch = { 0 };
    size_t index;
    for (size_t i = 0; i < n; i++) {
        struct sl_s3_call call = { .operation = "AbortMultipartUpload",
                                   .method = "DELETE",
                                   .key = ids[i].key,
                                   .query = { { "uploadId", ids[i].id } } };
        if (!sl_s3_add(&batch, &m->plan->bucket, &call, &index, err))
            return false;
    }
    return sl_batch_send(&batch, m->wire, err);
}

bool sl_multipart_journal(const struct sl_multipart *m, struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_journal_entry *entries = sl_arena_alloc(&arena, m->n, sizeof *entries, err);
    size_t n = 0;
    if (!entries)
        return false;
    for (size_t i = 0; i < m->n; i++) {
        const struct sl_multipart_upload *u = &m->uploads[i];
        if (u->id && !u->settled)
            entries[n++] = (struct sl_journal_entry){ u->artifact->object, u->id, u->artifact->parts.part_bytes };
    }
    return sl_journal_write(m->plan, entries, n, err);
}

/* ---- begin ---- */

static bool ask_begin(const struct sl_multipart *m, const struct sl_multipart_upload *u, struct sl_batch *batch,
                      size_t *ret_index, struct sl_err *err)
{
    struct sl_s3_call call = { .operation = "CreateMultipartUpload",
                               .method = "POST",
                               .key = u->artifact->object,
                               .query = { { "uploads", "" } },
                               .headers = { { "content-type", "application/octet-stream" },
                                            { "x-amz-checksum-algorithm", "SHA256" },
                                            { "x-amz-checksum-type", "COMPOSITE" } },
                               .traits = m->traits };
    return sl_s3_add(batch, &m->plan->bucket, &call, ret_index, err);
}

static bool read_begun(struct sl_multipart *m, struct sl_multipart_upload *u, struct sl_batch *batch, size_t index,
                       struct sl_err *err)
{
    const struct sl_xml *root;
    if (!sl_batch_expect(batch, index, u->artifact->loc, err))
        return false;
    if (!sl_xml_parse(sl_buf_span(&batch->replies[index].body), &batch->arena, &root, err))
        return sl_while(err, u->artifact->loc, "%s", batch->doing[index]);
    const char *id = sl_xml_text(root, "UploadId");
    if (!id || !id[0])
        return sl_fail(err, SL_E_NETWORK, u->artifact->loc, "%s: the reply names no upload", batch->doing[index]);
    u->id = sl_arena_str(m->arena, id, err);
    return u->id != NULL;
}

static bool to_begin(const struct sl_multipart_upload *u)
{
    return !u->settled && !u->id;
}

/* Begin those that have no id, and write the ids down before a single part is sent. */
static bool begin(struct sl_multipart *m, struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch batch = { 0 };
    size_t *index = sl_arena_alloc(&batch.arena, m->n, sizeof *index, err);
    if (!index)
        return false;
    for (size_t i = 0; i < m->n; i++)
        if (to_begin(&m->uploads[i]) && !ask_begin(m, &m->uploads[i], &batch, &index[i], err))
            return false;
    if (!batch.n)
        return true;
    if (!sl_batch_send(&batch, m->wire, err))
        return false;
    for (size_t i = 0; i < m->n; i++)
        if (to_begin(&m->uploads[i]) && !read_begun(m, &m->uploads[i], &batch, index[i], err))
            return false;
    return sl_multipart_journal(m, err);
}

/* ---- what became of uploads that are gone ---- */

static bool read_there(struct sl_multipart_upload *u, struct sl_batch *batch, size_t index, struct sl_err *err)
{
    const struct sl_reply *reply = &batch->replies[index];
    u->gone = false;
    if (reply->status == 404) {
        sl_multipart_restart(u);
        return true;
    }
    u->reply->outcome = SL_PUT_EXISTS;
    u->settled = true;
    return sl_batch_expect(batch, index, u->artifact->loc, err);
}

/* Completed, by us with the reply lost or by somebody else; or aborted. */
static bool look(struct sl_multipart *m, struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch batch = { 0 };
    size_t *index = sl_arena_alloc(&batch.arena, m->n, sizeof *index, err);
    if (!index)
        return false;
    for (size_t i = 0; i < m->n; i++)
        if (m->uploads[i].gone
            && !sl_s3_head(&batch, &m->plan->bucket, m->uploads[i].artifact->object, NULL, &index[i], err))
            return false;
    if (!sl_batch_send(&batch, m->wire, err))
        return false;
    for (size_t i = 0; i < m->n; i++)
        if (m->uploads[i].gone && !read_there(&m->uploads[i], &batch, index[i], err))
            return false;
    return true;
}

static size_t count_unsettled(const struct sl_multipart *m)
{
    size_t n = 0;
    for (size_t i = 0; i < m->n; i++)
        n += !m->uploads[i].settled;
    return n;
}

static bool rounds(struct sl_multipart *m, struct sl_err *err)
{
    for (unsigned round = 0; round < ROUNDS_MAX && count_unsettled(m); round++) {
        if (round)
            sl_clock_sleep_ms((uint64_t)ROUND_PAUSE_MS << round);
        if (!begin(m, err) || !sl_multipart_send(m, err) || !sl_multipart_complete(m, err) || !look(m, err))
            return false;
    }
    size_t left = count_unsettled(m);
    return !left
           || sl_fail(err, SL_E_NETWORK, m->plan->bucket.loc,
                      "%zu upload%s to bucket '%s' vanished or met another writer again and again; try again later",
                      left, left == 1 ? "" : "s", m->plan->bucket.name);
}

static bool prepare(struct sl_multipart *m, const struct sl_multipart_ask *asks, struct sl_put_reply *replies,
                    struct sl_err *err)
{
    m->uploads = sl_arena_alloc(m->arena, m->n, sizeof *m->uploads, err);
    if (!m->uploads || !sl_traits_make(&m->plan->bucket, SL_TRAITS_ARTIFACT, m->wire, m->arena, &m->traits, err))
        return false;
    for (size_t i = 0; i < m->n; i++) {
        struct sl_multipart_upload *u = &m->uploads[i];
        *u = (struct sl_multipart_upload){ .artifact = asks[i].artifact,
                                           .what = asks[i].what,
                                           .reply = &replies[i],
                                           .tally = { 0, asks[i].artifact->size_bytes } };
        u->etags = sl_arena_alloc(m->arena, u->artifact->parts.n, sizeof *u->etags, err);
        if (!u->etags)
            return false;
    }
    return true;
}

bool sl_multipart_all(struct sl_wire *wire, const struct sl_plan *plan, const struct sl_multipart_ask *asks, size_t n,
                      struct sl_put_reply *ret, struct sl_arena *arena, struct sl_err *err)
{
    struct sl_multipart m = { .wire = wire, .plan = plan, .n = n, .arena = arena };
    bool journal = false;
    if (!prepare(&m, asks, ret, err) || !sl_multipart_resume(&m, &journal, err) || !rounds(&m, err))
        return false;
    return (!n && !journal) || sl_journal_remove(plan, err);
}
