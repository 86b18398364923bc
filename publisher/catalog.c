#include "publisher/catalog.h"

#include "core/text.h"
#include "publisher/priv/iot.h"
#include "publisher/priv/own.h"
#include "publisher/priv/package.h"

#include <stdlib.h>
#include <string.h>

void sl_cataloged_clear(struct sl_cataloged *c)
{
    if (c->arena)
        sl_arena_clear(c->arena);
    free(c->arena);
    *c = (struct sl_cataloged){ 0 };
}

/* One version on its way. */
struct cataloging {
    const struct sl_plan *plan;
    const struct sl_plan_package *package;
    const struct sl_seen_package *seen;
    struct sl_package_expected expected;
    struct sl_wire *wire;
    struct sl_arena *arena;
};

/* The idempotency token of a call: it follows from what is called for, so that a call whose reply was lost is answered
 * the same when it is made again. 64 characters of those AWS takes. */
static bool make_token(const struct cataloging *c, const char *operation, char ret[2 * SL_SHA256_BYTES + 1],
                       struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    uint8_t sha256[SL_SHA256_BYTES];
    if (!sl_buf_addf(&text, err, "%s\n%s\n%s", operation, c->package->arn, c->plan->digest)
        || !sl_sha256(sl_buf_span(&text), sha256, err))
        return false;
    sl_hex_put(ret, 2 * SL_SHA256_BYTES + 1, (struct sl_span){ sha256, sizeof sha256 });
    return true;
}

/* Make a change; *ret_taken instead of a failure when it conflicts with what is there now. */
static bool change(const struct cataloging *c, const char *operation, const char *method, const char *path,
                   const json_t *body, bool *ret_taken, struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch batch = { 0 };
    char token[2 * SL_SHA256_BYTES + 1];
    const char *code = "";
    size_t i = 0;
    if (!path || !make_token(c, operation, token, err))
        return false;
    const struct sl_iot_call call = { .operation = operation,
                                      .subject = c->package->name,
                                      .region = c->package->region,
                                      .method = method,
                                      .path = path,
                                      .query = { { "clientToken", token } },
                                      .body = body };
    if (!sl_iot_add(&batch, &call, &i, err) || !sl_batch_send(&batch, c->wire, err)
        || !sl_batch_code(&batch, i, &code, err))
        return false;
    *ret_taken = !strcmp(code, "ConflictException");
    return *ret_taken || sl_batch_expect(&batch, i, c->package->loc, err);
}

static const char *path_of(const struct cataloging *c, const char *tail, struct sl_err *err)
{
    return sl_arena_fmt(c->arena, err, "/packages/%s/versions/%s%s", c->package->name, c->package->version, tail);
}

/* Somebody else made it in the meantime. */
static bool make_package(const struct cataloging *c, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *body = json_object();
    bool taken = false;
    if (!body)
        return sl_fail_nomem(err);
    return c->seen->exists
           || change(c, "CreatePackage", "PUT", sl_arena_fmt(c->arena, err, "/packages/%s", c->package->name), body,
                     &taken, err);
}

static bool set_location(json_t *to, const char *bucket, const char *key, const char *version, struct sl_err *err)
{
    return sl_json_set(to, "s3Location", json_pack("{s:s, s:s, s:s}", "bucket", bucket, "key", key, "version", version),
                       err);
}

static bool describe(const struct cataloging *c, json_t *body, struct sl_err *err)
{
    const struct sl_plan_package *p = c->package;
    json_t *attributes = NULL, *artifact = NULL;
    if (*p->description && !sl_json_set(body, "description", json_string(p->description), err))
        return false;
    if (p->n_attributes && !sl_json_set(body, "attributes", attributes = json_object(), err))
        return false;
    for (size_t i = 0; i < p->n_attributes; i++)
        if (!sl_json_set(attributes, p->attributes[i].name, json_string(p->attributes[i].value), err))
            return false;
    return sl_json_set(body, "artifact", artifact = json_object(), err)
           && set_location(artifact, c->expected.bucket, p->artifact->object, c->expected.version_id, err);
}

/* The version as it is now, which must be the planned one. */
static bool find_version(const struct cataloging *c, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch batch = { 0 };
    SL_AUTO(sl_json_clear) json_t *found = NULL;
    const struct sl_plan_package *p = c->package;
    size_t i = 0;
    if (!sl_package_ask(&batch, p->region, p->name, p->version, &i, err) || !sl_batch_send(&batch, c->wire, err)
        || !sl_iot_json(&batch, i, p->loc, &found, err) || !sl_package_same(&c->expected, found, err))
        return false;
    *ret = json_incref(found);
    return true;
}

static bool make_version(const struct cataloging *c, json_t **ret, bool *ret_created, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *body = json_object();
    bool taken = false;
    *ret_created = false;
    if (c->seen->version) {
        *ret = json_incref(c->seen->version);
        return sl_package_same(&c->expected, *ret, err);
    }
    if (!body)
        return sl_fail_nomem(err);
    if (!describe(c, body, err) || !change(c, "CreatePackageVersion", "PUT", path_of(c, "", err), body, &taken, err))
        return false;
    *ret_created = !taken;
    return find_version(c, ret, err);
}

static bool other_bytes(const struct cataloging *c, struct sl_err *err)
{
    return sl_fail(err, SL_E_CONFLICT, c->package->loc, "'s3://%s/%s' holds other bytes than its name says",
                   c->plan->bucket.name, c->package->sbom_key);
}

/* The archive, in the bucket once. */
static bool store_sbom(const struct cataloging *c, struct sl_object *ret, struct sl_err *err)
{
    SL_AUTO(sl_own_stored_clear) struct sl_own_stored stored = { 0 };
    const struct sl_seen_file *seen = &c->seen->sbom;
    if (seen->exists) {
        *ret = seen->object;
        return sl_span_eq(sl_buf_span(&seen->bytes), c->package->sbom) || other_bytes(c, err);
    }
    if (!sl_own_store(c->wire, &c->plan->bucket, c->package->sbom_key, c->package->sbom, c->arena, &stored, err))
        return false;
    *ret = stored.object;
    return stored.ours || other_bytes(c, err);
}

static bool add_sbom(const struct cataloging *c, const json_t *version, struct sl_object *ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *body = json_object();
    json_t *sbom = NULL;
    bool there = false, taken = false;
    if (!c->package->sbom_key)
        return true;
    if (!body)
        return sl_fail_nomem(err);
    if (!store_sbom(c, ret, err) || !sl_package_has_sbom(&c->expected, version, &there, err))
        return false;
    if (there)
        return true;
    return sl_json_set(body, "sbom", sbom = json_object(), err)
           && set_location(sbom, c->expected.bucket, ret->key, ret->version_id, err)
           && change(c, "AssociateSbomWithPackageVersion", "PUT", path_of(c, "/sbom", err), body, &taken, err)
           && (!taken
               || sl_fail(err, SL_E_CONFLICT, c->package->loc,
                          "the bill of materials of package '%s' version %s was changed by somebody at this moment; "
                          "publish again",
                          c->package->name, c->package->version));
}

static bool release_version(const struct cataloging *c, const json_t *version, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *body = json_pack("{s:s}", "action", "PUBLISH");
    SL_AUTO(sl_json_clear) json_t *now = NULL;
    bool taken = false;
    if (!body)
        return sl_fail_nomem(err);
    if (strcmp(sl_json_str(version, "status"), "DRAFT") != 0)
        return true;
    if (!change(c, "UpdatePackageVersion", "PATCH", path_of(c, "", err), body, &taken, err))
        return false;
    if (!taken)
        return true;
    return find_version(c, &now, err)
           && (strcmp(sl_json_str(now, "status"), "DRAFT") != 0
               || sl_fail(err, SL_E_CONFLICT, c->package->loc, "version %s of package '%s' could not be published",
                          c->package->version, c->package->name));
}

static bool catalog_one(const struct cataloging *c, struct sl_cataloged_package *ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *version = NULL;
    return make_package(c, err) && make_version(c, &version, &ret->created, err)
           && add_sbom(c, version, &ret->sbom, err) && release_version(c, version, err);
}

bool sl_catalog(const struct sl_stored *stored, struct sl_wire *wire, struct sl_cataloged *ret, struct sl_err *err)
{
    SL_AUTO(sl_cataloged_clear) struct sl_cataloged done = { .from = stored };
    const struct sl_plan *plan = stored->from->from;
    done.arena = calloc(1, sizeof *done.arena);
    if (!done.arena)
        return sl_fail_nomem(err);
    done.packages = sl_arena_alloc(done.arena, plan->n_packages, sizeof *done.packages, err);
    if (!done.packages)
        return false;
    for (size_t i = 0; i < plan->n_packages; i++) {
        const struct sl_plan_package *p = &plan->packages[i];
        const struct cataloging c = { .plan = plan,
                                      .package = p,
                                      .seen = &stored->seen->packages[i],
                                      .expected = { p, plan->bucket.name,
                                                    stored->artifacts[p->artifact - plan->artifacts].version_id },
                                      .wire = wire,
                                      .arena = done.arena };
        if (!catalog_one(&c, &done.packages[i], err))
            return false;
    }
    *ret = done;
    done = (struct sl_cataloged){ 0 };
    return true;
}
