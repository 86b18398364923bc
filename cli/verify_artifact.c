/* One artifact's signature in a bundle: by whom, and is it good? */
#include "cli/verify.h"
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
               && tell(to, &s, false, err);
    if (needs_file(a, s.algorithm))
        return sl_buf_addf(ret_how, err, "%s signature by %s not checked: that takes the file, with --statement", alg,
                           by.name)
               && tell(to, &s, false, err);
    const struct sl_to_sign what = { .algorithm = s.algorithm,
                                     .digests = a->digests,
                                     .path = s.algorithm == SL_ALG_ED25519 ? a->path : NULL };
    if (!sl_verify(by.key, &what, sl_buf_span(&s.bytes), err))
        return sl_while(err, SL_LOC_NONE, "the signature of artifact '%.80s' in the bundle", a->name);
    return sl_buf_addf(ret_how, err, "%s signature good, by %s, keyid %s", alg, by.name, by.key->keyid)
           && tell(to, &s, true, err);
}
