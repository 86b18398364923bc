/* A receipt against the signed statement, without the network. */
#include "cli/verify.h"
#include "core/text.h"
#include "publisher/receipt.h"

#include <string.h>

static bool same(const char *what, const char *said, const char *stated, struct sl_err *err)
{
    return strcmp(said, stated) == 0
           || sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "the receipt's %s is '%.80s', the signed statement says '%.80s'",
                      what, said, stated);
}

static bool same_artifact(const json_t *said, const char *name, const struct sl_statement *s, struct sl_err *err)
{
    uint8_t stated[SL_SHA256_BYTES];
    char hex[2 * SL_SHA256_BYTES + 1];
    if (!sl_statement_subject(s, name, stated))
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                       "the receipt has artifact '%.80s', which the signed statement does not name", name);
    sl_hex_put(hex, sizeof hex, (struct sl_span){ stated, sizeof stated });
    return strcmp(sl_json_str(said, "sha256"), hex) == 0
           || sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                      "artifact '%.80s' has sha256 %.64s in the receipt, the signed statement says %s", name,
                      sl_json_str(said, "sha256"), hex);
}

bool sl_verify_same_release(const struct sl_statement *s, json_t *receipt, struct sl_err *err)
{
    size_t i = 0;
    json_t *value = NULL, *artifacts = json_object_get(receipt, "artifacts");
    const char *name = NULL;
    if (!same("release.name", sl_json_str(receipt, "release.name"), s->name, err)
        || !same("release.version", sl_json_str(receipt, "release.version"), s->version, err)
        || !same("planDigest", sl_json_str(receipt, "planDigest"), s->plan_digest, err))
        return false;
    json_array_foreach(json_object_get(s->value, "subject"), i, value)
    {
        name = sl_json_str(value, "name");
        if (!json_object_get(artifacts, name))
            return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                           "the receipt lacks artifact '%.80s', which the signed statement names", name);
    }
    json_object_foreach(artifacts, name, value)
    {
        if (!same_artifact(value, name, s, err))
            return false;
    }
    return true;
}

/* A list of names, and an object by name; either may be absent. */
static bool same_formats(const json_t *said, const json_t *there)
{
    size_t i = 0;
    json_t *name = NULL;
    json_array_foreach(said, i, name)
    {
        if (!json_object_get(there, json_is_string(name) ? json_string_value(name) : ""))
            return false;
    }
    return json_array_size(said) == json_object_size(there);
}

/* The statement the receipt means, and the keys it says signed the artifacts. */
static bool same_bundle(json_t *receipt, const struct sl_verify_stated *stated, struct sl_err *err)
{
    uint8_t digest[SL_SHA256_BYTES];
    char hex[2 * SL_SHA256_BYTES + 1];
    const char *name = NULL;
    json_t *value = NULL;
    if (!stated->bundle->signatures)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "--statement: a receipt is checked with the whole statement.json of the bucket, not with the "
                       "envelope alone");
    if (!sl_sha256(stated->bytes, digest, err))
        return false;
    sl_hex_put(hex, sizeof hex, (struct sl_span){ digest, sizeof digest });
    if (strcmp(sl_json_str(receipt, "statement.sha256"), hex) != 0)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                       "the receipt names a statement with sha256 %.64s, the one given has %s",
                       sl_json_str(receipt, "statement.sha256"), hex);
    json_object_foreach(json_object_get(receipt, "artifacts"), name, value)
    {
        const json_t *signature = json_object_get(stated->bundle->signatures, name);
        if (strcmp(sl_json_str(value, "signature.keyid"), sl_json_str(signature, "keyid")) != 0
            || strcmp(sl_json_str(value, "signature.algorithm"), sl_json_str(signature, "algorithm")) != 0)
            return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                           "artifact '%.80s' was signed by another key, or otherwise, than the receipt says", name);
        if (!same_formats(sl_json_at(value, "signature.formats"), json_object_get(signature, "formats")))
            return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                           "artifact '%.80s' was signed in other formats than the receipt says", name);
    }
    return true;
}

bool sl_verify_receipt_by(struct sl_verifying *v, const char *path, struct sl_span text,
                          const struct sl_verify_stated *stated, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *receipt = NULL;
    SL_AUTO(sl_json_clear) json_t *details = json_object();
    SL_AUTO(sl_buf_clear) struct sl_buf how = { 0 };
    const struct sl_statement *s = stated->statement;
    if (!sl_receipt_read(text, path, &receipt, err) || !sl_verify_same_release(s, receipt, err)
        || !same_bundle(receipt, stated, err))
        return false;
    if (!sl_buf_addf(&how, err, "receipt of release %s %s, says what was signed", s->name, s->version))
        return false;
    const char *const what[] = { path, sl_buf_str(&how), v->has_trust ? sl_buf_str(&v->by) : "signed statement" };
    return sl_verify_release(v, s, details, err) && sl_verifying_good(v, what, details, err);
}

bool sl_verify_receipt(struct sl_verifying *v, const char *path, struct sl_span text, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *receipt = NULL;
    (void)v;
    return sl_receipt_read(text, path, &receipt, err)
           && sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                      "'%s' is a receipt, which nobody signs: give --statement statement.json to check it against what "
                      "was signed, or --remote to ask S3 and AWS IoT",
                      path);
}
