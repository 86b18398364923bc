#include "keys/share.h"

#include "core/text.h"
#include "keys/priv/lines.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define FIRST_LINE     "sealift key share, version 1"
#define ABOUT          "one of the shares that open a sealed key together; secret; format: docs/keys.md"
#define MOST_BYTES     2048u
#define WORDS_PER_LINE 4u
#define COLUMN         12 /* of a word with its number and a space behind */

void sl_share_clear(struct sl_share *s)
{
    sl_slip39_share_clear(&s->words);
    *s = (struct sl_share){ 0 };
}

bool sl_share_is(struct sl_span text)
{
    return sl_span_starts(text, "sealift key share");
}

/* "share: 1 of 3" */
static bool read_place(struct sl_lines *l, unsigned *ret_index, unsigned *ret_count)
{
    struct sl_span text = SL_SPAN_EMPTY;
    uint64_t number = 0, count = 0;
    if (!sl_lines_next(l, "share: ", &text))
        return false;
    const uint8_t *blank = text.len ? memchr(text.ptr, ' ', text.len) : NULL;
    size_t len = blank ? (size_t)(blank - text.ptr) : 0;
    const struct sl_span rest = sl_span_sub(text, len, text.len);
    if (!sl_span_starts(rest, " of ") || !sl_lines_digits(sl_span_sub(text, 0, len), &number)
        || !sl_lines_digits(sl_span_sub(rest, 4, rest.len), &count) || number < 1 || number > count
        || count > SL_SLIP39_MOST_SHARES)
        return sl_lines_refuse(l, "1 of 3, or the like");
    *ret_index = (unsigned)number - 1;
    *ret_count = (unsigned)count;
    return true;
}

static bool read_head(struct sl_lines *l, struct sl_share *s, unsigned *ret_index, uint64_t *ret_threshold)
{
    return sl_lines_constant(l, FIRST_LINE, "") && sl_lines_constant(l, "about: ", ABOUT)
           && sl_lines_hex(l, "keyid: ", s->keyid, sizeof s->keyid)
           && sl_lines_hex(l, "sealed-head: ", s->sealed_head, sizeof s->sealed_head)
           && read_place(l, ret_index, &s->count)
           && sl_lines_number(l, "threshold: ", 1, SL_SLIP39_MOST_SHARES, ret_threshold)
           && sl_lines_constant(l, "words: ", "SLIP-39");
}

bool sl_share_read(struct sl_span text, struct sl_share *ret, struct sl_err *err)
{
    SL_AUTO(sl_share_clear) struct sl_share s = { 0 };
    struct sl_lines l = { .rest = text, .what = "share", .err = err };
    unsigned index = 0;
    uint64_t threshold = 0;
    if (!read_head(&l, &s, &index, &threshold) || !sl_slip39_share_read(l.rest, &s.words, err))
        return false;
    if (s.words.index != index || s.words.threshold != threshold)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "the lines above the words call this share %u, %u of which are needed; the words call it share "
                       "%u, %u of which are needed",
                       index + 1, (unsigned)threshold, s.words.index + 1, s.words.threshold);
    s.words.name = ret->words.name;
    sl_share_clear(ret);
    *ret = s;
    s = (struct sl_share){ 0 };
    return true;
}

static size_t put_head(const struct sl_share *s, char *ret, size_t size)
{
    char keyid[2 * SL_SHA256_BYTES + 1], head[2 * SL_SHA256_BYTES + 1];
    sl_hex_put(keyid, sizeof keyid, (struct sl_span){ s->keyid, sizeof s->keyid });
    sl_hex_put(head, sizeof head, (struct sl_span){ s->sealed_head, sizeof s->sealed_head });
    int len = snprintf(ret, size,
                       FIRST_LINE "\nabout: " ABOUT "\nkeyid: %s\nsealed-head: %s\nshare: %u of %u\nthreshold: %u\n"
                                  "words: SLIP-39\n",
                       keyid, head, s->words.index + 1, s->count, s->words.threshold);
    assert(len > 0 && (size_t)len < size);
    return (size_t)len;
}

/* The words, four in a line, each with its number. to has room for COLUMN bytes of each. */
static size_t put_words(const struct sl_secret *words, char *to)
{
    size_t at = 0, end = 0; /* end: of the line so far, without the blanks that fill it */
    unsigned number = 0;
    for (size_t from = 0; from < words->len;) {
        const uint8_t *word = words->ptr + from;
        const uint8_t *blank = memchr(word, ' ', words->len - from);
        size_t len = blank ? (size_t)(blank - word) : words->len - from;
        memset(to + at, ' ', COLUMN);
        (void)snprintf(to + at, COLUMN, "%2u", ++number);
        to[at + 2] = ' ';
        memcpy(to + at + 3, word, len);
        end = at + 3 + len;
        at += COLUMN;
        from += len + 1;
        if (number % WORDS_PER_LINE == 0 || from >= words->len) {
            to[end] = '\n';
            at = end + 1;
        }
    }
    return at;
}

bool sl_share_write(const struct sl_share *s, struct sl_secret *ret, struct sl_err *err)
{
    SL_AUTO(sl_secret_clear) struct sl_secret words = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret text = { 0 };
    if (!sl_slip39_share_write(&s->words, &words, err) || !sl_secret_new(MOST_BYTES, &text, err))
        return false;
    char *to = (char *)text.ptr;
    size_t len = put_head(s, to, MOST_BYTES);
    len += put_words(&words, to + len);
    sl_secret_shorten(&text, len);
    sl_secret_move(ret, &text);
    return true;
}
