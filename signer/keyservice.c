#include "signer/keyservice.h"

void sl_keyservice_freep(struct sl_keyservice **s)
{
    if (*s)
        (*s)->free(*s);
    *s = NULL;
}
