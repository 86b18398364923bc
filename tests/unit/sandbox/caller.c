#include "tests/unit/sandbox/caller.h"

#include "core/digest.h"
#include "core/secret.h"
#include "core/text.h"
#include "core/xml.h"
#include "sandbox/priv/inner.h"

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
    *c = (struct caller){
        .facts = { REGION, ACCOUNT, "http://127.0.0.1:9999" }, .now_utc = NOW, .arn = ROOT, .role = ""
    };
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
    return c->json ? sl_json_str(c->json, "message") : caller_xml(c, "Error/Message");
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

void caller_ask(struct caller *c, const char *service, const char *method, const char *target, const char *body)
{
    struct sl_pair query[16];
    size_t path = strcspn(target, "?");
    struct sl_exchange x = { .facts = &c->facts,
                             .store = c->store,
                             .arena = &c->arena,
                             .now_utc = c->now_utc,
                             .log = c->log,
                             .method = method,
                             .path = decode(c, (struct sl_span){ (const uint8_t *)target, path }),
                             .raw_path = copy(c, (struct sl_span){ (const uint8_t *)target, path }),
                             .query = query,
                             .n_query = split_query(c, target + path + (target[path] == '?'), query, 16),
                             .body = sl_span_str(body ? body : ""),
                             .service = service,
                             .caller_arn = c->arn,
                             .caller_role = c->role,
                             .request_id = "REQUEST",
                             .reply_fd = -1 };
    struct sl_err err = { 0 };
    assert_ok(err, run(&x, &err));
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
    bool sts = !strcmp(action, "AssumeRole") || !strcmp(action, "GetCallerIdentity");
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
