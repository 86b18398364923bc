#include "core/text.h"

#include <string.h>

#define NEAR_MAX 64

/* Edits (insert, delete, replace, swap of neighbors) that turn a into b. */
static size_t distance(const char *a, const char *b)
{
    size_t la = strlen(a), lb = strlen(b);
    if (la > NEAR_MAX || lb > NEAR_MAX)
        return SIZE_MAX;
    size_t rows[3][NEAR_MAX + 1];
    for (size_t j = 0; j <= lb; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= la; i++) {
        size_t *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);
            if (last[j] + 1 < best)
                best = last[j] + 1;
            if (now[j - 1] + 1 < best)
                best = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
        }
    }
    return rows[la % 3][lb];
}

const char *sl_nearest(const char *word, const char *const *candidates)
{
    const char *nearest = NULL;
    size_t half = (strlen(word) + 1) / 2;
    size_t limit = half < 3 ? half : 3; /* first distance that is too far */
    for (; *candidates; candidates++) {
        size_t d = distance(word, *candidates);
        if (d < limit) {
            limit = d;
            nearest = *candidates;
        }
    }
    return nearest;
}
