#include "devices/priv/offer.h"

#include "core/text.h"
#include "devices/priv/stated.h"
#include "manifests/semver.h"

#include <string.h>

static bool check_operation(const json_t *document, struct sl_verdict *v)
{
    const char *operation = sl_json_str(document, "operation");
    if (!*operation)
        return sl_verdict_reject(v, "ERR_UNKNOWN_OPERATION", "the job document names no operation");
    return !strcmp(operation, "install")
           || sl_verdict_reject(v, "ERR_UNKNOWN_OPERATION", "operation '%.60s' is not one this device knows",
                                operation);
}

static bool read_statement(const struct sl_device_options *o, const json_t *document, struct sl_statement *ret,
                           struct sl_verdict *v, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf payload = { 0 };
    const json_t *envelope = sl_json_at(document, "sealift.statement");
    if (!json_is_object(envelope))
        return sl_verdict_reject(v, "ERR_NO_STATEMENT", "no release statement in the job document");
    if (!sl_dsse_verify(envelope, o->trust, o->n_trust, o->threshold, &payload, NULL, err))
        return sl_verdict_take(v, SL_DEVICE_REJECTED, "ERR_STATEMENT_NOT_TRUSTED", err);
    return sl_statement_read(sl_buf_span(&payload), ret, err)
           || sl_verdict_take(v, SL_DEVICE_REJECTED, "ERR_STATEMENT_INVALID", err);
}

/* What stands beside the statement is not signed: it must say the same, or somebody changed it. */
static bool check_labels(const json_t *document, const struct sl_statement *s, struct sl_verdict *v)
{
    const char *name = sl_json_str(document, "sealift.release"), *version = sl_json_str(document, "sealift.version");
    if ((*name && strcmp(name, s->name) != 0) || (*version && strcmp(version, s->version) != 0))
        return sl_verdict_reject(v, "ERR_STATEMENT_INVALID",
                                 "the document says release '%.60s' %.60s, its signed statement '%.60s' %.60s", name,
                                 version, s->name, s->version);
    return true;
}

static bool check_hardware(const struct sl_device_options *o, const struct sl_statement *s, struct sl_verdict *v)
{
    if (!s->hardware || !*o->hardware)
        return true;
    for (size_t i = 0; i < json_array_size(s->hardware); i++)
        if (!strcmp(json_string_value(json_array_get(s->hardware, i)), o->hardware))
            return true;
    return sl_verdict_reject(v, "ERR_WRONG_HARDWARE", "release %.60s is not for hardware '%.60s'", s->version,
                             o->hardware);
}

/* A lower version only when its signers named the one that runs as what is rolled back. */
static bool check_version(const struct sl_device_options *o, const struct sl_statement *s, struct sl_verdict *v)
{
    if (!sl_semver_valid(s->version))
        return sl_verdict_reject(v, "ERR_STATEMENT_INVALID", "version '%.60s' is not a semantic version", s->version);
    if (!*o->version || sl_semver_compare(s->version, o->version) >= 0 || !strcmp(s->rollback_from, o->version))
        return true;
    if (*s->rollback_from)
        return sl_verdict_reject(v, "ERR_LOWER_VERSION",
                                 "version %.60s is lower than %.60s, which runs; it may be rolled back to from %.60s "
                                 "only",
                                 s->version, o->version, s->rollback_from);
    return sl_verdict_reject(v, "ERR_LOWER_VERSION", "version %.60s is lower than %.60s, which runs", s->version,
                             o->version);
}

/* A document for FreeRTOS has no room for a statement: the version is what it says beside its file, and what is signed is
 * the file alone. */
static bool judge_unsigned(const struct sl_device_options *o, const json_t *document, struct sl_statement *ret,
                           struct sl_verdict *v)
{
    static const char *const protocol = "HTTP";
    const json_t *protocols = sl_json_at(document, "afr_ota.protocols");
    *ret = (struct sl_statement){ .name = sl_json_str(document, "sealift.release"),
                                  .version = sl_json_str(document, "sealift.version"),
                                  .plan_digest = "",
                                  .rollback_from = "" };
    for (size_t i = 0; i < json_array_size(protocols); i++) {
        const char *one = json_string_value(json_array_get(protocols, i));
        if (one && strcmp(one, protocol) == 0)
            return check_version(o, ret, v);
    }
    return sl_verdict_reject(v, "ERR_UNKNOWN_OPERATION", "afr_ota.protocols does not name '%s'", protocol);
}

bool sl_offer_judge(const struct sl_device_options *options, const json_t *document, struct sl_statement *ret,
                    struct sl_verdict *v, struct sl_err *err)
{
    const enum sl_stated_dialect dialect = sl_stated_dialect_of(document);
    if (dialect == SL_STATED_AFR_OTA)
        return judge_unsigned(options, document, ret, v);
    return (dialect != SL_STATED_JOBS_AGENT || check_operation(document, v))
           && read_statement(options, document, ret, v, err) && check_labels(document, ret, v)
           && check_hardware(options, ret, v) && check_version(options, ret, v);
}

bool sl_offer_has(const struct sl_statement *s, const uint8_t sha256[SL_SHA256_BYTES])
{
    const json_t *subjects = json_object_get(s->value, "subject");
    for (size_t i = 0; i < json_array_size(subjects); i++) {
        uint8_t one[SL_SHA256_BYTES];
        const char *hex = sl_json_str(json_array_get(subjects, i), "digest.sha256");
        if (sl_hex_get(sl_span_str(hex), one, sizeof one) && !memcmp(one, sha256, sizeof one))
            return true;
    }
    return false;
}
