/* Small things every S3 operation uses: XML, numbers in the query, conditions, what to say of what is not there. */
#include "core/clock.h"
#include "core/digest.h"
#include "core/text.h"
#include "core/xml.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/s3.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool sl_s3_xml_begin(struct sl_exchange *x, const char *root, struct sl_err *err)
{
    return sl_buf_addf(&x->reply, err, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<%s xmlns=\"%s\">", root,
                       SL_S3_NAMESPACE);
}

bool sl_s3_xml(struct sl_buf *b, const char *name, const char *text, struct sl_err *err)
{
    return sl_buf_addf(b, err, "<%s>", name) && sl_xml_escape(b, text, err) && sl_buf_addf(b, err, "</%s>", name);
}

bool sl_s3_xml_number(struct sl_buf *b, const char *name, int64_t value, struct sl_err *err)
{
    return sl_buf_addf(b, err, "<%s>%lld</%s>", name, (long long)value, name);
}

bool sl_s3_xml_time(struct sl_buf *b, const char *name, int64_t utc, struct sl_err *err)
{
    char text[SL_CLOCK_EXTENDED_SIZE];
    sl_clock_extended(utc, text);
    return sl_buf_addf(b, err, "<%s>%.19s.000Z</%s>", name, text, name);
}

bool sl_s3_xml_key(const struct sl_exchange *x, struct sl_buf *b, const char *name, const char *key, struct sl_err *err)
{
    if (!sl_exchange_query(x, "encoding-type"))
        return sl_s3_xml(b, name, key, err);
    return sl_buf_addf(b, err, "<%s>", name) && sl_percent_add(b, sl_span_str(key), true, err)
           && sl_buf_addf(b, err, "</%s>", name);
}

/* A canonical user id is 64 hex digits that say nothing about the account. */
bool sl_s3_xml_owner(const struct sl_exchange *x, struct sl_buf *b, const char *name, struct sl_err *err)
{
    uint8_t digest[SL_SHA256_BYTES];
    char hex[2 * SL_SHA256_BYTES + 1];
    if (!sl_sha256(sl_span_str(x->facts->account), digest, err))
        return false;
    sl_hex_put(hex, sizeof hex, (struct sl_span){ digest, sizeof digest });
    return sl_buf_addf(b, err, "<%s><ID>%s</ID></%s>", name, hex, name);
}

bool sl_s3_number(const struct sl_exchange *x, const char *name, int64_t min, int64_t max, int64_t *value,
                  struct sl_err *err)
{
    const char *text = sl_exchange_query(x, name);
    if (!text)
        return true;
    bool digits = *text && strlen(text) <= 10 && !text[strspn(text, "0123456789")];
    int64_t number = digits ? strtoll(text, NULL, 10) : -1;
    if (number < min || number > max)
        return sl_refusal_make(err, 400, "InvalidArgument", "%s must be a number from %lld to %lld", name,
                               (long long)min, (long long)max);
    *value = number;
    return true;
}

bool sl_s3_not_found(struct sl_s3 *s, const char *code, const char *message, struct sl_err *err)
{
    const char *arn = sl_s3_arn(s, "", err);
    bool allowed;
    if (!arn || !sl_s3_may(s, "s3:ListBucket", "", &allowed, err))
        return false;
    if (allowed)
        return sl_exchange_fact(s->x, "Key", s->key, err) && sl_refusal_make(err, 404, code, "%s", message);
    sl_refusal_note(s->x, "%s is told as AccessDenied to a caller without s3:ListBucket", code);
    return sl_refusal_make(err, 403, "AccessDenied",
                           "User: %s is not authorized to perform: s3:ListBucket on resource: \"%s\" because no "
                           "identity-based policy allows the s3:ListBucket action",
                           s->x->caller_arn, arn);
}

/* General purpose bucket naming rules: 3 to 63 of a-z 0-9 . -, begins and ends with a letter or digit, no "..", no IPv4
 * address, and none of the reserved prefixes and suffixes. */
bool sl_s3_bucket_name_valid(const char *name)
{
    static const char *const prefixes[] = { "xn--", "sthree-", "amzn-s3-demo-" };
    static const char *const suffixes[] = { "-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3" };
    size_t len = strlen(name);
    if (len < 3 || len > 63 || name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-")] || strstr(name, "..")
        || strchr(".-", name[0]) || strchr(".-", name[len - 1]))
        return false;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
            return false;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        size_t n = strlen(suffixes[i]);
        if (len > n && !strcmp(name + len - n, suffixes[i]))
            return false;
    }
    unsigned dots = 0;
    for (const char *p = name; *p; p++)
        dots += *p == '.';
    return dots != 3 || name[strspn(name, "0123456789.")] != 0;
}
