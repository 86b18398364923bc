#include "signer/format.h"

#include "keys/commented.h"
#include "signer/cms.h"
#include "signer/priv/format.h"
#include "signer/priv/signable.h"

#include <assert.h>

const char *sl_format_suffix(enum sl_format format)
{
    static const char *const suffixes[SL_FORMAT_COUNT] = { ".sig", ".p7s", ".minisig", ".sig" };
    assert(format < SL_FORMAT_COUNT);
    return suffixes[format];
}

enum sl_format sl_format_of(struct sl_span signature)
{
    if (!sl_commented_is(signature))
        return sl_cms_is(signature) ? SL_FORMAT_CMS : SL_FORMAT_RAW;
    return sl_minisign_is(signature) ? SL_FORMAT_MINISIGN : SL_FORMAT_SIGNIFY;
}

/* Both formats are Ed25519's. */
static bool able(const struct sl_pubkey *key, enum sl_algorithm asked, enum sl_format format, struct sl_err *err)
{
    if (key->type != SL_KEY_ED25519)
        return sl_fail(
            err, SL_E_INPUT, SL_LOC_NONE,
            "format %s has Ed25519 signatures only, and the key is of another type; make one with: sealift key "
            "new --type ed25519 FILE",
            sl_format_name(format));
    if (asked != SL_ALG_NONE && asked != SL_ALG_ED25519)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "format %s signs with ed25519, not with '%s'",
                       sl_format_name(format), sl_algorithm_name(asked));
    return true;
}

bool sl_format_sign(enum sl_format format, const char *path, struct sl_signer *signer, const struct sl_sign_with *with,
                    struct sl_progress *progress, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey key = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf again = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    const struct sl_format_job job = { path, signer, with, &key, progress };
    assert(format == SL_FORMAT_MINISIGN || format == SL_FORMAT_SIGNIFY);
    if (!signer->public_key(signer, with->name, with->uri, with->path, &key, err)
        || !able(&key, with->algorithm, format, err) || !sl_signable_file(path, err))
        return false;
    if (!(format == SL_FORMAT_MINISIGN ? sl_minisign_sign(&job, &text, err) : sl_signify_sign(&job, &text, err)))
        return false;
    /* Each signature was verified where it was made; this verifies how they were put together. */
    if (!sl_format_verify(path, &key, sl_buf_span(&text), NULL, &again, err))
        return false;
    sl_buf_move(ret, &text);
    return true;
}

bool sl_format_verify(const char *path, const struct sl_pubkey *key, struct sl_span text, struct sl_progress *progress,
                      struct sl_buf *ret_trusted, struct sl_err *err)
{
    enum sl_format format = sl_format_of(text);
    assert(format == SL_FORMAT_MINISIGN || format == SL_FORMAT_SIGNIFY);
    if (!able(key, SL_ALG_NONE, format, err))
        return false;
    return format == SL_FORMAT_MINISIGN ? sl_minisign_verify(path, key, text, progress, ret_trusted, err)
                                        : sl_signify_verify(path, key, text, progress, err);
}
