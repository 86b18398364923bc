/* Replies of an AWS account in which a release can go through and nothing of it exists yet; tests put their own rules
 * before these. */
#ifndef SL_TESTS_AWS_WORLD_H
#define SL_TESTS_AWS_WORLD_H

#include "tests/unit/publisher/fake_aws.h"
#include "tests/unit/publisher/release_fixture.h"

#define NO_SUCH       "x-amzn-errortype: ResourceNotFoundException\r\nContent-Type: application/json\r\n"
#define REFUSED(code) "<Error><Code>" code "</Code><Message>no</Message></Error>"
#define IAM_REFUSED(code)                                                                                              \
    "<ErrorResponse><Error><Type>Sender</Type><Code>" code "</Code><Message>no</Message></Error></ErrorResponse>"
#define LIST(entries)                                                                                                  \
    "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IsTruncated>false</IsTruncated>" entries     \
    "</ListBucketResult>"
#define KEY(key) "<Contents><Key>" key "</Key></Contents>"
#define VERSIONING(inside)                                                                                             \
    "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" inside "</VersioningConfiguration>"
#define IAM(action, inside) "<" action "Response><" action "Result>" inside "</" action "Result></" action "Response>"
#define TRUST_POLICY                                                                                                   \
    "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A"    \
    "%7B%22Service%22%3A%22iot.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%2C%22Condition%22%3A%7B"    \
    "%22StringEquals%22%3A%7B%22aws%3ASourceAccount%22%3A%22123456789012%22%7D%7D%7D%5D%7D"
#define GET_POLICY(action)                                                                                             \
    "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%"      \
    "22" action "%22%2C%22Resource%22%3A%22arn%3Aaws%3As3%3A%3A%3Aacme-firmware%2F%2A%22%7D%5D%7D"

/* The role, readable and right. */
extern const struct fake_rule good_world[];

#endif
