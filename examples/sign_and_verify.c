/* Sign a file with libsealift, and verify it: sign_and_verify KEY.pem PUBLIC.pem FILE */
#include <sealift.h>

#include <stdio.h>

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: sign_and_verify KEY.pem PUBLIC.pem FILE\n");
        return 2;
    }
    char uri[4096];
    const char *file = argv[3];
    struct sealift_error err = { SEALIFT_OK, "" };
    struct sealift_key *key = NULL;
    struct sealift_public *public_key = NULL;
    struct sealift_bytes signature = { NULL, 0 };
    snprintf(uri, sizeof uri, "file:%s", argv[1]);

    /* The first that fails says why, and the others are not tried. */
    bool ok = sealift_key_open(uri, NULL, &key, &err) && sealift_key_sign_file(key, NULL, file, &signature, &err)
              && sealift_public_load(argv[2], &public_key, &err)
              && sealift_public_verify_file(public_key, NULL, file, signature.data, signature.size, &err);
    if (ok)
        printf("%s: signed, %zu bytes, and verified by key %s\n", file, signature.size,
               sealift_public_keyid(public_key));
    else
        fprintf(stderr, "%s\n", err.message);

    sealift_public_free(public_key);
    sealift_bytes_clear(&signature);
    sealift_key_close(key);
    return ok ? 0 : err.code == SEALIFT_NOT_VERIFIED ? 4 : 1;
}
