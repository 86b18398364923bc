#!/usr/bin/env bash
# sealift verify: for each kind of thing it answers for, which key, which threshold and which rule decided; and refusals.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

# A release by four hands: the statement by alice and carol of three, app by factory (pure Ed25519), radio by release.
setup_file()
{
    local name
    for name in alice bob carol mallory release; do "$SEALIFT" key new --quiet "$name" >/dev/null; done
    "$SEALIFT" key new --quiet --type ed25519 factory >/dev/null
    "$SEALIFT" trust new --add alice=alice.pub --add bob=bob.pub --add carol=carol.pub --add factory=factory.pub \
        --add release=release.pub --signers trust=2:alice,bob,carol --signers statement=2:alice,bob,carol \
        --signers artifacts=1:factory,release --expires 2099-01-01 -o trust.json --quiet >/dev/null
    "$SEALIFT" trust sign --key file:alice trust.json >/dev/null
    "$SEALIFT" trust sign --key file:carol trust.json >/dev/null
    command -v aws >/dev/null && command -v jq >/dev/null || return 0
    make_release
    sed -i -e 's|^  radio: .*|  radio: {file: build/radio.bin, key: release}|' \
        -e 's|^signing: .*|signing: {key: factory, statement: {keys: [alice, carol], threshold: 2}}|' \
        -e 's|^keys: .*|keys: {factory: {key: file:factory, algorithm: ed25519}, release: file:release, alice: file:alice, carol: file:carol}|' sealift.yaml
    sandbox_start --quiet --prepare sealift.yaml
    "$SEALIFT" plan --offline --quiet -o plan.json >/dev/null
    "$SEALIFT" publish --yes --quiet >/dev/null
    cp .sealift/thermostat-2.4.1/receipt.json .
    aws s3api get-object --bucket acme-firmware --key "$(jq -r .statement.object receipt.json)" statement.json >/dev/null
    rm -rf .sealift
}

# The files of the release, and nothing to reach a network with.
begin()
{
    need aws jq
    cp -r ../setup/. .
    unset "${!AWS_@}"
    export AWS_ENDPOINT_URL=http://127.0.0.1:1 AWS_EC2_METADATA_DISABLED=true
}

keyid() { openssl pkey -pubin -in "$1" -outform DER | sha256sum | cut -d' ' -f1; }

test_a_file_is_answered_with_key_threshold_and_rule() {
    need openssl jq
    cp ../setup/*.pub ../setup/release ../setup/factory ../setup/mallory ../setup/trust.json .
    echo firmware >app.bin
    sealift sign --key file:release app.bin >/dev/null
    expect_exit 0 sealift verify --key release.pub app.bin
    expect_stdout "key        release.pub, ECDSA P-256, ecdsa-p256-sha256"
    expect_stdout "keyid $(keyid release.pub)"
    expect_stdout "threshold  1 of 1; signed by 1"
    expect_stdout "rule       the key given with --key"
    expect_exit 0 sealift verify --output json --trust trust.json app.bin
    expect_json "$out" '.decision.keys[0] | "\(.name) \(.algorithm) \(.keyid)"' "release ecdsa-p256-sha256 $(keyid release.pub)"
    expect_json "$out" '.decision | "\(.threshold) of \(.of)"' "1 of 2"
    expect_json "$out" '.decision.rule | startswith("role '"'artifacts' of trust file 'trust.json'"', version 1")' true
    sealift sign --key file:mallory app.bin >/dev/null
    expect_exit 4 sealift verify --key release.pub app.bin
    expect_no_stdout
    expect_exit 4 sealift verify --trust trust.json app.bin
    expect_no_stdout
}

test_a_bundle_is_checked_for_everything_in_it() {
    begin
    expect_exit 0 sealift verify --trust trust.json statement.json
    expect_stdout "signed by alice, carol (role 'statement' of trust version 1: 2 must sign)"
    expect_stdout "key        alice, ECDSA P-256, ecdsa-p256-sha256"
    expect_stdout "key        carol, ECDSA P-256, ecdsa-p256-sha256"
    expect_stdout "threshold  2 of 3; signed by 2"
    expect_stdout "rule       role 'statement' of trust file 'trust.json', version 1"
    expect_stdout "ecdsa-p256-sha256 signature good, by release"
    expect_stdout "ed25519 signature by factory not checked: that takes the file"
    expect_exit 0 sealift verify --trust trust.json --output json statement.json
    expect_json "$out" '[.decision.keys[].name] | join(",")' alice,carol
    expect_json "$out" '.signatures | "\(.app.checked) \(.radio.checked) \(.radio.algorithm)"' "false true ecdsa-p256-sha256"
    expect_json "$out" .artifacts.app "$(sha256sum <build/app.bin | cut -d' ' -f1)"
    expect_exit 0 sealift verify --trust trust.json --statement statement.json build/app.bin build/radio.bin
    expect_stdout "ed25519 signature good, by factory"
    expect_stdout "ecdsa-p256-sha256 signature good, by release"
    expect_exit 0 sealift verify --key alice.pub --key carol.pub --statement statement.json build/radio.bin
    expect_stdout "signature not checked: its key, keyid"
    expect_stdout "threshold  2 of 2; signed by 2"
    expect_exit 4 sealift verify --key alice.pub --key bob.pub statement.json
    expect_no_stdout
    jq -c .dsseEnvelope statement.json >envelope.json
    expect_exit 0 sealift verify --trust trust.json envelope.json
    expect_stdout "statement of release thermostat 2.4.1"
}

# refused STATUS FILTER MESSAGE: statement.json changed so.
refused()
{
    jq -cS "$2" statement.json >changed.json
    expect_exit "$1" sealift verify --trust trust.json changed.json
    expect_stderr "$3"
    expect_no_stdout
}

test_a_changed_bundle_is_refused_with_the_reason() {
    begin
    refused 4 '.dsseEnvelope.payload |= (@base64d | sub("2.4.1"; "2.4.2") | @base64)' "signature does not match key"
    refused 4 '.dsseEnvelope.signatures |= .[:1]' "has 1 of the 2 signatures that role 'statement' of trust version 1 asks for"
    refused 4 '.dsseEnvelope.signatures |= [.[0], .[0]]' "has 1 of the 2 signatures"
    refused 4 'del(.signatures.radio)' "no signature of artifact 'radio', which the signed statement names"
    refused 4 '.signatures.boot = .signatures.radio' "a signature of 'boot', which the signed statement does not name"
    refused 4 '.signatures.radio.signature = (.signatures.app.signature)' "the signature of artifact 'radio' in the bundle"
    refused 4 ".signatures.radio.keyid = \"$(keyid mallory.pub)\"" "is not in version 1 of the trust file"
    refused 4 ".signatures.radio.keyid = \"$(keyid alice.pub)\"" "may not sign in role 'artifacts'"
    refused 2 '.note = "trust me"' "has a member 'note', which nobody signed or reads"
    refused 2 '.mediaType = "x"' "its mediaType is 'x'"
    refused 2 '.signatures.radio.algorithm = "rot13"' "the signature of artifact 'radio' is malformed"
    # What needs the file is checked with the file.
    jq -cS '.signatures.app.signature = "A" * 86 + "=="' statement.json >changed.json
    expect_exit 4 sealift verify --trust trust.json --statement changed.json build/app.bin
    expect_stderr "the signature of artifact 'app' in the bundle"
    printf x >>build/radio.bin
    expect_exit 4 sealift verify --trust trust.json --statement statement.json build/radio.bin
    expect_stderr "which no file of release thermostat 2.4.1 has"
}

test_a_key_that_counts_no_more_says_so() {
    begin
    sealift trust change trust.json --revoke "carol=card lost" --revoke "release=laptop stolen" \
        --signers trust=1:alice,bob --signers artifacts=1:factory --signers statement=1:alice,bob -o next.json --quiet >/dev/null
    sealift trust sign --key file:alice next.json >/dev/null
    sealift trust sign --key file:carol --previous trust.json next.json >/dev/null
    expect_exit 4 sealift verify --trust next.json statement.json
    expect_stderr "the signature of artifact 'radio'"
    expect_stderr "'release' is revoked since"
    expect_exit 0 sealift verify --trust trust.json next.json
    expect_stdout "role 'trust' of 'next.json' itself, version 2, and that of"
    expect_stdout "trust file, version 2, which follows the one given"
    sealift trust change trust.json --expires alice=2030-01-01 -o soon.json --quiet >/dev/null
    sealift trust sign --key file:alice soon.json >/dev/null
    sealift trust sign --key file:bob soon.json >/dev/null
    expect_exit 4 sealift verify --trust soon.json --at 2031-01-01T00:00:00Z statement.json
    expect_stderr "expired at 2030-01-01T00:00:00Z"
}

# The keys stand in the plan by name; only their public halves are there.
test_a_plan_decides_by_its_own_keys_and_threshold() {
    begin
    rm alice bob carol factory release
    expect_exit 0 sealift verify --plan plan.json --statement statement.json build/app.bin build/radio.bin receipt.json
    expect_stdout "ed25519 signature good, by factory"
    expect_stdout "ecdsa-p256-sha256 signature good, by release"
    expect_stdout "key        alice, ECDSA P-256, ecdsa-p256-sha256"
    expect_stdout "threshold  2 of 2; signed by 2"
    expect_stdout "rule       signing.statement of plan 'plan.json',"
    expect_exit 0 sealift verify --plan plan.json --output json statement.json
    expect_json "$out" '[.decision.keys[].name] | join(",")' alice,carol
    expect_json "$out" .planDigest "sha256:$(sha256sum <plan.json | cut -d' ' -f1)"
    (mkdir elsewhere && cd elsewhere && sealift verify --plan ../plan.json ../statement.json >/dev/null)
    jq -cS '.dsseEnvelope.signatures |= .[:1]' statement.json >changed.json
    expect_exit 4 sealift verify --plan plan.json changed.json
    expect_stderr "2 must sign"
    # Another plan of the same keys is not what was signed.
    jq -cjS '.release.version = "2.4.2"' plan.json >other.json
    expect_exit 4 sealift verify --plan other.json statement.json
    expect_stderr "the statement is about plan sha256:"
    # The plan's artifacts have their own keys.
    jq -cS ".signatures.radio.keyid = \"$(keyid factory.pub)\"" statement.json >changed.json
    expect_exit 4 sealift verify --plan plan.json changed.json
    expect_stderr "is not the one that the plan names for 'radio'"
    cp mallory.pub carol.pub
    expect_exit 4 sealift verify --plan plan.json statement.json
    rm carol.pub
    expect_exit 2 sealift verify --plan plan.json statement.json
    expect_stderr "key 'carol' of the plan"
    expect_exit 2 sealift verify --plan plan.json --key alice.pub statement.json
    expect_exit 2 sealift verify --plan plan.json build/app.bin
}

test_a_trust_file_answers_for_itself() {
    need jq
    cp ../setup/* . 2>/dev/null || true
    expect_exit 0 sealift verify trust.json
    expect_stdout "good, trust file, version 1, expires 2099-01-01T00:00:00Z"
    expect_stdout "signed by alice, carol"
    expect_stdout "threshold  2 of 3; signed by 2"
    expect_stdout "rule       role 'trust' of 'trust.json' itself, version 1"
    expect_exit 0 sealift verify --output json trust.json
    expect_json "$out" '[.decision.keys[].name] | join(",")' alice,carol
    sealift trust show --output json trust.json >shown
    expect_json "$out" .trust.digest "$(jq -r .digest shown)"
    jq -c '.signatures |= .[:1]' trust.json >less.json
    expect_exit 4 sealift verify less.json
    expect_stderr "1 of the 2 signatures that role 'trust'"
    expect_exit 4 sealift verify --at 2099-01-01T00:00:00Z trust.json
    expect_stderr "expired at 2099-01-01"
    expect_exit 2 sealift verify --key alice.pub trust.json
    expect_exit 6 sealift verify --trust trust.json trust.json
    expect_stderr "does not follow version 1"
}

test_a_receipt_is_checked_with_the_statement() {
    begin
    expect_exit 2 sealift verify --trust trust.json receipt.json
    expect_stderr "is a receipt, which nobody signs: give --statement statement.json"
    expect_exit 0 sealift verify --trust trust.json --statement statement.json receipt.json build/app.bin
    expect_stdout "receipt.json: good, receipt of release thermostat 2.4.1, says what was signed"
    local way
    for way in '.release.version = "2.4.2"' '.release.name = "valve"' '.planDigest = "0" * 64' 'del(.artifacts.radio)' \
        '.artifacts.app.sha256 = "0" * 64' '.artifacts.boot = .artifacts.app' '.statement.sha256 = "0" * 64' \
        '.artifacts.app.signature.keyid = "0" * 64' '.artifacts.radio.signature.algorithm = "ed25519"'; do
        jq -cS "$way" receipt.json >bad.json
        expect_exit 4 sealift verify --trust trust.json --statement statement.json bad.json
        expect_no_stdout
    done
    jq -c .dsseEnvelope statement.json >envelope.json
    expect_exit 2 sealift verify --trust trust.json --statement envelope.json receipt.json
    expect_stderr "the whole statement.json of the bucket"
}

test_no_socket_is_made_unless_asked() {
    need strace
    begin
    strace -o trace true 2>/dev/null || skip "strace may not trace here"
    local what
    for what in statement.json trust.json "--statement statement.json build/app.bin receipt.json"; do
        if [ "$what" = trust.json ]; then set -- "$what"; else set -- --trust trust.json $what; fi
        expect_exit 0 env ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" strace -f -qq -o trace -e trace=socket,connect "$SEALIFT" verify "$@"
        expect_equal "$(wc -l <trace)" 0 "network calls of: $what"
    done
}

test_the_program_without_a_network_answers_too_and_refuses_to_ask() {
    begin
    local signer=${SEALIFT%/*}/sealift-signer
    expect_exit 0 "$signer" verify --trust trust.json --statement statement.json build/app.bin receipt.json
    expect_exit 0 "$signer" verify --plan plan.json statement.json
    expect_exit 2 "$signer" verify --trust trust.json --remote receipt.json
    expect_stderr "sealift-signer reaches no network"
    expect_exit 2 "$signer" verify --trust trust.json --job x
}

# The other end: openssl, with DSSE's encoding made by hand.
test_openssl_agrees() {
    need openssl
    begin
    jq -r .dsseEnvelope.payload statement.json | base64 -d >payload
    { printf 'DSSEv1 28 application/vnd.in-toto+json %d ' "$(stat -c %s payload)"; cat payload; } >pae
    local name
    for name in alice carol; do
        jq -r --arg id "$(keyid $name.pub)" '.dsseEnvelope.signatures[] | select(.keyid == $id).sig' statement.json \
            | base64 -d >sig
        expect_exit 0 openssl dgst -sha256 -verify $name.pub -signature sig pae
    done
    jq -r .signatures.radio.signature statement.json | base64 -d >sig
    expect_exit 0 openssl dgst -sha256 -verify release.pub -signature sig build/radio.bin
    jq -r .signatures.app.signature statement.json | base64 -d >sig
    expect_exit 0 openssl pkeyutl -verify -rawin -pubin -inkey factory.pub -sigfile sig -in build/app.bin
}

e2e_main "$@"
