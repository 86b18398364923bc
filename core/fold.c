#include "core/text.h"

#include <string.h>

bool sl_fold_add(struct sl_buf *b, const char *text, size_t indent, size_t column, size_t width, struct sl_err *err)
{
    while (*text) {
        size_t len = strcspn(text, " \n");
        size_t columns = sl_utf8_length((struct sl_span){ (const uint8_t *)text, len });
        bool first = column <= indent;
        if (!first && column + 1 + columns > width) {
            if (!sl_buf_addf(b, err, "\n%*s", (int)indent, ""))
                return false;
            column = indent;
            first = true;
        }
        if (!sl_buf_addf(b, err, "%s%.*s", first ? "" : " ", (int)len, text))
            return false;
        column += columns + !first;
        text += len;
        text += strspn(text, " \n");
    }
    return sl_buf_add_char(b, '\n', err);
}
