/* Uploads whose parts are all stored become objects, or find that somebody else was first. */
#include "core/text.h"
#include "publisher/priv/multipart.h"
#include "publisher/priv/part_checksum.h"

#include <stdio.h>
#include <string.h>

#define GROUP 8u

static bool to_complete(const struct sl_multipart_upload *u)
{
    return u->id && !u->gone && !u->settled;
}

/* The list of parts, with the checksum of each: S3 requires it for a COMPOSITE checksum. */
static bool add_body(const struct sl_multipart_upload *u, struct sl_buf *b, struct sl_err *err)
{
    if (!sl_buf_add_str(b, "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">", err))
        return false;
    for (size_t i = 0; i < u->artifact->parts.n; i++) {
        struct sl_span sha256 = { u->artifact->parts.sha256 + i * SL_SHA256_BYTES, SL_SHA256_BYTES };
        if (!sl_buf_add_str(b, "<Part><ChecksumSHA256>", err) || !sl_base64_add(b, sha256, err)
            || !sl_buf_add_str(b, "</ChecksumSHA256><ETag>", err) || !sl_xml_escape(b, u->etags[i], err)
            || !sl_buf_addf(b, err, "</ETag><PartNumber>%zu</PartNumber></Part>", i + 1))
            return false;
    }
    return sl_buf_add_str(b, "</CompleteMultipartUpload>", err);
}

static bool ask(const struct sl_multipart *m, const struct sl_multipart_upload *u, struct sl_buf *body,
                struct sl_batch *batch, size_t *ret_index, struct sl_err *err)
{
    char size[24];
    (void)snprintf(size, sizeof size, "%llu", (unsigned long long)u->artifact->size_bytes);
    if (!add_body(u, body, err))
        return false;
    struct sl_s3_call call = { .operation = "CompleteMultipartUpload",
                               .method = "POST",
                               .key = u->artifact->object,
                               .query = { { "uploadId", u->id } },
                               .headers = { { "content-type", "application/xml" },
                                            { "x-amz-checksum-type", "COMPOSITE" },
                                            { "x-amz-mp-object-size", size } },
                               .body = sl_buf_span(body),
                               .slow = true };
    if (m->plan->bucket.conditional)
        call.headers[3] = (struct sl_pair){ "if-none-match", "*" };
    return sl_s3_add(batch, &m->plan->bucket, &call, ret_index, err);
}

/* What the store says of the whole; a checksum of another object's parts is none of ours. */
static bool read_checksum(const struct sl_multipart *m, const struct sl_multipart_upload *u, struct sl_batch *batch,
                          size_t index, struct sl_err *err)
{
    const struct sl_xml *root;
    const struct sl_plan_artifact *a = u->artifact;
    bool is = false;
    if (!sl_xml_parse(sl_buf_span(&batch->replies[index].body), &batch->arena, &root, err))
        return sl_while(err, a->loc, "%s", batch->doing[index]);
    const char *checksum = sl_xml_text(root, "ChecksumSHA256");
    u->reply->has_checksum = false;
    if (!checksum)
        return true;
    if (!sl_part_checksum_is(checksum, a->parts.composite, a->parts.n, &is, err))
        return false;
    if (!is && !strchr(checksum, '-')) /* of what, is asked with HeadObject */
        return true;
    if (!is)
        return sl_fail(err, SL_E_VERIFY, m->plan->bucket.loc,
                       "the store says that 's3://%s/%s' holds other parts than were sent; nothing was registered",
                       m->plan->bucket.name, a->object);
    u->reply->has_checksum = true;
    memcpy(u->reply->sha256, sl_digests_get(&a->digests, SL_SHA256).ptr, SL_SHA256_BYTES);
    return true;
}

static bool take(struct sl_multipart *m, struct sl_multipart_upload *u, struct sl_batch *batch, size_t index,
                 struct sl_err *err)
{
    const struct sl_reply *reply = &batch->replies[index];
    if (!sl_batch_expect(batch, index, u->artifact->loc, err)
        || !sl_s3_version(reply, &m->plan->bucket, u->artifact->object, m->arena, &u->reply->version_id, err)
        || !read_checksum(m, u, batch, index, err))
        return false;
    u->reply->outcome = SL_PUT_STORED;
    u->settled = true;
    return true;
}

/* Ways to end without an object of ours that are no failure. */
enum ending { STORED, TAKEN, GONE, CONFLICT };

static bool ending_of(struct sl_batch *batch, size_t index, enum ending *ret, struct sl_err *err)
{
    const char *code;
    bool gone = false;
    if (!sl_batch_code(batch, index, &code, err) || !sl_multipart_is_gone(batch, index, &gone, err))
        return false;
    int status = batch->replies[index].status;
    bool conflict = (status == 409
                     && (!strcmp(code, "ConditionalRequestConflict") || !strcmp(code, "OperationAborted")))
                    || (status == 400 && !strcmp(code, "InvalidPart")); /* somebody replaced one, or it expired */
    *ret = status == 412 ? TAKEN : gone ? GONE : conflict ? CONFLICT : STORED;
    return true;
}

/* After a conflict the parts have to be sent anew under another upload (S3 user guide, "Conditional writes"), unless the
 * object is there. */
static bool read_reply(struct sl_multipart *m, struct sl_multipart_upload *u, struct sl_batch *batch, size_t index,
                       struct sl_err *err)
{
    enum ending ending;
    const struct sl_multipart_id ours = { u->artifact->object, u->id };
    if (!ending_of(batch, index, &ending, err))
        return false;
    switch (ending) {
    case TAKEN:
        u->reply->outcome = SL_PUT_EXISTS;
        u->settled = true;
        return sl_multipart_abort(m, &ours, 1, err);
    case CONFLICT:
        u->gone = true;
        return sl_multipart_abort(m, &ours, 1, err);
    case GONE:
        u->gone = true;
        return true;
    case STORED:
        break;
    }
    return take(m, u, batch, index, err);
}

/* A few at a time: it may take the store minutes, and the lists may be long. */
struct group {
    struct sl_multipart_upload *uploads[GROUP];
    struct sl_buf bodies[GROUP];
    size_t index[GROUP], n;
    struct sl_batch batch;
};

static void group_clear(struct group *g)
{
    for (size_t i = 0; i < g->n; i++)
        sl_buf_clear(&g->bodies[i]);
    sl_batch_clear(&g->batch);
}

static bool complete_group(struct sl_multipart *m, struct group *g, struct sl_err *err)
{
    if (!sl_batch_send(&g->batch, m->wire, err))
        return false;
    for (size_t i = 0; i < g->n; i++)
        if (!read_reply(m, g->uploads[i], &g->batch, g->index[i], err))
            return false;
    return true;
}

static bool complete_from(struct sl_multipart *m, size_t *next, struct sl_err *err)
{
    SL_AUTO(group_clear) struct group g = { .n = 0 };
    for (; *next < m->n && g.n < GROUP; (*next)++) {
        struct sl_multipart_upload *u = &m->uploads[*next];
        if (!to_complete(u))
            continue;
        size_t i = g.n++;
        g.uploads[i] = u;
        if (!ask(m, u, &g.bodies[i], &g.batch, &g.index[i], err))
            return false;
    }
    return complete_group(m, &g, err);
}

bool sl_multipart_complete(struct sl_multipart *m, struct sl_err *err)
{
    for (size_t next = 0; next < m->n;)
        if (!complete_from(m, &next, err))
            return false;
    return true;
}
