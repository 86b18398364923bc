/* Semantic versions (SemVer 2.0.0): which of two comes first. */
#ifndef SL_MANIFESTS_SEMVER_H
#define SL_MANIFESTS_SEMVER_H

#include <stdbool.h>

/* Whether text is a version of SemVer 2.0.0. */
bool sl_semver_valid(const char *text);

/* Below 0, 0 or above 0 as a comes before b, has its precedence, or comes after it (item 11 of the specification; build
 * metadata does not count). Both must be valid. */
int sl_semver_compare(const char *a, const char *b);

#endif
