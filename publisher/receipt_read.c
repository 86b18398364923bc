#include "core/text.h"
#include "publisher/receipt.h"

#include <string.h>

/* Members that must be there, by path, and be strings that are not empty. */
static bool check_strings(const json_t *value, const char *what, const char *const *paths, struct sl_err *err)
{
    for (; *paths; paths++)
        if (!sl_json_str(value, *paths)[0])
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s has no '%s'", what, *paths);
    return true;
}

static bool check_object(const json_t *value, const char *what, struct sl_err *err)
{
    static const char *const members[] = { "object", "versionId", "sha256", "confirmedBy", NULL };
    uint8_t digest[SL_SHA256_BYTES];
    uint64_t size;
    if (!check_strings(value, what, members, err))
        return false;
    if (!sl_hex_get(sl_span_str(sl_json_str(value, "sha256")), digest, sizeof digest))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the sha256 of %s is not 64 hexadecimal digits", what);
    return sl_json_u64(value, "size", &size)
           || sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the size of %s is not a number of bytes", what);
}

static bool check_members(json_t *receipt, const char *member, const char *object_path, const char *const *strings,
                          struct sl_err *err)
{
    json_t *all = json_object_get(receipt, member), *value;
    const char *name;
    if (json_object_size(all) == 0) /* every release has some */
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "it has no '%s'", member);
    json_object_foreach(all, name, value)
    {
        const json_t *object = object_path ? json_object_get(value, object_path) : value;
        if (!check_object(object, name, err) || !check_strings(value, name, strings, err))
            return false;
    }
    return true;
}

static bool check_form(json_t *receipt, struct sl_err *err)
{
    static const char *const top[] = { "mediaType",     "planDigest", "release.name", "release.version", "bucket.name",
                                       "bucket.region", NULL };
    static const char *const artifact[] = { "signature.algorithm", "signature.keyid", NULL };
    static const char *const job[] = { "id", "arn", "region", NULL };
    if (!check_strings(receipt, "it", top, err))
        return false;
    if (strcmp(sl_json_str(receipt, "mediaType"), SL_RECEIPT_MEDIA_TYPE) != 0)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "its mediaType is '%.80s', expected '" SL_RECEIPT_MEDIA_TYPE "'",
                       sl_json_str(receipt, "mediaType"));
    uint8_t digest[SL_SHA256_BYTES];
    if (!sl_hex_get(sl_span_str(sl_json_str(receipt, "planDigest")), digest, sizeof digest))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "its planDigest is not 64 hexadecimal digits");
    return check_object(json_object_get(receipt, "statement"), "the statement", err)
           && check_members(receipt, "artifacts", NULL, artifact, err)
           && check_members(receipt, "jobs", "document", job, err);
}

bool sl_receipt_read(struct sl_span text, const char *name, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *receipt = NULL;
    if (!sl_json_parse(text, name, &receipt, err))
        return false;
    struct sl_loc loc = { name, 0, 0 };
    if (!check_form(receipt, err))
        return sl_while(err, loc, "'%s' is no receipt", name);
    *ret = receipt;
    receipt = NULL;
    return true;
}
