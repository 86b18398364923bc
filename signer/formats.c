#include "signer/priv/formats.h"

#include "core/text.h"
#include "signer/cms.h"
#include "signer/priv/format.h"

static bool make_cms(const struct sl_plan_artifact *a, const struct sl_pubkey *pub, struct sl_signature *s,
                     struct sl_err *err)
{
    SL_AUTO(sl_certificates_clear) struct sl_certificates all = { NULL };
    const struct sl_plan_certificates *own = &a->key->certificate, *chain = &a->key->chain;
    if (!own->file)
        return sl_fail(err, SL_E_INTERNAL, a->key->loc, "format cms was planned without a certificate");
    if (!sl_certificates_add(&all, own->bytes, own->file, err)
        || (chain->file && !sl_certificates_add(&all, chain->bytes, chain->file, err)))
        return false;
    sl_certificates_drop_roots(&all);
    return sl_cms_of(sl_buf_span(&s->bytes), a->algorithm, pub, &all, &s->formats[SL_FORMAT_CMS], err)
           || sl_while(err, own->loc, "keys.%s.certificate", a->key->name);
}

/* What follows from the raw signature and public things alone. */
static bool derive(const struct sl_plan_artifact *a, enum sl_format format, const struct sl_pubkey *pub,
                   struct sl_signature *s, struct sl_err *err)
{
    return format == SL_FORMAT_CMS ? make_cms(a, pub, s, err)
                                   : sl_signify_of(sl_buf_span(&s->bytes), pub, &s->formats[format], err);
}

static bool make_minisign(const struct sl_plan_artifact *a, struct sl_signer *signer, const struct sl_pubkey *pub,
                          struct sl_signature *s, struct sl_err *err)
{
    const struct sl_sign_with with = { a->key->name, a->key->uri, a->key->path, SL_ALG_ED25519 };
    const struct sl_format_job job = { .path = a->file, .signer = signer, .with = &with, .key = pub };
    const struct sl_span digest = sl_digests_get(&a->digests, SL_BLAKE2B);
    struct sl_buf *text = &s->formats[SL_FORMAT_MINISIGN];
    return sl_minisign_sign_digest(&job, digest, text, err)
           && sl_minisign_check(a->file, pub, digest, sl_buf_span(text), err);
}

bool sl_formats_make(const struct sl_plan_artifact *a, struct sl_signer *signer, const struct sl_pubkey *pub,
                     struct sl_signature *s, struct sl_err *err)
{
    for (unsigned f = SL_FORMAT_RAW + 1; f < SL_FORMAT_COUNT; f++) {
        enum sl_format format = (enum sl_format)f;
        if (!(a->formats & SL_FORMAT_BIT(f)))
            continue;
        if (!(format == SL_FORMAT_MINISIGN ? make_minisign(a, signer, pub, s, err) : derive(a, format, pub, s, err)))
            return sl_while(err, SL_LOC_NONE, "format %s", sl_format_name(format));
    }
    return true;
}

static bool take_one(const struct sl_plan_artifact *a, enum sl_format format, const struct sl_pubkey *pub,
                     const char *text, struct sl_signature *s, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf ours = { 0 };
    if (format == SL_FORMAT_MINISIGN)
        return sl_minisign_check(a->file, pub, sl_digests_get(&a->digests, SL_BLAKE2B), sl_span_str(text), err)
               && sl_buf_copy(&s->formats[format], sl_span_str(text), err);
    if (!derive(a, format, pub, s, err) || !sl_signature_format(s, format, &ours, err))
        return false;
    return sl_span_is(sl_buf_span(&ours), text)
           || sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                      "it is not what the raw signature and the key's certificates make");
}

bool sl_formats_take(const struct sl_plan_artifact *a, const struct sl_pubkey *pub, const json_t *formats,
                     struct sl_signature *s, struct sl_err *err)
{
    for (unsigned f = SL_FORMAT_RAW + 1; f < SL_FORMAT_COUNT; f++) {
        enum sl_format format = (enum sl_format)f;
        const char *text = sl_json_str(formats, sl_format_name(format));
        if (!(a->formats & SL_FORMAT_BIT(f)))
            continue;
        if (!take_one(a, format, pub, text, s, err)) {
            err->code = err->code == SL_E_INPUT ? SL_E_VERIFY : err->code;
            return sl_while(err, SL_LOC_NONE, "format %s", sl_format_name(format));
        }
    }
    return true;
}
