#include "manifests/priv/build.h"

#include "manifests/hole.h"

#include <string.h>

/* Version ids may have 1024 bytes (S3 user guide, "Retaining multiple versions"); those S3 gives out have 32. */
#define VERSION_ID_BYTES 64
#define HEX_BYTES        ((size_t)2 * SL_SHA256_BYTES)
#define JOB_ID_BYTES     (SL_JOB_ID_SIZE - 1)

/* The longest signature: DER of two integers with a leading zero byte each (ECDSA), the modulus (RSA, up to 4096 bits),
 * 64 bytes (RFC 8032). */
static size_t signature_bytes(enum sl_algorithm alg)
{
    switch (alg) {
    case SL_ALG_ECDSA_P256_SHA256:
        return 72;
    case SL_ALG_ECDSA_P384_SHA384:
        return 104;
    case SL_ALG_RSA_PSS_SHA256:
    case SL_ALG_RSA_PKCS1_SHA256:
        return 512;
    default:
        return 64;
    }
}

static size_t base64_bytes(size_t n)
{
    return (n + 2) / 3 * 4;
}

static bool add_filler(struct sl_buf *b, size_t n, struct sl_err *err)
{
    if (!sl_buf_reserve(b, n, err))
        return false;
    memset(b->ptr + b->len, 'a', n); /* fits hexadecimal and base64 */
    b->len += n;
    b->ptr[b->len] = 0;
    return true;
}

static json_t *filler_text(size_t n, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    return add_filler(&text, n, err) ? json_string(sl_buf_str(&text)) : NULL;
}

/* Length of the statement: the frame, then each subject, in canonical JSON; names need no escapes. */
static size_t payload_bytes(const struct sl_plan *plan)
{
    static const char frame[] = "{\"_type\":\"https://in-toto.io/Statement/"
                                "v1\",\"predicate\":{\"hardware\":[],\"name\":\"\",\"planDigest\":\"sha256:"
                                "\",\"version\":\"\"},\"predicateType\":\"" SL_PLAN_PREDICATE_TYPE "\",\"subject\":[]}";
    static const char subject[] = "{\"digest\":{\"sha256\":\"\"},\"name\":\"\"},";
    size_t n = sizeof frame + HEX_BYTES + strlen(plan->release_name) + strlen(plan->release_version);
    for (size_t i = 0; i < plan->n_hardware; i++)
        n += strlen(plan->hardware[i]) + strlen("\"\",");
    for (size_t i = 0; i < plan->n_artifacts; i++)
        n += sizeof subject + HEX_BYTES + strlen(plan->artifacts[i].name);
    return n;
}

/* An envelope of the right size: DSSE v1.0 (protocol.md, envelope.md). */
static bool envelope(const struct sl_plan *plan, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *value = json_object();
    json_t *signatures = json_array();
    if (!sl_json_set(value, "signatures", signatures, err)
        || !sl_json_set(value, "payload", filler_text(base64_bytes(payload_bytes(plan)), err), err)
        || !sl_json_set(value, "payloadType", json_string(SL_PLAN_PAYLOAD_TYPE), err))
        return false;
    for (size_t i = 0; i < plan->n_statement_keys; i++) {
        json_t *one = json_object();
        size_t bytes = signature_bytes(plan->statement_algorithms[i]);
        if (!sl_json_push(signatures, one, err) || !sl_json_set(one, "keyid", filler_text(HEX_BYTES, err), err)
            || !sl_json_set(one, "sig", filler_text(base64_bytes(bytes), err), err))
            return false;
    }
    *ret = json_incref(value);
    return true;
}

/* PEM is longer than the DER in it; the name of the issuer stands a second time. */
static size_t cms_bytes(const struct sl_plan_artifact *a)
{
    const struct sl_plan_key *key = a->key;
    return base64_bytes((2 * key->certificate.bytes.len + key->chain.bytes.len) / 4 * 3 + signature_bytes(a->algorithm)
                        + 256);
}

/* Of the text of minisign, or of signify, in JSON: two comments of a name and a keyid at most, which may need escapes. */
#define MINISIGN_BYTES 900
#define SIGNIFY_BYTES  256

struct filling {
    const struct sl_plan *plan;
    const struct sl_plan_job *job;
};

static bool longest_value(void *ctx, const char *name, json_t **ret, struct sl_err *err)
{
    const struct filling *f = ctx;
    const char *member = "";
    const struct sl_plan_artifact *a = sl_document_artifact(f->plan, name, &member);
    if (strcmp(name, "statement") == 0)
        return envelope(f->plan, ret, err);
    size_t n = HEX_BYTES; /* keyid, plan.digest */
    if (a && strcmp(member, "versionId") == 0)
        n = VERSION_ID_BYTES;
    else if (a && strcmp(member, "signature") == 0)
        n = base64_bytes(signature_bytes(a->algorithm));
    else if (a && strcmp(member, "cms") == 0)
        n = cms_bytes(a);
    else if (a && strcmp(member, "minisign") == 0)
        n = MINISIGN_BYTES;
    else if (a && strcmp(member, "signify") == 0)
        n = SIGNIFY_BYTES;
    else if (strcmp(name, "job.id") == 0)
        n = f->job->id[0] ? strlen(f->job->id) : JOB_ID_BYTES;
    *ret = filler_text(n, err);
    return *ret || sl_fail_nomem(err);
}

bool sl_worst_fill(const struct sl_plan *plan, const struct sl_plan_job *job, const json_t *document, json_t **ret,
                   struct sl_err *err)
{
    struct filling f = { plan, job };
    struct sl_hole_filler filler = { longest_value, &f };
    return sl_hole_fill(document, &filler, ret, err);
}

bool sl_worst_check(const struct sl_plan *plan, const struct sl_plan_job *job, const struct sl_asked_job *asked,
                    const json_t *document, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *filled = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!sl_worst_fill(plan, job, document, &filled, err) || !sl_json_canonical(filled, &text, err))
        return false;
    if (text.len <= SL_DOCUMENT_MAX_BYTES)
        return sl_budget_check(plan, job, asked, filled, err);
    return sl_fail(
        err, SL_E_INPUT, asked->document.here.loc,
        "the job document may have up to %zu bytes, AWS IoT takes %zu: carry fewer artifacts in one job, or say "
        "less",
        text.len, SL_DOCUMENT_MAX_BYTES);
}
