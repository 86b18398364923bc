/* sealift: the whole release, from manifest to receipt. */
#include "cli/keyring.h"
#include "cli/manual.h"
#include "cli/suggest.h"
#include "cli/tool.h"
#include "core/xml.h"
#include "manifests/manifest.h"
#include "publisher/wire.h"
#include "sandbox/sandbox.h"

/* What it is linked with beside what every program has. */
static bool library(size_t i, struct sl_library *ret)
{
    static void (*const single[])(struct sl_library *) = { sl_manifest_library, sl_wire_library, sl_xml_library };
    const size_t n = sizeof single / sizeof *single;
    if (i >= n)
        return sl_sandbox_library(i - n, ret);
    single[i](ret);
    return true;
}

int main(int argc, char **argv)
{
    static const struct sl_verb *const verbs[] = { sl_verb_release, sl_verb_signing, sl_verb_job,
                                                   sl_verb_service, sl_verb_shell,   NULL };
    const struct sl_tool sealift = { .name = "sealift",
                                     .purpose = "Signs firmware and publishes it to AWS IoT from one manifest.",
                                     .tagline = "sign firmware and publish it to AWS IoT",
                                     .verbs = verbs,
                                     .network = &sl_keyring_network,
                                     .names = sl_suggest_names,
                                     .manifest = sl_manual_manifest,
                                     .library = library };
    return sl_tool_run(&sealift, argc, argv);
}
