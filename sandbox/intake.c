#include "sandbox/priv/intake.h"

#include "sandbox/priv/auth_code.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/s3.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_MEMORY_BYTES ((uint64_t)1 << 20)

static bool number_header(const struct sl_exchange *x, const char *name, bool *ret_given, uint64_t *ret,
                          struct sl_err *err)
{
    const char *text = sl_exchange_request_header(x, name);
    *ret_given = text != NULL;
    if (!text)
        return true;
    if (!*text || strlen(text) > 18 || text[strspn(text, "0123456789")])
        return sl_refusal_make(err, 400, "InvalidArgument", "%s must be a number of bytes", name);
    *ret = strtoull(text, NULL, 10);
    return true;
}

/* Lengths a PUT to S3 must state; *ret is the payload's. */
static bool stated_length(const struct sl_call *c, uint64_t *ret, struct sl_err *err)
{
    bool plain, decoded;
    uint64_t plain_bytes = 0, decoded_bytes = 0;
    if (!number_header(&c->x, "content-length", &plain, &plain_bytes, err)
        || !number_header(&c->x, "x-amz-decoded-content-length", &decoded, &decoded_bytes, err))
        return false;
    bool is_chunked = c->form.kind == SL_PAYLOAD_CHUNKED;
    if (is_chunked ? !decoded : !plain)
        return sl_refusal_make(err, 411, "MissingContentLength", "You must provide the %s HTTP header.",
                               is_chunked ? "x-amz-decoded-content-length" : "Content-Length");
    *ret = is_chunked ? decoded_bytes : plain_bytes;
    return true;
}

static bool too_large(struct sl_call *c, uint64_t size, uint64_t max, struct sl_err *err)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)size);
    if (!sl_exchange_fact(&c->x, "ProposedSize", text, err))
        return false;
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)max);
    return sl_exchange_fact(&c->x, "MaxSizeAllowed", text, err)
           && sl_refusal_make(err, 400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size");
}

static void prepare_chunked(struct sl_call *c, uint64_t decoded_bytes)
{
    const char *names = sl_exchange_request_header(&c->x, "x-amz-trailer");
    c->chunked = (struct sl_chunked_options){ .is_signed = c->form.is_signed,
                                              .has_trailer = c->form.has_trailer,
                                              .decoded_bytes = decoded_bytes,
                                              .trailer_names = names ? names : "",
                                              .key = sl_secret_span(&c->auth.key),
                                              .date = c->auth.time,
                                              .scope = c->auth.scope,
                                              .seed_signature = c->auth.signature };
}

/* The checksums a client announces by header or trailer; CRC-64/NVME, S3's own choice, when it announces none. */
static unsigned wanted_checksums(const struct sl_exchange *x)
{
    unsigned want = 0;
    enum sl_checksum_kind kind;
    for (size_t i = 0; i < x->n_headers; i++)
        if (sl_checksum_by_header(x->headers[i].name, &kind)
            || (!strcmp(x->headers[i].name, "x-amz-trailer") && sl_checksum_by_header(x->headers[i].value, &kind)))
            want |= SL_CHECKSUM_BIT(kind);
    const char *algorithm = sl_exchange_request_header(x, "x-amz-sdk-checksum-algorithm");
    if (algorithm && sl_checksum_by_name(algorithm, &kind))
        want |= SL_CHECKSUM_BIT(kind);
    return want | (x->checksum_named ? 0 : SL_CHECKSUM_BIT(SL_CHECKSUM_CRC64NVME)) | SL_CHECKSUM_BIT(SL_CHECKSUM_MD5);
}

static bool open_s3(struct sl_call *c, struct sl_err *err)
{
    bool to_file = sl_s3_stores_body(&c->x);
    uint64_t size = 0, max = to_file ? SL_S3_MAX_PUT_BYTES : SL_S3_MAX_XML_BYTES;
    bool has_body = !strcmp(c->x.method, "PUT") || !strcmp(c->x.method, "POST");
    if (!sl_auth_payload_form(&c->x, &c->auth, &c->form, err) || (has_body && !stated_length(c, &size, err))
        || (size > max && !too_large(c, size, max, err)))
        return false;
    prepare_chunked(c, size);
    struct sl_body_options options = { .dir = to_file ? sl_store_objects_dir(c->env->store) : NULL,
                                       .max_bytes = max,
                                       .want = wanted_checksums(&c->x),
                                       .chunked = c->form.kind == SL_PAYLOAD_CHUNKED ? &c->chunked : NULL };
    return sl_body_new(&options, &c->body, err);
}

static bool open_memory(struct sl_call *c, struct sl_err *err)
{
    struct sl_body_options options = { .max_bytes = MAX_MEMORY_BYTES };
    return sl_body_new(&options, &c->body, err);
}

bool sl_intake_open(struct sl_call *c, struct sl_err *err)
{
    return sl_auth_is_s3(&c->x) ? open_s3(c, err) : open_memory(c, err);
}

bool sl_intake_take(struct sl_call *c, struct sl_err *err)
{
    struct sl_exchange *x = &c->x;
    if (!sl_body_finish(c->body, err))
        return false;
    x->body = sl_body_bytes(c->body);
    x->body_path = sl_body_path(c->body);
    c->body_handed_over = x->body_path != NULL;
    x->body_size_bytes = sl_body_size(c->body);
    x->body_checksums = sl_body_checksums(c->body);
    x->body_sha256 = sl_checksums_get(x->body_checksums, SL_CHECKSUM_SHA256);
    if (sl_body_chunked(c->body))
        x->trailers = sl_chunked_trailers(sl_body_chunked(c->body), &x->n_trailers);
    return true;
}
