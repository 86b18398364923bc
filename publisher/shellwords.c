#include "publisher/priv/shellwords.h"

static bool blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Take one character of a word; false when the word ends here. */
struct splitter {
    struct sl_span *rest;
    char *ret;
    size_t len;
    uint8_t quote; /* 0 outside */
    bool bad;
};

static void put(struct splitter *s, uint8_t c)
{
    s->ret[s->len++] = (char)c;
}

static uint8_t take(struct splitter *s)
{
    uint8_t c = s->rest->ptr[0];
    *s->rest = sl_span_sub(*s->rest, 1, s->rest->len);
    return c;
}

static void escape(struct splitter *s)
{
    if (s->rest->len == 0) {
        s->bad = true;
        return;
    }
    uint8_t c = take(s);
    if (s->quote && c != s->quote && c != '\\')
        put(s, '\\');
    put(s, c);
}

static void step(struct splitter *s)
{
    uint8_t c = take(s);
    if (c == '\\' && s->quote != '\'')
        escape(s);
    else if (s->quote ? c == s->quote : c == '\'' || c == '"')
        s->quote = s->quote ? 0 : c;
    else
        put(s, c);
}

bool sl_shellwords_next(struct sl_span *rest, char *ret, size_t *ret_len, bool *ret_bad)
{
    struct splitter s = { .rest = rest, .ret = ret };
    *ret_bad = false;
    while (rest->len > 0 && blank(rest->ptr[0]))
        (void)take(&s);
    if (rest->len == 0)
        return false;
    while (!s.bad && rest->len > 0 && (s.quote || !blank(rest->ptr[0])))
        step(&s);
    *ret_len = s.len;
    *ret_bad = s.bad || s.quote;
    return !*ret_bad;
}
