#!/usr/bin/env bash
# doctor: every question is asked, whatever the others came to, and the exit status is the one publish would have.
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

# What a topic came to: verdict TOPIC
verdict() { jq -r --arg t "$1" '[.checks[] | select(.topic == $t) | .verdict] | unique | join(",")' "$out"; }
expect_verdict() { expect_equal "$(verdict "$1")" "$2" "$1"; }

start()
{
    need aws jq
    make_release
    sandbox_start --quiet --prepare sealift.yaml
}

test_a_ready_account_is_called_ready() {
    start
    expect_exit 0 sealift doctor
    expect_stdout "Ready: publish would go through."
    expect_stdout "'acme-firmware' is in eu-west-1 and keeps versions"
    expect_nothing_written
    expect_exit 0 sealift doctor --output json
    expect_json "$out" .ready true
    for topic in manifest keys identity bucket endpoint target publish; do expect_verdict "$topic" holds; done
    sealift publish --yes >/dev/null 2>&1
    expect_exit 0 sealift doctor
    expect_stdout "everything exists already"
}

# What doctor fails with is what publish fails with, and the other questions are still answered.
expect_as_publish()
{
    local want=$1
    expect_exit "$want" sealift publish --yes
    expect_exit "$want" sealift doctor --output json
    expect_json "$out" .ready false
}

test_each_trouble_is_told_and_hides_no_other() {
    start
    aws s3api put-bucket-versioning --bucket acme-firmware --versioning-configuration Status=Suspended
    aws iot delete-thing --thing-name lab-1
    expect_as_publish 5
    expect_verdict bucket fails
    expect_verdict target fails
    expect_verdict identity holds
    expect_verdict publish fails
    aws s3api put-bucket-versioning --bucket acme-firmware --versioning-configuration Status=Enabled
    expect_as_publish 5
    expect_verdict bucket holds
    expect_verdict target fails
    aws iot create-thing --thing-name lab-1 >/dev/null
    expect_exit 0 sealift doctor
}

test_a_role_that_would_not_work_is_told() {
    start
    aws iam update-assume-role-policy --role-name firmware-download --policy-document \
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
    expect_as_publish 5
    expect_verdict bucket holds
    expect_equal "$(jq -r '[.checks[] | select(.verdict == "fails").answer] | any(contains("iot.amazonaws.com"))' "$out")" true
}

test_the_wrong_account_and_the_wrong_secret_are_told() {
    start
    sed -i 's/prefix: thermostat\//&, account: "210987654321"/; s/123456789012:role/210987654321:role/' sealift.yaml
    expect_as_publish 5
    expect_verdict account fails
    make_release
    AWS_SECRET_ACCESS_KEY=wrong expect_exit 5 sealift doctor --output json
    expect_verdict identity fails
}

test_a_missing_key_is_told_beside_the_account() {
    start
    mv keys/release.pem keys/away.pem
    expect_as_publish 2
    expect_equal "$(jq -r '[.checks[] | select(.verdict == "fails")] | length >= 1' "$out")" true
}

test_without_a_manifest_the_machine_is_looked_at() {
    start
    mkdir empty
    cd empty
    expect_exit 0 sealift doctor
    expect_stdout "there is no sealift.yaml here"
    expect_stdout "arn:aws:iam::"
    expect_exit 2 sealift doctor other.yaml
}

test_without_credentials_or_network_it_says_so() {
    need jq
    make_release
    export AWS_ENDPOINT_URL=http://127.0.0.1:1
    expect_exit 5 sealift doctor
    expect_stdout_matches "FAIL +credentials"
    AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=x AWS_MAX_ATTEMPTS=1 expect_exit 7 sealift doctor --output json
    expect_verdict identity fails
    expect_verdict bucket fails
    expect_verdict endpoint fails
}

# moto is somebody else's idea of these calls.
test_it_understands_what_moto_answers() {
    need aws jq
    moto_start
    make_release
    aws s3api create-bucket --bucket acme-firmware --create-bucket-configuration LocationConstraint=eu-west-1 >/dev/null
    aws s3api put-bucket-versioning --bucket acme-firmware --versioning-configuration Status=Enabled
    aws s3api put-bucket-encryption --bucket acme-firmware --server-side-encryption-configuration \
        '{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"alias/fw"}}]}'
    aws iot create-thing --thing-name lab-1 >/dev/null
    run sealift doctor --output json
    expect_verdict bucket holds
    expect_verdict target holds
    expect_verdict public undecided
    expect_equal "$(jq -r '.checks[] | select(.topic == "encryption").answer' "$out")" \
        "aws:kms, key alias/fw: the download role needs kms:Decrypt on it"
    aws s3api put-public-access-block --bucket acme-firmware --public-access-block-configuration \
        BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
    run sealift doctor --output json
    expect_verdict public holds
}

e2e_main "$@"
