#!/usr/bin/env bash
# Keys in AWS KMS: signing with them at moto and at the sandbox; what comes out is checked by openssl.
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

# kms_moto fixed|as-is: moto, with a KMS that signs digests, or with the one moto has.
kms_moto()
{
    need aws jq openssl python3
    python3 -c 'import moto.server' 2>/dev/null || skip "python3 has no moto"
    local port
    port=$(free_port)
    server_start "$PWD/moto.log" python3 "$e2e_here/kms_moto.py" "$1" "$port"
    wait_for 30 curl -fs -o /dev/null "http://127.0.0.1:$port/moto-api/data.json" || fail "moto did not come up: $(tail -3 moto.log.err)"
    export AWS_ENDPOINT_URL=http://127.0.0.1:$port AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=example/example/example
    export AWS_DEFAULT_REGION=eu-west-1 AWS_REGION=eu-west-1
}

# make_key SPEC ALIAS [USAGE]: sets $key_id
make_key()
{
    key_id=$(aws kms create-key --key-spec "$1" --key-usage "${3:-SIGN_VERIFY}" --query KeyMetadata.KeyId --output text)
    aws kms create-alias --alias-name "alias/$2" --target-key-id "$key_id"
}

# The public key as KMS gives it to anybody, in PEM.
public_pem()
{
    aws kms get-public-key --key-id "$1" --query PublicKey --output text | base64 -d \
        | openssl pkey -pubin -inform DER -out "$2"
}

# good_by_openssl ALGORITHM FILE PUBLIC_PEM
good_by_openssl()
{
    base64 -d "$2.sig" >raw.sig
    case $1 in
    ecdsa-p256-sha256 | rsa-pkcs1-sha256) openssl dgst -sha256 -verify "$3" -signature raw.sig "$2" >/dev/null ;;
    ecdsa-p384-sha384) openssl dgst -sha384 -verify "$3" -signature raw.sig "$2" >/dev/null ;;
    rsa-pss-sha256)
        openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -verify "$3" -signature raw.sig "$2" >/dev/null ;;
    ed25519) openssl pkeyutl -verify -rawin -pubin -inkey "$3" -sigfile raw.sig -in "$2" >/dev/null ;;
    esac || fail "openssl does not take the $1 signature"
}

# sign_each SPEC ALGORITHM...: a key of that spec signs a file with each
sign_each()
{
    local spec=$1 name algorithm
    shift
    name=$(tr 'A-Z_' 'a-z-' <<<"$spec")
    make_key "$spec" "$name"
    public_pem "alias/$name" "$name.pem"
    for algorithm; do
        expect_exit 0 sealift sign --key "awskms:alias/$name" --algorithm "$algorithm" app.bin
        good_by_openssl "$algorithm" app.bin "$name.pem"
        expect_exit 0 sealift verify --key "awskms:$key_id" --algorithm "$algorithm" app.bin
        expect_exit 0 sealift verify --key "$name.pem" --algorithm "$algorithm" app.bin
    done
}

test_every_algorithm_of_moto_is_verified_by_openssl() {
    kms_moto fixed
    head -c 100000 /dev/urandom >app.bin
    sign_each ECC_NIST_P256 ecdsa-p256-sha256
    sign_each ECC_NIST_P384 ecdsa-p384-sha384
    sign_each RSA_2048 rsa-pss-sha256 rsa-pkcs1-sha256
}

test_a_service_that_hashes_the_digest_again_is_found_out() {
    kms_moto as-is
    make_key ECC_NIST_P256 fw
    head -c 100000 /dev/urandom >app.bin
    expect_exit 4 sealift sign --key awskms:alias/fw app.bin
    expect_stderr "what the service of 'awskms:alias/fw' returned: the ecdsa-p256-sha256 signature does not match key"
    expect_file_absent app.bin.sig
}

test_a_mixed_release_is_published_to_moto_once() {
    kms_moto fixed
    make_release
    make_key RSA_3072 app
    make_key ECC_NIST_P384 statement
    local arn
    arn=$(aws kms describe-key --key-id alias/statement --query KeyMetadata.Arn --output text)
    sed -i "s|^signing:.*|signing: {key: release, statement: {keys: [boss], threshold: 1}}|
        s|^keys:.*|keys: {release: 'file:keys/release.pem', app: {key: 'awskms:alias/app', algorithm: rsa-pss-sha256}, boss: 'awskms:$arn'}|
        s|  app: {file: build/app.bin}|  app: {file: build/app.bin, key: app}|" sealift.yaml
    prepare_moto
    expect_exit 0 sealift plan
    expect_stdout_matches "app .*rsa-pss-sha256, key app \(each signature differs\)"
    expect_exit 0 sealift publish --yes --output json
    cp "$out" answer.json
    check_release answer.json
    rm -r .sealift
    expect_exit 0 sealift publish --yes
    expect_stdout "nothing was changed"
    aws kms get-public-key --key-id alias/statement --query PublicKey --output text | base64 -d >boss.der
    openssl pkey -pubin -inform DER -in boss.der -out boss.pem
    expect_exit 0 sealift verify --remote --key boss.pem .sealift/*/receipt.json
    expect_exit 0 sealift verify --remote --key awskms:alias/statement .sealift/*/receipt.json
    expect_exit 4 sealift verify --remote --key awskms:alias/app .sealift/*/receipt.json
}

prepare_moto()
{
    aws s3api create-bucket --bucket acme-firmware --create-bucket-configuration LocationConstraint=eu-west-1 >/dev/null
    aws s3api put-bucket-versioning --bucket acme-firmware --versioning-configuration Status=Enabled
    aws iam create-role --role-name firmware-download --assume-role-policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"iot.amazonaws.com"},"Action":"sts:AssumeRole"}]}' >/dev/null
    aws iam put-role-policy --role-name firmware-download --policy-name download --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:GetObjectVersion"],"Resource":"arn:aws:s3:::acme-firmware/thermostat/*"}]}'
    aws iot create-thing --thing-name lab-1 >/dev/null
}

# The signatures in the registered document are those of the two keys, as openssl sees it.
check_release()
{
    local id
    id=$(jq -r '.receipt.jobs[].id' "$1")
    aws iot get-job-document --job-id "$id" --output json | jq -r .document >document.json
    jq -r '.files[] | select(.fileName == "app.bin") | .signature.codesign.signature' document.json >build/app.bin.sig
    jq -r '.files[] | select(.fileName == "radio.bin") | .signature.codesign.signature' document.json >build/radio.bin.sig
    public_pem alias/app app.pem
    good_by_openssl rsa-pss-sha256 build/app.bin app.pem
    good_by_openssl ecdsa-p256-sha256 build/radio.bin keys/release.pem.pub
}

test_refusals_of_moto_are_explained() {
    kms_moto fixed
    head -c 100 /dev/urandom >app.bin
    expect_exit 5 sealift sign --key awskms:alias/nobody app.bin
    expect_stderr NotFoundException
    expect_stderr "check the key id or alias, its Region and its account"
    make_key SYMMETRIC_DEFAULT symmetric ENCRYPT_DECRYPT
    run sealift sign --key awskms:alias/symmetric app.bin
    [ "$status" != 0 ] || fail "a symmetric key signed"
    make_key RSA_2048 encrypt ENCRYPT_DECRYPT
    expect_exit 2 sealift sign --key awskms:alias/encrypt --algorithm rsa-pss-sha256 app.bin
    expect_stderr "is for ENCRYPT_DECRYPT, not for SIGN_VERIFY"
    make_key ECC_NIST_P521 large
    expect_exit 2 sealift sign --key awskms:alias/large app.bin
    expect_stderr "of the key spec 'ECC_NIST_P521'"
    make_key ECC_NIST_P256 fw
    expect_exit 2 sealift sign --key awskms:alias/fw --algorithm rsa-pss-sha256 app.bin
    expect_stderr "a key of type EC P-256 does not sign with algorithm 'rsa-pss-sha256'"
    expect_file_absent app.bin.sig
}

test_what_is_not_a_key_is_refused_without_a_request() {
    echo x >app.bin
    export AWS_REGION=eu-west-1 AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=example AWS_ENDPOINT_URL=http://127.0.0.1:1
    expect_exit 2 sealift sign --key awskms:firmware app.bin
    expect_stderr "names no KMS key; expected a key id, 'alias/NAME', or the ARN"
    expect_exit 2 sealift verify --key awskms:alias/aws/s3 app.bin
    expect_stderr "one of AWS's own keys"
    unset AWS_REGION
    expect_exit 2 sealift key show awskms:alias/firmware
    expect_stderr "no Region is known"
    expect_exit 7 sealift key show awskms:arn:aws:kms:eu-west-1:123456789012:alias/firmware
}

# certify PUBLIC_PEM: a certificate for a key that only KMS has, k.crt, by the authority ca.crt
certify() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -subj /CN=Root -days 30
    openssl req -new -key ca.key -subj /CN=Firmware -out k.csr
    printf 'keyUsage=digitalSignature\nextendedKeyUsage=codeSigning\n' >ext
    openssl x509 -req -in k.csr -force_pubkey "$1" -CA ca.crt -CAkey ca.key -set_serial 7 -days 20 -extfile ext -out k.crt
} 2>/dev/null

test_keys_of_moto_make_cms_that_openssl_accepts() {
    kms_moto fixed
    head -c 100000 /dev/urandom >app.bin
    local spec algorithm
    while read -r spec algorithm; do
        make_key "$spec" "$algorithm"
        public_pem "alias/$algorithm" k.pem
        certify k.pem
        expect_exit 0 sealift sign --key "awskms:alias/$algorithm" --algorithm "$algorithm" --format cms --certificate k.crt app.bin
        expect_exit 0 openssl cms -verify -binary -inform DER -in app.bin.p7s -content app.bin -CAfile ca.crt -purpose any -out same
        expect_same same app.bin
    done <<<'ECC_NIST_P384 ecdsa-p384-sha384
RSA_2048 rsa-pss-sha256'
}

test_a_key_of_the_sandbox_signs_large_files_for_minisign() {
    need aws jq openssl minisign
    sandbox_start
    make_key ECC_NIST_EDWARDS25519 ed
    head -c 300000 /dev/urandom >app.bin
    expect_exit 0 sealift sign --key awskms:alias/ed --format minisign app.bin
    expect_exit 0 sealift key show --format minisign awskms:alias/ed
    cp "$out" ed.minisign
    expect_exit 0 minisign -Vm app.bin -p ed.minisign
    expect_exit 2 sealift sign --key awskms:alias/ed --format signify app.bin
    expect_stderr "KMS signs at most 4096 bytes with ed25519"
}

test_the_sandbox_signs_ed25519_and_its_limit_is_explained() {
    need aws jq openssl
    sandbox_start
    make_key ECC_NIST_EDWARDS25519 ed
    public_pem alias/ed ed.pem
    head -c 4096 /dev/urandom >app.bin
    expect_exit 0 sealift sign --key awskms:alias/ed --algorithm ed25519 app.bin
    good_by_openssl ed25519 app.bin ed.pem
    head -c 4097 /dev/urandom >app.bin
    expect_exit 2 sealift sign --key awskms:alias/ed --algorithm ed25519 app.bin
    expect_stderr "KMS signs at most 4096 bytes with ed25519, and there are 4097; sign files with ed25519ph"
    head -c 300000 /dev/urandom >app.bin
    expect_exit 0 sealift sign --key awskms:alias/ed --algorithm ed25519ph app.bin
    expect_exit 0 sealift verify --key ed.pem --algorithm ed25519ph app.bin
}

test_a_release_asks_for_each_key_once_and_signs_once_each() {
    need aws jq
    make_release
    sed -i 's|^keys:.*|keys: {release: "awskms:alias/firmware"}|' sealift.yaml
    sandbox_start --prepare sealift.yaml
    local log
    log=$(ls -t "$e2e_work"/sandbox.*.err | sed -n 1p)
    expect_exit 0 sealift publish --yes
    expect_equal "$(grep -c ' kms.GetPublicKey ' "$log")" 1 "GetPublicKey"
    expect_equal "$(grep -c ' kms.Sign ' "$log")" 3 "Sign: two artifacts, one statement"
    rm -r .sealift
    expect_exit 0 sealift publish --yes
    expect_stdout "nothing was changed"
    expect_equal "$(grep -c ' kms.Sign ' "$log")" 3 "what is there is adopted, not signed again"
    sealift key show awskms:alias/firmware | sed -n '/BEGIN/,$p' >firmware.pem
    expect_exit 0 sealift verify --remote --key firmware.pem .sealift/*/receipt.json
    id=$(aws kms describe-key --key-id alias/firmware --query KeyMetadata.KeyId --output text)
    aws kms disable-key --key-id "$id"
    sed -i 's/2.4.1/2.4.2/' sealift.yaml
    expect_exit 5 sealift publish --yes
    expect_stderr "DisabledException"
    expect_stderr "enable it with 'aws kms enable-key'"
    aws kms schedule-key-deletion --key-id "$id" >/dev/null
    expect_exit 5 sealift publish --yes
    expect_stderr "KMSInvalidStateException"
    expect_stderr "cancel-key-deletion"
}

test_a_caller_without_permission_is_told_what_it_lacks() {
    need aws jq
    make_release
    sed -i 's|^keys:.*|keys: {release: "awskms:alias/firmware"}|' sealift.yaml
    sandbox_start --quiet --prepare sealift.yaml
    aws iam create-user --user-name pipeline >/dev/null
    aws iam put-user-policy --user-name pipeline --policy-name p --policy-document \
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*","iot:*","sts:*","iam:*","kms:GetPublicKey"],"Resource":"*"}]}'
    local keys
    keys=$(aws iam create-access-key --user-name pipeline --output json)
    AWS_ACCESS_KEY_ID=$(jq -r .AccessKey.AccessKeyId <<<"$keys")
    AWS_SECRET_ACCESS_KEY=$(jq -r .AccessKey.SecretAccessKey <<<"$keys")
    expect_exit 5 sealift publish --yes
    expect_stderr "signing artifact 'app' with key 'release'"
    expect_stderr "the credentials need kms:Sign on the key"
    expect_nothing_written
}

test_the_publishers_policy_names_the_keys() {
    need aws jq
    make_release
    local id=1234abcd-12ab-34cd-56ef-1234567890ab action
    sed -i "s|^keys:.*|keys: {release: 'awskms:alias/firmware', boss: 'awskms:$id'}|
        s|^signing:.*|signing: {key: release, statement: {keys: [release, boss], threshold: 2}}|" sealift.yaml
    sandbox_start --quiet --prepare sealift.yaml
    sealift role show --publisher >policy.json
    expect_json policy.json '.Statement[] | select(.Sid == "SigningKeys").Resource' "arn:aws:kms:eu-west-1:$account:key/$id"
    expect_json policy.json '.Statement[] | select(.Sid == "SigningAlias1").Condition.StringEquals["kms:RequestAlias"]' alias/firmware
    aws iam create-user --user-name pipeline >/dev/null
    local keys
    keys=$(aws iam create-access-key --user-name pipeline --output json)
    for action in none GetPublicKey Sign; do
        jq --arg a "kms:$action" '.Statement |= map(.Action |= ([.] | flatten - [$a]))' policy.json >less.json
        aws iam put-user-policy --user-name pipeline --policy-name p --policy-document "$(cat less.json)"
        AWS_ACCESS_KEY_ID=$(jq -r .AccessKey.AccessKeyId <<<"$keys") AWS_SECRET_ACCESS_KEY=$(jq -r .AccessKey.SecretAccessKey <<<"$keys") \
            run sealift publish --yes --require-role-check --set "release.version=1.0.0-$action"
        expect_equal "$status" "$([ $action = none ] && echo 0 || echo 5)" "without $action"
        [ $action = none ] || expect_stderr "kms:$action"
    done
}

test_manifests_with_keys_in_kms_are_rehearsed() {
    make_release
    local algorithm
    for algorithm in ecdsa-p256-sha256 ecdsa-p384-sha384 rsa-pss-sha256 rsa-pkcs1-sha256 ed25519ph; do
        sed -i "s|^keys:.*|keys: {release: {key: 'awskms:alias/firmware', algorithm: $algorithm}}|" sealift.yaml
        expect_exit 0 sealift rehearse
        expect_stdout "$algorithm"
    done
    sed -i 's|^keys:.*|keys: {release: "awskms:arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"}|' sealift.yaml
    expect_exit 0 sealift rehearse
    expect_exit 0 sealift rehearse --throwaway-keys
    sed -i 's|kms:eu-west-1|kms:eu-north-1|' sealift.yaml
    expect_exit 2 sealift rehearse
    expect_stderr "of another Region or account"
    sed -i "s|^keys:.*|keys: {release: {key: 'awskms:alias/firmware', algorithm: ed25519}}|" sealift.yaml
    expect_exit 2 sealift rehearse
    expect_stderr "sealift.yaml:4:15: artifacts.app.file: 'build/app.bin' is larger than 4096 bytes, the most that KMS signs"
}

e2e_main "$@"
