/* The download role: what its trust and permission policies say about the jobs of a plan, before anything is written.
 *
 * A role that would not work shows up only on devices, as a download that is refused; so its policies are read and
 * evaluated here. Judging is pure: policies and questions in, findings out. Sources: IoT developer guide, "Create and
 * manage jobs" (presigned URLs) and "Cross-service confused deputy prevention". */
#ifndef SL_PUBLISHER_ROLE_H
#define SL_PUBLISHER_ROLE_H

#include "publisher/finding.h"

/* A policy as IAM gave it: JSON text. */
struct sl_role_policy {
    const char *name, *text;
    bool boundary; /* the permissions boundary: it must allow as well */
};
struct sl_role {
    const char *arn, *name;
    const char *trust; /* JSON text */
    const struct sl_role_policy *policies;
    size_t n_policies;
};

/* The KMS key that objects are encrypted with. */
struct sl_role_key {
    const char *arn;
    const char *alias;  /* "alias/fw" where it was named so, "" otherwise */
    const char *policy; /* JSON text; NULL: could not be read */
    const char *state;  /* "Enabled", or another that KMS gave; "" when it is not known */
};

/* What one job asks of the role. */
struct sl_role_use {
    const char *job_arn; /* what AWS IoT names as aws:SourceArn */
    const char *account; /* aws:SourceAccount */
    const char *region;
    const char *bucket_region;
    bool pinned;                  /* s3:GetObjectVersion, otherwise s3:GetObject */
    const char *const *resources; /* ARN of each object a device will download */
    size_t n_resources;
    const char *document;          /* ARN of the document AWS IoT is given a link to; NULL: it is given the text */
    const char *remedy_resource;   /* what a statement that is to be added should name */
    const char *bucket_policy;     /* JSON text; NULL: there is none, or it could not be read */
    const struct sl_role_key *key; /* NULL: no key of the customer's */
};

/* Judge one role for one job, adding to findings. The checks are "place", "trust", "download", "decrypt". */
bool sl_role_judge(const struct sl_role *role, const struct sl_role_use *use, struct sl_findings *findings,
                   struct sl_err *err) SL_MUST_USE;

#endif
