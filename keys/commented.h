/* Base64 under an untrusted comment: the files of signify and minisign.
 *
 *   untrusted comment: anything, not protected by any signature
 *   <base64 of: two letters that name the algorithm, eight bytes that number the key, then a key or a signature>
 *
 * The two programs have one format of public keys: "Ed", the key's number, 32 bytes of Ed25519. The number is drawn at
 * random when they make a key. A key that came from elsewhere has none; its number is the first eight bytes of its keyid.
 * (signify.c of OpenBSD; https://jedisct1.github.io/minisign/) */
#ifndef SL_KEYS_COMMENTED_H
#define SL_KEYS_COMMENTED_H

#include "keys/pubkey.h"

#define SL_COMMENTED_UNTRUSTED "untrusted comment: "

/* Does text begin as such a file? */
bool sl_commented_is(struct sl_span text);

/* Take two lines from the front of *text: label with a comment, and base64 of exactly len bytes, ended by a newline or by
 * the text. *ret_comment is borrowed from text and may be NULL. SL_E_INPUT otherwise; *text is where it was then. */
bool sl_commented_take(struct sl_span *text, const char *label, struct sl_span *ret_comment, uint8_t *ret, size_t len,
                       struct sl_err *err) SL_MUST_USE;

/* Append two such lines; comment holds no newline. */
bool sl_commented_add(struct sl_buf *b, const char *label, const char *comment, struct sl_span bytes,
                      struct sl_err *err) SL_MUST_USE;

/* The number of a key: the one its file gave it, else the first bytes of its keyid. */
void sl_commented_number(const struct sl_pubkey *key, uint8_t ret[SL_KEY_NUMBER_BYTES]);

/* A number as minisign writes it: 16 upper-case digits, last byte first. */
void sl_commented_number_text(const uint8_t number[SL_KEY_NUMBER_BYTES], char ret[2 * SL_KEY_NUMBER_BYTES + 1]);

/* A public key file, read and written. Only Ed25519 keys have one: SL_E_INPUT for others. program: "minisign", "signify". */
bool sl_commented_key(struct sl_span text, struct sl_pubkey *ret, struct sl_err *err) SL_MUST_USE;
bool sl_commented_key_add(struct sl_buf *b, const struct sl_pubkey *key, const char *program,
                          struct sl_err *err) SL_MUST_USE;

#endif
