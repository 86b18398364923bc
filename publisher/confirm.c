#include "publisher/priv/confirm.h"

#include "core/text.h"

#include <string.h>

bool sl_confirm_from_reply(const struct sl_reply *reply, const struct sl_plan_bucket *bucket, struct sl_arena *arena,
                           struct sl_object *object, struct sl_err *err)
{
    if (!object->version_id && !sl_s3_version(reply, bucket, object->key, arena, &object->version_id, err))
        return false;
    if (!sl_s3_length(reply, &object->size_bytes))
        return sl_fail(err, SL_E_NETWORK, bucket->loc, "the store did not say how long 's3://%s/%s' is", bucket->name,
                       object->key);
    bool has;
    if (!sl_s3_checksum(reply, object->sha256, &has, err))
        return false;
    if (has)
        object->confirmed_by = SL_CONFIRMED_CHECKSUM;
    const char *checksum = sl_reply_header(reply, "x-amz-checksum-sha256");
    object->composite = checksum ? sl_arena_str(arena, checksum, err) : NULL;
    return !checksum || object->composite;
}

static bool read_head(const struct sl_reply *reply, const struct sl_plan_bucket *bucket,
                      const struct sl_part_checksum_pair *p, struct sl_arena *arena, struct sl_err *err)
{
    return sl_confirm_from_reply(reply, bucket, arena, p->object, err)
           && (!p->artifact || sl_part_checksum_confirm(p->artifact, p->object, err))
           && (!p->difference || sl_traits_differ(reply, bucket, p->object->key, arena, p->difference, err));
}

/* Objects that still wait, in one batch; index[i] is where object i stands in it. */
static bool ask_heads(struct sl_wire *wire, const struct sl_plan_bucket *bucket,
                      const struct sl_part_checksum_pair *list, size_t n, struct sl_arena *arena, struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch batch = { 0 };
    size_t *index = sl_arena_alloc(&batch.arena, n, sizeof *index, err);
    if (!index)
        return false;
    for (size_t i = 0; i < n; i++)
        if (list[i].object->confirmed_by == SL_CONFIRMED_NOT
            && !sl_s3_head(&batch, bucket, list[i].object->key, list[i].object->version_id, &index[i], err))
            return false;
    if (!sl_batch_send(&batch, wire, err))
        return false;
    for (size_t i = 0; i < n; i++)
        if (list[i].object->confirmed_by == SL_CONFIRMED_NOT
            && (!sl_batch_expect(&batch, index[i], bucket->loc, err)
                || !read_head(&batch.replies[index[i]], bucket, &list[i], arena, err)))
            return false;
    return true;
}

/* Hashes a body as it arrives. */
struct reading {
    struct sl_hasher *hasher;
    uint64_t size_bytes;
};

static bool read_piece(void *ctx, struct sl_span bytes, bool restart, struct sl_err *err)
{
    struct reading *r = ctx;
    if (restart || !r->hasher) {
        sl_hasher_freep(&r->hasher);
        r->size_bytes = 0;
        r->hasher = sl_hasher_new(SL_HASH_BIT(SL_SHA256), err);
        if (!r->hasher)
            return false;
    }
    r->size_bytes += bytes.len;
    return sl_hasher_update(r->hasher, bytes, err);
}

static bool read_end(struct reading *r, struct sl_object *object, struct sl_err *err)
{
    struct sl_digests digests = { 0 };
    if (!r->hasher && !read_piece(r, SL_SPAN_EMPTY, true, err)) /* an empty object */
        return false;
    if (!sl_hasher_final(r->hasher, &digests, err))
        return false;
    struct sl_span digest = sl_digests_get(&digests, SL_SHA256);
    memcpy(object->sha256, digest.ptr, digest.len);
    object->size_bytes = r->size_bytes;
    object->confirmed_by = SL_CONFIRMED_READ_BACK;
    return true;
}

static bool add_reading(struct sl_batch *batch, const struct sl_plan_bucket *bucket, const struct sl_object *object,
                        struct reading *reading, size_t *ret_index, struct sl_err *err)
{
    const char *what = sl_arena_fmt(&batch->arena, err, "read back %s", object->key);
    struct sl_s3_call call = { .operation = "GetObject",
                               .method = "GET",
                               .key = object->key,
                               .query = { { "versionId", object->version_id } },
                               .sink = read_piece,
                               .sink_ctx = reading,
                               .what = what };
    return what && sl_s3_add(batch, bucket, &call, ret_index, err);
}

static bool read_all(struct sl_wire *wire, const struct sl_plan_bucket *bucket,
                     const struct sl_part_checksum_pair *list, size_t n, struct reading *readings, struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch batch = { 0 };
    size_t *index = sl_arena_alloc(&batch.arena, n, sizeof *index, err);
    if (!index)
        return false;
    for (size_t i = 0; i < n; i++)
        if (list[i].object->confirmed_by == SL_CONFIRMED_NOT
            && !add_reading(&batch, bucket, list[i].object, &readings[i], &index[i], err))
            return false;
    if (!sl_batch_send(&batch, wire, err))
        return false;
    for (size_t i = 0; i < n; i++)
        if (list[i].object->confirmed_by == SL_CONFIRMED_NOT
            && (!sl_batch_expect(&batch, index[i], bucket->loc, err) || !read_end(&readings[i], list[i].object, err)))
            return false;
    return true;
}

bool sl_confirm_all(struct sl_wire *wire, const struct sl_plan_bucket *bucket, const struct sl_part_checksum_pair *list,
                    size_t n, bool ask, struct sl_arena *arena, struct sl_err *err)
{
    if (ask && !ask_heads(wire, bucket, list, n, arena, err))
        return false;
    if (!sl_part_checksum_recut(wire, bucket, list, n, err))
        return false;
    struct reading *readings = sl_arena_alloc(arena, n, sizeof *readings, err);
    if (!readings)
        return false;
    bool ok = read_all(wire, bucket, list, n, readings, err);
    for (size_t i = 0; i < n; i++)
        sl_hasher_freep(&readings[i].hasher);
    return ok;
}

bool sl_confirm_artifact(const struct sl_plan *plan, const struct sl_plan_artifact *artifact,
                         const struct sl_object *object, struct sl_err *err)
{
    struct sl_span here = sl_digests_get(&artifact->digests, SL_SHA256);
    struct sl_span there = { object->sha256, SL_SHA256_BYTES };
    if (sl_span_eq_ct(here, there))
        return true;
    char here_hex[2 * SL_SHA256_BYTES + 1], there_hex[2 * SL_SHA256_BYTES + 1];
    sl_hex_put(here_hex, sizeof here_hex, here);
    sl_hex_put(there_hex, sizeof there_hex, there);
    return sl_fail(err, SL_E_CONFLICT, artifact->loc,
                   "'s3://%s/%s' already holds other bytes: stored is sha256:%s, '%s' here is sha256:%s; give changed "
                   "files a new release.version",
                   plan->bucket.name, object->key, there_hex, artifact->file, here_hex);
}
