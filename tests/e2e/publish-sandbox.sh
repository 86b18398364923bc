#!/usr/bin/env bash
# timeout: 400
# Publishing to the sandbox: exactly once, whatever happens; and refusals, with nothing written.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

start()
{
    need aws jq
    make_release "$@"
    sandbox_start --quiet --prepare sealift.yaml
}

job_id() { jq -r '.receipt.jobs[].id' "$1"; }

test_publish_stores_signs_and_registers() {
    start
    expect_exit 0 sealift publish --yes --output json
    cp "$out" first.json
    expect_json first.json .changed true
    expect_equal "$(versions | wc -l)" 5 "two artifacts, statement, document, receipt"
    local version
    version=$(jq -r .receipt.artifacts.app.versionId first.json)
    aws s3api get-object --bucket acme-firmware --key thermostat/2.4.1/app.bin --version-id "$version" got >/dev/null
    expect_same got build/app.bin
    aws iot get-job-document --job-id "$(job_id first.json)" --output json | jq -r .document >document.json
    expect_json document.json '.files | length' 2
    expect_json document.json .files[0].checksum.inline.value "$(sha256sum <build/app.bin | cut -d' ' -f1)"
    jq -r .files[0].signature.codesign.signature document.json | base64 -d >app.sig
    openssl pkey -in keys/release.pem -pubout -out pub.pem 2>/dev/null
    expect_exit 0 openssl dgst -sha256 -verify pub.pem -signature app.sig build/app.bin
    aws iot describe-job --job-id "$(job_id first.json)" --output json >job.json
    expect_json job.json .job.presignedUrlConfig.roleArn "$role"
    expect_json job.json .job.presignedUrlConfig.expiresInSec 1800
    expect_file .sealift/thermostat-2.4.1/receipt.json
}

test_a_wrong_clock_is_corrected_and_mentioned_once() {
    need aws jq
    make_release
    sandbox_start --quiet --prepare sealift.yaml --fault 's3.*:skew=1000' --fault 'iot.*:skew=1000' --fault 'iam.*:skew=1000'
    expect_exit 0 sealift publish --yes
    expect_stderr_matches "the clock of this machine is (999|1000) seconds behind AWS's; going on with AWS's time"
    expect_equal "$(grep -c 'the clock of this machine' "$err")" 1
}

# design: one PUT per artifact, one request per target and policy of the role, at most 12 besides. GetRole is the request
# for the trust policy. AWS's own hosts are not probed for conditional writes, which the second PUT of the statement is.
test_a_release_makes_no_more_requests_than_it_should() {
    need aws jq
    make_release
    sandbox_start --prepare sealift.yaml
    local log user
    log=$(ls -t "$e2e_work"/sandbox.*.err | sed -n 1p)
    sealift role show --publisher >policy.json
    aws iam create-user --user-name pipeline >/dev/null
    aws iam put-user-policy --user-name pipeline --policy-name p --policy-document "$(cat policy.json)"
    aws iam create-access-key --user-name pipeline --output json >key.json
    user=$(jq -r .AccessKey.AccessKeyId key.json)
    AWS_ACCESS_KEY_ID=$user AWS_SECRET_ACCESS_KEY=$(jq -r .AccessKey.SecretAccessKey key.json) expect_exit 0 sealift publish --yes
    grep ':user/pipeline' "$log" | sed 's/^[^ ]* [^ ]* //' >requests
    expect_equal "$(grep -c '^s3.PutObject .*bin 200' requests)" 2 "PUTs of artifacts"
    expect_equal "$(grep -c '^iot.DescribeThing ' requests)" 1 "requests for targets"
    expect_equal "$(grep -cE '^iam.(GetRole|GetRolePolicy) ' requests)" 2 "requests for policies of the role"
    expect_equal "$(grep -c '^s3.PutObject .*statement.json 412' requests)" 1 "probes"
    grep -vE '^s3.PutObject .*(bin 200|statement.json 412)|^iot.DescribeThing |^iam.(GetRole|GetRolePolicy) ' requests >besides
    [ "$(wc -l <besides)" -le 12 ] || fail "more than 12 besides: $(cat besides)"
    grep '^iam.SimulatePrincipalPolicy ' besides >/dev/null || fail "nobody asked whether the role may be passed"
}

test_publish_again_changes_nothing() {
    start
    expect_exit 0 sealift publish --yes
    local before
    before=$(versions)
    expect_exit 0 sealift plan --detailed-exitcode
    expect_exit 0 sealift publish --yes
    expect_stdout "nothing was changed"
    expect_equal "$(versions)" "$before"
    expect_equal "$(aws iot list-jobs --output json | jq '.jobs | length')" 1
    rm -r .sealift
    expect_exit 0 sealift publish --yes
    expect_equal "$(versions)" "$before" "after losing the local state"
}

race() {
    start "$@"
    sed -i "s/key: release}/key: release, algorithm: $race_algorithm}/" sealift.yaml
    sealift publish --yes --output json --state a >a.json 2>a.err &
    local first=$!
    sealift publish --yes --output json --state b >b.json 2>b.err || fail "second: $(cat b.err)"
    wait $first || fail "first: $(cat a.err)"
    expect_equal "$(versions | wc -l)" 5 "versions after a race"
    expect_equal "$(aws iot list-jobs --output json | jq '.jobs | length')" 1
    expect_same a/thermostat-2.4.1/receipt.json b/thermostat-2.4.1/receipt.json
}

test_two_at_once_give_one_job() {
    race_algorithm=ecdsa-p256-sha256 race
}

test_two_at_once_give_one_job_with_a_random_salt() {
    race_algorithm=rsa-pss-sha256 race --type rsa-3072
}

test_a_changed_file_under_the_same_version_is_a_conflict() {
    start
    expect_exit 0 sealift publish --yes
    local before old new
    before=$(versions)
    old=$(sha256sum <build/app.bin | cut -d' ' -f1)
    printf x >>build/app.bin
    new=$(sha256sum <build/app.bin | cut -d' ' -f1)
    expect_exit 6 sealift publish --yes
    expect_stderr "$old"
    expect_stderr "$new"
    expect_equal "$(versions)" "$before"
}

test_killed_anywhere_and_run_again_gives_one_release() {
    start
    local i
    for i in $(seq 20); do
        sed -i "s/version: 2.4.*}/version: 2.4.$i}/" sealift.yaml
        sealift publish --yes >/dev/null 2>&1 &
        local pid=$!
        # How far it comes differs with the time it is given; 0 to 95 ms cover the whole of a publish.
        sleep "0.0$((i * 5 / 10))$((i * 5 % 10))"
        kill -9 "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
        expect_exit 0 sealift publish --yes --output json
        expect_equal "$(versions | grep -c "/2.4.$i/")" 5 "versions of 2.4.$i"
        expect_equal "$(aws iot list-jobs --output json | jq "[.jobs[].jobId | select(startswith(\"thermostat-2-4-$i-\"))] | length")" 1
    done
}

test_a_role_without_get_object_version_is_refused() {
    start
    aws iam list-role-policies --role-name firmware-download --output json | jq -r '.PolicyNames[]' | while read -r name; do
        aws iam delete-role-policy --role-name firmware-download --policy-name "$name"
    done
    aws iam put-role-policy --role-name firmware-download --policy-name p --policy-document \
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-firmware/*"}]}'
    expect_exit 5 sealift publish --yes
    expect_stderr s3:GetObjectVersion
    expect_nothing_written
}

test_a_trust_policy_for_another_account_is_refused() {
    start
    aws iam update-assume-role-policy --role-name firmware-download --policy-document \
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"iot.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"999999999999"}}}]}'
    expect_exit 5 sealift publish --yes
    expect_stderr aws:SourceAccount
    expect_nothing_written
}

test_an_unversioned_bucket_is_refused() {
    need aws jq
    make_release
    sandbox_start --quiet
    aws s3api create-bucket --bucket acme-firmware --create-bucket-configuration LocationConstraint=eu-west-1 >/dev/null
    expect_exit 5 sealift publish --yes
    expect_stderr put-bucket-versioning
    expect_equal "$(versions)" ""
}

test_a_suspended_bucket_is_refused() {
    start
    aws s3api put-bucket-versioning --bucket acme-firmware --versioning-configuration Status=Suspended
    expect_exit 5 sealift publish --yes
    expect_stderr put-bucket-versioning
    expect_nothing_written
}

test_a_missing_target_is_refused_with_its_place() {
    start
    sed -i 's/lab-1/lab-2/' sealift.yaml
    expect_exit 5 sealift publish --yes
    expect_stderr_matches 'sealift.yaml:10:[0-9]+: .*lab-2'
    expect_nothing_written
}

test_a_wrong_secret_is_refused() {
    start
    AWS_SECRET_ACCESS_KEY=wrong expect_exit 5 sealift publish --yes
    expect_stderr SignatureDoesNotMatch
    expect_nothing_written
}

test_limits_are_refused_offline() {
    make_release
    export AWS_ENDPOINT_URL=http://127.0.0.1:1
    cp sealift.yaml good.yaml
    sed 's/timeout: 30m/timeout: 61m/' good.yaml >sealift.yaml
    expect_exit 2 sealift publish --yes
    expect_stderr_matches 'sealift.yaml:11:[0-9]+: .*61m'
    sed 's/^job:/job:\n  id: a.b/' good.yaml >sealift.yaml
    expect_exit 2 sealift publish --yes
    expect_stderr_matches 'sealift.yaml:10:[0-9]+: .*a\.b'
    { sed '/document:/d' good.yaml; printf '  document: {dialect: custom, body: {u: "{{artifact.app.url}}", x: %s}}\n' "$(head -c 40000 /dev/zero | tr '\0' a)"; } >sealift.yaml
    expect_exit 2 sealift publish --yes
    expect_stderr 32768
    expect_file_absent .sealift
}

test_a_key_that_cannot_sign_is_refused_before_the_first_request() {
    make_release
    export AWS_ENDPOINT_URL=http://127.0.0.1:1 AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x
    sealift key new --quiet --type ed25519 keys/ed.pem >/dev/null
    cp sealift.yaml good.yaml
    sed 's/key: release}/key: release, algorithm: ecdsa-p256-sha256}/; s|keys/release.pem|keys/ed.pem|' good.yaml >sealift.yaml
    expect_exit 2 sealift publish --yes
    expect_stderr "cannot sign with ecdsa-p256-sha256"
    sed 's/key: release}/key: release, algorithm: ecdsa-p256-sha256}/; s|keys/release.pem|keys/none.pem|' good.yaml >sealift.yaml
    expect_exit 2 sealift publish --yes
    expect_stderr_matches 'sealift.yaml:7:[0-9]+: .*none.pem'
}

test_publish_of_a_plan_file_applies_exactly_that_plan() {
    start
    expect_exit 0 sealift plan -o plan.json
    local digest
    digest=sha256:$(sha256sum <plan.json | cut -d' ' -f1)
    expect_stdout "$digest"
    expect_exit 4 sealift publish --yes --expect-plan "sha256:$(printf '0%.0s' $(seq 64))"
    expect_nothing_written
    cp build/app.bin keep
    printf x >>build/app.bin
    expect_exit 4 sealift publish plan.json --yes
    expect_stderr artifacts
    expect_nothing_written
    cp keep build/app.bin
    expect_exit 0 sealift publish plan.json --yes --expect-plan "$digest"
    expect_exit 0 sealift publish --yes --expect-plan "$digest"
    expect_stdout "nothing was changed"
}

test_another_attempt_makes_another_job() {
    start
    expect_exit 0 sealift publish --yes --output json
    local id
    id=$(job_id "$out")
    aws iot cancel-job --job-id "$id" --force >/dev/null
    expect_exit 6 sealift publish --yes
    expect_stderr "--attempt"
    expect_exit 0 sealift publish --yes --attempt 2 --output json
    expect_equal "$(job_id "$out")" "$id-2"
    expect_equal "$(versions | grep -c app.bin)" 1 "versions of the artifact"
}

test_several_manifests_run_as_one_train() {
    start
    mkdir two
    sed 's/thermostat, version: 2.4.1/valve, version: 1.0.0/; s|build/|../build/|; s|keys/|../keys/|' sealift.yaml >two/sealift.yaml
    expect_exit 0 sealift publish --yes sealift.yaml two/sealift.yaml --output json
    expect_json "$out" length 2
    expect_equal "$(aws iot list-jobs --output json | jq '.jobs | length')" 2
    expect_file two/.sealift/valve-1.0.0/receipt.json
}

test_faults_are_ridden_out() {
    need aws jq
    make_release
    sandbox_start --quiet --prepare sealift.yaml --fault s3.PutObject:status=503,count=2 --fault iot.CreateJob:drop-reply,count=1
    expect_exit 0 sealift publish --yes
    expect_equal "$(versions | wc -l)" 5
    expect_equal "$(aws iot list-jobs --output json | jq '.jobs | length')" 1
}

e2e_main "$@"
