/* A plan, what exists of it already, and what a release came to, as people and programs read it. */
#ifndef SL_CLI_VIEW_H
#define SL_CLI_VIEW_H

#include "cli/console.h"
#include "cli/release.h"
#include "signer/trust.h"

/* The plan itself: release, digest, artifacts, who signs, bucket, jobs. */
bool sl_view_plan(struct sl_console *c, const struct sl_plan *plan, unsigned attempt, struct sl_err *err) SL_MUST_USE;

/* What exists and stays ("="), and what publish would add ("+"); then what was found about the download role. */
void sl_view_changes(struct sl_console *c, const struct sl_release *r);

/* The same as {"changes": bool, "steps": [...], "role": [...], "warnings": [...]}. *ret is a new reference. */
bool sl_view_changes_json(const struct sl_release *r, json_t **ret, struct sl_err *err) SL_MUST_USE;

/* Findings one by one, or as {"findings": [...], "works": bool}. */
bool sl_view_findings_json(const struct sl_findings *findings, json_t **ret, struct sl_err *err) SL_MUST_USE;
bool sl_view_findings(struct sl_console *c, const struct sl_findings *findings, struct sl_err *err) SL_MUST_USE;

/* What was signed by whom, where it is stored, which jobs there are. */
bool sl_view_receipt(struct sl_console *c, const struct sl_release *r, struct sl_err *err) SL_MUST_USE;

/* The same as {"changed": bool, "planDigest", "receipt": {...}}. *ret is a new reference. */
bool sl_view_receipt_json(const struct sl_release *r, json_t **ret, struct sl_err *err) SL_MUST_USE;

/* A trust file: version, roles, keys and who signed it. path names it for programs. */
bool sl_view_trust(struct sl_console *c, const char *path, const struct sl_trust *t, struct sl_err *err) SL_MUST_USE;

#endif
