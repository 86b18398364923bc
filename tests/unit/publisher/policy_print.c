/* What sl_policy_evaluate says: one line in, {"policy": {...}, "action", "resource"}, one line out, "allow", "deny" or
 * "none". For policy_moto.sh. */
#include "publisher/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool answer(const char *line, struct sl_err *err)
{
    static const char *const words[] = { "none", "allow", "deny" };
    SL_AUTO(sl_json_clear) json_t *asked = NULL;
    SL_AUTO(sl_json_clear) json_t *policy = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    struct sl_policy_answer said = { .effect = SL_POLICY_NONE };
    if (!sl_json_parse(sl_span_str(line), "line", &asked, err)
        || !sl_json_canonical(json_object_get(asked, "policy"), &text, err)
        || !sl_policy_parse(sl_buf_span(&text), SL_POLICY_IDENTITY, "policy", &policy, err))
        return false;
    const struct sl_policy_request req = { .action = sl_json_str(asked, "action"),
                                           .resource = sl_json_str(asked, "resource") };
    if (!sl_policy_evaluate(policy, &req, &said, err))
        return false;
    (void)puts(words[said.effect]);
    return true;
}

int main(void)
{
    static char line[65536];
    struct sl_err err = { 0 };
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        if (!answer(line, &err)) {
            (void)fprintf(stderr, "%s\n", err.msg);
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}
