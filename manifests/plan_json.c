#include "manifests/priv/build.h"
#include "manifests/priv/packages.h"

#include "core/text.h"

#include <string.h>

static bool set_text(json_t *object, const char *key, const char *value, struct sl_err *err)
{
    return sl_json_set(object, key, json_string(value), err);
}

static bool set_digest(json_t *object, const struct sl_digests *digests, enum sl_hash hash, struct sl_err *err)
{
    char hex[2 * SL_HASH_MAX_BYTES + 1];
    sl_hex_put(hex, sizeof hex, sl_digests_get(digests, hash));
    return set_text(object, sl_hash_name(hash), hex, err);
}

static bool add_release(const struct sl_plan *plan, json_t *root, struct sl_err *err)
{
    json_t *release = json_object(), *hardware = json_array();
    bool ok = sl_json_set(root, "release", release, err);
    ok = sl_json_set(release, "hardware", hardware, err) && ok;
    if (!ok || !set_text(release, "name", plan->release_name, err)
        || !set_text(release, "version", plan->release_version, err)
        || (plan->rollback_from[0] && !set_text(release, "rollbackFrom", plan->rollback_from, err)))
        return false;
    for (size_t i = 0; i < plan->n_hardware; i++)
        if (!sl_json_push(hardware, json_string(plan->hardware[i]), err))
            return false;
    return true;
}

static bool add_inputs(const struct sl_manifest *m, json_t *root, struct sl_err *err)
{
    json_t *inputs = json_object();
    return sl_json_set(root, "inputs", inputs, err) && sl_json_set(inputs, "env", json_incref(m->env), err)
           && sl_json_set(inputs, "set", json_incref(m->set), err);
}

static bool add_formats(const struct sl_plan_artifact *a, json_t *to, struct sl_err *err)
{
    json_t *list = NULL;
    if (!a->formats)
        return true;
    if (!sl_json_set(to, "formats", list = json_array(), err))
        return false;
    for (unsigned f = 0; f < SL_FORMAT_COUNT; f++)
        if ((f == SL_FORMAT_RAW || (a->formats & SL_FORMAT_BIT(f)))
            && !sl_json_push(list, json_string(sl_format_name((enum sl_format)f)), err))
            return false;
    return true;
}

static bool add_artifacts(const struct sl_plan *plan, json_t *root, struct sl_err *err)
{
    json_t *list = json_array();
    if (!sl_json_set(root, "artifacts", list, err))
        return false;
    for (size_t i = 0; i < plan->n_artifacts; i++) {
        const struct sl_plan_artifact *a = &plan->artifacts[i];
        enum sl_hash hash = sl_algorithm_hash(a->algorithm);
        json_t *one = json_object();
        bool ok = sl_json_push(list, one, err) && set_text(one, "name", a->name, err)
                  && set_text(one, "file", a->file, err) && set_text(one, "object", a->object, err)
                  && sl_json_set(one, "size", json_integer((json_int_t)a->size_bytes), err)
                  && set_digest(one, &a->digests, SL_SHA256, err)
                  && (hash == SL_SHA256 || set_digest(one, &a->digests, hash, err))
                  && set_text(one, "key", a->key->name, err)
                  && set_text(one, "algorithm", sl_algorithm_name(a->algorithm), err) && add_formats(a, one, err);
        if (!ok)
            return false;
    }
    return true;
}

/* Only keys that sign something: another one in the manifest changes nothing. */
static bool add_keys(const struct sl_plan *plan, json_t *root, struct sl_err *err)
{
    json_t *keys = json_object();
    if (!sl_json_set(root, "keys", keys, err))
        return false;
    for (size_t i = 0; i < plan->n_artifacts; i++)
        if (!set_text(keys, plan->artifacts[i].key->name, plan->artifacts[i].key->uri, err))
            return false;
    for (size_t i = 0; i < plan->n_statement_keys; i++)
        if (!set_text(keys, plan->statement_keys[i]->name, plan->statement_keys[i]->uri, err))
            return false;
    return true;
}

static bool set_sha256(json_t *object, const char *key, struct sl_span bytes, struct sl_err *err)
{
    uint8_t sha256[SL_SHA256_BYTES];
    char hex[2 * sizeof sha256 + 1];
    if (!sl_sha256(bytes, sha256, err))
        return false;
    sl_hex_put(hex, sizeof hex, (struct sl_span){ sha256, sizeof sha256 });
    return set_text(object, key, hex, err);
}

static bool add_certificate(const struct sl_plan_key *key, json_t *root, struct sl_err *err)
{
    if (!key->certificate.file)
        return true;
    json_t *one = json_object();
    if (!json_object_get(root, "certificates") && !sl_json_set(root, "certificates", json_object(), err)) {
        json_decref(one);
        return false;
    }
    return sl_json_set(json_object_get(root, "certificates"), key->name, one, err)
           && set_sha256(one, "certificate", key->certificate.bytes, err)
           && (!key->chain.file || set_sha256(one, "chain", key->chain.bytes, err));
}

/* By the digests of their files. */
static bool add_certificates(const struct sl_plan *plan, json_t *root, struct sl_err *err)
{
    for (size_t i = 0; i < plan->n_artifacts; i++)
        if (!add_certificate(plan->artifacts[i].key, root, err))
            return false;
    for (size_t i = 0; i < plan->n_statement_keys; i++)
        if (!add_certificate(plan->statement_keys[i], root, err))
            return false;
    return true;
}

static bool add_statement(const struct sl_plan *plan, json_t *root, struct sl_err *err)
{
    json_t *statement = json_object(), *keys = json_array();
    bool ok = sl_json_set(root, "statement", statement, err);
    ok = sl_json_set(statement, "keys", keys, err) && ok;
    if (!ok || !sl_json_set(statement, "threshold", json_integer((json_int_t)plan->statement_threshold), err)
        || !set_text(statement, "predicateType", SL_PLAN_PREDICATE_TYPE, err)
        || !set_text(statement, "payloadType", SL_PLAN_PAYLOAD_TYPE, err))
        return false;
    for (size_t i = 0; i < plan->n_statement_keys; i++) {
        json_t *one = json_object();
        if (!sl_json_push(keys, one, err) || !set_text(one, "name", plan->statement_keys[i]->name, err)
            || !set_text(one, "algorithm", sl_algorithm_name(plan->statement_algorithms[i]), err))
            return false;
    }
    return true;
}

static bool add_trust(const struct sl_plan *plan, json_t *root, struct sl_err *err)
{
    json_t *trust = NULL;
    return !plan->trust.file
           || (sl_json_set(root, "trust", trust = json_object(), err)
               && set_sha256(trust, "sha256", plan->trust.bytes, err));
}

static bool add_bucket(const struct sl_plan *plan, json_t *root, struct sl_err *err)
{
    const struct sl_plan_bucket *b = &plan->bucket;
    json_t *bucket = json_object();
    return sl_json_set(root, "bucket", bucket, err) && set_text(bucket, "name", b->name, err)
           && set_text(bucket, "region", b->region, err) && set_text(bucket, "prefix", b->prefix, err)
           && (b->account[0] == 0 || set_text(bucket, "account", b->account, err))
           && set_text(bucket, "conditional", b->conditional ? "required" : "none", err)
           && sl_storage_json(&b->storage, bucket, err);
}

/* A share in hundredths of a percent, as a number of percent. */
static bool set_share(json_t *object, const char *key, unsigned hundredths, struct sl_err *err)
{
    return sl_json_set(object, key,
                       hundredths % 100 == 0 ? json_integer(hundredths / 100) : json_real(hundredths / 100.0), err);
}

/* Its gate says when the next stage may begin. */
static bool add_stage(const struct sl_plan_stage *s, json_t *value, struct sl_err *err)
{
    json_t *stage = NULL, *gate = NULL;
    if (!s->name[0])
        return true;
    if (!sl_json_set(value, "stage", stage = json_object(), err) || !set_text(stage, "name", s->name, err))
        return false;
    if (!s->leads)
        return true;
    return sl_json_set(stage, "gate", gate = json_object(), err) && set_share(gate, "until", s->until, err)
           && (!s->has_fail_above || set_share(gate, "failAbove", s->fail_above, err))
           && sl_json_set(gate, "soakSeconds", json_integer((json_int_t)s->soak_seconds), err);
}

bool sl_plan_json_job(const struct sl_plan_job *job, json_t *value, struct sl_err *err)
{
    json_t *artifacts = json_array(), *targets = json_array();
    bool ok = sl_json_set(value, "artifacts", artifacts, err);
    ok = sl_json_set(value, "targets", targets, err) && ok;
    if (!ok)
        return false;
    for (size_t i = 0; i < job->n_targets; i++)
        if (!sl_json_push(targets, json_string(job->targets[i]), err))
            return false;
    for (size_t i = 0; i < job->n_artifacts; i++)
        if (!sl_json_push(artifacts, json_string(job->artifacts[i]->name), err))
            return false;
    return set_text(value, "name", job->name, err) && set_text(value, "id", job->id[0] ? job->id : "{{job.id}}", err)
           && set_text(value, "region", job->region, err) && set_text(value, "role", job->role, err)
           && set_text(value, "placeholder", job->pinned ? "v2" : "v1", err)
           && (!job->by_source || set_text(value, "register", "s3", err)) && add_stage(&job->stage, value, err);
}

bool sl_plan_json(struct sl_plan *plan, struct sl_err *err)
{
    json_t *root = plan->value, *requests = NULL;
    uint8_t sha256[SL_SHA256_BYTES];
    bool ok = sl_json_set(root, "sealift", json_integer(1), err) && add_release(plan, root, err)
              && add_inputs(plan->from, root, err) && add_artifacts(plan, root, err) && add_keys(plan, root, err)
              && add_certificates(plan, root, err) && add_statement(plan, root, err) && add_trust(plan, root, err)
              && sl_packages_json(plan, root, err) && add_bucket(plan, root, err)
              && sl_request_list(plan, &requests, err) && sl_json_set(root, "requests", requests, err)
              && sl_json_canonical(root, &plan->json, err) && sl_sha256(sl_buf_span(&plan->json), sha256, err);
    if (ok)
        sl_hex_put(plan->digest, sizeof plan->digest, (struct sl_span){ sha256, sizeof sha256 });
    return ok;
}
