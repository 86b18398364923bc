/* Digests of files and bytes, SHA-2 and what minisign signs: every digest anyone needs of a file, in one pass over it. */
#ifndef SL_CORE_DIGEST_H
#define SL_CORE_DIGEST_H

#include "core/err.h"
#include "core/progress.h"
#include "core/span.h"

enum sl_hash { SL_SHA256 = 0, SL_SHA384, SL_SHA512, SL_BLAKE2B, SL_HASH_COUNT }; /* BLAKE2b-512, RFC 7693 */

#define SL_SHA256_BYTES   32u
#define SL_HASH_MAX_BYTES 64u

#define SL_HASH_BIT(hash) (1u << (unsigned)(hash))

struct sl_digests {
    unsigned have; /* SL_HASH_BIT of each value present */
    uint8_t value[SL_HASH_COUNT][SL_HASH_MAX_BYTES];
};

/* Bytes in a digest: 32, 48, 64, 64. */
size_t sl_hash_bytes(enum sl_hash hash);

/* "sha256", "sha384", "sha512", "blake2b". */
const char *sl_hash_name(enum sl_hash hash);

/* One digest as a span; asserts that it is there. */
struct sl_span sl_digests_get(const struct sl_digests *d, enum sl_hash hash);

/* Incremental, for streams that come in pieces. Created by _new with the set wanted; _final may be called once. */
struct sl_hasher;
struct sl_hasher *sl_hasher_new(unsigned want, struct sl_err *err) SL_MUST_USE;
void sl_hasher_free(struct sl_hasher *h);
void sl_hasher_freep(struct sl_hasher **h); /* for SL_AUTO */
bool sl_hasher_update(struct sl_hasher *h, struct sl_span bytes, struct sl_err *err) SL_MUST_USE;
bool sl_hasher_final(struct sl_hasher *h, struct sl_digests *ret, struct sl_err *err) SL_MUST_USE;

/* Digest bytes in memory. */
bool sl_digest_bytes(struct sl_span bytes, unsigned want, struct sl_digests *ret, struct sl_err *err) SL_MUST_USE;
bool sl_sha256(struct sl_span bytes, uint8_t ret[SL_SHA256_BYTES], struct sl_err *err) SL_MUST_USE;

/* SHA-1, where others chose it as a name for something; it protects nothing. */
#define SL_SHA1_BYTES 20u
bool sl_sha1(struct sl_span bytes, uint8_t ret[SL_SHA1_BYTES], struct sl_err *err) SL_MUST_USE;

/* HMAC-SHA-256 (RFC 2104), as SigV4 and RFC 6979 use it. */
bool sl_hmac_sha256(struct sl_span key, struct sl_span bytes, uint8_t ret[SL_SHA256_BYTES],
                    struct sl_err *err) SL_MUST_USE;

/* Digest an open regular file from its beginning, in one pass with constant memory. progress may be NULL. SL_E_IO;
 * SL_E_CHANGED when the file grew or shrank meanwhile. */
bool sl_digest_fd(int fd, const char *name, unsigned want, struct sl_progress *progress, uint64_t *ret_size_bytes,
                  struct sl_digests *ret, struct sl_err *err) SL_MUST_USE;

/* The same with the SHA-256 of each part of the file, from the same bytes in the same pass. sha256 has room for n times 32
 * bytes, n being what the file's size comes to; bytes 0: no parts. */
struct sl_digest_parts {
    uint64_t bytes;
    uint8_t *sha256;
    size_t n;
};
bool sl_digest_parts(int fd, const char *name, unsigned want, const struct sl_digest_parts *parts,
                     struct sl_progress *progress, uint64_t *ret_size_bytes, struct sl_digests *ret,
                     struct sl_err *err) SL_MUST_USE;

/* MD5 of a range of an open file, in lower-case hex: what S3 calls the ETag of a part. For stores that name nothing
 * better, and never as a proof of what they hold. *ret_have is false when this OpenSSL has no MD5. */
bool sl_md5_range(int fd, const char *name, uint64_t from_bytes, uint64_t size_bytes, char ret_hex[33], bool *ret_have,
                  struct sl_err *err) SL_MUST_USE;

#endif
