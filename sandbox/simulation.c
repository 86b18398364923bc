#include "sandbox/priv/simulation.h"

#include "core/xml.h"
#include "sandbox/priv/refusal.h"

#include <string.h>
#include <strings.h>

/* A walk over a document that is known to be JSON. */
struct walk {
    const char *at;
    unsigned line, column;
};

static void step(struct walk *w)
{
    w->column++;
    if (*w->at++ == '\n') {
        w->line++;
        w->column = 1;
    }
}

static void skip_string(struct walk *w)
{
    step(w);
    while (*w->at && *w->at != '"') {
        if (*w->at == '\\')
            step(w);
        if (*w->at)
            step(w);
    }
    if (*w->at)
        step(w);
}

/* Over one value that begins here: a string, or brackets and all between them. */
static void skip_value(struct walk *w)
{
    unsigned depth = 0;
    do {
        char c = *w->at;
        if (c == '"') {
            skip_string(w);
            continue;
        }
        depth += c == '{' || c == '[';
        depth -= (c == '}' || c == ']') && depth;
        step(w);
    } while (*w->at && depth);
}

/* To the next character of the set. */
static void seek(struct walk *w, const char *set)
{
    while (*w->at && !strchr(set, *w->at))
        step(w);
}

/* The value of "Statement", which stands in the outermost object. */
static bool find_statements(struct walk *w)
{
    static const char key[] = "\"Statement\"";
    seek(w, "{");
    while (*w->at) {
        if (w->at[0] == '{' || w->at[0] == ',')
            step(w);
        seek(w, "\"}");
        bool here = !strncmp(w->at, key, sizeof key - 1);
        if (*w->at != '"')
            return false;
        skip_string(w);
        seek(w, ":");
        step(w);
        seek(w, "\"{[0123456789tfn-");
        if (here)
            return true;
        skip_value(w);
        seek(w, ",}");
    }
    return false;
}

bool sl_simulation_place(const char *text, size_t statement, struct sl_simulation_place *ret)
{
    struct walk w = { text, 1, 1 };
    if (!find_statements(&w))
        return false;
    if (*w.at == '[')
        for (size_t i = 0; i <= statement; i++) {
            step(&w);
            seek(&w, "{]");
            if (*w.at != '{')
                return false;
            if (i < statement)
                skip_value(&w);
        }
    ret->line = w.line;
    ret->column = w.column;
    skip_value(&w);
    ret->end_line = w.line;
    ret->end_column = w.column;
    return true;
}

void sl_simulation_result_clear(struct sl_simulation_result *r)
{
    sl_buf_clear(&r->matched);
    sl_buf_clear(&r->missing);
}

/* A walk over all the statements for one request. */
struct pass {
    const struct sl_simulation *s;
    struct sl_simulation_result *r;
    json_t *missing; /* names seen already */
    struct sl_policy_answer identity, boundary, resource;
};

static bool has_key(const struct sl_policy_request *q, const char *name)
{
    for (size_t i = 0; i < q->n_keys; i++)
        if (!strcasecmp(q->keys[i].name, name))
            return true;
    return false;
}

static bool note_missing(struct pass *p, const json_t *statement, struct sl_err *err)
{
    json_t *operators = json_object_get(statement, "Condition"), *keys, *value;
    const char *operator_name, *key;
    json_object_foreach(operators, operator_name, keys)
    {
        json_object_foreach(keys, key, value)
        {
            if (has_key(&p->s->request, key) || json_object_get(p->missing, key))
                continue;
            if (!sl_json_set(p->missing, key, json_true(), err) || !sl_buf_add_str(&p->r->missing, "<member>", err)
                || !sl_xml_escape(&p->r->missing, key, err) || !sl_buf_add_str(&p->r->missing, "</member>", err))
                return false;
        }
    }
    return true;
}

static bool note_match(struct pass *p, const struct sl_simulation_policy *policy, size_t statement, struct sl_err *err)
{
    struct sl_buf *b = &p->r->matched;
    struct sl_simulation_place at = { 1, 1, 1, 1 };
    (void)sl_simulation_place(policy->text, statement, &at);
    return sl_buf_add_str(b, "<member><SourcePolicyId>", err) && sl_xml_escape(b, policy->id, err)
           && sl_buf_addf(b, err,
                          "</SourcePolicyId><SourcePolicyType>%s</SourcePolicyType><StartPosition><Line>%u</Line>"
                          "<Column>%u</Column></StartPosition><EndPosition><Line>%u</Line><Column>%u</Column>"
                          "</EndPosition></member>",
                          policy->type, at.line, at.column, at.end_line, at.end_column);
}

/* One statement as a policy of its own: each that matches is told, not only the one that decides. */
static bool try_statement(struct pass *p, const struct sl_simulation_policy *policy, const json_t *parsed,
                          const json_t *statement, size_t index, struct sl_policy_answer *into, struct sl_err *err)
{
    struct sl_policy_request q = p->s->request;
    struct sl_policy_answer one = { .effect = SL_POLICY_NONE };
    struct sl_err why = { 0 };
    SL_AUTO(sl_json_clear) json_t *alone = json_copy((json_t *)(uintptr_t)parsed);
    if (!alone)
        return sl_fail_nomem(err);
    if (!sl_json_set(alone, "Statement", json_incref((json_t *)(uintptr_t)statement), err))
        return false;
    if (policy->kind == SL_POLICY_IDENTITY)
        q.principal_kind = NULL;
    if (!sl_policy_evaluate(alone, &q, &one, &why)) {
        if (why.code == SL_E_NOMEM)
            return sl_fail_nomem(err);
        sl_refusal_note(p->s->x, "statement %zu of '%s' cannot be judged: %s", index + 1, policy->id, why.msg);
    }
    sl_policy_combine(into, &one);
    return one.effect == SL_POLICY_NONE || note_match(p, policy, index, err);
}

static bool try_policy(struct pass *p, const struct sl_simulation_policy *policy, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *parsed = NULL;
    struct sl_policy_answer *into = policy->is_boundary                  ? &p->boundary
                                    : policy->kind == SL_POLICY_RESOURCE ? &p->resource
                                                                         : &p->identity;
    if (!sl_policy_parse(sl_span_str(policy->text), policy->kind, policy->id, &parsed, err))
        return false;
    const json_t *statements = json_object_get(parsed, "Statement");
    size_t n = json_is_array(statements) ? json_array_size(statements) : 1;
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_is_array(statements) ? json_array_get(statements, i) : statements;
        if (!note_missing(p, one, err) || !try_statement(p, policy, parsed, one, i, into, err))
            return false;
    }
    p->r->has_boundary = p->r->has_boundary || policy->is_boundary;
    return true;
}

static bool denies(const struct sl_policy_answer *a)
{
    return a->effect == SL_POLICY_DENY;
}

static bool grants(const struct sl_policy_answer *a)
{
    return a->effect == SL_POLICY_ALLOW;
}

static void decide(const struct pass *p, struct sl_simulation_result *r)
{
    bool named = grants(&p->resource) && !p->resource.by_account;
    r->boundary_allows = !r->has_boundary || grants(&p->boundary);
    r->decision = denies(&p->identity) || denies(&p->boundary) || denies(&p->resource) ? "explicitDeny"
                  : (grants(&p->identity) || named) && r->boundary_allows              ? "allowed"
                                                                                       : "implicitDeny";
}

bool sl_simulation_run(const struct sl_simulation *s, struct sl_simulation_result *ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *missing = json_object();
    SL_AUTO(sl_simulation_result_clear) struct sl_simulation_result r = { .decision = "" };
    struct pass p = { .s = s, .r = &r, .missing = missing };
    if (!missing)
        return sl_fail_nomem(err);
    for (size_t i = 0; i < s->n_policies; i++)
        if (!try_policy(&p, &s->policies[i], err))
            return false;
    decide(&p, &r);
    *ret = r;
    r = (struct sl_simulation_result){ .decision = "" };
    return true;
}
