#include "sandbox/priv/access.h"
#include "sandbox/priv/kms.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/rows.h"

#include <string.h>

#define LIST_USUAL_LIMIT 50
#define ALIASES_OF_KEY   50 /* KMS developer guide, "Resource quotas" */

static bool check_name(const char *name, struct sl_err *err)
{
    static const char characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_-";
    if (strncmp(name, "alias/", 6) != 0)
        return sl_refusal_make(err, 400, "ValidationException",
                               "Alias must start with the prefix \"alias/\". Please "
                               "see "
                               "http://docs.aws.amazon.com/kms/latest/developerguide/"
                               "programming-aliases.html");
    if (!name[6] || name[strspn(name, characters)])
        return sl_refusal_make(err, 400, "ValidationException", "Alias contains invalid characters for an alias");
    return strncmp(name, "alias/aws/", 10) != 0
           || sl_refusal_make(err, 400, "InvalidAliasNameException", "alias/aws/ is reserved for AWS managed keys.");
}

/* Aliases are asked for twice: for the alias itself, which only IAM speaks of, and for the key. */
static bool ask(struct sl_kms_call *c, const char *action, const char *name, struct sl_err *err)
{
    const char *arn = sl_kms_api_arn(c->x, name, err);
    return arn && sl_access_require(c->x, action, arn, err) && sl_kms_policy_require(c->x, &c->key, action, err);
}

static bool find_target(struct sl_kms_call *c, struct sl_err *err)
{
    return sl_kms_api_find(c->x, sl_json_str(c->body, "TargetKeyId"), false, &c->key, err);
}

static bool key_of(struct sl_kms_call *c, const char *name, const char **ret, struct sl_err *err)
{
    return sl_store_text(c->x->store, c->x->arena, ret, err, "SELECT key FROM kms_aliases WHERE name = ?", "s", name);
}

static bool missing(struct sl_kms_call *c, const char *name, struct sl_err *err)
{
    const char *arn = sl_kms_api_arn(c->x, name, err);
    return arn && sl_refusal_make(err, 400, "NotFoundException", "Alias %s is not found.", arn);
}

static bool count_aliases(struct sl_kms_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    if (!sl_store_query(c->x->store, sl_rows_add, &r, err, "SELECT count(*) FROM kms_aliases WHERE key = ?", "s",
                        c->key.id))
        return false;
    return sl_rows_number(&r, 0, 0) < ALIASES_OF_KEY
           || sl_refusal_make(err, 400, "LimitExceededException", "%s has %d aliases already.", c->key.arn,
                              ALIASES_OF_KEY);
}

bool sl_kms_alias_create(struct sl_kms_call *c, struct sl_err *err)
{
    const char *name = sl_json_str(c->body, "AliasName"), *taken = NULL;
    if (!check_name(name, err) || !find_target(c, err) || !ask(c, "kms:CreateAlias", name, err)
        || !key_of(c, name, &taken, err))
        return false;
    if (taken) {
        const char *arn = sl_kms_api_arn(c->x, name, err);
        return arn
               && sl_refusal_make(err, 400, "AlreadyExistsException", "An alias with the name %s already exists", arn);
    }
    if (!strcmp(c->key.state, "PendingDeletion"))
        return sl_kms_api_usable(&c->key, err);
    return count_aliases(c, err)
           && sl_store_exec(c->x->store, err, "INSERT INTO kms_aliases(name, key, created, updated) VALUES(?, ?, ?, ?)",
                            "ssii", name, c->key.id, c->x->now_utc, c->x->now_utc);
}

/* An alias moves only between keys of one kind (API reference, UpdateAlias). */
bool sl_kms_alias_update(struct sl_kms_call *c, struct sl_err *err)
{
    const char *name = sl_json_str(c->body, "AliasName"), *old = NULL;
    struct sl_kms_key from;
    if (!check_name(name, err) || !find_target(c, err) || !ask(c, "kms:UpdateAlias", name, err)
        || !key_of(c, name, &old, err))
        return false;
    if (!old)
        return missing(c, name, err);
    if (!sl_kms_api_find(c->x, old, false, &from, err) || !sl_kms_policy_require(c->x, &from, "kms:UpdateAlias", err))
        return false;
    if (strcmp(from.usage, c->key.usage) != 0 || !from.spec->algorithms != !c->key.spec->algorithms)
        return sl_refusal_make(err, 400, "ValidationException",
                               "The current and new KMS key must be of one type and have the same KeyUsage.");
    return sl_store_exec(c->x->store, err, "UPDATE kms_aliases SET key = ?, updated = ? WHERE name = ?", "sis",
                         c->key.id, c->x->now_utc, name);
}

bool sl_kms_alias_delete(struct sl_kms_call *c, struct sl_err *err)
{
    const char *name = sl_json_str(c->body, "AliasName"), *old = NULL;
    if (!check_name(name, err) || !key_of(c, name, &old, err))
        return false;
    if (!old)
        return missing(c, name, err);
    return sl_kms_api_find(c->x, old, false, &c->key, err) && ask(c, "kms:DeleteAlias", name, err)
           && sl_store_exec(c->x->store, err, "DELETE FROM kms_aliases WHERE name = ?", "s", name);
}

bool sl_kms_alias_list(struct sl_kms_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    int64_t limit, after;
    const char *of = sl_json_str(c->body, "KeyId");
    json_t *list = json_array();
    if (!sl_json_set(c->out, "Aliases", list, err) || !sl_kms_api_page(c, LIST_USUAL_LIMIT, &limit, &after, err)
        || (*of && !sl_kms_api_find(c->x, of, false, &c->key, err))
        || !sl_store_query(c->x->store, sl_rows_add, &r, err,
                           "SELECT rowid, name, key, created, updated FROM kms_aliases WHERE rowid > ? AND (? = '' OR "
                           "key = ?) ORDER BY rowid LIMIT ?",
                           "issi", after, of, *of ? c->key.id : "", limit + 1))
        return false;
    size_t n = r.n > (size_t)limit ? (size_t)limit : r.n;
    for (size_t i = 0; i < n; i++) {
        const char *arn = sl_kms_api_arn(c->x, sl_rows_text(&r, i, 1), err);
        if (!arn
            || !sl_json_push(list,
                             json_pack("{s:s,s:s,s:s,s:I,s:I}", "AliasName", sl_rows_text(&r, i, 1), "AliasArn", arn,
                                       "TargetKeyId", sl_rows_text(&r, i, 2), "CreationDate",
                                       (json_int_t)sl_rows_number(&r, i, 3), "LastUpdatedDate",
                                       (json_int_t)sl_rows_number(&r, i, 4)),
                             err))
            return false;
    }
    return sl_kms_api_page_end(c, r.n > n, n ? sl_rows_number(&r, n - 1, 0) : 0, err);
}
