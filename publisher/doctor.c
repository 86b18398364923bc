#include "publisher/doctor.h"

#include "core/clock.h"
#include "publisher/priv/bucket.h"
#include "publisher/priv/query.h"
#include "publisher/priv/target.h"

#include <inttypes.h>
#include <string.h>

#define CLOCK_WARN_SECONDS  60  /* below it nobody notices */
#define CLOCK_LIMIT_SECONDS 300 /* AWS refuses signatures that are further off (SigV4) */

/* AWS General Reference, "AWS IoT Device Management endpoints and quotas". */
#define CONCURRENT_JOBS 500
#define JOB_TARGETS     100
#define LIST_PAGE       250

/* ---- the caller ---- */

static bool add_clock(const struct sl_wire *wire, const struct sl_reply *reply, struct sl_checkup *ret,
                      struct sl_err *err)
{
    const char *date = sl_reply_header(reply, "date");
    int64_t server_utc, corrected = sl_wire_clock_offset_seconds(wire);
    if (!date || !sl_clock_from_http(date, &server_utc))
        return sl_checkup_add(ret, "clock", SL_UNDECIDED, "the service sent no date to compare with", err);
    int64_t off = corrected ? corrected : server_utc - sl_clock_now_utc();
    int64_t size = off < 0 ? -off : off;
    const char *side = off < 0 ? "ahead of" : "behind";
    if (size < CLOCK_WARN_SECONDS)
        return sl_checkup_add(ret, "clock", SL_HOLDS, "agrees with AWS", err);
    const char *text = sl_arena_fmt(ret->arena, err, "this machine is %" PRId64 " seconds %s AWS%s; set its clock",
                                    size, side,
                                    size < CLOCK_LIMIT_SECONDS ? "" : ", requests are signed with the corrected time");
    return sl_checkup_add(ret, "clock", SL_UNDECIDED, text, err);
}

static bool add_guard(const char *found, const char *account, struct sl_loc loc, struct sl_checkup *ret,
                      struct sl_err *err)
{
    if (!*account)
        return sl_checkup_add(ret, "account", SL_UNDECIDED,
                              "the manifest states no bucket.account, so credentials of another account would not be "
                              "noticed before S3 or AWS IoT refuses them",
                              err);
    if (strcmp(found, account) == 0)
        return sl_checkup_add(ret, "account", SL_HOLDS,
                              sl_arena_fmt(ret->arena, err, "%s, as bucket.account says", account), err);
    struct sl_err failure = { 0 };
    (void)sl_fail(
        &failure, SL_E_DENIED, loc,
        "the credentials belong to account '%.20s', but bucket.account is '%s'; use credentials of that account", found,
        account);
    return sl_checkup_add_failure(ret, "account", &failure, err);
}

bool sl_doctor_caller(struct sl_wire *wire, const char *region, const char *account, struct sl_loc account_loc,
                      struct sl_checkup *ret, struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch b = { 0 };
    const struct sl_query_call call = { .service = SL_STS, .action = "GetCallerIdentity", .region = region };
    const struct sl_xml *root = NULL;
    struct sl_err failure = { 0 };
    size_t i = 0;
    if (!sl_query_add(&b, &call, &i, err))
        return false;
    if (!sl_batch_send(&b, wire, &failure) || !sl_query_xml(&b, i, SL_LOC_NONE, &root, &failure))
        return sl_checkup_add_failure(ret, "identity", &failure, err);

    const char *arn = sl_xml_text(root, "GetCallerIdentityResult/Arn");
    const char *found = sl_xml_text(root, "GetCallerIdentityResult/Account");
    return sl_checkup_add(ret, "identity", SL_HOLDS, arn ? arn : "accepted, without a name", err)
           && add_guard(found ? found : "", account, account_loc, ret, err) && add_clock(wire, &b.replies[i], ret, err);
}

/* ---- the bucket ---- */

/* A question publish does not ask: any refusal is worth a line, not a failure. Unless memory ran out. */
static bool add_unknown(struct sl_checkup *ret, const char *topic, const struct sl_err *failure, struct sl_err *err)
{
    if (failure->code == SL_E_NOMEM)
        return sl_fail_nomem(err);
    const char *text = sl_arena_fmt(ret->arena, err, "not known: %s", failure->msg);
    return sl_checkup_add(ret, topic, SL_UNDECIDED, text, err);
}

/* The XML of a reply; *ret stays NULL for one that refuses, with the reason in failure. */
static bool read_xml(struct sl_batch *b, size_t i, const struct sl_xml **ret, struct sl_err *failure,
                     struct sl_err *err)
{
    if (sl_batch_expect(b, i, SL_LOC_NONE, failure)
        && !sl_xml_parse(sl_buf_span(&b->replies[i].body), &b->arena, ret, failure))
        *ret = NULL;
    return failure->code != SL_E_NOMEM || sl_fail_nomem(err);
}

static bool add_encryption(struct sl_batch *b, size_t i, struct sl_checkup *ret, struct sl_err *err)
{
    const char *code;
    const struct sl_xml *root = NULL;
    struct sl_err failure = { 0 };
    if (!sl_batch_code(b, i, &code, err) || !read_xml(b, i, &root, &failure, err))
        return false;
    if (!strcmp(code, "ServerSideEncryptionConfigurationNotFoundError"))
        return sl_checkup_add(ret, "encryption", SL_HOLDS, "S3's own keys", err);
    const char *algorithm = root ? sl_xml_text(root, "Rule/ApplyServerSideEncryptionByDefault/SSEAlgorithm") : NULL;
    if (!root)
        return add_unknown(ret, "encryption", &failure, err);
    if (!algorithm)
        return sl_checkup_add(ret, "encryption", SL_UNDECIDED, "not known: the reply names no algorithm", err);
    if (!strcmp(algorithm, "AES256"))
        return sl_checkup_add(ret, "encryption", SL_HOLDS, "S3's own keys (AES256)", err);
    const char *key = sl_xml_text(root, "Rule/ApplyServerSideEncryptionByDefault/KMSMasterKeyID");
    return sl_checkup_add(ret, "encryption", SL_HOLDS,
                          sl_arena_fmt(ret->arena, err, "%s, key %s: the download role needs kms:Decrypt on it",
                                       algorithm, key ? key : "aws/s3"),
                          err);
}

static bool add_public_access(struct sl_batch *b, size_t i, const char *bucket, struct sl_checkup *ret,
                              struct sl_err *err)
{
    static const char *const blocks[] = { "BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy",
                                          "RestrictPublicBuckets" };
    const struct sl_xml *root = NULL;
    const char *code, *open = NULL;
    struct sl_err failure = { 0 };
    if (!sl_batch_code(b, i, &code, err) || !read_xml(b, i, &root, &failure, err))
        return false;
    if (!root && strcmp(code, "NoSuchPublicAccessBlockConfiguration") != 0)
        return add_unknown(ret, "public", &failure, err);
    for (size_t k = 0; k < sizeof blocks / sizeof *blocks && !open; k++) {
        const char *value = root ? sl_xml_text(root, blocks[k]) : NULL;
        if (!value || strcmp(value, "true") != 0)
            open = blocks[k];
    }
    if (!open)
        return sl_checkup_add(ret, "public", SL_HOLDS, "public access is blocked", err);
    return sl_checkup_add(
        ret, "public", SL_UNDECIDED,
        sl_arena_fmt(ret->arena, err,
                     "the bucket itself does not block public access (%s is not set); unless the account does, run "
                     "'aws s3api put-public-access-block --bucket %s --public-access-block-configuration "
                     "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true'",
                     open, bucket),
        err);
}

bool sl_doctor_bucket(struct sl_wire *wire, const struct sl_plan_bucket *bucket, struct sl_checkup *ret,
                      struct sl_err *err)
{
    static const struct sl_s3_call encryption = { .operation = "GetBucketEncryption",
                                                  .method = "GET",
                                                  .query = { { "encryption", "" } } };
    static const struct sl_s3_call access = { .operation = "GetPublicAccessBlock",
                                              .method = "GET",
                                              .query = { { "publicAccessBlock", "" } } };
    SL_AUTO(sl_batch_clear) struct sl_batch b = { 0 };
    struct sl_err failure = { 0 };
    size_t versioned = 0, encrypted = 0, blocked = 0;
    if (!sl_bucket_ask(&b, bucket, &versioned, err) || !sl_s3_add(&b, bucket, &encryption, &encrypted, err)
        || !sl_s3_add(&b, bucket, &access, &blocked, err))
        return false;
    if (!sl_batch_send(&b, wire, &failure) || !sl_bucket_expect(&b, versioned, bucket, &failure))
        return sl_checkup_add_failure(ret, "bucket", &failure, err);
    return sl_checkup_add(
               ret, "bucket", SL_HOLDS,
               sl_arena_fmt(ret->arena, err, "'%s' is in %s and keeps versions", bucket->name, bucket->region), err)
           && add_encryption(&b, encrypted, ret, err) && add_public_access(&b, blocked, bucket->name, ret, err);
}

/* ---- AWS IoT ---- */

struct asking {
    struct sl_batch batch;
    size_t endpoint, jobs;
    size_t *targets; /* one per target of each job, in order */
};

static void asking_clear(struct asking *a)
{
    sl_batch_clear(&a->batch);
}

static bool ask_targets(struct asking *a, const struct sl_plan *plan, struct sl_err *err)
{
    size_t n = 0, at = 0;
    for (size_t i = 0; i < plan->n_jobs; i++)
        n += plan->jobs[i].n_targets;
    a->targets = sl_arena_alloc(&a->batch.arena, n, sizeof *a->targets, err);
    if (!a->targets)
        return false;
    for (size_t i = 0; i < plan->n_jobs; i++)
        for (size_t j = 0; j < plan->jobs[i].n_targets; j++)
            if (!sl_target_ask(&a->batch, plan->jobs[i].targets[j], plan->jobs[i].region, &a->targets[at++], err))
                return false;
    return true;
}

static bool ask(struct asking *a, const struct sl_plan *plan, struct sl_err *err)
{
    const char *region = plan->jobs[0].region;
    const struct sl_iot_call endpoint = { .operation = "DescribeEndpoint",
                                          .region = region,
                                          .method = "GET",
                                          .path = "/endpoint",
                                          .query = { { "endpointType", "iot:Data-ATS" } } };
    const struct sl_iot_call jobs = { .operation = "ListJobs",
                                      .region = region,
                                      .method = "GET",
                                      .path = "/jobs",
                                      .query = { { "maxResults", "250" }, { "status", "IN_PROGRESS" } } };
    return sl_iot_add(&a->batch, &endpoint, &a->endpoint, err) && sl_iot_add(&a->batch, &jobs, &a->jobs, err)
           && ask_targets(a, plan, err);
}

static bool add_endpoint(const struct asking *a, struct sl_checkup *ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *answer = NULL;
    struct sl_err failure = { 0 };
    if (!sl_iot_json(&a->batch, a->endpoint, SL_LOC_NONE, &answer, &failure))
        return add_unknown(ret, "endpoint", &failure, err);
    return sl_checkup_add(
        ret, "endpoint", SL_HOLDS,
        sl_arena_fmt(ret->arena, err, "devices connect to %.200s", sl_json_str(answer, "endpointAddress")), err);
}

static bool add_targets(struct asking *a, const struct sl_plan *plan, struct sl_checkup *ret, struct sl_err *err)
{
    size_t at = 0, found = 0;
    for (size_t i = 0; i < plan->n_jobs; i++)
        for (size_t j = 0; j < plan->jobs[i].n_targets; j++, at++) {
            const struct sl_plan_job *job = &plan->jobs[i];
            struct sl_err failure = { 0 };
            if (sl_target_expect(&a->batch, a->targets[at], job->targets[j], job->targets_loc, &failure))
                found++;
            else if (!sl_checkup_add_failure(ret, "target", &failure, err))
                return false;
        }
    if (found < at)
        return true;
    return sl_checkup_add(ret, "target", SL_HOLDS,
                          sl_arena_fmt(ret->arena, err, at == 1 ? "it exists" : "all %zu exist", at), err);
}

static size_t most_targets(const struct sl_plan *plan)
{
    size_t most = 0;
    for (size_t i = 0; i < plan->n_jobs; i++)
        if (plan->jobs[i].n_targets > most)
            most = plan->jobs[i].n_targets;
    return most;
}

static bool add_quotas(const struct asking *a, const struct sl_plan *plan, struct sl_checkup *ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *answer = NULL;
    struct sl_err failure = { 0 };
    if (!sl_iot_json(&a->batch, a->jobs, SL_LOC_NONE, &answer, &failure))
        return add_unknown(ret, "quotas", &failure, err);
    size_t n = json_array_size(json_object_get(answer, "jobs"));
    bool more = *sl_json_str(answer, "nextToken");
    const char *text = sl_arena_fmt(ret->arena, err, "%s%zu of %d jobs in progress, %zu of %d targets in a job",
                                    more ? "at least " : "", n, CONCURRENT_JOBS, most_targets(plan), JOB_TARGETS);
    return sl_checkup_add(ret, "quotas", more || n >= LIST_PAGE ? SL_UNDECIDED : SL_HOLDS, text, err);
}

bool sl_doctor_iot(struct sl_wire *wire, const struct sl_plan *plan, struct sl_checkup *ret, struct sl_err *err)
{
    SL_AUTO(asking_clear) struct asking a = { .endpoint = 0 };
    struct sl_err failure = { 0 };
    if (!ask(&a, plan, err))
        return false;
    if (!sl_batch_send(&a.batch, wire, &failure))
        return sl_checkup_add_failure(ret, "endpoint", &failure, err);
    return add_endpoint(&a, ret, err) && add_targets(&a, plan, ret, err) && add_quotas(&a, plan, ret, err);
}

bool sl_doctor_account(struct sl_wire *wire, const char *region, char ret[13], struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch b = { 0 };
    const struct sl_query_call call = { .service = SL_STS, .action = "GetCallerIdentity", .region = region };
    const struct sl_xml *root = NULL;
    size_t i = 0;
    if (!sl_query_add(&b, &call, &i, err) || !sl_batch_send(&b, wire, err)
        || !sl_query_xml(&b, i, SL_LOC_NONE, &root, err))
        return false;
    const char *account = sl_xml_text(root, "GetCallerIdentityResult/Account");
    if (!account || strlen(account) != 12 || account[strspn(account, "0123456789")])
        return sl_fail(err, SL_E_NETWORK, SL_LOC_NONE, "GetCallerIdentity named no account");
    memcpy(ret, account, 13);
    return true;
}
