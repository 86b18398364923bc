#include "devices/priv/image.h"

#include "core/text.h"
#include "signer/verify.h"

#include <string.h>

/* A download as it comes in. */
struct incoming {
    const struct sl_stated *stated;
    unsigned want; /* digests */
    struct sl_hasher *hasher;
    struct sl_buf whole; /* the bytes themselves, for pure Ed25519 only */
    uint64_t size_bytes;
};

static void incoming_clear(struct incoming *in)
{
    sl_hasher_free(in->hasher);
    sl_buf_clear(&in->whole);
}

static bool take_bytes(void *ctx, struct sl_span bytes, bool restart, struct sl_err *err)
{
    struct incoming *in = ctx;
    if (restart || !in->hasher) {
        sl_hasher_free(in->hasher);
        in->hasher = sl_hasher_new(in->want, err);
        in->size_bytes = 0;
        sl_buf_reset(&in->whole);
        if (!in->hasher)
            return false;
    }
    in->size_bytes += bytes.len;
    if (in->size_bytes > in->stated->size_bytes)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "'%.60s' is longer than the %llu bytes the document states",
                       in->stated->name, (unsigned long long)in->stated->size_bytes);
    return sl_hasher_update(in->hasher, bytes, err)
           && (in->stated->algorithm != SL_ALG_ED25519 || sl_buf_add(&in->whole, bytes, err));
}

static bool download(struct sl_image_check *c, struct incoming *in, struct sl_verdict *v, struct sl_err *err)
{
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { .status = 0 };
    struct sl_request req = { .service = SL_S3,
                              .method = "GET",
                              .url = in->stated->url,
                              .sink = take_bytes,
                              .sink_ctx = in,
                              .what = "download" };
    bool ok = sl_wire_send(c->wire, &req, &reply, err) && sl_reply_expect(&req, &reply, "download", err);
    c->bytes += in->size_bytes;
    if (!ok)
        return sl_verdict_take(v, SL_DEVICE_FAILED,
                               err->code == SL_E_VERIFY ? "ERR_CHECKSUM_FAILED" : "ERR_DOWNLOAD_FAILED", err);
    return in->hasher || take_bytes(in, SL_SPAN_EMPTY, true, err); /* an empty file has no pieces */
}

/* Any key this device trusts may have signed a file; the statement's threshold has been met already. */
static bool check_signature(const struct sl_device_options *o, const struct incoming *in,
                            const struct sl_digests *digests, struct sl_verdict *v, struct sl_err *err)
{
    struct sl_to_sign what = { .algorithm = in->stated->algorithm,
                               .digests = digests,
                               .bytes = sl_buf_span(&in->whole) };
    for (size_t i = 0; i < o->n_trust; i++) {
        struct sl_err why = { 0 };
        if (!sl_pubkey_can(&o->trust[i], what.algorithm))
            continue;
        if (sl_verify(&o->trust[i], &what, sl_buf_span(&in->stated->signature), &why))
            return true;
        if (why.code != SL_E_VERIFY) {
            *err = why;
            return sl_verdict_take(v, SL_DEVICE_REJECTED, "ERR_SIGNATURE_FAILED", err);
        }
    }
    return sl_verdict_reject(v, "ERR_SIGNATURE_FAILED", "the signature of '%.60s' is of no key this device trusts",
                             in->stated->name);
}

static bool check_bytes(struct sl_image_check *c, struct incoming *in, struct sl_verdict *v, struct sl_err *err)
{
    struct sl_digests digests;
    if (!sl_hasher_final(in->hasher, &digests, err))
        return false;
    if (in->size_bytes != in->stated->size_bytes)
        return sl_verdict_fail(v, "ERR_CHECKSUM_FAILED", "'%.60s' is %llu bytes long, the document states %llu",
                               in->stated->name, (unsigned long long)in->size_bytes,
                               (unsigned long long)in->stated->size_bytes);
    if (in->stated->has_sha256 && memcmp(digests.value[SL_SHA256], in->stated->sha256, SL_SHA256_BYTES) != 0)
        return sl_verdict_fail(v, "ERR_CHECKSUM_FAILED", "the digest of '%.60s' is not the one that was signed",
                               in->stated->name);
    return check_signature(c->options, in, &digests, v, err);
}

bool sl_image_take(struct sl_image_check *c, const json_t *part, struct sl_verdict *v, struct sl_err *err)
{
    SL_AUTO(sl_stated_clear) struct sl_stated stated = { .name = "" };
    if (!sl_stated_read(c->dialect, part, &stated, v, err))
        return false;
    if (stated.has_sha256 && !sl_offer_has(c->statement, stated.sha256))
        return sl_verdict_reject(v, "ERR_NOT_IN_STATEMENT", "'%.60s' is not in the signed statement", stated.name);
    SL_AUTO(incoming_clear)
    struct incoming in = { .stated = &stated,
                           .want = SL_HASH_BIT(SL_SHA256) | SL_HASH_BIT(sl_algorithm_hash(stated.algorithm)),
                           .whole = SL_BUF_MAX((size_t)SL_ED25519_MAX_BYTES) };
    return download(c, &in, v, err) && check_bytes(c, &in, v, err);
}
