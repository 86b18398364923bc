#!/usr/bin/env bash
# labels:
# A signing ceremony: request, sign, combine, verify, publish; the chain it makes; and how it cannot be cheated.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

signer=$(dirname "$SEALIFT")/sealift-signer
signer() { ${SEALIFT_WRAP:-} "$signer" "$@"; }

setup_file()
{
    local name
    for name in alice bob carol mallory; do "$signer" key new --quiet $name.pem >/dev/null; done
    "$signer" key new --quiet --type ed25519 dora.pem >/dev/null
    "$signer" key new --quiet release.pem >/dev/null
}

# A release whose statement two of alice, bob and carol sign; their private keys are elsewhere.
make_ceremony()
{
    local name
    make_release
    mkdir elsewhere
    cp ../setup/*.pem elsewhere
    for name in alice bob carol; do cp ../setup/$name.pem.pub keys/$name.pub; done
    cp ../setup/release.pem keys/release.pem
    sed -i -e 's|^signing: .*|signing: {key: release, statement: {keys: [alice, bob, carol], threshold: 2}}|' \
        -e 's|^keys: .*|keys: {release: file:keys/release.pem, alice: external:keys/alice.sig, bob: external:keys/bob.sig, carol: external:keys/carol.sig}|' \
        -e 's|thing/lab-1|"arn:aws:iot:eu-west-1:123456789012:thing/lab-1"|' sealift.yaml
    sealift plan --offline --quiet -o plan.json >/dev/null
    sealift ceremony request plan.json --first -o request.json >/dev/null
}

# answer NAME [REQUEST [OPTION ...]]: that person signs, where the key is.
answer()
{
    local name=$1 request=${2:-request.json}
    shift
    [ $# = 0 ] || shift
    rm -f "$name.response.json"
    signer ceremony sign --key "file:elsewhere/$name.pem" "$request" -o "$name.response.json" "$@" >/dev/null
}

# A whole ceremony of alice and carol.
hold()
{
    make_ceremony
    answer alice
    answer carol
    signer ceremony combine request.json alice.response.json carol.response.json >/dev/null
}

# canonical FILE FILTER: change a JSON file, in the form all of them have.
canonical() { jq -cjS "$2" "$1" >"$1.new" && mv "$1.new" "$1"; }

# refused STATUS REASON COMMAND...: and nothing is written.
refused()
{
    local status=$1 reason=$2
    shift 2
    local before after
    before=$(find . -type f ! -name '.out' ! -name '.err' | sort)
    expect_exit "$status" "$@"
    expect_stderr "$reason"
    after=$(find . -type f ! -name '.out' ! -name '.err' | sort)
    expect_equal "$after" "$before" "files"
}

test_two_of_three_sign_and_the_release_goes_out() {
    need aws openssl
    make_ceremony
    sandbox_start --quiet --prepare sealift.yaml
    expect_exit 0 sealift ceremony request plan.json --first -o request.json
    expect_stdout "signers  2 of alice, bob, carol"
    expect_stdout "the plan in words:"
    expect_exit 0 signer ceremony sign --key file:elsewhere/alice.pem request.json
    expect_stdout "artifact app, 100000 bytes, build/app.bin"
    expect_stdout "signed    by alice: alice.response.json"
    expect_exit 0 signer ceremony sign --key file:elsewhere/carol.pem request.json --output json
    expect_json "$out" .signer carol
    # The order in which responses are given changes nothing.
    expect_exit 0 signer ceremony combine request.json carol.response.json alice.response.json
    cp transcript.json first.json
    expect_exit 0 sealift ceremony combine request.json alice.response.json carol.response.json
    cmp transcript.json first.json
    expect_exit 0 signer ceremony verify --key keys/alice.pub --key keys/carol.pub transcript.json
    expect_exit 0 sealift verify --key keys/alice.pub --key keys/carol.pub statement.json
    expect_exit 0 signer verify --plan plan.json statement.json
    expect_equal "$(sealift key show external:keys/alice.sig)" "$(sealift key show keys/alice.pub)" "public key"
    expect_exit 0 sealift publish plan.json --statement statement.json --yes
    # Somebody else runs it again, without the statement: it is the same release.
    expect_exit 0 sealift publish plan.json --yes
    [ "$(aws iot list-jobs --output json | jq '.jobs | length')" = 1 ]
}

test_the_statement_verifies_with_openssl_alone() {
    need openssl jq base64
    hold
    local payload
    payload=$(jq -r .payload statement.json | base64 -d)
    printf 'DSSEv1 %d %s %d %s' 28 application/vnd.in-toto+json "${#payload}" "$payload" >pae
    jq -r '.signatures[0].sig' statement.json | base64 -d >first.sig
    jq -r '.signatures[1].sig' statement.json | base64 -d >second.sig
    openssl dgst -sha256 -verify keys/alice.pub -signature first.sig pae
    openssl dgst -sha256 -verify keys/carol.pub -signature second.sig pae
}

test_the_words_are_those_of_the_pgp_word_list() {
    need jq
    make_ceremony
    expect_exit 0 signer ceremony script request.json
    local digest words
    digest=$(sha256sum plan.json | cut -c1-64)
    expect_stdout "sha256:$digest"
    [ "$(sha256sum request.json | cut -c1-64)" = "$(sed -n 's/^request  sha256://p' "$out" | head -1)" ]
    words=$(sed -n '/^To read aloud: the plan/,/^To read aloud: the request/p' "$out" | grep -E '^  [1-8]  ' | cut -c6- | wc -w)
    [ "$words" = 32 ]
}

test_the_script_is_for_paper_as_text_and_html() {
    make_ceremony
    expect_exit 0 signer ceremony script request.json
    expect_stdout "[ ]  alice"
    expect_stdout "Signing ceremony 1: thermostat 2.4.1"
    [ "$(awk 'length > 100' "$out" | wc -l)" = 0 ]
    expect_exit 0 signer ceremony script --format html -o script.html request.json
    grep -F '<!DOCTYPE html>' script.html
    grep -F 'carol' script.html
}

test_artifacts_that_wait_for_a_key_are_signed_in_the_ceremony_too() {
    need aws jq
    make_ceremony
    cp ../setup/release.pem.pub keys/radio.pub
    sed -i -e 's|release: file:keys/release.pem|radio: external:keys/radio.sig|' -e 's|signing: {key: release|signing: {key: radio|' sealift.yaml
    rm keys/release.pem request.json
    sandbox_start --quiet --prepare sealift.yaml
    expect_exit 0 sealift plan --offline -o plan.json
    expect_exit 0 sealift ceremony request plan.json --first -o request.json
    answer alice
    answer bob
    refused 4 "artifacts wait for the signature of radio" signer ceremony combine request.json alice.response.json bob.response.json
    cp elsewhere/release.pem elsewhere/radio.pem
    answer radio
    expect_exit 0 signer ceremony combine request.json alice.response.json bob.response.json radio.response.json
    expect_json statement.json '.signatures | keys | join(",")' app,radio
    expect_exit 0 signer verify --plan plan.json statement.json
    expect_exit 0 sealift publish plan.json --statement statement.json --yes
    expect_exit 0 sealift verify --key keys/alice.pub --key keys/bob.pub statement.json
}

test_a_rehearsal_needs_no_key_and_is_marked() {
    make_ceremony
    expect_exit 0 signer ceremony rehearse -o rehearsal plan.json
    expect_stdout "a REHEARSAL"
    expect_stdout "refused   a response fewer: 1 of 2"
    expect_stdout "the transcript, replayed, is the same"
    expect_json rehearsal/request.json .rehearsal true
    # What it leaves behind is worth nothing.
    refused 4 "signed by 0 of the trusted keys" sealift publish plan.json --statement rehearsal/statement.json --yes
    refused 4 "none of those given" signer ceremony verify --key keys/alice.pub --key keys/bob.pub rehearsal/transcript.json
}

test_a_ceremony_follows_the_one_before() {
    need jq
    hold
    mv transcript.json first.json
    expect_exit 2 sealift ceremony request plan.json -o second.request.json
    expect_stderr "give --previous TRANSCRIPT"
    expect_exit 0 sealift ceremony request plan.json --previous first.json -o second.request.json
    expect_stdout "ceremony number 2"
    expect_stdout "follows  sha256:$(sha256sum first.json | cut -c1-64)"
    answer bob second.request.json --previous first.json
    answer carol second.request.json
    expect_exit 0 signer ceremony combine second.request.json bob.response.json carol.response.json -o second
    expect_exit 0 sealift ceremony request plan.json --previous second/transcript.json -o third.request.json
    answer alice third.request.json
    refused 4 "'bob' answered another request" signer ceremony combine third.request.json alice.response.json bob.response.json -o third
    answer bob third.request.json
    expect_exit 0 signer ceremony combine third.request.json alice.response.json bob.response.json -o third
    local keys=(--key keys/alice.pub --key keys/bob.pub --key keys/carol.pub)
    expect_exit 0 signer ceremony verify "${keys[@]}" first.json second/transcript.json third/transcript.json
    # A gap, another order, another history.
    refused 4 "one is missing between them" signer ceremony verify "${keys[@]}" first.json third/transcript.json
    refused 4 "does not follow" signer ceremony verify "${keys[@]}" second/transcript.json first.json
    answer alice
    answer bob
    signer ceremony combine request.json alice.response.json bob.response.json -o other >/dev/null
    refused 4 "the one given has digest" signer ceremony verify "${keys[@]}" other/transcript.json second/transcript.json
    refused 4 "the one given has digest" signer ceremony sign --key file:elsewhere/alice.pem --previous other/transcript.json second.request.json
}

# Requests that were tampered with, at the signer: jq filter, exit status, reason.
test_a_request_that_was_changed_is_not_signed() {
    need jq
    make_ceremony
    cp request.json good.json
    local mallory spki filter status reason n=0
    spki=$(openssl pkey -pubin -in ../setup/mallory.pem.pub -outform DER | base64 -w0)
    mallory=$(openssl pkey -pubin -in ../setup/mallory.pem.pub -outform DER | sha256sum | cut -c1-64)
    while IFS='~' read -r filter status reason; do
        [ -n "$filter" ] || continue
        cp good.json request.json
        canonical request.json "$filter"
        refused "$status" "$reason" signer ceremony sign --key file:elsewhere/alice.pem request.json -o alice.response.json
        n=$((n + 1))
    done <<EOT
.plan.release.version = "2.4.2"~4~the plan in it has digest
.plan.artifacts[0].sha256 = .plan.artifacts[1].sha256~4~the plan in it has digest
.plan.jobs[0].targets[0] = "arn:aws:iot:eu-west-1:1:thing/x"~4~the plan in it has digest
.planDigest = ("0" * 64)~4~the plan in it has digest
.threshold = 1~4~it says that 1 must sign, its plan says 2
.threshold = 3~4~it says that 3 must sign, its plan says 2
.signers += [.signers[0] + {name: "mallory"}]~4~4 signers, its plan 3
.signers |= .[1:]~4~2 signers, its plan 3
.signers |= reverse~4~in its plan 'alice'
.signers[0].name = "mallory"~4~in its plan 'alice'
.signers[0].publicKey = "$spki"~4~does not follow from the plan and the key: keyid
.signers[0].keyid = "$mallory"~4~does not follow from the plan and the key: keyid
.signers[0].publicKey = "AAAA"~2~'publicKey' of signer 'alice'
.signers[0].signs += ["artifact app"]~4~does not follow from the plan and the key: signs
.signers[0].signs = []~4~does not follow from the plan and the key: signs
.signers[0].algorithm = "ed25519"~4~does not follow from the plan and the key: algorithm
.signers[0].note = "trust me"~4~does not follow from the plan and the key: note
.signers[0][""] = "trust me"~4~does not follow from the plan and the key: ''
.signers[1] = (.signers[0] + {name: "bob"})~4~hold one and the same key
.number = 2~4~does not name the transcript before it
.previous = ("0" * 64)~4~is the first and names
.previous = "last week"~2~malformed
.rehearsal = false~2~malformed
.trust = "AAAA"~4~the plan names none
.note = "trust me"~2~a member 'note', which nobody signed or reads
.mediaType = "application/json"~2~its mediaType is
.plan.statement.threshold = 0~2~a threshold they can reach
.plan.statement.keys = []~2~a threshold they can reach
.plan.artifacts = []~2~artifacts expected
del(.plan)~2~an object with 'sealift' 1
EOT
    [ "$n" = 30 ]
    jq . good.json >request.json
    refused 2 "it was reformatted" signer ceremony sign --key file:elsewhere/alice.pem request.json -o alice.response.json
    : >request.json
    expect_exit 2 signer ceremony script request.json
    expect_stderr "request.json:1:1: not valid JSON"
    head -c 900 good.json >request.json
    refused 2 "request.json" signer ceremony sign --key file:elsewhere/alice.pem request.json -o alice.response.json
    # A whole other plan is a whole other digest.
    canonical plan.json '.statement.threshold = 1'
    sealift ceremony request plan.json --first -o lowered.json >/dev/null
    refused 4 "not for the expected" signer ceremony sign --key file:elsewhere/alice.pem lowered.json -o alice.response.json \
        --expect-plan "sha256:$(jq -r .planDigest good.json)"
    cp good.json request.json
    refused 4 "none of the signers' of this request (alice, bob, carol)" \
        signer ceremony sign --key file:elsewhere/mallory.pem request.json -o alice.response.json
}

# Responses that were tampered with, at whoever combines them.
test_a_response_that_was_changed_is_not_counted() {
    need jq base64 openssl
    hold
    mkdir kept
    mv alice.response.json carol.response.json kept
    rm statement.json transcript.json
    combine() { signer ceremony combine request.json "$@"; }
    cp kept/* .
    refused 4 "'alice' has answered already" combine alice.response.json alice.response.json
    refused 4 "1 of 2 signatures are there; who could still sign: bob, carol" combine alice.response.json
    # A stranger's, and a stranger's under another name.
    sed -i 's/external:keys\/alice.sig/external:keys\/mallory.sig/' sealift.yaml
    cp ../setup/mallory.pem.pub keys/mallory.pub
    sealift plan --offline --quiet -o other.json >/dev/null
    sealift ceremony request other.json --first -o other.request.json >/dev/null
    signer ceremony sign --key file:elsewhere/mallory.pem other.request.json -o mallory.response.json >/dev/null
    refused 4 "none of the signers'" combine mallory.response.json carol.response.json
    canonical mallory.response.json ".signatures[0].keyid = \"$(jq -r '.signatures[0].keyid' alice.response.json)\""
    refused 4 "mallory.response.json" combine mallory.response.json carol.response.json
    # To another plan, and to another request of this plan: an earlier ceremony.
    rm carol.response.json
    signer ceremony sign --key file:elsewhere/carol.pem other.request.json -o carol.response.json >/dev/null
    refused 4 "'carol' signed another plan" combine alice.response.json carol.response.json
    cp kept/carol.response.json .
    combine alice.response.json carol.response.json -o held >/dev/null
    sealift ceremony request plan.json --previous held/transcript.json -o second.json >/dev/null
    refused 4 "'alice' answered another request of the same plan" signer ceremony combine second.json alice.response.json carol.response.json
    # What is inside was changed, or came from another's.
    local inside carols
    inside=$(jq -r .payload alice.response.json | base64 -d)
    carols=$(jq -r .payload carol.response.json | base64 -d | jq -r .statement)
    canonical alice.response.json ".payload = \"$(printf %s "$inside" | jq -cjS ".statement = \"$carols\"" | base64 -w0)\""
    refused 4 "alice.response.json" combine alice.response.json carol.response.json
    cp kept/* .
    canonical alice.response.json ".signatures += [.signatures[0]]"
    refused 2 "a response has one signature, not 2" combine alice.response.json carol.response.json
    cp kept/* .
    canonical alice.response.json ".payloadType = \"application/vnd.in-toto+json\""
    refused 4 "the DSSE envelope holds something else" combine alice.response.json carol.response.json
    cp kept/* .
    jq . kept/alice.response.json >alice.response.json
    refused 2 "it was reformatted" combine alice.response.json carol.response.json
    cp held/statement.json x.json
    refused 2 "a response has one signature, not 2" combine x.json carol.response.json
    refused 2 "request.json" combine request.json carol.response.json
    # Alice signs something of her own making: every member is looked at.
    local n=0 filter reason
    while IFS='~' read -r filter reason; do
        [ -n "$filter" ] || continue
        printf %s "$inside" | jq -cjS "$filter" >payload
        printf 'DSSEv1 %d %s %d ' 46 application/vnd.sealift.ceremony-response+json "$(wc -c <payload)" | cat - payload >pae
        openssl dgst -sha256 -sign elsewhere/alice.pem -out own.sig pae
        jq -cjS ".payload = \"$(base64 -w0 payload)\" | .signatures[0].sig = \"$(base64 -w0 own.sig)\"" kept/alice.response.json >alice.response.json
        refused "${reason%%:*}" "${reason#*:}" combine alice.response.json carol.response.json
        n=$((n + 1))
    done <<EOT
.name = "bob"~4:it calls itself the response of 'bob'
.statement = "$carols"~4:the signature of the statement by 'alice'
del(.statement)~4:it lacks the signature of the statement by 'alice'
.artifacts = {"app": .statement}~4:it has signatures of 1 artifacts
.planDigest = ("0" * 64)~4:'alice' signed another plan
.request = ("0" * 64)~4:'alice' answered another request
.note = "hello"~2:a member 'note', which nobody signed or reads
EOT
    [ "$n" = 7 ]
    # So it is for real: unchanged and signed again by openssl, it counts, with another nonce.
    printf %s "$inside" >payload
    printf 'DSSEv1 %d %s %d ' 46 application/vnd.sealift.ceremony-response+json "$(wc -c <payload)" | cat - payload >pae
    openssl dgst -sha256 -sign elsewhere/alice.pem -out own.sig pae
    jq -cjS ".payload = \"$(base64 -w0 payload)\" | .signatures[0].sig = \"$(base64 -w0 own.sig)\"" kept/alice.response.json >alice.response.json
    expect_exit 0 signer ceremony combine request.json alice.response.json carol.response.json -o again
}

test_a_transcript_that_was_changed_does_not_verify() {
    need jq
    hold
    cp transcript.json good.json
    answer bob
    local keys=(--key keys/alice.pub --key keys/bob.pub --key keys/carol.pub) filter status reason n=0
    while IFS='~' read -r filter status reason; do
        [ -n "$filter" ] || continue
        cp good.json transcript.json
        canonical transcript.json "$filter"
        refused "$status" "$reason" signer ceremony verify "${keys[@]}" transcript.json
        n=$((n + 1))
    done <<EOT
.statement.signatures |= .[1:]~4~gives other bytes
.statement.payload = "e30="~4~gives other bytes
.responses |= reverse~4~gives other bytes
.responses |= .[1:]~4~1 of 2 signatures are there
.responses += [.responses[0]]~4~has answered already
.responses += [$(cat bob.response.json)]~4~gives other bytes
.responses = []~4~0 of 2 signatures are there
.request.threshold = 1~4~its plan says 2
.request.plan.release.version = "9.9.9"~4~the plan in it has digest
.request.number = 2~4~does not name the transcript before it
del(.request)~2~it lacks its request
.note = 1~2~nobody signed or reads
EOT
    [ "$n" = 12 ]
    cp good.json transcript.json
    refused 4 "none of those given with --key" signer ceremony verify --key keys/alice.pub --key keys/bob.pub transcript.json
    refused 2 "needs the public keys of the signers" signer ceremony verify transcript.json
}

test_publish_takes_no_other_statement() {
    need aws jq
    hold
    sandbox_start --quiet --prepare sealift.yaml
    cp statement.json good.json
    publish() { sealift publish plan.json --statement statement.json --yes; }
    local filter reason n=0
    while IFS='~' read -r filter reason; do
        [ -n "$filter" ] || continue
        cp good.json statement.json
        canonical statement.json "$filter"
        expect_exit 4 publish
        expect_stderr "$reason"
        n=$((n + 1))
    done <<EOT
.signatures |= .[1:]~signed by 1 of the trusted keys; 2 must sign
.signatures += [.signatures[0]]~carries a signature by none of the plan's keys, or one key's twice
.signatures += [{keyid: ("0" * 64), sig: .signatures[0].sig}]~carries a signature by none of the plan's keys
.signatures[0].sig = .signatures[1].sig~the release statement
.payload = "e30="~the release statement
EOT
    [ "$n" = 5 ]
    cp good.json statement.json
    # An artifact swapped after the ceremony is another plan.
    echo other >build/app.bin
    expect_exit 4 publish
    expect_stderr "artifacts[0]"
    sealift plan --offline --quiet -o plan.json >/dev/null
    expect_exit 4 publish
    expect_stderr "its statement is about another plan"
    expect_nothing_written
}

test_the_trust_file_of_the_plan_rules_the_ceremony() {
    need jq
    local name
    make_ceremony
    trust() { sealift trust "$@" --quiet >/dev/null; }
    trust new --add alice=keys/alice.pub --add bob=keys/bob.pub --add carol=keys/carol.pub --add release=../setup/release.pem.pub \
        --signers trust=2:alice,bob,carol --signers statement=2:alice,bob,carol --signers artifacts=1:release --expires 2099-01-01 -o trust.json
    trust sign --key file:elsewhere/alice.pem trust.json
    trust sign --key file:elsewhere/bob.pem trust.json
    echo 'trust: trust.json' >>sealift.yaml
    rm request.json
    expect_exit 0 sealift plan --offline -o plan.json
    expect_exit 2 sealift ceremony request plan.json --first -o request.json
    expect_stderr "the plan names a trust file; give it with --trust"
    expect_exit 0 sealift ceremony request plan.json --first --trust trust.json -o request.json
    for name in alice bob; do answer $name; done
    expect_exit 0 signer ceremony combine request.json alice.response.json bob.response.json
    expect_exit 0 signer ceremony verify --trust trust.json transcript.json
    # Dropped, or another one.
    cp request.json good.json
    canonical request.json 'del(.trust)'
    refused 4 "the plan names a trust file, and the request has none" signer ceremony sign --key file:elsewhere/alice.pem request.json -o x.json
    trust change trust.json --revoke 'carol=laptop stolen' --signers trust=2:alice,bob --signers statement=2:alice,bob -o next.json
    trust sign --key file:elsewhere/alice.pem next.json
    trust sign --key file:elsewhere/bob.pem --previous trust.json next.json
    cp good.json request.json
    canonical request.json ".trust = \"$(base64 -w0 next.json)\""
    refused 4 "the trust file has sha256" signer ceremony sign --key file:elsewhere/alice.pem request.json -o x.json
    # Revoked, and expired.
    cp next.json trust.json
    sed -i -e 's|keys: \[alice, bob, carol\]|keys: [alice, bob]|' sealift.yaml
    rm -f plan.json
    expect_exit 0 sealift plan --offline -o plan.json
    expect_exit 0 sealift ceremony request plan.json --previous transcript.json --trust trust.json -o second.json
    refused 4 "expired" signer ceremony sign --key file:elsewhere/alice.pem second.json -o x.json --at 2100-01-01T00:00:00Z
    for name in alice bob; do answer $name second.json; done
    expect_exit 0 signer ceremony combine second.json alice.response.json bob.response.json -o second
    # Going back to the first version, in a third ceremony.
    jq -r .trust good.json | base64 -d >trust.json
    expect_exit 0 sealift plan --offline -o plan.json
    refused 4 "this one goes back to 1" sealift ceremony request plan.json --previous second/transcript.json --trust trust.json -o third.json
    sed -i '/^trust:/d' sealift.yaml
    expect_exit 0 sealift plan --offline -o plan.json
    refused 4 "this one by none" sealift ceremony request plan.json --previous second/transcript.json -o third.json
}

# The same, twice, on machines of another language and time zone.
test_two_runs_give_the_same_bytes() {
    hold
    mkdir again
    cp -r build keys elsewhere sealift.yaml again
    cd again
    export TZ=Pacific/Chatham LC_ALL=C
    local other=${SEALIFT_OTHER:-$SEALIFT}
    "$other" plan --offline --quiet -o plan.json >/dev/null
    "$other" ceremony request plan.json --first -o request.json >/dev/null
    local name
    for name in carol alice; do
        "$(dirname "$other")/sealift-signer" ceremony sign --key file:elsewhere/$name.pem request.json >/dev/null
    done
    "$(dirname "$other")/sealift-signer" ceremony combine request.json carol.response.json alice.response.json >/dev/null
    for name in plan.json request.json alice.response.json carol.response.json statement.json transcript.json; do cmp $name ../$name; done
}

test_two_combines_at_the_same_moment_agree() {
    local first second i
    make_ceremony
    answer alice
    answer carol
    for ((i = 0; i < 5; i++)); do
        rm -f transcript.json statement.json
        signer ceremony combine request.json alice.response.json carol.response.json >/dev/null & first=$!
        signer ceremony combine request.json alice.response.json carol.response.json >/dev/null & second=$!
        wait "$first" || fail "the first combine ended with $?"
        wait "$second" || fail "the second combine ended with $?"
    done
}

test_what_nobody_signed_is_not_let_into_a_response() {
    hold
    canonical transcript.json '.responses[1].signatures[0].zz = 1'
    expect_exit 2 signer ceremony verify --key keys/alice.pub --key keys/carol.pub transcript.json
    expect_stderr "a signature of the DSSE envelope has a member"
    canonical alice.response.json '.signatures[0].zz = 1'
    rm transcript.json statement.json
    expect_exit 2 signer ceremony combine request.json alice.response.json carol.response.json
    expect_stderr "a signature of the DSSE envelope has a member"
    [ ! -e transcript.json ] || fail "a transcript was written"
}

test_the_paper_fits_eighty_columns() {
    hold
    sealift ceremony script request.json >paper
    sealift ceremony request plan.json --first -o again.json >summary
    ! grep -nE '.{81}' paper summary || fail "a line is wider than 80 columns"
}

e2e_main
