/* Key files: the same bytes as a public key, as each kind of private key, as text, and as a sealed key. Nobody answers
 * when a passphrase is asked for. */
#include "tests/fuzz/fuzz.h"

#include "core/text.h"
#include "keys/sealed.h"

#include <assert.h>

static void as_public_key(struct sl_span bytes)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey key = { 0 };
    if (!sl_pubkey_from_spki(bytes, &key, &err)) {
        assert(err.code != SL_OK && err.msg[0] != 0);
        return;
    }
    /* One key has one form, and so one keyid. */
    assert(sl_span_eq(sl_buf_span(&key.spki), bytes));
    assert(sl_pubkey_can(&key, sl_pubkey_statement_algorithm(&key)));
}

static void as_private_key(struct sl_span text)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_privkey_clear) struct sl_privkey key = { 0 };
    bool ok = sl_privkey_from_pem(text, "key", NULL, &key, &err);
    assert(ok || (err.code != SL_OK && err.msg[0] != 0));
    assert(!ok || (key.pkey != NULL) != (key.seed.len > 0));
}

static void in_pem(struct sl_span bytes, const char *label)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    bool ok = sl_buf_addf(&text, &err, "-----BEGIN %s-----\n", label);
    for (size_t i = 0; ok && i < bytes.len; i += 48)
        ok = sl_base64_add(&text, sl_span_sub(bytes, i, 48), &err) && sl_buf_add_char(&text, '\n', &err);
    if (ok && sl_buf_addf(&text, &err, "-----END %s-----\n", label))
        as_private_key(sl_buf_span(&text));
}

static void as_sealed_key(struct sl_span text)
{
    struct sl_err err = { 0 };
    struct sl_err why = { 0 };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
    SL_AUTO(sl_privkey_clear) struct sl_privkey key = { 0 };
    bool ok = sl_sealed_public(text, &pub, &err);
    assert(ok || (err.code != SL_OK && err.msg[0] != 0));
    assert(!sl_sealed_open(text, "key", NULL, &key, &why));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct sl_span all = { bytes, len };
    as_public_key(all);
    in_pem(all, "PRIVATE KEY");
    in_pem(all, "EC PRIVATE KEY");
    in_pem(all, "RSA PRIVATE KEY");
    in_pem(all, "ENCRYPTED PRIVATE KEY");
    as_private_key(all);
    as_sealed_key(all);
    return 0;
}
