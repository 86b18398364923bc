/* One attempt of a request in the form libcurl takes it: the URL, and the header lines with the signature of this
 * moment. Both may hold secrets and are wiped when cleared. */
#ifndef SL_PUBLISHER_PRIV_OUTGOING_H
#define SL_PUBLISHER_PRIV_OUTGOING_H

#include "publisher/endpoint.h"

#include <curl/curl.h>

struct sl_outgoing {
    struct sl_buf url;
    struct curl_slist *headers;
};
void sl_outgoing_clear(struct sl_outgoing *m);

/* The part of the request's path that follows the endpoint: without the bucket where that is in the host. */
const char *sl_outgoing_path(const struct sl_request *req, const struct sl_endpoint *endpoint);

/* cred NULL or without an access key: not signed. expect_continue: ask the server before the body is sent. SL_E_INPUT
 * when a header holds a line break or another control character. */
bool sl_outgoing_make(const struct sl_request *req, const struct sl_endpoint *endpoint,
                      const struct sl_credentials *cred, int64_t time_utc, bool expect_continue,
                      struct sl_outgoing *ret, struct sl_err *err) SL_MUST_USE;

#endif
