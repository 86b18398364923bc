#include "core/file.h"
#include "core/text.h"
#include "keys/commented.h"
#include "signer/priv/dsse.h"
#include "signer/priv/format.h"
#include "signer/priv/verify.h"

#include <string.h>

#define TRUSTED         "trusted comment: "
#define MAX_NAME_LENGTH 200u

bool sl_minisign_is(struct sl_span text)
{
    size_t lines = 0, i = 0;
    for (; i < text.len && lines < 2; i++)
        lines += text.ptr[i] == '\n';
    return lines == 2 && i < text.len; /* signify's end after two */
}

/* One pure Ed25519 signature over bytes in memory. */
static bool sign_bytes(const struct sl_format_job *job, struct sl_span bytes, uint8_t ret[SL_ED25519_SIGNATURE_BYTES],
                       struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
    struct sl_digests digests;
    struct sl_to_sign what;
    const struct sl_sign_with *with = job->with;
    if (!sl_dsse_to_sign(SL_ALG_ED25519, bytes, &digests, &what, err)
        || !job->signer->sign(job->signer, with->name, with->uri, with->path, &what, &signature, err))
        return false;
    if (signature.len != SL_ED25519_SIGNATURE_BYTES)
        return sl_fail(err, SL_E_CRYPTO, SL_LOC_NONE, "the key made a signature of %zu bytes; Ed25519's have 64",
                       signature.len);
    memcpy(ret, signature.ptr, SL_ED25519_SIGNATURE_BYTES);
    return true;
}

/* What the second signature is over: the first one and the comment. */
static bool global(const uint8_t signature[SL_ED25519_SIGNATURE_BYTES], struct sl_span trusted, struct sl_buf *ret,
                   struct sl_err *err)
{
    return sl_buf_add(ret, (struct sl_span){ signature, SL_ED25519_SIGNATURE_BYTES }, err)
           && sl_buf_add(ret, trusted, err);
}

static bool comment(const char *path, struct sl_buf *ret, struct sl_err *err)
{
    return sl_buf_add_str(ret, "file:", err) && sl_safe_add(ret, sl_span_str(sl_path_base(path)), MAX_NAME_LENGTH, err)
           && sl_buf_add_str(ret, "\thashed", err);
}

static bool compose(const struct sl_pubkey *key, const struct sl_blob *blob, const char *trusted,
                    const uint8_t second[SL_ED25519_SIGNATURE_BYTES], struct sl_buf *ret, struct sl_err *err)
{
    return sl_blob_add(ret, key, blob, err)
           && sl_commented_add(ret, TRUSTED, trusted, (struct sl_span){ second, SL_ED25519_SIGNATURE_BYTES }, err);
}

bool sl_minisign_sign_digest(const struct sl_format_job *job, struct sl_span digest, struct sl_buf *ret,
                             struct sl_err *err)
{
    struct sl_blob blob = { .algorithm = { 'E', 'D' } };
    uint8_t second[SL_ED25519_SIGNATURE_BYTES] = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf trusted = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf bound = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!comment(job->path, &trusted, err) || !sign_bytes(job, digest, blob.signature, err)
        || !global(blob.signature, sl_buf_span(&trusted), &bound, err)
        || !sign_bytes(job, sl_buf_span(&bound), second, err)
        || !compose(job->key, &blob, sl_buf_str(&trusted), second, &text, err))
        return false;
    sl_buf_move(ret, &text);
    return true;
}

bool sl_minisign_sign(const struct sl_format_job *job, struct sl_buf *ret, struct sl_err *err)
{
    uint8_t digest[SL_BLAKE2B_BYTES] = { 0 };
    return sl_blake2b_file(job->path, job->progress, digest, err)
           && sl_minisign_sign_digest(job, (struct sl_span){ digest, sizeof digest }, ret, err);
}

bool sl_minisign_check(const char *path, const struct sl_pubkey *key, struct sl_span digest, struct sl_span text,
                       struct sl_err *err)
{
    struct sl_blob blob = { 0 };
    uint8_t second[SL_ED25519_SIGNATURE_BYTES] = { 0 };
    struct sl_span rest = text;
    SL_AUTO(sl_buf_clear) struct sl_buf trusted = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf bound = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf again = { 0 };
    if (!sl_blob_take(&rest, key, &blob, err) || !sl_commented_take(&rest, TRUSTED, NULL, second, sizeof second, err)
        || !comment(path, &trusted, err) || !compose(key, &blob, sl_buf_str(&trusted), second, &again, err)
        || !global(blob.signature, sl_buf_span(&trusted), &bound, err))
        return false;
    if (!sl_span_eq(sl_buf_span(&again), text))
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                       "the signature of minisign is not written as here: other comments, or another algorithm");
    return sl_verify_message(key, SL_ALG_ED25519, digest, (struct sl_span){ blob.signature, sizeof blob.signature },
                             err)
           && sl_verify_message(key, SL_ALG_ED25519, sl_buf_span(&bound), (struct sl_span){ second, sizeof second },
                                err);
}

static bool verify_hashed(const char *path, const struct sl_pubkey *key, const struct sl_blob *blob,
                          struct sl_progress *progress, struct sl_err *err)
{
    uint8_t digest[SL_BLAKE2B_BYTES] = { 0 };
    return sl_blake2b_file(path, progress, digest, err)
           && (sl_verify_message(key, SL_ALG_ED25519, (struct sl_span){ digest, sizeof digest },
                                 (struct sl_span){ blob->signature, sizeof blob->signature }, err)
               || sl_while(err, SL_LOC_NONE, "'%s'", path));
}

bool sl_minisign_verify(const char *path, const struct sl_pubkey *key, struct sl_span text,
                        struct sl_progress *progress, struct sl_buf *ret_trusted, struct sl_err *err)
{
    struct sl_blob blob = { 0 };
    struct sl_span trusted = SL_SPAN_EMPTY;
    uint8_t second[SL_ED25519_SIGNATURE_BYTES] = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf bound = { 0 };
    if (!sl_blob_take(&text, key, &blob, err)
        || !sl_commented_take(&text, TRUSTED, &trusted, second, sizeof second, err))
        return false;
    bool hashed = blob.algorithm[1] == 'D';
    if (text.len > 0 || blob.algorithm[0] != 'E' || (!hashed && blob.algorithm[1] != 'd'))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "no signature of minisign: four lines and the algorithm 'ED' or 'Ed' were expected");
    if (!hashed && !sl_blob_fits(path, "minisign's older form", err))
        return false;
    const struct sl_span signature = { blob.signature, sizeof blob.signature };
    if (!(hashed ? verify_hashed(path, key, &blob, progress, err)
                 : sl_verify_file(path, key, SL_ALG_ED25519, signature, progress, err)))
        return false;
    if (!global(blob.signature, trusted, &bound, err))
        return false;
    if (!sl_verify_message(key, SL_ALG_ED25519, sl_buf_span(&bound), (struct sl_span){ second, sizeof second }, err))
        return sl_while(err, SL_LOC_NONE, "the trusted comment");
    return sl_buf_copy(ret_trusted, trusted, err);
}
