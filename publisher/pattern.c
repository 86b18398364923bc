#include "publisher/priv/pattern.h"

#include <string.h>
#include <strings.h>

/* Bytes that never occur in UTF-8 stand for the wildcards in a compiled pattern. */
#define ANY_RUN ((char)0xff)
#define ANY_ONE ((char)0xfe)

#define ARN_PARTS 6

static const char *variable_value(const struct sl_policy_request *req, struct sl_span name)
{
    for (size_t i = 0; i < req->n_keys; i++)
        if (strlen(req->keys[i].name) == name.len && !strncasecmp(req->keys[i].name, (const char *)name.ptr, name.len))
            return req->keys[i].value;
    return NULL;
}

/* A value that is not UTF-8 could hold a wildcard's byte. */
static bool holds_wildcard(const char *value)
{
    for (; *value; value++)
        if (*value == ANY_RUN || *value == ANY_ONE)
            return true;
    return false;
}

/* The default in "${aws:name, 'default'}": the text between the quotes, false when there is none. */
static bool variable_default(struct sl_span inside, struct sl_span *name, struct sl_span *ret)
{
    const uint8_t *comma = memchr(inside.ptr, ',', inside.len);
    if (!comma)
        return false;
    *name = sl_span_sub(inside, 0, (size_t)(comma - inside.ptr));
    struct sl_span rest = sl_span_sub(inside, name->len + 1, inside.len);
    while (rest.len && rest.ptr[0] == ' ')
        rest = sl_span_sub(rest, 1, rest.len);
    if (rest.len < 2 || rest.ptr[0] != '\'' || rest.ptr[rest.len - 1] != '\'')
        return false;
    *ret = sl_span_sub(rest, 1, rest.len - 2);
    return true;
}

/* inside is what stands between "${" and "}". */
static bool add_variable(struct sl_span inside, const struct sl_policy_request *req, struct sl_buf *ret,
                         bool *ret_missing, struct sl_err *err)
{
    if (inside.len == 1 && strchr("*?$", inside.ptr[0]))
        return sl_buf_add(ret, inside, err);
    struct sl_span name = inside, fallback = SL_SPAN_EMPTY;
    bool has_default = variable_default(inside, &name, &fallback);
    const char *value = variable_value(req, name);
    if (value && !holds_wildcard(value))
        return sl_buf_add_str(ret, value, err);
    if (has_default)
        return sl_buf_add(ret, fallback, err);
    *ret_missing = true;
    return true;
}

bool sl_pattern_compile(const char *text, const struct sl_pattern_options *options, struct sl_buf *ret,
                        bool *ret_missing, struct sl_err *err)
{
    sl_buf_reset(ret);
    *ret_missing = false;
    for (const char *p = text; *p; p++) {
        const char *end = options->req && p[0] == '$' && p[1] == '{' ? strchr(p, '}') : NULL;
        if (end) {
            struct sl_span inside = { (const uint8_t *)p + 2, (size_t)(end - p - 2) };
            if (!add_variable(inside, options->req, ret, ret_missing, err))
                return false;
            p = end;
            continue;
        }
        char c = *p;
        if (options->wildcards && (c == '*' || c == '?'))
            c = c == '*' ? ANY_RUN : ANY_ONE;
        if (!sl_buf_add_char(ret, c, err))
            return false;
    }
    return true;
}

static bool same_byte(uint8_t a, uint8_t b, bool ignore_case)
{
    if (ignore_case && a >= 'A' && a <= 'Z')
        a = (uint8_t)(a + 32);
    if (ignore_case && b >= 'A' && b <= 'Z')
        b = (uint8_t)(b + 32);
    return a == b;
}

/* Bytes of the UTF-8 character that starts at text[at]. */
static size_t character_bytes(struct sl_span text, size_t at)
{
    size_t n = 1;
    while (at + n < text.len && (text.ptr[at + n] & 0xc0) == 0x80)
        n++;
    return n;
}

/* Only the last '*' seen ever needs to be taken back: what earlier ones matched can stay as short as it is. */
bool sl_pattern_match(struct sl_span pattern, struct sl_span text, bool ignore_case)
{
    size_t p = 0, t = 0, star = SIZE_MAX, star_text = 0;
    while (t < text.len) {
        if (p < pattern.len && pattern.ptr[p] == (uint8_t)ANY_RUN) {
            star = p++;
            star_text = t;
        } else if (p < pattern.len && pattern.ptr[p] == (uint8_t)ANY_ONE) {
            p++;
            t += character_bytes(text, t);
        } else if (p < pattern.len && same_byte(pattern.ptr[p], text.ptr[t], ignore_case)) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++star_text;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == (uint8_t)ANY_RUN)
        p++;
    return p == pattern.len;
}

/* Split at the first five colons; the last part keeps its colons. Gives the number of parts. */
static size_t split_arn(struct sl_span arn, struct sl_span part[ARN_PARTS])
{
    size_t n = 0;
    while (n < ARN_PARTS - 1) {
        const uint8_t *colon = arn.len ? memchr(arn.ptr, ':', arn.len) : NULL;
        if (!colon)
            break;
        size_t len = (size_t)(colon - arn.ptr);
        part[n++] = sl_span_sub(arn, 0, len);
        arn = sl_span_sub(arn, len + 1, arn.len);
    }
    part[n++] = arn;
    return n;
}

static bool ends_with_run(struct sl_span pattern)
{
    return pattern.len && pattern.ptr[pattern.len - 1] == (uint8_t)ANY_RUN;
}

bool sl_pattern_match_arn(struct sl_span compiled, struct sl_span arn, bool resource)
{
    struct sl_span want[ARN_PARTS], have[ARN_PARTS];
    size_t n_want = split_arn(compiled, want), n_have = split_arn(arn, have);
    if (n_have != ARN_PARTS)
        return false;
    if (n_want < ARN_PARTS && !(resource && ends_with_run(compiled)))
        return false;

    for (size_t i = 0; i + 1 < n_want; i++)
        if (!sl_pattern_match(want[i], have[i], false))
            return false;
    size_t last = n_want - 1;
    struct sl_span rest = { have[last].ptr, (size_t)(arn.ptr + arn.len - have[last].ptr) };
    return sl_pattern_match(want[last], rest, false);
}
