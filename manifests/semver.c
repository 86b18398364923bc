#include "manifests/semver.h"

#include <stddef.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_part(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

/* Length of a number without leading zero at p, 0 when there is none. */
static size_t number(const char *p)
{
    size_t n = 0;
    while (is_digit(p[n]))
        n++;
    return n > 1 && p[0] == '0' ? 0 : n;
}

/* The end of dot-separated identifiers at p, NULL when one is empty, or a number with a leading zero where those are
 * not allowed. */
static const char *identifiers(const char *p, bool leading_zero)
{
    for (;;) {
        size_t n = 0, digits = 0;
        for (; is_part(p[n]); n++)
            digits += is_digit(p[n]);
        if (n == 0 || (!leading_zero && digits == n && number(p) != n))
            return NULL;
        p += n;
        if (*p != '.')
            return p;
        p++;
    }
}

bool sl_semver_valid(const char *text)
{
    const char *p = text;
    for (int i = 0; i < 3; i++) {
        size_t n = number(p);
        if (n == 0 || (i < 2 && p[n] != '.'))
            return false;
        p += n + (i < 2);
    }
    if (*p == '-')
        p = identifiers(p + 1, false);
    if (p && *p == '+')
        p = identifiers(p + 1, true);
    return p && *p == 0;
}

/* Numbers of any length, without leading zeros: the longer is the greater. */
static int compare_numbers(const char *a, size_t a_len, const char *b, size_t b_len)
{
    if (a_len != b_len)
        return a_len < b_len ? -1 : 1;
    return strncmp(a, b, a_len);
}

static int compare_part(const char *a, size_t a_len, const char *b, size_t b_len)
{
    bool a_number = strspn(a, "0123456789") >= a_len, b_number = strspn(b, "0123456789") >= b_len;
    if (a_number && b_number)
        return compare_numbers(a, a_len, b, b_len);
    if (a_number != b_number)
        return a_number ? -1 : 1;
    int order = strncmp(a, b, a_len < b_len ? a_len : b_len);
    if (order != 0)
        return order;
    return a_len < b_len ? -1 : a_len > b_len;
}

/* Lists of identifiers; when one is the beginning of the other, the longer is the greater. */
static int compare_lists(const char *a, const char *b)
{
    for (;;) {
        size_t a_len = strcspn(a, ".+"), b_len = strcspn(b, ".+");
        int order = compare_part(a, a_len, b, b_len);
        if (order != 0)
            return order;
        bool a_more = a[a_len] == '.', b_more = b[b_len] == '.';
        if (!a_more || !b_more)
            return (int)a_more - (int)b_more;
        a += a_len + 1;
        b += b_len + 1;
    }
}

int sl_semver_compare(const char *a, const char *b)
{
    for (int i = 0; i < 3; i++) {
        size_t a_len = number(a), b_len = number(b);
        int order = compare_numbers(a, a_len, b, b_len);
        if (order != 0)
            return order;
        a += a_len + (i < 2);
        b += b_len + (i < 2);
    }
    bool a_pre = *a == '-', b_pre = *b == '-';
    if (!a_pre || !b_pre)
        return (int)b_pre - (int)a_pre;
    return compare_lists(a + 1, b + 1);
}
