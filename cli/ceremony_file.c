#include "cli/ceremony_file.h"

#include "core/file.h"

bool sl_ceremony_file_read(const char *path, struct sl_buf *ret, struct sl_err *err)
{
    *ret = SL_BUF_MAX(4 * SL_CEREMONY_MAX_BYTES);
    return sl_file_read(path, 4 * SL_CEREMONY_MAX_BYTES, ret, err);
}

bool sl_ceremony_file_request(const char *path, struct sl_ceremony *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    return sl_ceremony_file_read(path, &text, err) && sl_ceremony_read(sl_buf_span(&text), path, ret, err);
}

bool sl_ceremony_file_transcript(const char *path, struct sl_ceremony_transcript *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    return sl_ceremony_file_read(path, &text, err) && sl_ceremony_transcript_read(sl_buf_span(&text), path, ret, err);
}

static bool holds(const char *path, struct sl_span bytes)
{
    SL_AUTO(sl_buf_clear) struct sl_buf there = { 0 };
    struct sl_err none = { 0 };
    return sl_ceremony_file_read(path, &there, &none) && sl_span_eq(sl_buf_span(&there), bytes);
}

static bool write_new(const char *path, struct sl_span bytes, struct sl_err *err)
{
    SL_AUTO(sl_outfile_clear) struct sl_outfile out = SL_OUTFILE_NONE;
    if (!sl_outfile_open(path, 0644, true, &out, err))
        return false;
    sl_outfile_add(&out, bytes);
    return sl_outfile_commit(&out, err);
}

/* A new file; the same bytes may be there already, also from a run at the same moment. */
bool sl_ceremony_file_write(const char *path, struct sl_span bytes, struct sl_err *err)
{
    if (write_new(path, bytes, err))
        return true;
    if (err->code != SL_E_CONFLICT || !holds(path, bytes))
        return false;
    *err = (struct sl_err){ 0 };
    return true;
}
