#include "manifests/priv/build.h"
#include "manifests/priv/check.h"

#include "core/text.h"

#include <stdio.h>
#include <string.h>

/* 128 bytes of bitmap, a bit for each block of 4096 bytes: otaconfigMAX_BLOCK_BITMAP_SIZE and
 * otaconfigLOG2_FILE_BLOCK_SIZE of aws/ota-for-aws-iot-embedded-sdk. */
#define DEFAULT_MAX_IMAGE_BYTES ((uint64_t)4 << 20)

/* Both parsers: ota.c keeps the protocols in 20 bytes, brackets, quotes and white space included, so they stand in
 * canonical JSON; job_parser.c of aws/Jobs-for-AWS-IoT-embedded-sdk wants filepath and certfile, and reads a signature
 * from "sig-sha256-ecdsa" only. A member without a value is left out: nulls vanish on delivery. */
static bool add_file(const char *artifact, const struct sl_asked_document *d, const char *base, json_t *file,
                     struct sl_err *err)
{
    static const struct {
        const char *key, *member;
    } holes[] = { { "filesize", "size" }, { "sig-sha256-ecdsa", "signature" }, { "update_data_url", "url" } };
    for (size_t i = 0; i < sizeof holes / sizeof *holes; i++) {
        SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
        if (!sl_buf_addf(&text, err, "{{artifact.%s.%s}}", artifact, holes[i].member)
            || !sl_json_set(file, holes[i].key, json_string(sl_buf_str(&text)), err))
            return false;
    }
    const char *path = d->filepath.value ? d->filepath.value : base;
    json_int_t type = d->file_type.set ? (json_int_t)d->file_type.value : 0;
    return sl_json_set(file, "auth_scheme", json_string("aws.s3.presigned"), err)
           && sl_json_set(file, "certfile", json_string(d->certfile.value), err)
           && sl_json_set(file, "filepath", json_string(path), err)
           && sl_json_set(file, "fileType", json_integer(type), err)
           && sl_json_set(file, "fileid", json_integer(0), err);
}

static bool build(const char *artifact, const struct sl_asked_document *d, const char *base, json_t **ret,
                  struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *document = json_object();
    json_t *ota = json_object(), *files = json_array(), *file = json_object(), *protocols = json_array();
    json_t *release = json_object();
    bool ok = sl_json_set(document, "afr_ota", ota, err);
    ok = sl_json_set(document, "sealift", release, err) && ok;
    ok = sl_json_set(ota, "files", files, err) && ok;
    ok = sl_json_set(ota, "protocols", protocols, err) && ok;
    ok = sl_json_push(files, file, err) && ok;
    ok = ok && sl_json_push(protocols, json_string("HTTP"), err) && add_file(artifact, d, base, file, err)
         && sl_json_set(release, "release", json_string("{{release.name}}"), err)
         && sl_json_set(release, "version", json_string("{{release.version}}"), err);
    if (ok)
        *ret = json_incref(document);
    return ok;
}

/* The one artifact of the job: ota.c has OTA_MAX_FILES 1. NULL with err filled when there are more. */
static const struct sl_asked_artifact *only_artifact(const struct sl_manifest *m, const struct sl_asked_job *job,
                                                     const char *at, struct sl_err *err)
{
    const struct sl_field *names = job->artifacts.items;
    size_t n = job->artifacts.set ? job->artifacts.n : m->asked.artifacts.n;
    if (n == 1)
        return job->artifacts.set ? sl_asked_artifact(&m->asked, names[0].value) : m->asked.artifacts.items;
    (void)sl_fail(err, SL_E_INPUT, job->artifacts.set ? job->artifacts.loc : job->document.dialect.loc,
                  "%s.document: devices of the dialect 'afr-ota' take one file in a job, found %zu: name one in "
                  "%s.artifacts, and have 'jobs' for the others",
                  at, n, at);
    return NULL;
}

bool sl_afr_ota_check(struct sl_manifest *m, const struct sl_asked_job *job, struct sl_job_facts *facts,
                      struct sl_err *err)
{
    const struct sl_asked_document *d = &job->document;
    SL_AUTO(sl_json_clear) json_t *value = NULL;
    char at[SL_JOB_PATH_SIZE];
    (void)sl_check_path(job, at);
    if (!d->certfile.value)
        return sl_fail(err, SL_E_INPUT, d->here.loc,
                       "missing key '%s.document.certfile': the certificate on the device that the signature is "
                       "verified with",
                       at);
    const struct sl_asked_artifact *artifact = only_artifact(m, job, at, err);
    if (!artifact)
        return err->code == SL_OK; /* an unknown name is told elsewhere */
    return sl_document_check_role(job, true, err)
           && build(artifact->here.name, d, sl_document_file_name(artifact), &value, err)
           && sl_body_from_value(m, job, value, &m->arena, &facts->body, err);
}

bool sl_afr_ota_fit(const struct sl_plan_job *job, const struct sl_asked_job *asked, struct sl_err *err)
{
    const struct sl_plan_artifact *a = job->artifacts[0];
    char at[SL_JOB_PATH_SIZE];
    (void)sl_check_path(asked, at);
    if (a->algorithm != SL_ALG_ECDSA_P256_SHA256)
        return sl_fail(err, SL_E_INPUT, asked->document.dialect.loc,
                       "%s.document: devices of the dialect 'afr-ota' read the signature from 'sig-sha256-ecdsa': sign "
                       "'%s' with ecdsa-p256-sha256, not with %s",
                       at, a->name, sl_algorithm_name(a->algorithm));
    if (asked->device.max_image.set || a->size_bytes <= DEFAULT_MAX_IMAGE_BYTES)
        return true;
    return sl_fail(
        err, SL_E_INPUT, a->loc,
        "artifacts.%s.file: '%.100s' has %llu bytes, the OTA library takes 4 MiB unless it is configured for "
        "more: state '%s.device.max_image' if yours is",
        a->name, a->file, (unsigned long long)a->size_bytes, at);
}
