#include "sandbox/priv/access.h"
#include "sandbox/priv/kms.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TARGET "TrentService."

bool sl_kms_api_setup(struct sl_store *store, struct sl_err *err)
{
    static const char *const tables[] = {
        "CREATE TABLE IF NOT EXISTS kms_keys(id TEXT PRIMARY KEY, spec TEXT NOT NULL, usage TEXT NOT NULL, state TEXT "
        "NOT "
        "NULL, description TEXT NOT NULL, policy TEXT NOT NULL, public TEXT NOT NULL, private TEXT NOT NULL, created "
        "INTEGER NOT NULL, deletion INTEGER NOT NULL DEFAULT 0)",
        "CREATE TABLE IF NOT EXISTS kms_aliases(name TEXT PRIMARY KEY, key TEXT NOT NULL, created INTEGER NOT NULL, "
        "updated INTEGER NOT NULL)",
    };
    if (!sl_store_begin(store, err))
        return false;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        if (!sl_store_exec(store, err, tables[i], "")) {
            sl_store_rollback(store);
            return false;
        }
    return sl_store_commit(store, err);
}

const char *sl_kms_api_arn(struct sl_exchange *x, const char *name, struct sl_err *err)
{
    return sl_arena_fmt(x->arena, err, "arn:%s:kms:%s:%s:%s", sl_access_partition(x), x->facts->region,
                        x->facts->account, name);
}

bool sl_kms_api_old_spec(json_t *reply, const struct sl_kms_spec *spec, struct sl_err *err)
{
    return !strcmp(spec->name, "ECC_NIST_EDWARDS25519")
           || sl_json_set(reply, "CustomerMasterKeySpec", json_string(spec->name), err);
}

static bool read_key(struct sl_exchange *x, const char *id, struct sl_kms_key *ret, bool *ret_found, struct sl_err *err)
{
    struct sl_rows r = { .arena = x->arena };
    char name[256];
    if (!sl_store_query(x->store, sl_rows_add, &r, err,
                        "SELECT id, spec, usage, state, description, policy, public, created, deletion FROM kms_keys "
                        "WHERE id = ?",
                        "s", id))
        return false;
    *ret_found = r.n > 0;
    if (!r.n)
        return true;
    (void)snprintf(name, sizeof name, "key/%.200s", sl_rows_text(&r, 0, 0));
    *ret = (struct sl_kms_key){ .id = sl_rows_text(&r, 0, 0),
                                .arn = sl_kms_api_arn(x, name, err),
                                .spec = sl_kms_spec(sl_rows_text(&r, 0, 1)),
                                .usage = sl_rows_text(&r, 0, 2),
                                .state = sl_rows_text(&r, 0, 3),
                                .description = sl_rows_text(&r, 0, 4),
                                .policy = sl_rows_text(&r, 0, 5),
                                .public_key = sl_rows_text(&r, 0, 6),
                                .created_utc = sl_rows_number(&r, 0, 7),
                                .deletion_utc = sl_rows_number(&r, 0, 8) };
    return ret->arn && (ret->spec || sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "a key of an unknown spec"));
}

static bool not_found(struct sl_exchange *x, const char *name, struct sl_err *err)
{
    bool alias = !strncmp(name, "alias/", 6);
    const char *arn = sl_kms_api_arn(x, name, err);
    return arn
           && sl_refusal_make(err, 400, "NotFoundException",
                              alias ? "Alias %.400s is not found." : "Key '%.400s' does not exist", arn);
}

/* An ARN of this Region and account is as good as the name in it; *ret_name "" for one of elsewhere. */
static bool strip_arn(struct sl_exchange *x, const char *key_id, const char **ret_name, struct sl_err *err)
{
    const char *prefix = sl_kms_api_arn(x, "", err);
    if (!prefix)
        return false;
    *ret_name = strncmp(key_id, prefix, strlen(prefix)) ? "" : key_id + strlen(prefix);
    return true;
}

bool sl_kms_api_find(struct sl_exchange *x, const char *key_id, bool aliases, struct sl_kms_key *ret,
                     struct sl_err *err)
{
    const char *name = key_id, *id = NULL;
    bool found = false;
    if (!strncmp(key_id, "arn:", 4) && !strip_arn(x, key_id, &name, err))
        return false;
    if (!*name)
        return sl_refusal_make(err, 400, "NotFoundException", "Key '%.400s' does not exist", key_id);
    if (!strncmp(name, "alias/", 6)) {
        if (!aliases)
            return sl_refusal_make(err, 400, "NotFoundException", "Invalid keyId '%.200s'", key_id);
        if (!sl_store_text(x->store, x->arena, &id, err, "SELECT key FROM kms_aliases WHERE name = ?", "s", name))
            return false;
    } else {
        id = strncmp(name, "key/", 4) ? name : name + 4;
        if (name == key_id) {
            name = sl_arena_fmt(x->arena, err, "key/%s", id);
            if (!name)
                return false;
        }
    }
    if (id && !read_key(x, id, ret, &found, err))
        return false;
    if (!found)
        return not_found(x, name, err);
    ret->alias = strncmp(name, "alias/", 6) ? "" : name;
    return true;
}

bool sl_kms_api_usable(const struct sl_kms_key *key, struct sl_err *err)
{
    if (!strcmp(key->state, "Disabled"))
        return sl_refusal_make(err, 400, "DisabledException", "%s is disabled.", key->arn);
    return !strcmp(key->state, "Enabled")
           || sl_refusal_make(err, 400, "KMSInvalidStateException", "%s is pending deletion.", key->arn);
}

bool sl_kms_api_page(const struct sl_kms_call *c, int64_t usual, int64_t *ret_limit, int64_t *ret_after,
                     struct sl_err *err)
{
    uint64_t limit = 0;
    const char *marker = sl_json_str(c->body, "Marker");
    *ret_limit = sl_json_u64(c->body, "Limit", &limit) ? (int64_t)limit : usual;
    *ret_after = 0;
    if (!*marker)
        return true;
    if (strlen(marker) > 15 || marker[strspn(marker, "0123456789")])
        return sl_refusal_make(err, 400, "InvalidMarkerException", "Could not deserialize marker '%.60s'", marker);
    *ret_after = strtoll(marker, NULL, 10);
    return true;
}

bool sl_kms_api_page_end(struct sl_kms_call *c, bool more, int64_t last_row, struct sl_err *err)
{
    char marker[24];
    (void)snprintf(marker, sizeof marker, "%lld", (long long)last_row);
    return sl_json_set(c->out, "Truncated", json_boolean(more), err)
           && (!more || sl_json_set(c->out, "NextMarker", json_string(marker), err));
}

/* Whom an operation's permission is asked from. */
enum about { NOTHING, KEY, KEY_OR_ALIAS, ASKS_ITSELF };

struct operation {
    const char *name;
    const struct sl_shape *body;
    bool (*run)(struct sl_kms_call *, struct sl_err *);
    enum about about;
    bool replies; /* with JSON; the others with nothing */
};

static const struct operation operations[] = {
    { "CreateKey", &sl_kms_shape_create_key, sl_kms_key_create, NOTHING, true },
    { "DescribeKey", &sl_kms_shape_describe, sl_kms_key_describe, KEY_OR_ALIAS, true },
    { "ListKeys", &sl_kms_shape_list, sl_kms_key_list, NOTHING, true },
    { "EnableKey", &sl_kms_shape_key, sl_kms_key_enable, KEY, false },
    { "DisableKey", &sl_kms_shape_key, sl_kms_key_disable, KEY, false },
    { "ScheduleKeyDeletion", &sl_kms_shape_schedule, sl_kms_key_schedule, KEY, true },
    { "CancelKeyDeletion", &sl_kms_shape_key, sl_kms_key_cancel, KEY, true },
    { "GetPublicKey", &sl_kms_shape_describe, sl_kms_use_public, KEY_OR_ALIAS, true },
    { "Sign", &sl_kms_shape_sign, sl_kms_use_sign, KEY_OR_ALIAS, true },
    { "Verify", &sl_kms_shape_verify, sl_kms_use_verify, KEY_OR_ALIAS, true },
    { "CreateAlias", &sl_kms_shape_alias, sl_kms_alias_create, ASKS_ITSELF, false },
    { "UpdateAlias", &sl_kms_shape_alias, sl_kms_alias_update, ASKS_ITSELF, false },
    { "DeleteAlias", &sl_kms_shape_delete_alias, sl_kms_alias_delete, ASKS_ITSELF, false },
    { "ListAliases", &sl_kms_shape_list_aliases, sl_kms_alias_list, NOTHING, true },
    { "GetKeyPolicy", &sl_kms_shape_get_policy, sl_kms_policy_get, KEY, true },
    { "PutKeyPolicy", &sl_kms_shape_put_policy, sl_kms_policy_put, KEY, false },
};

static const struct operation *find_operation(const struct sl_exchange *x)
{
    const char *target = sl_exchange_request_header(x, "x-amz-target");
    if (!target || strncmp(target, TARGET, strlen(TARGET)) != 0)
        return NULL;
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        if (!strcmp(operations[i].name, target + strlen(TARGET)))
            return &operations[i];
    return NULL;
}

const char *sl_kms_api_operation(const struct sl_exchange *x)
{
    const struct operation *op = find_operation(x);
    return op ? op->name : NULL;
}

static bool check_form(const struct sl_exchange *x, struct sl_err *err)
{
    const char *type = sl_exchange_request_header(x, "content-type");
    if (strcmp(x->method, "POST") != 0 || strcmp(x->path, "/") != 0)
        return sl_refusal_make(err, 404, "UnknownOperationException", "KMS takes POST /, not %s %s", x->method,
                               x->path);
    return (type && !strcmp(type, "application/x-amz-json-1.1"))
           || sl_refusal_make(err, 404, "UnknownOperationException",
                              "the content type must be "
                              "application/x-amz-json-1.1");
}

/* The shapes speak in the words of AWS IoT; KMS has another code for the same. */
static bool in_kms_words(struct sl_err *err)
{
    if (!strcmp(err->aws_code, "InvalidRequestException"))
        (void)snprintf(err->aws_code, sizeof err->aws_code, "ValidationException");
    return false;
}

static bool read_body(struct sl_kms_call *c, const struct operation *op, struct sl_err *err)
{
    struct sl_err why = { 0 };
    if (!sl_json_parse(c->x->body, "body", &c->body, &why))
        return why.code == SL_E_NOMEM ? sl_fail_nomem(err)
                                      : sl_refusal_make(err, 400, "SerializationException", "%s", why.msg);
    if (!sl_shape_check(op->body, c->body, "", err))
        return in_kms_words(err);
    if (json_array_size(json_object_get(c->body, "GrantTokens")) > 0)
        return sl_refusal_make(err, 400, "InvalidGrantTokenException", "the sandbox has no grants");
    return true;
}

static bool ask(struct sl_kms_call *c, const struct operation *op, struct sl_err *err)
{
    char action[80];
    (void)snprintf(action, sizeof action, "kms:%s", op->name);
    if (op->about == ASKS_ITSELF)
        return true;
    if (op->about == NOTHING)
        return sl_access_require(c->x, action, "*", err);
    return sl_kms_api_find(c->x, sl_json_str(c->body, "KeyId"), op->about == KEY_OR_ALIAS, &c->key, err)
           && sl_kms_policy_require(c->x, &c->key, action, err);
}

static bool run(struct sl_kms_call *c, const struct operation *op, struct sl_err *err)
{
    if (!ask(c, op, err) || !op->run(c, err))
        return false;
    if (op->replies)
        return sl_exchange_json(c->x, 200, c->out, err);
    c->x->status = 200;
    return sl_exchange_header(c->x, "content-type", "application/x-amz-json-1.1", err);
}

static bool handle(struct sl_kms_call *c, struct sl_err *err)
{
    const struct operation *op = find_operation(c->x);
    if (!check_form(c->x, err))
        return false;
    if (!op)
        return sl_refusal_make(err, 400, "UnknownOperationException", "the sandbox's KMS has no such operation");
    c->x->operation = op->name;
    c->out = json_object();
    if (!c->out)
        return sl_fail_nomem(err);
    return read_body(c, op, err) && run(c, op, err);
}

bool sl_kms_api_handle(struct sl_exchange *x, struct sl_err *err)
{
    struct sl_kms_call c = { .x = x };
    if (!sl_store_begin(x->store, err))
        return false;
    bool done = handle(&c, err);
    sl_json_clear(&c.body);
    sl_json_clear(&c.out);
    return sl_refusal_settle(x, done, err);
}
