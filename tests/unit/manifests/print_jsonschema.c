/* Reads pairs [schema, value], a line each, and prints valid, invalid or broken for each. */
#include "core/attr.h"
#include "manifests/priv/jsonschema.h"

#include <stdio.h>

static void print(const char *line)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_json_clear) json_t *pair = NULL;
    bool broken = false;
    if (!sl_json_parse(sl_span_str(line), "stdin", &pair, &err)) {
        (void)puts(err.msg);
        return;
    }
    bool ok = sl_jsonschema_check(json_array_get(pair, 0), json_array_get(pair, 1), &broken, &err);
    (void)puts(ok ? "valid" : broken ? "broken" : "invalid");
}

int main(void)
{
    static char line[1 << 16];
    while (fgets(line, sizeof line, stdin))
        print(line);
    return 0;
}
