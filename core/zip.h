/* A ZIP archive of one file, stored without compression: the same bytes whoever makes it, and whenever.
 *
 * Source: APPNOTE.TXT, ".ZIP File Format Specification", 6.3: local file header (4.3.7), central directory header (4.3.12),
 * end of central directory record (4.3.16). */
#ifndef SL_CORE_ZIP_H
#define SL_CORE_ZIP_H

#include "core/buf.h"

/* Append the archive. name is UTF-8, without a leading '/', at most 65535 bytes; its time is 1980-01-01 00:00. SL_E_INPUT for 4 GiB and more. */
bool sl_zip_one(const char *name, struct sl_span bytes, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

#endif
