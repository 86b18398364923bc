/* What a device does before it installs: check_release STATEMENT PUBLIC.pem ARTIFACT FILE */
#include <sealift.h>

#include <stdio.h>

static int fail(const char *doing, const struct sealift_error *err)
{
    fprintf(stderr, "%s: %s\n", doing, err->message);
    return err->code == SEALIFT_NOT_VERIFIED ? 4 : 1;
}

int main(int argc, char **argv)
{
    static uint8_t text[1 << 20];
    struct sealift_error err = { SEALIFT_OK, "" };
    struct sealift_public *key = NULL;
    struct sealift_release *release = NULL;
    FILE *in = argc == 5 ? fopen(argv[1], "rb") : NULL;
    if (!in) {
        fprintf(stderr, "usage: check_release STATEMENT PUBLIC.pem ARTIFACT FILE\n");
        return 2;
    }
    size_t size = fread(text, 1, sizeof text, in);
    fclose(in);
    if (!sealift_public_load(argv[2], &key, &err))
        return fail("loading the public key", &err);
    const struct sealift_public *const keys[] = { key };
    if (!sealift_release_verify(text, size, keys, 1, 1, &release, &err))
        return fail("verifying the statement", &err);
    if (!sealift_release_check_file(release, argv[3], argv[4], &err))
        return fail("checking the file", &err);
    printf("%s is %s of %s %s\n", argv[4], argv[3], sealift_release_name(release), sealift_release_version(release));
    sealift_release_free(release);
    sealift_public_free(key);
    return 0;
}
