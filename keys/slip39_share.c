#include "keys/priv/slip39.h"

#include <assert.h>

#define WORD_BITS      10u
#define HEAD_WORDS     4u /* identifier, flag, exponent; indices and thresholds */
#define METADATA_WORDS (HEAD_WORDS + SL_SLIP39_CHECKSUM_WORDS)

void sl_slip39_share_clear(struct sl_slip39_share *s)
{
    sl_secret_clear(&s->value);
    *s = (struct sl_slip39_share){ 0 };
}

static unsigned bit_of_words(const struct sl_secret *words, size_t first_word, size_t bit)
{
    return sl_slip39_words_get(words, first_word + bit / WORD_BITS) >> (WORD_BITS - 1 - bit % WORD_BITS) & 1u;
}

/* The value stands behind up to eight zero bits. */
static bool read_value(const struct sl_secret *words, struct sl_secret *ret, struct sl_err *err)
{
    size_t bits = (words->len / 2 - METADATA_WORDS) * WORD_BITS, padding = bits % 16;
    if (padding > 8)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "no share has %zu words; one or more are missing or too many",
                       words->len / 2);
    if (!sl_secret_new((bits - padding) / 8, ret, err))
        return false;
    unsigned in_padding = 0;
    for (size_t i = 0; i < padding; i++)
        in_padding |= bit_of_words(words, HEAD_WORDS, i);
    for (size_t i = 0; i < ret->len * 8; i++)
        ret->ptr[i / 8] = (uint8_t)(ret->ptr[i / 8] | bit_of_words(words, HEAD_WORDS, padding + i) << (7 - i % 8));
    return in_padding == 0
           || sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                      "the words are no share: the bits before its value are not zero, though the checksum fits");
}

static bool read_head(const struct sl_secret *words, struct sl_slip39_share *s, struct sl_err *err)
{
    unsigned long first = (unsigned long)sl_slip39_words_get(words, 0) << WORD_BITS | sl_slip39_words_get(words, 1);
    unsigned long second = (unsigned long)sl_slip39_words_get(words, 2) << WORD_BITS | sl_slip39_words_get(words, 3);
    s->identifier = (uint16_t)(first >> 5);
    s->extendable = first >> 4 & 1;
    s->iteration_exponent = first & 15;
    s->group_index = second >> 16 & 15;
    s->group_threshold = (second >> 12 & 15) + 1;
    s->group_count = (second >> 8 & 15) + 1;
    s->index = second >> 4 & 15;
    s->threshold = (second & 15) + 1;
    return s->group_threshold <= s->group_count
           || sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the words are no share: they ask for %u of %u groups",
                      s->group_threshold, s->group_count);
}

static bool check(const struct sl_secret *words, struct sl_err *err)
{
    bool extendable = sl_slip39_words_get(words, 1) >> 4 & 1;
    if (sl_slip39_checksum_fits(extendable, words))
        return true;
    size_t suspect = sl_slip39_checksum_suspect(extendable, words);
    if (suspect)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "the checksum of the words does not fit; if one word alone is wrong, it is word %zu", suspect);
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                   "the checksum of the words does not fit: several are wrong, or in another order");
}

bool sl_slip39_share_read(struct sl_span text, struct sl_slip39_share *ret, struct sl_err *err)
{
    SL_AUTO(sl_secret_clear) struct sl_secret words = { 0 };
    SL_AUTO(sl_slip39_share_clear) struct sl_slip39_share s = { 0 };
    if (!sl_slip39_words_read(text, &words, err) || !check(&words, err) || !read_head(&words, &s, err)
        || !read_value(&words, &s.value, err))
        return false;
    s.name = ret->name;
    sl_slip39_share_clear(ret);
    *ret = s;
    s = (struct sl_slip39_share){ 0 };
    return true;
}

bool sl_slip39_share_write(const struct sl_slip39_share *s, struct sl_secret *ret, struct sl_err *err)
{
    const size_t value_bits = 8 * s->value.len, value_words = (value_bits + WORD_BITS - 1) / WORD_BITS;
    const size_t padding = value_words * WORD_BITS - value_bits;
    const unsigned long first = (unsigned long)s->identifier << 5 | (unsigned long)s->extendable << 4
                                | s->iteration_exponent;
    const unsigned long second = (unsigned long)s->group_index << 16 | (unsigned long)(s->group_threshold - 1) << 12
                                 | (unsigned long)(s->group_count - 1) << 8 | (unsigned long)s->index << 4
                                 | (s->threshold - 1);
    SL_AUTO(sl_secret_clear) struct sl_secret words = { 0 };
    if (!sl_secret_new(2 * (value_words + METADATA_WORDS), &words, err))
        return false;
    sl_slip39_words_set(&words, 0, first >> WORD_BITS & 1023u);
    sl_slip39_words_set(&words, 1, first & 1023u);
    sl_slip39_words_set(&words, 2, second >> WORD_BITS & 1023u);
    sl_slip39_words_set(&words, 3, second & 1023u);
    for (size_t i = 0; i < value_bits; i++) {
        unsigned bit = (unsigned)s->value.ptr[i / 8] >> (7 - i % 8) & 1u;
        size_t at = HEAD_WORDS + (padding + i) / WORD_BITS;
        unsigned shift = (unsigned)(WORD_BITS - 1 - (padding + i) % WORD_BITS);
        sl_slip39_words_set(&words, at, sl_slip39_words_get(&words, at) | bit << shift);
    }
    sl_slip39_checksum_set(s->extendable, &words);
    return sl_slip39_words_write(&words, ret, err);
}
