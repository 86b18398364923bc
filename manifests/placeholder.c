#include "manifests/priv/check.h"

#include "core/text.h"
#include "manifests/priv/type.h"

#include <string.h>

/* What stands between "${" and its "}", in which further "${...}" may stand. */
struct placeholder {
    const char *text; /* behind "${" */
    size_t len;       /* up to "}" */
    const char *after;
};

static bool unterminated(const char *text, struct sl_loc loc, struct sl_err *err)
{
    char shown[SL_SHOWN_SIZE];
    return sl_fail(err, SL_E_INPUT, loc, "the placeholder '%s' has no '}' at its end", sl_shown_put(text, shown));
}

/* Holes are passed over: the braces around them are ours. */
static bool find_end(const char *open, struct sl_loc loc, struct placeholder *ret, struct sl_err *err)
{
    unsigned depth = 1;
    for (const char *p = open + 2; *p; p++) {
        const char *hole = strncmp(p, "{{", 2) == 0 ? strstr(p, "}}") : NULL;
        if (hole) {
            p = hole + 1;
        } else if (strncmp(p, "${", 2) == 0) {
            depth++;
            p++;
        } else if (*p == '}' && --depth == 0) {
            *ret = (struct placeholder){ open + 2, (size_t)(p - open) - 2, p + 1 };
            return true;
        }
    }
    return unterminated(open, loc, err);
}

static bool has(const struct placeholder *p, const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; i + len <= p->len; i++)
        if (strncmp(p->text + i, word, len) == 0)
            return true;
    return false;
}

static bool is(const struct placeholder *p, const char *name)
{
    size_t len = strlen(name);
    return p->len >= len && strncmp(p->text, name, len) == 0 && (p->len == len || p->text[len] == ':');
}

static const char *const local_names[] = { "thingName", "jobId", "executionNumber", NULL };

static bool is_local(const struct placeholder *p)
{
    for (size_t i = 0; local_names[i]; i++)
        if (p->len == strlen(local_names[i]) && strncmp(p->text, local_names[i], p->len) == 0)
            return true;
    return false;
}

/* Inside an upload placeholder, and nowhere else, AWS replaces its three local names, each at most twice. */
static bool check_locals(const struct placeholder *upload, struct sl_loc loc, struct sl_err *err)
{
    unsigned count[3] = { 0 };
    for (const char *p = upload->text; p < upload->text + upload->len; p++) {
        if (strncmp(p, "${", 2) != 0)
            continue;
        struct placeholder local = { "", 0, "" };
        if (!find_end(p, loc, &local, err))
            return false;
        if (!is_local(&local))
            return sl_fail(
                err, SL_E_INPUT, loc,
                "an upload placeholder may hold '${thingName}', '${jobId}' and '${executionNumber}' only, found "
                "'${%.*s}'",
                (int)(local.len < 60 ? local.len : 60), local.text);
        for (size_t i = 0; local_names[i]; i++)
            count[i] += strlen(local_names[i]) == local.len && strncmp(local.text, local_names[i], local.len) == 0;
        p = local.after - 1;
    }
    for (size_t i = 0; local_names[i]; i++)
        if (count[i] > 2)
            return sl_fail(err, SL_E_INPUT, loc, "an upload placeholder may hold '${%s}' at most twice",
                           local_names[i]);
    return true;
}

static bool unknown(const struct placeholder *p, struct sl_loc loc, struct sl_err *err)
{
    static const char *const names[] = { "s3-presigned-url-v2", "s3-presigned-url", "s3-presigned-url-upload",
                                         "package", NULL };
    char name[64] = "", shown[SL_SHOWN_SIZE];
    size_t skip = strncmp(p->text, "aws:iot:", 8) == 0 ? 8 : 4;
    size_t n = strcspn(p->text + skip, ":}");
    if (n < sizeof name)
        memcpy(name, p->text + skip, n);
    const char *near = sl_nearest(name, names);
    return sl_fail(err, SL_E_INPUT, loc, "AWS IoT has no placeholder '%s'%s%s%s", sl_shown_put(name, shown),
                   near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static bool check_download(const struct placeholder *p, bool unpinned, struct sl_loc loc, struct sl_err *err)
{
    bool v2 = is(p, "aws:iot:s3-presigned-url-v2");
    if (!v2 && !unpinned)
        return sl_fail(
            err, SL_E_INPUT, loc,
            "a placeholder of version 1 cannot name the stored version: use '{{artifact.NAME.url}}', or ask for "
            "it with 'url.placeholder: v1'");
    if (v2 && !unpinned && !has(p, "%3FversionId%3D"))
        return sl_fail(err, SL_E_INPUT, loc,
                       "the placeholder names no stored version: use '{{artifact.NAME.url}}', or end it with "
                       "'%%3FversionId%%3D' and a version id");
    return !has(p, "${") || sl_fail(err, SL_E_INPUT, loc, "a placeholder cannot stand inside another");
}

static bool check_one(const struct placeholder *p, bool unpinned, struct sl_loc loc, bool *needs_role,
                      struct sl_err *err)
{
    if (is_local(p))
        return sl_fail(err, SL_E_INPUT, loc,
                       "'${%.*s}' has a meaning inside '${aws:iot:s3-presigned-url-upload:...}' only", (int)p->len,
                       p->text);
    if (strncmp(p->text, "aws:", 4) != 0)
        return true;
    if (is(p, "aws:iot:code-sign-signature"))
        return sl_fail(
            err, SL_E_INPUT, loc,
            "'${aws:iot:code-sign-signature...}' is replaced by the console only: use '{{artifact.NAME.signature}}'");
    if (is(p, "aws:iot:parameter"))
        return sl_fail(err, SL_E_INPUT, loc, "'${aws:iot:parameter:...}' works in templates that AWS manages only");
    if (has(p, "{{artifact.") && has(p, ".url}}"))
        return sl_fail(err, SL_E_INPUT, loc,
                       "'{{artifact.NAME.url}}' is a placeholder itself and cannot stand inside one");
    bool upload = is(p, "aws:iot:s3-presigned-url-upload");
    bool download = is(p, "aws:iot:s3-presigned-url-v2") || is(p, "aws:iot:s3-presigned-url");
    *needs_role = *needs_role || upload || download || has(p, "s3-presigned-url");
    if (upload)
        return check_locals(p, loc, err);
    if (download)
        return check_download(p, unpinned, loc, err);
    if (!is(p, "aws:iot:package"))
        return unknown(p, loc, err);
    return !has(p, "${") || sl_fail(err, SL_E_INPUT, loc, "a placeholder cannot stand inside another");
}

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool starts_small(const char *text, const char *word)
{
    size_t i = 0;
    while (word[i] && small(text[i]) == word[i])
        i++;
    return word[i] == 0;
}

/* Whether a URL's host is one of S3's: s3.REGION, BUCKET.s3.REGION, s3-REGION and the like under amazonaws.com. */
static bool is_s3_host(const char *host)
{
    size_t len = strcspn(host, "/:?# ");
    bool s3 = starts_small(host, "s3.") || starts_small(host, "s3-"), aws = false;
    for (size_t i = 0; i < len; i++) {
        s3 = s3 || starts_small(host + i, ".s3.") || starts_small(host + i, ".s3-");
        aws = aws || starts_small(host + i, ".amazonaws.com");
    }
    return s3 && aws;
}

static bool is_s3_url(const char *text)
{
    if (starts_small(text, "s3://"))
        return true;
    if (starts_small(text, "https://"))
        return is_s3_host(text + strlen("https://"));
    return starts_small(text, "http://") && is_s3_host(text + strlen("http://"));
}

bool sl_placeholder_check(const char *text, bool unpinned, struct sl_loc loc, bool *needs_role, struct sl_err *err)
{
    for (const char *p = text; *p;) {
        if (is_s3_url(p)) {
            char shown[SL_SHOWN_SIZE];
            return sl_fail(err, SL_E_INPUT, loc,
                           "'%s' is a plain S3 URL: private objects need '{{artifact.NAME.url}}' or a placeholder",
                           sl_shown_put(p, shown));
        }
        if (strncmp(p, "${", 2) != 0) {
            p++;
            continue;
        }
        struct placeholder one = { "", 0, "" };
        if (!find_end(p, loc, &one, err) || !check_one(&one, unpinned, loc, needs_role, err))
            return false;
        p = one.after;
    }
    return true;
}
