/* Several manifests in one run: each has its own verdict, and together they have one exit status. */
#ifndef SL_CLI_TRAIN_H
#define SL_CLI_TRAIN_H

#include "cli/verb.h"
#include "manifests/mistakes.h"

/* Verdicts as they come in. */
struct sl_train {
    struct sl_context *c;
    json_t *answers; /* array, one per manifest in JSON mode */
    size_t total, failed;
    enum sl_exit status; /* of the failures; SL_EXIT_OTHER once they differ */
    bool mixed;          /* some succeeded, some failed */
};

bool sl_train_open(struct sl_context *c, size_t total, struct sl_train *ret, struct sl_err *err) SL_MUST_USE;
void sl_train_clear(struct sl_train *t);

/* One manifest succeeded with this answer (taken over), or failed. */
bool sl_train_done(struct sl_train *t, json_t *answer, struct sl_err *err) SL_MUST_USE;
void sl_train_failed(struct sl_train *t, const struct sl_err *failure);

/* The manifest called name is wrong in these ways, one at least: the first 20 and how many there are; the first decides
 * the status. */
void sl_train_refused(struct sl_train *t, const char *name, const struct sl_mistakes *found);

/* Print the answers in JSON mode and give the exit status of the whole run. With one manifest the answer stands alone. */
bool sl_train_finish(struct sl_train *t, enum sl_exit *status, struct sl_err *err) SL_MUST_USE;

#endif
