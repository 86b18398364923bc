/* "${aws:iot:package:<name>:version:<version>:..." in documents: of the versions the job installs. Source: IoT developer
 * guide, "Preparing jobs for Software Package Catalog". */
#include "manifests/priv/packages.h"

#include "core/text.h"
#include "manifests/priv/type.h"

#include <string.h>

#define OPEN "${aws:iot:package:"

static bool same(struct sl_span a, const char *b)
{
    return sl_span_is(a, b);
}

static bool has_attribute(const struct sl_asked_package *p, struct sl_span key)
{
    const struct sl_pair *pairs = p->attributes.items;
    for (size_t i = 0; i < p->attributes.n; i++)
        if (same(key, pairs[i].key.value))
            return true;
    return false;
}

/* The text before word, behind which *rest begins; false when word is not there. */
static bool split(struct sl_span *rest, const char *word, struct sl_span *ret)
{
    const size_t len = strlen(word);
    for (size_t i = 0; i + len <= rest->len; i++)
        if (memcmp(rest->ptr + i, word, len) == 0) {
            *ret = sl_span_sub(*rest, 0, i);
            *rest = sl_span_sub(*rest, i + len, rest->len);
            return true;
        }
    return false;
}

static bool malformed(struct sl_span inside, struct sl_loc loc, struct sl_err *err)
{
    return sl_fail(err, SL_E_INPUT, loc,
                   "expected a placeholder '" OPEN "NAME:version:VERSION:attributes:KEY}', found '" OPEN "%.*s}'",
                   (int)(inside.len < 100 ? inside.len : 100), (const char *)inside.ptr);
}

static const struct sl_asked_package *find(const struct sl_asked_job *job, struct sl_span name, struct sl_span version)
{
    const struct sl_asked_package *list = job->packages.items;
    if (name.len == 0 && version.len == 0)
        return job->packages.n == 1 ? list : NULL;
    for (size_t i = 0; i < job->packages.n; i++)
        if (same(name, list[i].name.value) && same(version, list[i].version.value))
            return &list[i];
    return NULL;
}

static bool check_one(const struct sl_asked_job *job, struct sl_span inside, struct sl_loc loc, struct sl_err *err)
{
    struct sl_span rest = inside, name = SL_SPAN_EMPTY, version = SL_SPAN_EMPTY, key = SL_SPAN_EMPTY;
    if (!split(&rest, ":version:", &name))
        return malformed(inside, loc, err);
    const bool one = split(&rest, ":attributes:", &version);
    if (!one && !split(&rest, ":", &version))
        return malformed(inside, loc, err);
    key = one ? rest : SL_SPAN_EMPTY;
    const struct sl_asked_package *p = find(job, name, version);
    if (!p)
        return sl_fail(err, SL_E_INPUT, loc,
                       "the placeholder '" OPEN "%.*s}' is about a version that is not in the job's 'packages'",
                       (int)(inside.len < 100 ? inside.len : 100), (const char *)inside.ptr);
    return !one || !sl_asked_package_is_made(p) || has_attribute(p, key)
           || sl_fail(err, SL_E_INPUT, loc, "package '%s' version %s has no attribute '%.*s' in the manifest",
                      p->name.value, p->version.value, (int)(key.len < 80 ? key.len : 80), (const char *)key.ptr);
}

bool sl_package_text_check(const struct sl_asked_job *job, const char *text, struct sl_loc loc, struct sl_err *err)
{
    for (const char *at = strstr(text, OPEN); at; at = strstr(at + 1, OPEN)) {
        const char *inside = at + strlen(OPEN), *end = strchr(inside, '}');
        const struct sl_span span = { (const uint8_t *)inside, end ? (size_t)(end - inside) : 0 };
        /* What holes will hold is not known here. */
        if (end && !memchr(span.ptr, '{', span.len) && !check_one(job, span, loc, err))
            return false;
    }
    return true;
}
