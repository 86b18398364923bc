/* One file of a release: what the document says of it, its download, and the check of digest, size and signature. */
#ifndef SL_DEVICES_PRIV_IMAGE_H
#define SL_DEVICES_PRIV_IMAGE_H

#include "devices/priv/offer.h"
#include "devices/priv/stated.h"

/* Take one file that a document states (sl_stated_files): its digest, if it states one, must be one of the statement's
 * before anything is fetched; then it is downloaded in one pass and checked. *bytes grows by what was downloaded. */
struct sl_image_check {
    const struct sl_device_options *options;
    enum sl_stated_dialect dialect;
    const struct sl_statement *statement;
    struct sl_wire *wire;
    uint64_t bytes;
};
bool sl_image_take(struct sl_image_check *c, const json_t *part, struct sl_verdict *v, struct sl_err *err) SL_MUST_USE;

#endif
