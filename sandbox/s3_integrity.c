/* Content-MD5 and checksums of a request: read, and compared with what came.
 * Source: S3 user guide, "Checking object integrity"; S3 API reference, "PutObject". */
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/s3.h"

#include <string.h>

static bool read_header(const struct sl_exchange *x, struct sl_s3_integrity *ret, struct sl_err *err)
{
    for (size_t i = 0; i < x->n_headers; i++) {
        enum sl_checksum_kind kind;
        if (!sl_checksum_by_header(x->headers[i].name, &kind))
            continue;
        if (ret->given)
            return sl_refusal_make(err, 400, "InvalidRequest",
                                   "Expecting a single x-amz-checksum- header. Multiple checksum Types are not "
                                   "allowed.");
        *ret = (struct sl_s3_integrity){ true, kind, x->headers[i].value };
    }
    return true;
}

/* A trailer is announced before the body and known after it. */
static bool read_trailer(const struct sl_exchange *x, struct sl_s3_integrity *ret, struct sl_err *err)
{
    const char *name = sl_exchange_request_header(x, "x-amz-trailer");
    enum sl_checksum_kind kind;
    if (!name)
        return true;
    if (!sl_checksum_by_name(name, &kind) && !sl_checksum_by_header(name, &kind))
        return sl_refusal_make(err, 400, "InvalidRequest",
                               "The value specified in the x-amz-trailer header is not "
                               "supported");
    if (ret->given)
        return sl_refusal_make(err, 400, "InvalidRequest",
                               "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
    *ret = (struct sl_s3_integrity){ true, kind, NULL };
    for (size_t i = 0; i < x->n_trailers; i++)
        if (!strcmp(x->trailers[i].name, name))
            ret->text = x->trailers[i].value;
    return true;
}

/* x-amz-sdk-checksum-algorithm names the checksum that must be there. */
static bool check_announced(const struct sl_exchange *x, const struct sl_s3_integrity *i, struct sl_err *err)
{
    const char *algorithm = sl_exchange_request_header(x, "x-amz-sdk-checksum-algorithm");
    if (!algorithm)
        return true;
    if (!i->given)
        return sl_refusal_make(err, 400, "InvalidRequest",
                               "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or "
                               "x-amz-trailer headers were found.");
    return !strcmp(sl_checksum_name(i->kind), algorithm)
           || sl_refusal_make(err, 400, "InvalidRequest", "Value for x-amz-sdk-checksum-algorithm header is invalid.");
}

bool sl_s3_integrity_read(const struct sl_exchange *x, struct sl_s3_integrity *ret, struct sl_err *err)
{
    struct sl_s3_integrity found = { .given = false };
    uint8_t ignored[SL_CHECKSUM_MAX_BYTES];
    const char *md5 = sl_exchange_request_header(x, "content-md5");
    if (!read_header(x, &found, err) || !read_trailer(x, &found, err) || !check_announced(x, &found, err))
        return false;
    if (found.text && !sl_checksum_parse(found.kind, found.text, ignored))
        return sl_refusal_make(err, 400, "InvalidRequest", "Value for %s header is invalid.",
                               sl_checksum_header(found.kind));
    if (md5 && !sl_checksum_parse(SL_CHECKSUM_MD5, md5, ignored))
        return sl_refusal_make(err, 400, "InvalidDigest", "The Content-MD5 you specified was invalid.");
    *ret = found;
    return true;
}

static bool same(const struct sl_checksums *sums, enum sl_checksum_kind kind, const char *text,
                 char ret_real[SL_CHECKSUM_BASE64_SIZE])
{
    sl_checksum_base64(sl_checksums_get(sums, kind), ret_real);
    return !strcmp(text, ret_real);
}

static bool check_md5(struct sl_exchange *x, const struct sl_checksums *sums, struct sl_err *err)
{
    char real[SL_CHECKSUM_BASE64_SIZE];
    const char *md5 = sl_exchange_request_header(x, "content-md5");
    if (!md5 || same(sums, SL_CHECKSUM_MD5, md5, real))
        return true;
    return sl_exchange_fact(x, "ExpectedDigest", md5, err) && sl_exchange_fact(x, "CalculatedDigest", real, err)
           && sl_refusal_make(err, 400, "BadDigest", "The Content-MD5 you specified did not match what we received.");
}

bool sl_s3_integrity_check(struct sl_exchange *x, struct sl_s3_integrity *ret, struct sl_err *err)
{
    struct sl_checksums made;
    const struct sl_checksums *sums = x->body_checksums;
    struct sl_s3_integrity found = { .given = false };
    char real[SL_CHECKSUM_BASE64_SIZE];
    if (!sl_s3_integrity_read(x, &found, err))
        return false;
    unsigned need = SL_CHECKSUM_BIT(SL_CHECKSUM_MD5) | (found.given ? SL_CHECKSUM_BIT(found.kind) : 0u);
    if (!sums || (sums->have & need) != need) {
        if (x->body_path)
            return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "a checksum was not computed while the body was read");
        if (!sl_checksums_of(x->body, need, &made, err))
            return false;
        sums = &made;
    }
    if (!check_md5(x, sums, err))
        return false;
    if (found.text && !same(sums, found.kind, found.text, real))
        return sl_refusal_make(err, 400, "BadDigest", "The %s you specified did not match the calculated checksum.",
                               sl_checksum_name(found.kind));
    *ret = found;
    return true;
}

bool sl_s3_integrity_require(struct sl_exchange *x, struct sl_err *err)
{
    struct sl_s3_integrity found = { .given = false };
    if (!sl_s3_integrity_check(x, &found, err))
        return false;
    /* Calls the sandbox makes to itself cross no network. */
    bool inner = !x->body_checksums;
    return inner || found.given || sl_exchange_request_header(x, "content-md5")
           || sl_refusal_make(err, 400, "InvalidRequest",
                              "Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
}
