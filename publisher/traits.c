#include "publisher/priv/traits.h"

#include "core/clock.h"
#include "core/text.h"

#include <stdio.h>
#include <string.h>

#define DAY_SECONDS 86400

/* Encryption, lock and storage class take two headers, two and one; tags are one. */
#define FIXED_PAIRS 6

static void add(struct sl_pair *pairs, size_t *n, const char *name, const char *value)
{
    pairs[(*n)++] = (struct sl_pair){ name, value };
}

static const char *lock_mode(const struct sl_plan_storage *s)
{
    return !strcmp(s->lock_mode, "compliance") ? "COMPLIANCE" : "GOVERNANCE";
}

static const char *retain_until(const struct sl_plan_storage *s, const struct sl_wire *wire, struct sl_arena *arena,
                                struct sl_err *err)
{
    char text[SL_CLOCK_EXTENDED_SIZE];
    int64_t now = sl_clock_now_utc() + sl_wire_clock_offset_seconds(wire);
    sl_clock_extended(now + (int64_t)s->lock_days * DAY_SECONDS, text);
    return sl_arena_str(arena, text, err);
}

/* As a query string is written: "team=hvac&stage=lab%201". */
static const char *tagging(const struct sl_plan_storage *s, struct sl_arena *arena, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    for (size_t i = 0; i < s->n_tags; i++)
        if ((i && !sl_buf_add_char(&b, '&', err)) || !sl_percent_add(&b, sl_span_str(s->tags[i].name), false, err)
            || !sl_buf_add_char(&b, '=', err) || !sl_percent_add(&b, sl_span_str(s->tags[i].value), false, err))
            return NULL;
    return sl_arena_str(arena, sl_buf_str(&b), err);
}

static bool add_shared(const struct sl_plan_storage *s, const struct sl_wire *wire, struct sl_arena *arena,
                       struct sl_pair *pairs, size_t *n, struct sl_err *err)
{
    if (s->sse_s3 || s->kms_key)
        add(pairs, n, "x-amz-server-side-encryption", s->sse_s3 ? "AES256" : "aws:kms");
    if (s->kms_key)
        add(pairs, n, "x-amz-server-side-encryption-aws-kms-key-id", s->kms_key);
    if (s->lock_mode) {
        add(pairs, n, "x-amz-object-lock-mode", lock_mode(s));
        add(pairs, n, "x-amz-object-lock-retain-until-date", retain_until(s, wire, arena, err));
    }
    if (s->n_tags)
        add(pairs, n, "x-amz-tagging", tagging(s, arena, err));
    return err->code == SL_OK;
}

static bool add_artifact(const struct sl_plan_storage *s, struct sl_arena *arena, struct sl_pair *pairs, size_t *n,
                         struct sl_err *err)
{
    if (s->storage_class)
        add(pairs, n, "x-amz-storage-class", s->storage_class);
    for (size_t i = 0; i < s->n_metadata; i++)
        add(pairs, n, sl_arena_fmt(arena, err, "x-amz-meta-%s", s->metadata[i].name), s->metadata[i].value);
    return err->code == SL_OK;
}

bool sl_traits_make(const struct sl_plan_bucket *bucket, enum sl_traits_of of, const struct sl_wire *wire,
                    struct sl_arena *arena, struct sl_traits *ret, struct sl_err *err)
{
    const struct sl_plan_storage *s = &bucket->storage;
    size_t n = 0;
    struct sl_pair *pairs = sl_arena_alloc(arena, FIXED_PAIRS + s->n_metadata, sizeof *pairs, err);
    if (!pairs || !add_shared(s, wire, arena, pairs, &n, err)
        || (of == SL_TRAITS_ARTIFACT && !add_artifact(s, arena, pairs, &n, err)))
        return false;
    *ret = (struct sl_traits){ pairs, n };
    return true;
}

/* Collects what differs, one after the other. */
struct difference {
    const struct sl_reply *reply;
    struct sl_buf text;
    struct sl_err *err;
};

static const char *header(const struct difference *d, const char *name, const char *otherwise)
{
    const char *value = sl_reply_header(d->reply, name);
    return value ? value : otherwise;
}

static bool expect(struct difference *d, const char *what, const char *wanted, const char *found)
{
    if (!strcmp(wanted, found))
        return true;
    return sl_buf_addf(&d->text, d->err, "%s%s '", d->text.len ? ", " : "", what)
           && sl_safe_add(&d->text, sl_span_str(found), 80, d->err)
           && sl_buf_addf(&d->text, d->err, "' and not '%.80s'", wanted);
}

/* A reply names the key by its ARN, whatever it was asked for by. */
static bool same_key(const char *wanted, const char *found)
{
    const char *id = strrchr(found, '/');
    return strstr(wanted, "alias/") || !strcmp(wanted, found) || (id && !strcmp(wanted, id + 1));
}

static bool compare_encryption(struct difference *d, const struct sl_plan_storage *s)
{
    const char *key = header(d, "x-amz-server-side-encryption-aws-kms-key-id", "");
    if (!s->sse_s3 && !s->kms_key)
        return true;
    return expect(d, "encryption", s->sse_s3 ? "AES256" : "aws:kms", header(d, "x-amz-server-side-encryption", "none"))
           && (!s->kms_key || same_key(s->kms_key, key) || expect(d, "KMS key", s->kms_key, key));
}

static bool compare_rest(struct difference *d, const struct sl_plan_storage *s)
{
    char count[24], found[24];
    (void)snprintf(count, sizeof count, "%zu", s->n_tags);
    (void)snprintf(found, sizeof found, "%.20s", header(d, "x-amz-tagging-count", "0"));
    if ((s->lock_mode && !expect(d, "lock", lock_mode(s), header(d, "x-amz-object-lock-mode", "none")))
        || (s->storage_class
            && !expect(d, "storage class", s->storage_class, header(d, "x-amz-storage-class", "STANDARD")))
        || (s->n_tags && !expect(d, "number of tags", count, found)))
        return false;
    for (size_t i = 0; i < s->n_metadata; i++) {
        char name[160];
        (void)snprintf(name, sizeof name, "x-amz-meta-%.140s", s->metadata[i].name);
        if (!expect(d, s->metadata[i].name, s->metadata[i].value, header(d, name, "")))
            return false;
    }
    return true;
}

static void clear_difference(struct difference *d)
{
    sl_buf_clear(&d->text);
}

bool sl_traits_differ(const struct sl_reply *reply, const struct sl_plan_bucket *bucket, const char *key,
                      struct sl_arena *arena, const char **ret, struct sl_err *err)
{
    SL_AUTO(clear_difference) struct difference d = { .reply = reply, .err = err };
    *ret = NULL;
    if (!compare_encryption(&d, &bucket->storage) || !compare_rest(&d, &bucket->storage))
        return false;
    if (!d.text.len)
        return true;
    *ret = sl_arena_fmt(arena, err, "'s3://%s/%s' holds the same bytes and is stored otherwise than asked: %s",
                        bucket->name, key, sl_buf_str(&d.text));
    return *ret != NULL;
}
