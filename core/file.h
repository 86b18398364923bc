/* Files in: read whole, with a ceiling. Files out: whole or not at all. */
#ifndef SL_CORE_FILE_H
#define SL_CORE_FILE_H

#include "core/buf.h"
#include "core/secret.h"

/* Close a descriptor (-1 is fine) and set it to -1; for SL_AUTO. */
void sl_fd_close(int *fd);

/* Open a regular file for reading, following links. SL_E_IO; a directory or device is refused. */
bool sl_file_open(const char *path, int *ret_fd, uint64_t *ret_size_bytes, struct sl_err *err) SL_MUST_USE;

/* Does the file begin as the bytes do that signatures of DSSE envelopes are over ("DSSEv1 ")? A signature of such a file
 * would also be one of a statement or a trust file. The position in the file stays. */
bool sl_file_is_pae(int fd);

/* Read a whole file of at most max bytes. */
bool sl_file_read(const char *path, size_t max, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

/* Read a whole file that holds a secret: opened once, then required to be a regular file that belongs to the user (or
 * root) and that nobody else may read or write; otherwise SL_E_INPUT with the chmod to run. */
bool sl_file_read_secret(const char *path, size_t max, struct sl_secret *ret, struct sl_err *err) SL_MUST_USE;

/* Join a directory and a name into b; a name that starts with '/' stands alone. */
bool sl_path_join(const char *dir, const char *name, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

/* Directory part of a path, "." when it has none; last component of a path (borrowed). */
bool sl_path_dir(const char *path, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;
const char *sl_path_base(const char *path);

/* Create a directory and its parents (mode 0777 less the umask); existing ones are fine. */
bool sl_dir_make(const char *path, struct sl_err *err) SL_MUST_USE;

/* Could sl_dir_make make it, and files be written there? Nothing is written to find out; SL_E_IO says what is in the
 * way. */
bool sl_dir_check(const char *path, struct sl_err *err) SL_MUST_USE;

/* A file being written beside its final name. The first error is remembered and reported by commit; commit flushes,
 * syncs and renames; clear without commit removes what was written. */
struct sl_outfile {
    int fd;
    char *path, *temporary;
    bool exclusive;
    struct sl_err first;
};
#define SL_OUTFILE_NONE ((struct sl_outfile){ .fd = -1 })

/* mode: permission bits. exclusive: refuse with SL_E_CONFLICT when the final name exists, also at commit. */
bool sl_outfile_open(const char *path, unsigned mode, bool exclusive, struct sl_outfile *ret,
                     struct sl_err *err) SL_MUST_USE;
void sl_outfile_add(struct sl_outfile *f, struct sl_span bytes);
bool sl_outfile_commit(struct sl_outfile *f, struct sl_err *err) SL_MUST_USE;
void sl_outfile_clear(struct sl_outfile *f);

/* Write a whole file that way, replacing an existing one. */
bool sl_file_write(const char *path, unsigned mode, struct sl_span bytes, struct sl_err *err) SL_MUST_USE;

#endif
