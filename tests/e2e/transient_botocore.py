#!/usr/bin/env python3
"""Compare what we send again with botocore's standard mode: transient_botocore.py PROGRAM

PROGRAM is tests/unit/publisher/transient_print.c. Everything botocore sends again we do, but for LimitExceededException:
in AWS IoT that is a quota, answered with 410. Every error code in the models of our services that neither botocore nor
S3's table calls transient, we do not send again.
"""
import subprocess
import sys

from botocore.loaders import create_loader
from botocore.retries import standard

SERVICES = ["s3", "iot", "iot-jobs-data", "sts", "iam", "kms", "signer"]
NOT_OURS = {"LimitExceededException"}
# S3 API reference, "List of error codes", and the codes of 500 and 503 answers in the services' models
OURS = {"ConditionalRequestConflict", "OperationAborted", "IncompleteBody", "InternalError", "InternalFailure",
        "InternalFailureException", "InternalServerException", "InternalServiceErrorException", "ServiceUnavailable",
        "ServiceUnavailableException", "IDPCommunicationError"}


def codes_of(loader, service):
    """Code and HTTP status of every error a service's model names."""
    for name, shape in loader.load_service_model(service, "service-2")["shapes"].items():
        if shape.get("exception"):
            error = shape.get("error", {})
            yield error.get("code", name), error.get("httpStatusCode", 500 if shape.get("fault") else 400)


def main():
    transient = set(standard.TransientRetryableChecker._TRANSIENT_ERROR_CODES)
    throttled = set(standard.ThrottledRetryableChecker._THROTTLED_ERROR_CODES)
    statuses = standard.TransientRetryableChecker._TRANSIENT_STATUS_CODES
    asked = [(400, code, code not in NOT_OURS) for code in sorted(transient | throttled)]
    asked += [(410, "LimitExceededException", False)]
    asked += [(status, "-", True) for status in statuses + [429]]
    asked += [(status, "-", False) for status in (200, 204, 301, 307, 400, 403, 404, 405, 409, 410, 412, 416, 501, 505)]
    loader = create_loader()
    for service in SERVICES:
        for code, status in codes_of(loader, service):
            known = code in transient | throttled | OURS and code not in NOT_OURS
            asked.append((status, code, known or status in statuses or status == 429))
    run = subprocess.run([sys.argv[1]], input="".join(f"{status} {code}\n" for status, code, _ in asked),
                         stdout=subprocess.PIPE, text=True, timeout=60, check=True)
    answers = run.stdout.splitlines()
    if len(answers) != len(asked):
        sys.exit(f"{len(answers)} answers to {len(asked)} questions")
    wrong = [(status, code, answer) for (status, code, again), answer in zip(asked, answers) if (answer != "no") != again]
    for case in wrong:
        print("differs:", *case)
    if wrong:
        sys.exit(1)
    print(f"{len(asked)} answers judged alike")


if __name__ == "__main__":
    main()
