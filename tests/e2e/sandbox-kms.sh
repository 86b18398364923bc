#!/usr/bin/env bash
# The sandbox's KMS, driven by clients others wrote: boto3 for every operation, the AWS CLI for a release key's life.
# labels: once
# timeout: 240
. "$(dirname "$0")/lib.sh"

setup_file() { need aws jq openssl; }

test_boto3_reads_every_reply_of_kms() {
    need boto3
    python3 -c 'import cryptography' 2>/dev/null || skip "python3 has no cryptography"
    sandbox_start
    expect_exit 0 python3 "$e2e_here/sandbox_kms.py"
    expect_stdout "every reply is as the service model says"
}

test_what_kms_encrypts_is_downloaded_with_the_right_to_decrypt_only() {
    need boto3
    sandbox_start
    expect_exit 0 python3 "$e2e_here/sandbox_sse.py"
    expect_stdout "all is as said"
}

test_a_key_is_made_used_and_retired_with_the_aws_cli() {
    sandbox_start --dir state
    local id
    id=$(aws kms create-key --key-spec ECC_NIST_P256 --key-usage SIGN_VERIFY --query KeyMetadata.KeyId --output text)
    aws kms create-alias --alias-name alias/firmware --target-key-id "$id"
    head -c 100000 /dev/urandom >app.bin
    openssl dgst -sha256 -binary app.bin >digest
    aws kms sign --key-id alias/firmware --message fileb://digest --message-type DIGEST \
        --signing-algorithm ECDSA_SHA_256 --query Signature --output text | base64 -d >app.sig
    aws kms get-public-key --key-id alias/firmware --query PublicKey --output text | base64 -d \
        | openssl pkey -pubin -inform DER -out firmware.pem
    openssl dgst -sha256 -verify firmware.pem -signature app.sig app.bin >/dev/null || fail "openssl refuses the signature"
    server_stop "$sandbox_pid"
    sandbox_start --dir state # a key outlives the process
    run aws kms verify --key-id alias/firmware --message fileb://digest --message-type DIGEST \
        --signing-algorithm ECDSA_SHA_256 --signature fileb://app.sig
    expect_json "$out" .SignatureValid true
    aws kms disable-key --key-id "$id"
    run aws kms sign --key-id "$id" --message fileb://digest --message-type DIGEST --signing-algorithm ECDSA_SHA_256
    expect_stderr "An error occurred (DisabledException) when calling the Sign operation"
    AWS_SECRET_ACCESS_KEY=wrong run aws kms list-keys
    expect_stderr "InvalidSignatureException"
}

test_faults_strike_kms() {
    sandbox_start --fault kms.Sign:status=500,count=1
    aws kms create-key --key-spec ECC_NIST_P256 --key-usage SIGN_VERIFY >/dev/null
    aws kms create-alias --alias-name alias/fw --target-key-id "$(aws kms list-keys --query 'Keys[0].KeyId' --output text)"
    head -c 100 /dev/urandom >app.bin
    expect_exit 0 sealift sign --key awskms:alias/fw app.bin # tried again
    run aws kms sign --key-id alias/fw --message fileb://app.bin --signing-algorithm ECDSA_SHA_256
    [ "$status" = 0 ] || fail "the fault struck twice"
}

e2e_main "$@"
