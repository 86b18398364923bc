#include "signer/priv/signable.h"

#include "core/file.h"

void sl_signable_clear(struct sl_signable *m)
{
    sl_buf_clear(&m->storage);
    m->span = SL_SPAN_EMPTY;
}

bool sl_signable_file(const char *path, struct sl_err *err)
{
    SL_AUTO(sl_fd_close) int fd = -1;
    uint64_t size = 0;
    return sl_file_open(path, &fd, &size, err)
           && (!sl_file_is_pae(fd)
               || sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                          "'%s' begins with 'DSSEv1 ': its signature would also be that of a statement or a trust file",
                          path));
}

static bool read_bytes(const char *path, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_fd_close) int fd = -1;
    uint64_t size = 0;
    if (!sl_file_open(path, &fd, &size, err))
        return false;
    if (size > SL_ED25519_MAX_BYTES)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "'%s' is larger than 16 MiB, the most that algorithm ed25519 signs; use ed25519ph", path);
    return sl_file_read(path, SL_ED25519_MAX_BYTES, ret, err);
}

static bool compare(const struct sl_to_sign *what, struct sl_span bytes, struct sl_err *err)
{
    uint8_t now[SL_SHA256_BYTES];
    if (!sl_sha256(bytes, now, err))
        return false;
    if (!sl_span_eq_ct((struct sl_span){ now, sizeof now }, sl_digests_get(what->digests, SL_SHA256)))
        return sl_fail(err, SL_E_CHANGED, SL_LOC_NONE, "'%s' changed after it was measured; build it, then run again",
                       what->path ? what->path : "what is to be signed");
    return true;
}

static bool take_bytes(const struct sl_to_sign *what, struct sl_signable *m, struct sl_err *err)
{
    bool digested = what->digests && (what->digests->have & SL_HASH_BIT(SL_SHA256));
    if (!what->path) {
        m->span = what->bytes;
        return !digested || compare(what, m->span, err);
    }
    if (!digested)
        return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "'%s' was not measured before it was to be signed", what->path);
    if (!read_bytes(what->path, &m->storage, err))
        return false;
    m->span = sl_buf_span(&m->storage);
    return compare(what, m->span, err);
}

bool sl_signable_take(const struct sl_to_sign *what, struct sl_signable *ret, struct sl_err *err)
{
    SL_AUTO(sl_signable_clear) struct sl_signable m = { .storage = SL_BUF_MAX(SL_ED25519_MAX_BYTES) };
    enum sl_hash hash = sl_algorithm_hash(what->algorithm);
    if (what->algorithm == SL_ALG_ED25519) {
        if (!take_bytes(what, &m, err))
            return false;
    } else {
        if (!what->digests || !(what->digests->have & SL_HASH_BIT(hash)))
            return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "the %s digest is missing for algorithm %s",
                           sl_hash_name(hash), sl_algorithm_name(what->algorithm));
        m.span = sl_digests_get(what->digests, hash);
    }
    *ret = m;
    m.storage = (struct sl_buf){ 0 };
    return true;
}
