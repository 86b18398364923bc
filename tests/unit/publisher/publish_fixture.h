/* A release and a scripted AWS together, for the stages that write. */
#ifndef SL_TESTS_PUBLISH_FIXTURE_H
#define SL_TESTS_PUBLISH_FIXTURE_H

#include "tests/unit/publisher/aws_world.h"

#define END                                                                                                            \
    {                                                                                                                  \
        .method = NULL                                                                                                 \
    }

struct publishing {
    struct release release;
    struct fake_aws *aws;
    struct sl_wire *wire;
    struct sl_err err;
    struct sl_arena arena;
};

void publishing_init(struct publishing *p);
void publishing_start(struct publishing *p, const struct fake_rule *rules);
void publishing_clear(struct publishing *p);

/* The reply headers of an object: its version (NULL: none) and, when checksum is set, the SHA-256 of bytes. */
const char *stored_headers(struct publishing *p, const char *version, const char *bytes, bool checksum);

/* Code and message of a failed stage. */
void assert_failed(const struct publishing *p, bool ok, enum sl_code code, const char *message);

#endif
