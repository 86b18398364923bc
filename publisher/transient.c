#include "publisher/priv/transient.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *code;
    enum sl_transient kind;
} rows[] = {
    { "BandwidthLimitExceeded", SL_TRANSIENT_THROTTLE },
    { "EC2ThrottledException", SL_TRANSIENT_THROTTLE },
    { "PriorRequestNotComplete", SL_TRANSIENT_THROTTLE },
    { "ProvisionedThroughputExceededException", SL_TRANSIENT_THROTTLE },
    { "RequestLimitExceeded", SL_TRANSIENT_THROTTLE },
    { "RequestThrottled", SL_TRANSIENT_THROTTLE },
    { "RequestThrottledException", SL_TRANSIENT_THROTTLE },
    { "SlowDown", SL_TRANSIENT_THROTTLE },
    { "ThrottledException", SL_TRANSIENT_THROTTLE },
    { "Throttling", SL_TRANSIENT_THROTTLE },
    { "ThrottlingException", SL_TRANSIENT_THROTTLE },
    { "TooManyRequestsException", SL_TRANSIENT_THROTTLE },
    { "TransactionInProgressException", SL_TRANSIENT_THROTTLE },
    /* Two writers met; S3 asks to send the request again and decides it then. Neither has been carried out. */
    { "ConditionalRequestConflict", SL_TRANSIENT_THROTTLE },
    { "OperationAborted", SL_TRANSIENT_THROTTLE },
    { "DependencyTimeoutException", SL_TRANSIENT_FAULT },
    { "IDPCommunicationError", SL_TRANSIENT_FAULT },
    { "IncompleteBody", SL_TRANSIENT_FAULT },
    { "InternalError", SL_TRANSIENT_FAULT },
    { "InternalFailure", SL_TRANSIENT_FAULT },
    { "InternalFailureException", SL_TRANSIENT_FAULT },
    { "InternalServerException", SL_TRANSIENT_FAULT },
    { "KMSInternalException", SL_TRANSIENT_FAULT },
    { "KeyUnavailableException", SL_TRANSIENT_FAULT },
    { "RequestTimeout", SL_TRANSIENT_FAULT },
    { "RequestTimeoutException", SL_TRANSIENT_FAULT },
    { "ServiceUnavailable", SL_TRANSIENT_FAULT },
    { "ServiceUnavailableException", SL_TRANSIENT_FAULT },
};

enum sl_transient sl_transient_of(int http_status, const char *code)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].code, code) == 0)
            return rows[i].kind;
    if (http_status == 429)
        return SL_TRANSIENT_THROTTLE;
    return http_status == 500 || (http_status >= 502 && http_status <= 504) ? SL_TRANSIENT_FAULT : SL_TRANSIENT_NO;
}
