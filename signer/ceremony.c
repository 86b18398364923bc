#include "signer/ceremony.h"

#include "core/text.h"
#include "signer/external.h"
#include "signer/priv/ceremony.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MOST_NAME_CHARS 64u

static const char *const members[] = { "mediaType", "number",  "plan",      "planDigest", "previous",
                                       "rehearsal", "signers", "threshold", "trust",      NULL };

void sl_ceremony_clear(struct sl_ceremony *c)
{
    for (size_t i = 0; c->signers && i < c->n; i++)
        sl_pubkey_clear(&c->signers[i].pub);
    free(c->signers);
    sl_trust_clear(&c->trust);
    sl_json_clear(&c->value);
    sl_arena_clear(&c->arena);
    *c = (struct sl_ceremony){ 0 };
}

bool sl_ceremony_digest(struct sl_span bytes, char ret[2 * SL_SHA256_BYTES + 1], struct sl_err *err)
{
    uint8_t digest[SL_SHA256_BYTES];
    if (!sl_sha256(bytes, digest, err))
        return false;
    sl_hex_put(ret, 2 * SL_SHA256_BYTES + 1, (struct sl_span){ digest, sizeof digest });
    return true;
}

bool sl_ceremony_while(const char *name, struct sl_err *err)
{
    return err->loc.line ? false : sl_while(err, SL_LOC_NONE, "%s", name);
}

bool sl_ceremony_parse(struct sl_span text, const char *name, const char *what, const char *const *known, json_t **ret,
                       struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *value = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf again = SL_BUF_MAX(SL_CEREMONY_MAX_BYTES);
    if (!sl_json_parse(text, name, &value, err))
        return false;
    if (!json_is_object(value))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "not %s: a JSON object was expected", what);
    if (!sl_json_only(value, known, what, err) || !sl_json_canonical(value, &again, err))
        return false;
    if (!sl_span_eq(sl_buf_span(&again), text))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "not %s as it was written: it was reformatted", what);
    *ret = value;
    value = NULL;
    return true;
}

/* ---- who signs ---- */

const char *sl_ceremony_who(const json_t *plan, size_t i, const char **ret_uri)
{
    const json_t *keys = json_object_get(plan, "keys"), *statement = sl_json_at(plan, "statement.keys");
    const char *name = NULL, *found = NULL;
    json_t *uri = NULL;
    json_object_foreach((json_t *)(uintptr_t)keys, name, uri)
    {
        bool signs = false;
        for (size_t k = 0; k < json_array_size(statement); k++)
            signs = signs || strcmp(sl_json_str(json_array_get(statement, k), "name"), name) == 0;
        const json_t *artifacts = json_object_get(plan, "artifacts");
        for (size_t a = 0;
             a < json_array_size(artifacts) && json_is_string(uri) && sl_external_is(json_string_value(uri)); a++)
            signs = signs || strcmp(sl_json_str(json_array_get(artifacts, a), "key"), name) == 0;
        if (!signs || !json_is_string(uri) || i-- != 0)
            continue;
        found = name;
        *ret_uri = json_string_value(uri);
        break;
    }
    return found;
}

size_t sl_ceremony_find(const struct sl_ceremony *c, const char *keyid)
{
    size_t i = 0;
    while (i < c->n && strcmp(c->signers[i].pub.keyid, keyid) != 0)
        i++;
    return i;
}

/* What a signer's row must be, from the plan and the key. */
static bool signer_row(const struct sl_plan *plan, const char *name, const struct sl_pubkey *pub, json_t **ret,
                       struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf spki = { 0 };
    SL_AUTO(sl_json_clear) json_t *signs = json_array();
    enum sl_algorithm alg = sl_pubkey_statement_algorithm(pub);
    if (!signs)
        return sl_fail_nomem(err);
    for (size_t i = 0; i < plan->n_statement_keys; i++) {
        if (strcmp(plan->statement_keys[i]->name, name) != 0)
            continue;
        if (plan->statement_algorithms[i] != alg)
            return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                           "the plan has '%.60s' sign the statement with %s, and that key does %s", name,
                           sl_algorithm_name(plan->statement_algorithms[i]), sl_algorithm_name(alg));
        if (!sl_json_push(signs, json_string("the statement"), err))
            return false;
    }
    for (size_t i = 0; i < plan->n_artifacts; i++) {
        const struct sl_plan_artifact *a = &plan->artifacts[i];
        if (!sl_ceremony_plan_waits(a) || strcmp(a->key->name, name) != 0)
            continue;
        if (!sl_pubkey_can(pub, a->algorithm))
            return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                           "the plan has '%.60s' sign artifact '%.60s' with %s, and that key cannot", name, a->name,
                           sl_algorithm_name(a->algorithm));
        if (!sl_json_push(signs, json_sprintf("artifact %s", a->name), err))
            return false;
    }
    if (!sl_base64_add(&spki, sl_buf_span(&pub->spki), err))
        return false;
    *ret = json_pack("{s:s, s:s, s:s, s:s, s:O}", "algorithm", sl_algorithm_name(alg), "keyid", pub->keyid, "name",
                     name, "publicKey", sl_buf_str(&spki), "signs", signs);
    return *ret ? true : sl_fail_nomem(err);
}

static int by_name(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

/* Everyone who signs, by name; the list ends with NULL and is the arena's. */
static bool everyone(const json_t *plan, struct sl_arena *arena, const char ***ret, size_t *ret_n, struct sl_err *err)
{
    const char *uri = NULL;
    size_t n = 0;
    while (sl_ceremony_who(plan, n, &uri))
        n++;
    const char **names = sl_arena_alloc(arena, n + 1, sizeof *names, err);
    if (!names)
        return false;
    for (size_t i = 0; i < n; i++)
        names[i] = sl_ceremony_who(plan, i, &uri);
    qsort(names, n, sizeof *names, by_name);
    *ret = names;
    *ret_n = n;
    return true;
}

static const struct sl_pubkey *key_of(const struct sl_ceremony_ask *ask, const char *name)
{
    for (size_t i = 0; i < ask->n; i++)
        if (strcmp(ask->keys[i].name, name) == 0)
            return ask->keys[i].pub;
    return NULL;
}

/* ---- making ---- */

static bool add_signers(const struct sl_ceremony_ask *ask, const struct sl_plan *plan, struct sl_arena *arena,
                        json_t *to, struct sl_err *err)
{
    const char **names = NULL;
    size_t n = 0;
    if (!everyone(ask->plan, arena, &names, &n, err))
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct sl_pubkey *pub = key_of(ask, names[i]);
        json_t *row = NULL;
        if (!pub)
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the public key of signer '%.60s' is not known", names[i]);
        if (!signer_row(plan, names[i], pub, &row, err) || !sl_json_push(to, row, err))
            return false;
    }
    return true;
}

static bool add_history(const struct sl_ceremony_ask *ask, json_t *to, struct sl_err *err)
{
    uint64_t number = ask->previous ? ask->previous->ceremony.number + 1 : 1;
    SL_AUTO(sl_buf_clear) struct sl_buf trust = SL_BUF_MAX(2 * SL_TRUST_MAX_BYTES);
    return sl_json_set(to, "number", json_integer((json_int_t)number), err)
           && (!ask->previous || sl_json_set(to, "previous", json_string(ask->previous->digest), err))
           && (!ask->rehearsal || sl_json_set(to, "rehearsal", json_true(), err))
           && (!ask->trust.len
               || (sl_base64_add(&trust, ask->trust, err)
                   && sl_json_set(to, "trust", json_string(sl_buf_str(&trust)), err)));
}

bool sl_ceremony_make(const struct sl_ceremony_ask *ask, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    SL_AUTO(sl_json_clear) json_t *request = json_object();
    SL_AUTO(sl_ceremony_clear) struct sl_ceremony read = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = SL_BUF_MAX(SL_CEREMONY_MAX_BYTES);
    struct sl_plan plan = { 0 };
    json_t *signers = NULL;
    if (!request)
        return sl_fail_nomem(err);
    if (!sl_ceremony_plan_read(ask->plan, &arena, &plan, err)
        || !sl_json_set(request, "mediaType", json_string(SL_CEREMONY_REQUEST_TYPE), err)
        || !sl_json_set(request, "plan", json_incref(ask->plan), err)
        || !sl_json_set(request, "planDigest", json_string(plan.digest), err)
        || !sl_json_set(request, "threshold", json_integer((json_int_t)plan.statement_threshold), err)
        || !add_history(ask, request, err) || !sl_json_set(request, "signers", signers = json_array(), err)
        || !add_signers(ask, &plan, &arena, signers, err) || !sl_json_canonical(request, &bytes, err)
        || !sl_ceremony_read(sl_buf_span(&bytes), "the request", &read, err)
        || (ask->previous && !sl_ceremony_follows(&read, ask->previous, err)))
        return false;
    sl_buf_move(ret, &bytes);
    return true;
}

/* ---- reading ---- */

/* One row as it stands, compared with what it must be. */
static bool read_signer(const struct sl_ceremony *c, const json_t *row, const char *name, struct sl_ceremony_signer *s,
                        struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf spki = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf where = { 0 };
    SL_AUTO(sl_json_clear) json_t *due = NULL;
    /* It becomes the name of a file. */
    if (strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != strlen(name)
        || strlen(name) > MOST_NAME_CHARS)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "a signer's name is of letters, digits, '_' and '-', at most %u",
                       MOST_NAME_CHARS);
    if (!sl_base64_get(sl_span_str(sl_json_str(row, "publicKey")), &spki, err)
        || !sl_pubkey_from_spki(sl_buf_span(&spki), &s->pub, err))
        return sl_while(err, SL_LOC_NONE, "'publicKey' of signer '%.60s'", name);
    if (!signer_row(&c->plan, name, &s->pub, &due, err) || !sl_json_differences(due, row, NULL, &where, err))
        return false;
    if (where.len)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                       "the row of signer '%.60s' does not follow from the plan and the key: %s", name,
                       sl_buf_str(&where));
    s->name = name;
    s->algorithm = sl_pubkey_statement_algorithm(&s->pub);
    for (size_t i = 0; i < c->plan.n_statement_keys; i++)
        s->statement = s->statement || strcmp(c->plan.statement_keys[i]->name, name) == 0;
    for (size_t i = 0; i < c->plan.n_artifacts; i++)
        s->n_artifacts += sl_ceremony_plan_waits(&c->plan.artifacts[i])
                          && strcmp(c->plan.artifacts[i].key->name, name) == 0;
    return true;
}

static bool read_signers(struct sl_ceremony *c, struct sl_err *err)
{
    const json_t *rows = json_object_get(c->value, "signers");
    const char **names = NULL;
    size_t n = 0;
    if (!everyone(json_object_get(c->value, "plan"), &c->arena, &names, &n, err))
        return false;
    if (json_array_size(rows) != n || n > SL_TRUST_KEYS_MAX)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "the request has %zu signers, its plan %zu",
                       json_array_size(rows), n);
    c->signers = calloc(n + 1, sizeof *c->signers);
    if (!c->signers)
        return sl_fail_nomem(err);
    for (size_t i = 0; i < n; i++) {
        const json_t *row = json_array_get(rows, i);
        if (strcmp(sl_json_str(row, "name"), names[i]) != 0)
            return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "signer %zu of the request is '%.60s', in its plan '%.60s'",
                           i + 1, sl_json_str(row, "name"), names[i]);
        c->n++;
        if (!read_signer(c, row, names[i], &c->signers[i], err))
            return false;
        size_t before = sl_ceremony_find(c, c->signers[i].pub.keyid);
        if (before != i)
            return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                           "signers '%.60s' and '%.60s' hold one and the same key, which would count as two",
                           names[before], names[i]);
    }
    return true;
}

/* Whoever signs the statement must hold that role, and as many must sign as the file asks for. Whether a key has expired is
 * asked when somebody signs, and when the release is published: history does not expire. */
static bool check_trust(const struct sl_ceremony *c, struct sl_err *err)
{
    size_t asked = c->trust.rules[SL_TRUST_STATEMENTS].threshold;
    if (c->threshold < asked)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                       "the plan has %zu sign the statement, and role 'statement' of the trust file asks for %zu",
                       c->threshold, asked);
    for (size_t i = 0; i < c->n; i++)
        if (c->signers[i].statement
            && !sl_trust_may_sign(&c->trust, SL_TRUST_STATEMENTS, c->signers[i].pub.keyid, c->signers[i].name,
                                  INT64_MIN, err))
            return false;
    return true;
}

static bool read_trust(struct sl_ceremony *c, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = SL_BUF_MAX(SL_TRUST_MAX_BYTES);
    const json_t *text = json_object_get(c->value, "trust");
    const char *due = sl_json_str(json_object_get(c->value, "plan"), "trust.sha256");
    char digest[2 * SL_SHA256_BYTES + 1];
    /* Keys that are thrown away stand in no trust file. */
    if (!text && (!due[0] || c->rehearsal))
        return true;
    if (!text || !due[0])
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "%s",
                       due[0] ? "the plan names a trust file, and the request has none"
                              : "the request has a trust file, and the plan names none");
    if (!sl_base64_get(sl_span_str(json_string_value(text) ? json_string_value(text) : ""), &bytes, err)
        || !sl_ceremony_digest(sl_buf_span(&bytes), digest, err))
        return sl_while(err, SL_LOC_NONE, "'trust' of the request");
    if (strcmp(digest, due) != 0)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "the trust file has sha256 %s, the plan says %.64s", digest, due);
    c->has_trust = true;
    return sl_trust_read(sl_buf_span(&bytes), "the trust file", &c->trust, err)
           && sl_trust_check(&c->trust, INT64_MIN, err) && check_trust(c, err);
}

static bool read_history(struct sl_ceremony *c, struct sl_err *err)
{
    const json_t *rehearsal = json_object_get(c->value, "rehearsal"), *previous = json_object_get(c->value, "previous");
    c->previous = sl_json_str(c->value, "previous");
    c->rehearsal = rehearsal != NULL;
    if (!sl_json_u64(c->value, "number", &c->number) || c->number == 0 || (rehearsal && !json_is_true(rehearsal))
        || (previous && strspn(c->previous, "0123456789abcdef") != (size_t)2 * SL_SHA256_BYTES)
        || (previous && strlen(c->previous) != (size_t)2 * SL_SHA256_BYTES))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'number', 'previous' or 'rehearsal' of the request is malformed");
    if ((c->number > 1) != (previous != NULL))
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "request number %" PRIu64 " %s the transcript before it",
                       c->number, previous ? "is the first and names" : "does not name");
    return true;
}

static bool read_request(struct sl_ceremony *c, struct sl_err *err)
{
    uint64_t threshold = 0;
    const json_t *plan = json_object_get(c->value, "plan");
    if (strcmp(sl_json_str(c->value, "mediaType"), SL_CEREMONY_REQUEST_TYPE) != 0)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "its mediaType is '%.80s', expected '" SL_CEREMONY_REQUEST_TYPE "'",
                       sl_json_str(c->value, "mediaType"));
    if (!sl_ceremony_plan_read(plan, &c->arena, &c->plan, err))
        return false;
    if (strcmp(sl_json_str(c->value, "planDigest"), c->plan.digest) != 0)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "it says plan %.64s, and the plan in it has digest %s",
                       sl_json_str(c->value, "planDigest"), c->plan.digest);
    c->threshold = c->plan.statement_threshold;
    if (!sl_json_u64(c->value, "threshold", &threshold) || threshold != c->threshold)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "it says that %" PRIu64 " must sign, its plan says %zu",
                       threshold, c->threshold);
    return read_history(c, err) && read_signers(c, err) && read_trust(c, err);
}

bool sl_ceremony_read(struct sl_span text, const char *name, struct sl_ceremony *ret, struct sl_err *err)
{
    SL_AUTO(sl_ceremony_clear) struct sl_ceremony c = { 0 };
    if (!sl_ceremony_parse(text, name, "a ceremony request", members, &c.value, err)
        || !sl_ceremony_digest(text, c.digest, err) || !read_request(&c, err))
        return sl_ceremony_while(name, err);
    sl_ceremony_clear(ret);
    *ret = c;
    c = (struct sl_ceremony){ 0 };
    return true;
}

/* ---- history ---- */

static bool trust_follows(const struct sl_ceremony *c, const struct sl_ceremony *before, struct sl_err *err)
{
    if (!before->has_trust)
        return true;
    if (!c->has_trust)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                       "the ceremony before went by version %" PRIu64 " of the trust file, this one by none",
                       before->trust.version);
    if (c->trust.version < before->trust.version)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                       "the ceremony before went by version %" PRIu64
                       " of the trust file, this one goes back to %" PRIu64,
                       before->trust.version, c->trust.version);
    if (c->trust.version == before->trust.version && strcmp(c->trust.digest, before->trust.digest) != 0)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                       "version %" PRIu64 " of the trust file is not the one the ceremony before went by",
                       c->trust.version);
    return c->trust.version != before->trust.version + 1 || sl_trust_follows(&c->trust, &before->trust, INT64_MIN, err);
}

bool sl_ceremony_follows(const struct sl_ceremony *c, const struct sl_ceremony_transcript *previous, struct sl_err *err)
{
    const struct sl_ceremony *before = &previous->ceremony;
    if (c->number != before->number + 1)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "ceremony %" PRIu64 " does not follow ceremony %" PRIu64 "%s",
                       c->number, before->number,
                       c->number > before->number + 1 ? ": one is missing between them" : "");
    if (strcmp(c->previous, previous->digest) != 0)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                       "ceremony %" PRIu64 " follows transcript %.64s, and the one given has digest %s", c->number,
                       c->previous, previous->digest);
    if (c->rehearsal != before->rehearsal)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "a rehearsal is no part of the history of real ceremonies");
    return trust_follows(c, before, err);
}
