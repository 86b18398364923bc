#include "cli/verify_format.h"

#include "core/clock.h"
#include "core/text.h"
#include "signer/cms.h"
#include "signer/format.h"

#include <string.h>

#define MAX_SHOWN 400u

static bool no_algorithm(const struct sl_args *args, enum sl_format format, struct sl_err *err)
{
    const char *name = sl_args_get(args, SL_OPT_ALGORITHM, NULL);
    bool fits = !name || (format != SL_FORMAT_CMS && strcmp(name, sl_algorithm_name(SL_ALG_ED25519)) == 0);
    return fits
           || sl_fail(
               err, SL_E_USAGE, SL_LOC_NONE,
               "--algorithm '%s': signatures of minisign and signify are ed25519, and CMS says itself what it is; "
               "leave it out",
               name);
}

/* CMS by a signer whose certificate leads to one of --ca. */
static bool verify_by_ca(struct sl_verifying *v, const char *file, struct sl_span text, struct sl_err *err)
{
    SL_AUTO(sl_certificates_clear) struct sl_certificates ca = { NULL };
    SL_AUTO(sl_certificates_clear) struct sl_certificates signer = { NULL };
    struct sl_cms_trust trust = { .trusted = &ca };
    const char *path = sl_args_get(&v->c->args, SL_OPT_CA, NULL);
    if (sl_format_of(text) != SL_FORMAT_CMS)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "--ca: this signature is not CMS and has no certificate; give --key");
    if (!sl_args_time(&v->c->args, SL_OPT_AT, sl_clock_now_utc(), &trust.now_utc, err)
        || !sl_certificates_load(path, &ca, err) || !sl_cms_verify(file, text, &trust, &signer, err)
        || !sl_certificates_key(&signer, &v->found, err) || !sl_certificates_subject(&signer, &v->found_name, err))
        return false;
    sl_verifying_signed(v, &v->found, sl_buf_str(&v->found_name), sl_pubkey_only_algorithm(&v->found));
    return sl_buf_addf(&v->by, err, "certificate of %s", sl_buf_str(&v->found_name))
           && sl_verifying_rule(v, 1, 1, err, "a certificate that may sign code and leads to one of --ca '%.120s'",
                                path);
}

/* What the signer said of the file; nothing for signify, which has no such comment. */
static bool add_trusted(struct sl_verifying *v, struct sl_span trusted, json_t *details, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf shown = { 0 };
    if (!sl_safe_add(&shown, trusted, MAX_SHOWN, err))
        return false;
    sl_console_note(&v->c->console, "trusted comment: %s", sl_buf_str(&shown));
    return sl_verifying_text(details, "trustedComment", sl_buf_str(&shown), err);
}

bool sl_verify_format(struct sl_verifying *v, const char *file, const char *path, struct sl_span text,
                      struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf trusted = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf how = { 0 };
    SL_AUTO(sl_json_clear) json_t *details = json_object();
    const enum sl_format format = sl_format_of(text);
    bool ca = sl_args_has(&v->c->args, SL_OPT_CA);
    if (!no_algorithm(&v->c->args, format, err))
        return false;
    if (!(ca ? verify_by_ca(v, file, text, err) : sl_verifying_format(v, file, text, &trusted, err)))
        return sl_while(err, SL_LOC_NONE, "'%s'", path);
    if (!sl_buf_addf(&how, err, "%s signature", sl_format_name(format))
        || !sl_verifying_text(details, "signature", path, err)
        || !sl_verifying_text(details, "format", sl_format_name(format), err))
        return false;
    const char *const what[] = { file, sl_buf_str(&how), sl_buf_str(&v->by) };
    return (format != SL_FORMAT_MINISIGN || add_trusted(v, sl_buf_span(&trusted), details, err))
           && sl_verifying_keyids(v, details, err) && sl_verifying_good(v, what, details, err);
}
