#include "manifests/reference.h"

#include "manifests/priv/type.h"

#include <stddef.h>

#define TABLES_MAX 64u

/* Tables in the order in which they are met. */
struct met {
    const struct sl_table *table[TABLES_MAX];
    size_t n;
};

/* The table of a value, of a list's elements, or of a mapping's entries; NULL when there is none. */
static const struct sl_table *table_of(const struct sl_type *type)
{
    while (type && !type->table && (type->kind == SL_KIND_LIST || type->kind == SL_KIND_NAMED))
        type = type->item;
    return type ? type->table : NULL;
}

static void meet(struct met *met, const struct sl_table *table)
{
    for (size_t i = 0; i < met->n; i++)
        if (met->table[i] == table)
            return;
    if (table && met->n < TABLES_MAX)
        met->table[met->n++] = table;
}

static bool add_expected(const struct sl_type *type, struct sl_buf *b, struct sl_err *err)
{
    const struct sl_table *table = table_of(type);
    if (type->kind == SL_KIND_LIST && !table && type->item && type->item->kind != SL_KIND_FREE)
        return sl_buf_add_str(b, "a list, each ", err) && sl_type_words(type->item, b, err);
    if (!sl_type_words(type, b, err))
        return false;
    const char *link = type->kind == SL_KIND_LIST ? " of" : type->kind == SL_KIND_NAMED ? " of names to" : ",";
    return !table || sl_buf_addf(b, err, "%s '%s' below", link, table->name);
}

static bool tell(const struct sl_reference *told, const struct sl_table *table, bool top, struct met *met,
                 struct sl_err *err)
{
    if (!told->mapping(told, top ? "" : table->name, table->about, err))
        return false;
    for (const struct sl_key *key = table->keys; key->name; key++) {
        SL_AUTO(sl_buf_clear) struct sl_buf expected = { 0 };
        meet(met, table_of(key->type));
        if (!add_expected(key->type, &expected, err)
            || !told->key(told, key->name, sl_buf_str(&expected), key->about, (key->flags & SL_KEY_REQUIRED) != 0, err))
            return false;
    }
    return true;
}

bool sl_reference_walk(const struct sl_reference *told, struct sl_err *err)
{
    struct met met = { 0 };
    meet(&met, sl_type_manifest.table);
    for (size_t i = 0; i < met.n; i++)
        if (!tell(told, met.table[i], i == 0, &met, err))
            return false;
    return true;
}
