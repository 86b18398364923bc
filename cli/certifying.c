#include "cli/certifying.h"

#include "cli/scheduling.h"
#include "core/clock.h"
#include "core/file.h"
#include "keys/certificate.h"
#include "manifests/kmskey.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_BYTES ((size_t)64 << 10)

/* A moment, and why it is that. */
struct end {
    int64_t utc;
    const char *why;
};

/* When a job is over for the last thing that may begin: at the end of its schedule when that cancels what has begun,
 * otherwise after every try has taken as long as it may, and the last one still downloads. */
static struct end end_of(const struct sl_plan_job *job, int64_t now_utc)
{
    struct end end = { now_utc, "with its timeouts and retries" };
    uint64_t minutes = 0, tries = 1, more = 0;
    size_t i = 0;
    json_t *one = NULL;
    if (sl_scheduling_time(job, "schedulingConfig.endTime", &end.utc)) {
        end.why = "the end of its schedule";
        if (!strcmp(sl_json_str(job->body, "schedulingConfig.endBehavior"), "FORCE_CANCEL"))
            return end;
        end.why = "the end of its schedule, with its timeouts and retries for those that have begun";
    } else if (sl_scheduling_time(job, "schedulingConfig.startTime", &end.utc) && end.utc < now_utc) {
        end.utc = now_utc;
    }
    json_array_foreach(sl_json_at(job->body, "jobExecutionsRetryConfig.criteriaList"), i, one)
    {
        tries += sl_json_u64(one, "numberOfRetries", &more) ? more : 0;
    }
    if (!sl_json_u64(job->body, "timeoutConfig.inProgressTimeoutInMinutes", &minutes))
        minutes = 0;
    end.utc += (int64_t)(minutes * 60 * tries + job->url_timeout_seconds);
    return end;
}

/* Does what this key signs go out with the job? A statement goes out with all of them. */
static bool concerns(const struct sl_plan *plan, const struct sl_plan_job *job, const struct sl_plan_key *key)
{
    for (size_t i = 0; i < plan->n_statement_keys; i++)
        if (plan->statement_keys[i] == key)
            return true;
    for (size_t i = 0; i < job->n_artifacts; i++)
        if (job->artifacts[i]->key == key)
            return true;
    return false;
}

static bool outlasts(const struct sl_plan_job *job, const struct sl_certificates *all, int64_t now_utc,
                     struct sl_err *err)
{
    const struct end end = end_of(job, now_utc);
    char expires[SL_CLOCK_EXTENDED_SIZE], until[SL_CLOCK_EXTENDED_SIZE];
    SL_AUTO(sl_buf_clear) struct sl_buf subject = { 0 };
    int64_t utc = 0;
    if (!sl_certificates_expire(all, &utc, &subject, err))
        return false;
    if (utc > end.utc)
        return true;
    sl_clock_extended(utc, expires);
    sl_clock_extended(end.utc, until);
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                   "the certificate of %.50s expires at %s, and job '%.30s' may run until %s (%s): have it renewed, or "
                   "let the job end before",
                   sl_buf_str(&subject), expires, job->name[0] ? job->name : "job", until, end.why);
}

/* The file's bytes: those of the plan, or of a draft's file if that is there already. */
static bool bytes_of(const struct sl_plan_certificates *c, struct sl_buf *storage, struct sl_span *ret,
                     struct sl_err *err)
{
    *ret = c->bytes;
    if (!c->file || c->bytes.len > 0 || (access(c->path, F_OK) != 0 && errno == ENOENT))
        return true;
    if (!sl_file_read(c->path, MAX_BYTES, storage, err))
        return false;
    *ret = sl_buf_span(storage);
    return true;
}

static bool check_all(const struct sl_plan *plan, const struct sl_plan_key *key, const struct sl_pubkey *pub,
                      const struct sl_certificates *all, int64_t now_utc, struct sl_err *err)
{
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey own = { 0 };
    if (!pub && !sl_certificates_key(all, &own, err))
        return false;
    if (!sl_certificates_check(all, pub ? pub : &own, now_utc, err) || !sl_certificates_lead(all, now_utc, err))
        return false;
    for (size_t i = 0; i < plan->n_jobs; i++)
        if (concerns(plan, &plan->jobs[i], key) && !outlasts(&plan->jobs[i], all, now_utc, err))
            return false;
    return true;
}

static bool starts_pem(struct sl_span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (sl_span_starts(sl_span_sub(text, i, text.len), "-----BEGIN CERTIFICATE-----"))
            return true;
    return false;
}

/* A profile of AWS Signer has its certificate in the place of its key, and it may be a mere public key. */
static bool certificate_of(const struct sl_plan_key *key, struct sl_plan_certificates *ret)
{
    *ret = key->certificate;
    if (!ret->file && sl_kmskey_is_profile(key->uri))
        *ret = (struct sl_plan_certificates){ .file = key->path, .path = key->path, .loc = key->loc };
    return ret->file != NULL;
}

static bool check(const struct sl_plan *plan, const struct sl_plan_key *key, const struct sl_pubkey *pub,
                  int64_t now_utc, struct sl_err *err)
{
    SL_AUTO(sl_certificates_clear) struct sl_certificates all = { NULL };
    SL_AUTO(sl_buf_clear) struct sl_buf certificate = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf chain = { 0 };
    struct sl_plan_certificates own = { .file = NULL };
    struct sl_span text = SL_SPAN_EMPTY, issuers = SL_SPAN_EMPTY;
    if (!certificate_of(key, &own))
        return true;
    if (!bytes_of(&own, &certificate, &text, err) || !bytes_of(&key->chain, &chain, &issuers, err))
        return false;
    if (!text.len || (!key->certificate.file && !starts_pem(text)))
        return true;
    return sl_certificates_add(&all, text, own.file, err)
           && (!issuers.len || sl_certificates_add(&all, issuers, key->chain.file, err))
           && check_all(plan, key, pub, &all, now_utc, err);
}

bool sl_certifying_key(const struct sl_plan *plan, const struct sl_plan_key *key, const struct sl_pubkey *pub,
                       int64_t now_utc, struct sl_err *err)
{
    const struct sl_loc loc = key->certificate.file ? key->certificate.loc : key->loc;
    if (check(plan, key, pub, now_utc, err))
        return true;
    err->code = err->code == SL_E_VERIFY || err->code == SL_E_IO ? SL_E_INPUT : err->code;
    err->loc = loc;
    return sl_while(err, loc, "keys.%.64s.certificate", key->name);
}

bool sl_certifying_draft(const struct sl_plan *draft, int64_t now_utc, struct sl_err *err)
{
    for (size_t i = 0; i < draft->n_artifacts; i++)
        if (!sl_certifying_key(draft, draft->artifacts[i].key, NULL, now_utc, err))
            return false;
    for (size_t i = 0; i < draft->n_statement_keys; i++)
        if (!sl_certifying_key(draft, draft->statement_keys[i], NULL, now_utc, err))
            return false;
    return true;
}

bool sl_certifying_throwaway(const struct sl_plan *plan, struct sl_err *err)
{
    for (size_t i = 0; i < plan->n_artifacts; i++)
        if (plan->artifacts[i].formats & SL_FORMAT_BIT(SL_FORMAT_CMS))
            return sl_fail(err, SL_E_INPUT, plan->artifacts[i].loc,
                           "format cms of artifact '%.64s' carries the certificate of its key, and throwaway keys have "
                           "none: rehearse with the key itself, or a manifest without cms",
                           plan->artifacts[i].name);
    return true;
}
