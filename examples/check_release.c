/* What a device does before it installs: check_release STATEMENT PUBLIC.pem ARTIFACT FILE */
#include <sealift.h>

#include <stdio.h>

int main(int argc, char **argv)
{
    static uint8_t text[1 << 20];
    FILE *in = argc == 5 ? fopen(argv[1], "rb") : NULL;
    if (!in) {
        fprintf(stderr, "usage: check_release STATEMENT PUBLIC.pem ARTIFACT FILE\n");
        return 2;
    }
    const size_t size = fread(text, 1, sizeof text, in);
    fclose(in);

    const char *artifact = argv[3], *file = argv[4];
    struct sealift_error err = { SEALIFT_OK, "" };
    struct sealift_public *key = NULL;
    struct sealift_release *release = NULL;
    bool ok = sealift_public_load(argv[2], &key, &err);
    const struct sealift_public *const keys[] = { key };
    /* Nothing of the statement is looked at before its signature is good. */
    ok = ok && sealift_release_verify(text, size, keys, 1, 1, &release, &err)
         && sealift_release_check_file(release, artifact, file, &err);
    if (ok)
        printf("%s is %s of %s %s\n", file, artifact, sealift_release_name(release), sealift_release_version(release));
    else
        fprintf(stderr, "%s\n", err.message);

    sealift_release_free(release);
    sealift_public_free(key);
    return ok ? 0 : err.code == SEALIFT_NOT_VERIFIED ? 4 : 1;
}
