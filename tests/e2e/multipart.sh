#!/usr/bin/env bash
# needs: rgw
# labels: slow
# timeout: 600
# Large files in parts, to stores nobody here wrote: what is sent, what is not sent again, and who wins.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

trust='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"iot.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}}]}'
permissions='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:GetObjectVersion"],"Resource":"arn:aws:s3:::acme-firmware/*"}]}'

setup_file()
{
    need aws jq python3
    python3 -c 'import boto3' 2>/dev/null || skip "python3 has no boto3"
    moto_start
    aws iam create-role --role-name firmware-download --assume-role-policy-document "$trust" >/dev/null
    aws iam put-role-policy --role-name firmware-download --policy-name download --policy-document "$permissions"
    aws iot create-thing --thing-name lab-1 >/dev/null
    AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1 aws iot create-thing --thing-name lab-1 >/dev/null
    aws s3api create-bucket --bucket acme-firmware --create-bucket-configuration LocationConstraint=eu-west-1 >/dev/null
    aws s3api put-bucket-versioning --bucket acme-firmware --versioning-configuration Status=Enabled
}

# In a test: S3 is Ceph's gateway, behind a proxy that writes down what passes.
gateway()
{
    rgw_use
    aws s3api head-bucket --bucket acme-firmware >/dev/null 2>&1 || aws s3api create-bucket --bucket acme-firmware >/dev/null
    aws s3api put-bucket-versioning --bucket acme-firmware --versioning-configuration Status=Enabled
    proxy_start "$AWS_ENDPOINT_URL_S3" "${1:-}"
}

# proxy_start STORE [BYTES_PER_SECOND]: sets $proxy_url and $proxy_log; our program is given it as its S3 endpoint
proxy_start()
{
    local port
    port=$(free_port)
    proxy_url=http://127.0.0.1:$port proxy_log=$PWD/proxy.log
    : >"$proxy_log"
    server_start proxy python3 "$e2e_here/s3_proxy.py" "$port" "$1" "$proxy_log" ${2:+"$2"}
    wait_for 20 curl -fs -o /dev/null "$proxy_url/_proxy" || fail "the proxy did not come up: $(cat proxy.err)"
}

publish() { AWS_ENDPOINT_URL_S3=$proxy_url sealift publish --yes "$@"; }

# large NAME BYTES [BUCKET_LINES]: a release of that name with one large file
large()
{
    make_release
    head -c "$2" /dev/urandom >build/app.bin
    sed -i "s/name: thermostat/name: $1/; s/eu-west-1, prefix: thermostat/${AWS_REGION}, prefix: $1/; s|prefix: $1/|&${3:+, $3}|" sealift.yaml
}

# Parts the store took, as "upload part", in order; and what was asked for otherwise.
parts_taken() { jq -r 'select(.method == "PUT" and .query.partNumber and .status == 200) | "\(.query.uploadId) \(.query.partNumber)"' "$proxy_log"; }
requests() { jq -r "select($1) | .status" "$proxy_log" | wc -l; }
at_rest() { [ "$(curl -fs "$proxy_url/_proxy" | jq .under_way)" = 0 ]; }
bytes_passed() { curl -fs "$proxy_url/_proxy" | jq .bytes; }

# Publish, and end it with SIGKILL once so many bytes of bodies passed: killed_after BYTES. False when it was done before.
killed_after()
{
    local end pid
    end=$(($(bytes_passed) + $1))
    AWS_ENDPOINT_URL_S3=$proxy_url "$SEALIFT" publish --yes >killed.out 2>killed.err &
    pid=$!
    while kill -0 "$pid" 2>/dev/null && [ "$(bytes_passed)" -lt "$end" ]; do :; done
    kill -9 "$pid" 2>/dev/null || { wait "$pid" || fail "publish: $(cat killed.err)"; return 1; }
    wait "$pid" 2>/dev/null || true
    wait_for 20 at_rest || fail "requests under way do not end"
}

test_an_upload_killed_ten_times_sends_no_finished_part_again() {
    gateway 8000000
    large killed $((300 * 1024 * 1024)) 'conditional: none, multipart: {part: 5MiB}'
    RANDOM=4711
    local kills=0 resumed=0
    while [ $kills -lt 10 ]; do
        killed_after $((RANDOM * 700 + 1)) || break
        kills=$((kills + 1))
        resumed=$((resumed + (($(parts_taken | wc -l) > 0))))
    done
    expect_equal $kills 10 "it was done before the tenth"
    [ $resumed -gt 3 ] || fail "only $resumed runs found parts to go on from"
    expect_exit 0 publish --output json
    expect_equal "$(parts_taken | sort | uniq -d)" "" "parts sent although the store had them"
    expect_equal "$(parts_taken | wc -l)" 60 "parts"
    expect_equal "$(requests '.method == "POST" and .query.uploads == ""')" 1 "uploads begun"
    aws s3api get-object --bucket acme-firmware --key killed/2.4.1/app.bin got >/dev/null
    expect_same got build/app.bin
    expect_file_absent .sealift/killed-2.4.1/journal
    expect_equal "$(aws s3api list-multipart-uploads --bucket acme-firmware --output json | jq '(.Uploads // []) | length')" 0 "uploads left"
}

e2e_main "$@"
