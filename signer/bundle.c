#include "signer/bundle.h"

#include "core/text.h"
#include "signer/priv/bundle.h"
#include "signer/priv/dsse.h"

#include <string.h>

void sl_bundle_clear(struct sl_bundle *b)
{
    sl_json_clear(&b->value);
    *b = (struct sl_bundle){ 0 };
}

void sl_bundle_signature_clear(struct sl_bundle_signature *s)
{
    sl_buf_clear(&s->bytes);
    for (size_t i = 0; i < SL_FORMAT_COUNT; i++)
        sl_buf_clear(&s->formats[i]);
    *s = (struct sl_bundle_signature){ 0 };
}

static bool only_signatures(const json_t *signatures, struct sl_err *err)
{
    static const char *const members[] = { "algorithm", "formats", "keyid", "signature", NULL };
    const char *name = NULL;
    json_t *entry = NULL;
    json_object_foreach((json_t *)(uintptr_t)signatures, name, entry)
    {
        if (!sl_json_only(entry, members, "it", err))
            return sl_while(err, SL_LOC_NONE, "the signature of artifact '%.80s'", name);
    }
    return true;
}

static bool read_bundle(struct sl_bundle *b, struct sl_err *err)
{
    static const char *const members[] = { "dsseEnvelope", "mediaType", "signatures", NULL };
    if (strcmp(sl_json_str(b->value, "mediaType"), SL_BUNDLE_MEDIA_TYPE) != 0)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "its mediaType is '%.80s', expected '" SL_BUNDLE_MEDIA_TYPE "'",
                       sl_json_str(b->value, "mediaType"));
    b->signatures = json_object_get(b->value, "signatures");
    if (!json_is_object(b->signatures))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the bundle has no 'signatures' by name of artifact");
    return only_signatures(b->signatures, err) && sl_json_only(b->value, members, "the bundle", err);
}

bool sl_bundle_read(struct sl_span text, const char *name, struct sl_bundle *ret, struct sl_err *err)
{
    SL_AUTO(sl_bundle_clear) struct sl_bundle b = { 0 };
    if (!sl_json_parse(text, name, &b.value, err))
        return false;
    const json_t *inner = json_object_get(b.value, "dsseEnvelope");
    b.envelope = inner ? inner : b.value;
    if ((inner && !read_bundle(&b, err)) || !sl_dsse_only(b.envelope, err))
        return sl_while(err, SL_LOC_NONE, "'%s'", name);
    sl_bundle_clear(ret);
    *ret = b;
    b = (struct sl_bundle){ 0 };
    return true;
}

bool sl_bundle_bound(const struct sl_bundle *b, const struct sl_statement *s, struct sl_err *err)
{
    size_t i = 0;
    json_t *subject = NULL, *value = NULL;
    const char *name = NULL;
    uint8_t digest[SL_SHA256_BYTES];
    json_array_foreach(json_object_get(s->value, "subject"), i, subject)
    {
        name = sl_json_str(subject, "name");
        if (!json_object_get(b->signatures, name))
            return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                           "the bundle has no signature of artifact '%.80s', which the signed statement names", name);
    }
    json_object_foreach(b->signatures, name, value)
    {
        if (!sl_statement_subject(s, name, digest))
            return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                           "the bundle has a signature of '%.80s', which the signed statement does not name", name);
    }
    return true;
}

static bool read_format(const char *name, const char *text, struct sl_bundle_signature *ret, struct sl_err *err)
{
    enum sl_format format = sl_format_from_name(name);
    if (format == SL_FORMAT_RAW || format == SL_FORMAT_COUNT || !text[0])
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "there is no format '%.40s' that this version knows", name);
    return format == SL_FORMAT_CMS ? sl_base64_get(sl_span_str(text), &ret->formats[format], err)
                                   : sl_buf_copy(&ret->formats[format], sl_span_str(text), err);
}

static bool read_formats(const json_t *entry, struct sl_bundle_signature *ret, struct sl_err *err)
{
    const char *name = NULL;
    json_t *value = NULL, *formats = json_object_get(entry, "formats");
    if (formats && !json_is_object(formats))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'formats' is not an object by name of format");
    json_object_foreach(formats, name, value)
    {
        if (!read_format(name, json_is_string(value) ? json_string_value(value) : "", ret, err))
            return false;
    }
    return true;
}

bool sl_bundle_signature(const struct sl_bundle *b, const char *artifact, struct sl_bundle_signature *ret,
                         struct sl_err *err)
{
    const json_t *entry = json_object_get(b->signatures, artifact);
    struct sl_bundle_signature s = { .algorithm = sl_algorithm_from_name(sl_json_str(entry, "algorithm")),
                                     .keyid = sl_json_str(entry, "keyid") };
    if (s.algorithm == SL_ALG_NONE || !s.keyid[0])
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "the signature of artifact '%.80s' is malformed: 'algorithm', 'keyid' and 'signature' were "
                       "expected",
                       artifact);
    if (!sl_base64_get(sl_span_str(sl_json_str(entry, "signature")), &ret->bytes, err)
        || !read_formats(entry, ret, err))
        return sl_while(err, SL_LOC_NONE, "the signature of artifact '%.80s'", artifact);
    ret->algorithm = s.algorithm;
    ret->keyid = s.keyid;
    return true;
}

unsigned sl_bundle_hashes(const struct sl_bundle *b)
{
    unsigned hashes = 0;
    const char *name = NULL;
    json_t *entry = NULL;
    json_object_foreach(b->signatures, name, entry)
    {
        enum sl_algorithm alg = sl_algorithm_from_name(sl_json_str(entry, "algorithm"));
        hashes |= alg == SL_ALG_NONE ? 0 : SL_HASH_BIT(sl_algorithm_hash(alg));
    }
    return hashes;
}
