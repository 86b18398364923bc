#include "core/tpmkey.h"

#include "core/span.h"
#include "core/text.h"

#define SCHEME_BYTES     (sizeof SL_TPMKEY_SCHEME - 1)
#define HANDLE_BYTES     4u
#define PERSISTENT_FIRST 0x81u /* TPM_HT_PERSISTENT, the highest byte of such a handle */

bool sl_tpmkey_is(const char *uri)
{
    return sl_span_starts(sl_span_str(uri), SL_TPMKEY_SCHEME);
}

static bool read_handle(struct sl_span text, uint32_t *ret)
{
    uint8_t b[HANDLE_BYTES];
    if (!sl_span_starts(text, "0x") || !sl_hex_get(sl_span_sub(text, 2, text.len), b, sizeof b)
        || b[0] != PERSISTENT_FIRST)
        return false;
    *ret = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    return true;
}

bool sl_tpmkey_read(const char *uri, struct sl_loc loc, struct sl_tpmkey *ret, struct sl_err *err)
{
    struct sl_tpmkey key = { 0 };
    struct sl_span all = sl_span_str(uri);
    size_t end = 0;
    while (end < all.len && all.ptr[end] != '?')
        end++;
    if (!sl_tpmkey_is(uri) || !read_handle(sl_span_sub(all, SCHEME_BYTES, end - SCHEME_BYTES), &key.handle))
        return sl_fail(err, SL_E_INPUT, loc,
                       "a key in a TPM is named by its persistent handle, 'tpm2:0x81000000' to 'tpm2:0x81ffffff'; "
                       "'tpm2_getcap handles-persistent' lists those there are");
    if (end < all.len && !sl_span_is(sl_span_sub(all, end, all.len), "?auth=none"))
        return sl_fail(err, SL_E_INPUT, loc,
                       "after the handle of a tpm2: key only '?auth=none' may stand, for a key without an auth value");
    key.no_auth = end < all.len;
    *ret = key;
    return true;
}
