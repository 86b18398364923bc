#include "manifests/priv/asked.h"

#include <string.h>

const struct sl_asked_artifact *sl_asked_artifact(const struct sl_asked *asked, const char *name)
{
    const struct sl_asked_artifact *items = asked->artifacts.items;
    for (size_t i = 0; i < asked->artifacts.n; i++)
        if (strcmp(items[i].here.name, name) == 0)
            return &items[i];
    return NULL;
}

const struct sl_asked_key *sl_asked_key(const struct sl_asked *asked, const char *name)
{
    const struct sl_asked_key *items = asked->keys.items;
    for (size_t i = 0; i < asked->keys.n; i++)
        if (strcmp(items[i].here.name, name) == 0)
            return &items[i];
    return NULL;
}

bool sl_asked_package_is_made(const struct sl_asked_package *p)
{
    return p->description.value || p->artifact.value || p->sbom.value || p->attributes.set;
}
