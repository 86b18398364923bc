/* What went wrong, where, and of which kind.
 *
 * Every function that can fail takes a struct sl_err last, never NULL, and returns false after filling it. The first
 * cause wins: a caller adds context with sl_while and never replaces what a lower layer said. Messages are one
 * impersonal sentence without a full stop; they name the value in quotes, what was expected, and what to do. They
 * never hold a secret. cli/exit.h maps each code to one exit status. */
#ifndef SL_CORE_ERR_H
#define SL_CORE_ERR_H

#include "core/attr.h"

#include <stdbool.h>

enum sl_code {
    SL_OK = 0,
    SL_E_NOMEM,       /* memory ran out */
    SL_E_IO,          /* a local file could not be read or written */
    SL_E_USAGE,       /* the command line is wrong */
    SL_E_INPUT,       /* a manifest, plan, key file or other input is wrong */
    SL_E_UNSUPPORTED, /* the input is right, but this version cannot carry it out */
    SL_E_VERIFY,      /* a signature or digest does not match */
    SL_E_CHANGED,     /* a file, plan or remote state changed between looking and acting */
    SL_E_DENIED,      /* AWS or its configuration does not allow it */
    SL_E_CONFLICT,    /* something different already exists under the same name */
    SL_E_NETWORK,     /* the network or the service failed, and retrying did not help */
    SL_E_PENDING,     /* a signature that others make is not there yet */
    SL_E_ROLLOUT,     /* the rollout failed, or a device did other than expected */
    SL_E_INTERRUPTED, /* a signal asked us to stop */
    SL_E_CRYPTO,      /* a cryptographic library refused */
    SL_E_INTERNAL     /* anything else; a defect in this program or its environment */
};

/* A place in a text file; line and column are 1-based, line 0 means no place is known. file is borrowed and lives at
 * least as long as the manifest or argument it names. */
struct sl_loc {
    const char *file;
    unsigned line, col;
};

struct sl_err {
    enum sl_code code;
    struct sl_loc loc;
    char msg[480];     /* one sentence, cut at the end if it is longer */
    int http_status;   /* of a remote refusal, 0 otherwise */
    char aws_code[80]; /* of a remote refusal, verbatim, "" otherwise */
    bool transient;    /* sending the same request again may succeed */
};

#define SL_LOC_NONE ((struct sl_loc){ 0, 0, 0 })

/* Record a failure and return false. Does nothing but return false when err already holds one. */
bool sl_fail(struct sl_err *err, enum sl_code code, struct sl_loc loc, const char *fmt, ...) SL_PRINTF(4, 5);

/* Put "context: " before the message, add the place when none is known yet, and return false. */
bool sl_while(struct sl_err *err, struct sl_loc loc, const char *fmt, ...) SL_PRINTF(3, 4);

/* Put "; advice" behind the message and return false. Nothing is added to one that has no room for it. */
bool sl_advise(struct sl_err *err, const char *fmt, ...) SL_PRINTF(2, 3);

/* Record that memory ran out and return false. */
bool sl_fail_nomem(struct sl_err *err);

#endif
