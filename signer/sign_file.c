#include "core/file.h"
#include "signer/priv/verify.h"
#include "signer/sigfile.h"

/* What was found out about a file before its signature is made or checked. */
struct measured {
    struct sl_digests digests;
    struct sl_to_sign what;
};

/* The algorithm asked for, or the only one the key has. */
static bool choose(const struct sl_pubkey *key, enum sl_algorithm asked, enum sl_algorithm *ret, struct sl_err *err)
{
    enum sl_algorithm alg = asked != SL_ALG_NONE ? asked : sl_pubkey_only_algorithm(key);
    if (alg == SL_ALG_NONE)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the key signs in two ways; choose the algorithm: %s or %s",
                       sl_algorithm_name(key->type == SL_KEY_RSA ? SL_ALG_RSA_PSS_SHA256 : SL_ALG_ED25519),
                       sl_algorithm_name(key->type == SL_KEY_RSA ? SL_ALG_RSA_PKCS1_SHA256 : SL_ALG_ED25519PH));
    *ret = alg;
    return sl_verify_able(key, alg, err);
}

static bool measure(const char *path, enum sl_algorithm alg, struct sl_progress *progress, struct measured *ret,
                    struct sl_err *err)
{
    SL_AUTO(sl_fd_close) int fd = -1;
    uint64_t size = 0;
    if (!sl_file_open(path, &fd, &size, err))
        return false;
    bool whole = alg == SL_ALG_ED25519;
    if (whole && size > SL_ED25519_MAX_BYTES)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "'%s' is larger than 16 MiB, the most that algorithm ed25519 signs; use ed25519ph", path);
    if (!sl_digest_fd(fd, path, SL_HASH_BIT(sl_algorithm_hash(alg)), progress, &size, &ret->digests, err))
        return false;
    ret->what = (struct sl_to_sign){ .algorithm = alg, .digests = &ret->digests, .path = whole ? path : NULL };
    return true;
}

bool sl_sign_file(const char *path, struct sl_signer *signer, const struct sl_sign_with *with,
                  struct sl_progress *progress, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
    enum sl_algorithm alg = SL_ALG_NONE;
    struct measured m;
    return signer->public_key(signer, with->name, with->uri, with->path, &pub, err)
           && choose(&pub, with->algorithm, &alg, err) && measure(path, alg, progress, &m, err)
           && signer->sign(signer, with->name, with->uri, with->path, &m.what, ret, err);
}

bool sl_verify_file(const char *path, const struct sl_pubkey *key, enum sl_algorithm algorithm,
                    struct sl_span signature, struct sl_progress *progress, struct sl_err *err)
{
    enum sl_algorithm alg = SL_ALG_NONE;
    struct measured m;
    if (!choose(key, algorithm, &alg, err) || !measure(path, alg, progress, &m, err))
        return false;
    return sl_verify(key, &m.what, signature, err) || sl_while(err, SL_LOC_NONE, "'%s'", path);
}
