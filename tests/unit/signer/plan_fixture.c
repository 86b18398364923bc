#include "tests/unit/signer/plan_fixture.h"

#include <stdio.h>
#include <string.h>

static void make_key(struct plan_fixture *f, size_t i, const char *name, enum sl_key_type type)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_privkey_clear) struct sl_privkey key = { 0 };
    (void)snprintf(f->paths[i], sizeof f->paths[i], "%s/%s.pem", f->scratch.dir, name);
    (void)snprintf(f->uris[i], sizeof f->uris[i], "file:%s.pem", name);
    assert_ok(sl_privkey_generate(type, 2048, &key, &err), &err);
    assert_ok(sl_privkey_write(&key, f->paths[i], NULL, &err), &err);
    f->keys[i] = (struct sl_plan_key){ name, f->uris[i], f->paths[i], { "sealift.yaml", 20 + (unsigned)i, 3 } };
}

static void make_artifact(struct plan_fixture *f, size_t i, const char *name, const struct sl_plan_key *key,
                          enum sl_algorithm algorithm)
{
    struct sl_err err = { 0 };
    struct sl_plan_artifact *a = &f->artifacts[i];
    (void)snprintf(f->artifact_paths[i], sizeof f->artifact_paths[i], "%s/%s.bin", f->scratch.dir, name);
    char file[32];
    (void)snprintf(file, sizeof file, "%s.bin", name);
    scratch_write(&f->scratch, file, 0644, sl_span_str(name));
    *a = (struct sl_plan_artifact){ .name = name,
                                    .path = f->artifact_paths[i],
                                    .size_bytes = strlen(name),
                                    .key = key,
                                    .algorithm = algorithm,
                                    .loc = { "sealift.yaml", 7 + (unsigned)i, 3 } };
    assert_ok(sl_digest_bytes(sl_span_str(name),
                              SL_HASH_BIT(SL_SHA256) | SL_HASH_BIT(SL_SHA384) | SL_HASH_BIT(SL_SHA512), &a->digests,
                              &err),
              &err);
}

void plan_fixture_init(struct plan_fixture *f, enum sl_algorithm radio)
{
    static const char *const hardware[] = { "rev-b", "rev-c" };
    *f = (struct plan_fixture){ 0 };
    scratch_init(&f->scratch);
    make_key(f, 0, "p256", SL_KEY_EC_P256);
    make_key(f, 1, "rsa", SL_KEY_RSA);
    make_key(f, 2, "ed", SL_KEY_ED25519);
    make_key(f, 3, "p384", SL_KEY_EC_P384);
    make_artifact(f, 0, "app", &f->keys[0], SL_ALG_ECDSA_P256_SHA256);
    make_artifact(f, 1, "radio", &f->keys[2], radio);
    f->statement_keys[0] = &f->keys[0];
    f->statement_keys[1] = &f->keys[1];
    f->statement_algorithms[0] = SL_ALG_ECDSA_P256_SHA256;
    f->statement_algorithms[1] = SL_ALG_RSA_PSS_SHA256;
    f->plan = (struct sl_plan){ .release_name = "thermostat",
                                .release_version = "2.4.1",
                                .hardware = hardware,
                                .n_hardware = 2,
                                .artifacts = f->artifacts,
                                .n_artifacts = 2,
                                .statement_keys = f->statement_keys,
                                .n_statement_keys = 2,
                                .statement_threshold = 2,
                                .statement_algorithms = f->statement_algorithms };
    memset(f->plan.digest, 'd', sizeof f->plan.digest - 1);
}

void plan_fixture_clear(struct plan_fixture *f)
{
    scratch_clear(&f->scratch);
}
