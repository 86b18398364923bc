/* A trust file for people and for programs. */
#include "cli/view.h"

#include <inttypes.h>

static bool say_roles(struct sl_console *c, const struct sl_trust *t, struct sl_err *err)
{
    for (unsigned role = 0; role < SL_TRUST_ROLES; role++) {
        const struct sl_trust_rule *rule = &t->rules[role];
        SL_AUTO(sl_buf_clear) struct sl_buf names = { 0 };
        for (size_t i = 0; i < rule->n; i++)
            if (!sl_buf_addf(&names, err, "%s%s", i ? ", " : "", t->keys[rule->keys[i]].name))
                return false;
        sl_console_say(c, "role     %-9s  %zu of: %s", sl_trust_role_name((enum sl_trust_role)role), rule->threshold,
                       sl_buf_str(&names));
    }
    return true;
}

static void say_keys(struct sl_console *c, const struct sl_trust *t)
{
    for (size_t i = 0; i < t->n_keys; i++) {
        const struct sl_trust_key *k = &t->keys[i];
        sl_console_say(c, "key      %-9s  %s", k->name, sl_pubkey_type_name(t->pubs[i].type));
        sl_console_say(c, "         keyid %s", t->pubs[i].keyid);
        if (k->expires[0])
            sl_console_say(c, "                    expires %s", k->expires);
        if (k->revoked[0])
            sl_console_say(c, "                    revoked since %s: %s", k->revoked, k->reason);
    }
}

static bool add_names(const struct sl_trust *t, const bool *signers, json_t *to, struct sl_err *err)
{
    json_t *names = NULL;
    if (!sl_json_set(to, "signedBy", names = json_array(), err))
        return false;
    for (size_t i = 0; i < t->n_keys; i++)
        if (signers[i] && !sl_json_push(names, json_string(t->keys[i].name), err))
            return false;
    return true;
}

static bool show_json(struct sl_console *c, const char *path, const struct sl_trust *t,
                      const struct sl_trust_count *count, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *answer = json_deep_copy(t->content);
    if (!answer)
        return sl_fail_nomem(err);
    return sl_json_set(answer, "file", json_string(path), err)
           && sl_json_set(answer, "digest", json_sprintf("sha256:%s", t->digest), err)
           && add_names(t, count->signers, answer, err) && sl_console_json(c, answer, err);
}

bool sl_view_trust(struct sl_console *c, const char *path, const struct sl_trust *t, struct sl_err *err)
{
    SL_AUTO(sl_trust_count_clear) struct sl_trust_count count = { 0 };
    if (!sl_trust_count(t, t, INT64_MIN, &count, err))
        return false;
    if (c->json)
        return show_json(c, path, t, &count, err);
    sl_console_say(c, "version  %" PRIu64, t->version);
    sl_console_say(c, "digest   sha256:%s", t->digest);
    if (t->previous[0])
        sl_console_say(c, "follows  sha256:%s", t->previous);
    sl_console_say(c, "expires  %s", t->expires);
    if (!say_roles(c, t, err))
        return false;
    say_keys(c, t);
    sl_console_say(c, "signed   %zu of %zu%s%s", count.good, count.threshold, count.good ? ", by " : "",
                   sl_buf_str(&count.signed_by));
    return true;
}
