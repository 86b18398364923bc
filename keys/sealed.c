#include "keys/sealed.h"

#include "core/file.h"
#include "core/os.h"
#include "core/text.h"
#include "keys/priv/privkey.h"
#include "keys/priv/sealed_text.h"

#include <assert.h>

#define MAX_FILE_BYTES ((size_t)64 << 10)
#define KEY_BYTES      SL_SEALED_KEY_BYTES
#define TAG_BYTES      crypto_aead_xchacha20poly1305_ietf_ABYTES

const struct sl_sealed_limits sl_sealed_limits_default = { crypto_pwhash_argon2id_OPSLIMIT_MODERATE,
                                                           crypto_pwhash_argon2id_MEMLIMIT_MODERATE };

bool sl_sealed_is(struct sl_span text)
{
    return sl_span_starts(text, "sealift sealed key");
}

bool sl_sealed_public(struct sl_span text, struct sl_pubkey *ret, struct sl_err *err)
{
    SL_AUTO(sl_sealed_text_clear) struct sl_sealed_text t = { 0 };
    if (!sl_sealed_text_read(text, &t, err))
        return false;
    sl_pubkey_move(ret, &t.pub);
    return true;
}

static bool derive(const struct sl_sealed_text *t, const struct sl_secret *passphrase, struct sl_secret *ret,
                   struct sl_err *err)
{
    if (!sl_secret_new(KEY_BYTES, ret, err))
        return false;
    /* The comparison guards machines whose size_t is narrower than the limit. */
    if (t->limits.memory_bytes > SIZE_MAX
        || crypto_pwhash(ret->ptr, ret->len, (const char *)passphrase->ptr, passphrase->len, t->salt,
                         t->limits.operations, (size_t)t->limits.memory_bytes, crypto_pwhash_ALG_ARGON2ID13)
               != 0)
        return sl_fail(err, SL_E_NOMEM, SL_LOC_NONE, "a sealed key needs %u MiB of free memory, more than there is",
                       (unsigned)(t->limits.memory_bytes >> 20));
    return true;
}

static bool encrypt(struct sl_sealed_text *t, struct sl_span head, struct sl_span plain, const struct sl_secret *key,
                    struct sl_err *err)
{
    unsigned long long len = 0;
    if (!sl_buf_reserve(&t->sealed, plain.len + TAG_BYTES, err))
        return false;
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(t->sealed.ptr, &len, plain.ptr, plain.len, head.ptr, head.len,
                                                     NULL, t->nonce, key->ptr);
    t->sealed.len = (size_t)len;
    return true;
}

bool sl_sealed_seal(const struct sl_privkey *key, const struct sl_secret *passphrase,
                    const struct sl_sealed_limits *limits, struct sl_buf *ret, struct sl_err *err)
{
    assert(passphrase->len > 0 && passphrase->len <= SL_PASSPHRASE_MAX_BYTES);
    SL_AUTO(sl_sealed_text_clear) struct sl_sealed_text t = { .limits = *limits };
    SL_AUTO(sl_secret_clear) struct sl_secret plain = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret wrap = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    bool ok = sl_buf_copy(&t.pub.spki, sl_buf_span(&key->pub.spki), err) && sl_os_random(t.salt, sizeof t.salt, err)
              && sl_os_random(t.nonce, sizeof t.nonce, err) && sl_sealed_text_head(&t, &text, err)
              && sl_privkey_pkcs8(key, &plain, err) && derive(&t, passphrase, &wrap, err)
              && encrypt(&t, sl_buf_span(&text), sl_secret_span(&plain), &wrap, err)
              && sl_buf_add_str(&text, "sealed: ", err) && sl_base64_add(&text, sl_buf_span(&t.sealed), err)
              && sl_buf_add_char(&text, '\n', err);
    if (ok)
        sl_buf_move(ret, &text);
    return ok;
}

/* True when it could be; *ret_fits says whether it was the key. */
static bool decrypt(const struct sl_sealed_text *t, const char *key_name, const struct sl_secret *key,
                    struct sl_secret *ret, bool *ret_fits, struct sl_err *err)
{
    unsigned long long len = 0;
    if (t->sealed.len < TAG_BYTES)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "sealed key '%s' is cut short", key_name);
    if (!sl_secret_new(t->sealed.len - TAG_BYTES, ret, err))
        return false;
    *ret_fits = crypto_aead_xchacha20poly1305_ietf_decrypt(ret->ptr, &len, NULL, t->sealed.ptr, t->sealed.len,
                                                           t->head.ptr, t->head.len, t->nonce, key->ptr)
                == 0;
    return true;
}

/* What was decrypted is the key whose public half the header states. */
static bool adopt(const struct sl_sealed_text *t, const char *key_name, const struct sl_secret *plain,
                  struct sl_privkey *ret, struct sl_err *err)
{
    SL_AUTO(sl_privkey_clear) struct sl_privkey key = { 0 };
    if (!sl_privkey_from_pkcs8(sl_secret_span(plain), &key, err))
        return false;
    if (!sl_span_eq_ct(sl_buf_span(&key.pub.spki), sl_buf_span(&t->pub.spki)))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "sealed key '%s' states another public key than it holds",
                       key_name);
    sl_privkey_move(ret, &key);
    return true;
}

bool sl_sealed_unlock(struct sl_span text, const char *key_name, const struct sl_passphrase_source *source,
                      struct sl_secret *ret_sealing_key, struct sl_privkey *ret, struct sl_err *err)
{
    SL_AUTO(sl_sealed_text_clear) struct sl_sealed_text t = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret passphrase = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret wrap = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret plain = { 0 };
    bool fits = false;
    if (!sl_sealed_text_read(text, &t, err) || !sl_passphrase_ask(source, key_name, &passphrase, err)
        || !derive(&t, &passphrase, &wrap, err) || !decrypt(&t, key_name, &wrap, &plain, &fits, err))
        return false;
    if (!fits)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "the passphrase given for key '%s' is wrong, or its file was changed", key_name);
    if (!adopt(&t, key_name, &plain, ret, err))
        return false;
    sl_secret_move(ret_sealing_key, &wrap);
    return true;
}

bool sl_sealed_open(struct sl_span text, const char *key_name, const struct sl_passphrase_source *source,
                    struct sl_privkey *ret, struct sl_err *err)
{
    SL_AUTO(sl_secret_clear) struct sl_secret wrap = { 0 };
    return sl_sealed_unlock(text, key_name, source, &wrap, ret, err);
}

bool sl_sealed_open_by(struct sl_span text, const char *key_name, const struct sl_secret *sealing_key,
                       struct sl_privkey *ret, struct sl_err *err)
{
    SL_AUTO(sl_sealed_text_clear) struct sl_sealed_text t = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret plain = { 0 };
    bool fits = false;
    assert(sealing_key->len == KEY_BYTES);
    if (!sl_sealed_text_read(text, &t, err) || !decrypt(&t, key_name, sealing_key, &plain, &fits, err))
        return false;
    if (!fits)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                       "the sealing key does not open '%s': it is of another sealed file, or this one was changed",
                       key_name);
    return adopt(&t, key_name, &plain, ret, err);
}

bool sl_sealed_digest(struct sl_span text, uint8_t ret[SL_SHA256_BYTES], struct sl_err *err)
{
    SL_AUTO(sl_sealed_text_clear) struct sl_sealed_text t = { 0 };
    return sl_sealed_text_read(text, &t, err) && sl_sha256(t.head, ret, err);
}

static bool require_sealed(struct sl_span text, const char *path, struct sl_err *err)
{
    return sl_sealed_is(text)
           || sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                      "'%s' is not a sealed key; name a PEM file as 'file:%s', or make one with: sealift key seal",
                      path, path);
}

bool sl_sealed_read(const char *path, struct sl_secret *ret, struct sl_err *err)
{
    SL_AUTO(sl_secret_clear) struct sl_secret text = { 0 };
    if (!sl_file_read_secret(path, MAX_FILE_BYTES, &text, err) || !require_sealed(sl_secret_span(&text), path, err))
        return false;
    sl_secret_move(ret, &text);
    return true;
}

bool sl_sealed_load(const char *path, const char *key_name, const struct sl_passphrase_source *source,
                    struct sl_privkey *ret, struct sl_err *err)
{
    SL_AUTO(sl_secret_clear) struct sl_secret text = { 0 };
    if (!sl_sealed_read(path, &text, err))
        return false;
    if (!sl_sealed_open(sl_secret_span(&text), key_name, source, ret, err))
        return sl_privkey_in_file(path, err);
    return true;
}

bool sl_sealed_load_public(const char *path, struct sl_pubkey *ret, struct sl_err *err)
{
    /* Read as a secret all the same: it may not be a sealed key at all. */
    SL_AUTO(sl_secret_clear) struct sl_secret text = { 0 };
    if (!sl_sealed_read(path, &text, err))
        return false;
    if (!sl_sealed_public(sl_secret_span(&text), ret, err))
        return sl_while(err, SL_LOC_NONE, "'%s'", path);
    return true;
}

bool sl_sealed_write(const struct sl_privkey *key, const char *path, const struct sl_secret *passphrase,
                     const struct sl_sealed_limits *limits, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!sl_sealed_seal(key, passphrase, limits, &text, err))
        return false;
    SL_AUTO(sl_outfile_clear) struct sl_outfile out = SL_OUTFILE_NONE;
    if (!sl_outfile_open(path, 0600, true, &out, err))
        return false;
    sl_outfile_add(&out, sl_buf_span(&text));
    return sl_outfile_commit(&out, err);
}
