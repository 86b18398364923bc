#!/usr/bin/env bash
# Keys in PKCS #11 tokens: SoftHSM holds them, openssl checks what they sign.
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

: "${SEALIFT_TEST_TOKEN:=$(dirname "$SEALIFT")/../tests/token/token.so}"
pin=123456

softhsm()
{
    local path
    for path in /usr/lib/softhsm/libsofthsm2.so /usr/lib64/pkcs11/libsofthsm2.so; do
        if [ -e "$path" ]; then echo "$path"; return; fi
    done
    return 1
}

# One token 'release' with a key of each kind, made by other programs.
setup_file()
{
    real=$(softhsm) && command -v softhsm2-util pkcs11-tool >/dev/null || return 0
    mkdir "$e2e_work/tokens"
    export SOFTHSM2_CONF=$e2e_work/softhsm2.conf TOKEN_REAL=$real
    printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' "$e2e_work/tokens" >"$SOFTHSM2_CONF"
    softhsm2-util --init-token --free --label release --so-pin 87654321 --pin "$pin" >/dev/null
    token_key EC:prime256v1 01 p256
    token_key EC:secp384r1 02 p384
    token_key rsa:2048 03 rsa
    token_key EC:edwards25519 04 ed
    token_key EC:prime256v1 05 careful --always-auth
    token_ready=1
}

# token_key TYPE ID LABEL [WORD...]
token_key()
{
    local type=$1 id=$2 label=$3
    shift 3
    pkcs11-tool --module "$real" --token-label release --login --pin "$pin" --keypairgen --key-type "$type" \
        --id "$id" --label "$label" --usage-sign "$@" >"$e2e_work/pkcs11-tool.log" 2>&1
}

need_token()
{
    need softhsm2-util pkcs11-tool openssl
    [ -n "${token_ready:-}" ] || skip "SoftHSM's module is not installed"
    export SEALIFT_PKCS11_MODULE=$real
    head -c 70000 /dev/urandom >app.bin
}

# The same token, with faults and a count of logins.
need_faults()
{
    need_token
    [ -e "$SEALIFT_TEST_TOKEN" ] || fail "no module '$SEALIFT_TEST_TOKEN'"
    export SEALIFT_PKCS11_MODULE=$SEALIFT_TEST_TOKEN TOKEN_LOG=$PWD/logins
    # The module is loaded into a program that may be built with sanitizers, and is not.
    export ASAN_OPTIONS=verify_asan_link_order=0
    : >logins
}

expect_logins() { expect_equal "$(wc -l <logins)" "$1" "tries of a PIN"; }

# The public key; that of P-256 and RSA also as pkcs11-tool reads it (Debian 12's fails at others).
token_public()
{
    sealift key show --format pem "pkcs11:token=release;object=$1" >"$1.pem"
    case $1 in p256 | rsa) ;; *) return ;; esac
    pkcs11-tool --module "$real" --token-label release --read-object --type pubkey --label "$1" -o key.der >/dev/null 2>&1
    openssl pkey -pubin -inform DER -in key.der -out other.pem
    expect_same other.pem "$1.pem"
}

# sign_and_check LABEL ALGORITHM OPENSSL-WORDS...
sign_and_check()
{
    local label=$1 algorithm=$2
    shift 2
    token_public "$label"
    rm -f app.bin.sig
    SEALIFT_PIN=$pin expect_exit 0 sealift sign --key "pkcs11:token=release;object=$label" --algorithm "$algorithm" app.bin
    base64 -d app.bin.sig >raw
    expect_exit 0 openssl "$@" -verify "$label.pem" -signature raw app.bin
    expect_exit 0 sealift verify --key "pkcs11:token=release;object=$label" --algorithm "$algorithm" app.bin
}

test_openssl_accepts_what_a_token_signs() {
    need_token
    sign_and_check p256 ecdsa-p256-sha256 dgst -sha256
    sign_and_check p384 ecdsa-p384-sha384 dgst -sha384
    sign_and_check rsa rsa-pkcs1-sha256 dgst -sha256
    sign_and_check rsa rsa-pss-sha256 dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32
}

test_openssl_accepts_ed25519_of_a_token() {
    need_token
    SEALIFT_PIN=$pin expect_exit 0 sealift sign --key 'pkcs11:id=%04' --algorithm ed25519 app.bin
    token_public ed
    base64 -d app.bin.sig >raw
    expect_exit 0 openssl pkeyutl -verify -rawin -pubin -inkey ed.pem -in app.bin -sigfile raw
    # SoftHSM takes no prehash; what it signs instead is found out.
    rm app.bin.sig
    SEALIFT_PIN=$pin expect_exit 2 sealift sign --key 'pkcs11:id=%04' --algorithm ed25519ph app.bin
    expect_stderr "does not sign a SHA-512 digest with ed25519ph"
    expect_file_absent app.bin.sig
}

# The key, message and signature of RFC 8032 section 7.3; SoftHSM gives the imported key's point without a wrapper.
test_a_token_with_ed25519ph_gives_the_signature_of_rfc_8032() {
    need_faults
    printf '\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20\x83\x3f\xe6\x24\x09\x23\x7b\x9d\x62\xec\x77\x58\x75\x20\x91\x1e\x9a\x75\x9c\xec\x1d\x19\x75\x5b\x7d\xa9\x01\xb9\x6d\xca\x3d\x42' \
        | openssl pkey -inform DER -out rfc.pem
    softhsm2-util --import rfc.pem --token release --pin "$pin" --label rfc --id aa >/dev/null
    export TOKEN_ED25519PH=98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406
    printf abc >message
    SEALIFT_PIN=$pin expect_exit 0 sealift sign --key 'pkcs11:object=rfc' --algorithm ed25519ph message
    expect_equal "$(base64 -d message.sig | od -An -tx1 -v | tr -d ' \n')" "$TOKEN_ED25519PH"
    openssl pkey -in rfc.pem -pubout -out rfc.pub
    expect_exit 0 sealift verify --key rfc.pub --algorithm ed25519ph message
}

test_a_release_signed_by_a_token_is_rehearsed_and_published_once() {
    need_token
    need aws
    make_release
    sed -i "s|^signing:.*|signing: {key: release, statement: {keys: [boss, second], threshold: 2}}|
        s|^keys:.*|keys: {release: 'pkcs11:token=release;object=p256', radio: {key: 'pkcs11:token=release;object=rsa', algorithm: rsa-pss-sha256}, boss: 'pkcs11:token=release;object=p384', second: {key: 'pkcs11:token=release;object=ed', algorithm: ed25519}}|
        s|  radio: {file: build/radio.bin}|  radio: {file: build/radio.bin, key: radio}|" sealift.yaml
    expect_exit 0 sealift plan --offline # no PIN is needed to know what would be done
    expect_stdout_matches "app .*ecdsa-p256-sha256, key release \(each signature differs\)"
    SEALIFT_PIN=$pin expect_exit 0 sealift rehearse
    sandbox_start --quiet --prepare sealift.yaml
    expect_exit 2 sealift publish --yes
    expect_stderr "SEALIFT_PIN"
    expect_nothing_written
    SEALIFT_PIN=$pin expect_exit 0 sealift publish --yes
    SEALIFT_PIN=$pin expect_exit 0 sealift publish --yes
    expect_stdout "nothing was changed"
    token_public p384
    expect_exit 0 sealift verify --key p384.pem --remote .sealift/*/receipt.json
}

test_a_wrong_pin_costs_one_try() {
    need_faults
    SEALIFT_PIN=654321 expect_exit 2 sealift sign --key 'pkcs11:object=p256' app.bin app.bin
    expect_stderr "the PIN given for key 'object=p256' is wrong; token 'release' was tried once, and few tries are left"
    expect_silence_about 654321
    expect_logins 1
    expect_file_absent app.bin.sig
    SEALIFT_PIN=12 expect_exit 2 sealift sign --key 'pkcs11:object=p256' app.bin
    expect_stderr "cannot be right, and was not tried: those of token 'release' have 4 to 255 bytes"
    expect_logins 1
    : >logins
    # Two keys of one token, and one login for both.
    SEALIFT_PIN=$pin expect_exit 0 sealift sign --key 'pkcs11:object=p256' app.bin app.bin
    expect_logins 1
}

test_a_wrong_pin_in_a_release_costs_one_try() {
    need_faults
    make_release
    sed -i "s|^keys:.*|keys: {release: 'pkcs11:object=p256', boss: 'pkcs11:object=p384'}|
        s|^signing:.*|signing: {key: release, statement: {keys: [boss], threshold: 1}}|" sealift.yaml
    SEALIFT_PIN=654321 expect_exit 2 sealift rehearse
    expect_logins 1
    : >logins
    SEALIFT_PIN_RELEASE=$pin SEALIFT_PIN=654321 expect_exit 0 sealift rehearse
    expect_logins 1
}

test_the_last_try_and_a_locked_pin_are_left_alone() {
    need_faults
    export SEALIFT_PIN=$pin
    TOKEN_FLAGS=0x20000 expect_exit 2 setsid "$SEALIFT" sign --key 'pkcs11:object=p256' app.bin
    expect_stderr "token 'release' allows one last try of its PIN before it locks; it was not tried: there is no terminal to ask on"
    TOKEN_FLAGS=0x40000 expect_exit 2 sealift sign --key 'pkcs11:object=p256' app.bin
    expect_stderr "the PIN of token 'release' is locked"
    expect_logins 0
    expect_file_absent app.bin.sig
}

test_a_person_types_the_pin_and_allows_the_last_try() {
    need_faults
    need python3
    expect_exit 0 on_terminal "$pin" "$SEALIFT" sign --key 'pkcs11:object=p256' app.bin
    expect_stdout "PIN for key 'object=p256': "
    expect_silence_about "$pin"
    export TOKEN_FLAGS=0x20000
    expect_exit 2 on_terminal n "$SEALIFT" sign --key 'pkcs11:object=p256' app.bin
    expect_logins 1
    expect_exit 0 on_terminal "y|$pin" "$SEALIFT" sign --key 'pkcs11:object=p256' app.bin
    expect_stdout "Token 'release' allows one last try of its PIN before it locks. Try? [y/N]"
    expect_logins 2
}

test_a_token_with_a_keypad_is_given_no_pin() {
    need_faults
    TOKEN_KEYPAD=$pin TOKEN_FLAGS=0x100 expect_exit 0 sealift sign --key 'pkcs11:object=p256' app.bin
    expect_equal "$(cat logins)" "login none 0x0"
}

test_a_key_that_wants_its_pin_for_every_signature_gets_it() {
    need_faults
    SEALIFT_PIN=$pin expect_exit 0 sealift sign --key 'pkcs11:object=careful' app.bin app.bin
    expect_equal "$(tr '\n' ,<logins)" "login pin 0x0,again pin 0x0,again pin 0x0,"
}

# The PIN is read once, and an ordinary key that comes first does not take it away.
test_an_ordinary_key_and_one_that_wants_its_pin_again_share_it() {
    need_faults
    make_release
    echo "$pin" >pin
    local first second
    for first in p256 careful; do
        [ $first = p256 ] && second=careful || second=p256
        sed -i "s|^keys:.*|keys: {release: 'pkcs11:object=$first', boss: 'pkcs11:object=$second'}|
            s|^signing:.*|signing: {key: release, statement: {keys: [boss, release], threshold: 2}}|" sealift.yaml
        : >logins
        e2e_last="rehearse with $first first"
        out=$PWD/.out err=$PWD/.err status=0
        sealift rehearse --pin-fd 7 7<pin >"$out" 2>"$err" || fail "--pin-fd"
        expect_equal "$(grep -c login logins)" 1 "logins"
        expect_equal "$(sort -u logins | tr '\n' ,)" "again pin 0x0,login pin 0x0,"
    done
}

test_tokens_are_named_in_one_order() {
    need_token
    local i
    # In a store of their own: slots get their numbers by chance.
    mkdir store
    sed "s|^directories.*|directories.tokendir = $PWD/store|" "$SOFTHSM2_CONF" >softhsm2.conf
    export SOFTHSM2_CONF=$PWD/softhsm2.conf
    for i in delta alpha charlie bravo india hotel golf foxtrot echo; do
        softhsm2-util --init-token --free --label $i --so-pin 87654321 --pin "$pin" >/dev/null
    done
    SEALIFT_PIN=$pin expect_exit 2 sealift sign --key 'pkcs11:token=zulu;object=p256' app.bin
    expect_stderr "shows 'alpha', 'bravo', 'charlie', 'delta', 'echo', 'foxtrot', 'golf', 'hotel' and 1 more"
}

test_a_signature_that_does_not_verify_is_thrown_away() {
    need_faults
    local label
    export SEALIFT_PIN=$pin
    for label in p256 rsa ed; do
        TOKEN_SPOIL=1 run sealift sign --key "pkcs11:object=$label" --algorithm "$(algorithm_of $label)" app.bin
        expect_equal "$status" 1
        expect_stderr "a signature that the token just made does not verify"
        expect_file_absent app.bin.sig
    done
}

algorithm_of()
{
    case $1 in rsa) echo rsa-pss-sha256 ;; ed) echo ed25519 ;; *) echo ecdsa-p256-sha256 ;; esac
}

test_a_module_that_needs_a_socket_is_told_apart() {
    need_faults
    SEALIFT_PIN=$pin TOKEN_SOCKET=1 run sealift sign --key 'pkcs11:object=p256' app.bin
    expect_equal "$status" 1
    expect_stderr "could not start: CKR_DEVICE_ERROR; a module that needs a daemon cannot reach it"
}

test_what_a_uri_asks_for_and_what_there_is_are_named() {
    need_token
    export SEALIFT_PIN=$pin
    expect_exit 2 sealift sign --key 'pkcs11:token=relaese;object=p256' app.bin
    expect_stderr "no token is 'pkcs11:token=relaese;object=p256'"
    expect_stderr "shows 'release'"
    expect_exit 2 sealift sign --key pkcs11: app.bin
    expect_equal "$(cat "$err")" "sealift: 'pkcs11:' alone names no key; say which by 'token', 'object' or 'id', as in 'pkcs11:token=release;object=fw'"
    expect_exit 2 sealift sign --key 'pkcs11:token=release;object=p257' app.bin
    expect_stderr "no private key is 'pkcs11:token=release;object=p257'; token 'release' shows 'p256' (id 01), 'careful' (id 05), 'ed' (id 04), 'p384' (id 02)"
    expect_exit 2 sealift sign --key 'pkcs11:token=release;object=firmware' app.bin
    expect_stderr "token 'release' shows 'careful' (id 05), 'ed' (id 04), 'p256' (id 01), 'p384' (id 02) and "
    expect_exit 2 sealift sign --key 'pkcs11:token=release' app.bin
    expect_stderr "'pkcs11:token=release' names several keys: 'careful' (id 05), 'ed' (id 04), 'p256' (id 01), 'p384' (id 02) and "
    SEALIFT_PKCS11_MODULE=/nowhere/module.so run sealift sign --key 'pkcs11:object=p256' app.bin
    expect_stderr "the PKCS #11 module '/nowhere/module.so' cannot be loaded"
    expect_exit 2 sealift sign --key "pkcs11:object=p256?pin-value=$pin" app.bin
    expect_stderr "'pin-value' would keep the PIN in a pkcs11: URI"
    expect_silence_about "$pin"
}

test_the_pin_comes_from_a_descriptor_or_a_private_file() {
    need_token
    (umask 077 && echo "$pin" >pin)
    e2e_last="PIN from a descriptor"
    sealift sign --pin-fd 7 --key 'pkcs11:object=p256' app.bin 7<pin >/dev/null || fail "--pin-fd"
    expect_exit 0 sealift sign --key "pkcs11:object=p256?pin-source=file:$PWD/pin" app.bin
    unset SEALIFT_PKCS11_MODULE
    expect_exit 0 sealift sign --key "pkcs11:object=p256?module-path=$real&pin-source=$PWD/pin" app.bin
    chmod 644 pin
    expect_exit 2 sealift sign --key "pkcs11:object=p256?module-path=$real&pin-source=$PWD/pin" app.bin
    expect_stderr "chmod 600"
}

test_the_program_without_a_network_signs_with_a_token() {
    need_token
    local signer
    signer=$(dirname "$SEALIFT")/sealift-signer
    SEALIFT_PIN=$pin expect_exit 0 "$signer" sign --key 'pkcs11:object=p256' app.bin app.bin
    token_public p256
    expect_exit 0 "$signer" verify --key p256.pem app.bin
    [ -x "$signer-static" ] || return 0
    expect_exit 2 "$signer-static" key show 'pkcs11:object=p256'
    expect_stderr "linked statically and can load no PKCS #11 module"
}

# The issue's own claim: strace sees no socket in any process of a signing with a local key.
test_no_signing_with_a_local_key_makes_a_socket() {
    need_token
    need strace
    strace -o probe true 2>/dev/null || skip "this machine does not let a process be traced"
    export ASAN_OPTIONS=detect_leaks=0 SEALIFT_PASSPHRASE=open SEALIFT_PIN=$pin # LeakSanitizer cannot work while traced
    sealift key new --quiet plain >/dev/null
    sealift key seal --quiet plain -o shut >/dev/null
    local key program
    for program in "$SEALIFT" "$(dirname "$SEALIFT")/sealift-signer"; do
        for key in file:plain sealed:shut pkcs11:object=p256; do
            expect_exit 0 strace -f -o trace -e trace=socket,socketpair,connect,openat "$program" sign --key "$key" app.bin
            ! grep -E '(socket|socketpair|connect)\(' trace || fail "a socket was made for $key"
            grep -q app.bin trace || fail "this test saw nothing of $key"
        done
        grep -q libsofthsm2 trace || fail "the module was not seen"
    done
}

e2e_main "$@"
