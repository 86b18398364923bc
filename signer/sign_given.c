#include "signer/bundle.h"
#include "signer/priv/bundle.h"

#include <string.h>

static bool no_stranger(const struct sl_adopt_from *from, const struct sl_plan *plan, json_t *signatures,
                        struct sl_err *err)
{
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(signatures, name, value)
    {
        size_t i = 0;
        while (i < plan->n_artifacts && strcmp(plan->artifacts[i].name, name) != 0)
            i++;
        if (i == plan->n_artifacts)
            return sl_fail(err, from->code, SL_LOC_NONE, "%s has a signature of '%.80s', which this plan has not",
                           from->what, name);
    }
    return true;
}

/* signer signs what is missing only when sign is true. */
static bool take(const struct sl_plan *plan, struct sl_span given, struct sl_signer *signer, bool sign,
                 struct sl_signed *s, struct sl_err *err)
{
    static const struct sl_adopt_from from = { "the statement given for this plan", SL_E_VERIFY, true, true };
    SL_AUTO(sl_bundle_clear) struct sl_bundle b = { 0 };
    if (!sl_bundle_read(given, "statement.json", &b, err) || !no_stranger(&from, plan, b.signatures, err))
        return false;
    for (size_t i = 0; i < plan->n_artifacts; i++) {
        const struct sl_plan_artifact *a = &plan->artifacts[i];
        const json_t *entry = json_object_get(b.signatures, a->name);
        if (entry && !sl_adopt_artifact(&from, a, entry, signer, &s->artifacts[i], err))
            return sl_while(err, a->loc, "the given signature of artifact '%s'", a->name);
        if (!entry && sign && !sl_sign_artifact(a, signer, &s->artifacts[i], err))
            return false;
    }
    s->envelope = json_incref((json_t *)(uintptr_t)b.envelope);
    return sl_adopt_statement(&from, plan, signer, s, err);
}

bool sl_sign_given_check(const struct sl_plan *plan, struct sl_span given, struct sl_signer *signer, struct sl_err *err)
{
    SL_AUTO(sl_signed_clear) struct sl_signed s = { 0 };
    return sl_signed_init(plan, &s, err) && take(plan, given, signer, false, &s, err);
}

bool sl_sign_given(const struct sl_plan *plan, struct sl_span given, struct sl_signer *signer, struct sl_signed *ret,
                   struct sl_err *err)
{
    SL_AUTO(sl_signed_clear) struct sl_signed s = { 0 };
    if (!sl_signed_init(plan, &s, err) || !take(plan, given, signer, true, &s, err)
        || !sl_signed_bundle(&s, &s.bundle, err))
        return false;
    *ret = s;
    s = (struct sl_signed){ 0 };
    return true;
}
