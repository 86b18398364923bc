/* Signature Version 4: AWS's own suite step by step, the examples of the S3 documentation, and what neither covers. */
#include "core/arena.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/file.h"
#include "core/json.h"
#include "core/text.h"
#include "publisher/sigv4.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SUITE_CASES 38
#define EMPTY_HASH  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define MAX_PAIRS   16

/* ---- AWS's suite ---- */

struct suite_case {
    char dir[512];
    struct sl_arena arena;
    struct sl_pair query[MAX_PAIRS], headers[MAX_PAIRS];
    struct sl_sigv4_request req;
    struct sl_sigv4_scope scope;
    struct sl_credentials cred;
    uint32_t expires;
    bool sign_body;
    char hash[65];
};

static void suite_case_clear(struct suite_case *c)
{
    sl_arena_clear(&c->arena);
    sl_credentials_clear(&c->cred);
}

static char *slurp(struct suite_case *c, const char *name)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", c->dir, name);
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    struct sl_err err = { 0 };
    if (!sl_file_read(path, 65536, &text, &err))
        fail_msg("%s", err.msg);
    char *copy = sl_arena_span(&c->arena, sl_buf_span(&text), &err);
    assert_non_null(copy);
    return copy;
}

static char *decoded(struct suite_case *c, const char *from, size_t len)
{
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = { 0 };
    struct sl_err err = { 0 };
    assert_true(sl_percent_get((struct sl_span){ (const uint8_t *)from, len }, &bytes, &err));
    char *copy = sl_arena_span(&c->arena, sl_buf_span(&bytes), &err);
    assert_non_null(copy);
    return copy;
}

static void parse_query(struct suite_case *c, char *text)
{
    for (char *p = text; p && *p;) {
        size_t len = strcspn(p, "&"), name = strcspn(p, "=&");
        assert_true(c->req.n_query < MAX_PAIRS);
        c->query[c->req.n_query].name = decoded(c, p, name);
        c->query[c->req.n_query++].value = name < len ? decoded(c, p + name + 1, len - name - 1) : "";
        p += len + (p[len] == '&');
    }
}

/* "METHOD target HTTP/1.1", where a target may hold spaces. */
static void parse_request_line(struct suite_case *c, char *line)
{
    char *target = strchr(line, ' ');
    char *version = strstr(line, " HTTP/1.1");
    assert_non_null(target);
    assert_non_null(version);
    *target++ = *version = 0;
    c->req.method = line;
    char *question = strchr(target, '?');
    if (question)
        *question++ = 0;
    c->req.encoded_path = target;
    parse_query(c, question);
}

/* Header lines up to the empty one; a line that begins with white space goes on with the last value (RFC 7230 3.2.4). */
static char *parse_headers(struct suite_case *c, char *p)
{
    while (*p && *p != '\n') {
        char *end = strchr(p, '\n'), *colon = strchr(p, ':');
        assert_non_null(colon);
        while (end && (end[1] == ' ' || end[1] == '\t'))
            end = strchr(end + 1, '\n');
        *colon = 0;
        assert_true(c->req.n_headers < MAX_PAIRS);
        c->headers[c->req.n_headers++] = (struct sl_pair){ p, colon + 1 };
        if (!end)
            return colon + strlen(colon + 1) + 1;
        *end = 0;
        p = end + 1;
    }
    return *p ? p + 1 : p;
}

static void parse_context(struct suite_case *c)
{
    SL_AUTO(sl_json_clear) json_t *context = NULL;
    struct sl_err err = { 0 };
    assert_true(sl_json_parse(sl_span_str(slurp(c, "context.json")), "context.json", &context, &err));
    (void)snprintf(c->cred.access_key_id, sizeof c->cred.access_key_id, "%s",
                   sl_json_str(context, "credentials.access_key_id"));
    assert_true(sl_secret_copy(sl_span_str(sl_json_str(context, "credentials.secret_access_key")),
                               &c->cred.secret_access_key, &err));
    const char *token = sl_json_str(context, "credentials.token");
    if (*token)
        assert_true(sl_secret_copy(sl_span_str(token), &c->cred.session_token, &err));
    uint64_t expires = 0;
    assert_true(sl_json_u64(context, "expiration_in_seconds", &expires));
    c->expires = (uint32_t)expires;
    c->sign_body = json_is_true(sl_json_at(context, "sign_body"));
    c->scope = (struct sl_sigv4_scope){
        .region = sl_arena_str(&c->arena, sl_json_str(context, "region"), &err),
        .service = sl_arena_str(&c->arena, sl_json_str(context, "service"), &err),
        .s3_path = json_is_false(sl_json_at(context, "normalize")),
        .omit_token = json_is_true(sl_json_at(context, "omit_session_token")),
    };
    assert_string_equal(sl_json_str(context, "timestamp"), "2015-08-30T12:36:00Z");
    assert_true(sl_clock_from_basic("20150830T123600Z", &c->scope.time_utc));
}

static void load_case(struct suite_case *c)
{
    char *text = slurp(c, "request.txt");
    char *line_end = strchr(text, '\n');
    assert_non_null(line_end);
    *line_end = 0;
    parse_request_line(c, text);
    const char *body = parse_headers(c, line_end + 1);
    parse_context(c);

    uint8_t digest[SL_SHA256_BYTES];
    struct sl_err err = { 0 };
    assert_true(sl_sha256(sl_span_str(body), digest, &err));
    sl_hex_put(c->hash, sizeof c->hash, (struct sl_span){ digest, sizeof digest });
    c->req.payload_hash = c->hash;
    c->req.query = c->query;
    c->req.headers = c->headers;
}

static void check_steps(struct suite_case *c, const struct sl_sigv4_request *req, const char *kind)
{
    SL_AUTO(sl_buf_clear) struct sl_buf canonical = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf names = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf to_sign = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret key = { 0 };
    char name[64], signature[65];
    struct sl_err err = { 0 };
    assert_true(sl_sigv4_canonical(req, &c->scope, &canonical, &names, &err));
    (void)snprintf(name, sizeof name, "%s-canonical-request.txt", kind);
    assert_string_equal(sl_buf_str(&canonical), slurp(c, name));
    assert_true(sl_sigv4_string_to_sign(sl_buf_span(&canonical), &c->scope, &to_sign, &err));
    (void)snprintf(name, sizeof name, "%s-string-to-sign.txt", kind);
    assert_string_equal(sl_buf_str(&to_sign), slurp(c, name));
    assert_true(sl_sigv4_key(sl_secret_span(&c->cred.secret_access_key), &c->scope, &key, &err));
    assert_true(sl_sigv4_signature(sl_secret_span(&key), sl_buf_span(&to_sign), signature, &err));
    (void)snprintf(name, sizeof name, "%s-signature.txt", kind);
    assert_string_equal(signature, slurp(c, name));
}

static void check_header_form(struct suite_case *c)
{
    struct sl_sigv4_request req = c->req;
    if (c->sign_body)
        c->headers[req.n_headers++] = (struct sl_pair){ "x-amz-content-sha256", c->hash };

    SL_AUTO(sl_sigv4_headers_clear) struct sl_sigv4_headers made = { .x_amz_date = "" };
    struct sl_err err = { 0 };
    assert_true(sl_sigv4_sign(&req, &c->cred, &c->scope, &made, &err));
    assert_string_equal(made.x_amz_date, "20150830T123600Z");
    const char *line = strstr(slurp(c, "header-signed-request.txt"), "\nAuthorization:");
    assert_non_null(line);
    line += strlen("\nAuthorization:");
    assert_int_equal(made.authorization.len, strcspn(line, "\n"));
    assert_memory_equal(made.authorization.ptr, line, made.authorization.len);

    /* The steps see what signing added as headers of the request. */
    struct sl_pair all[MAX_PAIRS + 2];
    memcpy(all, req.headers, req.n_headers * sizeof *all);
    all[req.n_headers++] = (struct sl_pair){ "X-Amz-Date", made.x_amz_date };
    if (c->cred.session_token.len > 0 && !c->scope.omit_token)
        all[req.n_headers++] = (struct sl_pair){ "X-Amz-Security-Token", (const char *)c->cred.session_token.ptr };
    req.headers = all;
    check_steps(c, &req, "header");
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Parameters in order, decoded: the suite writes some of them as plain UTF-8. */
static size_t split(struct suite_case *c, const char *text, char **parts)
{
    size_t n = 0;
    for (const char *p = text; *p; n++) {
        assert_true(n < 32);
        size_t len = strcspn(p, "&");
        parts[n] = decoded(c, p, len);
        p += len + (p[len] == '&');
    }
    qsort(parts, n, sizeof *parts, by_text);
    return n;
}

/* The same parameters; AWS's suite does not say in which order they stand in the URL. */
static void assert_same_query(struct suite_case *c, struct sl_span query)
{
    char *expected = strchr(slurp(c, "query-signed-request.txt"), '?');
    assert_non_null(expected);
    *strstr(expected, " HTTP/1.1") = 0;
    struct sl_err err = { 0 };
    char *actual = sl_arena_span(&c->arena, query, &err);
    assert_non_null(actual);
    const char *last = strrchr(actual, '&');
    assert_non_null(last);
    assert_memory_equal(last, "&X-Amz-Signature=", 17);
    char *want[32], *have[32];
    size_t n = split(c, expected + 1, want);
    assert_int_equal(split(c, actual, have), n);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(have[i], want[i]);
}

static void check_query_form(struct suite_case *c)
{
    SL_AUTO(sl_secret_clear) struct sl_secret query = { 0 };
    struct sl_err err = { 0 };
    assert_true(sl_sigv4_presign(&c->req, &c->cred, &c->scope, c->expires, &query, &err));
    assert_same_query(c, sl_secret_span(&query));

    /* A server takes the query apart again; the signature in it is not part of what was signed. A token that was left
     * out of the signature is left out again. */
    struct suite_case seen = { .arena = { 0 } };
    char *text = sl_arena_span(&c->arena, sl_secret_span(&query), &err);
    parse_query(&seen, text);
    struct sl_sigv4_request req = c->req;
    if (c->scope.omit_token)
        for (size_t i = 0; i < seen.req.n_query; i++)
            if (strcmp(seen.query[i].name, "X-Amz-Security-Token") == 0)
                seen.query[i] = seen.query[--seen.req.n_query];
    req.query = seen.query;
    req.n_query = seen.req.n_query;
    check_steps(c, &req, "query");
    suite_case_clear(&seen);
}

/* The folder of the vectors, or NULL after saying so. */
static const char *vectors(unsigned cases)
{
    const char *dir = getenv("SEALIFT_VECTORS"), *require = getenv("SEALIFT_REQUIRE");
    if (dir && *dir)
        return dir;
    print_message("SKIPPED %u cases: SEALIFT_VECTORS is not set\n", cases);
    if (require && strcmp(require, "all") == 0)
        fail_msg("SEALIFT_REQUIRE=all, but SEALIFT_VECTORS is not set");
    skip();
    return NULL;
}

static void test_sigv4_passes_the_suite_of_aws_in_header_and_query_form(void **state)
{
    (void)state;
    char root[256];
    (void)snprintf(root, sizeof root, "%s/sigv4", vectors(SUITE_CASES));
    DIR *dir = opendir(root);
    assert_non_null(dir);
    unsigned n = 0;
    for (struct dirent *e; (e = readdir(dir));) {
        if (e->d_name[0] == '.')
            continue;
        SL_AUTO(suite_case_clear) struct suite_case c = { .arena = { 0 } };
        (void)snprintf(c.dir, sizeof c.dir, "%s/%s", root, e->d_name);
        print_message("  %s\n", e->d_name);
        load_case(&c);
        check_query_form(&c);
        check_header_form(&c);
        n++;
    }
    (void)closedir(dir);
    assert_int_equal(n, SUITE_CASES);
}

/* ---- the examples of the S3 documentation ---- */

struct s3_example {
    const char *method, *path, *hash, *signature;
    struct sl_pair query[2], headers[4];
};

#define PUT_HASH "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"

static const struct s3_example s3_examples[] = {
    { "GET",
      "/test.txt",
      EMPTY_HASH,
      "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
      { { NULL, NULL } },
      { { "Range", "bytes=0-9" }, { "x-amz-content-sha256", EMPTY_HASH } } },
    { "PUT",
      "/test$file.text",
      PUT_HASH,
      "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
      { { NULL, NULL } },
      { { "Date", "Fri, 24 May 2013 00:00:00 GMT" },
        { "x-amz-storage-class", "REDUCED_REDUNDANCY" },
        { "x-amz-content-sha256", PUT_HASH } } },
    { "GET",
      "/",
      EMPTY_HASH,
      "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
      { { "lifecycle", "" } },
      { { "x-amz-content-sha256", EMPTY_HASH } } },
    { "GET",
      "/",
      EMPTY_HASH,
      "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
      { { "prefix", "J" }, { "max-keys", "2" } },
      { { "x-amz-content-sha256", EMPTY_HASH } } },
};

static void example_credentials(struct sl_credentials *ret, const char *token)
{
    struct sl_err err = { 0 };
    (void)snprintf(ret->access_key_id, sizeof ret->access_key_id, "AKIAIOSFODNN7EXAMPLE");
    assert_true(sl_secret_copy(sl_span_str("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), &ret->secret_access_key, &err));
    if (token)
        assert_true(sl_secret_copy(sl_span_str(token), &ret->session_token, &err));
}

static struct sl_sigv4_scope example_scope(void)
{
    struct sl_sigv4_scope scope = { .region = "us-east-1", .service = "s3", .s3_path = true };
    assert_true(sl_clock_from_basic("20130524T000000Z", &scope.time_utc));
    return scope;
}

static void test_sigv4_gives_the_signatures_of_the_s3_documentation(void **state)
{
    (void)state;
    SL_AUTO(sl_credentials_clear) struct sl_credentials cred = { .access_key_id = "" };
    example_credentials(&cred, NULL);
    struct sl_sigv4_scope scope = example_scope();
    for (size_t i = 0; i < sizeof s3_examples / sizeof *s3_examples; i++) {
        const struct s3_example *x = &s3_examples[i];
        struct sl_pair headers[5] = { { "Host", "examplebucket.s3.amazonaws.com" } };
        struct sl_sigv4_request req = { x->method, x->path, .query = x->query, .headers = headers, .n_headers = 1 };
        req.payload_hash = x->hash;
        while (req.n_query < 2 && x->query[req.n_query].name)
            req.n_query++;
        for (size_t h = 0; h < 4 && x->headers[h].name; h++)
            headers[req.n_headers++] = x->headers[h];
        SL_AUTO(sl_sigv4_headers_clear) struct sl_sigv4_headers made = { .x_amz_date = "" };
        struct sl_err err = { 0 };
        assert_true(sl_sigv4_sign(&req, &cred, &scope, &made, &err));
        const char *signature = strstr(sl_buf_str(&made.authorization), "Signature=");
        assert_non_null(signature);
        assert_string_equal(signature + 10, x->signature);
    }
}

static const struct sl_pair host_header[] = { { "host", "examplebucket.s3.amazonaws.com" } };

static struct sl_sigv4_request get_test_txt(void)
{
    return (struct sl_sigv4_request){
        .method = "GET", .path = "/test.txt", .headers = host_header, .n_headers = 1, .payload_hash = "UNSIGNED-PAYLOAD"
    };
}

static void test_sigv4_gives_the_presigned_url_of_the_s3_documentation(void **state)
{
    (void)state;
    SL_AUTO(sl_credentials_clear) struct sl_credentials cred = { .access_key_id = "" };
    SL_AUTO(sl_secret_clear) struct sl_secret query = { 0 };
    example_credentials(&cred, NULL);
    struct sl_sigv4_scope scope = example_scope();
    struct sl_sigv4_request req = get_test_txt();
    struct sl_err err = { 0 };
    assert_true(sl_sigv4_presign(&req, &cred, &scope, 86400, &query, &err));
    assert_string_equal((const char *)query.ptr,
                        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%"
                        "2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&"
                        "X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

static void test_sigv4_presigns_for_one_second_to_seven_days_only(void **state)
{
    (void)state;
    SL_AUTO(sl_credentials_clear) struct sl_credentials cred = { .access_key_id = "" };
    SL_AUTO(sl_secret_clear) struct sl_secret query = { 0 };
    example_credentials(&cred, NULL);
    struct sl_sigv4_scope scope = example_scope();
    struct sl_sigv4_request req = get_test_txt();
    static const uint32_t bad[] = { 0, 604801, UINT32_MAX };
    for (size_t i = 0; i < 3; i++) {
        struct sl_err err = { 0 };
        assert_false(sl_sigv4_presign(&req, &cred, &scope, bad[i], &query, &err));
        assert_int_equal(err.code, SL_E_INPUT);
        assert_non_null(strstr(err.msg, "good for 1 second to 7 days, not for "));
        assert_null(query.ptr);
    }
    struct sl_err err = { 0 };
    assert_true(sl_sigv4_presign(&req, &cred, &scope, 1, &query, &err));
    assert_true(sl_sigv4_presign(&req, &cred, &scope, 604800, &query, &err));
}

/* ---- what the suite does not cover ---- */

static char *canonical_of(const struct sl_sigv4_request *req, bool s3_path, struct sl_arena *arena)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf names = { 0 };
    struct sl_sigv4_scope scope = example_scope();
    scope.s3_path = s3_path;
    struct sl_err err = { 0 };
    assert_true(sl_sigv4_canonical(req, &scope, &text, &names, &err));
    char *copy = sl_arena_span(arena, sl_buf_span(&text), &err);
    assert_non_null(copy);
    return copy;
}

struct path_case {
    const char *path, *encoded_path, *s3, *other;
};

static const struct path_case paths[] = {
    { "/a b+c%d", NULL, "/a%20b%2Bc%25d", "/a%2520b%252Bc%2525d" },
    { "/$next", NULL, "/%24next", "/%2524next" },
    { "/x/../(y)~/\xe2\x82\xac", NULL, "/x/../%28y%29~/%E2%82%AC", "/%2528y%2529~/%25E2%2582%25AC" },
    { "/a//./b/", NULL, "/a//./b/", "/a/b/" },
    { "/../..", NULL, "/../..", "/" },
    { NULL, "/a%20b:c", "/a%20b%3Ac", "/a%2520b%3Ac" },
};

static void test_sigv4_encodes_the_path_once_for_s3_and_twice_for_others(void **state)
{
    (void)state;
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct sl_sigv4_request req = get_test_txt();
        req.path = paths[i].path;
        req.encoded_path = paths[i].encoded_path;
        for (int s3 = 0; s3 < 2; s3++) {
            const char *text = canonical_of(&req, s3, &arena) + strlen("GET\n");
            const char *want = s3 ? paths[i].s3 : paths[i].other;
            assert_int_equal(strcspn(text, "\n"), strlen(want));
            assert_memory_equal(text, want, strlen(want));
        }
    }
}

static void test_sigv4_refuses_a_path_that_is_not_well_encoded(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf names = { 0 };
    struct sl_sigv4_scope scope = example_scope();
    struct sl_sigv4_request req = get_test_txt();
    req.encoded_path = "/a%2";
    struct sl_err err = { 0 };
    assert_false(sl_sigv4_canonical(&req, &scope, &text, &names, &err));
    assert_int_equal(err.code, SL_E_INPUT);
    assert_int_equal(text.len, 0);
}

static void test_sigv4_sorts_the_query_by_encoded_name_and_then_value(void **state)
{
    (void)state;
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    static const struct sl_pair query[] = {
        { "b", "2" }, { "a-b", "" }, { "a", "\xc3\xa9" }, { "a", "z" }, { "a", "!" },
        { "~", "" },  { "/", "/" },  { "B", "+ " },       { "a", "" },  { "X-Amz-Signature", "00" },
    };
    struct sl_sigv4_request req = get_test_txt();
    req.query = query;
    req.n_query = sizeof query / sizeof *query;
    const char *text = canonical_of(&req, true, &arena);
    const char *want = "GET\n/test.txt\n%2F=%2F&B=%2B%20&a=&a=%21&a=%C3%A9&a=z&a-b=&b=2&~=\n";
    assert_memory_equal(text, want, strlen(want));
}

static void test_sigv4_leaves_out_headers_that_proxies_change(void **state)
{
    (void)state;
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    static const struct sl_pair headers[] = {
        { "User-Agent", "x" },        { "X-B", "\t two  words \t" }, { "Expect", "100-continue" },
        { "HOST", "h:8080" },         { "Connection", "close" },     { "x-b", "again" },
        { "X-Amzn-Trace-Id", "y" },   { "Authorization", "z" },      { "x-empty", "  " },
        { "Transfer-Encoding", "u" },
    };
    struct sl_sigv4_request req = get_test_txt();
    req.headers = headers;
    req.n_headers = sizeof headers / sizeof *headers;
    assert_string_equal(canonical_of(&req, true, &arena),
                        "GET\n/test.txt\n\nhost:h:8080\nx-b:two words,again\nx-empty:\n"
                        "\nhost;x-b;x-empty\nUNSIGNED-PAYLOAD");
}

static void test_sigv4_signs_the_session_token_but_does_not_copy_it(void **state)
{
    (void)state;
    SL_AUTO(sl_credentials_clear) struct sl_credentials cred = { .access_key_id = "" };
    example_credentials(&cred, "a+token/with==");
    struct sl_sigv4_scope scope = example_scope();
    struct sl_sigv4_request req = get_test_txt();
    SL_AUTO(sl_sigv4_headers_clear) struct sl_sigv4_headers made = { .x_amz_date = "" };
    struct sl_err err = { 0 };
    assert_true(sl_sigv4_sign(&req, &cred, &scope, &made, &err));
    assert_non_null(strstr(sl_buf_str(&made.authorization), "SignedHeaders=host;x-amz-date;x-amz-security-token,"));
    assert_null(strstr(sl_buf_str(&made.authorization), "a+token"));
}

static int setup(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    return sl_secret_setup(&err) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sigv4_passes_the_suite_of_aws_in_header_and_query_form),
        cmocka_unit_test(test_sigv4_gives_the_signatures_of_the_s3_documentation),
        cmocka_unit_test(test_sigv4_gives_the_presigned_url_of_the_s3_documentation),
        cmocka_unit_test(test_sigv4_presigns_for_one_second_to_seven_days_only),
        cmocka_unit_test(test_sigv4_encodes_the_path_once_for_s3_and_twice_for_others),
        cmocka_unit_test(test_sigv4_refuses_a_path_that_is_not_well_encoded),
        cmocka_unit_test(test_sigv4_sorts_the_query_by_encoded_name_and_then_value),
        cmocka_unit_test(test_sigv4_leaves_out_headers_that_proxies_change),
        cmocka_unit_test(test_sigv4_signs_the_session_token_but_does_not_copy_it),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
