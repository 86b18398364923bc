/* What comes into a manifest from outside: ${env:NAME} and --set, both recorded for the plan. */
#ifndef SL_MANIFESTS_PRIV_INPUT_H
#define SL_MANIFESTS_PRIV_INPUT_H

#include "core/json.h"
#include "manifests/manifest.h"
#include "manifests/mistakes.h"
#include "manifests/priv/node.h"

/* Replace ${env:NAME} and ${env:NAME:-default} in every scalar, and "$${" by "${". The names met and their values (null
 * for one that is not set) are added to the object env. A scalar whose reference is added to found stays as it is. */
bool sl_expand_env(struct sl_node *tree, const struct sl_manifest_inputs *inputs, struct sl_arena *arena, json_t *env,
                   struct sl_mistakes *found, struct sl_err *err) SL_MUST_USE;

/* Apply "path=value" for each of inputs->set. A path names a scalar that stands in the tree, or one that the tables
 * know. What was set is added to the object set. */
bool sl_set_apply(struct sl_node *tree, const struct sl_manifest_inputs *inputs, struct sl_arena *arena, json_t *set,
                  struct sl_err *err) SL_MUST_USE;

#endif
