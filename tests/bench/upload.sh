#!/usr/bin/env bash
# One large file without any of it but the bytes, as ci/bench runs it: the digest, then curl, which signs by itself.
#   upload.sh NAME FILE
# Settings: BUCKET AWS_ENDPOINT_URL_S3 AWS_REGION AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
set -euo pipefail

digest=$(openssl dgst -sha256 -r "$2" | cut -d' ' -f1)
curl -fsS -o /dev/null -T "$2" -H "x-amz-content-sha256: $digest" --aws-sigv4 "aws:amz:$AWS_REGION:s3" \
    --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" "$AWS_ENDPOINT_URL_S3/$BUCKET/$1/$2"
