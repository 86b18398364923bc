/* The receipt: what was published, so that anyone can check it again.
 *
 * Only facts read from AWS and values of the plan stand in it, never who ran the release or when: whoever created it and
 * whoever came second write the same bytes. Canonical JSON (RFC 8785). */
#ifndef SL_PUBLISHER_RECEIPT_H
#define SL_PUBLISHER_RECEIPT_H

#include "publisher/catalog.h"
#include "publisher/register.h"

#define SL_RECEIPT_MEDIA_TYPE "application/vnd.sealift.receipt+json;version=1"

struct sl_receipt {
    const struct sl_registered *from;
    json_t *value;
    struct sl_buf bytes;
};
void sl_receipt_clear(struct sl_receipt *r);

/* Write the receipt of a registered release. cataloged may be NULL for a plan without packages. Pure. */
bool sl_attest(const struct sl_registered *registered, const struct sl_cataloged *cataloged, struct sl_receipt *ret,
               struct sl_err *err) SL_MUST_USE;

/* Store the receipt in the bucket unless it is there. ret_bytes (may be NULL) gets the receipt as the bucket holds it: one
 * stored earlier may say of an object that it was confirmed the other way. SL_E_CONFLICT when it says anything else. */
bool sl_receipt_store(const struct sl_receipt *receipt, struct sl_wire *wire, struct sl_buf *ret_bytes,
                      struct sl_err *err) SL_MUST_USE;

/* Read a receipt and check its form. SL_E_INPUT. */
bool sl_receipt_read(struct sl_span text, const char *name, json_t **ret, struct sl_err *err) SL_MUST_USE;

#endif
