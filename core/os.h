/* What POSIX has no words for. Implemented in core/os_linux.c, the one file that may define _GNU_SOURCE. */
#ifndef SL_CORE_OS_H
#define SL_CORE_OS_H

#include "core/err.h"

#include <signal.h>
#include <stddef.h>

/* Random bytes from the kernel. */
bool sl_os_random(void *ret, size_t len, struct sl_err *err) SL_MUST_USE;

/* For a process that holds secrets: no core file, no tracing by other processes of the same user. */
bool sl_os_protect_memory(struct sl_err *err) SL_MUST_USE;

/* From here on this process can create no socket (seccomp). SL_E_UNSUPPORTED where the kernel has no such thing. */
bool sl_os_forbid_sockets(struct sl_err *err) SL_MUST_USE;

/* Was that done? */
bool sl_os_sockets_forbidden(void);

/* From here on this process can open, make, change and run no file (Landlock); what is open stays so. SL_E_UNSUPPORTED where
 * the kernel has no such thing, which sl_os_can_forbid_files says before. */
bool sl_os_can_forbid_files(void);
bool sl_os_forbid_files(struct sl_err *err) SL_MUST_USE;

/* Can this program load shared objects (dlopen)? One linked statically cannot. */
bool sl_os_can_load(void);

/* End this process when its parent ends. */
bool sl_os_die_with_parent(struct sl_err *err) SL_MUST_USE;

/* free and realloc that leave nothing behind, for libraries through whose memory secrets pass. Any pointer of malloc's. */
void sl_os_free_wiped(void *p);
void *sl_os_realloc_wiped(void *p, size_t size);

/* In a process just forked: close every descriptor from first on, so that the program begun next inherits none. */
void sl_os_close_from(int first);

/* Rename without replacing: SL_E_CONFLICT when the new name exists. */
bool sl_os_rename_new(const char *from, const char *to, struct sl_err *err) SL_MUST_USE;

/* Wait until fd has something to read or its other end is gone, with mask in place of the thread's signal mask meanwhile;
 * false when a signal ended the wait. */
bool sl_os_wait_read(int fd, const sigset_t *mask);

/* Where a path leads, without links and dots; memory to be freed. NULL when it leads nowhere. */
char *sl_os_real_path(const char *path);

#endif
