#!/usr/bin/env bash
# needs: rgw
# labels: slow once
# timeout: 900
# Large files in parts, to stores nobody here wrote: what is sent, what is not sent again, and who wins.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

trust='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"iot.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}}]}'
permissions='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:GetObjectVersion"],"Resource":"arn:aws:s3:::acme-firmware/*"}]}'

setup_file()
{
    need recent-aws jq python3
    rgw_use
    moto_start
    unset AWS_ENDPOINT_URL_S3
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
    # shellcheck disable=SC1090
    . "${SEALIFT_RGW_ENV:-$e2e_work/rgw.env}"
    gateway_s3 head-bucket --bucket acme-firmware >/dev/null 2>&1 || gateway_s3 create-bucket --bucket acme-firmware >/dev/null
    gateway_s3 put-bucket-versioning --bucket acme-firmware --versioning-configuration Status=Enabled
    proxy_start "$AWS_ENDPOINT_URL_S3" "${1:-}"
}

gateway_s3() { aws s3api --endpoint-url "$AWS_ENDPOINT_URL_S3" "$@"; }

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
at_rest() { [ "$(curl -fs "$proxy_url/_proxy" | jq .connections)" = 0 ]; }
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

# two_at_once NAME [IGNORES]: from two machines, as it were: one object, one receipt. A store that ignores conditions on
# completion keeps both versions, and both must name the same.
two_at_once()
{
    local round first
    for round in 1 2 3; do
        sealift publish --yes --output json --state a --set release.version="1.0.$round" >a.json 2>a.err &
        first=$!
        sealift publish --yes --output json --state b --set release.version="1.0.$round" >b.json 2>b.err || fail "second: $(cat b.err)"
        wait $first || fail "first: $(cat a.err)"
        expect_same "a/$1-1.0.$round/receipt.json" "b/$1-1.0.$round/receipt.json"
        [ -n "${2:-}" ] || expect_equal "$(aws s3api list-object-versions --bucket acme-firmware --prefix "$1/1.0.$round/app.bin" --output json | jq '.Versions | length')" 1 "versions of the object"
        expect_equal "$(aws s3api list-multipart-uploads --bucket acme-firmware --output json | jq '(.Uploads // []) | length')" 0 "uploads left"
        expect_file_absent "a/$1-1.0.$round/journal"
        expect_file_absent "b/$1-1.0.$round/journal"
    done
}

# moto honors If-None-Match for PutObject only.
test_two_writers_at_once_agree_on_one_version_in_moto() {
    large race-moto $((20 * 1024 * 1024)) 'multipart: {threshold: 5MiB, part: 5MiB}'
    two_at_once race-moto ignores
    expect_exit 0 sealift publish --yes --state a --set release.version=1.0.3
    expect_stdout "nothing was changed"
}

test_two_writers_at_once_make_one_object_in_the_sandbox() {
    large race-sandbox $((20 * 1024 * 1024)) 'multipart: {threshold: 5MiB, part: 5MiB}'
    sandbox_start --quiet --prepare sealift.yaml
    two_at_once race-sandbox
}

# in_the_sandbox FAULT...: publish 20 MiB in four parts there
in_the_sandbox()
{
    local faults=() fault
    for fault; do faults+=(--fault "$fault"); done
    large faults $((20 * 1024 * 1024)) 'multipart: {threshold: 5MiB, part: 5MiB}'
    sandbox_start --quiet --prepare sealift.yaml "${faults[@]}"
    proxy_start "$AWS_ENDPOINT_URL"
}

test_a_reset_in_the_middle_of_a_part_is_ridden_out() {
    in_the_sandbox s3.UploadPart:reset-after=2MiB,count=1
    expect_exit 0 publish
    aws s3api get-object --bucket acme-firmware --key faults/2.4.1/app.bin got >/dev/null
    expect_same got build/app.bin
}

test_a_part_that_fails_is_sent_again_alone() {
    in_the_sandbox s3.UploadPart:status=500,count=1
    expect_exit 0 publish
    expect_equal "$(requests '.query.partNumber')" 5 "four parts, one of them twice"
    expect_equal "$(parts_taken | wc -l)" 4
}

test_a_completion_that_answers_200_with_an_error_is_sent_again() {
    in_the_sandbox s3.CompleteMultipartUpload:error-200,count=1
    expect_exit 0 publish
    expect_equal "$(requests '.method == "POST" and .query.uploadId')" 2 "completions"
    aws s3api get-object --bucket acme-firmware --key faults/2.4.1/app.bin got >/dev/null
    expect_same got build/app.bin
}

test_a_completion_whose_reply_is_lost_is_not_repeated_by_another_upload() {
    in_the_sandbox s3.CompleteMultipartUpload:drop-reply,count=1
    expect_exit 0 publish
    expect_equal "$(requests '.query.uploads == ""')" 1 "uploads begun"
    expect_equal "$(aws s3api list-object-versions --bucket acme-firmware --prefix faults/2.4.1/app.bin --output json | jq '.Versions | length')" 1
}

test_a_completion_that_always_fails_is_continued_by_the_next_run() {
    in_the_sandbox s3.CompleteMultipartUpload:status=500,count=3
    expect_exit 7 publish
    expect_file .sealift/faults-2.4.1/journal
    expect_exit 0 publish
    expect_equal "$(parts_taken | wc -l)" 4 "parts in both runs"
    expect_file_absent .sealift/faults-2.4.1/journal
}

test_an_upload_of_another_plan_is_given_up() {
    in_the_sandbox s3.CompleteMultipartUpload:status=500,count=3
    expect_exit 7 publish
    head -c 20971520 /dev/urandom >build/app.bin
    expect_exit 0 publish
    expect_equal "$(requests '.method == "DELETE" and .query.uploadId')" 1 "uploads aborted"
    expect_equal "$(parts_taken | wc -l)" 8 "parts of both files"
    expect_equal "$(aws s3api list-multipart-uploads --bucket acme-firmware --output json | jq '(.Uploads // []) | length')" 0 "uploads left"
    aws s3api get-object --bucket acme-firmware --key faults/2.4.1/app.bin got >/dev/null
    expect_same got build/app.bin
}

test_an_upload_that_vanished_is_begun_anew() {
    in_the_sandbox s3.CompleteMultipartUpload:status=500,count=3
    expect_exit 7 publish
    aws s3api abort-multipart-upload --bucket acme-firmware --key faults/2.4.1/app.bin --upload-id "$(jq -r '.uploads[].uploadId' .sealift/faults-2.4.1/journal)"
    expect_exit 0 publish
    expect_equal "$(parts_taken | wc -l)" 8 "parts of both uploads"
}

test_a_part_somebody_replaced_is_sent_again() {
    in_the_sandbox s3.CompleteMultipartUpload:status=500,count=3
    expect_exit 7 publish
    head -c 5242880 /dev/zero >other
    aws s3api upload-part --bucket acme-firmware --key faults/2.4.1/app.bin --part-number 2 --body other --checksum-algorithm SHA256 \
        --upload-id "$(jq -r '.uploads[].uploadId' .sealift/faults-2.4.1/journal)" >/dev/null
    expect_exit 0 publish
    expect_equal "$(parts_taken | wc -l)" 5 "parts"
    aws s3api get-object --bucket acme-firmware --key faults/2.4.1/app.bin got >/dev/null
    expect_same got build/app.bin
}

test_a_journal_that_cannot_be_read_costs_time_only() {
    in_the_sandbox s3.CompleteMultipartUpload:status=500,count=3
    expect_exit 7 publish
    echo '{"uploads": [' >.sealift/faults-2.4.1/journal
    expect_exit 0 publish
    expect_equal "$(parts_taken | wc -l)" 8 "parts of both uploads"
}

test_an_object_others_stored_in_parts_of_their_own_is_adopted_unread() {
    in_the_sandbox
    aws configure set default.s3.multipart_chunksize 7MB
    aws s3 cp --quiet --checksum-algorithm SHA256 build/app.bin s3://acme-firmware/faults/2.4.1/app.bin
    expect_exit 0 publish --output json
    cp "$out" answer.json
    expect_json answer.json .receipt.artifacts.app.confirmedBy checksum
    expect_equal "$(parts_taken | wc -l)" 0 "parts sent"
    expect_equal "$(requests '.method == "GET" and (.path | endswith("app.bin"))')" 0 "readings"
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
