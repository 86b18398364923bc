/* Sign a file with libsealift, and verify it: sign_and_verify KEY.pem PUBLIC.pem FILE */
#include <sealift.h>

#include <stdio.h>

static int fail(const char *doing, const struct sealift_error *err)
{
    fprintf(stderr, "%s: %s\n", doing, err->message);
    return err->code == SEALIFT_NOT_VERIFIED ? 4 : 1;
}

int main(int argc, char **argv)
{
    struct sealift_error err = { SEALIFT_OK, "" };
    struct sealift_key *key = NULL;
    struct sealift_public *public_key = NULL;
    struct sealift_bytes signature = { NULL, 0 };
    char uri[4096];
    if (argc != 4) {
        fprintf(stderr, "usage: sign_and_verify KEY.pem PUBLIC.pem FILE\n");
        return 2;
    }
    snprintf(uri, sizeof uri, "file:%s", argv[1]);
    if (!sealift_key_open(uri, NULL, &key, &err))
        return fail("opening the key", &err);
    if (!sealift_key_sign_file(key, NULL, argv[3], &signature, &err))
        return fail("signing", &err);
    sealift_key_close(key);

    if (!sealift_public_load(argv[2], &public_key, &err))
        return fail("loading the public key", &err);
    if (!sealift_public_verify_file(public_key, NULL, argv[3], signature.data, signature.size, &err))
        return fail("verifying", &err);
    printf("%s: signed, %zu bytes, and verified by key %s\n", argv[3], signature.size,
           sealift_public_keyid(public_key));
    sealift_bytes_clear(&signature);
    sealift_public_free(public_key);
    return 0;
}
