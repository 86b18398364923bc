#!/usr/bin/env bash
# Keys in a TPM: swtpm holds them, openssl checks what they sign.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

pin=long-secret p256=0x81000001 p384=0x81000002 rsa=0x81000003 open=0x81000004

setup_file()
{
    tpm_start
    tpm_key ecc256 $p256 $pin
    tpm_key ecc384 $p384 $pin
    tpm_key rsa2048 $rsa $pin
    tpm_key ecc384 $open
    tpm2_dictionarylockout -Q -s -n 3 -t 1000 -l 1000
    setup=$PWD
    export SEALIFT_PIN=$pin
}

# How many wrong values the TPM has counted since this was last asked.
expect_wrong()
{
    expect_equal "$(tpm2_getcap properties-variable | grep LOCKOUT_COUNTER | grep -oE '[0-9A-Fa-f]+$')" "$1" "wrong values"
    tpm2_dictionarylockout -Q -c
}

# sign_and_check HANDLE ALGORITHM OPENSSL-WORDS...
sign_and_check()
{
    local key=tpm2:$1 pub=$setup/${1%\?*}.pub algorithm=$2
    shift 2
    sealift key show --format pem "$key" >shown.pem
    expect_same shown.pem "$pub"
    rm -f app.bin.sig
    expect_exit 0 sealift sign --key "$key" --algorithm "$algorithm" app.bin
    expect_no_stderr
    base64 -d app.bin.sig >raw
    expect_exit 0 openssl "$@" -verify "$pub" -signature raw app.bin
    expect_exit 0 sealift verify --key "$key" --algorithm "$algorithm" app.bin
}

test_openssl_accepts_what_a_tpm_signs() {
    head -c 70000 /dev/urandom >app.bin
    sign_and_check $p256 ecdsa-p256-sha256 dgst -sha256
    sign_and_check $p384 ecdsa-p384-sha384 dgst -sha384
    sign_and_check "$open?auth=none" ecdsa-p384-sha384 dgst -sha384
    sign_and_check $rsa rsa-pkcs1-sha256 dgst -sha256
    sign_and_check $rsa rsa-pss-sha256 dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32
    expect_wrong 0
}

test_a_wrong_pin_costs_one_try() {
    echo firmware >app.bin
    SEALIFT_PIN=654321 expect_exit 2 sealift sign --key tpm2:$p256 app.bin app.bin
    expect_stderr "the PIN given for key '$p256' is wrong; the TPM was tried once"
    expect_silence_about 654321
    expect_equal "$(wc -l <"$err")" 1 "lines"
    expect_wrong 1
    SEALIFT_PIN=$(printf '%065d' 1) expect_exit 2 sealift sign --key tpm2:$p256 app.bin
    expect_stderr "cannot be right, and was not tried: auth values of a TPM have at most 64 bytes"
    expect_exit 2 sealift sign --key "tpm2:$p256?auth=none" app.bin
    expect_stderr "key '$p256?auth=none' has an auth value: take '?auth=none' out of its URI"
    expect_wrong 1
    # Two keys and three signatures of a release, and the counter is the TPM's.
    make_release
    sed -i "s|^keys:.*|keys: {release: 'tpm2:$p256', boss: 'tpm2:$p384'}|
        s|^signing:.*|signing: {key: release, statement: {keys: [boss], threshold: 1}}|" sealift.yaml
    SEALIFT_PIN=654321 expect_exit 2 sealift rehearse
    expect_stderr "the PIN given for key 'release' is wrong"
    expect_wrong 1
    SEALIFT_PIN_RELEASE=$pin SEALIFT_PIN=654321 expect_exit 2 sealift rehearse
    expect_stderr "the PIN given for key 'boss' is wrong"
    expect_wrong 1
    SEALIFT_PIN_RELEASE=$pin SEALIFT_PIN_BOSS=$pin SEALIFT_PIN=654321 expect_exit 0 sealift rehearse
    expect_wrong 0
    expect_file_absent app.bin.sig
}

test_a_locked_tpm_says_so() {
    echo firmware >app.bin
    tpm2_dictionarylockout -Q -s -n 1 -t 1000 -l 1000
    SEALIFT_PIN=654321 expect_exit 2 sealift sign --key tpm2:$p256 app.bin
    expect_exit 2 sealift sign --key tpm2:$p256 app.bin
    expect_stderr "the TPM is locked after wrong PINs, and tries none of key '$p256'"
    expect_file_absent app.bin.sig
    tpm2_dictionarylockout -Q -c
    tpm2_dictionarylockout -Q -s -n 3 -t 1000 -l 1000
    expect_exit 0 sealift sign --key tpm2:$p256 app.bin
}

test_the_auth_value_comes_from_a_descriptor_or_a_person() {
    echo firmware >app.bin
    unset SEALIFT_PIN
    printf '%s\n' $pin >pin
    e2e_last="PIN from a descriptor"
    sealift sign --pin-fd 7 --key tpm2:$p256 app.bin 7<pin >/dev/null || fail "--pin-fd"
    expect_exit 0 on_terminal $pin "$SEALIFT" sign --key tpm2:$p256 app.bin
    expect_stdout "PIN for key '$p256': "
    expect_silence_about $pin
    expect_exit 2 setsid "$SEALIFT" sign --key tpm2:$p256 app.bin
    expect_stderr "set SEALIFT_PIN or give --pin-fd; the URI of a key without an auth value ends in '?auth=none'"
    expect_wrong 0
}

test_what_cannot_be_is_one_sentence() {
    echo firmware >app.bin
    expect_refused() # STATUS SENTENCE WORD...
    {
        local want=$1 sentence=$2
        shift 2
        expect_exit "$want" "$@"
        expect_equal "$(cat "$err")" "$sentence"
        expect_file_absent app.bin.sig
    }
    expect_refused 2 "sealift: the TPM has no key 'tpm2:0x81000009'; 'tpm2_getcap handles-persistent' lists those there are" \
        sealift sign --key tpm2:0x81000009 app.bin
    expect_refused 2 "sealift: a key in a TPM is named by its persistent handle, 'tpm2:0x81000000' to 'tpm2:0x81ffffff'; 'tpm2_getcap handles-persistent' lists those there are" \
        sealift sign --key tpm2:81000001 app.bin
    expect_refused 2 "sealift: after the handle of a tpm2: key only '?auth=none' may stand, for a key without an auth value" \
        sealift sign --key "tpm2:$p256?pass" app.bin
    SEALIFT_TPM2_TCTI=device:/nowhere expect_refused 2 "sealift: the TPM 'device:/nowhere' cannot be opened; name a device in SEALIFT_TPM2_TCTI that this user may use (Debian: group tss), one without a socket" \
        sealift sign --key tpm2:$p256 app.bin
    OPENSSL_MODULES=$PWD expect_refused 2 "sealift: keys in a TPM need OpenSSL's provider 'tpm2', which is not here; install it (Debian: tpm2-openssl)" \
        sealift sign --key tpm2:$p256 app.bin
    # A key made to sign only what the TPM itself made, one with a scheme of its own, and one that does not sign.
    tpm_key ecc256:ecdsa-sha256:null 0x81000010 $pin '|restricted'
    expect_refused 2 "sealift: key 'tpm2:0x81000010' of the TPM may not sign what is made outside it; it must be made to sign, and not be restricted" \
        sealift sign --key tpm2:0x81000010 app.bin
    tpm_key rsa2048:rsassa-sha256:null 0x81000011 $pin
    run sealift sign --key tpm2:0x81000011 --algorithm rsa-pss-sha256 app.bin
    expect_equal "$status" 2
    expect_stderr "key 'tpm2:0x81000011' of the TPM is not made for this algorithm"
    expect_wrong 0
}

test_the_program_without_a_network_signs_with_a_tpm() {
    local signer key program
    signer=$(dirname "$SEALIFT")/sealift-signer
    echo firmware >app.bin
    expect_exit 0 "$signer" sign --key tpm2:$p256 app.bin
    expect_exit 0 "$signer" verify --key "$setup/$p256.pub" app.bin
    if [ -x "$signer-static" ]; then
        expect_exit 2 "$signer-static" sign --key tpm2:$p256 app.bin
        expect_stderr "this program is linked statically and can load no provider for a TPM"
    fi
    need strace
    strace -o probe true 2>/dev/null || skip "this machine does not let a process be traced"
    export ASAN_OPTIONS=detect_leaks=0 # LeakSanitizer cannot work while traced
    for program in "$SEALIFT" "$signer"; do
        expect_exit 0 strace -f -o trace -e trace=socket,socketpair,connect,openat "$program" sign --key tpm2:$p256 app.bin
        ! grep -E '(socket|socketpair|connect)\(' trace || fail "a socket was made"
        grep -qF "${SEALIFT_TPM2_TCTI#device:}" trace || fail "this test saw nothing of the TPM"
    done
}

e2e_main "$@"
