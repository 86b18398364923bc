/* What a service said when it refused, in whichever of its protocols. */
#ifndef SL_PUBLISHER_PRIV_REMOTE_H
#define SL_PUBLISHER_PRIV_REMOTE_H

#include "publisher/wire.h"

/* Strings are "" when the reply has none, and live in the arena or the reply. They are the service's own words: not yet
 * safe to show. */
struct sl_remote {
    const char *code, *message, *request_id, *host_id;
};

/* Read code, message and ids of a reply: REST-XML (<Error>), query (<ErrorResponse><Error>), REST-JSON (header
 * x-amzn-errortype, members __type, code, message). A 2xx reply has a code only when its body is an XML error. */
bool sl_remote_read(const struct sl_reply *r, struct sl_arena *arena, struct sl_remote *ret,
                    struct sl_err *err) SL_MUST_USE;

#endif
