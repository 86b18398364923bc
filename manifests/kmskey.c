#include "manifests/kmskey.h"

#include <string.h>

#define HEX    "0123456789abcdef"
#define NAME   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_-"
#define DIGITS "0123456789"
#define REGION "abcdefghijklmnopqrstuvwxyz0123456789-"

#define ALIAS_MAX 256

static bool is_key_id(const char *s)
{
    static const size_t groups[] = { 8, 4, 4, 4, 12 };
    if (strncmp(s, "mrk-", 4) == 0)
        return strspn(s + 4, HEX) == 32 && !s[4 + 32];
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        if (strspn(s, HEX) != groups[i])
            return false;
        s += groups[i];
        if (i + 1 < sizeof groups / sizeof *groups && *s++ != '-')
            return false;
    }
    return !*s;
}

static bool is_alias(const char *s)
{
    return strncmp(s, "alias/", 6) == 0 && s[6] && !s[strspn(s, NAME)] && strlen(s) <= ALIAS_MAX;
}

/* One field of an ARN: its characters, and the ':' after it. */
static bool take(const char **at, const char *characters, char *ret, size_t ret_size)
{
    size_t len = strspn(*at, characters);
    if (len == 0 || len >= ret_size || (*at)[len] != ':')
        return false;
    memcpy(ret, *at, len);
    ret[len] = 0;
    *at += len + 1;
    return true;
}

/* "arn:aws:kms:eu-west-1:123456789012:alias/fw"; what stands behind the account is left in *ret_name. */
static bool read_arn(const char *text, struct sl_kmskey *ret, const char **ret_name)
{
    char partition[16], service[4], account[13];
    const char *at = text + 4;
    if (!take(&at, REGION, partition, sizeof partition) || strncmp(partition, "aws", 3) != 0
        || !take(&at, "kms", service, sizeof service) || strcmp(service, "kms") != 0
        || !take(&at, REGION, ret->region, sizeof ret->region) || !take(&at, DIGITS, account, sizeof account)
        || strlen(account) != 12)
        return false;
    *ret_name = at;
    return strncmp(at, "key/", 4) == 0 ? is_key_id(at + 4) : is_alias(at);
}

bool sl_kmskey_parse(const char *text, struct sl_loc loc, struct sl_kmskey *ret, struct sl_err *err)
{
    struct sl_kmskey key = { .id = text, .region = "" };
    const char *name = text;
    bool good = strncmp(text, "arn:", 4) == 0 ? read_arn(text, &key, &name) : is_key_id(text) || is_alias(text);
    if (!good)
        return sl_fail(err, SL_E_INPUT, loc,
                       "'" SL_KMSKEY_SCHEME
                       "%.100s' names no KMS key; expected a key id, 'alias/NAME', or the ARN of a "
                       "key or an alias",
                       text);
    if (strncmp(name, "alias/aws/", 10) == 0)
        return sl_fail(err, SL_E_INPUT, loc, "'" SL_KMSKEY_SCHEME "%.100s' is one of AWS's own keys, which do not sign",
                       text);
    *ret = key;
    return true;
}

bool sl_kmskey_is_profile(const char *uri)
{
    return strncmp(uri, SL_KMSKEY_PROFILE_SCHEME, strlen(SL_KMSKEY_PROFILE_SCHEME)) == 0;
}

bool sl_kmskey_check_profile(const char *uri, struct sl_loc loc, struct sl_err *err)
{
    const char *name = uri + strlen(SL_KMSKEY_PROFILE_SCHEME);
    size_t len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
    return (len >= 2 && len <= 64 && !name[len])
           || sl_fail(err, SL_E_INPUT, loc,
                      "'%.100s' names no profile of AWS Signer; expected 2 to 64 letters, digits and '_'", uri);
}
