#!/usr/bin/env bash
# Who sealift is to AWS, from end to end: identities that end in the middle of a release, and what is said of them. Which
# identity is chosen, and when, is compared with botocore in identity_botocore.py.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

setup_file()
{
    need aws jq python3
    moto_start
}

trust='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"iot.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}}]}'
permissions='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:GetObjectVersion"],"Resource":"arn:aws:s3:::acme-firmware/thermostat/*"}]}'

prepare()
{
    moto_reset
    make_release
    aws s3api create-bucket --bucket acme-firmware --create-bucket-configuration LocationConstraint=eu-west-1 >/dev/null
    aws s3api put-bucket-versioning --bucket acme-firmware --versioning-configuration Status=Enabled
    aws iam create-role --role-name firmware-download --assume-role-policy-document "$trust" >/dev/null
    aws iam put-role-policy --role-name firmware-download --policy-name download --policy-document "$permissions"
    aws iot create-thing --thing-name lab-1 >/dev/null
}

# gate_start USES: before moto, identities that end after so many requests. What it says is in gate.log.
gate_start()
{
    server_start gate.log python3 "$e2e_here/identity_gate.py" "$moto_url" "$1"
    wait_for 10 grep -q '^port' gate.log || fail "the gate did not come up: $(cat gate.log.err)"
    gate=http://127.0.0.1:$(sed -n 's/^port //p' gate.log)
}

# Run sealift as a job of GitHub's whose role is to be assumed.
as_github()
{
    env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY AWS_ENDPOINT_URL="$gate" AWS_ROLE_ARN=arn:aws:iam::$account:role/ci \
        ACTIONS_ID_TOKEN_REQUEST_URL="$gate/oidc?api-version=2.0" ACTIONS_ID_TOKEN_REQUEST_TOKEN=runner-secret \
        ${SEALIFT_WRAP:-} "$SEALIFT" "$@"
}

expect_no_secret()
{
    ! grep -nE 'runner-secret|jwt-|example/(secret|token)' "$out" "$err" || fail "a secret is shown"
}

test_a_release_outlives_every_identity() {
    prepare
    gate_start 3
    expect_exit 0 as_github publish --yes --output json
    expect_no_secret
    cp "$out" answer.json
    local name version
    for name in app radio; do
        version=$(jq -r ".receipt.artifacts.$name.versionId" answer.json)
        aws s3api get-object --bucket acme-firmware --key "thermostat/2.4.1/$name.bin" --version-id "$version" got >/dev/null
        expect_same got "build/$name.bin"
    done
    [ "$(grep -c '^identity' gate.log)" -ge 3 ] || fail "too few identities: $(cat gate.log)"
    [ "$(grep -c '^refused' gate.log)" -ge 2 ] || fail "nothing was refused: $(cat gate.log)"
    # Each identity by a token of its own, and none asked for that was not needed.
    expect_equal "$(grep -c '^token' gate.log)" "$(grep -c '^identity' gate.log)"
    expect_equal "$(sed -n 's/^identity .* by //p' gate.log | sort -u | wc -l)" "$(grep -c '^identity' gate.log)"
}

test_what_ends_in_the_middle_of_an_upload_is_sent_again_whole() {
    prepare
    head -c 9000000 /dev/urandom >build/app.bin
    gate_start 1
    expect_exit 0 as_github publish --yes --output json
    cp "$out" answer.json
    aws s3api get-object --bucket acme-firmware --key thermostat/2.4.1/app.bin --version-id "$(jq -r .receipt.artifacts.app.versionId answer.json)" got >/dev/null
    expect_same got build/app.bin
    grep -q '^refused .* PUT /acme-firmware/thermostat/2.4.1/app.bin$' gate.log || fail "the upload was never refused: $(cat gate.log)"
    expect_equal "$(versions | grep -c 'app.bin ')" 1 "versions of app.bin"
}

test_an_identity_that_cannot_be_renewed_ends_the_release() {
    prepare
    gate_start 3
    printf 'a-token' >jwt
    # Static credentials stand before, and nobody gives others.
    expect_exit 5 env AWS_ENDPOINT_URL="$gate" "$SEALIFT" publish --yes
    expect_stderr "ExpiredToken"
    expect_no_secret
    expect_equal "$(grep -c '^identity' gate.log || true)" 0
}

test_doctor_says_which_provider_answered_and_why_no_other_did() {
    prepare
    gate_start 1000
    expect_exit 0 as_github doctor --output json
    expect_no_secret
    jq -r '.checks[] | select(.topic == "credentials") | "\(.verdict) \(.answer)"' "$out" >checks
    expect_equal "$(sed -n 1p checks)" "holds not by environment: AWS_ACCESS_KEY_ID is not set"
    expect_equal "$(sed -n 2p checks)" "holds not by assumed role: the profile has no role_arn"
    expect_equal "$(sed -n 3p checks)" "holds by web identity: role 'arn:aws:iam::$account:role/ci' by GitHub's OIDC token"
    ! grep -q 'single sign-on' checks || fail "a provider after the one that answered is named"
}

test_doctor_says_why_each_provider_has_nothing() {
    expect_exit 5 env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY "$SEALIFT" doctor
    expect_stdout "not by instance metadata: AWS_EC2_METADATA_DISABLED is set"
    expect_stdout "not by credential process: the profile has no credential_process"
    expect_stdout "no AWS credentials were found: AWS_ACCESS_KEY_ID is not set"
}

test_credentials_of_a_process_inherit_nothing_and_are_shown_nowhere() {
    prepare
    mkdir -p "$HOME/.aws"
    cat >tool <<'EOT'
#!/bin/sh
ls /proc/self/fd | wc -l >>"$(dirname "$0")/open"
cat "$(dirname "$0")/answer"
EOT
    chmod +x tool
    printf '{"Version":1,"AccessKeyId":"AKIAPROCESS","SecretAccessKey":"example/secret/x"}' >answer
    printf '[default]\ncredential_process = "%s" --first\n' "$PWD/tool" >"$HOME/.aws/config"
    expect_exit 0 env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY "$SEALIFT" doctor 7<sealift.yaml 8<sealift.yaml
    expect_stdout "by credential process: the credential_process of the profile 'default'"
    expect_no_secret
    expect_equal "$(sort -u open)" 4 "descriptors of the tool: 0, 1, 2 and the folder it reads"
    rm -r "$HOME/.aws"
}

# The program gets a terminal of its own; what it shows there is in the file 'terminal'.
test_the_code_of_an_mfa_device_is_asked_on_the_terminal() {
    need script
    prepare
    cat >config <<EOT
[profile mfa]
role_arn = arn:aws:iam::$account:role/ci
source_profile = base
mfa_serial = arn:aws:iam::$account:mfa/me
[profile base]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = example/secret
EOT
    mkfifo typed
    env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY AWS_CONFIG_FILE=config \
        script -qefc "'$SEALIFT' publish --yes --profile mfa" terminal <typed >/dev/null &
    local running=$!
    exec 9>typed
    wait_for 30 grep "Code of the MFA device 'arn:aws:iam::$account:mfa/me':" terminal
    printf '271828\n' >&9
    wait "$running" || fail "it failed: $(cat terminal)"
    exec 9>&-
    expect_file .sealift/thermostat-2.4.1/receipt.json
    ! grep -E '271828|example/secret' terminal >/dev/null || fail "a secret is shown"
    # Without a terminal nobody can be asked, and it says so.
    expect_exit 2 env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY AWS_CONFIG_FILE=config setsid -w "$SEALIFT" publish --yes --profile mfa
    expect_stderr "there is no terminal to ask on"
}

e2e_main "$@"
