/* Signature and public key files of minisign and signify. */
#include "tests/fuzz/fuzz.h"

#include "keys/commented.h"
#include "signer/format.h"

#include <assert.h>

static void as_key(struct sl_span text, struct sl_pubkey *ret)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf again = { 0 };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey back = { 0 };
    if (!sl_commented_key(text, ret, &err)) {
        assert(err.code != SL_OK && err.msg[0] != 0);
        return;
    }
    /* Written again it is the same key with the same number. */
    bool ok = sl_commented_key_add(&again, ret, "minisign", &err) && sl_commented_key(sl_buf_span(&again), &back, &err);
    assert(ok && sl_span_eq(sl_buf_span(&back.spki), sl_buf_span(&ret->spki)));
    assert(sl_span_eq((struct sl_span){ back.number, sizeof back.number },
                      (struct sl_span){ ret->number, sizeof ret->number }));
}

/* A key nobody signs with: whatever the bytes, nothing is good. */
static void as_signature(struct sl_span text)
{
    static const char key_text[] = "untrusted comment: minisign public key E7620F1842B4E81F\n"
                                   "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\n";
    struct sl_err err = { 0 };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey key = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf trusted = { 0 };
    if (sl_format_of(text) != SL_FORMAT_MINISIGN && sl_format_of(text) != SL_FORMAT_SIGNIFY)
        return;
    bool ok = sl_commented_key(sl_span_str(key_text), &key, &err);
    assert(ok);
    ok = sl_format_verify("/proc/self/exe", &key, text, NULL, &trusted, &err);
    assert(!ok && err.code != SL_OK && err.msg[0] != 0 && trusted.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct sl_span all = { bytes, len };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey key = { 0 };
    as_key(all, &key);
    as_signature(all);
    return 0;
}
