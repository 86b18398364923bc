/* What S3 computes over the bytes of an object: SHA-256 for the signature, MD5 for the ETag, and the checksums a client
 * may ask for. Values travel as base64 of the big-endian digest. */
#ifndef SL_SANDBOX_PRIV_CHECKSUM_H
#define SL_SANDBOX_PRIV_CHECKSUM_H

#include "core/err.h"
#include "core/span.h"

enum sl_checksum_kind {
    SL_CHECKSUM_CRC32,
    SL_CHECKSUM_CRC32C,
    SL_CHECKSUM_CRC64NVME,
    SL_CHECKSUM_SHA1,
    SL_CHECKSUM_SHA256,
    SL_CHECKSUM_MD5, /* not a checksum of S3's own: Content-MD5 and ETag */
    SL_CHECKSUM_COUNT
};
#define SL_CHECKSUM_BIT(kind)   (1u << (unsigned)(kind))
#define SL_CHECKSUM_MAX_BYTES   32u
#define SL_CHECKSUM_BASE64_SIZE 48 /* the longest, 44 characters, and a NUL */

/* "CRC64NVME" as in XML and x-amz-checksum-algorithm; "x-amz-checksum-crc64nvme"; "ChecksumCRC64NVME". */
const char *sl_checksum_name(enum sl_checksum_kind kind);
const char *sl_checksum_header(enum sl_checksum_kind kind);
const char *sl_checksum_element(enum sl_checksum_kind kind);
size_t sl_checksum_bytes(enum sl_checksum_kind kind);

/* By name or header; false for one that is not known here. MD5 is not found. */
bool sl_checksum_by_name(const char *name, enum sl_checksum_kind *ret) SL_MUST_USE;
bool sl_checksum_by_header(const char *header, enum sl_checksum_kind *ret) SL_MUST_USE;

/* Values of the kinds in have. */
struct sl_checksums {
    unsigned have;
    uint8_t value[SL_CHECKSUM_COUNT][SL_CHECKSUM_MAX_BYTES];
};
struct sl_span sl_checksums_get(const struct sl_checksums *c,
                                enum sl_checksum_kind kind); /* asserts that it is there */
void sl_checksum_base64(struct sl_span value, char ret[SL_CHECKSUM_BASE64_SIZE]);

/* Base64 of a digest of the right length; false for anything else. */
bool sl_checksum_parse(enum sl_checksum_kind kind, const char *text, uint8_t ret[SL_CHECKSUM_MAX_BYTES]) SL_MUST_USE;

/* Incremental, of the kinds in want. _final may be called once. */
struct sl_checksummer;
bool sl_checksummer_new(unsigned want, struct sl_checksummer **ret, struct sl_err *err) SL_MUST_USE;
void sl_checksummer_free(struct sl_checksummer *c);
void sl_checksummer_freep(struct sl_checksummer **c);
bool sl_checksummer_update(struct sl_checksummer *c, struct sl_span bytes, struct sl_err *err) SL_MUST_USE;
bool sl_checksummer_final(struct sl_checksummer *c, struct sl_checksums *ret, struct sl_err *err) SL_MUST_USE;

/* The value of two pieces one after the other, put in the place of the first's; false for a digest, which has none. */
bool sl_checksum_combine(enum sl_checksum_kind kind, uint8_t first[SL_CHECKSUM_MAX_BYTES], const uint8_t *second,
                         uint64_t second_bytes) SL_MUST_USE;

/* Of bytes in memory. */
bool sl_checksums_of(struct sl_span bytes, unsigned want, struct sl_checksums *ret, struct sl_err *err) SL_MUST_USE;

#endif
