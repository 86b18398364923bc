#include "sandbox/priv/checksum.h"

#include "core/text.h"
#include "core/crc.h"

#include <openssl/evp.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const struct kind {
    const char *name, *header, *element, *digest; /* digest: OpenSSL's name, NULL for a CRC */
    size_t bytes;
} kinds[SL_CHECKSUM_COUNT] = {
    [SL_CHECKSUM_CRC32] = { "CRC32", "x-amz-checksum-crc32", "ChecksumCRC32", NULL, 4 },
    [SL_CHECKSUM_CRC32C] = { "CRC32C", "x-amz-checksum-crc32c", "ChecksumCRC32C", NULL, 4 },
    [SL_CHECKSUM_CRC64NVME] = { "CRC64NVME", "x-amz-checksum-crc64nvme", "ChecksumCRC64NVME", NULL, 8 },
    [SL_CHECKSUM_SHA1] = { "SHA1", "x-amz-checksum-sha1", "ChecksumSHA1", "SHA1", 20 },
    [SL_CHECKSUM_SHA256] = { "SHA256", "x-amz-checksum-sha256", "ChecksumSHA256", "SHA256", 32 },
    [SL_CHECKSUM_MD5] = { "MD5", "content-md5", "ChecksumMD5", "MD5", 16 },
};

const char *sl_checksum_name(enum sl_checksum_kind kind)
{
    return kinds[kind].name;
}

const char *sl_checksum_header(enum sl_checksum_kind kind)
{
    return kinds[kind].header;
}

const char *sl_checksum_element(enum sl_checksum_kind kind)
{
    return kinds[kind].element;
}

size_t sl_checksum_bytes(enum sl_checksum_kind kind)
{
    return kinds[kind].bytes;
}

bool sl_checksum_by_name(const char *name, enum sl_checksum_kind *ret)
{
    for (unsigned i = 0; i < SL_CHECKSUM_MD5; i++)
        if (!strcmp(kinds[i].name, name)) {
            *ret = (enum sl_checksum_kind)i;
            return true;
        }
    return false;
}

bool sl_checksum_by_header(const char *header, enum sl_checksum_kind *ret)
{
    for (unsigned i = 0; i < SL_CHECKSUM_MD5; i++)
        if (!strcmp(kinds[i].header, header)) {
            *ret = (enum sl_checksum_kind)i;
            return true;
        }
    return false;
}

struct sl_span sl_checksums_get(const struct sl_checksums *c, enum sl_checksum_kind kind)
{
    assert(c->have & SL_CHECKSUM_BIT(kind));
    return (struct sl_span){ c->value[kind], kinds[kind].bytes };
}

void sl_checksum_base64(struct sl_span value, char ret[SL_CHECKSUM_BASE64_SIZE])
{
    assert(value.len <= SL_CHECKSUM_MAX_BYTES);
    (void)EVP_EncodeBlock((unsigned char *)ret, value.ptr, (int)value.len);
}

bool sl_checksum_parse(enum sl_checksum_kind kind, const char *text, uint8_t ret[SL_CHECKSUM_MAX_BYTES])
{
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = SL_BUF_MAX(256);
    struct sl_err ignored = { 0 };
    if (!sl_base64_get(sl_span_str(text), &bytes, &ignored) || bytes.len != kinds[kind].bytes)
        return false;
    memcpy(ret, bytes.ptr, bytes.len);
    return true;
}

struct sl_checksummer {
    unsigned want;
    EVP_MD_CTX *digest[SL_CHECKSUM_COUNT];
    struct sl_crc *crc[SL_CHECKSUM_COUNT];
};

static bool refused(const char *name, struct sl_err *err)
{
    return sl_fail(err, SL_E_CRYPTO, SL_LOC_NONE, "OpenSSL cannot compute %s", name);
}

static enum sl_crc_kind crc_of(enum sl_checksum_kind kind)
{
    return kind == SL_CHECKSUM_CRC32 ? SL_CRC32 : kind == SL_CHECKSUM_CRC32C ? SL_CRC32C : SL_CRC64NVME;
}

static bool begin(struct sl_checksummer *c, enum sl_checksum_kind kind, struct sl_err *err)
{
    if (!kinds[kind].digest) {
        c->crc[kind] = malloc(sizeof *c->crc[kind]);
        if (!c->crc[kind])
            return sl_fail_nomem(err);
        sl_crc_init(c->crc[kind], crc_of(kind));
        return true;
    }
    EVP_MD *md = EVP_MD_fetch(NULL, kinds[kind].digest, NULL);
    c->digest[kind] = EVP_MD_CTX_new();
    bool ok = md && c->digest[kind] && EVP_DigestInit_ex2(c->digest[kind], md, NULL) == 1;
    EVP_MD_free(md);
    return ok || refused(kinds[kind].name, err);
}

bool sl_checksummer_new(unsigned want, struct sl_checksummer **ret, struct sl_err *err)
{
    struct sl_checksummer *c = calloc(1, sizeof *c);
    if (!c) {
        (void)sl_fail_nomem(err);
        return false;
    }
    c->want = want;
    for (unsigned i = 0; i < SL_CHECKSUM_COUNT; i++)
        if ((want & SL_CHECKSUM_BIT(i)) && !begin(c, (enum sl_checksum_kind)i, err)) {
            sl_checksummer_free(c);
            return false;
        }
    *ret = c;
    return true;
}

void sl_checksummer_free(struct sl_checksummer *c)
{
    if (!c)
        return;
    for (unsigned i = 0; i < SL_CHECKSUM_COUNT; i++) {
        EVP_MD_CTX_free(c->digest[i]);
        free(c->crc[i]);
    }
    free(c);
}

void sl_checksummer_freep(struct sl_checksummer **c)
{
    sl_checksummer_free(*c);
    *c = NULL;
}

bool sl_checksummer_update(struct sl_checksummer *c, struct sl_span bytes, struct sl_err *err)
{
    if (bytes.len == 0)
        return true;
    for (unsigned i = 0; i < SL_CHECKSUM_COUNT; i++) {
        if (c->crc[i])
            sl_crc_update(c->crc[i], bytes);
        if (c->digest[i] && EVP_DigestUpdate(c->digest[i], bytes.ptr, bytes.len) != 1)
            return refused(kinds[i].name, err);
    }
    return true;
}

static void store_be(uint64_t v, uint8_t *to, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
}

static uint64_t load_be(const uint8_t *from, size_t n)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | from[i];
    return v;
}

bool sl_checksum_combine(enum sl_checksum_kind kind, uint8_t first[SL_CHECKSUM_MAX_BYTES], const uint8_t *second,
                         uint64_t second_bytes)
{
    size_t n = kinds[kind].bytes;
    if (kinds[kind].digest)
        return false;
    store_be(sl_crc_combine(crc_of(kind), load_be(first, n), load_be(second, n), second_bytes), first, n);
    return true;
}

bool sl_checksummer_final(struct sl_checksummer *c, struct sl_checksums *ret, struct sl_err *err)
{
    assert(c);
    struct sl_checksums made = { .have = c->want };
    for (unsigned i = 0; i < SL_CHECKSUM_COUNT; i++) {
        if (c->crc[i])
            store_be(sl_crc_value(c->crc[i]), made.value[i], kinds[i].bytes);
        if (c->digest[i] && EVP_DigestFinal_ex(c->digest[i], made.value[i], NULL) != 1)
            return refused(kinds[i].name, err);
    }
    *ret = made;
    return true;
}

bool sl_checksums_of(struct sl_span bytes, unsigned want, struct sl_checksums *ret, struct sl_err *err)
{
    SL_AUTO(sl_checksummer_freep) struct sl_checksummer *c = NULL;
    return sl_checksummer_new(want, &c, err) && sl_checksummer_update(c, bytes, err)
           && sl_checksummer_final(c, ret, err);
}
