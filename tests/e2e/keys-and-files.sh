#!/usr/bin/env bash
# Keys, signatures of files and their verification, with openssl at the other end.
# labels: valgrind
# timeout: 400
. "$(dirname "$0")/lib.sh"

new_key() { sealift key new --quiet --type "$1" "$2" >/dev/null; }

test_openssl_accepts_our_signatures_and_we_accept_its() {
    need openssl
    head -c 70000 /dev/urandom >file
    new_key ecdsa-p256 p256; new_key ecdsa-p384 p384; new_key rsa-3072 rsa; new_key ed25519 ed
    check p256 ecdsa-p256-sha256 dgst -sha256
    check p384 ecdsa-p384-sha384 dgst -sha384
    check rsa rsa-pkcs1-sha256 dgst -sha256
    check rsa rsa-pss-sha256 dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32
    expect_exit 0 sealift sign --key file:ed --algorithm ed25519 file
    base64 -d file.sig >raw
    expect_exit 0 openssl pkeyutl -verify -rawin -pubin -inkey ed.pub -in file -sigfile raw
    openssl pkeyutl -sign -rawin -inkey ed -in file -out raw
    base64 -w0 raw >file.sig
    expect_exit 0 sealift verify --key ed.pub --algorithm ed25519 file
}

# check KEY ALGORITHM OPENSSL-WORDS...
check() {
    local key=$1 algorithm=$2
    shift 2
    expect_exit 0 sealift sign --key "file:$key" --algorithm "$algorithm" file
    base64 -d file.sig >raw
    expect_exit 0 openssl "$@" -verify "$key.pub" -signature raw file
    openssl "$@" -sign "$key" -out raw file
    base64 -w0 raw >file.sig
    expect_exit 0 sealift verify --key "$key.pub" --algorithm "$algorithm" file
    printf x >>file
    expect_exit 4 sealift verify --key "$key.pub" --algorithm "$algorithm" file
    expect_stderr "does not match"
    truncate -s -1 file
}

test_ecdsa_and_pkcs1_signatures_are_reproducible() {
    head -c 5000 /dev/urandom >file
    new_key ecdsa-p256 p256
    sealift sign --key file:p256 -o a file >/dev/null
    sealift sign --key file:p256 -o b file >/dev/null
    expect_same a/file.sig b/file.sig
}

test_ed25519ph_signs_what_pure_ed25519_cannot() {
    truncate -s 17M file
    new_key ed25519 ed
    expect_exit 2 sealift sign --key file:ed file
    expect_stderr "ed25519ph"
    expect_exit 2 sealift sign --key file:ed --algorithm ed25519 file
    expect_stderr "16 MiB"
    expect_file_absent file.sig
    expect_exit 0 sealift sign --key file:ed --algorithm ed25519ph file
    expect_exit 0 sealift verify --key ed.pub --algorithm ed25519ph file
    expect_exit 4 sealift verify --key ed.pub --algorithm ed25519ph --signature file.sig ed.pub
}

test_a_key_is_never_overwritten_and_belongs_to_its_owner() {
    new_key ecdsa-p256 k
    expect_mode 600 k
    cp k before
    expect_exit 6 sealift key new k
    expect_stderr "exists already"
    expect_same k before
    rm k
    expect_exit 6 sealift key new k
    expect_file_absent k
    chmod 644 before
    echo x >file
    expect_exit 2 sealift sign --key file:before file
    expect_stderr "chmod 600"
    expect_file_absent file.sig
}

test_a_sealed_key_signs_with_its_passphrase_only() {
    echo x >file
    new_key ecdsa-p256 k
    SEALIFT_PASSPHRASE=open expect_exit 0 sealift key seal k -o k.sealed
    expect_mode 600 k.sealed
    expect_exit 0 sealift key show k.sealed
    expect_stdout "$(sealift key show k | sed -n 's/^keyid *//p')"
    SEALIFT_PASSPHRASE=hunter2 expect_exit 2 sealift sign --key sealed:k.sealed file
    expect_equal "$(cat "$err")" "sealift: the passphrase given for key 'k.sealed' is wrong, or its file was changed"
    expect_silence_about hunter2
    expect_file_absent file.sig
    expect_exit 2 sealift sign --key sealed:k.sealed file
    expect_stderr "SEALIFT_PASSPHRASE"
    SEALIFT_PASSPHRASE_K_SEALED=open expect_exit 0 sealift sign --key sealed:k.sealed file
    expect_exit 0 sealift verify --key k.pub file
    printf 'open\n' >pass
    rm file.sig
    e2e_last="passphrase from a descriptor"
    sealift sign --passphrase-fd 7 --key sealed:k.sealed file 7<pass >/dev/null || fail "--passphrase-fd"
    expect_file file.sig
}

test_an_encrypted_pem_key_signs_with_its_passphrase() {
    need openssl
    echo x >file
    new_key ecdsa-p256 k
    openssl pkcs8 -topk8 -in k -out e -passout pass:open -v2 aes-256-cbc
    chmod 600 e
    SEALIFT_PASSPHRASE=open expect_exit 0 sealift sign --key file:e file
    SEALIFT_PASSPHRASE=shut expect_exit 2 sealift sign --key file:e file
    expect_stderr passphrase
    expect_silence_about shut
}

test_keys_of_the_wrong_kind_are_refused_with_a_sentence() {
    need openssl
    echo x >file
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -out odd 2>/dev/null
    openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out small 2>/dev/null
    echo garbage >junk
    chmod 600 odd small junk
    local key
    for key in odd small junk; do
        expect_exit 2 sealift sign --key "file:$key" file
        expect_stderr "sealift: "
    done
    expect_exit 2 sealift sign --key odd file
    expect_stderr "did you mean 'file:odd'?"
    expect_exit 2 sealift sign --key file:none file
    expect_file_absent file.sig
}

e2e_main "$@"
