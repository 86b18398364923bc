/* Versions of objects, as rows. */
#include "core/os.h"
#include "sandbox/priv/s3.h"

#include <string.h>

#define COLUMNS "seq, version, marker, size, modified, etag, file, headers, algorithm, checksum, checksum_type, parts"

bool sl_s3_version_new(char ret[SL_S3_VERSION_ID_SIZE], struct sl_err *err)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";
    uint8_t random[SL_S3_VERSION_ID_SIZE - 1];
    if (!sl_os_random(random, sizeof random, err))
        return false;
    for (size_t i = 0; i < sizeof random; i++)
        ret[i] = digits[random[i] & 63];
    ret[sizeof random] = 0;
    return true;
}

bool sl_s3_version_valid(const char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";
    return !strcmp(text, "null") || (strlen(text) == SL_S3_VERSION_ID_SIZE - 1 && !text[strspn(text, digits)]);
}

bool sl_s3_version_header(struct sl_s3 *s, const char *version, struct sl_err *err)
{
    return !*s->versioning || sl_exchange_header(s->x, "x-amz-version-id", version, err);
}

static void fill(const struct sl_rows *r, struct sl_s3_object *ret)
{
    *ret = (struct sl_s3_object){ .seq = sl_rows_number(r, 0, 0),
                                  .version = sl_rows_text(r, 0, 1),
                                  .is_marker = sl_rows_number(r, 0, 2) != 0,
                                  .size_bytes = sl_rows_number(r, 0, 3),
                                  .modified_utc = sl_rows_number(r, 0, 4),
                                  .etag = sl_rows_text(r, 0, 5),
                                  .file = sl_rows_text(r, 0, 6),
                                  .headers = sl_rows_text(r, 0, 7),
                                  .algorithm = sl_rows_text(r, 0, 8),
                                  .checksum = sl_rows_text(r, 0, 9),
                                  .checksum_type = sl_rows_text(r, 0, 10),
                                  .n_parts = sl_rows_number(r, 0, 11) };
}

bool sl_s3_find(struct sl_s3 *s, const char *key, const char *version, struct sl_s3_object *ret, bool *ret_found,
                struct sl_err *err)
{
    struct sl_rows r = { .arena = s->x->arena };
    bool ok = version
                  ? sl_store_query(s->x->store, sl_rows_add, &r, err,
                                   "SELECT " COLUMNS " FROM s3_objects WHERE bucket = ? AND key = ? AND version = ?",
                                   "sss", s->bucket, key, version)
                  : sl_store_query(s->x->store, sl_rows_add, &r, err,
                                   "SELECT " COLUMNS
                                   " FROM s3_objects WHERE bucket = ? AND key = ? ORDER BY ord DESC LIMIT 1",
                                   "ss", s->bucket, key);
    if (!ok)
        return false;
    *ret_found = r.n > 0;
    if (r.n)
        fill(&r, ret);
    return true;
}

bool sl_s3_next_order(struct sl_s3 *s, int64_t *ret, struct sl_err *err)
{
    struct sl_rows r = { .arena = s->x->arena };
    if (!sl_store_query(s->x->store, sl_rows_add, &r, err,
                        "SELECT max(coalesce((SELECT max(ord) FROM s3_objects WHERE bucket = ? AND key = ?), 0), "
                        "coalesce((SELECT max(ord) FROM s3_uploads WHERE bucket = ? AND key = ?), 0)) + 1",
                        "ssss", s->bucket, s->key, s->bucket, s->key))
        return false;
    *ret = sl_rows_number(&r, 0, 0);
    return true;
}

static bool note_deletion(struct sl_s3 *s, const char *key, struct sl_err *err)
{
    return sl_store_exec(s->x->store, err, "INSERT OR REPLACE INTO s3_deletions(bucket, key) VALUES(?, ?)", "ss",
                         s->bucket, key);
}

bool sl_s3_deletions(struct sl_s3 *s, const char *key, int64_t *ret_all, int64_t *ret_key, struct sl_err *err)
{
    struct sl_rows r = { .arena = s->x->arena };
    if (!sl_store_query(s->x->store, sl_rows_add, &r, err,
                        "SELECT coalesce((SELECT max(n) FROM s3_deletions), 0), "
                        "coalesce((SELECT n FROM s3_deletions WHERE bucket = ? AND key = ?), 0)",
                        "ss", s->bucket, key))
        return false;
    *ret_all = sl_rows_number(&r, 0, 0);
    *ret_key = sl_rows_number(&r, 0, 1);
    return true;
}

static bool remove_row(struct sl_s3 *s, const struct sl_s3_object *o, struct sl_err *err)
{
    struct sl_rows r = { .arena = s->x->arena };
    if (!sl_store_query(s->x->store, sl_rows_add, &r, err, "SELECT file FROM s3_object_parts WHERE object = ?", "i",
                        o->seq))
        return false;
    for (size_t i = 0; i < r.n; i++)
        if (!sl_s3_doom(s, sl_rows_text(&r, i, 0), err))
            return false;
    return sl_store_exec(s->x->store, err, "DELETE FROM s3_object_parts WHERE object = ?", "i", o->seq)
           && sl_store_exec(s->x->store, err, "DELETE FROM s3_objects WHERE seq = ?", "i", o->seq)
           && sl_s3_doom(s, o->file, err);
}

bool sl_s3_remove(struct sl_s3 *s, const char *key, const struct sl_s3_object *o, struct sl_err *err)
{
    return remove_row(s, o, err) && note_deletion(s, key, err);
}

/* Which version id the bucket gives; the "null" version is replaced. */
static bool choose_version(struct sl_s3 *s, const char *key, struct sl_s3_object *o, struct sl_err *err)
{
    char id[SL_S3_VERSION_ID_SIZE];
    struct sl_s3_object old;
    bool found;
    if (!strcmp(s->versioning, "Enabled")) {
        o->version = sl_s3_version_new(id, err) ? sl_arena_str(s->x->arena, id, err) : NULL;
        return o->version != NULL;
    }
    o->version = "null";
    return sl_s3_find(s, key, "null", &old, &found, err) && (!found || remove_row(s, &old, err));
}

bool sl_s3_add_version(struct sl_s3 *s, const char *key, int64_t order, struct sl_s3_object *o, struct sl_err *err)
{
    struct sl_s3 at = *s;
    struct sl_rows r = { .arena = s->x->arena };
    at.key = key;
    if ((!order && !sl_s3_next_order(&at, &order, err)) || !choose_version(s, key, o, err)
        || (o->is_marker && !note_deletion(s, key, err))
        || !sl_store_exec(s->x->store, err,
                          "INSERT INTO s3_objects(bucket, key, version, ord, marker, size, modified, etag, file, "
                          "headers, algorithm, checksum, checksum_type, parts) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                          "sssiiiissssssi", s->bucket, key, o->version, order, (int64_t)o->is_marker, o->size_bytes,
                          o->modified_utc, o->etag, o->file, o->headers, o->algorithm, o->checksum, o->checksum_type,
                          o->n_parts)
        || !sl_store_query(s->x->store, sl_rows_add, &r, err, "SELECT last_insert_rowid()", ""))
        return false;
    o->seq = sl_rows_number(&r, 0, 0);
    return true;
}
