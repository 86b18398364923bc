#include "keys/pkcs11_uri.h"

#include <limits.h>
#include <string.h>

#define SCHEME     "pkcs11:"
#define PIN_ADVICE "set SEALIFT_PIN, give --pin-fd, or name a private file by 'pin-source'"

/* max: bytes the field has in the structures of PKCS #11, where it has such a limit. */
static const struct known {
    const char *name;
    bool query;
    size_t max;
} known[SL_PKCS11_ATTRS] = {
    [SL_PKCS11_TOKEN] = { "token", false, 32 },
    [SL_PKCS11_MANUFACTURER] = { "manufacturer", false, 32 },
    [SL_PKCS11_SERIAL] = { "serial", false, 16 },
    [SL_PKCS11_MODEL] = { "model", false, 16 },
    [SL_PKCS11_LIBRARY_MANUFACTURER] = { "library-manufacturer", false, 32 },
    [SL_PKCS11_LIBRARY_VERSION] = { "library-version", false, 7 },
    [SL_PKCS11_LIBRARY_DESCRIPTION] = { "library-description", false, 32 },
    [SL_PKCS11_OBJECT] = { "object", false, SL_PKCS11_VALUE_MAX_BYTES },
    [SL_PKCS11_TYPE] = { "type", false, 16 },
    [SL_PKCS11_ID] = { "id", false, SL_PKCS11_VALUE_MAX_BYTES },
    [SL_PKCS11_SLOT_DESCRIPTION] = { "slot-description", false, 64 },
    [SL_PKCS11_SLOT_MANUFACTURER] = { "slot-manufacturer", false, 32 },
    [SL_PKCS11_SLOT_ID] = { "slot-id", false, 20 },
    [SL_PKCS11_PIN_SOURCE] = { "pin-source", true, SL_PKCS11_VALUE_MAX_BYTES },
    [SL_PKCS11_PIN_VALUE] = { "pin-value", true, SL_PKCS11_VALUE_MAX_BYTES },
    [SL_PKCS11_MODULE_NAME] = { "module-name", true, SL_PKCS11_VALUE_MAX_BYTES },
    [SL_PKCS11_MODULE_PATH] = { "module-path", true, SL_PKCS11_VALUE_MAX_BYTES },
};

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(uint8_t c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* RFC 7512, section 2.3: what stands for itself in a value of the path or of the query. */
static bool is_plain(uint8_t c, bool query)
{
    return c != 0 && (is_alnum(c) || strchr("-._~:[]@!$'()*+,=", c) || strchr(query ? "/?|" : "&", c));
}

static int hex_digit(uint8_t c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool put(struct sl_pkcs11_value *v, uint8_t byte, enum sl_pkcs11_attr attr, struct sl_err *err)
{
    if (byte == 0 && attr != SL_PKCS11_ID)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'%s' of a pkcs11: URI holds a NUL", known[attr].name);
    if (v->len >= known[attr].max)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'%s' of a pkcs11: URI is longer than %zu bytes", known[attr].name,
                       known[attr].max);
    v->bytes[v->len++] = byte;
    return true;
}

static bool decode(struct sl_span in, enum sl_pkcs11_attr attr, struct sl_pkcs11_value *v, struct sl_err *err)
{
    for (size_t i = 0; i < in.len; i++) {
        uint8_t c = in.ptr[i];
        if (c == '%') {
            int high = i + 2 < in.len ? hex_digit(in.ptr[i + 1]) : -1;
            int low = i + 2 < in.len ? hex_digit(in.ptr[i + 2]) : -1;
            if (high < 0 || low < 0)
                return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                               "'%s' of a pkcs11: URI has a '%%' without two hexadecimal digits after it",
                               known[attr].name);
            c = (uint8_t)(high * 16 + low);
            i += 2;
        } else if (!is_plain(c, known[attr].query)) {
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'%s' of a pkcs11: URI: byte 0x%02x must be written '%%%02X'",
                           known[attr].name, c, c);
        }
        if (!put(v, c, attr, err))
            return false;
    }
    return true;
}

/* Decimal digits at the front of *s, at most max, taken off it. */
static bool take_number(struct sl_span *s, unsigned long max, unsigned long *ret)
{
    unsigned long n = 0;
    size_t i = 0;
    for (; i < s->len && is_digit(s->ptr[i]); i++) {
        unsigned long digit = (unsigned long)(s->ptr[i] - '0');
        if (n > (max - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    *s = sl_span_sub(*s, i, s->len);
    *ret = n;
    return i > 0;
}

static struct sl_span value(const struct sl_pkcs11_uri *uri, enum sl_pkcs11_attr attr)
{
    return (struct sl_span){ uri->attr[attr].bytes, uri->attr[attr].len };
}

static bool read_version(struct sl_pkcs11_uri *uri, struct sl_err *err)
{
    struct sl_span s = value(uri, SL_PKCS11_LIBRARY_VERSION);
    unsigned long major = 0, minor = 0;
    bool ok = take_number(&s, UCHAR_MAX, &major);
    if (ok && s.len > 0 && s.ptr[0] == '.') {
        s = sl_span_sub(s, 1, s.len);
        ok = take_number(&s, UCHAR_MAX, &minor);
    }
    if (!ok || s.len > 0)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'library-version' of a pkcs11: URI must be like '2.40'");
    uri->version_major = (unsigned)major;
    uri->version_minor = (unsigned)minor;
    return true;
}

static bool read_slot_id(struct sl_pkcs11_uri *uri, struct sl_err *err)
{
    struct sl_span s = value(uri, SL_PKCS11_SLOT_ID);
    if (!take_number(&s, ULONG_MAX, &uri->slot_id) || s.len > 0)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'slot-id' of a pkcs11: URI must be a decimal number");
    return true;
}

/* RFC 7512, section 2.4: a "file:" URI or a path, or '|' and a program, whose output nobody here runs. */
static bool read_pin_source(struct sl_pkcs11_uri *uri, struct sl_err *err)
{
    struct sl_pkcs11_value *v = &uri->attr[SL_PKCS11_PIN_SOURCE];
    struct sl_span s = value(uri, SL_PKCS11_PIN_SOURCE);
    if (sl_span_starts(s, "|"))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "'pin-source' of a pkcs11: URI names a program, and none is run for a PIN; " PIN_ADVICE);
    size_t skip = sl_span_starts(s, "file:///") ? 7 : sl_span_starts(s, "file:/") ? 5 : 0;
    v->len -= skip;
    memmove(v->bytes, v->bytes + skip, v->len + 1);
    if (v->bytes[0] != '/' || (skip == 5 && v->bytes[1] == '/'))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'pin-source' of a pkcs11: URI must be an absolute path");
    return true;
}

static bool check_type(const struct sl_pkcs11_uri *uri, struct sl_err *err)
{
    static const char *const others[] = { "public", "cert", "secret-key", "data" };
    struct sl_span type = value(uri, SL_PKCS11_TYPE);
    if (sl_span_is(type, "private"))
        return true;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (sl_span_is(type, others[i]))
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                           "'type=%s' of a pkcs11: URI cannot sign; 'type=private' or none was expected", others[i]);
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'type' of a pkcs11: URI must be 'private'");
}

static bool interpret(struct sl_pkcs11_uri *uri, enum sl_pkcs11_attr attr, struct sl_err *err)
{
    const struct sl_pkcs11_value *v = &uri->attr[attr];
    switch (attr) {
    case SL_PKCS11_LIBRARY_VERSION:
        return read_version(uri, err);
    case SL_PKCS11_SLOT_ID:
        return read_slot_id(uri, err);
    case SL_PKCS11_TYPE:
        return check_type(uri, err);
    case SL_PKCS11_PIN_SOURCE:
        return read_pin_source(uri, err);
    case SL_PKCS11_MODULE_NAME:
        if (v->len == 0 || strchr((const char *)v->bytes, '/'))
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                           "'module-name' of a pkcs11: URI must be a name without '/'; a path is 'module-path'");
        return true;
    case SL_PKCS11_MODULE_PATH:
        if (v->bytes[0] != '/')
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'module-path' of a pkcs11: URI must be an absolute path");
        return true;
    default:
        return true;
    }
}

static bool is_name(struct sl_span name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!is_alnum(name.ptr[i]) && name.ptr[i] != '-' && name.ptr[i] != '_')
            return false;
    return name.len > 0;
}

/* The attribute of this name in this part of the URI. */
static bool find(struct sl_span name, bool query, enum sl_pkcs11_attr *ret, struct sl_err *err)
{
    const char *part = query ? "after '?'" : "before '?'";
    if (!is_name(name))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "a pkcs11: URI has something %s that is not 'name=value'", part);
    for (unsigned i = 0; i < SL_PKCS11_ATTRS; i++) {
        if (!sl_span_is(name, known[i].name))
            continue;
        if (known[i].query != query)
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'%s' of a pkcs11: URI stands %s and belongs %s",
                           known[i].name, part, query ? "before it" : "after it");
        *ret = (enum sl_pkcs11_attr)i;
        return true;
    }
    int shown = name.len < 40 ? (int)name.len : 40;
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                   "'%.*s' of a pkcs11: URI is none of the attributes of RFC 7512; vendor attributes are not "
                   "understood: take it out",
                   shown, (const char *)name.ptr);
}

static size_t index_of(struct sl_span s, uint8_t c)
{
    size_t i = 0;
    while (i < s.len && s.ptr[i] != c)
        i++;
    return i;
}

static bool read_attr(struct sl_span item, bool query, struct sl_pkcs11_uri *uri, struct sl_err *err)
{
    size_t equals = index_of(item, '=');
    enum sl_pkcs11_attr attr = SL_PKCS11_ATTRS;
    if (equals == item.len)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "a pkcs11: URI has something %s that is not 'name=value'",
                       query ? "after '?'" : "before '?'");
    if (!find(sl_span_sub(item, 0, equals), query, &attr, err))
        return false;
    if (attr == SL_PKCS11_PIN_VALUE)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "'pin-value' would keep the PIN in a pkcs11: URI, where others read it; " PIN_ADVICE);
    struct sl_pkcs11_value *v = &uri->attr[attr];
    if (v->given)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'%s' stands twice in a pkcs11: URI", known[attr].name);
    v->given = true;
    return decode(sl_span_sub(item, equals + 1, item.len), attr, v, err) && interpret(uri, attr, err);
}

static bool read_list(struct sl_span list, bool query, struct sl_pkcs11_uri *uri, struct sl_err *err)
{
    while (list.len > 0) {
        size_t end = index_of(list, query ? '&' : ';');
        if (!read_attr(sl_span_sub(list, 0, end), query, uri, err))
            return false;
        if (end + 1 == list.len)
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "a pkcs11: URI ends its attributes with '%c'",
                           query ? '&' : ';');
        list = sl_span_sub(list, end + 1, list.len);
    }
    return true;
}

bool sl_pkcs11_uri_read(const char *text, struct sl_pkcs11_uri *ret, struct sl_err *err)
{
    struct sl_span all = sl_span_str(text);
    struct sl_pkcs11_uri uri = { 0 };
    if (!sl_span_starts(all, SCHEME))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'" SCHEME "' was expected at the beginning of the key's URI");
    all = sl_span_sub(all, sizeof SCHEME - 1, all.len);
    size_t mark = index_of(all, '?');
    if (!read_list(sl_span_sub(all, 0, mark), false, &uri, err)
        || !read_list(sl_span_sub(all, mark + 1, all.len), true, &uri, err))
        return false;
    *ret = uri;
    return true;
}

bool sl_pkcs11_uri_allows(const struct sl_pkcs11_uri *uri, enum sl_pkcs11_attr attr, struct sl_span padded)
{
    while (padded.len > 0 && padded.ptr[padded.len - 1] == ' ')
        padded.len--;
    return !uri->attr[attr].given || sl_span_eq(value(uri, attr), padded);
}
