#include "manifests/priv/check.h"

#include "manifests/kmskey.h"

#include <stdio.h>
#include <string.h>

static const struct sl_list *list_of(const struct sl_asked *asked, const struct sl_asked_artifact *a)
{
    return a->formats.set ? &a->formats : &asked->signing.formats;
}

static unsigned bits_of(const struct sl_list *list)
{
    const struct sl_field *fields = list->items;
    unsigned bits = 0;
    for (size_t i = 0; i < list->n; i++)
        bits |= SL_FORMAT_BIT(sl_format_from_name(fields[i].value));
    return bits & ~SL_FORMAT_BIT(SL_FORMAT_RAW);
}

unsigned sl_formats_of(const struct sl_asked *asked, const struct sl_asked_artifact *a)
{
    return bits_of(list_of(asked, a));
}

/* NULL when the manifest names none, or one that is not there, which is a mistake of its own. */
static const struct sl_asked_key *key_of(const struct sl_asked *asked, const struct sl_asked_artifact *a)
{
    const char *name = a->key.value ? a->key.value : asked->signing.key.value;
    return name ? sl_asked_key(asked, name) : NULL;
}

bool sl_formats_certified(const struct sl_asked *asked, const struct sl_asked_key *key)
{
    const struct sl_asked_artifact *artifacts = asked->artifacts.items;
    if (!key->certificate.value || key->chain.value || !sl_kmskey_is_profile(key->uri.value))
        return key->certificate.value != NULL;
    for (size_t i = 0; i < asked->artifacts.n; i++)
        if (key_of(asked, &artifacts[i]) == key && (sl_formats_of(asked, &artifacts[i]) & SL_FORMAT_BIT(SL_FORMAT_CMS)))
            return true;
    return false;
}

/* What is stated: SL_ALG_NONE when only the key tells. */
static enum sl_algorithm stated(const struct sl_asked *asked, const struct sl_asked_key *key)
{
    if (sl_kmskey_is_profile(key->uri.value))
        return SL_ALG_ECDSA_P256_SHA256;
    const char *name = key->algorithm.value ? key->algorithm.value : asked->signing.algorithm.value;
    return name ? sl_algorithm_from_name(name) : SL_ALG_NONE;
}

/* One artifact in one format; where stands for the list, for messages. */
struct one {
    const struct sl_asked_artifact *artifact;
    const struct sl_asked_key *key;
    const struct sl_field *field;
    const char *where;
    enum sl_algorithm alg;
};

static bool fits(const struct one *o, struct sl_err *err)
{
    const char *artifact = o->artifact->here.name, *key = o->key->here.name;
    enum sl_format format = sl_format_from_name(o->field->value);
    if (o->alg != SL_ALG_NONE && !sl_format_carries(format, o->alg))
        return sl_fail(
            err, SL_E_INPUT, o->field->loc,
            "%s: format %s has %s signatures, and key '%.64s' signs artifact '%.64s' with %s: choose another "
            "key, or state artifacts.%.64s.formats",
            o->where, o->field->value, sl_format_algorithms(format), key, artifact, sl_algorithm_name(o->alg),
            artifact);
    if (format == SL_FORMAT_CMS && !o->key->certificate.value)
        return sl_fail(err, SL_E_INPUT, o->field->loc,
                       "%s: format cms carries the certificate of the key: state keys.%.64s.certificate", o->where,
                       key);
    if (format == SL_FORMAT_MINISIGN && strncmp(o->key->uri.value, "external:", strlen("external:")) == 0)
        return sl_fail(err, SL_E_INPUT, o->field->loc,
                       "%s: format minisign takes two more signatures, over bytes and not over a digest, and key "
                       "'%.64s' is external: leave it out, or sign artifact '%.64s' with a key that is here",
                       o->where, key, artifact);
    return true;
}

static bool check_artifact(const struct sl_asked *asked, const struct sl_asked_artifact *a, enum sl_algorithm alg,
                           struct sl_mistakes *found, struct sl_err *err)
{
    const struct sl_list *list = list_of(asked, a);
    const struct sl_field *fields = list->items;
    const struct sl_asked_key *key = key_of(asked, a);
    char where[96] = "signing.formats";
    if (a->formats.set)
        (void)snprintf(where, sizeof where, "artifacts.%.64s.formats", a->here.name);
    for (size_t i = 0; key && i < list->n; i++) {
        const struct one one = { a, key, &fields[i], where, alg };
        bool ok = fits(&one, err);
        if (!(found ? sl_mistakes_pass(found, ok, err) : ok))
            return false;
    }
    return true;
}

static bool check_repeats(const struct sl_list *list, struct sl_err *err)
{
    const struct sl_field *fields = list->items;
    for (size_t i = 0; i < list->n; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(fields[k].value, fields[i].value) == 0)
                return sl_fail(err, SL_E_INPUT, fields[i].loc, "format '%s' stands here a second time",
                               fields[i].value);
    return true;
}

bool sl_formats_check(const struct sl_asked *asked, struct sl_mistakes *found, struct sl_err *err)
{
    const struct sl_asked_artifact *artifacts = asked->artifacts.items;
    if (!sl_mistakes_pass(found, check_repeats(&asked->signing.formats, err), err))
        return false;
    for (size_t i = 0; i < asked->artifacts.n; i++) {
        const struct sl_asked_key *key = key_of(asked, &artifacts[i]);
        if (!sl_mistakes_pass(found, check_repeats(&artifacts[i].formats, err), err)
            || (key && !check_artifact(asked, &artifacts[i], stated(asked, key), found, err)))
            return false;
    }
    return true;
}

bool sl_formats_fit(const struct sl_asked *asked, const struct sl_asked_artifact *a, enum sl_algorithm alg,
                    struct sl_err *err)
{
    return check_artifact(asked, a, alg, NULL, err);
}
