#!/usr/bin/env bash
# The sandbox's S3, its signatures and its faults, driven by clients others wrote: the AWS CLI, boto3 and curl.
# labels: slow once
# timeout: 300
. "$(dirname "$0")/lib.sh"

setup_file() { need recent-aws curl jq; }

# Signature version 4 also for presigned URLs, as newer CLIs do; retries only where a test wants them.
cli_settings()
{
    printf '[default]\ns3 =\n  signature_version = s3v4\n' >config
    export AWS_CONFIG_FILE=$PWD/config AWS_MAX_ATTEMPTS=1
}

versioned_bucket()
{
    aws s3api create-bucket --bucket firmware --create-bucket-configuration LocationConstraint=eu-west-1 >/dev/null
    aws s3api put-bucket-versioning --bucket firmware --versioning-configuration Status=Enabled
}

start() { cli_settings; sandbox_start "$@"; versioned_bucket; }

# The CLI says the code in words; its exit status differs between versions. expect_aws CODE COMMAND...
expect_aws()
{
    local code=$1
    shift
    run aws "$@"
    [ "$status" != 0 ] || fail "aws $1 $2 was not refused"
    expect_stderr "($code)"
}


test_boto3_finds_s3_as_documented_over_http() {
    need boto3
    sandbox_start
    expect_exit 0 python3 "$e2e_here/sandbox_s3.py"
}

# Over https botocore sends its checksums as trailers of unsigned chunks.
test_boto3_finds_s3_as_documented_over_https() {
    need boto3
    sandbox_start --tls
    case $AWS_ENDPOINT_URL in https://*) ;; *) fail "no https: $AWS_ENDPOINT_URL" ;; esac
    expect_exit 0 python3 "$e2e_here/sandbox_s3.py"
}

test_the_cli_puts_and_gets_by_version() {
    start
    printf one >one; printf two >two
    local first second
    first=$(aws s3api put-object --bucket firmware --key app.bin --body one --checksum-algorithm SHA256 --query VersionId --output text)
    second=$(aws s3api put-object --bucket firmware --key app.bin --body two --query VersionId --output text)
    aws s3api get-object --bucket firmware --key app.bin --version-id "$first" got >/dev/null
    expect_same one got
    aws s3api get-object --bucket firmware --key app.bin --version-id "$second" got >/dev/null
    expect_same two got
    expect_aws PreconditionFailed s3api put-object --bucket firmware --key app.bin --body one --if-none-match '*'
    expect_aws BadDigest s3api put-object --bucket firmware --key x --body one --checksum-sha256 "$(printf two | openssl dgst -sha256 -binary | base64)"
}

test_the_cli_uploads_in_parts_and_downloads_in_ranges() {
    start --tls
    head -c 20971520 /dev/urandom >big
    aws s3 cp --no-progress big s3://firmware/big >/dev/null
    expect_json <(aws s3api head-object --bucket firmware --key big --checksum-mode ENABLED) '.ETag[-3:] + " " + .ChecksumType' '-3" COMPOSITE'
    aws s3 cp --no-progress s3://firmware/big back >/dev/null
    expect_same big back
    expect_equal "$(aws s3api list-multipart-uploads --bucket firmware --query Uploads)" null "no upload is left over"
}

test_a_presigned_url_works_for_anybody_until_it_expires() {
    start --tls
    printf data >data
    aws s3api put-object --bucket firmware --key 'dir/a b+c.bin' --body data >/dev/null
    local url
    url=$(aws s3 presign 's3://firmware/dir/a b+c.bin' --expires-in 3)
    curl -fsS --cacert "$AWS_CA_BUNDLE" "$url" >got
    curl -fsS --cacert "$AWS_CA_BUNDLE" "$url" >>got
    expect_equal "$(cat got)" datadata
    expect_exit 0 wait_for 20 bash -c "! curl -fs -o /dev/null --cacert '$AWS_CA_BUNDLE' '$url'"
    expect_equal "$(curl -s --cacert "$AWS_CA_BUNDLE" "$url" | grep -o '<Message>[^<]*')" '<Message>Request has expired'
    expect_exit 60 env -u SSL_CERT_FILE -u CURL_CA_BUNDLE curl -s "$url"
}

test_wrong_secrets_and_clocks_are_refused() {
    start --fault s3.GetBucketLocation:skew=1000 --fault iot.ListThings:skew=-1000
    expect_aws RequestTimeTooSkewed s3api get-bucket-location --bucket firmware
    expect_aws InvalidSignatureException iot list-things
    AWS_SECRET_ACCESS_KEY=wrong expect_aws SignatureDoesNotMatch s3api list-buckets
    AWS_SECRET_ACCESS_KEY=wrong expect_aws InvalidSignatureException iot list-thing-groups
    AWS_ACCESS_KEY_ID=AKIAAAAAAAAAAAAAAAAA expect_aws InvalidAccessKeyId s3api list-buckets
    AWS_SESSION_TOKEN=wrong expect_aws InvalidToken s3api list-buckets
}

# A session of a role may do what its policies say, also when they say less than is needed.
test_a_session_is_held_to_its_policies() {
    start
    local account role
    printf data >data
    account=$(aws sts get-caller-identity --query Account --output text)
    role=arn:aws:iam::$account:role/download
    local version url
    version=$(aws s3api put-object --bucket firmware --key app.bin --body data --query VersionId --output text)
    aws iam create-role --role-name download --assume-role-policy-document \
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::'"$account"':root"},"Action":"sts:AssumeRole"}]}' >/dev/null
    aws iam put-role-policy --role-name download --policy-name read --policy-document \
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::firmware/*"}]}'
    aws sts assume-role --role-arn "$role" --role-session-name device >session
    AWS_ACCESS_KEY_ID=$(jq -r .Credentials.AccessKeyId session)
    AWS_SECRET_ACCESS_KEY=$(jq -r .Credentials.SecretAccessKey session)
    AWS_SESSION_TOKEN=$(jq -r .Credentials.SessionToken session)
    export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
    expect_exit 0 aws s3api get-object --bucket firmware --key app.bin got
    expect_aws AccessDenied s3api get-object --bucket firmware --key app.bin --version-id "$version" got
    expect_stderr s3:GetObjectVersion
    expect_aws AccessDenied s3api get-object --bucket firmware --key missing got
    expect_aws AccessDenied s3api put-object --bucket firmware --key app.bin --body data
    expect_aws AccessDenied s3api list-objects-v2 --bucket firmware
    url=$(aws s3 presign s3://firmware/app.bin)
    expect_equal "$(curl -fsS "$url")" data
}

# curl waits for 100 Continue with bodies over 1 MiB: a refusal must come before they are sent.
test_a_refusal_comes_before_the_body() {
    start
    head -c 3000000 /dev/zero >big
    put() { curl -s -o reply -w '%{http_code} %{size_upload} %{num_connects}' --aws-sigv4 aws:amz:eu-west-1:s3 --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" -H "x-amz-content-sha256: $(sha256sum "$1" | cut -d' ' -f1)" -H 'If-None-Match: *' -T "$1" "$AWS_ENDPOINT_URL/firmware/big"; }
    expect_equal "$(put big)" '200 3000000 1'
    expect_equal "$(put big)" '412 0 1'
    expect_equal "$(grep -o '<Code>[^<]*' reply)" '<Code>PreconditionFailed'
}

test_faults_strike_and_the_cli_retries() {
    start --fault s3.PutObject:status=503,count=2 --fault s3.GetObject:reset-after=1KiB,count=1 \
        --fault s3.HeadObject:drop-reply,count=1 --fault s3.DeleteObject:drop-reply,count=1
    printf data >data
    head -c 100000 /dev/urandom >large
    expect_aws SlowDown s3api put-object --bucket firmware --key a --body data
    export AWS_MAX_ATTEMPTS=3
    expect_exit 0 aws s3api put-object --bucket firmware --key a --body large
    expect_exit 0 aws s3 cp --no-progress s3://firmware/a got
    expect_same large got
    export AWS_MAX_ATTEMPTS=1
    run aws s3api delete-object --bucket firmware --key a # done, but the reply is lost
    [ "$status" != 0 ] || fail "the lost reply was not noticed"
    expect_aws 404 s3api head-object --bucket firmware --key a
}

test_a_wrong_fault_is_refused_with_what_was_expected() {
    expect_exit 2 sealift sandbox --fault s3.PutObjekt:throttle
    expect_stderr "fault 's3.PutObjekt:throttle': the sandbox's S3 has no operation 'PutObjekt'; did you mean 'PutObject'?"
    expect_no_stdout
}

# State in a folder outlives the process, also one that is killed; without a folder nothing is left behind.
test_a_folder_keeps_the_state() {
    start --dir state
    printf data >data
    local version key=$AWS_ACCESS_KEY_ID
    version=$(aws s3api put-object --bucket firmware --key app.bin --body data --query VersionId --output text)
    kill -9 "$sandbox_pid"; wait "$sandbox_pid" 2>/dev/null || true
    e2e_pids=()
    : >state/objects/left-over
    sandbox_start --dir state
    expect_equal "$AWS_ACCESS_KEY_ID" "$key" "the root identity's keys are kept"
    expect_file_absent state/objects/left-over
    expect_exit 0 aws s3api get-object --bucket firmware --key app.bin --version-id "$version" got
    expect_same data got
    expect_exit 2 timeout 20 "$SEALIFT" sandbox --dir state
    expect_stderr "opening the sandbox's folder 'state'"
}

# Zeros take no room, completing copies nothing, and a file stays as long as an object or an upload needs it.
test_what_is_stored_takes_the_room_it_needs_and_no_more() {
    start --dir state
    aws configure set default.s3.multipart_chunksize 8MB
    head -c 1000000 /dev/urandom >some
    truncate -s 100M some
    cp some other
    expect_exit 0 aws s3 cp --quiet some s3://firmware/some
    expect_exit 0 aws s3api put-object --bucket firmware --key whole --body other
    local files kib version
    files=$(find state/objects -type f | wc -l) kib=$(du -sk state/objects | cut -f1)
    expect_equal "$files" 14 "13 parts and an object"
    [ "$kib" -lt 4096 ] || fail "$kib KiB for two files of 1 MB and zeros"
    kill -9 "$sandbox_pid"; wait "$sandbox_pid" 2>/dev/null || true
    e2e_pids=()
    sandbox_start --dir state
    expect_exit 0 aws s3 cp --quiet s3://firmware/some back
    expect_same some back
    expect_exit 0 aws s3 cp --quiet s3://firmware/whole back
    expect_same some back
    version=$(aws s3api head-object --bucket firmware --key some --query VersionId --output text)
    expect_exit 0 aws s3api delete-object --bucket firmware --key some --version-id "$version"
    expect_equal "$(find state/objects -type f | wc -l)" 1 "files left"
}

test_without_a_folder_the_state_is_under_tmpdir_and_goes_away() {
    mkdir elsewhere
    TMPDIR=$PWD/elsewhere sandbox_start --quiet
    expect_equal "$(find elsewhere -name sandbox.sqlite | wc -l)" 1
    server_stop "$sandbox_pid"
    expect_only elsewhere
}

test_it_is_for_this_machine_only() {
    expect_exit 2 sealift sandbox --listen 0.0.0.0:0
    expect_stderr "'0.0.0.0:0' is not a loopback address"
    expect_exit 2 sealift sandbox --listen localhost
    expect_stderr "expected ADDRESS:PORT"
}

e2e_main "$@"
