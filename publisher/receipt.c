#include "publisher/receipt.h"

#include "core/text.h"
#include "publisher/priv/compare.h"
#include "publisher/priv/own.h"

void sl_receipt_clear(struct sl_receipt *r)
{
    sl_json_clear(&r->value);
    sl_buf_clear(&r->bytes);
    *r = (struct sl_receipt){ 0 };
}

/* An object's members; NULL with err filled when one cannot be made. */
static json_t *describe_object(const struct sl_object *object, struct sl_err *err)
{
    char hex[2 * SL_SHA256_BYTES + 1];
    sl_hex_put(hex, sizeof hex, (struct sl_span){ object->sha256, SL_SHA256_BYTES });
    json_t *o = json_pack("{s:s, s:s, s:I, s:s, s:s}", "object", object->key, "versionId", object->version_id, "size",
                          (json_int_t)object->size_bytes, "sha256", hex, "confirmedBy",
                          sl_object_confirmed_name(object->confirmed_by));
    if (!o)
        (void)sl_fail_nomem(err);
    return o;
}

static bool add_formats(const struct sl_plan_artifact *a, json_t *signature, struct sl_err *err)
{
    json_t *list = NULL;
    if (!a->formats)
        return true;
    if (!sl_json_set(signature, "formats", list = json_array(), err))
        return false;
    for (unsigned f = SL_FORMAT_RAW + 1; f < SL_FORMAT_COUNT; f++)
        if ((a->formats & SL_FORMAT_BIT(f)) && !sl_json_push(list, json_string(sl_format_name((enum sl_format)f)), err))
            return false;
    return true;
}

static bool add_artifacts(const struct sl_stored *stored, json_t *into, struct sl_err *err)
{
    const struct sl_plan *plan = stored->from->from;
    for (size_t i = 0; i < plan->n_artifacts; i++) {
        const struct sl_plan_artifact *a = &plan->artifacts[i];
        json_t *o = describe_object(&stored->artifacts[i], err);
        if (!o || !sl_json_set(into, a->name, o, err))
            return false;
        if (!sl_json_set(o, "signature",
                         json_pack("{s:s, s:s}", "algorithm", sl_algorithm_name(a->algorithm), "keyid",
                                   stored->from->artifacts[i].keyid),
                         err)
            || !add_formats(a, json_object_get(o, "signature"), err))
            return false;
    }
    return true;
}

static bool add_jobs(const struct sl_registered *registered, json_t *into, struct sl_err *err)
{
    const struct sl_documents *kept = registered->from;
    for (size_t i = 0; i < kept->from->n; i++) {
        const struct sl_plan_job *job = kept->from->docs[i].job;
        if (!registered->jobs[i].id)
            continue;
        json_t *document = describe_object(&kept->objects[i], err);
        if (!document)
            return false;
        json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:o}", "id", registered->jobs[i].id, "arn", registered->jobs[i].arn,
                              "region", job->region, "role", job->role, "document", document);
        if (!sl_json_set(into, sl_own_job_name(job), o, err))
            return false;
    }
    return true;
}

static bool add_package(const struct sl_plan_package *p, const struct sl_cataloged_package *c, json_t *list,
                        struct sl_err *err)
{
    json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", p->name, "version", p->version, "region", p->region,
                          "arn", p->arn, "artifact", p->artifact->name);
    return sl_json_push(list, o, err) && (!c->sbom.key || sl_json_set(o, "sbom", describe_object(&c->sbom, err), err));
}

/* "packages" is there only when there are some. */
static bool add_packages(const struct sl_cataloged *cataloged, json_t *value, struct sl_err *err)
{
    const struct sl_plan *plan = cataloged ? cataloged->from->from->from : NULL;
    json_t *list = NULL;
    if (!plan || !plan->n_packages)
        return true;
    if (!sl_json_set(value, "packages", list = json_array(), err))
        return false;
    for (size_t i = 0; i < plan->n_packages; i++)
        if (!add_package(&plan->packages[i], &cataloged->packages[i], list, err))
            return false;
    return true;
}

static json_t *describe_release(const struct sl_plan *plan, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *hardware = json_array();
    for (size_t i = 0; hardware && i < plan->n_hardware; i++)
        if (!sl_json_push(hardware, json_string(plan->hardware[i]), err))
            return NULL;
    json_t *release = json_pack("{s:s, s:s, s:O}", "name", plan->release_name, "version", plan->release_version,
                                "hardware", hardware);
    if (!release)
        (void)sl_fail_nomem(err);
    return release;
}

static bool fill(const struct sl_registered *registered, json_t *value, struct sl_err *err)
{
    const struct sl_stored *stored = registered->from->from->from;
    const struct sl_plan *plan = stored->from->from;
    return sl_json_set(value, "artifacts", json_object(), err) && sl_json_set(value, "jobs", json_object(), err)
           && sl_json_set(value, "mediaType", json_string(SL_RECEIPT_MEDIA_TYPE), err)
           && sl_json_set(value, "planDigest", json_string(plan->digest), err)
           && sl_json_set(value, "bucket",
                          json_pack("{s:s, s:s}", "name", plan->bucket.name, "region", plan->bucket.region), err)
           && sl_json_set(value, "release", describe_release(plan, err), err)
           && sl_json_set(value, "statement", describe_object(&stored->statement, err), err)
           && add_artifacts(stored, json_object_get(value, "artifacts"), err)
           && add_jobs(registered, json_object_get(value, "jobs"), err);
}

static void hand_over(struct sl_receipt *to, struct sl_receipt *from)
{
    *to = *from;
    *from = (struct sl_receipt){ 0 };
}

bool sl_attest(const struct sl_registered *registered, const struct sl_cataloged *cataloged, struct sl_receipt *ret,
               struct sl_err *err)
{
    SL_AUTO(sl_receipt_clear) struct sl_receipt receipt = { .from = registered, .value = json_object() };
    if (!receipt.value)
        return sl_fail_nomem(err);
    if (!fill(registered, receipt.value, err) || !add_packages(cataloged, receipt.value, err)
        || !sl_json_canonical(receipt.value, &receipt.bytes, err))
        return false;
    hand_over(ret, &receipt);
    return true;
}

/* The receipt without how each object was confirmed: a creator may have been told a checksum in a reply that somebody who
 * comes later has to find out by reading. */
static void drop_confirmations(json_t *receipt)
{
    const char *name;
    json_t *value;
    (void)json_object_del(json_object_get(receipt, "statement"), "confirmedBy");
    json_object_foreach(json_object_get(receipt, "artifacts"), name, value)
    {
        (void)json_object_del(value, "confirmedBy");
    }
    json_object_foreach(json_object_get(receipt, "jobs"), name, value)
    {
        (void)json_object_del(json_object_get(value, "document"), "confirmedBy");
    }
    size_t i = 0;
    json_array_foreach(json_object_get(receipt, "packages"), i, value)
    {
        (void)json_object_del(json_object_get(value, "sbom"), "confirmedBy");
    }
}

static bool same_receipt(const struct sl_receipt *receipt, struct sl_span stored, bool *ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *ours = json_deep_copy(receipt->value);
    SL_AUTO(sl_json_clear) json_t *theirs = NULL;
    struct sl_err not_one = { .code = SL_OK };
    *ret = false;
    if (!ours)
        return sl_fail_nomem(err);
    if (!sl_receipt_read(stored, "receipt.json", &theirs, &not_one))
        return not_one.code != SL_E_NOMEM || sl_fail_nomem(err);
    drop_confirmations(ours);
    drop_confirmations(theirs);
    *ret = sl_compare_values(ours, theirs);
    return true;
}

/* What the bucket holds must say the same. */
static bool take_stored(const struct sl_receipt *receipt, struct sl_span stored, const char *key,
                        struct sl_buf *ret_bytes, struct sl_err *err)
{
    const struct sl_plan *plan = receipt->from->from->from->from->from->from;
    bool same;
    if (!same_receipt(receipt, stored, &same, err))
        return false;
    if (!same)
        return sl_fail(err, SL_E_CONFLICT, plan->bucket.loc,
                       "'s3://%s/%s' holds another receipt; somebody deleted and published parts of this release again",
                       plan->bucket.name, key);
    return !ret_bytes || sl_buf_copy(ret_bytes, stored, err);
}

bool sl_receipt_store(const struct sl_receipt *receipt, struct sl_wire *wire, struct sl_buf *ret_bytes,
                      struct sl_err *err)
{
    const struct sl_stored *stored = receipt->from->from->from->from;
    const struct sl_seen_file *seen = &stored->seen->receipt;
    if (seen->exists)
        return take_stored(receipt, sl_buf_span(&seen->bytes), seen->key, ret_bytes, err);

    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    SL_AUTO(sl_own_stored_clear) struct sl_own_stored result = { 0 };
    struct sl_span bytes = sl_buf_span(&receipt->bytes);
    if (!sl_own_store(wire, &stored->from->from->bucket, seen->key, bytes, &arena, &result, err))
        return false;
    return take_stored(receipt, result.ours ? bytes : sl_buf_span(&result.theirs), seen->key, ret_bytes, err);
}
