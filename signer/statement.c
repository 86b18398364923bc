#include "signer/statement.h"

#include "core/text.h"

#include <string.h>

static bool add_subject(json_t *subjects, const struct sl_plan_artifact *artifact, struct sl_err *err)
{
    char hex[2 * SL_SHA256_BYTES + 1];
    sl_hex_put(hex, sizeof hex, sl_digests_get(&artifact->digests, SL_SHA256));
    return sl_json_push(subjects, json_pack("{s:{s:s}, s:s}", "digest", "sha256", hex, "name", artifact->name), err);
}

static bool add_hardware(json_t *predicate, const struct sl_plan *plan, struct sl_err *err)
{
    if (plan->n_hardware == 0)
        return true;
    SL_AUTO(sl_json_clear) json_t *list = json_array();
    if (!list)
        return sl_fail_nomem(err);
    for (size_t i = 0; i < plan->n_hardware; i++)
        if (!sl_json_push(list, json_string(plan->hardware[i]), err))
            return false;
    return sl_json_set(predicate, "hardware", json_incref(list), err);
}

bool sl_statement_build(const struct sl_plan *plan, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *subjects = json_array();
    SL_AUTO(sl_json_clear)
    json_t *predicate = json_pack("{s:s, s:s, s:s}", "name", plan->release_name, "version", plan->release_version,
                                  "planDigest", plan->digest);
    SL_AUTO(sl_json_clear)
    json_t *statement = json_pack("{s:s, s:s}", "_type", SL_STATEMENT_TYPE, "predicateType",
                                  SL_STATEMENT_PREDICATE_TYPE);
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = { 0 };
    if (!subjects || !predicate || !statement)
        return sl_fail_nomem(err);
    for (size_t i = 0; i < plan->n_artifacts; i++)
        if (!add_subject(subjects, &plan->artifacts[i], err))
            return false;
    if (plan->rollback_from[0] && !sl_json_set(predicate, "rollbackFrom", json_string(plan->rollback_from), err))
        return false;
    if (!add_hardware(predicate, plan, err) || !sl_json_set(statement, "predicate", json_incref(predicate), err)
        || !sl_json_set(statement, "subject", json_incref(subjects), err) || !sl_json_canonical(statement, &bytes, err))
        return false;
    sl_buf_move(ret, &bytes);
    return true;
}

void sl_statement_clear(struct sl_statement *s)
{
    sl_json_clear(&s->value);
    *s = (struct sl_statement){ 0 };
}

static bool refuse(struct sl_err *err, const char *expected)
{
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "not a release statement of sealift: %s was expected", expected);
}

static bool hex_digest(const json_t *subject, uint8_t ret[SL_SHA256_BYTES])
{
    const char *hex = sl_json_str(subject, "digest.sha256");
    return sl_hex_get(sl_span_str(hex), ret, SL_SHA256_BYTES)
           && strspn(hex, "0123456789abcdef") == (size_t)2 * SL_SHA256_BYTES;
}

static bool check_subjects(const json_t *subjects, struct sl_err *err)
{
    size_t i, j;
    const json_t *subject;
    uint8_t digest[SL_SHA256_BYTES];
    if (json_array_size(subjects) == 0)
        return refuse(err, "a 'subject' list that is not empty");
    for (i = 0; i < json_array_size(subjects); i++) {
        subject = json_array_get(subjects, i);
        const char *name = sl_json_str(subject, "name");
        if (name[0] == 0 || !hex_digest(subject, digest))
            return refuse(err, "a name and a SHA-256 digest in each subject");
        for (j = 0; j < i; j++)
            if (strcmp(sl_json_str(json_array_get(subjects, j), "name"), name) == 0)
                return refuse(err, "each subject once");
    }
    return true;
}

static bool check_hardware(const json_t *hardware, struct sl_err *err)
{
    if (!hardware)
        return true;
    if (json_array_size(hardware) == 0)
        return refuse(err, "a list of names as 'predicate.hardware'");
    for (size_t i = 0; i < json_array_size(hardware); i++)
        if (json_string_length(json_array_get(hardware, i)) == 0)
            return refuse(err, "a list of names as 'predicate.hardware'");
    return true;
}

/* An optional string: absent, or a string that is not empty. */
static bool check_optional(const json_t *value, struct sl_err *err)
{
    return !value || json_string_length(value) > 0 || refuse(err, "a version as 'predicate.rollbackFrom'");
}

bool sl_statement_read(struct sl_span payload, struct sl_statement *ret, struct sl_err *err)
{
    SL_AUTO(sl_statement_clear) struct sl_statement s = { 0 };
    if (!sl_json_parse(payload, "release statement", &s.value, err))
        return false;
    if (strcmp(sl_json_str(s.value, "_type"), SL_STATEMENT_TYPE) != 0)
        return refuse(err, "'_type' " SL_STATEMENT_TYPE);
    if (strcmp(sl_json_str(s.value, "predicateType"), SL_STATEMENT_PREDICATE_TYPE) != 0)
        return refuse(err, "'predicateType' " SL_STATEMENT_PREDICATE_TYPE);
    s.name = sl_json_str(s.value, "predicate.name");
    s.version = sl_json_str(s.value, "predicate.version");
    s.plan_digest = sl_json_str(s.value, "predicate.planDigest");
    s.hardware = sl_json_at(s.value, "predicate.hardware");
    s.rollback_from = sl_json_str(s.value, "predicate.rollbackFrom");
    if (s.name[0] == 0 || s.version[0] == 0 || s.plan_digest[0] == 0)
        return refuse(err, "'name', 'version' and 'planDigest' in its predicate");
    if (!check_hardware(s.hardware, err) || !check_optional(sl_json_at(s.value, "predicate.rollbackFrom"), err)
        || !check_subjects(json_object_get(s.value, "subject"), err))
        return false;
    sl_statement_clear(ret);
    *ret = s;
    s.value = NULL; /* is ret's now */
    return true;
}

bool sl_statement_subject(const struct sl_statement *s, const char *name, uint8_t ret[SL_SHA256_BYTES])
{
    const json_t *subjects = json_object_get(s->value, "subject");
    for (size_t i = 0; i < json_array_size(subjects); i++) {
        const json_t *subject = json_array_get(subjects, i);
        if (strcmp(sl_json_str(subject, "name"), name) == 0)
            return hex_digest(subject, ret);
    }
    return false;
}
