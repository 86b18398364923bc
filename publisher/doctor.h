/* What a release needs of AWS, asked service by service. Reads only.
 *
 * Each function adds its answers to a checkup and returns false only when the checkup cannot go on. What publish would
 * refuse is SL_FAILS; what it would not look at, or may not read, is SL_UNDECIDED. */
#ifndef SL_PUBLISHER_DOCTOR_H
#define SL_PUBLISHER_DOCTOR_H

#include "manifests/plan.h"
#include "publisher/checkup.h"
#include "publisher/wire.h"

/* Whose credentials these are, whether they are accepted, the account guard (account "" for none), and this machine's
 * clock against the service's. */
bool sl_doctor_caller(struct sl_wire *wire, const char *region, const char *account, struct sl_loc account_loc,
                      struct sl_checkup *ret, struct sl_err *err) SL_MUST_USE;

/* The bucket: exists where the manifest says, keeps versions; how it encrypts, and whether the public is kept out. */
bool sl_doctor_bucket(struct sl_wire *wire, const struct sl_plan_bucket *bucket, struct sl_checkup *ret,
                      struct sl_err *err) SL_MUST_USE;

/* AWS IoT: the endpoint devices connect to, every target of every job, and the quotas a release comes near to. */
bool sl_doctor_iot(struct sl_wire *wire, const struct sl_plan *plan, struct sl_checkup *ret,
                   struct sl_err *err) SL_MUST_USE;

/* The account the credentials belong to, its 12 digits. */
bool sl_doctor_account(struct sl_wire *wire, const char *region, char ret[13], struct sl_err *err) SL_MUST_USE;

#endif
