#include "cli/release.h"

#include "cli/scheduling.h"
#include "core/clock.h"
#include "core/file.h"
#include "signer/format.h"

void sl_release_clear(struct sl_release *r)
{
    if (r->shelf)
        r->shelf->seen = NULL;
    sl_buf_clear(&r->held);
    sl_receipt_clear(&r->receipt);
    sl_registered_clear(&r->registered);
    sl_cataloged_clear(&r->cataloged);
    sl_documents_clear(&r->kept);
    sl_jobdocs_clear(&r->documents);
    sl_stored_clear(&r->stored);
    sl_claim_clear(&r->claim);
    sl_signed_clear(&r->sealed);
    sl_seen_clear(&r->seen);
    *r = (struct sl_release){ 0 };
}

bool sl_release_observe(struct sl_release *r, const struct sl_plan *plan, struct sl_wire *wire,
                        const struct sl_observe_options *options, struct sl_err *err)
{
    r->plan = plan;
    return sl_observe(plan, wire, options, &r->seen, err);
}

bool sl_release_timely(const struct sl_release *r, struct sl_err *err)
{
    for (size_t i = 0; i < r->plan->n_jobs; i++)
        if (!r->seen.jobs[i].described && !r->seen.jobs[i].hold
            && !sl_scheduling_check(&r->plan->jobs[i], sl_clock_now_utc(), err))
            return false;
    return true;
}

/* Take over signatures that are stored, when they are good ones for this very plan. */
static bool adopt(const struct sl_release *r, struct sl_span stored, struct sl_signer *signer, struct sl_signed *ret,
                  struct sl_err *err)
{
    const struct sl_plan_bucket *bucket = &r->plan->bucket;
    return sl_adopt(r->plan, stored, signer, ret, err)
           || sl_while(err, bucket->loc, "'s3://%s/%s'", bucket->name, r->seen.statement.key);
}

static bool trusted(const struct sl_release *r, const struct sl_signed *s, struct sl_err *err)
{
    return !r->trust || sl_trust_signed(r->trust, s, sl_clock_now_utc(), err)
           || sl_while(err, r->plan->trust.loc, "trust");
}

bool sl_release_adoptable(const struct sl_release *r, struct sl_signer *signer, struct sl_err *err)
{
    SL_AUTO(sl_signed_clear) struct sl_signed sealed = { 0 };
    return !r->seen.statement.exists
           || (adopt(r, sl_buf_span(&r->seen.statement.bytes), signer, &sealed, err) && trusted(r, &sealed, err));
}

/* Our own signatures, but for those a ceremony made. */
static bool sign(struct sl_release *r, struct sl_signer *signer, struct sl_err *err)
{
    return r->given.len ? sl_sign_given(r->plan, r->given, signer, &r->sealed, err)
                        : sl_sign(r->plan, signer, &r->sealed, err);
}

/* Settle which signatures this release has: ours when we store them first, otherwise those that are there. */
static bool settle(struct sl_release *r, struct sl_signer *signer, struct sl_wire *wire, struct sl_err *err)
{
    bool there = r->seen.statement.exists;
    const struct sl_span seen = sl_buf_span(&r->seen.statement.bytes);
    /* What AWS Signer signs has to be stored before. */
    if (!there && !sl_upload_stage(&r->seen, wire, err))
        return false;
    if (r->shelf)
        r->shelf->seen = &r->seen;
    if (there ? !adopt(r, seen, signer, &r->sealed, err) : !sign(r, signer, err))
        return false;
    if (!trusted(r, &r->sealed, err) || !sl_claim(&r->sealed, &r->seen, wire, &r->claim, err))
        return false;
    if (r->claim.ours)
        return true;

    sl_signed_clear(&r->sealed);
    return adopt(r, sl_buf_span(&r->claim.theirs), signer, &r->sealed, err) && trusted(r, &r->sealed, err);
}

bool sl_release_apply(struct sl_release *r, struct sl_signer *signer, struct sl_wire *wire, struct sl_err *err)
{
    r->changed = !sl_seen_complete(&r->seen);
    return settle(r, signer, wire, err) && sl_upload(&r->sealed, &r->claim, wire, &r->stored, err)
           && sl_document(&r->stored, &r->documents, err) && sl_document_store(&r->documents, wire, &r->kept, err)
           && sl_catalog(&r->stored, wire, &r->cataloged, err) && sl_register(&r->kept, wire, &r->registered, err)
           && sl_attest(&r->registered, &r->cataloged, &r->receipt, err)
           && sl_receipt_store(&r->receipt, wire, &r->held, err);
}

/* Beside the receipt, as the program of each format reads them: app.p7s, app.minisig, app.sig. */
static bool keep_formats(const struct sl_release *r, struct sl_err *err)
{
    for (size_t i = 0; i < r->plan->n_artifacts; i++)
        for (unsigned f = SL_FORMAT_RAW + 1; f < SL_FORMAT_COUNT; f++) {
            SL_AUTO(sl_buf_clear) struct sl_buf name = { 0 }, path = { 0 };
            if ((r->plan->artifacts[i].formats & SL_FORMAT_BIT(f))
                && (!sl_buf_addf(&name, err, "%s%s", r->plan->artifacts[i].name, sl_format_suffix((enum sl_format)f))
                    || !sl_path_join(r->plan->state_dir, sl_buf_str(&name), &path, err)
                    || !sl_file_write(sl_buf_str(&path), 0666, sl_buf_span(&r->sealed.artifacts[i].formats[f]), err)))
                return false;
        }
    return true;
}

bool sl_release_keep(struct sl_release *r, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    r->local = sl_dir_make(r->plan->state_dir, err) && sl_path_join(r->plan->state_dir, "receipt.json", &path, err)
               && sl_file_write(sl_buf_str(&path), 0666, sl_buf_span(&r->held), err) && keep_formats(r, err);
    return r->local || sl_while(err, SL_LOC_NONE, "the release is published, but its receipt is not kept here");
}
