#!/usr/bin/env bash
# Profiles of AWS Signer: the sandbox's driven by boto3, and releases that are signed with them.
# timeout: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

setup_file() { need aws curl jq openssl python3; }

test_boto3_reads_every_reply_of_signer() {
    need boto3
    python3 -c 'import cryptography' 2>/dev/null || skip "python3 has no cryptography"
    sandbox_start
    expect_exit 0 python3 "$e2e_here/sandbox_signer.py"
    expect_stdout "every reply is as the service model says"
}

# A release whose app is signed by a profile, radio and statement by a key of this machine.
start()
{
    make_release
    sed -i "s|^keys:.*|keys: {release: 'file:keys/release.pem', prod: {key: 'awssigner:prod_profile', certificate: keys/prod.crt}}|
        s|  app: {file: build/app.bin}|  app: {file: build/app.bin, key: prod}|" sealift.yaml
}

# The sandbox's key for the profile, in the place of the profile's certificate.
take_certificate()
{
    python3 - >keys/prod.crt <<'EOT'
import boto3, textwrap
reply = boto3.client("signer").get_signing_profile(profileName="prod_profile")
print("-----BEGIN PUBLIC KEY-----")
print("\n".join(textwrap.wrap(reply["ResponseMetadata"]["HTTPHeaders"]["x-sealift-public-key"], 64)))
print("-----END PUBLIC KEY-----")
EOT
}

test_a_release_is_signed_by_a_profile_and_by_a_key_here() {
    need boto3
    start
    sandbox_start --prepare sealift.yaml
    take_certificate
    local log id
    log=$(ls -t "$e2e_work"/sandbox.*.err | sed -n 1p)
    expect_exit 0 sealift publish --yes --output json
    cp "$out" answer.json
    id=$(jq -r '.receipt.jobs[].id' answer.json)
    aws iot get-job-document --job-id "$id" --output json | jq -r .document >document.json
    jq -r '.files[] | select(.fileName == "app.bin") | .signature.codesign.signature' document.json | base64 -d >app.sig
    openssl dgst -sha256 -verify keys/prod.crt -signature app.sig build/app.bin >/dev/null || fail "openssl refuses the signature"
    expect_json document.json '.files[] | select(.fileName == "app.bin") | .signature.codesign.signatureAlgorithm' SHA256withECDSA
    expect_equal "$(grep -c 's3.PutObject /acme-firmware/thermostat/2.4.1/app.bin 200' "$log")" 1 "PUTs of the artifact"
    expect_equal "$(grep -c 'signer.StartSigningJob' "$log")" 1 "signing jobs"
    rm -r .sealift
    expect_exit 0 sealift publish --yes
    expect_stdout "nothing was changed"
    expect_equal "$(grep -c 'signer.StartSigningJob' "$log")" 1 "what is there is adopted, not signed again"
    expect_exit 0 sealift verify --remote --key keys/release.pem.pub .sealift/*/receipt.json
}

test_a_run_that_ended_before_the_claim_is_taken_up() {
    need boto3
    start
    sandbox_start --prepare sealift.yaml --fault signer.StartSigningJob:status=400,count=1
    take_certificate
    expect_exit 2 sealift publish --yes
    expect_equal "$(versions | grep -c '2.4.1/app.bin ')" 1 "the artifact is stored"
    expect_exit 0 sealift publish --yes
    expect_equal "$(versions | grep -c '2.4.1/app.bin ')" 1 "and not stored again"
}

test_a_signature_by_another_key_than_the_certificates_is_refused() {
    start
    sandbox_start --quiet --prepare sealift.yaml
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout other.pem -subj /CN=fw -addext extendedKeyUsage=codeSigning -days 30 -out keys/prod.crt 2>/dev/null
    expect_exit 4 sealift publish --yes
    expect_stderr "what the service of 'awssigner:prod_profile' returned: the ecdsa-p256-sha256 signature does not match key"
    expect_equal "$(aws iot list-jobs --output json | jq '.jobs | length')" 0 "jobs"
}

test_a_profile_that_is_missing_is_found_before_anything_is_written() {
    start
    sandbox_start --quiet --prepare sealift.yaml
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout other.pem -subj /CN=fw -days 30 -out keys/prod.crt 2>/dev/null
    sed -i 's/prod_profile/other_profile/' sealift.yaml
    expect_exit 5 sealift publish --yes
    expect_stderr "ResourceNotFoundException"
    expect_stderr "put-signing-profile"
    expect_nothing_written
    expect_exit 2 sealift sign --key awssigner:prod_profile build/app.bin
    expect_stderr "AWS Signer signs what stands in a bucket"
}

test_the_publishers_policy_names_the_profile() {
    need boto3
    start
    sandbox_start --quiet --prepare sealift.yaml
    take_certificate
    sealift role show --publisher >policy.json
    aws iam create-user --user-name pipeline >/dev/null
    aws iam put-user-policy --user-name pipeline --policy-name p --policy-document "$(cat policy.json)"
    local keys
    keys=$(aws iam create-access-key --user-name pipeline --output json)
    local action id secret
    id=$(jq -r .AccessKey.AccessKeyId <<<"$keys") secret=$(jq -r .AccessKey.SecretAccessKey <<<"$keys")
    for action in none GetSigningProfile StartSigningJob DescribeSigningJob; do
        jq --arg a "signer:$action" '.Statement |= map(.Action |= ([.] | flatten - [$a]) | select(.Action != []))' policy.json >less.json
        aws iam put-user-policy --user-name pipeline --policy-name p --policy-document "$(cat less.json)"
        AWS_ACCESS_KEY_ID=$id AWS_SECRET_ACCESS_KEY=$secret run sealift publish --yes --require-role-check --set "release.version=1.0.0-$action"
        expect_equal "$status" "$([ $action = none ] && echo 0 || echo 5)" "without $action"
        [ $action = none ] || expect_stderr "$action"
    done
}

test_a_rehearsal_needs_no_certificate() {
    start
    expect_exit 0 sealift rehearse
    expect_exit 0 sealift rehearse --throwaway-keys
}

e2e_main "$@"
