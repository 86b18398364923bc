/* The outline of a manifest: what stands, or may stand, below each of its paths. For shells that complete words.
 *
 * A manifest need not be right for that; it must be YAML. */
#ifndef SL_MANIFESTS_OUTLINE_H
#define SL_MANIFESTS_OUTLINE_H

#include "core/err.h"

#include <stddef.h>

struct sl_outline;

/* Read the manifest at path, which must outlive the outline. */
bool sl_outline_open(const char *path, struct sl_outline **ret, struct sl_err *err) SL_MUST_USE;
void sl_outline_close(struct sl_outline *o);
void sl_outline_closep(struct sl_outline **o);

/* One name below a path; its strings live as long as the outline. */
struct sl_outline_entry {
    const char *name;  /* a key, or a list's element: its own name, or its text */
    const char *about; /* what the key means, "" when that is not known */
    bool single;       /* one value, nothing below it */
};

/* The i-th name below parent, such as "" (the top), "artifacts" or "job.rollout": the keys a mapping may have, or the names
 * that stand in the file. False past the end. */
bool sl_outline_entry(const struct sl_outline *o, const char *parent, size_t i, struct sl_outline_entry *ret);

#endif
