/* One artifact's signature in a bundle: by whom, and is it good? */
#include "cli/verify.h"
#include "signer/cms.h"
#include "signer/format.h"
#include "signer/verify.h"

#include <string.h>

static bool tell(json_t *to, const struct sl_bundle_signature *s, bool checked, struct sl_err *err)
{
    json_t *value = json_pack("{s:s, s:b, s:s}", "algorithm", sl_algorithm_name(s->algorithm), "checked", checked,
                              "keyid", s->keyid);
    return sl_json_set(to, "signature", value, err);
}

/* A digest is enough for all but pure Ed25519, and the statement has the SHA-256 of every artifact. */
static bool needs_file(const struct sl_verify_artifact *a, enum sl_algorithm alg)
{
    bool digested = (a->digests->have & SL_HASH_BIT(sl_algorithm_hash(alg))) != 0;
    return !a->path && (alg == SL_ALG_ED25519 || !digested);
}

static bool check_format(const struct sl_verify_artifact *a, enum sl_format format, const struct sl_pubkey *key,
                         struct sl_span text, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf comment = { 0 };
    SL_AUTO(sl_certificates_clear) struct sl_certificates signer = { NULL };
    const struct sl_cms_trust trust = { .key = key };
    if (sl_format_of(text) != format)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "it is of another format");
    return format == SL_FORMAT_CMS ? sl_cms_verify(a->path, text, &trust, &signer, err)
                                   : sl_format_verify(a->path, key, text, NULL, &comment, err);
}

/* The other formats, which take the file. to has "signature" already. */
static bool check_formats(const struct sl_verify_artifact *a, const struct sl_bundle_signature *s,
                          const struct sl_pubkey *key, struct sl_buf *how, json_t *to, struct sl_err *err)
{
    json_t *formats = NULL;
    for (unsigned f = SL_FORMAT_RAW + 1; f < SL_FORMAT_COUNT; f++) {
        enum sl_format format = (enum sl_format)f;
        const char *name = sl_format_name(format);
        bool checked = key && a->path;
        if (!s->formats[f].len)
            continue;
        if (checked && !check_format(a, format, key, sl_buf_span(&s->formats[f]), err)) {
            err->code = err->code == SL_E_INPUT ? SL_E_VERIFY : err->code;
            return sl_while(err, SL_LOC_NONE, "format %s of artifact '%.80s' in the bundle", name, a->name);
        }
        if (!formats && !sl_json_set(json_object_get(to, "signature"), "formats", formats = json_object(), err))
            return false;
        if (!sl_json_set(formats, name, json_boolean(checked), err)
            || !sl_buf_addf(how, err, "; %s %s", name, checked ? "good" : "not checked"))
            return false;
    }
    return true;
}

bool sl_verify_artifact(const struct sl_verifying *v, const struct sl_bundle *b, const struct sl_verify_artifact *a,
                        struct sl_buf *ret_how, json_t *to, struct sl_err *err)
{
    SL_AUTO(sl_bundle_signature_clear) struct sl_bundle_signature s = { .algorithm = SL_ALG_NONE };
    struct sl_verifying_signer by = { NULL, "", SL_ALG_NONE };
    if (!sl_bundle_signature(b, a->name, &s, err))
        return false;
    if (!sl_verifying_artifact_key(v, a->name, s.keyid, &by, err))
        return sl_while(err, SL_LOC_NONE, "the signature of artifact '%.80s'", a->name);
    const char *alg = sl_algorithm_name(s.algorithm);
    if (!by.key)
        return sl_buf_addf(ret_how, err, "%s signature not checked: its key, keyid %.64s, was not given", alg, s.keyid)
               && tell(to, &s, false, err) && check_formats(a, &s, NULL, ret_how, to, err);
    if (needs_file(a, s.algorithm))
        return sl_buf_addf(ret_how, err, "%s signature by %s not checked: that takes the file, with --statement", alg,
                           by.name)
               && tell(to, &s, false, err) && check_formats(a, &s, by.key, ret_how, to, err);
    const struct sl_to_sign what = { .algorithm = s.algorithm,
                                     .digests = a->digests,
                                     .path = s.algorithm == SL_ALG_ED25519 ? a->path : NULL };
    if (!sl_verify(by.key, &what, sl_buf_span(&s.bytes), err))
        return sl_while(err, SL_LOC_NONE, "the signature of artifact '%.80s' in the bundle", a->name);
    return sl_buf_addf(ret_how, err, "%s signature good, by %s, keyid %s", alg, by.name, by.key->keyid)
           && tell(to, &s, true, err) && check_formats(a, &s, by.key, ret_how, to, err);
}
