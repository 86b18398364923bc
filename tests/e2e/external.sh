#!/usr/bin/env bash
# timeout: 400
# labels: valgrind
# external: keys: the digest goes out, the signature comes in.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

# A signing service of another house: openssl, which is given digests and nothing else. serve KEY NAME answers every line
# of NAME.digests in NAME.sig.
serve()
{
    need openssl xxd base64
    local digest algorithm rest
    while read -r digest algorithm; do
        printf %s "${digest#*:}" | xxd -r -p >digest.bin
        case $algorithm in
        rsa-pss-*) rest="-pkeyopt digest:sha256 -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:32" ;;
        rsa-pkcs1-*) rest="-pkeyopt digest:sha256" ;;
        *) rest="" ;;
        esac
        # shellcheck disable=SC2086  # several words
        openssl pkeyutl -sign -inkey "$1" -in digest.bin -out signature.bin $rest
        printf '%s %s\n' "$digest" "$(base64 -w0 signature.bin)" >>"$2.sig"
    done <"$2.digests"
}

external_release()
{
    make_release
    openssl ecparam -name prime256v1 -genkey -noout -out elsewhere.pem
    openssl ec -in elsewhere.pem -pubout -out keys/radio.pub 2>/dev/null
    sed -i 's|^keys: .*|keys: {release: external:keys/radio.sig}|' sealift.yaml
}

test_a_release_waits_for_its_signatures_and_then_goes_out() {
    need openssl
    external_release
    expect_exit 0 sealift check
    sandbox_start --quiet --prepare sealift.yaml
    expect_exit 2 sealift publish --yes
    expect_stderr "radio.digests"
    expect_stderr "have it signed (ecdsa-p256-sha256)"
    # Everything that waits is told at once: both artifacts and the statement. Nothing was stored.
    [ "$(wc -l <keys/radio.digests)" = 3 ]
    grep -F "sha256:$(sha256sum build/app.bin | cut -d' ' -f1) ecdsa-p256-sha256" keys/radio.digests
    [ "$(versions | wc -l)" = 0 ]
    serve elsewhere.pem keys/radio
    expect_exit 0 sealift publish --yes
    expect_exit 0 sealift publish --yes
}

test_a_file_is_signed_by_a_lone_signature_too() {
    need openssl base64
    openssl ecparam -name prime256v1 -genkey -noout -out elsewhere.pem
    openssl ec -in elsewhere.pem -pubout -out radio.pub 2>/dev/null
    echo firmware >app.bin
    expect_exit 2 sealift sign --key external:radio.sig app.bin
    openssl dgst -sha256 -sign elsewhere.pem -out radio.sig app.bin
    expect_exit 0 sealift sign --key external:radio.sig app.bin
    expect_exit 0 sealift verify --key radio.pub app.bin
    base64 -w0 <radio.sig >text && mv text radio.sig
    expect_exit 0 sealift sign --key external:radio.sig app.bin
    # It is of that file only.
    echo other >app.bin
    expect_exit 2 sealift sign --key external:radio.sig app.bin
    expect_stderr "has no signature of sha256:"
}

test_every_algorithm_that_signs_a_digest_works() {
    need openssl
    local alg
    openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem 2>/dev/null
    openssl pkey -in rsa.pem -pubout -out radio.pub
    echo firmware >app.bin
    for alg in rsa-pss-sha256 rsa-pkcs1-sha256; do
        rm -f radio.sig
        expect_exit 2 sealift sign --key external:radio.sig --algorithm $alg app.bin
        serve rsa.pem radio
        expect_exit 0 sealift sign --key external:radio.sig --algorithm $alg app.bin
        expect_exit 0 sealift verify --key radio.pub --algorithm $alg app.bin
    done
    openssl genpkey -algorithm ed25519 -out ed.pem && openssl pkey -in ed.pem -pubout -out radio.pub
    expect_exit 2 sealift sign --key external:radio.sig --algorithm ed25519 app.bin
    expect_stderr "signs no digest"
    rm -f radio.sig
    expect_exit 2 sealift sign --key external:radio.sig --algorithm ed25519ph app.bin
    grep -F "sha512:$(sha512sum app.bin | cut -d' ' -f1) ed25519ph" radio.digests
}

test_a_wrong_signature_is_refused() {
    need openssl
    external_release
    openssl ecparam -name prime256v1 -genkey -noout -out mallory.pem
    expect_exit 2 sealift sign --key external:keys/radio.sig build/app.bin
    serve mallory.pem keys/radio
    expect_exit 4 sealift sign --key external:keys/radio.sig build/app.bin
    expect_stderr "keys/radio.sig"
    rm keys/radio.pub
    expect_exit 2 sealift sign --key external:keys/radio.sig build/app.bin
    expect_stderr "keys/radio.pub"
}

e2e_main
