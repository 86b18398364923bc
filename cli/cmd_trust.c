/* sealift trust: whose signatures count, and how that changes. */
#include "cli/tool.h"
#include "cli/one_key.h"
#include "cli/view.h"
#include "core/clock.h"
#include "core/file.h"
#include "signer/trust.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* "NAME=REST" cut in two. */
static bool cut(const char *option, const char *text, struct sl_buf *name, const char **ret_rest, struct sl_err *err)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || !equals[1])
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "%s '%.80s' is not of the form NAME=VALUE", option, text);
    *ret_rest = equals + 1;
    sl_buf_reset(name);
    return sl_buf_add(name, (struct sl_span){ (const uint8_t *)text, (size_t)(equals - text) }, err);
}

/* ---- a draft, by the options of new and change ---- */

static bool add_key(struct sl_context *c, json_t *draft, const char *value, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf name = { 0 };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
    const char *file = "";
    return cut("--add", value, &name, &file, err) && sl_one_key_public(c, file, &pub, err)
           && sl_trust_draft_add(draft, sl_buf_str(&name), &pub, err);
}

static bool revoke_key(struct sl_context *c, json_t *draft, const char *value, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf name = { 0 };
    const char *reason = "";
    int64_t now_utc;
    return sl_args_time(&c->args, SL_OPT_AT, sl_clock_now_utc(), &now_utc, err)
           && cut("--revoke", value, &name, &reason, err)
           && sl_trust_draft_revoke(draft, sl_buf_str(&name), now_utc, reason, err);
}

static bool remove_key(struct sl_context *c, json_t *draft, const char *value, struct sl_err *err)
{
    (void)c;
    return sl_trust_draft_remove(draft, value, err);
}

/* "DATE" of the file, or "NAME=DATE" of a key. */
static bool set_expiry(struct sl_context *c, json_t *draft, const char *value, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf name = { 0 };
    const char *date = "";
    (void)c;
    if (!strchr(value, '='))
        return sl_trust_draft_expires(draft, NULL, value, err);
    return cut("--expires", value, &name, &date, err) && sl_trust_draft_expires(draft, sl_buf_str(&name), date, err);
}

static bool set_role(struct sl_context *c, json_t *draft, const char *value, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf name = { 0 };
    const char *signers = "";
    (void)c;
    if (!cut("--signers", value, &name, &signers, err))
        return false;
    enum sl_trust_role role = sl_trust_role_from_name(sl_buf_str(&name));
    if (role == SL_TRUST_ROLES)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "--signers: unknown role '%.40s', expected one of: trust, statement, artifacts",
                       sl_buf_str(&name));
    return sl_trust_draft_role(draft, role, signers, err);
}

/* Keys come first, for the roles and dates that name them; revoking comes before the roles, which must do without. */
static const struct step {
    enum sl_option_id option;
    bool (*apply)(struct sl_context *, json_t *, const char *, struct sl_err *);
} steps[] = { { SL_OPT_ADD, add_key },
              { SL_OPT_REMOVE, remove_key },
              { SL_OPT_REVOKE, revoke_key },
              { SL_OPT_EXPIRES, set_expiry },
              { SL_OPT_SIGNERS, set_role } };

#define N_STEPS (sizeof steps / sizeof *steps)

static bool apply(struct sl_context *c, json_t *draft, size_t first, size_t n, struct sl_err *err)
{
    for (size_t i = first; i < first + n; i++)
        for (const char **v = c->args.value[steps[i].option]; v && *v; v++)
            if (!steps[i].apply(c, draft, *v, err))
                return false;
    return true;
}

/* Nothing is overwritten: the version before is what the next is judged by. */
static bool write_draft(struct sl_context *c, const json_t *draft, struct sl_err *err)
{
    const char *path = sl_args_get(&c->args, SL_OPT_OUT, NULL);
    SL_AUTO(sl_buf_clear) struct sl_buf text = SL_BUF_MAX(SL_TRUST_MAX_BYTES);
    SL_AUTO(sl_outfile_clear) struct sl_outfile out = SL_OUTFILE_NONE;
    if (!path)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "'%s %s' needs -o FILE, the trust file to write", c->tool->name,
                       c->verb->name);
    if (!sl_trust_draft_finish(draft, path, &text, err) || !sl_outfile_open(path, 0644, true, &out, err))
        return false;
    sl_outfile_add(&out, sl_buf_span(&text));
    if (!sl_outfile_commit(&out, err))
        return false;
    SL_AUTO(sl_trust_clear) struct sl_trust t = { 0 };
    if (!sl_trust_read(sl_buf_span(&text), path, &t, err))
        return false;
    if (t.expires_utc <= sl_clock_now_utc())
        sl_console_warn(&c->console, "it has expired already, at %s: nothing will ever be good by it", t.expires);
    sl_console_note(&c->console, "%s holds nobody's signature yet; its signers run: %s trust sign --key KEY%s %s", path,
                    c->tool->name, t.version > 1 ? " --previous OLD" : "", path);
    return sl_view_trust(&c->console, path, &t, err);
}

/* One set of signers for every role, unless they are given apart. */
static bool default_roles(struct sl_context *c, json_t *draft, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf all = { 0 };
    const char *keyid;
    json_t *value;
    size_t n = json_object_size(json_object_get(draft, "keys"));
    if (n > 1 && !sl_args_has(&c->args, SL_OPT_SIGNERS))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "with several keys, say who signs and how many must: --signers trust=2:alice,bob,carol");
    if (!sl_buf_add_str(&all, "1", err))
        return false;
    json_object_foreach(json_object_get(draft, "keys"), keyid, value)
    {
        if (!sl_buf_addf(&all, err, "%c%s", all.len > 1 ? ',' : ':', sl_json_str(value, "name")))
            return false;
    }
    for (unsigned role = 0; role < SL_TRUST_ROLES; role++)
        if (!sl_trust_draft_role(draft, (enum sl_trust_role)role, sl_buf_str(&all), err))
            return false;
    return true;
}

bool sl_cmd_trust_new(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    SL_AUTO(sl_json_clear) json_t *draft = NULL;
    if (!sl_args_has(&c->args, SL_OPT_ADD) || !sl_args_has(&c->args, SL_OPT_EXPIRES))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "'%s trust new' needs --add NAME=FILE for each key, and --expires DATE", c->tool->name);
    return sl_trust_draft_new(&draft, err) && apply(c, draft, 0, 1, err) && default_roles(c, draft, err)
           && apply(c, draft, 1, N_STEPS - 1, err) && write_draft(c, draft, err);
}

bool sl_cmd_trust_change(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    SL_AUTO(sl_trust_clear) struct sl_trust old = { 0 };
    SL_AUTO(sl_trust_count_clear) struct sl_trust_count count = { 0 };
    SL_AUTO(sl_json_clear) json_t *draft = NULL;
    const char *path = c->args.positional[0];
    if (!sl_trust_load(path, &old, err) || !sl_trust_count(&old, &old, INT64_MIN, &count, err))
        return false;
    if (count.good < count.threshold)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                       "'%s' has %zu of the %zu signatures it needs itself; nothing is built on it before", path,
                       count.good, count.threshold);
    return sl_trust_draft_next(&old, &draft, err) && apply(c, draft, 0, N_STEPS, err) && write_draft(c, draft, err);
}

/* ---- signing and checking ---- */

static bool load_previous(struct sl_context *c, struct sl_trust *ret, bool *ret_given, struct sl_err *err)
{
    const char *path = sl_args_get(&c->args, SL_OPT_PREVIOUS, NULL);
    *ret_given = path != NULL;
    return !path || sl_trust_load(path, ret, err);
}

bool sl_cmd_trust_sign(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    const char *path = c->args.positional[0];
    SL_AUTO(sl_one_key_close) struct sl_one_key key = { 0 };
    SL_AUTO(sl_trust_clear) struct sl_trust t = { 0 };
    SL_AUTO(sl_trust_clear) struct sl_trust previous = { 0 };
    SL_AUTO(sl_trust_clear) struct sl_trust after = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = SL_BUF_MAX(SL_TRUST_MAX_BYTES);
    bool given;
    if (!sl_trust_load(path, &t, err) || !load_previous(c, &previous, &given, err) || !sl_one_key_open(c, &key, err))
        return false;
    const struct sl_sign_with with = { .name = key.name, .uri = key.uri, .path = key.path };
    if (!sl_trust_sign(&t, given ? &previous : NULL, key.signer, &with, &text, err)
        || !sl_trust_read(sl_buf_span(&text), path, &after, err) || !sl_file_write(path, 0644, sl_buf_span(&text), err))
        return false;
    return sl_view_trust(&c->console, path, &after, err);
}

bool sl_cmd_trust_check(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    const char *path = c->args.positional[0];
    SL_AUTO(sl_trust_clear) struct sl_trust t = { 0 };
    SL_AUTO(sl_trust_clear) struct sl_trust previous = { 0 };
    bool given;
    int64_t now_utc;
    if (!sl_args_time(&c->args, SL_OPT_AT, sl_clock_now_utc(), &now_utc, err) || !sl_trust_load(path, &t, err)
        || !load_previous(c, &previous, &given, err))
        return false;
    if (!(given ? sl_trust_follows(&t, &previous, now_utc, err) : sl_trust_check(&t, now_utc, err)))
        return false;
    if (c->console.json)
        return sl_view_trust(&c->console, path, &t, err);
    sl_console_say(&c->console, "%s: good, version %" PRIu64 "%s, digest sha256:%s, expires %s", path, t.version,
                   given ? ", which follows the one given" : "", t.digest, t.expires);
    return true;
}

bool sl_cmd_trust_show(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    SL_AUTO(sl_trust_clear) struct sl_trust t = { 0 };
    return sl_trust_load(c->args.positional[0], &t, err) && sl_view_trust(&c->console, c->args.positional[0], &t, err);
}
