/* sealift role check: would the download role work as it is now? */
#include "cli/planning.h"
#include "cli/session.h"
#include "cli/view.h"
#include "publisher/role_check.h"

/* A failure makes the verb end with 5; so does what could not be checked, where that was asked. */
static enum sl_exit status_of(const struct sl_context *c, const struct sl_findings *findings)
{
    bool strict = sl_args_has(&c->args, SL_OPT_REQUIRE_ROLE_CHECK);
    for (size_t i = 0; i < findings->n; i++)
        if (findings->list[i].verdict == SL_FAILS || (strict && findings->list[i].verdict == SL_UNDECIDED))
            return SL_EXIT_DENIED;
    return SL_EXIT_DONE;
}

bool sl_cmd_role_check(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    SL_AUTO(sl_wire_closep) struct sl_wire *wire = NULL;
    const struct sl_plan *plan;
    struct sl_findings findings = { .arena = &arena };
    const char *kms_key = sl_args_get(&c->args, SL_OPT_KMS_KEY, NULL);
    if (!sl_planning_draft(c, &plan, err) || !sl_planning_needs_role(plan, err)
        || !sl_session_open(c, plan->bucket.region, &wire, err)
        || !sl_role_check_run(plan, kms_key, wire, &findings, err) || !sl_view_findings(&c->console, &findings, err))
        return false;
    *status = status_of(c, &findings);
    return true;
}
