/* A server that answers like AWS, from a table of rules: which request gets which reply.
 *
 * It runs in a thread on a free port of 127.0.0.1. The first rule that fits a request and is not used up answers it; a
 * request that fits none gets 599, which no client takes for success. What arrived can be looked at after _stop. */
#ifndef SL_TESTS_FAKE_AWS_H
#define SL_TESTS_FAKE_AWS_H

#include "publisher/wire.h"

struct fake_rule {
    const char *method;
    const char *target;  /* the request target begins with this, as on the wire */
    const char *has;     /* the target or the body holds this; NULL: whatever */
    const char *lacks;   /* the target does not hold this; NULL: whatever */
    int status;          /* 0: close the connection without a reply, after reading the request */
    const char *headers; /* lines ending in "\r\n", or NULL */
    const char *body;    /* or NULL */
    unsigned times;      /* how often it may be used; 0: always */
    bool confirms;       /* give the request's x-amz-checksum-sha256 back, as S3 does */
};

struct fake_aws;

/* Rules end with one whose method is NULL; several tables are looked through in order, more may be NULL. */
struct fake_aws *fake_aws_start(const struct fake_rule *rules, const struct fake_rule *more);
const char *fake_aws_url(const struct fake_aws *f);

/* Wait for the thread to end; what was seen stays until _free. */
void fake_aws_stop(struct fake_aws *f);

/* How many requests arrived with this method (NULL: any) and whose target begins with target (NULL: any). */
unsigned fake_aws_count(struct fake_aws *f, const char *method, const char *target);

/* Head and body of the i-th of those, "" when there are fewer. */
const char *fake_aws_head(struct fake_aws *f, const char *method, const char *target, unsigned i);
const char *fake_aws_body(struct fake_aws *f, const char *method, const char *target, unsigned i);
void fake_aws_freep(struct fake_aws **f);

/* A wire that sends everything there, with AWS's example keys. */
struct sl_wire *fake_aws_wire(const struct fake_aws *f);

#endif
