/* Findings: what was checked, the answer, and the remedy; one line each for people. */
#ifndef SL_PUBLISHER_FINDING_H
#define SL_PUBLISHER_FINDING_H

#include "core/arena.h"
#include "core/err.h"

#include <stddef.h>

enum sl_verdict {
    SL_HOLDS,
    SL_UNDECIDED, /* the policies could not be read, or depend on what only a device's request has */
    SL_FAILS
};

struct sl_finding {
    enum sl_verdict verdict;
    const char *sentence; /* what was found */
    const char *reason;   /* why, in the policies' own terms; "" when there is nothing to say */
    const char *remedy;   /* what to do, "" when it holds */

    const char *check;  /* the requirement: "trust", "download", "pass-role"; a string literal, NULL: none */
    const char *fault;  /* what is wrong with it: "principal", "arn-region"; a string literal, NULL when it holds */
    const char *policy; /* the policy that decides, as IAM names it; NULL when none does */
    size_t statement;   /* which of its statements, from 1; 0: none */
    const char *sid;    /* the statement's, NULL or "" when it has none */
};

/* Findings in the order they were made; list and texts live in arena. */
struct sl_findings {
    struct sl_finding *list;
    size_t n, capacity;
    struct sl_arena *arena;
};
bool sl_findings_add(struct sl_findings *f, const struct sl_finding *finding, struct sl_err *err) SL_MUST_USE;

/* One line for people: sentence, reason and remedy; where it would not fit an error, the fault instead of the reason. */
const char *sl_finding_line(const struct sl_finding *finding, struct sl_arena *arena, struct sl_err *err) SL_MUST_USE;

/* "holds", "undecided", "fails". */
const char *sl_finding_verdict(enum sl_verdict v);

#endif
