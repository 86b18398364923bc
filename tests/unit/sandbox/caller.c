#include "tests/unit/sandbox/caller.h"

#include "core/digest.h"
#include "core/secret.h"
#include "core/text.h"
#include "core/xml.h"
#include "sandbox/priv/auth.h"
#include "sandbox/priv/body.h"
#include "sandbox/priv/inner.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/s3.h"
#include "tests/unit/fail_nth.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char caller_trust[] =
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"iot.amazonaws.com\"}"
    ","
    "\"Action\":\"sts:AssumeRole\",\"Condition\":{\"StringEquals\":{\"aws:SourceAccount\":\"" ACCOUNT
    "\"},\"ArnLike\":{"
    "\"aws:SourceArn\":\"arn:aws:iot:" REGION ":" ACCOUNT ":*\"}}}]}";
const char caller_permissions[] =
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\","
    "\"s3:GetObjectVersion\"],\"Resource\":\"arn:aws:s3:::firmware/*\"}]}";

void caller_open(struct caller *c)
{
    struct sl_err err = { 0 };
    *c = (struct caller){ .facts = { .region = REGION, .account = ACCOUNT, .url = "http://127.0.0.1:9999" },
                          .now_utc = NOW,
                          .arn = ROOT,
                          .role = "" };
    assert_ok(err, sl_secret_setup(&err));
    assert_ok(err, sl_store_open(".", &c->store, &err));
    assert_ok(err, sl_s3_setup(c->store, &err));
    assert_ok(err, sl_iam_setup(c->store, &err));
    assert_ok(err, sl_iot_setup(c->store, &err));
    c->log = open_memstream(&c->log_text, &c->log_size);
    assert_non_null(c->log);
}

static void forget(struct caller *c)
{
    sl_json_clear(&c->json);
    free(c->text);
    c->text = NULL;
    c->code[0] = '\0';
}

void caller_close(struct caller *c)
{
    forget(c);
    sl_store_close(c->store);
    sl_arena_clear(&c->arena);
    assert_int_equal(fclose(c->log), 0);
    free(c->log_text);
}

static const char *copy(struct caller *c, struct sl_span s)
{
    struct sl_err err = { 0 };
    const char *text = sl_arena_span(&c->arena, s, &err);
    assert_non_null(text);
    return text;
}

static const char *decode(struct caller *c, struct sl_span s)
{
    struct sl_err err = { 0 };
    struct sl_buf plain = { 0 };
    assert_ok(err, sl_percent_get(s, &plain, &err));
    const char *text = copy(c, sl_buf_span(&plain));
    sl_buf_clear(&plain);
    return text;
}

static size_t split_query(struct caller *c, const char *query, struct sl_pair *ret, size_t max)
{
    size_t n = 0;
    while (*query) {
        size_t len = strcspn(query, "&"), name = strcspn(query, "=&");
        assert_true(n < max);
        ret[n].name = decode(c, (struct sl_span){ (const uint8_t *)query, name });
        size_t from = name < len ? name + 1 : len;
        ret[n++].value = decode(c, (struct sl_span){ (const uint8_t *)query + from, len - from });
        query += len + (query[len] == '&');
    }
    return n;
}

static void take(struct caller *c, struct sl_exchange *x)
{
    struct sl_err err = { 0 };
    struct sl_buf body = { 0 };
    forget(c);
    assert_ok(err, sl_inner_body(x, &body, &err));
    c->status = x->status;
    (void)snprintf(c->code, sizeof c->code, "%s", x->refusal_code ? x->refusal_code : "");
    c->text = calloc(1, body.len + 1);
    assert_non_null(c->text);
    memcpy(c->text, sl_buf_str(&body), body.len);
    if (body.len && body.ptr[0] == '{')
        assert_ok(err, sl_json_parse(sl_buf_span(&body), "reply", &c->json, &err));
    sl_buf_clear(&body);
    sl_inner_clear(x);
}

/* What a refusal says, whichever way the service writes it. */
static const char *message(struct caller *c)
{
    if (c->json)
        return sl_json_str(c->json, "message");
    const char *text = caller_xml(c, "Error/Message");
    return *text ? text : caller_xml(c, "Message");
}

static bool run(struct sl_exchange *x, struct sl_err *err)
{
    if (!strcmp(x->service, "iam"))
        return sl_iam_handle(x, err);
    if (!strcmp(x->service, "sts"))
        return sl_sts_handle(x, err);
    if (!strcmp(x->service, "iot"))
        return sl_iot_handle(x, err);
    return sl_jobs_data_handle(x, err);
}

/* An exchange for a target; query has room for 16 pairs. */
static struct sl_exchange exchange(struct caller *c, const char *service, const char *method, const char *target,
                                   struct sl_pair *query)
{
    size_t path = strcspn(target, "?");
    return (struct sl_exchange){ .facts = &c->facts,
                                 .store = c->store,
                                 .arena = &c->arena,
                                 .now_utc = c->now_utc,
                                 .log = c->log,
                                 .method = method,
                                 .path = decode(c, (struct sl_span){ (const uint8_t *)target, path }),
                                 .raw_path = copy(c, (struct sl_span){ (const uint8_t *)target, path }),
                                 .query = query,
                                 .n_query = split_query(c, target + path + (target[path] == '?'), query, 16),
                                 .service = service,
                                 .caller_arn = c->arn,
                                 .caller_role = c->role,
                                 .caller_key = c->key,
                                 .caller_is_session = c->is_session,
                                 .request_id = "REQUEST",
                                 .reply_fd = -1 };
}

void caller_ask(struct caller *c, const char *service, const char *method, const char *target, const char *body)
{
    struct sl_pair query[16];
    struct sl_exchange x = exchange(c, service, method, target, query);
    struct sl_err err = { 0 };
    x.body = sl_span_str(body ? body : "");
    assert_ok(err, run(&x, &err));
    take(c, &x);
}

bool caller_starve(struct caller *c, const char *service, const char *method, const char *target, const char *body,
                   unsigned n)
{
    struct sl_pair query[16];
    struct sl_exchange x = exchange(c, service, method, target, query);
    struct sl_err err = { 0 };
    x.body = sl_span_str(body ? body : "");
    fail_nth_arm(FAIL_MEMORY, n);
    bool ok = run(&x, &err);
    bool starved = fail_nth_disarm();
    if (starved) {
        assert_false(ok);
        assert_int_equal(err.code, SL_E_NOMEM);
    } else {
        assert_ok(err, ok);
    }
    sl_inner_clear(&x);
    return starved;
}

const char *caller_put(struct caller *c, const char *path, const char *bytes)
{
    struct sl_pair query[16];
    struct sl_pair host = { "host", "127.0.0.1:9999" };
    struct sl_exchange x = exchange(c, "s3", "PUT", path, query);
    struct sl_err err = { 0 };
    struct sl_body *body;
    struct sl_body_options options = { .dir = sl_store_objects_dir(c->store),
                                       .max_bytes = 1 << 20,
                                       .want = SL_CHECKSUM_BIT(SL_CHECKSUM_CRC64NVME)
                                               | SL_CHECKSUM_BIT(SL_CHECKSUM_MD5) };
    assert_ok(err, sl_body_new(&options, &body, &err));
    assert_ok(err, sl_body_add(body, sl_span_str(bytes), &err));
    assert_ok(err, sl_body_finish(body, &err));
    x.headers = &host;
    x.n_headers = 1;
    x.body_path = sl_body_path(body);
    x.body_size_bytes = sl_body_size(body);
    x.body_checksums = sl_body_checksums(body);
    x.body_sha256 = sl_checksums_get(x.body_checksums, SL_CHECKSUM_SHA256);
    assert_ok(err, sl_s3_route(&x, &err));
    assert_ok(err, sl_s3_prepare(&x, &err));
    assert_ok(err, sl_s3_handle(&x, &err));
    assert_int_equal(x.status, 200);
    if (!x.body_path)
        sl_body_take(body);
    sl_body_free(body);
    const char *version = "";
    for (size_t i = 0; i < x.n_reply_headers; i++)
        if (!strcmp(x.reply_headers[i].name, "x-amz-version-id"))
            version = x.reply_headers[i].value;
    take(c, &x);
    return version;
}

static bool download(struct sl_exchange *x, struct sl_err *err)
{
    static const uint8_t secret[] = "root";
    struct sl_auth_root root = { "AKIAROOT", { secret, sizeof secret - 1 } };
    SL_AUTO(sl_auth_clear) struct sl_auth auth = { .presigned = false };
    return sl_auth_parse(x, &auth, err) && sl_s3_route(x, err) && sl_auth_verify(x, &auth, &root, err)
           && sl_s3_prepare(x, err) && sl_s3_handle(x, err);
}

void caller_download(struct caller *c, const char *url)
{
    struct sl_pair query[16];
    struct sl_pair host = { "host", "127.0.0.1:9999" };
    struct sl_err err = { 0 };
    size_t own = strlen(c->facts.url);
    assert_memory_equal(url, c->facts.url, own);
    struct sl_exchange x = exchange(c, "s3", "GET", url + own, query);
    x.headers = &host;
    x.n_headers = 1;
    x.caller_arn = x.caller_role = "";
    if (!download(&x, &err)) {
        struct sl_err why = err;
        err = (struct sl_err){ 0 };
        assert_int_not_equal(why.http_status, 0);
        assert_ok(err, sl_exchange_refuse(&x, why.http_status, why.aws_code, &err, "%s", why.msg));
    }
    take(c, &x);
}

void caller_must(struct caller *c, const char *service, const char *method, const char *target, const char *body)
{
    caller_ask(c, service, method, target, body);
    if (c->status / 100 != 2)
        print_error("%s %s: %d %s\n%s\n", method, target, c->status, c->code, c->text);
    assert_int_equal(c->status / 100, 2);
}

void caller_refused(struct caller *c, const char *service, const char *method, const char *target, const char *body,
                    int status, const char *code, const char *part)
{
    caller_ask(c, service, method, target, body);
    if (c->status != status || strcmp(c->code, code) != 0 || !strstr(message(c), part))
        print_error("%s %s: expected %d %s '%s', got %d %s\n%s\n", method, target, status, code, part, c->status,
                    c->code, c->text);
    assert_int_equal(c->status, status);
    assert_string_equal(c->code, code);
    assert_non_null(strstr(message(c), part));
}

const char *caller_form(struct caller *c, const char *action, ...)
{
    struct sl_err err = { 0 };
    struct sl_buf form = { 0 };
    bool sts = !strncmp(action, "AssumeRole", 10) || !strcmp(action, "GetCallerIdentity")
               || !strcmp(action, "GetSessionToken");
    assert_ok(err, sl_buf_addf(&form, &err, "Action=%s&Version=%s", action, sts ? "2011-06-15" : "2010-05-08"));
    va_list args;
    va_start(args, action);
    for (const char *name; (name = va_arg(args, const char *));) {
        assert_ok(err, sl_buf_addf(&form, &err, "&%s=", name));
        assert_ok(err, sl_percent_add(&form, sl_span_str(va_arg(args, const char *)), false, &err));
    }
    va_end(args);
    const char *text = copy(c, sl_buf_span(&form));
    sl_buf_clear(&form);
    return text;
}

const char *caller_xml(struct caller *c, const char *path)
{
    struct sl_err err = { 0 };
    const struct sl_xml *root;
    assert_ok(err, sl_xml_parse(sl_span_str(c->text), &c->arena, &root, &err));
    const char *text = sl_xml_text(root, path);
    return text ? text : "";
}

const char *caller_log(struct caller *c)
{
    assert_int_equal(fflush(c->log), 0);
    return c->log_text;
}

void caller_role(struct caller *c, const char *name, const char *trust, const char *permissions)
{
    caller_must(c, "iam", "POST", "/",
                caller_form(c, "CreateRole", "RoleName", name, "AssumeRolePolicyDocument", trust, NULL));
    if (permissions)
        caller_must(
            c, "iam", "POST", "/",
            caller_form(c, "PutRolePolicy", "RoleName", name, "PolicyName", "p", "PolicyDocument", permissions, NULL));
}
