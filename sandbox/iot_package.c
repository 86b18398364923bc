/* The Software Package Catalog: packages, and their versions from draft to published to deprecated.
 *
 * Source: service model of AWS IoT (2015-05-28); developer guide, "Preparing to use Software Package Catalog" for what
 * may be changed in which state. Where neither says which error there is, ValidationException or ConflictException is
 * taken, of those the model lists for the operation. */
#include "core/text.h"
#include "sandbox/priv/access.h"
#include "sandbox/priv/inner.h"
#include "sandbox/priv/iot.h"
#include "sandbox/priv/refusal.h"

#include <string.h>

#define INVALID              "ValidationException"
#define CONFLICT             "ConflictException"
#define ATTRIBUTES_MAX_BYTES ((size_t)3072) /* developer guide: all of a version's together */

static bool missing(struct sl_iot_call *c, struct sl_err *err)
{
    if (c->version)
        return sl_refusal_make(err, 404, "ResourceNotFoundException", "Package version not found: %s %s", c->package,
                               c->version);
    return sl_refusal_make(err, 404, "ResourceNotFoundException", "Package not found: %s", c->package);
}

static bool set_text(json_t *to, const char *key, const char *value, struct sl_err *err)
{
    return !value || sl_json_set(to, key, json_string(value), err);
}

/* Members that are kept as JSON text. */
static bool set_json(json_t *to, const char *key, const char *text, struct sl_err *err)
{
    json_t *value = NULL;
    return !text
           || (sl_json_parse(sl_span_str(text), "stored member", &value, err) && sl_json_set(to, key, value, err));
}

static bool put_json(const json_t *body, const char *key, struct sl_arena *arena, const char **ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    const json_t *value = json_object_get(body, key);
    *ret = NULL;
    if (!value)
        return true;
    if (!sl_json_canonical(value, &text, err))
        return false;
    *ret = sl_arena_span(arena, sl_buf_span(&text), err);
    return *ret != NULL;
}

/* Changing the catalog also needs iot:GetIndexingConfiguration, as each operation's page says. */
static bool may_change(struct sl_iot_call *c, struct sl_err *err)
{
    return sl_access_require(c->x, "iot:GetIndexingConfiguration", "*", err);
}

static bool check_token(const struct sl_iot_call *c, struct sl_err *err)
{
    const char *token = sl_exchange_query(c->x, "clientToken");
    size_t len = token ? strlen(token) : 36;
    return (len >= 36 && len <= 64 && (!token || !strpbrk(token, " \t\r\n")))
           || sl_refusal_make(err, 400, INVALID, "clientToken must match \\S{36,64}");
}

/* The tags of the catalog are a map. */
static bool put_tags(struct sl_iot_call *c, const char *arn, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *list = json_array();
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(json_object_get(c->body, "tags"), key, value)
    {
        if (!sl_json_push(list, json_pack("{s:s, s:O}", "Key", key, "Value", value), err))
            return false;
    }
    if (!list)
        return sl_fail_nomem(err);
    return json_array_size(list) == 0
           || (sl_access_require(c->x, "iot:TagResource", arn, err) && sl_iot_tags_put(c->x, arn, list, err));
}

/* ---- packages ---- */

static bool find_package(struct sl_iot_call *c, struct sl_rows *r, struct sl_err *err)
{
    *r = (struct sl_rows){ .arena = c->x->arena };
    return sl_store_query(c->x->store, sl_rows_add, r, err,
                          "SELECT description, default_version, token, created, modified FROM packages WHERE name = ?",
                          "s", c->package);
}

static bool require_package(struct sl_iot_call *c, struct sl_err *err)
{
    struct sl_rows r;
    return find_package(c, &r, err)
           && (r.n > 0 || sl_refusal_make(err, 400, INVALID, "Package %s does not exist", c->package));
}

/* The same request again, by its token, is answered as it was. */
static bool is_repeated(const struct sl_iot_call *c, const char *stored_token)
{
    const char *token = sl_exchange_query(c->x, "clientToken");
    return token && !strcmp(token, stored_token);
}

bool sl_iot_package_create(struct sl_iot_call *c, struct sl_err *err)
{
    struct sl_rows r;
    const char *arn = sl_iot_arn(c->x, "package", c->package, err);
    const char *description = json_string_value(json_object_get(c->body, "description"));
    if (!arn || !check_token(c, err) || !may_change(c, err) || !find_package(c, &r, err))
        return false;
    if (r.n && !is_repeated(c, sl_rows_text(&r, 0, 2)))
        return sl_refusal_make(err, 409, CONFLICT, "Package already exists: %s", c->package);
    if (!r.n
        && (!sl_store_exec(c->x->store, err,
                           "INSERT INTO packages(name, description, token, created, modified) VALUES(?, ?, ?, ?, ?)",
                           "sssii", c->package, description, sl_exchange_query(c->x, "clientToken"), c->x->now_utc,
                           c->x->now_utc)
            || !put_tags(c, arn, err)))
        return false;
    return set_text(c->out, "packageName", c->package, err) && set_text(c->out, "packageArn", arn, err)
           && set_text(c->out, "description", description, err);
}

bool sl_iot_package_get(struct sl_iot_call *c, struct sl_err *err)
{
    struct sl_rows r;
    const char *arn = sl_iot_arn(c->x, "package", c->package, err);
    if (!arn || !find_package(c, &r, err))
        return false;
    if (!r.n)
        return missing(c, err);
    return set_text(c->out, "packageName", c->package, err) && set_text(c->out, "packageArn", arn, err)
           && set_text(c->out, "description", sl_rows_nullable(&r, 0, 0), err)
           && set_text(c->out, "defaultVersionName", sl_rows_nullable(&r, 0, 1), err)
           && sl_json_set(c->out, "creationDate", json_integer(sl_rows_number(&r, 0, 3)), err)
           && sl_json_set(c->out, "lastModifiedDate", json_integer(sl_rows_number(&r, 0, 4)), err);
}

static bool check_default(struct sl_iot_call *c, const char *name, struct sl_err *err)
{
    const char *status = NULL;
    if (!name)
        return true;
    if (!sl_store_text(c->x->store, c->x->arena, &status, err,
                       "SELECT status FROM package_versions WHERE package = ? AND version = ?", "ss", c->package, name))
        return false;
    return (status && strcmp(status, "DRAFT") != 0)
           || sl_refusal_make(err, 400, INVALID, "%s is no published version of package %s", name, c->package);
}

bool sl_iot_package_update(struct sl_iot_call *c, struct sl_err *err)
{
    struct sl_rows r;
    const char *name = json_string_value(json_object_get(c->body, "defaultVersionName"));
    bool unset = json_is_true(json_object_get(c->body, "unsetDefaultVersion"));
    if (!check_token(c, err) || !may_change(c, err) || !find_package(c, &r, err))
        return false;
    if (!r.n)
        return missing(c, err);
    if (name && unset)
        return sl_refusal_make(err, 400, INVALID, "defaultVersionName and unsetDefaultVersion exclude one another");
    return check_default(c, name, err)
           && sl_store_exec(c->x->store, err,
                            "UPDATE packages SET description = coalesce(?, description), default_version = CASE ? WHEN "
                            "1 THEN NULL ELSE coalesce(?, default_version) END, modified = ? WHERE name = ?",
                            "sisis", json_string_value(json_object_get(c->body, "description")), (int64_t)unset, name,
                            c->x->now_utc, c->package);
}

bool sl_iot_package_delete(struct sl_iot_call *c, struct sl_err *err)
{
    const char *left = NULL;
    if (!check_token(c, err)
        || !sl_store_text(c->x->store, c->x->arena, &left, err,
                          "SELECT version FROM package_versions WHERE package = ?", "s", c->package))
        return false;
    if (left)
        return sl_refusal_make(err, 400, INVALID, "Package %s still has version %s", c->package, left);
    return sl_store_exec(c->x->store, err, "DELETE FROM packages WHERE name = ?", "s", c->package);
}

bool sl_iot_package_list(struct sl_iot_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    int64_t limit = 0, after = 0;
    json_t *list = json_array();
    if (!sl_json_set(c->out, "packageSummaries", list, err) || !sl_iot_page(c, &limit, &after, err)
        || !sl_store_query(c->x->store, sl_rows_add, &r, err,
                           "SELECT rowid, name, default_version, created, modified FROM packages WHERE rowid > ? ORDER "
                           "BY rowid LIMIT ?",
                           "ii", after, (int64_t)(limit + 1)))
        return false;
    size_t shown = r.n > (size_t)limit ? (size_t)limit : r.n;
    for (size_t i = 0; i < shown; i++) {
        json_t *one = json_pack("{s:s, s:I, s:I}", "packageName", sl_rows_text(&r, i, 1), "creationDate",
                                (json_int_t)sl_rows_number(&r, i, 3), "lastModifiedDate",
                                (json_int_t)sl_rows_number(&r, i, 4));
        if (!sl_json_push(list, one, err) || !set_text(one, "defaultVersionName", sl_rows_nullable(&r, i, 2), err))
            return false;
    }
    return sl_iot_page_end(c, r.n > shown, shown ? sl_rows_number(&r, shown - 1, 0) : 0, err);
}

/* ---- versions ---- */

enum column { DESCRIPTION, ATTRIBUTES, ARTIFACT, RECIPE, STATUS, SBOM, SBOM_STATUS, TOKEN, CREATED, MODIFIED };

static bool find_version(struct sl_iot_call *c, struct sl_rows *r, struct sl_err *err)
{
    *r = (struct sl_rows){ .arena = c->x->arena };
    return sl_store_query(
        c->x->store, sl_rows_add, r, err,
        "SELECT description, attributes, artifact, recipe, status, sbom, sbom_status, token, created, "
        "modified FROM package_versions WHERE package = ? AND version = ?",
        "ss", c->package, c->version);
}

static bool check_attributes(const struct sl_iot_call *c, struct sl_err *err)
{
    const char *key = NULL;
    json_t *value = NULL;
    size_t bytes = 0;
    json_object_foreach(json_object_get(c->body, "attributes"), key, value)
    {
        bytes += strlen(key) + json_string_length(value);
    }
    return bytes <= ATTRIBUTES_MAX_BYTES
           || sl_refusal_make(err, 400, INVALID, "the attributes have %zu bytes, at most %zu are allowed", bytes,
                              ATTRIBUTES_MAX_BYTES);
}

static const char *version_arn(struct sl_iot_call *c, struct sl_err *err)
{
    const char *name = sl_arena_fmt(c->x->arena, err, "%s/version/%s", c->package, c->version);
    return name ? sl_iot_arn(c->x, "package", name, err) : NULL;
}

static bool show_version(struct sl_iot_call *c, const struct sl_rows *r, struct sl_err *err)
{
    const char *arn = version_arn(c, err);
    return arn && set_text(c->out, "packageVersionArn", arn, err) && set_text(c->out, "packageName", c->package, err)
           && set_text(c->out, "versionName", c->version, err)
           && set_text(c->out, "description", sl_rows_nullable(r, 0, DESCRIPTION), err)
           && set_json(c->out, "attributes", sl_rows_nullable(r, 0, ATTRIBUTES), err)
           && set_text(c->out, "status", sl_rows_text(r, 0, STATUS), err);
}

static bool insert_version(struct sl_iot_call *c, struct sl_err *err)
{
    const char *attributes = NULL, *artifact = NULL, *arn = version_arn(c, err);
    return arn && check_attributes(c, err) && put_json(c->body, "attributes", c->x->arena, &attributes, err)
           && put_json(c->body, "artifact", c->x->arena, &artifact, err)
           && sl_store_exec(c->x->store, err,
                            "INSERT INTO package_versions(package, version, description, attributes, artifact, recipe, "
                            "status, token, created, modified) VALUES(?, ?, ?, ?, ?, ?, 'DRAFT', ?, ?, ?)",
                            "sssssssii", c->package, c->version,
                            json_string_value(json_object_get(c->body, "description")), attributes, artifact,
                            json_string_value(json_object_get(c->body, "recipe")),
                            sl_exchange_query(c->x, "clientToken"), c->x->now_utc, c->x->now_utc)
           && put_tags(c, arn, err);
}

bool sl_iot_package_version_create(struct sl_iot_call *c, struct sl_err *err)
{
    struct sl_rows r;
    if (!check_token(c, err) || !may_change(c, err) || !require_package(c, err) || !find_version(c, &r, err))
        return false;
    if (r.n && !is_repeated(c, sl_rows_text(&r, 0, TOKEN)))
        return sl_refusal_make(err, 409, CONFLICT, "Package version already exists: %s %s", c->package, c->version);
    return (r.n || insert_version(c, err)) && find_version(c, &r, err) && show_version(c, &r, err);
}

bool sl_iot_package_version_get(struct sl_iot_call *c, struct sl_err *err)
{
    struct sl_rows r;
    if (!find_version(c, &r, err))
        return false;
    if (!r.n)
        return missing(c, err);
    return show_version(c, &r, err) && set_json(c->out, "artifact", sl_rows_nullable(&r, 0, ARTIFACT), err)
           && set_json(c->out, "sbom", sl_rows_nullable(&r, 0, SBOM), err)
           && set_text(c->out, "sbomValidationStatus", sl_rows_nullable(&r, 0, SBOM_STATUS), err)
           && set_text(c->out, "recipe", sl_rows_nullable(&r, 0, RECIPE), err)
           && sl_json_set(c->out, "creationDate", json_integer(sl_rows_number(&r, 0, CREATED)), err)
           && sl_json_set(c->out, "lastModifiedDate", json_integer(sl_rows_number(&r, 0, MODIFIED)), err);
}

/* Draft to published, and to and fro between published and deprecated. */
static bool next_status(const char *now, const char *action, const char **ret, struct sl_err *err)
{
    *ret = now;
    if (!action)
        return true;
    *ret = *action == 'P' ? "PUBLISHED" : "DEPRECATED";
    bool ok = *action == 'P' ? strcmp(now, "PUBLISHED") != 0 : !strcmp(now, "PUBLISHED");
    return ok || sl_refusal_make(err, 409, CONFLICT, "a version that is %s cannot become %s", now, *ret);
}

bool sl_iot_package_version_update(struct sl_iot_call *c, struct sl_err *err)
{
    struct sl_rows r;
    const char *status = NULL, *attributes = NULL, *artifact = NULL;
    bool fixed = json_object_get(c->body, "attributes") || json_object_get(c->body, "artifact");
    if (!check_token(c, err) || !may_change(c, err) || !find_version(c, &r, err))
        return false;
    if (!r.n)
        return missing(c, err);
    if (fixed && strcmp(sl_rows_text(&r, 0, STATUS), "DRAFT") != 0)
        return sl_refusal_make(err, 409, CONFLICT, "attributes and artifact of a version that is %s cannot be changed",
                               sl_rows_text(&r, 0, STATUS));
    return check_attributes(c, err)
           && next_status(sl_rows_text(&r, 0, STATUS), json_string_value(json_object_get(c->body, "action")), &status,
                          err)
           && put_json(c->body, "attributes", c->x->arena, &attributes, err)
           && put_json(c->body, "artifact", c->x->arena, &artifact, err)
           && sl_store_exec(c->x->store, err,
                            "UPDATE package_versions SET description = coalesce(?, description), attributes = "
                            "coalesce(?, attributes), artifact = coalesce(?, artifact), recipe = coalesce(?, recipe), "
                            "status = ?, modified = ? WHERE package = ? AND version = ?",
                            "sssssiss", json_string_value(json_object_get(c->body, "description")), attributes,
                            artifact, json_string_value(json_object_get(c->body, "recipe")), status, c->x->now_utc,
                            c->package, c->version);
}

bool sl_iot_package_version_delete(struct sl_iot_call *c, struct sl_err *err)
{
    const char *is_default = NULL;
    if (!check_token(c, err)
        || !sl_store_text(c->x->store, c->x->arena, &is_default, err,
                          "SELECT name FROM packages WHERE name = ? AND default_version = ?", "ss", c->package,
                          c->version))
        return false;
    if (is_default)
        return sl_refusal_make(err, 400, INVALID, "%s is the default version of package %s", c->version, c->package);
    return sl_store_exec(c->x->store, err, "DELETE FROM package_versions WHERE package = ? AND version = ?", "ss",
                         c->package, c->version);
}

bool sl_iot_package_version_list(struct sl_iot_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    const char *status = sl_exchange_query(c->x, "status");
    int64_t limit = 0, after = 0;
    json_t *list = json_array();
    if (!sl_json_set(c->out, "packageVersionSummaries", list, err) || !sl_iot_page(c, &limit, &after, err)
        || (status && !sl_shape_check_text(&sl_iot_shape_package_status, status, "status", err))
        || !sl_store_query(
            c->x->store, sl_rows_add, &r, err,
            "SELECT rowid, version, status, created, modified FROM package_versions WHERE package = ? AND "
            "rowid > ? AND (? IS NULL OR status = ?) ORDER BY rowid LIMIT ?",
            "sissi", c->package, after, status, status, (int64_t)(limit + 1)))
        return false;
    size_t shown = r.n > (size_t)limit ? (size_t)limit : r.n;
    for (size_t i = 0; i < shown; i++)
        if (!sl_json_push(list,
                          json_pack("{s:s, s:s, s:s, s:I, s:I}", "packageName", c->package, "versionName",
                                    sl_rows_text(&r, i, 1), "status", sl_rows_text(&r, i, 2), "creationDate",
                                    (json_int_t)sl_rows_number(&r, i, 3), "lastModifiedDate",
                                    (json_int_t)sl_rows_number(&r, i, 4)),
                          err))
            return false;
    return sl_iot_page_end(c, r.n > shown, shown ? sl_rows_number(&r, shown - 1, 0) : 0, err);
}
