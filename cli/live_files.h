/* The real role's policies in two files, for a rehearsal's sandbox to read; they go away with the rehearsal. */
#ifndef SL_CLI_LIVE_FILES_H
#define SL_CLI_LIVE_FILES_H

#include "publisher/live_role.h"

struct sl_live_files {
    char dir[32];           /* "" when there are none */
    struct sl_buf argument; /* "TRUST,POLICY", as --role takes it */
};

bool sl_live_files_write(const struct sl_live_role *role, struct sl_live_files *ret, struct sl_err *err) SL_MUST_USE;

/* Remove the files; does nothing when there are none. */
void sl_live_files_clear(struct sl_live_files *f);

#endif
