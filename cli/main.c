/* sealift: the whole release, from manifest to receipt. */
#include "cli/keyring.h"
#include "cli/tool.h"

int main(int argc, char **argv)
{
    static const struct sl_verb *const verbs[] = { sl_verb_release, sl_verb_signing, sl_verb_job, sl_verb_service,
                                                   NULL };
    const struct sl_tool sealift = { .name = "sealift",
                                     .purpose = "Signs firmware and publishes it to AWS IoT from one manifest.",
                                     .verbs = verbs,
                                     .network = &sl_keyring_network };
    return sl_tool_run(&sealift, argc, argv);
}
