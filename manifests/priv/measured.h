/* A manifest whose files have been read: sizes, digests, algorithms, document bodies. */
#ifndef SL_MANIFESTS_PRIV_MEASURED_H
#define SL_MANIFESTS_PRIV_MEASURED_H

#include "manifests/priv/asked.h"

struct sl_measured_artifact {
    const char *path; /* to open from the present directory */
    enum sl_algorithm algorithm;
    uint64_t size_bytes;
    struct sl_digests digests;
    uint64_t part_bytes; /* of a file that is sent in parts, 0 otherwise */
    size_t n_parts;
    uint8_t *part_sha256; /* n_parts times 32 bytes; owned by the first artifact of the same file */
    bool owns_parts;
};

struct sl_measured {
    struct sl_arena arena;
    const struct sl_manifest *from;
    struct sl_measured_artifact *artifacts; /* one for each of the manifest */
    struct sl_body *bodies;                 /* one for each job; each holds a reference to its value */
    json_t **schemas;                       /* one for each job: what its document must fit, or NULL; NULL in a draft */
    const struct sl_plan_key **statement_keys;
    enum sl_algorithm *statement_algorithms; /* one for each of those */
    size_t n_statement_keys;
    struct sl_plan_key *keys;    /* the manifest's, with their certificates */
    struct sl_buf *certificates; /* bytes of those, two for each key */
    struct sl_buf *sboms;        /* archives, one for each of the manifest's packages; NULL in a draft */
    struct sl_buf trust;         /* the bytes of the trust file, none when the manifest names none */
};

#endif
