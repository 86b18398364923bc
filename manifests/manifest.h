/* The manifest: what was asked, every value with its place in the file.
 *
 * Loading reads the YAML strictly (no aliases, tags, duplicate keys, second documents; 1 MiB and 32 levels at most),
 * expands ${env:NAME}, applies --set, checks every key and value against one table, and checks every limit of AWS that
 * can be known without a file or a network. What the contract has but this version does not carry out is refused with
 * SL_E_UNSUPPORTED and its place. */
#ifndef SL_MANIFESTS_MANIFEST_H
#define SL_MANIFESTS_MANIFEST_H

#include "core/algorithm.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/library.h"
#include "manifests/mistakes.h"

/* What the outside contributes to a manifest. */
struct sl_manifest_inputs {
    const char *const *set; /* "path=value", as given on the command line; ends with NULL, may be NULL */
    const char *(*env)(void *ctx, const char *name); /* value of an environment variable, NULL when unset */
    void *env_ctx;
    const char *region;    /* --region or AWS_REGION, NULL when not given: one that differs is refused */
    const char *state_dir; /* --state, NULL: beside the manifest */
    /* --rollback-to: this version takes the place of the manifest's, which must be a later one and is what is rolled back
     * from; the artifacts' files are those of the earlier release, "recalled/<artifact>" in its state directory. NULL: none. */
    const char *rollback_to;
};

struct sl_manifest;

/* Load and check the manifest at path, which is borrowed for the places in errors and must outlive them. SL_E_INPUT or
 * SL_E_UNSUPPORTED with file, line and column. The place of a value from --set is the file "--set PATH". */
bool sl_manifest_load(const char *path, const struct sl_manifest_inputs *inputs, struct sl_manifest **ret,
                      struct sl_err *err) SL_MUST_USE;

/* The same, for a reader who wants to mend everything at once: found, empty before, gets every mistake. err is the first
 * of them; when it is anything else (the file cannot be read, memory ran out), found is not complete. */
bool sl_manifest_load_all(const char *path, const struct sl_manifest_inputs *inputs, struct sl_mistakes *found,
                          struct sl_manifest **ret, struct sl_err *err) SL_MUST_USE;

/* Both from bytes in memory; name stands for the file in errors. For tests and the fuzzer. */
bool sl_manifest_parse(struct sl_span yaml, const char *name, const struct sl_manifest_inputs *inputs,
                       struct sl_manifest **ret, struct sl_err *err) SL_MUST_USE;
bool sl_manifest_parse_all(struct sl_span yaml, const char *name, const struct sl_manifest_inputs *inputs,
                           struct sl_mistakes *found, struct sl_manifest **ret, struct sl_err *err) SL_MUST_USE;

void sl_manifest_free(struct sl_manifest *m);
void sl_manifest_freep(struct sl_manifest **m);

/* Keys whose algorithm the manifest does not state and that sign something; cli/ asks the signer about each before
 * sl_measure. Index from 0; NULL past the end. */
struct sl_plan_key;
const struct sl_plan_key *sl_manifest_open_key(const struct sl_manifest *m, size_t i);

/* What is allowed and probably not meant, such as a Region this version does not know: place and message for a warning.
 * Index from 0; NULL past the end. */
const struct sl_err *sl_manifest_doubt(const struct sl_manifest *m, size_t i);

/* bucket.region, where keys are that name no Region themselves. */
const char *sl_manifest_region(const struct sl_manifest *m);

/* Does an earlier release take the place of the one it describes? */
bool sl_manifest_rolls_back(const struct sl_manifest *m);

/* The JSON Schema (draft 2020-12) of manifest version 1, from the table the loader uses. */
bool sl_manifest_schema(struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

/* libyaml, for --version. */
void sl_manifest_library(struct sl_library *ret);

#endif
