#include "cli/live_files.h"

#include "core/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool sl_live_files_write(const struct sl_live_role *role, struct sl_live_files *ret, struct sl_err *err)
{
    (void)snprintf(ret->dir, sizeof ret->dir, "/tmp/sealift-role-XXXXXX");
    if (!mkdtemp(ret->dir)) {
        ret->dir[0] = 0;
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot create a folder in /tmp: %s", strerror(errno));
    }
    if (!sl_buf_addf(&ret->argument, err, "%s/trust.json,%s/policy.json", ret->dir, ret->dir))
        return false;
    SL_AUTO(sl_buf_clear) struct sl_buf trust = { 0 };
    const char *policy = strchr(sl_buf_str(&ret->argument), ',') + 1;
    return sl_buf_addf(&trust, err, "%s/trust.json", ret->dir)
           && sl_file_write(sl_buf_str(&trust), 0600, sl_buf_span(&role->trust), err)
           && sl_file_write(policy, 0600, sl_buf_span(&role->permissions), err);
}

void sl_live_files_clear(struct sl_live_files *f)
{
    const char *comma = strchr(sl_buf_str(&f->argument), ',');
    if (comma) {
        (void)unlink(comma + 1);
        f->argument.ptr[comma - sl_buf_str(&f->argument)] = 0;
        (void)unlink(sl_buf_str(&f->argument));
    }
    if (*f->dir)
        (void)rmdir(f->dir);
    sl_buf_clear(&f->argument);
}
