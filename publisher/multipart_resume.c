/* Multipart uploads of an earlier run: continued when they are of this very plan, given up otherwise. */
#include "core/digest.h"
#include "core/file.h"
#include "core/text.h"
#include "publisher/priv/journal.h"
#include "publisher/priv/multipart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct sl_multipart_upload *upload_of(struct sl_multipart *m, const struct sl_journal_entry *e)
{
    for (size_t i = 0; i < m->n; i++) {
        struct sl_multipart_upload *u = &m->uploads[i];
        if (!strcmp(u->artifact->object, e->key) && u->artifact->parts.part_bytes == e->part_bytes)
            return u;
    }
    return NULL;
}

/* ---- which parts are stored already ---- */

static bool checksum_is_ours(const char *text, const struct sl_plan_artifact *a, size_t i, bool *ret,
                             struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = SL_BUF_MAX((size_t)2 * SL_SHA256_BYTES);
    struct sl_err not_one = { .code = SL_OK };
    struct sl_span ours = { a->parts.sha256 + i * SL_SHA256_BYTES, SL_SHA256_BYTES };
    *ret = sl_base64_get(sl_span_str(text), &bytes, &not_one) && sl_span_eq_ct(sl_buf_span(&bytes), ours);
    return not_one.code != SL_E_NOMEM || sl_fail_nomem(err);
}

/* A store that names no checksum names an ETag, which for a part is its MD5: good enough to know a part of our own again.
 * What the object holds in the end is read back from such a store. */
static bool etag_is_ours(const char *etag, const struct sl_plan_artifact *a, size_t i, bool *ret, struct sl_err *err)
{
    SL_AUTO(sl_fd_close) int fd = -1;
    uint64_t size_bytes;
    char hex[33];
    bool have = false, quoted = etag[0] == '"';
    *ret = false;
    if (strspn(etag + quoted, "0123456789abcdef") != 32)
        return true;
    if (!sl_file_open(a->path, &fd, &size_bytes, err)
        || !sl_md5_range(fd, a->file, a->parts.part_bytes * i, sl_multipart_part_bytes(a, i), hex, &have, err))
        return false;
    *ret = have && !strncmp(etag + quoted, hex, 32);
    return true;
}

/* A listed part counts when it is the one this file has there; another is sent again and thereby replaced. */
static bool take_part(struct sl_multipart *m, struct sl_multipart_upload *u, const struct sl_xml *part,
                      struct sl_err *err)
{
    const char *number = sl_xml_text(part, "PartNumber"), *size = sl_xml_text(part, "Size");
    const char *etag = sl_xml_text(part, "ETag"), *checksum = sl_xml_text(part, "ChecksumSHA256");
    uint64_t n = 0, bytes = 0;
    bool ours = false;
    if (!number || !size || !etag || !sl_size_get(number, &n) || !sl_size_get(size, &bytes) || n < 1
        || n > u->artifact->parts.n || bytes != sl_multipart_part_bytes(u->artifact, (size_t)n - 1))
        return true;
    size_t i = (size_t)n - 1;
    bool read = checksum ? checksum_is_ours(checksum, u->artifact, i, &ours, err)
                         : etag_is_ours(etag, u->artifact, i, &ours, err);
    if (!read)
        return false;
    if (!ours)
        return true;
    u->tally.done_bytes += bytes;
    return sl_multipart_note(m, u, i, etag, err);
}

static bool ask_page(const struct sl_multipart *m, const struct sl_multipart_upload *u, const char *marker,
                     struct sl_batch *batch, size_t *ret_index, struct sl_err *err)
{
    struct sl_s3_call call = { .operation = "ListParts",
                               .method = "GET",
                               .key = u->artifact->object,
                               .query = { { "uploadId", u->id }, { "part-number-marker", marker } },
                               .max_reply_bytes = SL_S3_LIST_REPLY_MAX };
    if (!marker[0])
        call.query[1] = (struct sl_pair){ NULL, NULL };
    return sl_s3_add(batch, &m->plan->bucket, &call, ret_index, err);
}

/* One page; marker becomes where the next begins, "" at the end. */
static bool read_page(struct sl_multipart *m, struct sl_multipart_upload *u, char marker[24], struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch batch = { 0 };
    const struct sl_xml *root;
    size_t index;
    if (!ask_page(m, u, marker, &batch, &index, err) || !sl_batch_send(&batch, m->wire, err))
        return false;
    int status = batch.replies[index].status;
    *marker = 0;
    if (status == 404 || status == 400) { /* of another store, or long gone: begun anew */
        sl_multipart_restart(u);
        return true;
    }
    if (!sl_batch_expect(&batch, index, u->artifact->loc, err))
        return false;
    if (!sl_xml_parse(sl_buf_span(&batch.replies[index].body), &batch.arena, &root, err))
        return sl_while(err, u->artifact->loc, "%s", batch.doing[index]);
    for (const struct sl_xml *part = sl_xml_child(root, "Part"); part; part = sl_xml_again(part))
        if (!take_part(m, u, part, err))
            return false;
    const char *truncated = sl_xml_text(root, "IsTruncated"), *next = sl_xml_text(root, "NextPartNumberMarker");
    if (truncated && !strcmp(truncated, "true") && next && strlen(next) < 24)
        (void)snprintf(marker, 24, "%s", next);
    return true;
}

/* As many pages as there can be, and no more from a store that never ends its list. */
static bool list_parts(struct sl_multipart *m, struct sl_multipart_upload *u, struct sl_err *err)
{
    char marker[24] = "";
    for (size_t page = 0; page <= u->artifact->parts.n; page++) {
        if (!read_page(m, u, marker, err))
            return false;
        if (!*marker)
            return true;
    }
    return sl_fail(err, SL_E_NETWORK, u->artifact->loc, "the list of parts of 's3://%s/%s' does not end",
                   m->plan->bucket.name, u->artifact->object);
}

bool sl_multipart_resume(struct sl_multipart *m, bool *ret_journal, struct sl_err *err)
{
    struct sl_journal journal;
    size_t n = 0;
    if (!sl_journal_read(m->plan, m->arena, &journal, err))
        return false;
    *ret_journal = journal.there;
    struct sl_multipart_id *superseded = sl_arena_alloc(m->arena, journal.n, sizeof *superseded, err);
    if (!superseded)
        return false;
    for (size_t i = 0; i < journal.n; i++) {
        const struct sl_journal_entry *e = &journal.entries[i];
        struct sl_multipart_upload *u = journal.same_plan ? upload_of(m, e) : NULL;
        if (u)
            u->id = e->upload_id;
        else
            superseded[n++] = (struct sl_multipart_id){ e->key, e->upload_id };
    }
    if (!sl_multipart_abort(m, superseded, n, err))
        return false;
    for (size_t i = 0; i < m->n; i++)
        if (m->uploads[i].id && !list_parts(m, &m->uploads[i], err))
            return false;
    return true;
}

bool sl_multipart_give_up(struct sl_wire *wire, const struct sl_plan *plan, struct sl_arena *arena, struct sl_err *err)
{
    struct sl_multipart m = { .wire = wire, .plan = plan, .arena = arena };
    struct sl_journal journal = { .there = false };
    if (!sl_journal_read(plan, arena, &journal, err))
        return false;
    struct sl_multipart_id *ids = sl_arena_alloc(arena, journal.n, sizeof *ids, err);
    if (!ids)
        return false;
    for (size_t i = 0; i < journal.n; i++)
        ids[i] = (struct sl_multipart_id){ journal.entries[i].key, journal.entries[i].upload_id };
    return sl_multipart_abort(&m, ids, journal.n, err) && (!journal.there || sl_journal_remove(plan, err));
}
