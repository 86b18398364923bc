/* What can be found out about a project without asking anybody: its firmware, its name and version, the account. */
#ifndef SL_CLI_SURROUNDINGS_H
#define SL_CLI_SURROUNDINGS_H

#include "cli/firmware.h"
#include "cli/verb.h"
#include "core/arena.h"

#define SL_SURROUNDINGS_FILES 8u

struct sl_surroundings_file {
    const char *path; /* from the folder */
    struct sl_firmware firmware;
    uint64_t size_bytes;
};

struct sl_surroundings {
    struct sl_arena arena;
    struct sl_surroundings_file file[SL_SURROUNDINGS_FILES]; /* the likeliest first */
    size_t n_files;
    const char *name, *name_from;       /* of the product; NULL when nothing tells */
    const char *version, *version_from; /* SemVer */
    const char *key;                    /* a private key file, from the folder; NULL: none */
    char account[13];                   /* "" when it is not known */
    struct sl_buf region;
};
void sl_surroundings_clear(struct sl_surroundings *s);

/* Look at the files below the folder, at its git repository, and, unless offline, at the account the credentials belong to,
 * when there are any. What cannot be found out is left empty; only running out of memory fails. */
bool sl_surroundings_look(struct sl_context *c, const char *folder, bool offline, struct sl_surroundings *ret,
                          struct sl_err *err) SL_MUST_USE;

#endif
