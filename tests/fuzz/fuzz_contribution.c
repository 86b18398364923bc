/* Contributions to a key and commitments to them: what is read has one text. */
#include "tests/fuzz/fuzz.h"

#include "keys/contribution.h"

#include <assert.h>

static void as_contribution(struct sl_span text)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_contribution_clear) struct sl_contribution c = { 0 };
    if (!sl_contribution_read(text, &c, &err)) {
        assert(err.code != SL_OK && err.msg[0] != 0);
        return;
    }
    assert(sl_span_eq_ct(sl_secret_span(&c.text), text));
    assert(c.commitment.name[0] != 0);
}

static void as_commitment(struct sl_span text)
{
    struct sl_err err = { 0 };
    struct sl_commitment c = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf again = { 0 };
    if (!sl_commitment_read(text, &c, &err)) {
        assert(err.code != SL_OK && err.msg[0] != 0);
        return;
    }
    bool ok = sl_commitment_write(&c, &again, &err);
    assert(ok && sl_span_eq(sl_buf_span(&again), text));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct sl_span all = { bytes, len };
    struct sl_err err = { 0 };
    if (!sl_secret_setup(&err))
        return 0;
    as_contribution(all);
    as_commitment(all);
    return 0;
}
