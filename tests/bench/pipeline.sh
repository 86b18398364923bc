#!/usr/bin/env bash
# The pipeline of today, as ci/bench runs it: no program but those everybody has.
#   pipeline.sh NAME FILE...    one release of these files with one job
# Settings: BUCKET ROLE TARGET KEY, and those of the AWS CLI.
set -euo pipefail

name=$1
shift
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for file in "$@"; do
    digest=$(sha256sum "$file" | cut -d' ' -f1)
    openssl dgst -sha256 -sign "$KEY" -out "$scratch/signature" "$file"
    version=$(aws s3api put-object --bucket "$BUCKET" --key "$name/$file" --body "$file" --query VersionId --output text)
    jq -n --arg url "\${aws:iot:s3-presigned-url-v2:https://s3.$AWS_REGION.amazonaws.com/$BUCKET/$name/$file%3FversionId%3D$version}" \
        --arg sha256 "$digest" --arg signature "$(base64 -w0 "$scratch/signature")" \
        '{url: $url, sha256: $sha256, signature: $signature}' >>"$scratch/entries"
done
jq -s '{files: .}' "$scratch/entries" >"$scratch/document.json"
aws s3api put-object --bucket "$BUCKET" --key "$name/document.json" --body "$scratch/document.json" >/dev/null
aws iot create-job --job-id "${name//[\/.]/-}" --targets "$TARGET" --document "file://$scratch/document.json" \
    --presigned-url-config "roleArn=$ROLE,expiresInSec=3600" >/dev/null
