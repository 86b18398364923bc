/* How objects are stored: what the tables cannot say of it, and what it comes to in the plan. */
#include "core/text.h"
#include "manifests/priv/build.h"
#include "manifests/priv/check.h"
#include "manifests/priv/type.h"

#include <string.h>

/* S3 user guide, "Working with object metadata": names and values together. S3's pages do not say whether the prefix
 * counts; it is counted here. */
#define METADATA_MAX_BYTES 2048u
#define METADATA_PREFIX    "x-amz-meta-"

/* Part ARN up to its Region. */
static bool check_kms_region(const struct sl_asked_bucket *b, struct sl_err *err)
{
    const struct sl_field *key = &b->encryption.kms_key;
    if (!key->value || strncmp(key->value, "arn:", 4) != 0)
        return true;
    const char *region = strchr(key->value, ':') + 1, *partition = sl_region_partition(b->region.value);
    size_t partition_len = strcspn(region, ":");
    if (partition_len != strlen(partition) || strncmp(region, partition, partition_len) != 0)
        return sl_fail(err, SL_E_INPUT, key->loc,
                       "bucket.encryption.kms_key: the Region '%s' needs a key ARN that begins with 'arn:%s:'",
                       b->region.value, partition);
    region += partition_len + strlen(":kms:");
    size_t len = strcspn(region, ":");
    if (len != strlen(b->region.value) || strncmp(region, b->region.value, len) != 0)
        return sl_fail(
            err, SL_E_INPUT, key->loc,
            "bucket.encryption.kms_key: the key lies in '%.*s' and the bucket in '%s': S3 takes a key of the "
            "bucket's own Region only",
            (int)len, region, b->region.value);
    return true;
}

static bool check_encryption(const struct sl_asked_bucket *b, struct sl_err *err)
{
    const struct sl_asked_encryption *e = &b->encryption;
    if (e->here.set && !e->type.value == !e->kms_key.value)
        return sl_fail(err, SL_E_INPUT, e->here.loc,
                       "bucket.encryption: expected either 's3' or {kms_key: ...}, found %s",
                       e->type.value ? "both" : "neither");
    return check_kms_region(b, err);
}

/* A name becomes part of a header's, which S3 stores in small letters. */
static bool check_metadata_name(const struct sl_field *name, struct sl_err *err)
{
    char shown[SL_SHOWN_SIZE];
    size_t n = strspn(name->value, "abcdefghijklmnopqrstuvwxyz0123456789-_.");
    return (n > 0 && name->value[n] == 0)
           || sl_fail(err, SL_E_INPUT, name->loc,
                      "bucket.metadata: a name holds small letters, digits, '-', '_' and '.', found '%s'",
                      sl_shown_put(name->value, shown));
}

static bool check_metadata_value(const struct sl_pair *pair, struct sl_err *err)
{
    const char *value = pair->value.value;
    size_t len = strlen(value);
    for (size_t i = 0; i < len; i++)
        if (value[i] < 0x20 || value[i] > 0x7e)
            return sl_fail(err, SL_E_INPUT, pair->value.loc,
                           "bucket.metadata.%.80s: a value travels in a header and holds printable ASCII only",
                           pair->key.value);
    if (len && (value[0] == ' ' || value[len - 1] == ' '))
        return sl_fail(err, SL_E_INPUT, pair->value.loc,
                       "bucket.metadata.%.80s: a space at the beginning or end is lost on the way", pair->key.value);
    return true;
}

static bool check_metadata(const struct sl_list *metadata, struct sl_mistakes *found, struct sl_err *err)
{
    const struct sl_pair *pairs = metadata->items;
    size_t bytes = 0;
    for (size_t i = 0; i < metadata->n; i++) {
        if (!sl_mistakes_pass(found, check_metadata_name(&pairs[i].key, err), err)
            || !sl_mistakes_pass(found, check_metadata_value(&pairs[i], err), err))
            return false;
        bytes += strlen(METADATA_PREFIX) + strlen(pairs[i].key.value) + strlen(pairs[i].value.value);
    }
    return bytes <= METADATA_MAX_BYTES
           || sl_fail(err, SL_E_INPUT, metadata->loc,
                      "bucket.metadata: %zu bytes with '" METADATA_PREFIX "' before each name, S3 takes at most %u",
                      bytes, METADATA_MAX_BYTES);
}

bool sl_storage_check(const struct sl_asked_bucket *b, struct sl_mistakes *found, struct sl_err *err)
{
    return sl_mistakes_pass(found, check_encryption(b, err), err) && sl_rollout_tags(&b->tags, "bucket", found, err)
           && sl_mistakes_pass(found, check_metadata(&b->metadata, found, err), err);
}

static bool copy_pairs(const struct sl_list *list, struct sl_arena *arena, const struct sl_plan_pair **ret,
                       size_t *ret_n, struct sl_err *err)
{
    const struct sl_pair *from = list->items;
    struct sl_plan_pair *to = sl_arena_alloc(arena, list->n, sizeof *to, err);
    if (!to)
        return false;
    for (size_t i = 0; i < list->n; i++)
        to[i] = (struct sl_plan_pair){ from[i].key.value, from[i].value.value };
    *ret = to;
    *ret_n = list->n;
    return true;
}

bool sl_storage_resolve(const struct sl_asked_bucket *b, struct sl_arena *arena, struct sl_plan_storage *ret,
                        struct sl_err *err)
{
    *ret = (struct sl_plan_storage){
        .sse_s3 = b->encryption.type.value != NULL,
        .kms_key = b->encryption.kms_key.value,
        .lock_mode = b->lock.mode.value,
        .lock_days = (unsigned)b->lock.days.value,
        .storage_class = b->storage_class.value,
    };
    return copy_pairs(&b->tags, arena, &ret->tags, &ret->n_tags, err)
           && copy_pairs(&b->metadata, arena, &ret->metadata, &ret->n_metadata, err);
}

static bool set_text(json_t *object, const char *key, const char *value, struct sl_err *err)
{
    return sl_json_set(object, key, json_string(value), err);
}

static bool add_pairs(json_t *to, const char *key, const struct sl_plan_pair *pairs, size_t n, struct sl_err *err)
{
    json_t *object = n ? json_object() : NULL;
    if (n && !sl_json_set(to, key, object, err))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!set_text(object, pairs[i].name, pairs[i].value, err))
            return false;
    return true;
}

static bool add_lock(const struct sl_plan_storage *s, json_t *to, struct sl_err *err)
{
    json_t *lock = s->lock_mode ? json_object() : NULL;
    return !s->lock_mode
           || (sl_json_set(to, "lock", lock, err) && set_text(lock, "mode", s->lock_mode, err)
               && sl_json_set(lock, "days", json_integer((json_int_t)s->lock_days), err));
}

static bool add_encryption(const struct sl_plan_storage *s, json_t *to, struct sl_err *err)
{
    json_t *key = NULL;
    if (s->sse_s3)
        return set_text(to, "encryption", "s3", err);
    if (!s->kms_key)
        return true;
    key = json_object();
    return sl_json_set(to, "encryption", key, err) && set_text(key, "kmsKey", s->kms_key, err);
}

bool sl_storage_json(const struct sl_plan_storage *s, json_t *to, struct sl_err *err)
{
    return add_encryption(s, to, err) && add_lock(s, to, err) && add_pairs(to, "tags", s->tags, s->n_tags, err)
           && add_pairs(to, "metadata", s->metadata, s->n_metadata, err)
           && (!s->storage_class || set_text(to, "storageClass", s->storage_class, err));
}
