#include "core/text.h"
#include "publisher/priv/audit.h"
#include "publisher/priv/confirm.h"

#include <string.h>

bool sl_audit_object_ask(struct sl_auditing *g, struct sl_audit_object *o, struct sl_err *err)
{
    const char *key = o->found.key, *version = o->found.version_id;
    return (o->small ? sl_s3_get(&g->batch, &g->bucket, key, version, &o->pinned, err)
                     : sl_s3_head(&g->batch, &g->bucket, key, version, &o->pinned, err))
           && sl_s3_head(&g->batch, &g->bucket, key, NULL, &o->current, err);
}

/* What is there: from the bytes of our own files, the store's checksum, or all the bytes read back. */
static bool find_out(struct sl_auditing *g, struct sl_audit_object *o, struct sl_err *err)
{
    const struct sl_reply *reply = &g->batch.replies[o->pinned];
    const struct sl_part_checksum_pair pair = { NULL, &o->found, NULL };
    if (!sl_batch_expect(&g->batch, o->pinned, SL_LOC_NONE, err))
        return false;
    if (!o->small)
        return sl_confirm_from_reply(reply, &g->bucket, g->audit->arena, &o->found, err)
               && sl_confirm_all(g->wire, &g->bucket, &pair, 1, false, g->audit->arena, err);
    o->found.size_bytes = reply->body.len;
    o->found.confirmed_by = SL_CONFIRMED_READ_BACK;
    return sl_sha256(sl_buf_span(&reply->body), o->found.sha256, err);
}

static bool as_said(const struct sl_audit_object *o)
{
    uint8_t digest[SL_SHA256_BYTES] = { 0 };
    uint64_t size = 0;
    return sl_hex_get(sl_span_str(sl_json_str(o->said, "sha256")), digest, sizeof digest)
           && sl_json_u64(o->said, "size", &size) && size == o->found.size_bytes
           && sl_span_eq_ct((struct sl_span){ digest, sizeof digest },
                            (struct sl_span){ o->found.sha256, SL_SHA256_BYTES });
}

static bool tell_pinned(struct sl_auditing *g, struct sl_audit_object *o, struct sl_err *err)
{
    char hex[2 * SL_SHA256_BYTES + 1];
    struct sl_arena *arena = g->audit->arena;
    sl_hex_put(hex, sizeof hex, (struct sl_span){ o->found.sha256, SL_SHA256_BYTES });
    if (!as_said(o)) {
        uint64_t size = 0;
        bool known = sl_json_u64(o->said, "size", &size);
        return sl_audit_add(g->audit, SL_AUDIT_DIFFERS, o->check, o->name,
                            sl_arena_fmt(arena, err,
                                         "version %s of 's3://%s/%s' holds %llu bytes with sha256:%s, the receipt says "
                                         "%llu bytes with sha256:%s",
                                         o->found.version_id, g->bucket.name, o->found.key,
                                         (unsigned long long)o->found.size_bytes, hex,
                                         (unsigned long long)(known ? size : 0), sl_json_str(o->said, "sha256")),
                            err);
    }
    o->there = true;
    if (o->small && !sl_buf_copy(&o->bytes, sl_buf_span(&g->batch.replies[o->pinned].body), err))
        return false;
    return sl_audit_add(g->audit, SL_AUDIT_OK, o->check, o->name,
                        sl_arena_fmt(arena, err, "'s3://%s/%s' version %s holds sha256:%s (%s)", g->bucket.name,
                                     o->found.key, o->found.version_id, hex,
                                     sl_object_confirmed_name(o->found.confirmed_by)),
                        err);
}

static bool note(struct sl_auditing *g, const struct sl_audit_object *o, const char *sentence, struct sl_err *err)
{
    return sl_audit_add(g->audit, SL_AUDIT_NOTE, o->check, o->name, sentence, err);
}

/* Devices get the pinned version whatever is current; people who look into the bucket see another thing. */
static bool tell_current(struct sl_auditing *g, struct sl_audit_object *o, struct sl_err *err)
{
    const struct sl_reply *reply = &g->batch.replies[o->current];
    const char *version = sl_reply_header(reply, "x-amz-version-id");
    const char *marker = sl_reply_header(reply, "x-amz-delete-marker");
    struct sl_arena *arena = g->audit->arena;
    if (reply->status / 100 == 2) {
        o->replaced = !version || strcmp(version, o->found.version_id) != 0;
        return !o->replaced
               || note(g, o,
                       sl_arena_fmt(arena, err, "'s3://%s/%s' has another current version, %.120s", g->bucket.name,
                                    o->found.key, version ? version : "without a name"),
                       err);
    }
    if (reply->status == 404) {
        o->replaced = true;
        bool hidden = marker && strcmp(marker, "true") == 0;
        return note(
            g, o,
            sl_arena_fmt(arena, err,
                         hidden ? "a delete marker stands over 's3://%s/%s'" : "'s3://%s/%s' has no current version",
                         g->bucket.name, o->found.key),
            err);
    }
    if (!o->there) /* that is told already */
        return true;
    return note(g, o,
                sl_arena_fmt(arena, err, "which version of 's3://%s/%s' is current may not be asked: HTTP %d",
                             g->bucket.name, o->found.key, reply->status),
                err);
}

bool sl_audit_object_read(struct sl_auditing *g, struct sl_audit_object *o, struct sl_err *err)
{
    struct sl_err why = { .code = SL_OK };
    if (!find_out(g, o, &why)) {
        const struct sl_audit_subject subject = { o->check, o->name,
                                                  sl_arena_fmt(g->audit->arena, err,
                                                               "version %s of 's3://%s/%s' is gone",
                                                               o->found.version_id, g->bucket.name, o->found.key) };
        return sl_audit_failed(g->audit, &why, &subject, err) && tell_current(g, o, err);
    }
    return tell_pinned(g, o, err) && tell_current(g, o, err);
}
