#include "publisher/priv/condition.h"

#include "publisher/priv/clip.h"
#include "publisher/priv/context_key.h"
#include "publisher/priv/operand.h"
#include "publisher/priv/pattern.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

enum set { SET_NONE, SET_ALL, SET_ANY };

struct operator
{
    const char *name;
    enum sl_operand_kind kind;
    enum sl_operand_relation relation;
    bool negated;
};

static const struct operator operators[] = {
    { "StringEquals", SL_OPERAND_STRING, SL_EQUAL, false },
    { "StringNotEquals", SL_OPERAND_STRING, SL_EQUAL, true },
    { "StringEqualsIgnoreCase", SL_OPERAND_STRING_ANY_CASE, SL_EQUAL, false },
    { "StringNotEqualsIgnoreCase", SL_OPERAND_STRING_ANY_CASE, SL_EQUAL, true },
    { "StringLike", SL_OPERAND_PATTERN, SL_EQUAL, false },
    { "StringNotLike", SL_OPERAND_PATTERN, SL_EQUAL, true },
    { "NumericEquals", SL_OPERAND_NUMBER, SL_EQUAL, false },
    { "NumericNotEquals", SL_OPERAND_NUMBER, SL_EQUAL, true },
    { "NumericLessThan", SL_OPERAND_NUMBER, SL_LESS, false },
    { "NumericLessThanEquals", SL_OPERAND_NUMBER, SL_LESS_OR_EQUAL, false },
    { "NumericGreaterThan", SL_OPERAND_NUMBER, SL_GREATER, false },
    { "NumericGreaterThanEquals", SL_OPERAND_NUMBER, SL_GREATER_OR_EQUAL, false },
    { "DateEquals", SL_OPERAND_DATE, SL_EQUAL, false },
    { "DateNotEquals", SL_OPERAND_DATE, SL_EQUAL, true },
    { "DateLessThan", SL_OPERAND_DATE, SL_LESS, false },
    { "DateLessThanEquals", SL_OPERAND_DATE, SL_LESS_OR_EQUAL, false },
    { "DateGreaterThan", SL_OPERAND_DATE, SL_GREATER, false },
    { "DateGreaterThanEquals", SL_OPERAND_DATE, SL_GREATER_OR_EQUAL, false },
    { "Bool", SL_OPERAND_BOOL, SL_EQUAL, false },
    { "BinaryEquals", SL_OPERAND_STRING, SL_EQUAL, false },
    { "IpAddress", SL_OPERAND_ADDRESS, SL_EQUAL, false },
    { "NotIpAddress", SL_OPERAND_ADDRESS, SL_EQUAL, true },
    { "ArnEquals", SL_OPERAND_ARN, SL_EQUAL, false },
    { "ArnLike", SL_OPERAND_ARN, SL_EQUAL, false },
    { "ArnNotEquals", SL_OPERAND_ARN, SL_EQUAL, true },
    { "ArnNotLike", SL_OPERAND_ARN, SL_EQUAL, true },
    { "Null", SL_OPERAND_NULL, SL_EQUAL, false },
};

/* An operator as written: "ForAllValues:StringLikeIfExists". */
struct written {
    const struct operator* op;
    enum set set;
    bool if_exists;
};

static const struct operator* find_operator(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (strlen(operators[i].name) == len && !strncmp(operators[i].name, name, len))
            return &operators[i];
    return NULL;
}

static bool read_operator(const char *text, struct written *ret, struct sl_err *err)
{
    static const char all[] = "ForAllValues:", any[] = "ForAnyValue:", if_exists[] = "IfExists";
    struct written w = { .set = SET_NONE };
    const char *name = text;
    if (!strncmp(name, all, sizeof all - 1)) {
        w.set = SET_ALL;
        name += sizeof all - 1;
    } else if (!strncmp(name, any, sizeof any - 1)) {
        w.set = SET_ANY;
        name += sizeof any - 1;
    }
    size_t len = strlen(name), tail = sizeof if_exists - 1;
    if (len > tail && !strcmp(name + len - tail, if_exists)) {
        w.if_exists = true;
        len -= tail;
    }
    w.op = find_operator(name, len);
    if (!w.op)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "condition operator '%s' is not known", text);
    if (w.op->kind == SL_OPERAND_NULL && (w.if_exists || w.set != SET_NONE))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "condition operator 'Null' takes no prefix or suffix, not '%s'",
                       text);
    *ret = w;
    return true;
}

static bool check_value(const struct operator* op, const char *key, const json_t *value, struct sl_err *err)
{
    char text[SL_OPERAND_SIZE];
    if (!sl_operand_text(value, text))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "the value of condition key '%s' is not a string, number or boolean", key);
    if (strstr(text, "${") || sl_operand_valid(op->kind, text))
        return true;
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "value '%.100s' of condition key '%s' does not fit operator '%s'",
                   text, key, op->name);
}

static bool check_values(const struct operator* op, const char *key, json_t *values, struct sl_err *err)
{
    if (!json_is_array(values))
        return check_value(op, key, values, err);
    if (!json_array_size(values))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "condition key '%s' has an empty list of values", key);
    size_t i;
    json_t *value;
    json_array_foreach(values, i, value) if (!check_value(op, key, value, err)) return false;
    return true;
}

bool sl_condition_check(json_t *condition, struct sl_err *err)
{
    if (!json_is_object(condition))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "Condition is not an object");
    const char *name, *key;
    json_t *keys, *values;
    json_object_foreach(condition, name, keys)
    {
        struct written w = { 0 };
        if (!read_operator(name, &w, err))
            return false;
        assert(w.op);
        if (!json_is_object(keys) || !json_object_size(keys))
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "condition operator '%s' does not hold an object of keys",
                           name);
        json_object_foreach(keys, key, values) if (!check_values(w.op, key, values, err)) return false;
    }
    return true;
}

/* One test: an operator, a key of the request, the values the policy lists. */
struct test {
    struct written written;
    const char *key;
    json_t *values;
    const struct sl_policy_request *req;
    bool variables;
};

/* Does one value of the policy match one of the request? */
static bool value_matches(const struct test *t, const json_t *value, const char *have, bool *ret, struct sl_err *err)
{
    char text[SL_OPERAND_SIZE];
    if (!sl_operand_text(value, text))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the value of condition key '%s' is of the wrong kind", t->key);
    enum sl_operand_kind kind = t->written.op->kind;
    struct sl_pattern_options options = { .wildcards = kind == SL_OPERAND_PATTERN || kind == SL_OPERAND_ARN,
                                          .req = t->variables ? t->req : NULL };
    SL_AUTO(sl_buf_clear) struct sl_buf compiled = { 0 };
    bool missing = false;
    if (!sl_pattern_compile(text, &options, &compiled, &missing, err))
        return false;
    *ret = !missing && sl_operand_compare(kind, t->written.op->relation, sl_buf_span(&compiled), have);
    return true;
}

static bool any_value_matches(const struct test *t, const char *have, bool *ret, struct sl_err *err)
{
    *ret = false;
    if (!json_is_array(t->values))
        return value_matches(t, t->values, have, ret, err);
    size_t n = json_array_size(t->values);
    for (size_t i = 0; i < n && !*ret; i++)
        if (!value_matches(t, json_array_get(t->values, i), have, ret, err))
            return false;
    return true;
}

/* What the operators say when the request does not have the key. */
static bool holds_without_key(const struct written *w)
{
    if (w->if_exists || w->set == SET_ALL)
        return true;
    return w->op->negated && w->set == SET_NONE;
}

static bool null_holds(const struct test *t, size_t n_have)
{
    char text[SL_OPERAND_SIZE];
    const json_t *value = json_is_array(t->values) ? json_array_get(t->values, 0) : t->values;
    bool wants_absent = sl_operand_text(value, text) && !strcasecmp(text, "true");
    return wants_absent == (n_have == 0);
}

/* Counts the request's values of the key, and how many of them satisfy the operator. */
static bool count_satisfied(const struct test *t, size_t *ret_have, size_t *ret_satisfied, struct sl_err *err)
{
    *ret_have = *ret_satisfied = 0;
    for (size_t i = 0; i < t->req->n_keys; i++) {
        const struct sl_policy_key *k = &t->req->keys[i];
        if (strcasecmp(k->name, t->key) != 0)
            continue;
        bool match = false;
        if (t->written.op->kind != SL_OPERAND_NULL && !any_value_matches(t, k->value, &match, err))
            return false;
        ++*ret_have;
        *ret_satisfied += match != t->written.op->negated;
    }
    return true;
}

static bool test_holds(const struct test *t, bool *ret, struct sl_err *err)
{
    size_t have = 0, satisfied = 0;
    if (!count_satisfied(t, &have, &satisfied, err))
        return false;
    if (!have && !sl_context_key_known(t->key))
        return sl_fail(err, SL_E_UNSUPPORTED, SL_LOC_NONE,
                       "condition key '%s' is not known, so the policy cannot be judged", t->key);
    if (t->written.op->kind == SL_OPERAND_NULL)
        *ret = null_holds(t, have);
    else if (!have)
        *ret = holds_without_key(&t->written);
    else if (t->written.set == SET_ALL || (t->written.op->negated && t->written.set == SET_NONE))
        *ret = satisfied == have;
    else
        *ret = satisfied > 0;
    return true;
}

static const char *value_of(const struct sl_policy_request *req, const char *key)
{
    for (size_t i = 0; i < req->n_keys; i++)
        if (!strcasecmp(req->keys[i].name, key))
            return req->keys[i].value;
    return NULL;
}

static void explain(const struct test *t, const char *operator_name, struct sl_condition_miss *ret)
{
    char text[SL_OPERAND_SIZE];
    const json_t *first = json_is_array(t->values) ? json_array_get(t->values, 0) : t->values;
    if (!sl_operand_text(first, text))
        text[0] = '\0';
    ret->near.part = SL_POLICY_CONDITION;
    sl_clip(ret->near.operator_name, sizeof ret->near.operator_name, "%s", operator_name);
    sl_clip(ret->near.key, sizeof ret->near.key, "%s", t->key);
    sl_clip(ret->near.asked, sizeof ret->near.asked, "%s", text);
    const char *have = value_of(t->req, t->key);
    if (have)
        sl_clip(ret->why, sizeof ret->why, "its condition %.40s on %.60s asks for '%.60s' but the request has '%.60s'",
                operator_name, t->key, text, have);
    else
        sl_clip(ret->why, sizeof ret->why, "its condition %.40s on %.60s asks for '%.60s' but the request has none",
                operator_name, t->key, text);
}

/* Every key of every operator must hold. */
static bool keys_hold(const char *operator_name, json_t *keys, struct test *t, struct sl_condition_miss *ret,
                      struct sl_err *err)
{
    json_object_foreach(keys, t->key, t->values)
    {
        bool holds = false;
        if (!test_holds(t, &holds, err))
            return false;
        if (holds)
            continue;
        explain(t, operator_name, ret);
        return true;
    }
    return true;
}

bool sl_condition_holds(json_t *condition, const struct sl_policy_request *req, bool variables,
                        struct sl_condition_miss *ret, struct sl_err *err)
{
    struct sl_condition_miss miss = { .why = "" };
    const char *name;
    json_t *keys;
    json_object_foreach(condition, name, keys)
    {
        struct test t = { .req = req, .variables = variables };
        if (!read_operator(name, &t.written, err) || !keys_hold(name, keys, &t, &miss, err))
            return false;
        if (miss.why[0])
            break;
    }
    *ret = miss;
    return true;
}
