#!/usr/bin/env bash
# Instance metadata, container credentials and GitHub's tokens of the sandbox: asked by hand, by AWS's own clients, and
# by sealift.
# labels: once
# timeout: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

setup_file() { need aws curl jq; }

# start [ARGUMENT...]: a sandbox with metadata; its own keys are put aside.
start()
{
    make_release
    sandbox_start --quiet --prepare sealift.yaml --metadata "$@"
    metadata=$AWS_EC2_METADATA_SERVICE_ENDPOINT
    unset AWS_EC2_METADATA_DISABLED
}

# as WAY COMMAND...: with the credentials of that place alone.
as()
{
    local way=$1 not=()
    shift
    [ "$way" = container ] || not+=(-u AWS_CONTAINER_CREDENTIALS_FULL_URI -u AWS_CONTAINER_AUTHORIZATION_TOKEN)
    [ "$way" = runner ] || not+=(-u ACTIONS_ID_TOKEN_REQUEST_URL -u ACTIONS_ID_TOKEN_REQUEST_TOKEN)
    [ "$way" != runner ] || not+=("AWS_ROLE_ARN=arn:aws:iam::$account:role/pipeline")
    env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY "${not[@]}" "$@"
}

# ask STATUS CURL-ARGUMENT...: the body goes to the file 'body'.
ask()
{
    local want=$1
    shift
    expect_equal "$(curl -s -o body -w '%{http_code}' "$@")" "$want" "status of curl $*"
}

test_instance_metadata_wants_a_token_and_gives_it_for_a_time() {
    start
    ask 401 "$metadata/latest/meta-data/iam/security-credentials/"
    ask 401 -H 'X-aws-ec2-metadata-token: made-up' "$metadata/latest/meta-data/instance-id"
    ask 400 -X PUT "$metadata/latest/api/token"
    ask 400 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 0' "$metadata/latest/api/token"
    ask 400 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 21601' "$metadata/latest/api/token"
    ask 403 -X PUT -H 'X-Forwarded-For: 10.0.0.1' -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$metadata/latest/api/token"
    ask 200 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$metadata/latest/api/token"
    local token
    token="X-aws-ec2-metadata-token: $(cat body)"
    ask 200 -H "$token" "$metadata/latest/meta-data/iam/security-credentials/"
    expect_equal "$(cat body)" pipeline
    ask 200 -H "$token" "$metadata/latest/meta-data/iam/security-credentials/pipeline"
    expect_json body .Code Success
    expect_json body .Type AWS-HMAC
    ask 404 -H "$token" "$metadata/latest/meta-data/iam/security-credentials/other"
    ask 200 -H "$token" "$metadata/latest/meta-data/placement/region"
    expect_equal "$(cat body)" eu-west-1
    ask 405 -X POST -H "$token" "$metadata/latest/meta-data/instance-id"
    ask 200 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 1' "$metadata/latest/api/token"
    token="X-aws-ec2-metadata-token: $(cat body)"
    wait_for 10 token_is_over
}
token_is_over() { [ "$(curl -s -o /dev/null -w '%{http_code}' -H "$token" "$metadata/latest/meta-data/instance-id")" = 401 ]; }

test_the_other_places_want_their_tokens_too() {
    start
    ask 401 "$AWS_CONTAINER_CREDENTIALS_FULL_URI"
    ask 401 -H 'Authorization: made-up' "$AWS_CONTAINER_CREDENTIALS_FULL_URI"
    ask 200 -H "Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN" "$AWS_CONTAINER_CREDENTIALS_FULL_URI"
    expect_json body .RoleArn "arn:aws:iam::$account:role/pipeline"
    ask 401 "$ACTIONS_ID_TOKEN_REQUEST_URL"
    ask 401 -H "Authorization: $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL"
    ask 404 "$metadata/elsewhere"
}

test_the_aws_cli_finds_an_identity_in_each_place() {
    start
    local way
    for way in instance container; do
        expect_exit 0 as "$way" aws sts get-caller-identity --output json
        expect_json "$out" '.Arn | split("/")[1]' pipeline
    done
}

# A token of the runner is one that GitHub's verifiers would take: RS256 by the key that the discovery document leads to.
test_a_runners_token_is_signed_by_the_published_key() {
    need openssl
    start
    ask 200 -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=sts.amazonaws.com"
    jq -r .value body >jwt
    ask 200 "$metadata/.well-known/openid-configuration"
    expect_json body '.id_token_signing_alg_values_supported[0]' RS256
    ask 200 "$metadata/.well-known/jwks"
    from_base64url() { tr -- '-_' '+/' | awk '{ while (length($0) % 4) $0 = $0 "="; print }' | base64 -d; }
    cut -d. -f1 jwt | from_base64url >header
    cut -d. -f2 jwt | from_base64url >claims
    expect_json header .alg RS256
    expect_json header .kid "$(jq -r '.keys[0].kid' body)"
    expect_json claims .aud sts.amazonaws.com
    printf %s "$(cut -d. -f1,2 jwt)" >signed
    printf %s "$(cut -d. -f3 jwt)" | from_base64url >signature
    # SubjectPublicKeyInfo from modulus and exponent, by openssl's own encoder.
    local n e
    n=$(jq -r '.keys[0].n' body | from_base64url | od -An -v -tx1 | tr -d ' \n')
    e=$(jq -r '.keys[0].e' body | from_base64url | od -An -v -tx1 | tr -d ' \n')
    printf 'asn1=SEQUENCE:k\n[k]\na=SEQUENCE:a\nb=BITWRAP,SEQUENCE:b\n[a]\no=OID:rsaEncryption\np=NULL\n[b]\nn=INTEGER:0x%s\ne=INTEGER:0x%s\n' "$n" "$e" >key.cnf
    expect_exit 0 openssl asn1parse -genconf key.cnf -noout -out key.der
    expect_exit 0 openssl dgst -sha256 -verify key.der -keyform DER -signature signature signed
}

test_sealift_publishes_with_the_identity_of_each_place() {
    start
    local way n=0
    for way in instance container runner; do
        n=$((n + 1))
        expect_exit 0 as "$way" "$SEALIFT" publish --yes --quiet --set "release.version=1.0.$n"
        expect_exit 0 as "$way" "$SEALIFT" doctor --output json
        jq -r '.checks[] | select(.topic == "credentials") | .answer' "$out" >answers
        case $way in
        instance) grep 'by instance metadata' answers ;;
        container) grep 'by container' answers ;;
        runner) grep "by web identity: role .* by GitHub's OIDC token" answers ;;
        esac >/dev/null || fail "another place answered $way: $(cat answers)"
    done
}

test_a_role_that_does_not_trust_the_service_gives_nothing() {
    start --metadata-role firmware-download
    ask 200 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$metadata/latest/api/token"
    ask 200 -H "X-aws-ec2-metadata-token: $(cat body)" "$metadata/latest/meta-data/iam/security-credentials/firmware-download"
    expect_json body .Code AssumeRoleUnauthorizedAccess
    ask 400 -H "Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN" "$AWS_CONTAINER_CREDENTIALS_FULL_URI"
    expect_exit 5 as instance "$SEALIFT" publish --yes
    expect_stderr "AssumeRoleUnauthorizedAccess"
    expect_exit 5 as container "$SEALIFT" publish --yes
}

# Each part takes half a second and a session two: it ends while the parts are on their way.
test_sessions_that_end_in_the_middle_of_an_upload_are_renewed() {
    start --session-seconds 2 --fault s3.UploadPart:slow=500
    head -c $((30 * 1024 * 1024)) /dev/urandom >build/app.bin
    sed -i 's|prefix: thermostat/}|prefix: thermostat/, multipart: {threshold: 5MiB, part: 5MiB}}|' sealift.yaml
    local way n=0
    for way in instance runner; do
        n=$((n + 1))
        expect_exit 0 as "$way" "$SEALIFT" publish --yes --quiet --set "release.version=1.0.$n" --output json
        expect_json "$out" .receipt.artifacts.app.confirmedBy checksum
    done
}

test_options_of_metadata_are_checked() {
    expect_exit 2 sealift sandbox --session-seconds 0
    expect_exit 2 sealift sandbox --session-seconds 43201
}

e2e_main "$@"
