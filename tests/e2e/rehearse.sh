#!/usr/bin/env bash
# The rehearsal: a private sandbox, simulated devices, and what they do.
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

test_three_devices_take_a_release_and_a_stranger_refuses() {
    need jq
    make_release
    sed -i 's|thing/lab-1|group/lab|' sealift.yaml
    sealift key new --quiet keys/stranger.pem >/dev/null
    expect_exit 0 sealift rehearse --devices 3 --trust device-3=keys/stranger.pem.pub --expect device-3=rejected --output json
    expect_json "$out" '[.devices[].result] | join(",")' succeeded,succeeded,rejected
    expect_json "$out" '.devices[0].files' 2
    expect_json "$out" '.devices[0].version' 2.4.1
    expect_file_absent .sealift
    expect_exit 8 sealift rehearse --devices 3 --trust device-3=keys/stranger.pem.pub
    expect_stdout "UNEXPECTED"
    expect_exit 8 sealift rehearse --devices 1 --expect device-1=rejected
}

test_a_lower_version_and_other_hardware_are_refused_by_the_device() {
    make_release
    sed -i 's/version: 2.4.1}/version: 2.4.1, hardware: [rev-b]}/' sealift.yaml
    expect_exit 8 sealift rehearse --running lab-1=2.5.0
    expect_exit 0 sealift rehearse --running lab-1=2.4.0 --hardware lab-1=rev-b
    expect_exit 0 sealift rehearse --hardware lab-1=rev-a --expect lab-1=rejected
}

test_throwaway_keys_need_no_key_file() {
    make_release
    rm keys/release.pem
    expect_exit 2 sealift rehearse
    expect_exit 0 sealift rehearse --throwaway-keys
    for algorithm in ecdsa-p384-sha384 rsa-pss-sha256 rsa-pkcs1-sha256 ed25519 ed25519ph; do
        expect_exit 0 sealift rehearse --throwaway-keys --set signing.algorithm=$algorithm
        expect_stdout "$algorithm"
    done
}

test_a_role_that_would_not_work_fails_in_rehearsal() {
    make_release
    local right='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"iot.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
    echo "$right" >trust.json
    echo '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}' >policy.json
    expect_exit 5 sealift rehearse --role trust.json,policy.json
    expect_stderr s3:GetObjectVersion
    sed -i 's/s3:GetObject"/s3:GetObjectVersion"/' policy.json
    expect_exit 0 sealift rehearse --role trust.json,policy.json
    expect_stdout "trust.json"
}

test_the_live_role_is_read_and_rehearsed_with() {
    need aws
    make_release
    sandbox_start --quiet --prepare sealift.yaml
    expect_exit 0 sealift rehearse --role live
    expect_stdout "rehearsed with live"
    local name
    name=$(aws iam list-role-policies --role-name firmware-download --query 'PolicyNames[0]' --output text)
    aws iam put-role-policy --role-name firmware-download --policy-name "$name" --policy-document \
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'
    expect_exit 5 sealift rehearse --role live
    expect_stderr s3:GetObjectVersion
}

test_over_tls_as_well() {
    make_release
    expect_exit 0 sealift rehearse --tls
    expect_stdout succeeded
}

test_the_sandbox_ends_with_the_rehearsal() {
    make_release
    mv sealift.yaml "only-here-$$.yaml"
    expect_exit 0 sealift rehearse "only-here-$$.yaml"
    expect_equal "$(pgrep -cf "sandbox --quiet --prepare only-here-$$.yaml" || true)" 0
}

e2e_main "$@"
