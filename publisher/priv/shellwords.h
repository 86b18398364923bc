/* Words of a command line, split as a POSIX shell splits them, without anything else a shell does. */
#ifndef SL_PUBLISHER_PRIV_SHELLWORDS_H
#define SL_PUBLISHER_PRIV_SHELLWORDS_H

#include "core/span.h"

/* The next word of *rest, unquoted into ret (as large as *rest), and *rest moved behind it. False at the end, or with
 * *ret_bad set when a quote is not closed or a backslash ends the text. Python's shlex.split, which botocore uses, is
 * the model: quotes ' and ", a backslash outside quotes and before " or \ within "". */
bool sl_shellwords_next(struct sl_span *rest, char *ret, size_t *ret_len, bool *ret_bad);

#endif
