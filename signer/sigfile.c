#include "signer/sigfile.h"

#include "core/file.h"
#include "core/text.h"
#include "signer/format.h"

#define MAX_TEXT_BYTES 65536u /* CMS brings certificates along; the others are shorter */

bool sl_sigfile_text(struct sl_span signature, struct sl_buf *ret, struct sl_err *err)
{
    return sl_base64_add(ret, signature, err) && sl_buf_add_char(ret, '\n', err);
}

bool sl_sigfile_write(const char *path, struct sl_span signature, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    return sl_sigfile_text(signature, &text, err) && sl_file_write(path, 0666, sl_buf_span(&text), err);
}

bool sl_sigfile_read(const char *path, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = { 0 };
    struct sl_err why = { 0 };
    if (!sl_file_read(path, MAX_TEXT_BYTES, &text, err))
        return false;
    struct sl_span s = sl_buf_span(&text);
    if (sl_format_of(s) != SL_FORMAT_RAW) {
        sl_buf_move(ret, &text);
        return true;
    }
    if (s.len > 0 && s.ptr[s.len - 1] == '\n')
        s.len--;
    if (s.len == 0 || !sl_base64_get(s, &bytes, &why)) {
        if (why.code == SL_E_NOMEM)
            return sl_fail_nomem(err);
        return sl_fail(
            err, SL_E_INPUT, SL_LOC_NONE,
            "'%s' is not a signature: one line of base64 was expected, as 'sealift sign' and 'openssl base64 "
            "-A' write it, CMS, or what minisign or signify writes",
            path);
    }
    sl_buf_move(ret, &bytes);
    return true;
}
