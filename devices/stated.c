#include "devices/priv/stated.h"

#include "core/text.h"

#include <string.h>
#include <strings.h>

#define HANDLER "sealift-fetch"

enum sl_stated_dialect sl_stated_dialect_of(const json_t *document)
{
    if (json_is_object(json_object_get(document, "afr_ota")))
        return SL_STATED_AFR_OTA;
    return json_is_array(json_object_get(document, "steps")) ? SL_STATED_DEVICE_CLIENT : SL_STATED_JOBS_AGENT;
}

/* The inputs of the steps that run our handler; a simulated device runs nothing else. */
static bool fetches(const json_t *steps, json_t *to, struct sl_err *err)
{
    size_t i = 0;
    json_t *step = NULL;
    json_array_foreach((json_t *)(uintptr_t)steps, i, step)
    {
        json_t *input = sl_json_at(step, "action.input");
        if (strcmp(sl_json_str(input, "handler"), HANDLER) == 0 && !sl_json_push(to, json_incref(input), err))
            return false;
    }
    return true;
}

bool sl_stated_files(const json_t *document, json_t **ret, struct sl_err *err)
{
    const enum sl_stated_dialect dialect = sl_stated_dialect_of(document);
    const char *path = dialect == SL_STATED_AFR_OTA ? "afr_ota.files" : "files";
    SL_AUTO(sl_json_clear) json_t *files = json_array();
    json_t *stated = sl_json_at(document, path);
    if (!files)
        return sl_fail_nomem(err);
    if (dialect == SL_STATED_DEVICE_CLIENT && !fetches(json_object_get(document, "steps"), files, err))
        return false;
    if (dialect != SL_STATED_DEVICE_CLIENT && json_is_array(stated) && json_array_extend(files, stated) != 0)
        return sl_fail_nomem(err);
    *ret = json_incref(files);
    return true;
}

void sl_stated_clear(struct sl_stated *f)
{
    sl_buf_clear(&f->signature);
}

/* ---- what all have ---- */

static bool take_place(struct sl_stated *f, const char *name, const char *url, const char *members[2],
                       struct sl_verdict *v)
{
    f->name = name;
    f->url = url;
    return (*name && *url)
           || sl_verdict_fail(v, "ERR_FILE_COPY_FAILED", "a file of the job document has no %s",
                              *name ? members[1] : members[0]);
}

static bool take_sha256(struct sl_stated *f, const char *hex, struct sl_verdict *v)
{
    f->has_sha256 = true;
    return sl_hex_get(sl_span_str(hex), f->sha256, sizeof f->sha256)
           || sl_verdict_fail(v, "ERR_CHECKSUM_FAILED", "'%.60s' has no SHA-256 checksum", f->name);
}

static bool take_signature(struct sl_stated *f, const char *algorithm, const char *base64, struct sl_verdict *v,
                           struct sl_err *err)
{
    f->algorithm = sl_algorithm_from_document_name(algorithm);
    if (!*base64)
        return sl_verdict_reject(v, "ERR_NO_SIGNATURE", "'%.60s' is not signed", f->name);
    if (f->algorithm == SL_ALG_NONE)
        return sl_verdict_reject(v, "ERR_SIGNATURE_FAILED", "'%.60s' has the signature algorithm '%.40s'", f->name,
                                 algorithm);
    return sl_base64_get(sl_span_str(base64), &f->signature, err)
           || sl_verdict_take(v, SL_DEVICE_REJECTED, "ERR_SIGNATURE_FAILED", err);
}

/* ---- the dialects ---- */

static bool of_jobs_agent(const json_t *file, struct sl_stated *f, struct sl_verdict *v, struct sl_err *err)
{
    static const char *members[] = { "fileName", "fileSource.url" };
    const char *checksum = sl_json_str(file, "checksum.hashAlgorithm");
    if (!take_place(f, sl_json_str(file, members[0]), sl_json_str(file, members[1]), members, v))
        return false;
    if (strcasecmp(checksum, "sha256") != 0)
        return sl_verdict_fail(v, "ERR_UNSUPPORTED_CHECKSUM_ALGORITHM", "'%.60s' has the checksum algorithm '%.40s'",
                               f->name, checksum);
    if (!take_sha256(f, sl_json_str(file, "checksum.inline.value"), v)
        || !take_signature(f, sl_json_str(file, "signature.codesign.signatureAlgorithm"),
                           sl_json_str(file, "signature.codesign.signature"), v, err))
        return false;
    return sl_json_u64(file, "signature.codesign.rawPayloadSize", &f->size_bytes)
           || sl_verdict_reject(v, "ERR_SIGNATURE_FAILED", "'%.60s' has no rawPayloadSize", f->name);
}

/* The value of "name=value" among the arguments; "" when it is not there. */
static const char *argument(const json_t *args, const char *name)
{
    const size_t len = strlen(name);
    for (size_t i = 1; i < json_array_size(args); i++) {
        const char *text = json_string_value(json_array_get(args, i));
        if (text && strncmp(text, name, len) == 0 && text[len] == '=')
            return text + len + 1;
    }
    return "";
}

/* What devices/sealift-fetch is called with. */
static bool of_device_client(const json_t *input, struct sl_stated *f, struct sl_verdict *v, struct sl_err *err)
{
    static const char *members[] = { "file=", "URL" };
    const json_t *args = json_object_get(input, "args");
    const char *url = json_string_value(json_array_get(args, 0));
    if (!take_place(f, argument(args, "file"), url ? url : "", members, v)
        || !take_sha256(f, argument(args, "sha256"), v)
        || !take_signature(f, argument(args, "algorithm"), argument(args, "signature"), v, err))
        return false;
    const char *size = argument(args, "size");
    return (size[strspn(size, "0123456789")] == '\0' && sl_size_get(size, &f->size_bytes))
           || sl_verdict_fail(v, "ERR_FILE_COPY_FAILED", "'%.60s' has no size=", f->name);
}

static bool of_afr_ota(const json_t *file, struct sl_stated *f, struct sl_verdict *v, struct sl_err *err)
{
    static const char *members[] = { "filepath", "update_data_url" };
    const char *of_ecdsa = sl_algorithm_document_name(SL_ALG_ECDSA_P256_SHA256);
    if (!take_place(f, sl_json_str(file, members[0]), sl_json_str(file, members[1]), members, v)
        || !take_signature(f, of_ecdsa, sl_json_str(file, "sig-sha256-ecdsa"), v, err))
        return false;
    return sl_json_u64(file, "filesize", &f->size_bytes)
           || sl_verdict_fail(v, "ERR_FILE_COPY_FAILED", "'%.60s' has no filesize", f->name);
}

bool sl_stated_read(enum sl_stated_dialect dialect, const json_t *part, struct sl_stated *ret, struct sl_verdict *v,
                    struct sl_err *err)
{
    switch (dialect) {
    case SL_STATED_DEVICE_CLIENT:
        return of_device_client(part, ret, v, err);
    case SL_STATED_AFR_OTA:
        return of_afr_ota(part, ret, v, err);
    default:
        return of_jobs_agent(part, ret, v, err);
    }
}
