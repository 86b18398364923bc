#include "signer/local.h"

void sl_signer_freep(struct sl_signer **s)
{
    if (*s)
        (*s)->free(*s);
    *s = NULL;
}
