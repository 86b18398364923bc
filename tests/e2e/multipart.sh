#!/usr/bin/env bash
# needs: rgw
# labels: slow once
# timeout: 900
# Large files in parts, to stores nobody here wrote: what is sent, what is not sent again, and who wins.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"
. "$(dirname "$0")/parts.sh"

trust='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"iot.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}}]}'
permissions='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:GetObjectVersion"],"Resource":"arn:aws:s3:::acme-firmware/*"}]}'

setup_file()
{
    need recent-aws jq python3
    rgw_use
    moto_start
    # shellcheck disable=SC1090
    (. "${SEALIFT_RGW_ENV:-$e2e_work/rgw.env}" && versioned_bucket)
    unset AWS_ENDPOINT_URL_S3
    versioned_bucket
    TRUST=$trust PERMISSIONS=$permissions python3 - <<'PY'
import os
import boto3
iam = boto3.client("iam")
iam.create_role(RoleName="firmware-download", AssumeRolePolicyDocument=os.environ["TRUST"])
iam.put_role_policy(RoleName="firmware-download", PolicyName="download", PolicyDocument=os.environ["PERMISSIONS"])
for region in ("eu-west-1", "us-east-1"):
    boto3.client("iot", region_name=region).create_thing(thingName="lab-1")
PY
}

# Make the bucket in whichever store the settings name, unless another script did.
versioned_bucket()
{
    python3 - <<'PY'
import os
import boto3
s3, name, region = boto3.client("s3"), "acme-firmware", os.environ["AWS_REGION"]
if name not in [b["Name"] for b in s3.list_buckets()["Buckets"]]:
    s3.create_bucket(Bucket=name, **({} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}))
s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
PY
}

# In a test: S3 is Ceph's gateway, behind a proxy that writes down what passes.
gateway()
{
    # shellcheck disable=SC1090
    . "${SEALIFT_RGW_ENV:-$e2e_work/rgw.env}"
    proxy_start "$AWS_ENDPOINT_URL_S3" "${1:-}"
}

gateway_s3() { aws s3api --endpoint-url "$AWS_ENDPOINT_URL_S3" "$@"; }

# Publish, and end it with SIGKILL once so many bytes of bodies passed: killed_after BYTES. False when it was done before.
killed_after()
{
    local pid
    curl -fs -o /dev/null "$proxy_url/_proxy?stop=$1"
    AWS_ENDPOINT_URL_S3=$proxy_url "$SEALIFT" publish --yes >killed.out 2>killed.err &
    pid=$!
    while kill -0 "$pid" 2>/dev/null && ! proxy_is stopped true; do sleep 0.05; done
    kill -9 "$pid" 2>/dev/null || { wait "$pid" || fail "publish: $(cat killed.err)"; return 1; }
    wait "$pid" 2>/dev/null || true
    curl -fs -o /dev/null "$proxy_url/_proxy?stop="
    wait_for 120 proxy_is connections 0 || fail "requests under way do not end"
}

test_an_upload_killed_ten_times_sends_no_finished_part_again() {
    gateway 2
    large killed $((300 * 1024 * 1024)) 'conditional: none, multipart: {part: 5MiB}'
    RANDOM=4711
    local kills=0 resumed=0
    while [ $kills -lt 10 ]; do
        killed_after $((RANDOM * 800 + 1)) || break
        kills=$((kills + 1))
        [ "$(parts_taken | wc -l)" = 0 ] || resumed=$((resumed + 1))
    done
    expect_equal $kills 10 "it was done before the tenth"
    [ $resumed -gt 3 ] || fail "only $resumed runs found parts to go on from"
    expect_exit 0 publish --output json
    expect_equal "$(parts_taken | sort | uniq -d)" "" "parts sent although the store had them"
    expect_equal "$(parts_taken | wc -l)" 60 "parts"
    expect_equal "$(requests '.method == "POST" and .query.uploads == ""')" 1 "uploads begun"
    gateway_s3 get-object --bucket acme-firmware --key killed/2.4.1/app.bin got >/dev/null
    expect_same got build/app.bin
    expect_file_absent .sealift/killed-2.4.1/journal
    expect_equal "$(gateway_s3 list-multipart-uploads --bucket acme-firmware --output json | jq '(.Uploads // []) | length')" 0 "uploads left"
}

# In a test: S3 is moto, behind the proxy.
at_moto() { proxy_start "$moto_url"; }

test_every_part_says_its_sha256_and_the_store_confirms_them_all() {
    at_moto
    large headers $((70 * 1024 * 1024 + 1)) 'account: "123456789012"'
    expect_exit 0 publish --output json
    cp "$out" answer.json
    expect_json answer.json .receipt.artifacts.app.confirmedBy checksum
    expect_json answer.json .receipt.artifacts.app.sha256 "$(sha256sum <build/app.bin | cut -d' ' -f1)"
    expect_equal "$(requests '.query.partNumber')" 5 "requests for five parts"
    # What the headers say of each body is what the proxy saw of it.
    expect_equal "$(jq -r 'select(.query.partNumber) | .headers["x-amz-checksum-sha256"] == .sha256' "$proxy_log" | sort | uniq -c | tr -s ' ')" " 5 true"
    expect_equal "$(jq -r 'select(.query.partNumber) | .headers["x-amz-content-sha256"]' "$proxy_log" | sort)" \
        "$(split -b 16M --filter='sha256sum | cut -d" " -f1' build/app.bin | sort)"
    jq 'select(.query.uploads == "") | .headers' "$proxy_log" >begin.json
    expect_json begin.json '."x-amz-checksum-algorithm"' SHA256
    expect_json begin.json '."x-amz-checksum-type"' COMPOSITE
    jq 'select(.method == "POST" and .query.uploadId) | .headers' "$proxy_log" >complete.json
    expect_json complete.json '."if-none-match"' '*'
    expect_json complete.json '."x-amz-mp-object-size"' 73400321
    expect_equal "$(jq -r 'select(.headers["x-amz-expected-bucket-owner"] != "123456789012") | .path' "$proxy_log")" "" "requests without the owner"
    # Again: nothing is sent, nothing is read back.
    : >"$proxy_log"
    expect_exit 0 publish
    expect_stdout "nothing was changed"
    expect_equal "$(requests '.method == "PUT" or .method == "POST"')" 0 "writes"
    expect_equal "$(requests '.method == "GET" and (.path | endswith("app.bin"))')" 0 "readings"
}

test_what_the_manifest_says_of_storage_is_what_the_aws_cli_sees() {
    at_moto
    aws s3api create-bucket --bucket locked --object-lock-enabled-for-bucket --create-bucket-configuration LocationConstraint=eu-west-1 >/dev/null
    local more='encryption: {kms_key: alias/fw}, lock: {mode: governance, days: 30}, tags: {team: "hvac + heat", empty: ""}, storage_class: STANDARD_IA, metadata: {build: "ci 7"}, multipart: {threshold: 5MiB, part: 5MiB}'
    large storage 6000000 "$more"
    sed -i 's/name: acme-firmware/name: locked/' sealift.yaml
    aws iam put-role-policy --role-name firmware-download --policy-name locked --policy-document "${permissions//acme-firmware/locked}"
    expect_exit 0 publish --output json
    cp "$out" answer.json
    local key until now
    now=$(date +%s)
    for key in storage/2.4.1/app.bin storage/2.4.1/radio.bin "$(jq -r .receipt.statement.object answer.json)" "$(jq -r '.receipt.jobs[].document.object' answer.json)"; do
        aws s3api head-object --bucket locked --key "$key" --output json >head.json
        expect_json head.json .ServerSideEncryption aws:kms
        expect_json head.json .SSEKMSKeyId alias/fw
        if [ "$key" = storage/2.4.1/app.bin ]; then # moto forgets the lock of a multipart upload: what was asked for
            jq 'select(.query.uploads == "") | .headers | {ObjectLockMode: ."x-amz-object-lock-mode", ObjectLockRetainUntilDate: ."x-amz-object-lock-retain-until-date"}' "$proxy_log" >lock.json
        else
            cp head.json lock.json
        fi
        expect_json lock.json .ObjectLockMode GOVERNANCE
        until=$(date -d "$(jq -r .ObjectLockRetainUntilDate lock.json)" +%s)
        until=$((until - now - 30 * 86400))
        [ ${until#-} -le 60 ] || fail "retained $until seconds longer than 30 days"
        aws s3api get-object-tagging --bucket locked --key "$key" --output json >tags.json
        expect_json tags.json '.TagSet | map("\(.Key)=\(.Value)") | sort | join(" ")' "empty= team=hvac + heat"
        case $key in *.bin) ;; *) continue ;; esac
        expect_json head.json .StorageClass STANDARD_IA
        expect_json head.json .Metadata.build "ci 7"
    done
    # Seen in the plan, and the lock's date is not.
    expect_exit 0 sealift plan --offline -o plan.json
    expect_stdout "locked for 30 days (governance)"
    expect_json plan.json .bucket.lock.days 30
    # Another manifest of the same bytes adopts them, and says that they are stored otherwise.
    sed -i 's/STANDARD_IA/GLACIER_IR/; s/ci 7/ci 8/' sealift.yaml
    expect_exit 0 publish
    expect_stderr "warning: 's3://locked/storage/2.4.1/radio.bin' holds the same bytes and is stored otherwise than asked: storage class 'STANDARD_IA' and not 'GLACIER_IR', build 'ci 7' and not 'ci 8'"
}

# moto honors If-None-Match for PutObject only.
test_two_writers_at_once_agree_on_one_version_in_moto() {
    large race-moto $((10 * 1024 * 1024 + 1)) 'multipart: {threshold: 5MiB, part: 5MiB}'
    two_at_once race-moto ignores
    expect_exit 0 sealift publish --yes --state a --set release.version=1.0.3
    expect_stdout "nothing was changed"
}

test_awkward_keys_go_in_parts_too() {
    gateway
    large keys 12000000 'conditional: none, multipart: {threshold: 5MiB, part: 5MiB}'
    local key n=0
    for key in 'a b+c%20d.bin' 'x}~é-ü/ñ &=?#.bin' "quote'\$ {1}.bin"; do
        n=$((n + 1))
        KEY=keys/$key python3 - <<'PY'
import json, os, re
text = open("sealift.yaml").read()
text = re.sub(r"app: \{.*\}", lambda _: "app: {file: build/app.bin, object: %s}" % json.dumps(os.environ["KEY"], ensure_ascii=False), text)
open("sealift.yaml", "w").write(text)
PY
        expect_exit 0 publish --set release.version="1.0.$n"
        gateway_s3 get-object --bucket acme-firmware --key "keys/$key" got >/dev/null
        expect_same got build/app.bin
    done
}

e2e_main "$@"
