/* Prints the JSON Schema, for the test that reads it with another implementation. */
#include "manifests/manifest.h"

#include <stdio.h>

int main(void)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    struct sl_err err = { 0 };
    if (!sl_manifest_schema(&text, &err)) {
        (void)fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    return fwrite(text.ptr, 1, text.len, stdout) == text.len ? 0 : 1;
}
