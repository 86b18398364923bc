/* The verbs: tables, from which dispatch and help come, and what a verb works with. */
#ifndef SL_CLI_VERB_H
#define SL_CLI_VERB_H

#include "cli/console.h"
#include "cli/exit.h"
#include "cli/args.h"

/* What a verb works with. */
struct sl_context {
    const struct sl_tool *tool;
    const struct sl_verb *verb;
    struct sl_args args;
    struct sl_console console;
    struct sl_planning *plannings; /* what errors may point into; freed after they are shown */
    struct sl_wire *wire;          /* shared by all that needs one; opened by sl_session_wire */
    const struct sl_reach *reach;  /* where keys in AWS are instead, for a rehearsal; NULL: where the wire leads */
};

struct sl_verb {
    const char *name;              /* "job status" */
    const char *arguments;         /* "[MANIFEST]" */
    const char *summary;           /* one line of the overview */
    const char *details;           /* the paragraph of its own help */
    const char *examples[2];       /* without the name of the program */
    enum sl_option_id options[14]; /* its own, ends with SL_OPT_COUNT */
    size_t least, most;            /* positional arguments */
    /* Do it. *status is SL_EXIT_DONE when called; true leaves with it, false with sl_exit_of(err->code). */
    bool (*run)(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
    unsigned uses; /* SL_SCOPE_*: manifests, keys, the network; which shared options its help shows */
};

/* The tables; each ends with a row without a name. */
extern const struct sl_verb sl_verb_release[], sl_verb_signing[], sl_verb_job[], sl_verb_service[], sl_verb_shell[];

/* The i-th verb of a program, NULL past the end. */
const struct sl_verb *sl_verb_get(const struct sl_tool *p, size_t i);

/* The verb that argv begins with, and how many words its name has. SL_E_USAGE with a suggestion. */
bool sl_verb_find(const struct sl_tool *p, int argc, const char *const *argv, const struct sl_verb **ret,
                  int *ret_words, struct sl_err *err) SL_MUST_USE;

/* True when the word begins verbs of two words: "key", "job". */
bool sl_verb_is_family(const struct sl_tool *p, const char *word);

/* Does a verb take this option, and does it mean something there? */
bool sl_verb_takes(const struct sl_tool *p, const struct sl_verb *v, enum sl_option_id id);
bool sl_verb_heeds(const struct sl_tool *p, const struct sl_verb *v, enum sl_option_id id);

/* The verbs' functions, each in its cmd_*.c. */
bool sl_cmd_init(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_check(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_plan(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_publish(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_rehearse(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_doctor(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_sandbox(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_completion(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_manual(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_sign(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_verify(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_key_new(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_key_show(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_key_seal(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_key_contribute(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_key_split(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_key_combine(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_role_apply(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_role_check(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_role_show(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_ceremony_request(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_ceremony_sign(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_ceremony_combine(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_ceremony_verify(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_ceremony_rehearse(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_ceremony_script(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_trust_new(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_trust_change(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_trust_sign(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_trust_check(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_trust_show(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_job_status(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_job_watch(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_job_list(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_job_document(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_job_cancel(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_job_update(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_job_add_targets(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_job_retry(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_job_template_save(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_job_explain(struct sl_context *c, enum sl_exit *status, struct sl_err *err);
bool sl_cmd_job_delete(struct sl_context *c, enum sl_exit *status, struct sl_err *err);

#endif
