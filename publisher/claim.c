#include "publisher/claim.h"

#include "publisher/priv/own.h"
#include "publisher/priv/put.h"

#include <stdlib.h>
#include <string.h>

void sl_claim_clear(struct sl_claim *c)
{
    sl_buf_clear(&c->theirs);
    if (c->arena)
        sl_arena_clear(c->arena);
    free(c->arena);
    *c = (struct sl_claim){ 0 };
}

/* What observation saw already is neither written nor read again. */
static bool claim_seen(const struct sl_signed *sealed, const struct sl_seen *seen, struct sl_claim *claim,
                       struct sl_err *err)
{
    const struct sl_seen_file *statement = &seen->statement;
    claim->statement = statement->object;
    claim->ours = sl_span_eq(sl_buf_span(&statement->bytes), sl_buf_span(&sealed->bundle));
    return claim->ours || sl_buf_copy(&claim->theirs, sl_buf_span(&statement->bytes), err);
}

static bool claim_new(const struct sl_signed *sealed, const struct sl_seen *seen, struct sl_wire *wire,
                      struct sl_claim *claim, bool *ret_refused, struct sl_err *err)
{
    SL_AUTO(sl_own_stored_clear) struct sl_own_stored stored = { 0 };
    if (!sl_own_store(wire, &seen->from->bucket, seen->statement.key, sl_buf_span(&sealed->bundle), claim->arena,
                      &stored, err))
        return false;
    claim->statement = stored.object;
    claim->ours = stored.ours;
    claim->created = stored.created;
    *ret_refused = stored.refused;
    sl_buf_move(&claim->theirs, &stored.theirs);
    return true;
}

static bool artifacts_missing(const struct sl_seen *seen)
{
    for (size_t i = 0; i < seen->from->n_artifacts; i++)
        if (!seen->artifacts[i].exists)
            return true;
    return false;
}

/* Write the claim once more: a store that honors the condition must refuse now, because the key exists. */
static bool probe(const struct sl_seen *seen, struct sl_span bundle, struct sl_wire *wire, struct sl_err *err)
{
    const struct sl_plan_bucket *bucket = &seen->from->bucket;
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    uint8_t sha256[SL_SHA256_BYTES];
    struct sl_s3_put put = {
        .key = seen->statement.key, .content_type = "application/json", .body = bundle, .sha256 = sha256
    };
    struct sl_put_reply reply = { .outcome = SL_PUT_STORED };
    if (!sl_sha256(bundle, sha256, err) || !sl_traits_make(bucket, SL_TRAITS_OWN, wire, &arena, &put.traits, err)
        || !sl_put_all(wire, bucket, &put, 1, &reply, &arena, err))
        return false;
    if (reply.outcome == SL_PUT_EXISTS)
        return true;
    return sl_fail(
        err, SL_E_DENIED, bucket->loc,
        "the store of bucket '%s' ignores If-None-Match, so two runs at once could overwrite each other; set "
        "bucket.conditional to 'none' to publish there all the same",
        bucket->name);
}

bool sl_claim(const struct sl_signed *signed_, const struct sl_seen *seen, struct sl_wire *wire, struct sl_claim *ret,
              struct sl_err *err)
{
    SL_AUTO(sl_claim_clear) struct sl_claim claim = { .from = seen };
    claim.arena = calloc(1, sizeof *claim.arena);
    if (!claim.arena)
        return sl_fail_nomem(err);
    bool refused = false;
    bool ok = seen->statement.exists ? claim_seen(signed_, seen, &claim, err)
                                     : claim_new(signed_, seen, wire, &claim, &refused, err);
    if (!ok)
        return false;

    /* A refusal just now proved the condition; AWS's own S3 needs no proof. */
    bool unproven = seen->from->bucket.conditional && !refused && sl_wire_has_endpoint(wire, SL_S3);
    struct sl_span there = claim.ours ? sl_buf_span(&signed_->bundle) : sl_buf_span(&claim.theirs);
    if (unproven && (claim.created || artifacts_missing(seen)) && !probe(seen, there, wire, err))
        return false;
    *ret = claim;
    claim = (struct sl_claim){ 0 };
    return true;
}
