/* DSSE envelopes and release statements from a bucket or a job document: nothing that was not signed comes out. */
#include "tests/fuzz/fuzz.h"

#include "signer/bundle.h"

#include <assert.h>

/* The public keys of RFC 6979 A.2.5 and RFC 8032 section 7.1, TEST 2. */
static const uint8_t p256[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
                                0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
                                0x04, 0x60, 0xfe, 0xd4, 0xba, 0x25, 0x5a, 0x9d, 0x31, 0xc9, 0x61, 0xeb, 0x74,
                                0xc6, 0x35, 0x6d, 0x68, 0xc0, 0x49, 0xb8, 0x92, 0x3b, 0x61, 0xfa, 0x6c, 0xe6,
                                0x69, 0x62, 0x2e, 0x60, 0xf2, 0x9f, 0xb6, 0x79, 0x03, 0xfe, 0x10, 0x08, 0xb8,
                                0xbc, 0x99, 0xa4, 0x1a, 0xe9, 0xe9, 0x56, 0x28, 0xbc, 0x64, 0xf2, 0xf1, 0xb2,
                                0x0c, 0x2d, 0x7e, 0x9f, 0x51, 0x77, 0xa3, 0xc2, 0x94, 0xd4, 0x46, 0x22, 0x99 };
static const uint8_t ed25519[] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21,
                                   0x00, 0x3d, 0x40, 0x17, 0xc3, 0xe8, 0x43, 0x89, 0x5a, 0x92, 0xb7,
                                   0x0a, 0xa7, 0x4d, 0x1b, 0x7e, 0xbc, 0x9c, 0x98, 0x2c, 0xcf, 0x2e,
                                   0xc4, 0x96, 0x8c, 0xc0, 0xcd, 0x55, 0xf1, 0x2a, 0xf4, 0x66, 0x0c };

static void as_envelope(struct sl_span text)
{
    struct sl_err err = { 0 };
    struct sl_pubkey keys[2] = { 0 };
    SL_AUTO(sl_json_clear) json_t *envelope = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf payload = { 0 };
    bool ok = sl_pubkey_from_spki((struct sl_span){ p256, sizeof p256 }, &keys[0], &err)
              && sl_pubkey_from_spki((struct sl_span){ ed25519, sizeof ed25519 }, &keys[1], &err);
    assert(ok);
    if (sl_json_parse(text, "envelope", &envelope, &err)) {
        bool released = sl_dsse_verify(envelope, keys, 2, 1, &payload, NULL, &err);
        assert(!released && payload.ptr == NULL && err.code != SL_OK); /* the private keys sign no envelopes of ours */
    }
    sl_pubkey_clear(&keys[0]);
    sl_pubkey_clear(&keys[1]);
}

static void as_statement(struct sl_span text)
{
    struct sl_err err = { 0 };
    uint8_t digest[SL_SHA256_BYTES];
    SL_AUTO(sl_statement_clear) struct sl_statement s = { 0 };
    if (!sl_statement_read(text, &s, &err)) {
        assert(err.code != SL_OK && err.msg[0] != 0);
        return;
    }
    assert(s.name[0] && s.version[0] && s.plan_digest[0] && s.rollback_from);
    const json_t *first = json_array_get(json_object_get(s.value, "subject"), 0);
    bool found = sl_statement_subject(&s, sl_json_str(first, "name"), digest);
    assert(found);
}

static void as_bundle(struct sl_span text)
{
    struct sl_err err = { 0 };
    const char *name = NULL;
    json_t *entry = NULL;
    SL_AUTO(sl_bundle_clear) struct sl_bundle b = { 0 };
    if (!sl_bundle_read(text, "bundle", &b, &err)) {
        assert(err.code != SL_OK && err.msg[0] != 0);
        return;
    }
    json_object_foreach(b.signatures, name, entry)
    {
        SL_AUTO(sl_bundle_signature_clear) struct sl_bundle_signature s = { .algorithm = SL_ALG_NONE };
        struct sl_err why = { 0 };
        bool ok = sl_bundle_signature(&b, name, &s, &why);
        assert(ok ? s.algorithm != SL_ALG_NONE : why.code != SL_OK);
        assert(s.formats[SL_FORMAT_RAW].len == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct sl_span all = { bytes, len };
    as_envelope(all);
    as_statement(all);
    as_bundle(all);
    return 0;
}
