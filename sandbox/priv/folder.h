/* The folder a sandbox keeps its state in: the user's, or one of its own that is removed at the end. */
#ifndef SL_SANDBOX_PRIV_FOLDER_H
#define SL_SANDBOX_PRIV_FOLDER_H

#include "sandbox/priv/store.h"

struct sl_folder {
    struct sl_buf path;
    bool temporary;
};

/* dir NULL: a new folder in that of temporary ones that only this user may enter. */
bool sl_folder_open(const char *dir, const char *temporary_dir, struct sl_folder *ret, struct sl_err *err) SL_MUST_USE;
void sl_folder_close(struct sl_folder *f);

/* Remove object files that no row names: what a killed process left behind. */
bool sl_folder_sweep(struct sl_store *store, struct sl_err *err) SL_MUST_USE;

#endif
