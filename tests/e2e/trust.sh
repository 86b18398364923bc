#!/usr/bin/env bash
# Trust files: whose signatures count, and how that changes.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

setup_file()
{
    local name
    for name in alice bob carol mallory; do "$SEALIFT" key new --quiet "$name" >/dev/null; done
    "$SEALIFT" key new --quiet --type ed25519 factory >/dev/null
}

# The keys of setup_file, and trust.json: alice, bob and carol, of whom two must agree; the factory key signs artifacts.
make_trust()
{
    cp ../setup/* .
    sealift trust new --add alice=alice.pub --add bob=bob.pub --add carol=carol.pub --add factory=factory.pub \
        --signers trust=2:alice,bob,carol --signers statement=2:alice,bob,carol --signers artifacts=1:factory \
        --expires 2099-01-01 -o trust.json --quiet >/dev/null
    sealift trust sign --key file:alice trust.json >/dev/null
    sealift trust sign --key file:carol trust.json >/dev/null
}

# Publish a release whose statement these keys sign (names of a YAML list), so many at least, and fetch statement.json.
make_statement()
{
    make_release
    sed -i -e "s|^signing: .*|signing: {key: factory, algorithm: ed25519, statement: {keys: [$1], threshold: $2}}|" \
        -e 's|^keys: .*|keys: {factory: file:factory, alice: file:alice, bob: file:bob, carol: file:carol, mallory: file:mallory}|' sealift.yaml
    sandbox_start --quiet --prepare sealift.yaml
    expect_exit 0 sealift publish --yes --quiet
    local key
    key=$(versions | sed -n 's/^\(.*statement.json\) .*/\1/p')
    aws s3api get-object --bucket acme-firmware --key "$key" statement.json >/dev/null
}

test_a_trust_file_counts_once_enough_have_signed_it() {
    cp ../setup/* .
    expect_exit 2 sealift trust new --add alice=alice.pub --add bob=bob.pub --expires 2099-01-01 -o trust.json
    expect_stderr "say who signs and how many must: --signers trust=2:alice,bob,carol"
    expect_file_absent trust.json
    expect_exit 0 sealift trust new --add alice=alice.pub --add bob=bob.pub --signers trust=2:alice,bob \
        --expires 2099-01-01 -o trust.json
    expect_stderr "sealift trust sign --key KEY trust.json"
    expect_exit 6 sealift trust new --add alice=alice.pub --expires 2099-01-01 -o trust.json
    expect_exit 4 sealift trust check trust.json
    expect_stderr "0 of the 2 signatures"
    expect_exit 0 sealift trust sign --key file:alice trust.json
    expect_stdout "signed   1 of 2, by alice"
    expect_exit 6 sealift trust sign --key file:alice trust.json
    expect_exit 2 sealift trust sign --key file:mallory trust.json
    expect_exit 0 sealift trust sign --key file:bob trust.json
    expect_exit 0 sealift trust check trust.json
    expect_exit 0 sealift trust show --output json trust.json
    expect_json "$out" '.signedBy | join(",")' alice,bob
    expect_json "$out" .version 1
}

test_one_key_alone_needs_no_more_words() {
    cp ../setup/* .
    expect_exit 0 sealift trust new --add alice=alice.pub --expires 2099-01-01 -o trust.json
    expect_exit 0 sealift trust sign --key file:alice trust.json
    expect_exit 0 sealift trust check trust.json
    expect_exit 0 sealift trust new --add alice=alice.pub --expires 2020-01-01 -o late.json
    expect_stderr "it has expired already, at 2020-01-01T00:00:00Z"
}

test_a_new_version_is_made_by_the_old_hands_and_the_new() {
    make_trust
    expect_exit 0 sealift trust change trust.json --revoke "bob=laptop stolen" --add dora=mallory.pub \
        --signers trust=2:alice,carol,dora --signers statement=2:alice,carol,dora -o next.json
    expect_exit 0 sealift trust sign --key file:mallory next.json
    expect_exit 0 sealift trust sign --key file:alice next.json
    expect_exit 0 sealift trust check next.json
    expect_exit 4 sealift trust check --previous trust.json next.json
    expect_stderr "1 of the 2 signatures that role 'trust' of trust version 1 asks for: alice"
    expect_exit 2 sealift trust sign --key file:bob next.json
    expect_stderr "signs with --previous"
    expect_exit 0 sealift trust sign --key file:bob --previous trust.json next.json
    expect_exit 0 sealift trust check --previous trust.json next.json
    expect_stdout "version 2, which follows the one given"
    expect_exit 6 sealift trust check --previous next.json trust.json
    expect_stderr "an older version is never accepted in place of a newer one"
    expect_exit 4 sealift trust check --at 2099-01-01 trust.json
    expect_stderr "expired at 2099-01-01T00:00:00Z"
}

test_nothing_is_built_on_a_file_that_does_not_count() {
    cp ../setup/* .
    sealift trust new --add alice=alice.pub --expires 2099-01-01 -o trust.json --quiet >/dev/null
    expect_exit 4 sealift trust change trust.json --expires 2098-01-01 -o next.json
    expect_file_absent next.json
}

# The other end: DSSE's encoding made by hand, checked by openssl, and the digest by sha256sum.
test_openssl_checks_the_signatures_of_a_trust_file() {
    need openssl jq
    make_trust
    jq -r .payload trust.json | base64 -d >payload
    { printf 'DSSEv1 %d %s %d ' 34 application/vnd.sealift.trust+json "$(stat -c %s payload)"; cat payload; } >pae
    jq -r '.signatures[0].sig' trust.json | base64 -d >sig
    expect_exit 0 openssl dgst -sha256 -verify alice.pub -signature sig pae
    sealift trust show --output json trust.json >shown
    expect_json shown .digest "sha256:$(sha256sum <payload | cut -d' ' -f1)"
}

# One key in all roles: firmware that reads as what a trust file's signatures are over.
test_no_signature_of_firmware_is_one_of_a_trust_file() {
    cp ../setup/* .
    printf 'DSSEv1 34 application/vnd.sealift.trust+json 2 {}' >app.bin
    expect_exit 2 sealift sign --key file:alice app.bin
    expect_stderr "begins with 'DSSEv1 '"
    expect_exit 2 sealift sign --key file:factory --format signify app.bin
    expect_stderr "begins with 'DSSEv1 '"
    expect_file_absent app.bin.sig
}

test_a_file_verifies_by_the_keys_that_may_sign_artifacts() {
    make_trust
    echo firmware >app.bin
    sealift sign --key file:factory --algorithm ed25519ph app.bin >/dev/null
    expect_exit 0 sealift verify --trust trust.json app.bin
    expect_stdout "app.bin: good, ed25519ph signature, signed by factory"
    expect_exit 0 sealift verify --trust trust.json --output json app.bin
    expect_json "$out" .algorithm ed25519ph
    expect_json "$out" .trust.version 1
    sealift sign --key file:alice app.bin >/dev/null
    expect_exit 4 sealift verify --trust trust.json app.bin
    expect_stderr "no key that may sign artifacts made this signature"
    expect_exit 2 sealift verify --trust trust.json --key alice.pub app.bin
    expect_exit 2 sealift verify --key alice.pub --at 2026-01-01T00:00:00Z app.bin
    expect_exit 2 sealift trust check --at 2099-02-30 trust.json
    expect_stderr "--at: '2099-02-30' is no time"
}

test_a_statement_verifies_by_the_threshold_of_its_role() {
    need aws jq
    make_trust
    make_statement "alice, mallory, carol" 3
    expect_exit 0 sealift verify --trust trust.json statement.json
    expect_stdout "signed by alice, carol (role 'statement' of trust version 1: 2 must sign)"
    expect_exit 0 sealift verify --trust trust.json --statement statement.json build/app.bin
    expect_exit 0 sealift verify --remote --trust trust.json --output json .sealift/thermostat-2.4.1/receipt.json
    expect_json "$out" '.keyids | length' 2
    sealift trust change trust.json --revoke "carol=card lost" --signers trust=1:alice,bob -o next.json --quiet >/dev/null
    sealift trust sign --key file:alice next.json >/dev/null
    expect_exit 4 sealift verify --trust next.json statement.json
    expect_stderr "asks for: alice; who could still sign: bob; 'carol' is revoked since"
    expect_stderr "card lost"
    expect_exit 4 sealift verify --trust trust.json --at 2099-01-01T00:00:00Z statement.json
}

# The manifest names trust.json; the statement is signed by alice and bob, artifacts by factory.
make_trusted_release()
{
    make_trust
    make_release
    sed -i -e 's|^signing: .*|signing: {key: factory, algorithm: ed25519, statement: {keys: [alice, bob], threshold: 2}}|' \
        -e 's|^keys: .*|keys: {factory: file:factory, alice: file:alice, bob: file:bob, mallory: file:mallory}\ntrust: trust.json|' sealift.yaml
}

test_publish_asks_the_trust_file_before_anything_is_written() {
    need aws jq
    make_trusted_release
    sandbox_start --quiet --prepare sealift.yaml
    expect_exit 4 sealift publish --yes --set signing.key=mallory --set signing.algorithm=ecdsa-p256-sha256
    expect_stderr_matches "^sealift: sealift.yaml:[0-9]+:[0-9]+: key 'mallory' is not in version 1 of the trust file"
    expect_exit 4 sealift publish --yes --set signing.key=alice --set signing.algorithm=ecdsa-p256-sha256
    expect_stderr "key 'alice' may not sign in role 'artifacts' of trust version 1"
    expect_exit 4 sealift publish --yes --set signing.statement.threshold=1
    expect_stderr "role 'statement' of the trust file asks for 2 signatures"
    sealift trust change trust.json --expires 2098-01-01 -o next.json --quiet >/dev/null
    expect_exit 4 sealift publish --yes --set trust=next.json
    expect_stderr "trust: the trust file has 0 of the 2 signatures"
    expect_exit 2 sealift publish --yes --set trust=none.json
    expect_stderr "trust: "
    expect_nothing_written
    expect_exit 0 sealift publish --yes
    expect_exit 0 sealift verify --remote --trust trust.json .sealift/thermostat-2.4.1/receipt.json
    expect_exit 0 sealift publish --yes
    expect_stdout "nothing was changed"
}

test_the_trust_file_is_part_of_what_is_approved() {
    need jq
    make_trusted_release
    expect_exit 0 sealift plan --offline -o plan.json
    expect_equal "$(jq -r .trust.sha256 plan.json)" "$(sha256sum <trust.json | cut -d' ' -f1)" "digest of the trust file"
    sealift trust sign --key file:bob trust.json >/dev/null
    expect_exit 4 sealift publish --yes plan.json
}

test_a_rehearsal_asks_it_too() {
    need jq
    make_trusted_release
    expect_exit 0 sealift rehearse
    expect_exit 0 sealift rehearse --throwaway-keys
    sed -i 's/^trust: .*/trust: none.json/' sealift.yaml
    expect_exit 2 sealift rehearse
}

e2e_main "$@"
