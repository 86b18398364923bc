#include "core/file.h"
#include "signer/priv/signable.h"
#include "signer/priv/verify.h"
#include "signer/sigfile.h"

#include <stdlib.h>

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
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the key signs in two ways; choose one with --algorithm: %s or %s",
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
           && choose(&pub, with->algorithm, &alg, err) && sl_signable_file(path, err)
           && measure(path, alg, progress, &m, err)
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

/* Pure Ed25519 signs no file above its limit, so it made no signature of one. */
static size_t candidates(const struct sl_pubkey *const *keys, size_t n, enum sl_algorithm asked, uint64_t size_bytes,
                         struct sl_file_signer *ret, unsigned *ret_hashes)
{
    size_t found = 0;
    *ret_hashes = 0;
    for (size_t i = 0; i < n; i++)
        for (unsigned alg = SL_ALG_NONE + 1; alg < SL_ALG_COUNT; alg++) {
            bool wanted = asked == SL_ALG_NONE || asked == (enum sl_algorithm)alg;
            if (!wanted || !sl_pubkey_can(keys[i], (enum sl_algorithm)alg)
                || (alg == SL_ALG_ED25519 && size_bytes > SL_ED25519_MAX_BYTES))
                continue;
            ret[found++] = (struct sl_file_signer){ i, (enum sl_algorithm)alg };
            *ret_hashes |= SL_HASH_BIT(sl_algorithm_hash((enum sl_algorithm)alg));
        }
    return found;
}

static void free_candidates(struct sl_file_signer **c)
{
    free(*c);
}

/* *ret_made: this key made the signature, with this algorithm. */
static bool try_one(const char *path, const struct sl_pubkey *key, enum sl_algorithm alg,
                    const struct sl_digests *digests, struct sl_span signature, bool *ret_made, struct sl_err *err)
{
    struct sl_err why = { 0 };
    const struct sl_to_sign what = { .algorithm = alg,
                                     .digests = digests,
                                     .path = alg == SL_ALG_ED25519 ? path : NULL };
    *ret_made = sl_verify(key, &what, signature, &why);
    if (*ret_made || why.code == SL_E_VERIFY)
        return true;
    *err = why;
    return false;
}

bool sl_verify_file_any(const char *path, const struct sl_pubkey *const *keys, size_t n, enum sl_algorithm algorithm,
                        struct sl_span signature, struct sl_progress *progress, struct sl_file_signer *ret,
                        struct sl_err *err)
{
    SL_AUTO(sl_fd_close) int fd = -1;
    uint64_t size = 0;
    unsigned hashes = 0;
    struct sl_digests digests;
    SL_AUTO(free_candidates) struct sl_file_signer *list = calloc(n + 1, SL_ALG_COUNT * sizeof *list);
    if (!list)
        return sl_fail_nomem(err);
    if (!sl_file_open(path, &fd, &size, err))
        return false;
    size_t n_list = candidates(keys, n, algorithm, size, list, &hashes);
    if (n_list > 0 && !sl_digest_fd(fd, path, hashes, progress, &size, &digests, err))
        return false;
    for (size_t i = 0; i < n_list; i++) {
        bool made = false;
        if (!try_one(path, keys[list[i].key], list[i].algorithm, &digests, signature, &made, err))
            return false;
        if (!made)
            continue;
        *ret = list[i];
        return true;
    }
    return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "'%s': no key that may sign artifacts made this signature", path);
}
