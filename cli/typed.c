#include "cli/typed.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool sl_typed_read(struct sl_console *c, const char *what, size_t max, struct sl_secret *ret, struct sl_err *err)
{
    size_t len = 0;
    SL_AUTO(sl_secret_clear) struct sl_secret text = { 0 };
    if (isatty(STDIN_FILENO))
        sl_console_note(c, "%s; Control-D on an empty line ends", what);
    if (!sl_secret_new(max + 1, &text, err))
        return false;
    for (;;) {
        ssize_t n = read(STDIN_FILENO, text.ptr + len, text.len - len);
        if (n < 0)
            return sl_fail(err, errno == EINTR ? SL_E_INTERRUPTED : SL_E_IO, SL_LOC_NONE, "cannot read stdin: %s",
                           strerror(errno));
        if (n == 0)
            break;
        len += (size_t)n;
        if (len > max)
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "stdin has more than %zu bytes, the most allowed here", max);
    }
    sl_secret_shorten(&text, len);
    sl_secret_move(ret, &text);
    return true;
}
