/* A checkup: questions about a machine and an account, each with its answer, so that one failure does not hide the next. */
#ifndef SL_PUBLISHER_CHECKUP_H
#define SL_PUBLISHER_CHECKUP_H

#include "publisher/finding.h"

struct sl_check {
    const char *topic;       /* what was looked at: "bucket", "clock"; a string literal */
    enum sl_verdict verdict; /* SL_UNDECIDED: worth knowing, but publish would not fail for it */
    enum sl_code code;       /* of a failure; SL_OK otherwise */
    struct sl_loc loc;       /* the manifest's place it concerns; line 0: none */
    const char *answer;      /* one line; where it is bad it says what to do */
};

/* In the order they were made; list and texts live in arena. */
struct sl_checkup {
    struct sl_check *list;
    size_t n, capacity;
    struct sl_arena *arena;
};

/* Add an answer; the text is copied. */
bool sl_checkup_add(struct sl_checkup *c, const char *topic, enum sl_verdict verdict, const char *answer,
                    struct sl_err *err) SL_MUST_USE;

/* Add what went wrong. False when the failure is one no checkup goes on after (memory, interrupt): it is moved to err. */
bool sl_checkup_add_failure(struct sl_checkup *c, const char *topic, const struct sl_err *failure,
                            struct sl_err *err) SL_MUST_USE;

/* The first failure, NULL when everything needed holds. */
const struct sl_check *sl_checkup_first_failure(const struct sl_checkup *c);

#endif
