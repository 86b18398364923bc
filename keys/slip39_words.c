#include "core/text.h"
#include "keys/priv/slip39.h"

#include <assert.h>
#include <string.h>

#define FIRST_LETTERS 4u /* enough to know a word by */

unsigned sl_slip39_words_get(const struct sl_secret *words, size_t i)
{
    assert(2 * i + 1 < words->len);
    return (unsigned)words->ptr[2 * i] << 8 | words->ptr[2 * i + 1];
}

void sl_slip39_words_set(struct sl_secret *words, size_t i, unsigned value)
{
    assert(2 * i + 1 < words->len);
    words->ptr[2 * i] = (uint8_t)(value >> 8);
    words->ptr[2 * i + 1] = (uint8_t)value;
}

/* All ones when a and b are the same, 0 otherwise. */
static unsigned same(unsigned a, unsigned b)
{
    return 0u - (((a ^ b) - 1u) >> (8 * sizeof a - 1));
}

/* The place of a word in the list, SL_SLIP39_RADIX when it is not there. Looks at every letter of the list, so that the time
 * taken says nothing about the word. */
static unsigned find(const uint8_t word[SL_SLIP39_LETTERS])
{
    unsigned found = SL_SLIP39_RADIX;
    for (unsigned i = 0; i < SL_SLIP39_RADIX; i++) {
        unsigned differs = 0;
        for (size_t k = 0; k < SL_SLIP39_LETTERS; k++)
            differs |= word[k] ^ (unsigned char)sl_slip39_list[i][k];
        unsigned hit = same(differs, 0);
        found = (found & ~hit) | (i & hit);
    }
    return found;
}

static const char *nearest(const char *word)
{
    const char *list[SL_SLIP39_RADIX + 1] = { NULL };
    for (size_t i = 0; i < SL_SLIP39_RADIX; i++) {
        list[i] = sl_slip39_list[i];
        if (strncmp(word, list[i], FIRST_LETTERS) == 0)
            return list[i];
    }
    return sl_nearest(word, list);
}

static bool unknown(const char *word, size_t number, struct sl_err *err)
{
    const char *near = nearest(word);
    if (near)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "word %zu is not in the SLIP-39 word list; the nearest is '%s'",
                       number, near);
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "word %zu is not in the SLIP-39 word list", number);
}

/* What is being read: room for all words a share may have, and how many there are. */
struct reading {
    struct sl_secret words;
    size_t n;
    struct sl_err *err;
};

static void reading_clear(struct reading *r)
{
    sl_secret_clear(&r->words);
}

static bool is_number(struct sl_span token)
{
    for (size_t i = 0; i < token.len; i++)
        if (token.ptr[i] < '0' || token.ptr[i] > '9')
            return false;
    return true;
}

/* Numbers are for the eye; one that is not the next word's tells that words are missing, or twice there. */
static bool take_number(struct reading *r, struct sl_span token)
{
    unsigned number = 0;
    for (size_t i = 0; i < token.len && i < 6; i++)
        number = number * 10 + (unsigned)(token.ptr[i] - '0');
    return number == r->n + 1
           || sl_fail(r->err, SL_E_INPUT, SL_LOC_NONE, "the number %u stands where word %zu was expected", number,
                      r->n + 1);
}

static bool take_word(struct reading *r, struct sl_span token)
{
    uint8_t letters[SL_SLIP39_LETTERS + 1] = { 0 };
    if (r->n == SL_SLIP39_MOST_WORDS)
        return sl_fail(r->err, SL_E_INPUT, SL_LOC_NONE, "there are more than %u words, the most a share has",
                       SL_SLIP39_MOST_WORDS);
    for (size_t i = 0; i < token.len && i < SL_SLIP39_LETTERS; i++) {
        unsigned c = token.ptr[i];
        letters[i] = (uint8_t)(c | (c - 'A' < 26u ? 0x20u : 0));
    }
    unsigned found = find(letters);
    bool ok = found < SL_SLIP39_RADIX && token.len <= SL_SLIP39_LETTERS;
    if (ok)
        sl_slip39_words_set(&r->words, r->n++, found);
    else
        (void)unknown((const char *)letters, r->n + 1, r->err);
    sl_wipe(letters, sizeof letters);
    return ok;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool sl_slip39_words_read(struct sl_span text, struct sl_secret *ret, struct sl_err *err)
{
    SL_AUTO(reading_clear) struct reading r = { .err = err };
    if (!sl_secret_new((size_t)2 * SL_SLIP39_MOST_WORDS, &r.words, err))
        return false;
    for (size_t at = 0, end = 0; at < text.len; at = end) {
        end = at;
        while (end < text.len && is_space(text.ptr[end]) == is_space(text.ptr[at]))
            end++;
        const struct sl_span token = sl_span_sub(text, at, end - at);
        if (is_space(text.ptr[at]))
            continue;
        if (is_number(token) ? !take_number(&r, token) : !take_word(&r, token))
            return false;
    }
    if (r.n < SL_SLIP39_LEAST_WORDS)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "there are %zu words; a share has %u to %u", r.n,
                       SL_SLIP39_LEAST_WORDS, SL_SLIP39_MOST_WORDS);
    sl_secret_shorten(&r.words, 2 * r.n);
    sl_secret_move(ret, &r.words);
    return true;
}

/* The letters of a word, NULs behind them, taken from the list without saying from where. */
static void spell(unsigned word, uint8_t *ret)
{
    for (unsigned i = 0; i < SL_SLIP39_RADIX; i++)
        for (size_t k = 0; k < SL_SLIP39_LETTERS; k++)
            ret[k] = (uint8_t)(ret[k] | ((unsigned char)sl_slip39_list[i][k] & same(i, word)));
}

bool sl_slip39_words_write(const struct sl_secret *words, struct sl_secret *ret, struct sl_err *err)
{
    size_t n = words->len / 2, at = 0;
    SL_AUTO(sl_secret_clear) struct sl_secret text = { 0 };
    if (!sl_secret_new(n * (SL_SLIP39_LETTERS + 1), &text, err))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            text.ptr[at++] = ' ';
        spell(sl_slip39_words_get(words, i), text.ptr + at);
        while (at < text.len && text.ptr[at] != 0)
            at++;
    }
    sl_secret_shorten(&text, at);
    sl_secret_move(ret, &text);
    return true;
}
