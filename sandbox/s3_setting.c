/* What a bucket is configured with, kept as the documents that came. */
#include "core/json.h"
#include "core/xml.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/s3.h"
#include "sandbox/priv/s3_schema.h"

#include <string.h>

bool sl_s3_setting_get(struct sl_s3 *s, const char *name, const char **ret, struct sl_err *err)
{
    return sl_store_text(s->x->store, s->x->arena, ret, err,
                         "SELECT document FROM s3_settings WHERE bucket = ? AND name = ?", "ss", s->bucket, name);
}

bool sl_s3_setting_put(struct sl_s3 *s, const char *name, const char *document, struct sl_err *err)
{
    return sl_store_exec(s->x->store, err,
                         "INSERT INTO s3_settings(bucket, name, document) VALUES(?, ?, ?) ON CONFLICT(bucket, name) DO "
                         "UPDATE SET document = excluded.document",
                         "sss", s->bucket, name, document);
}

bool sl_s3_setting_drop(struct sl_s3 *s, const char *name, struct sl_err *err)
{
    s->x->status = 204;
    return sl_store_exec(s->x->store, err, "DELETE FROM s3_settings WHERE bucket = ? AND name = ?", "ss", s->bucket,
                         name);
}

bool sl_s3_setting_store(struct sl_s3 *s, const char *name, const struct sl_xml *root, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    s->x->status = 200;
    return sl_s3_schema_copy(&b, root, err) && sl_s3_setting_put(s, name, sl_buf_str(&b), err);
}

bool sl_s3_setting_reply(struct sl_s3 *s, const char *root, const char *document, struct sl_err *err)
{
    return sl_s3_xml_begin(s->x, root, err) && sl_buf_add_str(&s->x->reply, document, err)
           && sl_buf_addf(&s->x->reply, err, "</%s>", root) && sl_exchange_xml(s->x, 200, err);
}

bool sl_s3_setting_tree(struct sl_s3 *s, const char *name, const struct sl_xml **ret, struct sl_err *err)
{
    const char *document, *whole;
    *ret = NULL;
    if (!sl_s3_setting_get(s, name, &document, err))
        return false;
    if (!document || !*document)
        return true;
    whole = sl_arena_fmt(s->x->arena, err, "<r>%s</r>", document);
    return whole && sl_xml_parse(sl_span_str(whole), s->x->arena, ret, err);
}

bool sl_s3_setting_of(struct sl_exchange *x, const char *headers, const char *name, const char **ret,
                      struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *object = NULL;
    if (!sl_json_parse(sl_span_str(headers), "stored headers", &object, err))
        return false;
    const char *value = json_string_value(json_object_get(object, name));
    *ret = value ? sl_arena_str(x->arena, value, err) : NULL;
    return *ret || !value;
}

bool sl_s3_setting_change(struct sl_s3 *s, const struct sl_s3_object *o, const struct sl_pair *changes, size_t n,
                          struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *object = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!sl_json_parse(sl_span_str(o->headers), "stored headers", &object, err))
        return false;
    for (size_t i = 0; i < n; i++) {
        (void)json_object_del(object, changes[i].name);
        if (changes[i].value && *changes[i].value
            && !sl_json_set(object, changes[i].name, json_string(changes[i].value), err))
            return false;
    }
    return sl_json_canonical(object, &text, err)
           && sl_store_exec(s->x->store, err, "UPDATE s3_objects SET headers = ? WHERE seq = ?", "si",
                            sl_buf_str(&text), o->seq);
}
