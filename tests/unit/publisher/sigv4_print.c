/* Print our signatures for tests/e2e/sigv4_botocore.py, which compares them with those of botocore.
 *
 * One JSON object per line in: method, path, query, headers (lists of pairs), payload_hash, region, service, time
 * (basic form), s3, access, secret, token, expires (0: header form). One line out: the authorization header or the
 * presigned query. */
#include "core/arena.h"
#include "core/clock.h"
#include "core/json.h"
#include "publisher/sigv4.h"

#include <stdio.h>
#include <string.h>

static struct sl_pair *pairs_of(const json_t *list, struct sl_arena *arena, struct sl_err *err)
{
    struct sl_pair *pairs = sl_arena_alloc(arena, json_array_size(list), sizeof *pairs, err);
    for (size_t i = 0; pairs && i < json_array_size(list); i++) {
        const json_t *pair = json_array_get(list, i);
        pairs[i].name = json_string_value(json_array_get(pair, 0));
        pairs[i].value = json_string_value(json_array_get(pair, 1));
    }
    return pairs;
}

static bool credentials_of(const json_t *in, struct sl_credentials *ret, struct sl_err *err)
{
    (void)snprintf(ret->access_key_id, sizeof ret->access_key_id, "%s", sl_json_str(in, "access"));
    return sl_secret_copy(sl_span_str(sl_json_str(in, "secret")), &ret->secret_access_key, err)
           && (!*sl_json_str(in, "token")
               || sl_secret_copy(sl_span_str(sl_json_str(in, "token")), &ret->session_token, err));
}

static bool print_signature(const json_t *in, struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    SL_AUTO(sl_credentials_clear) struct sl_credentials cred = { .access_key_id = "" };
    SL_AUTO(sl_sigv4_headers_clear) struct sl_sigv4_headers made = { .x_amz_date = "" };
    SL_AUTO(sl_secret_clear) struct sl_secret query = { 0 };
    const json_t *q = json_object_get(in, "query"), *h = json_object_get(in, "headers");
    uint64_t expires = 0;
    struct sl_sigv4_request req = {
        .method = sl_json_str(in, "method"),
        .path = sl_json_str(in, "path"),
        .query = pairs_of(q, &arena, err),
        .n_query = json_array_size(q),
        .headers = pairs_of(h, &arena, err),
        .n_headers = json_array_size(h),
        .payload_hash = sl_json_str(in, "payload_hash"),
    };
    struct sl_sigv4_scope scope = {
        .region = sl_json_str(in, "region"),
        .service = sl_json_str(in, "service"),
        .s3_path = json_is_true(json_object_get(in, "s3")),
    };
    if (!req.query || !req.headers || !credentials_of(in, &cred, err))
        return false;
    if (!sl_clock_from_basic(sl_json_str(in, "time"), &scope.time_utc) || !sl_json_u64(in, "expires", &expires))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "time and expires are expected");
    bool ok = expires ? sl_sigv4_presign(&req, &cred, &scope, (uint32_t)expires, &query, err)
                      : sl_sigv4_sign(&req, &cred, &scope, &made, err);
    if (ok)
        (void)puts(expires ? (const char *)query.ptr : sl_buf_str(&made.authorization));
    return ok;
}

int main(void)
{
    static char line[65536];
    struct sl_err err = { .code = SL_OK };
    bool ok = sl_secret_setup(&err);
    while (ok && fgets(line, sizeof line, stdin)) {
        SL_AUTO(sl_json_clear) json_t *in = NULL;
        ok = sl_json_parse(sl_span_str(line), "stdin", &in, &err) && print_signature(in, &err);
    }
    if (!ok)
        (void)fprintf(stderr, "%s\n", err.msg);
    return ok ? 0 : 1;
}
