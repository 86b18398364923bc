/* What a device decides about a job: to go on, or to end it as REJECTED (it will not take this release) or FAILED (it
 * could not), with a code for programs and a sentence for people. */
#ifndef SL_DEVICES_PRIV_VERDICT_H
#define SL_DEVICES_PRIV_VERDICT_H

#include "devices/device.h"

struct sl_verdict {
    enum sl_device_result result; /* SL_DEVICE_IDLE while there is none */
    char code[48];                /* error codes as aws-iot-device-sdk-js's jobs-agent has them, or of that form */
    char reason[240];             /* fit to be a status detail: printable, at least one character */
};

/* Decide, unless that has happened; returns false, so that the caller stops. */
bool sl_verdict_reject(struct sl_verdict *v, const char *code, const char *fmt, ...) SL_PRINTF(3, 4);
bool sl_verdict_fail(struct sl_verdict *v, const char *code, const char *fmt, ...) SL_PRINTF(3, 4);

/* Turn a failure into a verdict and empty err; what is trouble of this program itself (memory, an interruption) stays a
 * failure. Returns false. */
bool sl_verdict_take(struct sl_verdict *v, enum sl_device_result result, const char *code, struct sl_err *err);

#endif
