/* A manifest: taken, or refused at a place with a reason; whatever is taken fits AWS's limits as far as a draft shows. */
#include "tests/fuzz/fuzz.h"

#include "manifests/manifest.h"
#include "manifests/plan.h"

#include <assert.h>
#include <string.h>

/* Some variables are set, some are empty, most are not there. */
static const char *variable(void *ctx, const char *name)
{
    (void)ctx;
    if (strcmp(name, "VERSION") == 0)
        return "1.2.3";
    return name[0] == 'E' ? "" : NULL;
}

static void check_refusal(const struct sl_err *err)
{
    assert(err->code == SL_E_INPUT || err->code == SL_E_UNSUPPORTED || err->code == SL_E_NOMEM);
    assert(err->msg[0] != 0);
    assert(err->code == SL_E_NOMEM || (err->loc.line > 0 && err->loc.col > 0 && strcmp(err->loc.file, "m.yaml") == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct sl_manifest_inputs inputs = { .env = variable, .region = len % 2 ? "eu-west-1" : NULL };
    SL_AUTO(sl_manifest_freep) struct sl_manifest *m = NULL;
    struct sl_err err = { 0 };
    if (!sl_manifest_parse((struct sl_span){ bytes, len }, "m.yaml", &inputs, &m, &err)) {
        assert(!m);
        check_refusal(&err);
        return 0;
    }
    for (size_t i = 0; sl_manifest_open_key(m, i); i++)
        assert(sl_manifest_open_key(m, i)->name[0] != 0 && sl_manifest_open_key(m, i)->uri[0] != 0);
    return 0;
}
