/* SLIP-0039: a secret of 16 to 32 bytes as shares, of which some number brings it back and fewer tell nothing; each share is
 * a line of words from a fixed list, with a checksum that finds up to three wrong ones.
 *
 * A set of shares has one level of groups above it; what is split here has one group, what is combined may have several.
 * A passphrase may stand in front of the secret (there is no wrong one: another passphrase gives another secret).
 * https://github.com/satoshilabs/slips/blob/master/slip-0039.md */
#ifndef SL_KEYS_SLIP39_H
#define SL_KEYS_SLIP39_H

#include "core/secret.h"

#define SL_SLIP39_LEAST_BYTES 16u
#define SL_SLIP39_MOST_BYTES  32u
#define SL_SLIP39_LEAST_WORDS 20u
#define SL_SLIP39_MOST_WORDS  33u
#define SL_SLIP39_MOST_SHARES 16u /* of a group, and groups of a set */

/* One share. name is what messages call it: a file, a line; borrowed, and set by whoever read the share. */
struct sl_slip39_share {
    const char *name;
    uint16_t identifier; /* 15 bits, random, the same in a whole set */
    bool extendable;     /* the identifier is no part of the cipher's salt */
    unsigned iteration_exponent;
    unsigned group_index, group_threshold, group_count;
    unsigned index, threshold; /* within its group; index counts from 0 */
    struct sl_secret value;
};

void sl_slip39_share_clear(struct sl_slip39_share *s);

/* Read words with white space between, of either case. A number may stand before a word when it is the word's own, counted
 * from 1. SL_E_INPUT names the number of the word that is wrong, and never what was given for it. */
bool sl_slip39_share_read(struct sl_span text, struct sl_slip39_share *ret, struct sl_err *err) SL_MUST_USE;

/* The words of a share, one space between. */
bool sl_slip39_share_write(const struct sl_slip39_share *s, struct sl_secret *ret, struct sl_err *err) SL_MUST_USE;

struct sl_slip39_options {
    unsigned threshold, count; /* threshold of count; a threshold of 1 is for 1 share only */
    unsigned iteration_exponent;
    bool extendable;
};

/* Split a secret of an even number of bytes. passphrase: printable ASCII, may be empty. ret has room for options->count
 * shares, all zeroed; on failure they are cleared. */
bool sl_slip39_split(struct sl_span secret, struct sl_span passphrase, const struct sl_slip39_options *options,
                     struct sl_slip39_share *ret, struct sl_err *err) SL_MUST_USE;

/* Bring the secret back. More shares than needed are fine when they belong to the set. SL_E_INPUT for shares of different
 * sets, a share given twice, too few; SL_E_VERIFY when the digest within the shares does not match. */
bool sl_slip39_combine(const struct sl_slip39_share *share, size_t n, struct sl_span passphrase, struct sl_secret *ret,
                       struct sl_err *err) SL_MUST_USE;

#endif
