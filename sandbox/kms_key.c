#include "core/text.h"
#include "sandbox/priv/iot.h"
#include "sandbox/priv/kms.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/rows.h"

#include <string.h>

#define DAY_SECONDS      86400
#define USUAL_WINDOW     30 /* days until a key is deleted: 7 to 30 (API reference, ScheduleKeyDeletion) */
#define LEAST_WINDOW     7
#define LIST_USUAL_LIMIT 100

static bool add_names(json_t *metadata, const char *member, const char *const *names, struct sl_err *err)
{
    json_t *list = json_array();
    if (!sl_json_set(metadata, member, list, err))
        return false;
    for (; names && *names; names++)
        if (!sl_json_push(list, json_string(*names), err))
            return false;
    return true;
}

/* KeyMetadata, as CreateKey and DescribeKey give it. */
static bool add_metadata(struct sl_kms_call *c, const struct sl_kms_key *k, struct sl_err *err)
{
    static const char *const symmetric[] = { "SYMMETRIC_DEFAULT", NULL };
    static const char *const rsa[] = { "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", NULL };
    json_t *m = json_pack("{s:s,s:s,s:s,s:I,s:b,s:s,s:s,s:s,s:s,s:s,s:s,s:b}", "AWSAccountId", c->x->facts->account,
                          "KeyId", k->id, "Arn", k->arn, "CreationDate", (json_int_t)k->created_utc, "Enabled",
                          !strcmp(k->state, "Enabled"), "Description", k->description, "KeyUsage", k->usage, "KeyState",
                          k->state, "Origin", "AWS_KMS", "KeyManager", "CUSTOMER", "KeySpec", k->spec->name,
                          "MultiRegion", 0);
    if (!sl_json_set(c->out, "KeyMetadata", m, err) || !sl_kms_api_old_spec(m, k->spec, err))
        return false;
    bool signs = !strcmp(k->usage, "SIGN_VERIFY");
    if (k->deletion_utc && !sl_json_set(m, "DeletionDate", json_integer((json_int_t)k->deletion_utc), err))
        return false;
    return signs ? add_names(m, "SigningAlgorithms", k->spec->algorithms, err)
                 : add_names(m, "EncryptionAlgorithms", k->spec->algorithms ? rsa : symmetric, err);
}

/* The private half goes into the store, as everything the sandbox knows; it protects nothing but rehearsals. */
static bool insert(struct sl_exchange *x, const struct sl_kms_wish *w, const char *id,
                   const struct sl_secret *private_key, const struct sl_buf *public_key, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf secret = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf spki = { 0 };
    bool ok = sl_base64_add(&secret, sl_secret_span(private_key), err)
              && sl_base64_add(&spki, sl_buf_span(public_key), err)
              && sl_store_exec(x->store, err,
                               "INSERT INTO kms_keys(id, spec, usage, state, description, policy, public, private, "
                               "created) VALUES(?, ?, ?, 'Enabled', ?, ?, ?, ?, ?)",
                               "sssssssi", id, w->spec, w->usage, w->description, w->policy, sl_buf_str(&spki),
                               sl_buf_str(&secret), x->now_utc);
    if (secret.ptr)
        sl_wipe(secret.ptr, secret.len);
    return ok;
}

bool sl_kms_key_make(struct sl_exchange *x, const struct sl_kms_wish *wish, struct sl_kms_key *ret, struct sl_err *err)
{
    char random[SL_IOT_ID_SIZE];
    const struct sl_kms_spec *spec = sl_kms_spec(wish->spec);
    SL_AUTO(sl_secret_clear) struct sl_secret private_key = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf public_key = { 0 };
    if (!sl_iot_id(random, err))
        return false;
    const char *id = wish->id ? wish->id : random;
    return (!spec->algorithms || sl_kms_make(spec, &private_key, &public_key, err))
           && insert(x, wish, id, &private_key, &public_key, err) && sl_kms_api_find(x, id, false, ret, err);
}

/* What the model has and the sandbox does not carry out: never silently ignored. */
static bool check_carried_out(const json_t *body, struct sl_err *err)
{
    static const char *const later[] = { "CustomKeyStoreId", "XksKeyId", "Tags", NULL };
    const char *origin = sl_json_str(body, "Origin");
    for (size_t i = 0; later[i]; i++)
        if (json_object_get(body, later[i]))
            return sl_refusal_make(err, 400, "UnsupportedOperationException", "'%s' is not carried out by the sandbox",
                                   later[i]);
    if ((*origin && strcmp(origin, "AWS_KMS") != 0) || json_is_true(json_object_get(body, "MultiRegion")))
        return sl_refusal_make(err, 400, "UnsupportedOperationException",
                               "keys of another origin, and of several Regions, are not carried out by the sandbox");
    return true;
}

static bool choose_kind(const json_t *body, struct sl_kms_wish *w, struct sl_err *err)
{
    const char *old = sl_json_str(body, "CustomerMasterKeySpec"), *spec = sl_json_str(body, "KeySpec");
    const char *usage = sl_json_str(body, "KeyUsage");
    if (*old && *spec)
        return sl_refusal_make(err, 400, "ValidationException",
                               "You cannot specify KeySpec and CustomerMasterKeySpec in the same request.");
    w->spec = *spec ? spec : *old ? old : "SYMMETRIC_DEFAULT";
    const struct sl_kms_spec *kind = sl_kms_spec(w->spec);
    if (!kind)
        return sl_refusal_make(err, 400, "UnsupportedOperationException",
                               "keys of the spec %s are not carried out by the sandbox", w->spec);
    if (kind->algorithms && !*usage)
        return sl_refusal_make(err, 400, "ValidationException",
                               "You must specify a KeyUsage value for an asymmetric KMS key.");
    w->usage = *usage ? usage : "ENCRYPT_DECRYPT";
    bool fits = !strcmp(w->usage, "SIGN_VERIFY")       ? kind->algorithms != NULL
                : !strcmp(w->usage, "ENCRYPT_DECRYPT") ? kind->may_encrypt
                                                       : false;
    return fits
           || sl_refusal_make(err, 400, "ValidationException", "KeyUsage %s is not compatible with KeySpec %s",
                              w->usage, w->spec);
}

bool sl_kms_key_create(struct sl_kms_call *c, struct sl_err *err)
{
    struct sl_kms_wish w = { .description = sl_json_str(c->body, "Description"),
                             .policy = sl_json_str(c->body, "Policy") };
    if (!check_carried_out(c->body, err) || !choose_kind(c->body, &w, err))
        return false;
    if (*w.policy && !sl_kms_policy_check(c, w.policy, err))
        return false;
    if (!*w.policy && !(w.policy = sl_kms_policy_usual(c->x, err)))
        return false;
    return sl_kms_key_make(c->x, &w, &c->key, err) && add_metadata(c, &c->key, err);
}

bool sl_kms_key_describe(struct sl_kms_call *c, struct sl_err *err)
{
    return add_metadata(c, &c->key, err);
}

bool sl_kms_key_list(struct sl_kms_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    int64_t limit, after;
    json_t *keys = json_array();
    if (!sl_json_set(c->out, "Keys", keys, err) || !sl_kms_api_page(c, LIST_USUAL_LIMIT, &limit, &after, err)
        || !sl_store_query(c->x->store, sl_rows_add, &r, err,
                           "SELECT rowid, id FROM kms_keys WHERE rowid > ? ORDER BY rowid LIMIT ?", "ii", after,
                           limit + 1))
        return false;
    size_t n = r.n > (size_t)limit ? (size_t)limit : r.n;
    for (size_t i = 0; i < n; i++) {
        const char *name = sl_arena_fmt(c->x->arena, err, "key/%s", sl_rows_text(&r, i, 1));
        const char *arn = name ? sl_kms_api_arn(c->x, name, err) : NULL;
        if (!arn || !sl_json_push(keys, json_pack("{s:s,s:s}", "KeyId", sl_rows_text(&r, i, 1), "KeyArn", arn), err))
            return false;
    }
    return sl_kms_api_page_end(c, r.n > n, n ? sl_rows_number(&r, n - 1, 0) : 0, err);
}

static bool set_state(struct sl_kms_call *c, const char *state, int64_t deletion_utc, struct sl_err *err)
{
    return sl_store_exec(c->x->store, err, "UPDATE kms_keys SET state = ?, deletion = ? WHERE id = ?", "sis", state,
                         deletion_utc, c->key.id);
}

static bool refuse_pending(const struct sl_kms_key *key, struct sl_err *err)
{
    return strcmp(key->state, "PendingDeletion") != 0 || sl_kms_api_usable(key, err);
}

bool sl_kms_key_enable(struct sl_kms_call *c, struct sl_err *err)
{
    return refuse_pending(&c->key, err) && set_state(c, "Enabled", 0, err);
}

bool sl_kms_key_disable(struct sl_kms_call *c, struct sl_err *err)
{
    return refuse_pending(&c->key, err) && set_state(c, "Disabled", 0, err);
}

bool sl_kms_key_schedule(struct sl_kms_call *c, struct sl_err *err)
{
    uint64_t days = USUAL_WINDOW;
    if (sl_json_u64(c->body, "PendingWindowInDays", &days) && (days < LEAST_WINDOW || days > USUAL_WINDOW))
        return sl_refusal_make(err, 400, "ValidationException", "PendingWindowInDays must be from %d to %d",
                               LEAST_WINDOW, USUAL_WINDOW);
    int64_t when_utc = c->x->now_utc + (int64_t)days * DAY_SECONDS;
    return refuse_pending(&c->key, err) && set_state(c, "PendingDeletion", when_utc, err)
           && sl_json_set(c->out, "KeyId", json_string(c->key.arn), err)
           && sl_json_set(c->out, "DeletionDate", json_integer((json_int_t)when_utc), err)
           && sl_json_set(c->out, "KeyState", json_string("PendingDeletion"), err)
           && sl_json_set(c->out, "PendingWindowInDays", json_integer((json_int_t)days), err);
}

/* A key whose deletion is canceled is disabled (API reference, CancelKeyDeletion). */
bool sl_kms_key_cancel(struct sl_kms_call *c, struct sl_err *err)
{
    if (strcmp(c->key.state, "PendingDeletion") != 0)
        return sl_refusal_make(err, 400, "KMSInvalidStateException", "%s is not pending deletion.", c->key.arn);
    return set_state(c, "Disabled", 0, err) && sl_json_set(c->out, "KeyId", json_string(c->key.arn), err);
}
