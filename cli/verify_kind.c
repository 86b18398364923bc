#include "cli/verify.h"
#include "core/file.h"
#include "publisher/receipt.h"

#include <string.h>

static enum sl_verify_kind kind_of(const json_t *value)
{
    const char *payload = sl_json_str(value, "payloadType");
    if (strcmp(payload, SL_TRUST_PAYLOAD_TYPE) == 0)
        return SL_VERIFY_TRUST;
    if (json_object_get(value, "dsseEnvelope") || payload[0])
        return SL_VERIFY_STATEMENT;
    if (json_is_integer(json_object_get(value, "sealift")) && json_object_get(value, "requests"))
        return SL_VERIFY_PLAN;
    return strcmp(sl_json_str(value, "mediaType"), SL_RECEIPT_MEDIA_TYPE) == 0 ? SL_VERIFY_RECEIPT : SL_VERIFY_FILE;
}

bool sl_verify_kind(const char *path, struct sl_buf *ret_text, enum sl_verify_kind *ret, struct sl_err *err)
{
    size_t len = strlen(path);
    struct sl_err not_json = { 0 };
    SL_AUTO(sl_json_clear) json_t *value = NULL;
    *ret = SL_VERIFY_FILE;
    if (len <= 5 || strcmp(path + len - 5, ".json") != 0)
        return true;
    if (!sl_file_read(path, SL_VERIFYING_MAX_BYTES, ret_text, err))
        return false;
    if (!sl_json_parse(sl_buf_span(ret_text), path, &value, &not_json))
        return not_json.code != SL_E_NOMEM || sl_fail_nomem(err);
    *ret = kind_of(value);
    return true;
}
