/* Rolling back: an earlier release's files, from the bucket, for a plan to be made of them. */
#ifndef SL_CLI_ROLLBACK_H
#define SL_CLI_ROLLBACK_H

#include "cli/verb.h"
#include "manifests/manifest.h"
#include "signer/signer.h"

/* For a manifest loaded with rollback_to; any other needs nothing. Finds what was published as that version, requires its
 * statement to be signed by the keys that sign the manifest's statements and to name the manifest's artifacts, and fetches
 * the stored versions it is about to where measuring reads them, but for those that are there already. */
bool sl_rollback_fetch(struct sl_context *c, const struct sl_manifest *manifest, struct sl_signer *signer,
                       struct sl_err *err) SL_MUST_USE;

#endif
