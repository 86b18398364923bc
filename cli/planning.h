/* From a manifest file to a plan: load, ask the signer what the manifest leaves to the keys, measure, resolve. */
#ifndef SL_CLI_PLANNING_H
#define SL_CLI_PLANNING_H

#include "cli/passphrase.h"
#include "cli/plan_file.h"
#include "cli/verb.h"
#include "manifests/manifest.h"
#include "manifests/plan.h"
#include "publisher/codesign.h"
#include "signer/trust.h"

#define SL_PLANNING_DEFAULT "sealift.yaml"

/* Everything one manifest brings along. The context owns it until the program ends, because places in errors point into
 * the manifest. */
struct sl_planning {
    struct sl_planning *next;
    struct sl_passphrases passphrases;
    struct sl_signer *signer; /* those of this machine in a process of their own */
    bool given;               /* the signer was: it stands for every key */
    struct sl_codesign_shelf shelf;
    struct sl_manifest *manifest;
    struct sl_measured *measured;
    struct sl_plan plan;
    struct sl_trust trust;        /* the manifest's, once sl_planning_trust has found that it counts */
    bool trusts;                  /* there is one, and the keys are not thrown away */
    struct sl_buf statement;      /* the statement of --statement, found to be for this plan */
    struct sl_plan_file approved; /* the plan file that was given instead of a manifest; value NULL when none was */
};

/* Free every planning of the context. */
void sl_planning_end(struct sl_context *c);

/* Load one manifest with the inputs of the command line and the environment, or (approved not NULL) of a plan file. */
bool sl_planning_load(struct sl_context *c, const char *path, struct sl_plan_file *approved, struct sl_manifest **ret,
                      struct sl_err *err) SL_MUST_USE;

/* The same; found, empty before, gets every mistake of the manifest. */
bool sl_planning_load_all(struct sl_context *c, const char *path, struct sl_plan_file *approved,
                          struct sl_mistakes *found, struct sl_manifest **ret, struct sl_err *err) SL_MUST_USE;

/* Warn of what a manifest allows and probably does not mean. */
void sl_planning_doubt(struct sl_context *c, const struct sl_manifest *m);

/* Begin: start the child process with the keys of this machine, before anything else is opened, so that it inherits
 * nothing; or take over a signer, also on failure. *ret is borrowed from the context. */
bool sl_planning_begin(struct sl_context *c, struct sl_signer *signer, struct sl_planning **ret,
                       struct sl_err *err) SL_MUST_USE;

/* The rest of the way, for a manifest or for a plan file, which must give the same plan again. */
bool sl_planning_finish(struct sl_context *c, const char *path, struct sl_planning *p, struct sl_err *err) SL_MUST_USE;

/* Both. signer NULL: the keys the manifest names. */
bool sl_planning_make(struct sl_context *c, const char *path, struct sl_signer *signer, struct sl_planning **ret,
                      struct sl_err *err) SL_MUST_USE;

/* A draft of the plan of the manifest to work on (sl_draft_plan): no file, key or signing process is needed. *ret is
 * borrowed from the context. */
bool sl_planning_draft(struct sl_context *c, const struct sl_plan **ret, struct sl_err *err) SL_MUST_USE;
/* The same of the manifest at path. */
bool sl_planning_draft_of(struct sl_context *c, const char *path, const struct sl_plan **ret,
                          struct sl_err *err) SL_MUST_USE;

/* Refuse a plan none of whose jobs names a download role. */
bool sl_planning_needs_role(const struct sl_plan *plan, struct sl_err *err) SL_MUST_USE;

/* Read the trust file the manifest names, if any: does it count, and does the statement's threshold reach its own? */
bool sl_planning_trust(struct sl_planning *p, struct sl_err *err) SL_MUST_USE;

/* Look at every key the plan signs with: is it there, can it do its algorithm, and does the manifest's trust file let it
 * sign? Before the first request, so that a
 * wrong key is known before anything is asked of AWS. SL_E_INPUT or SL_E_VERIFY with the key's place. offline: keys in AWS are passed over. */
bool sl_planning_check_keys(struct sl_planning *p, bool offline, struct sl_err *err) SL_MUST_USE;

/* The manifest to work on: the first argument, or sealift.yaml. */
const char *sl_planning_path(const struct sl_context *c);

/* Refuse a plan that --expect-plan does not name. */
bool sl_planning_expected(const struct sl_context *c, const struct sl_plan *plan, struct sl_err *err) SL_MUST_USE;

#endif
