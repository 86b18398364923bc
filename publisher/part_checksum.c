#include "publisher/priv/part_checksum.h"

#include "core/file.h"
#include "core/text.h"

#include <stdlib.h>
#include <string.h>

#define PARTS_MAX 10000u

/* The number after the last '-', 0 when there is none that can be. */
static size_t count_in(const char *text)
{
    const char *dash = text ? strrchr(text, '-') : NULL;
    uint64_t n = 0;
    return dash && sl_size_get(dash + 1, &n) && n <= PARTS_MAX ? (size_t)n : 0;
}

bool sl_part_checksum_is(const char *text, const uint8_t composite[SL_SHA256_BYTES], size_t n, bool *ret_is,
                         struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = SL_BUF_MAX((size_t)2 * SL_SHA256_BYTES);
    struct sl_err not_one = { .code = SL_OK };
    const char *dash = strrchr(text, '-');
    *ret_is = false;
    if (!n || (dash && count_in(text) != n)) /* some stores leave the count away */
        return true;
    struct sl_span base64 = { (const uint8_t *)text, dash ? (size_t)(dash - text) : strlen(text) };
    bool read = sl_base64_get(base64, &bytes, &not_one);
    if (not_one.code == SL_E_NOMEM)
        return sl_fail_nomem(err);
    *ret_is = read && sl_span_eq_ct(sl_buf_span(&bytes), (struct sl_span){ composite, SL_SHA256_BYTES });
    return true;
}

static void settle(const struct sl_plan_artifact *artifact, struct sl_object *object)
{
    memcpy(object->sha256, sl_digests_get(&artifact->digests, SL_SHA256).ptr, SL_SHA256_BYTES);
    object->confirmed_by = SL_CONFIRMED_CHECKSUM;
}

bool sl_part_checksum_confirm(const struct sl_plan_artifact *artifact, struct sl_object *object, struct sl_err *err)
{
    bool is = false;
    if (!object->composite || object->size_bytes != artifact->size_bytes)
        return true;
    if (!sl_part_checksum_is(object->composite, artifact->parts.composite, artifact->parts.n, &is, err))
        return false;
    if (is)
        settle(artifact, object);
    return true;
}

static bool may_be_recut(const struct sl_part_checksum_pair *p)
{
    return p->artifact && p->object->confirmed_by == SL_CONFIRMED_NOT && p->object->composite
           && count_in(p->object->composite) && p->object->size_bytes == p->artifact->size_bytes;
}

/* HeadObject of the first part: its length is that of all but the last. */
static bool ask_first_part(struct sl_batch *batch, const struct sl_plan_bucket *bucket, const struct sl_object *object,
                           size_t *ret_index, struct sl_err *err)
{
    struct sl_s3_call call = { .operation = "HeadObject",
                               .method = "HEAD",
                               .key = object->key,
                               .query = { { "partNumber", "1" }, { "versionId", object->version_id } } };
    return sl_s3_add(batch, bucket, &call, ret_index, err);
}

static void free_bytes(uint8_t **p)
{
    free(*p);
}

/* The file as it is here, cut into n parts of part_bytes. */
static bool cut(const struct sl_plan_artifact *a, uint64_t part_bytes, size_t n, uint8_t ret[SL_SHA256_BYTES],
                struct sl_err *err)
{
    SL_AUTO(sl_fd_close) int fd = -1;
    SL_AUTO(free_bytes) uint8_t *sha256 = calloc(n ? n : 1, SL_SHA256_BYTES);
    const struct sl_digest_parts parts = { part_bytes, sha256, n };
    struct sl_digests digests;
    uint64_t size_bytes = 0;
    if (!sha256)
        return sl_fail_nomem(err);
    if (!sl_file_open(a->path, &fd, &size_bytes, err)
        || !sl_digest_parts(fd, a->file, SL_HASH_BIT(SL_SHA256), &parts, NULL, &size_bytes, &digests, err))
        return sl_while(err, a->loc, "comparing '%s' with what is stored", a->file);
    if (!sl_span_eq_ct(sl_digests_get(&digests, SL_SHA256), sl_digests_get(&a->digests, SL_SHA256)))
        return sl_fail(err, SL_E_CHANGED, a->loc,
                       "'%s' has changed since it was hashed; leave the files alone while they are published, and run "
                       "again",
                       a->file);
    return sl_sha256((struct sl_span){ sha256, n * SL_SHA256_BYTES }, ret, err);
}

static bool compare(const struct sl_reply *reply, const struct sl_part_checksum_pair *p, struct sl_err *err)
{
    uint64_t part_bytes = 0, size_bytes = p->artifact->size_bytes;
    size_t n = count_in(p->object->composite);
    uint8_t composite[SL_SHA256_BYTES];
    bool is = false;
    if (reply->status / 100 != 2 || !sl_s3_length(reply, &part_bytes) || !part_bytes
        || part_bytes == p->artifact->parts.part_bytes)
        return true; /* and then it is read back */
    if (size_bytes / part_bytes + (size_bytes % part_bytes != 0) != n)
        return true;
    if (!cut(p->artifact, part_bytes, n, composite, err)
        || !sl_part_checksum_is(p->object->composite, composite, n, &is, err))
        return false;
    if (is)
        settle(p->artifact, p->object);
    return true;
}

bool sl_part_checksum_recut(struct sl_wire *wire, const struct sl_plan_bucket *bucket,
                            const struct sl_part_checksum_pair *list, size_t n, struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch batch = { 0 };
    size_t *index = sl_arena_alloc(&batch.arena, n, sizeof *index, err);
    if (!index)
        return false;
    for (size_t i = 0; i < n; i++)
        if (may_be_recut(&list[i]) && !ask_first_part(&batch, bucket, list[i].object, &index[i], err))
            return false;
    if (!sl_batch_send(&batch, wire, err))
        return false;
    for (size_t i = 0; i < n; i++)
        if (may_be_recut(&list[i]) && !compare(&batch.replies[index[i]], &list[i], err))
            return false;
    return true;
}
