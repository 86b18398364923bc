/* What a job document says of its files, whatever its dialect: jobs-agent, device-client or afr-ota. */
#ifndef SL_DEVICES_PRIV_STATED_H
#define SL_DEVICES_PRIV_STATED_H

#include "core/digest.h"
#include "core/json.h"
#include "devices/priv/verdict.h"

enum sl_stated_dialect { SL_STATED_JOBS_AGENT, SL_STATED_DEVICE_CLIENT, SL_STATED_AFR_OTA };

/* Told by what the document holds: "afr_ota", "steps", or neither. */
enum sl_stated_dialect sl_stated_dialect_of(const json_t *document);

/* The parts of a document that describe a file, in their order: an array, the caller's. It is empty when there is none. */
bool sl_stated_files(const json_t *document, json_t **ret, struct sl_err *err) SL_MUST_USE;

/* One of them, checked for being there. name and url are borrowed from it. */
struct sl_stated {
    const char *name, *url;
    uint8_t sha256[SL_SHA256_BYTES];
    bool has_sha256; /* afr-ota states none: the signature stands for it */
    uint64_t size_bytes;
    enum sl_algorithm algorithm;
    struct sl_buf signature;
};
void sl_stated_clear(struct sl_stated *f);
bool sl_stated_read(enum sl_stated_dialect dialect, const json_t *part, struct sl_stated *ret, struct sl_verdict *v,
                    struct sl_err *err) SL_MUST_USE;

#endif
