/* A simulation of policies: documents with the places of their statements, and what they say about one request. */
#ifndef SL_SANDBOX_PRIV_SIMULATION_H
#define SL_SANDBOX_PRIV_SIMULATION_H

#include "publisher/policy.h"
#include "sandbox/priv/exchange.h"

struct sl_simulation_policy {
    const char *id, *type; /* "role_r_p", "role"; as MatchedStatements names the source */
    const char *text;
    enum sl_policy_kind kind;
    bool is_boundary;
};

/* Where a statement stands in its text: lines and columns from 1. */
struct sl_simulation_place {
    unsigned line, column, end_line, end_column;
};
bool sl_simulation_place(const char *text, size_t statement, struct sl_simulation_place *ret);

struct sl_simulation {
    struct sl_exchange *x;
    const struct sl_simulation_policy *policies;
    size_t n_policies;
    struct sl_policy_request request; /* its principal is for the policy of a resource */
};

/* What became of the request. */
struct sl_simulation_result {
    const char *decision; /* "allowed", "explicitDeny", "implicitDeny" */
    bool has_boundary, boundary_allows;
    struct sl_buf matched, missing; /* the members of MatchedStatements and MissingContextValues */
};
void sl_simulation_result_clear(struct sl_simulation_result *r);
bool sl_simulation_run(const struct sl_simulation *s, struct sl_simulation_result *ret, struct sl_err *err) SL_MUST_USE;

#endif
