#include "core/file.h"
#include "signer/priv/format.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

/* Digest what there is; *ret_bytes is how much it was. */
static bool read_all(int fd, const char *path, struct sl_progress *progress, uint64_t total_bytes,
                     crypto_generichash_blake2b_state *state, uint64_t *ret_bytes, struct sl_err *err)
{
    uint8_t chunk[65536];
    uint64_t done = 0;
    while (done <= total_bytes) { /* it may grow for as long as it is read */
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot read '%s': %s", path, strerror(errno));
        if (n == 0)
            break;
        (void)crypto_generichash_blake2b_update(state, chunk, (unsigned long long)n);
        done += (uint64_t)n;
        sl_progress_report(progress, path, done, total_bytes);
        if (sl_progress_interrupted(progress))
            return sl_fail(err, SL_E_INTERRUPTED, SL_LOC_NONE, "interrupted while '%s' was read", path);
    }
    *ret_bytes = done;
    return true;
}

bool sl_blake2b_file(const char *path, struct sl_progress *progress, uint8_t ret[SL_BLAKE2B_BYTES], struct sl_err *err)
{
    SL_AUTO(sl_fd_close) int fd = -1;
    uint64_t size = 0, done = 0;
    crypto_generichash_blake2b_state state;
    if (!sl_file_open(path, &fd, &size, err))
        return false;
    (void)crypto_generichash_blake2b_init(&state, NULL, 0, SL_BLAKE2B_BYTES);
    if (!read_all(fd, path, progress, size, &state, &done, err))
        return false;
    if (done != size)
        return sl_fail(err, SL_E_CHANGED, SL_LOC_NONE, "'%s' changed while it was read; build it, then run again",
                       path);
    (void)crypto_generichash_blake2b_final(&state, ret, SL_BLAKE2B_BYTES);
    return true;
}
