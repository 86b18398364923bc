/* The package versions of a receipt against the catalog as it is now. */
#include "publisher/priv/audit.h"
#include "publisher/priv/iot.h"
#include "publisher/priv/package.h"

#include <string.h>

bool sl_audit_package_ask(struct sl_auditing *g, struct sl_audit_package *p, struct sl_err *err)
{
    return sl_package_ask(&g->batch, sl_json_str(p->said, "region"), sl_json_str(p->said, "name"),
                          sl_json_str(p->said, "version"), &p->index, err);
}

static bool tell(struct sl_auditing *g, const struct sl_audit_package *p, enum sl_audit_verdict verdict,
                 const char *sentence, struct sl_err *err)
{
    return sl_audit_add(g->audit, verdict, "package version", p->name, sentence, err);
}

/* It points to where the receipt says: what stands there at location, "" for nothing. */
static bool same_place(const json_t *found, const char *location, const json_t *said, const char *bucket)
{
    const json_t *there = sl_json_at(found, location);
    return !strcmp(sl_json_str(there, "bucket"), bucket)
           && !strcmp(sl_json_str(there, "key"), sl_json_str(said, "object"))
           && !strcmp(sl_json_str(there, "version"), sl_json_str(said, "versionId"));
}

static bool judge(struct sl_auditing *g, const struct sl_audit_package *p, const json_t *found, struct sl_err *err)
{
    const char *status = sl_json_str(found, "status"), *artifact = sl_json_str(p->said, "artifact");
    const json_t *object = json_object_get(json_object_get(g->expected->receipt, "artifacts"), artifact);
    const json_t *sbom = json_object_get(p->said, "sbom");
    struct sl_arena *arena = g->audit->arena;
    if (!same_place(found, "artifact.s3Location", object, g->bucket.name))
        return tell(g, p, SL_AUDIT_DIFFERS,
                    sl_arena_fmt(arena, err, "it points to '%.300s' version '%.80s', the receipt says artifact '%s'",
                                 sl_json_str(found, "artifact.s3Location.key"),
                                 sl_json_str(found, "artifact.s3Location.version"), artifact),
                    err);
    if (sbom && !*sl_json_str(found, "sbom.s3Location.key"))
        return tell(g, p, SL_AUDIT_DIFFERS, "it has no bill of materials, the receipt has one", err);
    if (sbom && !same_place(found, "sbom.s3Location", sbom, g->bucket.name))
        return tell(g, p, SL_AUDIT_DIFFERS,
                    sl_arena_fmt(arena, err, "its bill of materials is '%.300s', the receipt says '%.300s'",
                                 sl_json_str(found, "sbom.s3Location.key"), sl_json_str(sbom, "object")),
                    err);
    if (!strcmp(status, "DRAFT"))
        return tell(g, p, SL_AUDIT_DIFFERS, "it is a draft", err);
    return tell(g, p, strcmp(status, "PUBLISHED") != 0 ? SL_AUDIT_NOTE : SL_AUDIT_OK,
                sl_arena_fmt(arena, err, "it is %.40s and points to artifact '%s'%s", status, artifact,
                             sbom ? " and its bill of materials" : ""),
                err);
}

bool sl_audit_package_read(struct sl_auditing *g, const struct sl_audit_package *p, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *found = NULL;
    struct sl_err why = { .code = SL_OK };
    const struct sl_audit_subject subject = { "package version", p->name, "it does not exist any more" };
    if (!sl_iot_json(&g->batch, p->index, SL_LOC_NONE, &found, &why))
        return sl_audit_failed(g->audit, &why, &subject, err);
    return judge(g, p, found, err);
}
