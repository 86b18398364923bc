#include "tests/unit/signer/plan_fixture.h"

static void make_key(struct plan_fixture *f, size_t i, const char *name, const char *path, const char *uri,
                     enum sl_key_type type)
{
    make_key_file(path, type);
    f->keys[i] = (struct sl_plan_key){
        .name = name, .uri = uri, .path = path, .loc = { "sealift.yaml", 20 + (unsigned)i, 3 }
    };
}

static void make_artifact(struct plan_fixture *f, size_t i, const char *name, const char *path,
                          const struct sl_plan_key *key, enum sl_algorithm algorithm)
{
    struct sl_err err = { 0 };
    struct sl_plan_artifact *a = &f->artifacts[i];
    unit_file_put(path, name);
    *a = (struct sl_plan_artifact){ .name = name,
                                    .path = path,
                                    .size_bytes = strlen(name),
                                    .key = key,
                                    .algorithm = algorithm,
                                    .loc = { "sealift.yaml", 7 + (unsigned)i, 3 } };
    unsigned all = SL_HASH_BIT(SL_SHA256) | SL_HASH_BIT(SL_SHA384) | SL_HASH_BIT(SL_SHA512) | SL_HASH_BIT(SL_BLAKE2B);
    assert_ok(err, sl_digest_bytes(sl_span_str(name), all, &a->digests, &err));
}

void plan_fixture_init(struct plan_fixture *f, enum sl_algorithm radio)
{
    static const char *const hardware[] = { "rev-b", "rev-c" };
    *f = (struct plan_fixture){ 0 };
    make_key(f, 0, "p256", "p256.pem", "file:p256.pem", SL_KEY_EC_P256);
    make_key(f, 1, "rsa", "rsa.pem", "file:rsa.pem", SL_KEY_RSA);
    make_key(f, 2, "ed", "ed.pem", "file:ed.pem", SL_KEY_ED25519);
    make_key(f, 3, "p384", "p384.pem", "file:p384.pem", SL_KEY_EC_P384);
    make_artifact(f, 0, "app", "app.bin", &f->keys[0], SL_ALG_ECDSA_P256_SHA256);
    make_artifact(f, 1, "radio", "radio.bin", &f->keys[2], radio);
    f->statement_keys[0] = &f->keys[0];
    f->statement_keys[1] = &f->keys[1];
    f->statement_algorithms[0] = SL_ALG_ECDSA_P256_SHA256;
    f->statement_algorithms[1] = SL_ALG_RSA_PSS_SHA256;
    f->plan = (struct sl_plan){ .release_name = "thermostat",
                                .release_version = "2.4.1",
                                .rollback_from = "",
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
