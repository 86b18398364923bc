#include "core/text.h"
#include "publisher/priv/s3.h"
#include "publisher/receipt.h"

static bool same_digest(struct sl_span bytes, const char *hex, struct sl_err *err)
{
    uint8_t stated[SL_SHA256_BYTES], found[SL_SHA256_BYTES];
    if (!sl_sha256(bytes, found, err))
        return false;
    if (sl_hex_get(sl_span_str(hex), stated, sizeof stated)
        && sl_span_eq_ct((struct sl_span){ stated, sizeof stated }, (struct sl_span){ found, sizeof found }))
        return true;
    return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "the stored statement is not the one the receipt names");
}

bool sl_receipt_statement(const json_t *receipt, struct sl_wire *wire, struct sl_buf *ret, struct sl_err *err)
{
    const struct sl_plan_bucket bucket = { .name = sl_json_str(receipt, "bucket.name"),
                                           .region = sl_json_str(receipt, "bucket.region"),
                                           .prefix = "",
                                           .account = "" };
    SL_AUTO(sl_batch_clear) struct sl_batch batch = { 0 };
    size_t i = 0;
    if (!sl_s3_get(&batch, &bucket, sl_json_str(receipt, "statement.object"),
                   sl_json_str(receipt, "statement.versionId"), &i, err)
        || !sl_batch_send(&batch, wire, err) || !sl_batch_expect(&batch, i, SL_LOC_NONE, err)
        || !same_digest(sl_buf_span(&batch.replies[i].body), sl_json_str(receipt, "statement.sha256"), err))
        return false;
    sl_buf_move(ret, &batch.replies[i].body);
    return true;
}
