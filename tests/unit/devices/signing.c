#include "tests/unit/devices/signing.h"

#include "tests/unit/unit.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include <stdio.h>
#include <stdlib.h>

void signing_key_make(struct signing_key *key, const char *kind)
{
    bool ec = !strcmp(kind, "P-256");
    struct sl_err err = { 0 };
    unsigned char *der = NULL;
    EVP_PKEY *pkey = ec ? EVP_PKEY_Q_keygen(NULL, NULL, "EC", kind) : EVP_PKEY_Q_keygen(NULL, NULL, kind);
    assert_non_null(pkey);
    int len = i2d_PUBKEY(pkey, &der);
    assert_true(len > 0);
    memset(key, 0, sizeof *key);
    key->pkey = pkey;
    assert_ok(err, sl_pubkey_from_spki((struct sl_span){ der, (size_t)len }, &key->public_key, &err));
    OPENSSL_free(der);
}

void signing_key_clear(struct signing_key *key)
{
    EVP_PKEY_free(key->pkey);
    sl_pubkey_clear(&key->public_key);
}

static char *base64(const unsigned char *bytes, size_t len)
{
    char *text = calloc(1, len * 4 / 3 + 8);
    assert_non_null(text);
    (void)EVP_EncodeBlock((unsigned char *)text, bytes, (int)len);
    return text;
}

char *signing_sign(const struct signing_key *key, struct sl_span bytes)
{
    unsigned char signature[256];
    size_t len = sizeof signature;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    const EVP_MD *md = key->public_key.type == SL_KEY_ED25519 ? NULL : EVP_sha256();
    assert_non_null(ctx);
    assert_int_equal(EVP_DigestSignInit(ctx, NULL, md, NULL, key->pkey), 1);
    assert_int_equal(EVP_DigestSign(ctx, signature, &len, bytes.ptr, bytes.len), 1);
    EVP_MD_CTX_free(ctx);
    return base64(signature, len);
}

json_t *signing_envelope(const char *payload, const struct signing_key *const *keys, size_t n)
{
    static const char type[] = "application/vnd.in-toto+json";
    char pae[4096];
    int len = snprintf(pae, sizeof pae, "DSSEv1 %zu %s %zu %s", strlen(type), type, strlen(payload), payload);
    assert_true(len > 0 && (size_t)len < sizeof pae);
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        char *sig = signing_sign(keys[i], (struct sl_span){ (const uint8_t *)pae, (size_t)len });
        assert_int_equal(
            json_array_append_new(list, json_pack("{s:s, s:s}", "keyid", keys[i]->public_key.keyid, "sig", sig)), 0);
        free(sig);
    }
    char *text = base64((const unsigned char *)payload, strlen(payload));
    json_t *envelope = json_pack("{s:s, s:s, s:o}", "payload", text, "payloadType", type, "signatures", list);
    assert_non_null(envelope);
    free(text);
    return envelope;
}

void signing_sha256(const char *bytes, char ret[65])
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    (void)SHA256((const unsigned char *)bytes, strlen(bytes), digest);
    for (size_t i = 0; i < sizeof digest; i++)
        (void)snprintf(ret + 2 * i, 3, "%02x", digest[i]);
}
