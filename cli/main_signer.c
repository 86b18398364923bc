/* sealift-signer: the verbs of key holders, for machines without a network. */
#include "cli/tool.h"

int main(int argc, char **argv)
{
    static const struct sl_verb *const verbs[] = { sl_verb_signing, sl_verb_shell, NULL };
    const struct sl_tool signer = { .name = "sealift-signer",
                                    .purpose = "Signs and verifies firmware on machines that have no network.",
                                    .tagline = "sign and verify firmware without a network",
                                    .verbs = verbs };
    return sl_tool_run(&signer, argc, argv);
}
