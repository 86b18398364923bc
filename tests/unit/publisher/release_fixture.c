#include "tests/unit/publisher/release_fixture.h"

#include "core/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

json_t *json_of(const char *text)
{
    json_t *value = NULL;
    struct sl_err err = { .code = SL_OK };
    if (!sl_json_parse(sl_span_str(text), "text", &value, &err))
        fail_msg("%s: %s", text, err.msg);
    return value;
}

static const char body_text[] = "{\"description\":\"Thermostat 2.4.1\",\"presignedUrlConfig\":{\"expiresInSec\":3600,"
                                "\"roleArn\":\"" ROLE_ARN
                                "\"},\"targetSelection\":\"SNAPSHOT\",\"targets\":[\"" GROUP_ARN "\",\"" THING_ARN
                                "\"],\"timeoutConfig\":{\"inProgressTimeoutInMinutes\":30}}";

static const char document_text[] =
    "{\"files\":[{\"fileName\":\"app.bin\",\"fileSource\":{\"url\":\"${aws:iot:s3-presigned-url-v2:https://"
    "s3.eu-west-1.amazonaws.com/acme-firmware/thermostat/2.4.1/app.bin%3FversionId%3D{{artifact.app.versionId}}}\"},"
    "\"signature\":{\"codesign\":{\"rawPayloadSize\":9,\"signature\":\"{{artifact.app.signature}}\","
    "\"signatureAlgorithm\":\"SHA256withECDSA\"}}}],\"operation\":\"install\",\"sealift\":{\"release\":\"thermostat\","
    "\"statement\":\"{{statement}}\",\"version\":\"2.4.1\"}}";

static void make_artifact(struct release *r, size_t i, const char *name, const char *bytes)
{
    struct sl_err err = { .code = SL_OK };
    struct sl_plan_artifact *a = &r->artifacts[i];
    (void)snprintf(r->paths[i], sizeof r->paths[i], "%s/%s.bin", r->dir, name);
    assert_true(sl_file_write(r->paths[i], 0600, sl_span_str(bytes), &err));
    a->name = name;
    a->path = r->paths[i];
    a->size_bytes = strlen(bytes);
    a->algorithm = SL_ALG_ECDSA_P256_SHA256;
    a->loc = (struct sl_loc){ "sealift.yaml", (unsigned)(8 + 2 * i), 3 };
    assert_true(sl_digest_bytes(sl_span_str(bytes), SL_HASH_BIT(SL_SHA256), &a->digests, &err));
    r->carried[i] = a;
}

static void make_plan(struct release *r)
{
    r->job = (struct sl_plan_job){ .name = "",
                                   .id = JOB_ID,
                                   .region = "eu-west-1",
                                   .role = ROLE_ARN,
                                   .url_timeout_seconds = 3600,
                                   .pinned = true,
                                   .targets = r->targets,
                                   .n_targets = 2,
                                   .artifacts = r->carried,
                                   .n_artifacts = 2,
                                   .body = r->body,
                                   .document = r->document,
                                   .loc = { "sealift.yaml", 30, 3 },
                                   .id_loc = { "sealift.yaml", 31, 7 },
                                   .targets_loc = { "sealift.yaml", 32, 12 },
                                   .role_loc = { "sealift.yaml", 35, 11 } };
    r->targets[0] = GROUP_ARN;
    r->targets[1] = THING_ARN;
    r->plan = (struct sl_plan){ .release_name = "thermostat",
                                .release_version = "2.4.1",
                                .rollback_from = "",
                                .artifacts = r->artifacts,
                                .n_artifacts = 2,
                                .bucket = { .name = "acme-firmware",
                                            .region = "eu-west-1",
                                            .prefix = "thermostat/",
                                            .account = "",
                                            .conditional = true,
                                            .loc = { "sealift.yaml", 20, 3 } },
                                .jobs = &r->job,
                                .n_jobs = 1,
                                .state_dir = r->dir,
                                .digest = DIGEST };
}

static void make_signed(struct release *r)
{
    struct sl_err err = { .code = SL_OK };
    for (size_t i = 0; i < 2; i++) {
        memset(r->signatures[i].keyid, 'a' + (int)i, sizeof r->signatures[i].keyid - 1);
        assert_true(sl_buf_add_str(&r->signatures[i].bytes, i ? "radio signature" : "app signature", &err));
    }
    r->sealed = (struct sl_signed){ .from = &r->plan, .artifacts = r->signatures };
    r->sealed.envelope = json_of(
        "{\"payload\":\"e30=\",\"payloadType\":\"application/vnd.in-toto+json\",\"signatures\":[]}");
    assert_true(sl_buf_add_str(&r->sealed.bundle, "{\"bundle\":\"ours\"}", &err));
}

static void make_seen(struct release *r)
{
    r->seen_job = (struct sl_seen_job){ .id = JOB_ID, .arn = JOB_ARN, .document = { .key = FOLDER "job.job.json" } };
    r->seen = (struct sl_seen){ .from = &r->plan,
                                .account = "",
                                .artifacts = r->seen_artifacts,
                                .jobs = &r->seen_job,
                                .statement = { .key = FOLDER "statement.json" },
                                .receipt = { .key = FOLDER "receipt.json" } };
}

static void make_stored(struct release *r)
{
    static const char *const versions[] = { "v-app", "v-radio" };
    for (size_t i = 0; i < 2; i++) {
        r->objects[i] = (struct sl_object){ .key = r->artifacts[i].object,
                                            .version_id = versions[i],
                                            .size_bytes = r->artifacts[i].size_bytes,
                                            .confirmed_by = SL_CONFIRMED_CHECKSUM };
        memcpy(r->objects[i].sha256, sl_digests_get(&r->artifacts[i].digests, SL_SHA256).ptr, SL_SHA256_BYTES);
    }
    r->stored = (struct sl_stored){ .from = &r->sealed,
                                    .seen = &r->seen,
                                    .artifacts = r->objects,
                                    .uploaded = r->uploaded,
                                    .statement = { .key = FOLDER "statement.json",
                                                   .version_id = "v-statement",
                                                   .size_bytes = 17,
                                                   .confirmed_by = SL_CONFIRMED_CHECKSUM } };
}

void release_init(struct release *r)
{
    *r = (struct release){ .dir = "/tmp/sealift-release-XXXXXX" };
    assert_non_null(mkdtemp(r->dir));
    r->body = json_of(body_text);
    r->document = json_of(document_text);
    make_artifact(r, 0, "app", APP_BYTES);
    make_artifact(r, 1, "radio", RADIO_BYTES);
    r->artifacts[0].object = "thermostat/2.4.1/app.bin";
    r->artifacts[1].object = "thermostat/2.4.1/radio.bin";
    r->artifacts[0].file = "build/app.bin";
    r->artifacts[1].file = "build/radio.bin";
    make_plan(r);
    make_signed(r);
    make_seen(r);
    make_stored(r);
}

void release_clear(struct release *r)
{
    for (size_t i = 0; i < 2; i++) {
        (void)unlink(r->paths[i]);
        sl_buf_clear(&r->signatures[i].bytes);
    }
    char journal[64]; /* of a run that was made to fail */
    (void)snprintf(journal, sizeof journal, "%.50s/journal", r->dir);
    (void)unlink(journal);
    (void)rmdir(r->dir);
    sl_json_clear(&r->body);
    sl_json_clear(&r->document);
    sl_json_clear(&r->sealed.envelope);
    sl_buf_clear(&r->sealed.bundle);
    sl_buf_clear(&r->seen.statement.bytes);
    sl_buf_clear(&r->seen.receipt.bytes);
    sl_buf_clear(&r->seen_job.document.bytes);
    sl_json_clear(&r->seen_job.described);
    sl_json_clear(&r->seen_job.installed);
}

void release_set_document(struct release *r, const char *json)
{
    sl_json_clear(&r->document);
    r->document = json_of(json);
    r->job.document = r->document;
}

void release_set_body(struct release *r, const char *json)
{
    sl_json_clear(&r->body);
    r->body = json_of(json);
    r->job.body = r->body;
}
