/* Signatures in CMS and the certificates in them: nothing that was not signed is good, whoever is trusted. */
#include "tests/fuzz/fuzz.h"

#include "signer/cms.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    /* A key that no SubjectPublicKeyInfo has. The content must be a regular file; any will do. */
    const struct sl_pubkey key = { .type = SL_KEY_EC_P256, .keyid = "0123456789abcdef" };
    const struct sl_cms_trust trust = { .key = &key };
    struct sl_err err = { 0 };
    SL_AUTO(sl_certificates_clear) struct sl_certificates signer = { NULL };
    (void)sl_cms_is((struct sl_span){ bytes, len });
    bool good = sl_cms_verify("/proc/self/status", (struct sl_span){ bytes, len }, &trust, &signer, &err);
    assert(!good && err.code != SL_OK && err.msg[0] != 0 && !signer.all);
    return 0;
}
