/* Profiles of AWS Signer, as a key service: "awssigner:PROFILE".
 *
 * Signer signs no digest. It reads a version of an object in the bucket and writes a JSON object with the signature beside
 * it; so what it is to sign is stored before it is signed (sl_upload_stage), and the service is told where by a shelf.
 * The platform is the one for AWS IoT Device Management: ECDSA P-256 over SHA-256 of the object. Signer gives out no
 * public key; the key's certificate does, from a file. Source: AWS Signer API reference, StartSigningJob,
 * DescribeSigningJob and GetSigningProfile. */
#ifndef SL_PUBLISHER_CODESIGN_H
#define SL_PUBLISHER_CODESIGN_H

#include "publisher/observe.h"
#include "publisher/reach.h"
#include "signer/keyservice.h"

/* Where the artifacts of a release stand by now; seen NULL: nowhere yet. */
struct sl_codesign_shelf {
    const struct sl_seen *seen;
};

struct sl_codesign_options {
    struct sl_reach reach;
    const char *region;                    /* of the profiles and the bucket; copied */
    const struct sl_codesign_shelf *shelf; /* borrowed; NULL: nothing can be signed */
    bool rehearsal;                        /* the sandbox's own key stands in for the profile's, and it says which */
};
bool sl_codesign_new(const struct sl_codesign_options *options, struct sl_keyservice **ret,
                     struct sl_err *err) SL_MUST_USE;

#endif
