#include "core/text.h"
#include "publisher/jobs.h"
#include "publisher/priv/compare.h"
#include "publisher/priv/confirm.h"
#include "publisher/receipt.h"

#include <string.h>

/* A receipt being checked. */
struct checking {
    struct sl_plan_bucket bucket;
    struct sl_wire *wire;
    struct sl_findings *findings;
    struct sl_arena *arena;
};

/* Everything in the bucket, in the order of the receipt. */
struct objects {
    const json_t **said;
    struct sl_object *found;
    struct sl_part_checksum_pair *list;
    size_t n;
};

static void add_object(struct objects *o, const json_t *said)
{
    o->said[o->n] = said;
    o->found[o->n] = (struct sl_object){ .key = sl_json_str(said, "object"),
                                         .version_id = sl_json_str(said, "versionId") };
    o->list[o->n] = (struct sl_part_checksum_pair){ NULL, &o->found[o->n], NULL };
    o->n++;
}

static bool collect_objects(const json_t *receipt, struct objects *o, struct sl_arena *arena, struct sl_err *err)
{
    json_t *artifacts = json_object_get(receipt, "artifacts"), *jobs = json_object_get(receipt, "jobs"), *value;
    const char *name;
    size_t max = 1 + json_object_size(artifacts) + json_object_size(jobs);
    o->said = sl_arena_alloc(arena, max, sizeof(json_t *), err);
    o->found = sl_arena_alloc(arena, max, sizeof *o->found, err);
    o->list = sl_arena_alloc(arena, max, sizeof *o->list, err);
    if (!o->said || !o->found || !o->list)
        return false;
    add_object(o, json_object_get(receipt, "statement"));
    json_object_foreach(artifacts, name, value)
    {
        add_object(o, value);
    }
    json_object_foreach(jobs, name, value)
    {
        add_object(o, json_object_get(value, "document"));
    }
    return true;
}

static bool hold(const struct checking *c, const char *check, const char *sentence, struct sl_err *err)
{
    return sl_findings_add(
        c->findings, &(struct sl_finding){ .check = check, .sentence = sentence, .reason = "", .remedy = "" }, err);
}

static bool check_one_object(const struct checking *c, const json_t *said, const struct sl_object *found,
                             struct sl_err *err)
{
    uint8_t digest[SL_SHA256_BYTES] = { 0 };
    uint64_t size = 0;
    bool readable = sl_hex_get(sl_span_str(sl_json_str(said, "sha256")), digest, sizeof digest)
                    && sl_json_u64(said, "size", &size);
    char hex[2 * SL_SHA256_BYTES + 1];
    struct sl_span there = { found->sha256, SL_SHA256_BYTES }, here = { digest, SL_SHA256_BYTES };
    sl_hex_put(hex, sizeof hex, there);
    if (!readable || size != found->size_bytes || !sl_span_eq_ct(there, here))
        return sl_fail(
            err, SL_E_VERIFY, SL_LOC_NONE,
            "version '%.80s' of 's3://%s/%s' holds %llu bytes with sha256:%s, the receipt says %llu bytes with "
            "sha256:%s",
            found->version_id, c->bucket.name, found->key, (unsigned long long)found->size_bytes, hex,
            (unsigned long long)size, sl_json_str(said, "sha256"));
    const char *sentence = sl_arena_fmt(c->findings->arena, err, "'s3://%s/%s' version %s holds sha256:%s (%s)",
                                        c->bucket.name, found->key, found->version_id, hex,
                                        sl_object_confirmed_name(found->confirmed_by));
    return hold(c, "object", sentence, err);
}

static bool check_objects(const struct checking *c, const json_t *receipt, struct sl_err *err)
{
    struct objects o = { .n = 0 };
    if (!collect_objects(receipt, &o, c->arena, err))
        return false;
    if (!sl_confirm_all(c->wire, &c->bucket, o.list, o.n, true, c->arena, err)) {
        if (err->http_status != 404)
            return false;
        err->code = SL_E_VERIFY;
        return sl_while(err, SL_LOC_NONE, "a stored version that the receipt names is gone");
    }
    for (size_t i = 0; i < o.n; i++)
        if (!check_one_object(c, o.said[i], &o.found[i], err))
            return false;
    return true;
}

/* The document as the bucket has it. */
static bool read_document(const struct checking *c, const json_t *said, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch batch = { 0 };
    size_t i;
    return sl_s3_get(&batch, &c->bucket, sl_json_str(said, "object"), sl_json_str(said, "versionId"), &i, err)
           && sl_batch_send(&batch, c->wire, err) && sl_batch_expect(&batch, i, SL_LOC_NONE, err)
           && sl_json_parse(sl_buf_span(&batch.replies[i].body), sl_json_str(said, "object"), ret, err);
}

static bool check_installed(const struct checking *c, const struct sl_jobs_name *name, const json_t *said,
                            struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *stored = NULL;
    SL_AUTO(sl_json_clear) json_t *installed = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!read_document(c, said, &stored, err) || !sl_jobs_document(c->wire, name, &text, err)
        || !sl_json_parse(sl_buf_span(&text), "job document", &installed, err))
        return false;
    return sl_compare_values(stored, installed)
           || sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "the document of job '%s' is not the one in 's3://%s/%s'",
                      name->id, c->bucket.name, sl_json_str(said, "object"));
}

static bool check_job(const struct checking *c, const json_t *said, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *job = NULL;
    struct sl_jobs_name name = { sl_json_str(said, "region"), sl_json_str(said, "id") };
    if (!sl_jobs_describe(c->wire, &name, &job, err)) {
        if (!strcmp(err->aws_code, "ResourceNotFoundException"))
            err->code = SL_E_VERIFY; /* the job is gone */
        return false;
    }
    const char *arn = sl_json_str(job, "jobArn"), *role = sl_json_str(job, "presignedUrlConfig.roleArn");
    if (strcmp(arn, sl_json_str(said, "arn")) != 0)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "job '%s' is '%.200s', the receipt says '%.200s'", name.id, arn,
                       sl_json_str(said, "arn"));
    if (strcmp(role, sl_json_str(said, "role")) != 0)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "job '%s' has the role '%.200s', the receipt says '%.200s'",
                       name.id, role, sl_json_str(said, "role"));
    if (!check_installed(c, &name, json_object_get(said, "document"), err))
        return false;
    const char *sentence = sl_arena_fmt(c->findings->arena, err, "job '%s' is %s and has the stored document", name.id,
                                        sl_json_str(job, "status"));
    return hold(c, "job", sentence, err);
}

bool sl_receipt_check(const json_t *receipt, struct sl_wire *wire, struct sl_findings *findings, struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct checking c = { .bucket = { .name = sl_json_str(receipt, "bucket.name"),
                                      .region = sl_json_str(receipt, "bucket.region"),
                                      .prefix = "",
                                      .account = "",
                                      .conditional = true },
                          .wire = wire,
                          .findings = findings,
                          .arena = &arena };
    if (!check_objects(&c, receipt, err))
        return false;
    json_t *value;
    const char *name;
    json_object_foreach(json_object_get(receipt, "jobs"), name, value)
    {
        if (!check_job(&c, value, err))
            return false;
    }
    return true;
}
