/* Trust files, before anybody's signature has been looked at: what is read is consistent. */
#include "tests/fuzz/fuzz.h"

#include "signer/trust.h"

#include <assert.h>
#include <string.h>

static void as_file(struct sl_span text)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_trust_clear) struct sl_trust t = { 0 };
    if (!sl_trust_read(text, "trust.json", &t, &err)) {
        assert(err.code != SL_OK && err.msg[0] != 0 && t.n_keys == 0);
        return;
    }
    assert(t.version > 0 && t.n_keys > 0 && strlen(t.digest) == 64);
    for (unsigned role = 0; role < SL_TRUST_ROLES; role++) {
        const struct sl_trust_rule *rule = &t.rules[role];
        assert(rule->threshold > 0 && rule->threshold <= rule->n && rule->n <= t.n_keys);
        for (size_t i = 0; i < rule->n; i++)
            assert(rule->keys[i] < t.n_keys && !t.keys[rule->keys[i]].revoked[0]);
    }
}

/* The same bytes as the payload of an envelope, which a mutation of base64 seldom reaches. */
static void as_payload(struct sl_span content)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_json_clear) json_t *draft = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (sl_json_parse(content, "payload", &draft, &err) && sl_trust_draft_finish(draft, "trust.json", &text, &err))
        as_file(sl_buf_span(&text));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct sl_span all = { bytes, len };
    as_file(all);
    as_payload(all);
    return 0;
}
