#include "core/zip.h"

#include "core/crc.h"

#include <assert.h>
#include <string.h>

#define VERSION     10     /* 1.0: stored */
#define UTF8_NAMES  0x0800 /* bit 11 of the flags */
#define FIRST_DAY   0x0021 /* 1980-01-01, the earliest there is */
#define LOCAL_BYTES 30u

/* Numbers are little-endian. */
static bool put(struct sl_buf *b, uint32_t value, unsigned bytes, struct sl_err *err)
{
    for (unsigned i = 0; i < bytes; i++)
        if (!sl_buf_add_char(b, (char)(value >> (8 * i) & 0xff), err))
            return false;
    return true;
}

/* What local and central headers share: from "version needed" to the length of the name. */
static bool put_file(struct sl_buf *b, uint32_t crc, uint32_t size, uint32_t name_len, struct sl_err *err)
{
    return put(b, VERSION, 2, err) && put(b, UTF8_NAMES, 2, err) && put(b, 0, 2, err) && put(b, 0, 2, err)
           && put(b, FIRST_DAY, 2, err) && put(b, crc, 4, err) && put(b, size, 4, err) && put(b, size, 4, err)
           && put(b, name_len, 2, err) && put(b, 0, 2, err);
}

bool sl_zip_one(const char *name, struct sl_span bytes, struct sl_buf *ret, struct sl_err *err)
{
    struct sl_crc crc;
    const size_t name_len = strlen(name), start = ret->len;
    assert(name_len > 0 && name_len <= UINT16_MAX && name[0] != '/');
    if (bytes.len >= UINT32_MAX - 2 * name_len - 1024)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'%.100s' is too large for a ZIP archive", name);
    sl_crc_init(&crc, SL_CRC32);
    sl_crc_update(&crc, bytes);
    const uint32_t sum = (uint32_t)sl_crc_value(&crc), size = (uint32_t)bytes.len, len = (uint32_t)name_len;
    if (!put(ret, 0x04034b50, 4, err) || !put_file(ret, sum, size, len, err) || !sl_buf_add_str(ret, name, err)
        || !sl_buf_add(ret, bytes, err))
        return false;
    const uint32_t central = (uint32_t)(ret->len - start);
    if (!put(ret, 0x02014b50, 4, err) || !put(ret, VERSION, 2, err) || !put_file(ret, sum, size, len, err)
        || !put(ret, 0, 2, err) || !put(ret, 0, 2, err) || !put(ret, 0, 2, err) || !put(ret, 0, 4, err)
        || !put(ret, 0, 4, err) || !sl_buf_add_str(ret, name, err))
        return false;
    const uint32_t central_bytes = (uint32_t)(ret->len - start) - central;
    assert(central == LOCAL_BYTES + len + size);
    return put(ret, 0x06054b50, 4, err) && put(ret, 0, 2, err) && put(ret, 0, 2, err) && put(ret, 1, 2, err)
           && put(ret, 1, 2, err) && put(ret, central_bytes, 4, err) && put(ret, central, 4, err)
           && put(ret, 0, 2, err);
}
