#include "keys/commitment.h"

#include "core/text.h"
#include "keys/priv/lines.h"

#include <string.h>

#define FIRST_LINE "sealift key commitment, version 1"
#define ABOUT      "binds its sender to a contribution that is not shown yet; public; format: docs/keys.md"

bool sl_commitment_name(struct sl_span name, char ret[SL_COMMITMENT_NAME_SIZE], struct sl_err *err)
{
    bool good = name.len > 0 && name.len < SL_COMMITMENT_NAME_SIZE && name.ptr[0] != '-';
    for (size_t i = 0; good && i < name.len; i++) {
        uint8_t c = name.ptr[i];
        good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    }
    if (!good)
        return sl_fail(
            err, SL_E_INPUT, SL_LOC_NONE,
            "the name of who contributes must have 1 to %u of a-z, 0-9 and '-', and begin with a letter or digit",
            SL_COMMITMENT_NAME_SIZE - 1);
    memcpy(ret, name.ptr, name.len);
    ret[name.len] = 0;
    return true;
}

bool sl_commitment_read(struct sl_span text, struct sl_commitment *ret, struct sl_err *err)
{
    struct sl_commitment c = { 0 };
    struct sl_span name = SL_SPAN_EMPTY;
    struct sl_lines l = { .rest = text, .what = "commitment", .err = err };
    if (!sl_lines_constant(&l, FIRST_LINE, "") || !sl_lines_constant(&l, "about: ", ABOUT)
        || !sl_lines_next(&l, "name: ", &name) || !sl_commitment_name(name, c.name, err)
        || !sl_lines_hex(&l, "sha256: ", c.sha256, sizeof c.sha256))
        return false;
    if (l.rest.len > 0)
        return l.line++, sl_lines_refuse(&l, "the end of the file");
    *ret = c;
    return true;
}

bool sl_commitment_write(const struct sl_commitment *c, struct sl_buf *ret, struct sl_err *err)
{
    char hex[2 * SL_SHA256_BYTES + 1];
    sl_hex_put(hex, sizeof hex, (struct sl_span){ c->sha256, sizeof c->sha256 });
    return sl_buf_addf(ret, err, FIRST_LINE "\nabout: " ABOUT "\nname: %s\nsha256: %s\n", c->name, hex);
}
