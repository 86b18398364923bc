#!/bin/sh
# The AWS CLI for the tests, on their PATH as 'aws'. Versions before 2.13 and 1.29 do not know AWS_ENDPOINT_URL and
# AWS_ENDPOINT_URL_<SERVICE>: tell each call. The real one is $E2E_AWS.
case ${1:-} in
s3 | s3api) url=${AWS_ENDPOINT_URL_S3:-} ;;
iot) url=${AWS_ENDPOINT_URL_IOT:-} ;;
iot-jobs-data) url=${AWS_ENDPOINT_URL_IOT_JOBS_DATA_PLANE:-} ;;
iam) url=${AWS_ENDPOINT_URL_IAM:-} ;;
sts) url=${AWS_ENDPOINT_URL_STS:-} ;;
kms) url=${AWS_ENDPOINT_URL_KMS:-} ;;
signer) url=${AWS_ENDPOINT_URL_SIGNER:-} ;;
*) url= ;;
esac
url=${url:-${AWS_ENDPOINT_URL:-}}
exec "$E2E_AWS" ${url:+--endpoint-url "$url"} "$@"
