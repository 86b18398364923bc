/* Signature formats, by name: what a signature is put into for programs that do not read it raw. Which bytes each of them
 * signs, and how it is written, only signer/ knows (signer/format.h). */
#ifndef SL_CORE_FORMAT_H
#define SL_CORE_FORMAT_H

#include "core/algorithm.h"

enum sl_format { SL_FORMAT_RAW = 0, SL_FORMAT_CMS, SL_FORMAT_MINISIGN, SL_FORMAT_SIGNIFY, SL_FORMAT_COUNT };

#define SL_FORMAT_BIT(format) (1u << (unsigned)(format))

/* "raw", "cms", "minisign", "signify"; SL_FORMAT_COUNT when there is none of that name. */
const char *sl_format_name(enum sl_format format);
enum sl_format sl_format_from_name(const char *name);

/* Can a key that signs with this algorithm make the format? minisign signs a digest of its own purely, whichever form of
 * Ed25519 the file is signed with; signify holds the pure signature of the file. */
bool sl_format_carries(enum sl_format format, enum sl_algorithm alg);

/* The algorithms of a format, for people: "RSA and ECDSA", "Ed25519". */
const char *sl_format_algorithms(enum sl_format format);

#endif
