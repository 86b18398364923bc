/* Shares: the same bytes as a share file, as words alone, and as words whose checksum is made right first. */
#include "tests/fuzz/fuzz.h"

#include "core/secret.h"
#include "keys/priv/slip39.h"
#include "keys/share.h"

#include <assert.h>

static void as_file(struct sl_span text)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_share_clear) struct sl_share s = { 0 };
    SL_AUTO(sl_share_clear) struct sl_share again = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret written = { 0 };
    if (!sl_share_read(text, &s, &err)) {
        assert(err.code != SL_OK && err.msg[0] != 0);
        return;
    }
    bool ok = sl_share_write(&s, &written, &err) && sl_share_read(sl_secret_span(&written), &again, &err);
    assert(ok && sl_span_eq_ct(sl_secret_span(&s.words.value), sl_secret_span(&again.words.value)));
}

static void as_words(struct sl_span text)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_slip39_share_clear) struct sl_slip39_share s = { 0 };
    SL_AUTO(sl_slip39_share_clear) struct sl_slip39_share again = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret written = { 0 };
    if (!sl_slip39_share_read(text, &s, &err)) {
        assert(err.code != SL_OK && err.msg[0] != 0);
        return;
    }
    bool ok = sl_slip39_share_write(&s, &written, &err) && sl_slip39_share_read(sl_secret_span(&written), &again, &err);
    assert(ok && s.identifier == again.identifier && s.index == again.index && s.threshold == again.threshold);
    assert(sl_span_eq_ct(sl_secret_span(&s.value), sl_secret_span(&again.value)));
    assert(s.value.len >= SL_SLIP39_LEAST_BYTES && s.value.len <= SL_SLIP39_MOST_BYTES);
    /* One share is enough only where one was made; that takes PBKDF2's time, and goes untried here. */
    SL_AUTO(sl_secret_clear) struct sl_secret secret = { 0 };
    if (s.threshold > 1 || s.group_threshold > 1)
        assert(!sl_slip39_combine(&s, 1, SL_SPAN_EMPTY, &secret, &err) && err.code == SL_E_INPUT);
}

static void as_mended_words(struct sl_span bytes)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret words = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret text = { 0 };
    size_t n = bytes.len / 2 < SL_SLIP39_MOST_WORDS ? bytes.len / 2 : SL_SLIP39_MOST_WORDS;
    if (n < SL_SLIP39_LEAST_WORDS || !sl_secret_new(2 * n, &words, &err))
        return;
    for (size_t i = 0; i < n; i++)
        sl_slip39_words_set(&words, i, ((unsigned)bytes.ptr[2 * i] << 8 | bytes.ptr[2 * i + 1]) % SL_SLIP39_RADIX);
    bool extendable = sl_slip39_words_get(&words, 1) >> 4 & 1;
    sl_slip39_checksum_set(extendable, &words);
    assert(sl_slip39_checksum_fits(extendable, &words));
    if (sl_slip39_words_write(&words, &text, &err))
        as_words(sl_secret_span(&text));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct sl_span all = { bytes, len };
    struct sl_err err = { 0 };
    if (len == 0 || !sl_secret_setup(&err))
        return 0;
    as_file(all);
    as_words(all);
    as_mended_words(all);
    return 0;
}
