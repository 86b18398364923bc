#include "signer/priv/format.h"

#include <string.h>

bool sl_signify_of(struct sl_span signature, const struct sl_pubkey *key, struct sl_buf *ret, struct sl_err *err)
{
    struct sl_blob blob = { .algorithm = { 'E', 'd' } };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (signature.len != sizeof blob.signature)
        return sl_fail(err, SL_E_CRYPTO, SL_LOC_NONE, "the key made a signature of %zu bytes; Ed25519's have 64",
                       signature.len);
    memcpy(blob.signature, signature.ptr, sizeof blob.signature);
    if (!sl_blob_add(&text, key, &blob, err))
        return false;
    sl_buf_move(ret, &text);
    return true;
}

bool sl_signify_sign(const struct sl_format_job *job, struct sl_buf *ret, struct sl_err *err)
{
    struct sl_sign_with with = *job->with;
    SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
    with.algorithm = SL_ALG_ED25519;
    return sl_blob_fits(job->path, "signify", err)
           && sl_sign_file(job->path, job->signer, &with, job->progress, &signature, err)
           && sl_signify_of(sl_buf_span(&signature), job->key, ret, err);
}

bool sl_signify_verify(const char *path, const struct sl_pubkey *key, struct sl_span text, struct sl_progress *progress,
                       struct sl_err *err)
{
    struct sl_blob blob = { 0 };
    if (!sl_blob_take(&text, key, &blob, err))
        return false;
    if (text.len > 0 || blob.algorithm[0] != 'E' || blob.algorithm[1] != 'd')
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "no signature of signify: two lines and the algorithm 'Ed' were expected");
    return sl_blob_fits(path, "signify", err)
           && sl_verify_file(path, key, SL_ALG_ED25519, (struct sl_span){ blob.signature, sizeof blob.signature },
                             progress, err);
}
