#!/usr/bin/env bash
# The commands in docs/ work as they stand there, in the order they stand there.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

# The blocks of a page that are marked to be run.
commands_of() { sed -n '/tests\/e2e\/documents.sh runs the lines below/,/^```$/p' "$e2e_top/docs/$1" | grep -v '^```\|^<!--'; }

sealift-signer() { "$(dirname "$SEALIFT")/sealift-signer" "$@"; }

test_a_ceremony_goes_as_its_page_says() {
    local name
    make_release
    mkdir elsewhere
    for name in alice bob carol; do
        sealift key new --quiet elsewhere/$name.pem >/dev/null
        mv elsewhere/$name.pem.pub keys/$name.pub
    done
    sed -i -e 's|^signing: .*|signing: {key: release, statement: {keys: [alice, bob, carol], threshold: 2}}|' \
        -e 's|^keys: .*|keys: {release: file:keys/release.pem, alice: external:keys/alice.sig, bob: external:keys/bob.sig, carol: external:keys/carol.sig}|' \
        -e 's|thing/lab-1|"arn:aws:iot:eu-west-1:123456789012:thing/lab-1"|' sealift.yaml
    commands_of ceremony.md >commands
    [ "$(grep -c '^sealift' commands)" = 7 ]
    # shellcheck disable=SC1091  # made above
    . ./commands
    grep -F '[ ]  alice' script.txt >/dev/null
    [ -s statement.json ]
}

e2e_main
