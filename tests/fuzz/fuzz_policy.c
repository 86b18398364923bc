/* IAM policies as they come from IAM or from a file: read, then evaluated for a download and for a trust question. */
#include "tests/fuzz/fuzz.h"

#include "publisher/policy.h"

#include <assert.h>

static const struct sl_policy_key keys[] = {
    { "aws:SourceAccount", "123456789012" },
    { "aws:SourceArn", "arn:aws:iot:eu-west-1:123456789012:job/x" },
    { "aws:SourceIp", "10.1.2.3" },
    { "aws:CurrentTime", "2026-11-22T12:00:00Z" },
    { "aws:TagKeys", "a" },
    { "aws:TagKeys", "b" },
    { "s3:max-keys", "10" },
};

static void try_as(struct sl_span text, const struct sl_policy_request *req)
{
    SL_AUTO(sl_json_clear) json_t *policy = NULL;
    struct sl_err err = { .code = SL_OK };
    struct sl_policy_answer answer;
    if (!sl_policy_parse(text, req->principal_kind != NULL, "policy", &policy, &err)) {
        assert(err.code != SL_OK && err.msg[0]);
        return;
    }
    bool judged = sl_policy_evaluate(policy, req, &answer, &err);
    assert(judged || err.code == SL_E_UNSUPPORTED || err.code == SL_E_NOMEM);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct sl_policy_request download = { .action = "s3:GetObjectVersion",
                                                .resource = "arn:aws:s3:::acme-firmware/thermostat/2.4.1/app.bin",
                                                .keys = keys,
                                                .n_keys = sizeof keys / sizeof *keys };
    const struct sl_policy_request assume = { .principal_kind = "Service",
                                              .principal = "iot.amazonaws.com",
                                              .action = "sts:AssumeRole",
                                              .keys = keys,
                                              .n_keys = sizeof keys / sizeof *keys };
    try_as((struct sl_span){ bytes, len }, &download);
    try_as((struct sl_span){ bytes, len }, &assume);
    return 0;
}
