#include "signer/signed.h"

#include "core/text.h"
#include "signer/priv/bundle.h"

#include <stdlib.h>

void sl_signed_clear(struct sl_signed *s)
{
    for (size_t i = 0; s->artifacts && i < s->from->n_artifacts; i++)
        sl_signature_clear(&s->artifacts[i]);
    free(s->artifacts);
    sl_buf_clear(&s->statement);
    sl_json_clear(&s->envelope);
    sl_buf_clear(&s->bundle);
    *s = (struct sl_signed){ 0 };
}

bool sl_signed_init(const struct sl_plan *plan, struct sl_signed *ret, struct sl_err *err)
{
    *ret = (struct sl_signed){ .from = plan };
    ret->artifacts = calloc(plan->n_artifacts + 1, sizeof *ret->artifacts);
    return ret->artifacts ? true : sl_fail_nomem(err);
}

static bool add_formats(const struct sl_plan_artifact *artifact, const struct sl_signature *sig, json_t *entry,
                        struct sl_err *err)
{
    json_t *formats = NULL;
    if (!artifact->formats)
        return true;
    if (!sl_json_set(entry, "formats", formats = json_object(), err))
        return false;
    for (unsigned f = SL_FORMAT_RAW + 1; f < SL_FORMAT_COUNT; f++) {
        SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
        enum sl_format format = (enum sl_format)f;
        if ((artifact->formats & SL_FORMAT_BIT(f))
            && (!sl_signature_format(sig, format, &text, err)
                || !sl_json_set(formats, sl_format_name(format), json_string(sl_buf_str(&text)), err)))
            return false;
    }
    return true;
}

static bool add_artifact(json_t *signatures, const struct sl_plan_artifact *artifact, const struct sl_signature *sig,
                         struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!sl_base64_add(&text, sl_buf_span(&sig->bytes), err))
        return false;
    json_t *entry = json_pack("{s:s, s:s, s:s}", "algorithm", sl_algorithm_name(artifact->algorithm), "keyid",
                              sig->keyid, "signature", sl_buf_str(&text));
    return sl_json_set(signatures, artifact->name, entry, err) && add_formats(artifact, sig, entry, err);
}

bool sl_signed_bundle(const struct sl_signed *s, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *signatures = json_object();
    SL_AUTO(sl_json_clear) json_t *bundle = json_object();
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = { 0 };
    if (!signatures || !bundle)
        return sl_fail_nomem(err);
    for (size_t i = 0; i < s->from->n_artifacts; i++)
        if (!add_artifact(signatures, &s->from->artifacts[i], &s->artifacts[i], err))
            return false;
    if (!sl_json_set(bundle, "dsseEnvelope", json_incref(s->envelope), err)
        || !sl_json_set(bundle, "mediaType", json_string(SL_BUNDLE_MEDIA_TYPE), err)
        || !sl_json_set(bundle, "signatures", json_incref(signatures), err) || !sl_json_canonical(bundle, &bytes, err))
        return false;
    sl_buf_move(ret, &bytes);
    return true;
}
