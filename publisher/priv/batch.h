/* Requests that do not depend on each other, collected and then sent at the same time.
 *
 * Life: add requests, send once, read the replies by the index that adding gave. Everything a request points to must
 * live until the batch is sent; the batch's arena is the usual place. */
#ifndef SL_PUBLISHER_PRIV_BATCH_H
#define SL_PUBLISHER_PRIV_BATCH_H

#include "core/xml.h"
#include "publisher/wire.h"

struct sl_batch {
    struct sl_request *requests;
    struct sl_reply *replies; /* NULL until sent */
    const char **doing;       /* "DescribeJob 'x'", for messages */
    size_t n, capacity;
    struct sl_arena arena;
};

void sl_batch_clear(struct sl_batch *b);

/* Add a copy of request; doing is copied. */
bool sl_batch_add(struct sl_batch *b, const struct sl_request *request, const char *doing, size_t *ret_index,
                  struct sl_err *err) SL_MUST_USE;

/* Send all that was added; does nothing for an empty batch. */
bool sl_batch_send(struct sl_batch *b, struct sl_wire *wire, struct sl_err *err) SL_MUST_USE;

/* The error code AWS gave in reply i, "" when there is none; borrowed from the batch's arena. */
bool sl_batch_code(struct sl_batch *b, size_t i, const char **ret, struct sl_err *err) SL_MUST_USE;

/* True for a reply that is a success; otherwise what the service said, with the place it concerns. */
bool sl_batch_expect(const struct sl_batch *b, size_t i, struct sl_loc loc, struct sl_err *err) SL_MUST_USE;

/* The XML of reply i, which must be a success; it lives in the batch's arena. root: the only element it may be, NULL
 * when any may. */
bool sl_batch_xml(struct sl_batch *b, size_t i, struct sl_loc loc, const char *root, const struct sl_xml **ret,
                  struct sl_err *err) SL_MUST_USE;

#endif
