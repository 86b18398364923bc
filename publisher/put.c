#include "publisher/priv/put.h"

#include "core/clock.h"
#include "core/text.h"

#include <string.h>

#define ROUNDS_MAX     6
#define ROUND_PAUSE_MS 200

static bool read_stored(const struct sl_reply *reply, const struct sl_plan_bucket *bucket, const struct sl_s3_put *put,
                        struct sl_put_reply *ret, struct sl_arena *arena, struct sl_err *err)
{
    ret->outcome = SL_PUT_STORED;
    if (!sl_s3_version(reply, bucket, put->key, arena, &ret->version_id, err)
        || !sl_s3_checksum(reply, ret->sha256, &ret->has_checksum, err))
        return false;
    struct sl_span sent = { put->sha256, SL_SHA256_BYTES }, stored = { ret->sha256, SL_SHA256_BYTES };
    if (!ret->has_checksum || sl_span_eq_ct(sent, stored))
        return true;
    char hex[2 * SL_SHA256_BYTES + 1];
    sl_hex_put(hex, sizeof hex, stored);
    return sl_fail(
        err, SL_E_VERIFY, bucket->loc,
        "the store says that 's3://%s/%s' holds sha256:%s, which is not what was sent; nothing was registered",
        bucket->name, put->key, hex);
}

/* One reply: stored, exists, or to be sent again. */
static bool read_reply(struct sl_batch *batch, size_t index, const struct sl_plan_bucket *bucket,
                       const struct sl_s3_put *put, struct sl_put_reply *ret, bool *ret_again, struct sl_arena *arena,
                       struct sl_err *err)
{
    const struct sl_reply *reply = &batch->replies[index];
    const char *code;
    *ret_again = false;
    if (!sl_batch_code(batch, index, &code, err))
        return false;
    if (reply->status == 412) {
        ret->outcome = SL_PUT_EXISTS;
        return true;
    }
    if (reply->status == 409 && (!strcmp(code, "ConditionalRequestConflict") || !strcmp(code, "OperationAborted"))) {
        *ret_again = true;
        return true;
    }
    return sl_batch_expect(batch, index, bucket->loc, err) && read_stored(reply, bucket, put, ret, arena, err);
}

/* Send those that are waiting; waiting[i] becomes false when write i is settled. */
static bool send_round(struct sl_wire *wire, const struct sl_plan_bucket *bucket, const struct sl_s3_put *puts,
                       size_t n, bool *waiting, struct sl_put_reply *ret, struct sl_arena *arena, struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch batch = { 0 };
    size_t *index = sl_arena_alloc(&batch.arena, n, sizeof *index, err);
    if (!index)
        return false;
    for (size_t i = 0; i < n; i++)
        if (waiting[i] && !sl_s3_put(&batch, bucket, &puts[i], &index[i], err))
            return false;
    if (!sl_batch_send(&batch, wire, err))
        return false;
    for (size_t i = 0; i < n; i++)
        if (waiting[i] && !read_reply(&batch, index[i], bucket, &puts[i], &ret[i], &waiting[i], arena, err))
            return false;
    return true;
}

static size_t count_true(const bool *flags, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += flags[i];
    return count;
}

bool sl_put_all(struct sl_wire *wire, const struct sl_plan_bucket *bucket, const struct sl_s3_put *puts, size_t n,
                struct sl_put_reply *ret, struct sl_arena *arena, struct sl_err *err)
{
    bool *waiting = sl_arena_alloc(arena, n, sizeof *waiting, err);
    if (!waiting)
        return false;
    for (size_t i = 0; i < n; i++)
        waiting[i] = true;
    for (unsigned round = 0; round < ROUNDS_MAX && count_true(waiting, n); round++) {
        if (round)
            sl_clock_sleep_ms((uint64_t)ROUND_PAUSE_MS << round);
        if (!send_round(wire, bucket, puts, n, waiting, ret, arena, err))
            return false;
    }
    size_t left = count_true(waiting, n);
    return !left
           || sl_fail(
               err, SL_E_NETWORK, bucket->loc,
               "another writer keeps %zu object%s of bucket '%s' busy (ConditionalRequestConflict); try again later",
               left, left == 1 ? "" : "s", bucket->name);
}
