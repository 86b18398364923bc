#!/usr/bin/env bash
# One release, its key in every place a key can be. Who checks what was signed is openssl, with public keys that other
# programs gave out; what was published is fetched by boto3.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

pin=123456 words="open sesame"

# A SoftHSM token 'release' with keys p256 and ed, made by openssl.
token_start()
{
    need softhsm2-util
    local path key
    for path in /usr/lib/softhsm/libsofthsm2.so /usr/lib64/pkcs11/libsofthsm2.so; do
        if [ -e "$path" ]; then export SEALIFT_PKCS11_MODULE=$path; fi
    done
    [ -n "${SEALIFT_PKCS11_MODULE:-}" ] || skip "SoftHSM's module is not installed"
    export SOFTHSM2_CONF=$PWD/softhsm2.conf
    mkdir tokens
    printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' "$PWD/tokens" >softhsm2.conf
    softhsm2-util --init-token --free --label release --so-pin 87654321 --pin $pin >/dev/null
    openssl genpkey -algorithm ed25519 -out ed.pem
    openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out p256.pem
    for key in ed p256; do
        openssl pkey -in $key.pem -pubout -out $key.pub
        softhsm2-util --import $key.pem --token release --pin $pin --label $key --id "$(printf %s $key | od -An -tx1 | tr -d ' ')" >/dev/null
        rm $key.pem
    done
}

setup_file()
{
    need jq openssl python3 base64 xxd
    python3 -c 'import boto3' 2>/dev/null || skip "python3 has no boto3"
    token_start
    tpm_start
    tpm_key ecc256 0x81000001 $pin
    setup=$PWD
    make_release
    # One key as openssl writes it in three ways, and sealed; and one that only openssl uses.
    openssl ecparam -name prime256v1 -genkey -noout -out keys/sec1.pem
    openssl pkcs8 -topk8 -nocrypt -in keys/sec1.pem -out keys/pkcs8.pem
    openssl pkcs8 -topk8 -v2 aes-256-cbc -passout "pass:$words" -in keys/sec1.pem -out keys/encrypted.pem
    openssl ec -in keys/sec1.pem -pubout -out file.pub 2>/dev/null
    openssl ecparam -name prime256v1 -genkey -noout -out elsewhere.pem
    openssl ec -in elsewhere.pem -pubout -out elsewhere.pub 2>/dev/null
    cp elsewhere.pub keys/out.pub
    chmod 600 keys/*.pem
    export SEALIFT_PASSPHRASE=$words SEALIFT_PIN=$pin
    sealift key seal --quiet --operations 1 --memory 8MiB keys/sec1.pem -o keys/sealed >/dev/null 2>&1
    sed -i "s|^signing: .*|signing: {key: sec1, statement: {keys: [sec1], threshold: 1}}|
        s|^keys: .*|keys: {sec1: 'file:keys/sec1.pem', pkcs8: 'file:keys/pkcs8.pem', encrypted: 'file:keys/encrypted.pem', sealed: 'sealed:keys/sealed', token: 'pkcs11:token=release;object=p256', tpm: 'tpm2:0x81000001', cloud: 'awskms:alias/fw', profile: {key: 'awssigner:prod_profile', certificate: keys/profile.pub}, elsewhere: 'external:keys/out.sig'}|" sealift.yaml
    sandbox_start --quiet --prepare sealift.yaml
    python3 "$e2e_here/custody_aws.py" keys . >setup.log 2>&1 || fail "boto3: $(tail -1 setup.log)"
    cp profile.pub keys/
}

# What openssl, SoftHSM, tpm2-tools and boto3 say is the public half of a key.
public_of()
{
    case $1 in
    sec1 | pkcs8 | encrypted | sealed) echo file.pub ;;
    token) echo p256.pub ;;
    tpm) echo 0x81000001.pub ;;
    *) echo "$1.pub" ;;
    esac
}

# Signatures of keys/out.digests by openssl, into keys/out.sig.
serve()
{
    local digest algorithm
    while read -r digest algorithm; do
        expect_equal "$algorithm" ecdsa-p256-sha256
        printf %s "${digest#*:}" | xxd -r -p >digest.bin
        openssl pkeyutl -sign -inkey elsewhere.pem -in digest.bin -out signature.bin
        printf '%s %s\n' "$digest" "$(base64 -w0 signature.bin)" >>keys/out.sig
    done <keys/out.digests
}

# publish_with KEY: the release of the setup, by that key, under a prefix of its own. A profile signs no statements.
publish_with()
{
    local statement=$1
    [ "$1" != profile ] || statement=sec1
    sed "s|key: sec1, statement: {keys: \[sec1\]|key: $1, statement: {keys: [$statement]|; s|prefix: thermostat/|prefix: thermostat/$1/|" sealift.yaml >"$1.yaml"
    if [ "$1" = elsewhere ]; then
        expect_exit 2 sealift publish --yes "$1.yaml"
        expect_equal "$(wc -l <keys/out.digests)" 3 "digests that go out"
        serve
    fi
    expect_exit 0 sealift publish --yes "$1.yaml"
    expect_exit 0 sealift publish --yes "$1.yaml"
    expect_stdout "nothing was changed"
    rm -r .sealift
}

good() { openssl dgst -sha256 -verify "$1" -signature "$2" "$3" >/dev/null || fail "$key: openssl refuses the signature of $3"; }

# By what is stored and what devices are told.
check_by_openssl()
{
    local key=$1 pub=$2 signer=$3 name
    for name in app radio; do
        jq -r ".signatures.$name.signature" "$key.statement" | base64 -d >raw
        good "$pub" raw build/$name.bin
        expect_equal "$(jq -r ".files[] | select(.fileName == \"$name.bin\") | .signature.codesign.signature" "$key.document")" "$(base64 -w0 raw)"
        expect_equal "$(jq -r ".signatures.$name.keyid" "$key.statement")" "$(openssl pkey -pubin -in "$pub" -outform DER | sha256sum | cut -d' ' -f1)"
    done
    jq -r .dsseEnvelope.payload "$key.statement" | base64 -d >payload
    printf 'DSSEv1 28 application/vnd.in-toto+json %s ' "$(stat -c %s payload)" | cat - payload >signed
    jq -r '.dsseEnvelope.signatures[0].sig' "$key.statement" | base64 -d >raw
    good "$signer" raw signed
    expect_equal "$(jq -c '[.subject[].digest.sha256]' payload)" "$(sha256sum build/app.bin build/radio.bin | cut -d' ' -f1 | jq -Rsc 'split("\n")[:-1]')"
    expect_equal "$(jq -c .sealift.statement "$key.document")" "$(jq -c .dsseEnvelope "$key.statement")"
}

test_one_release_is_signed_by_a_key_in_every_place() {
    cd "$setup"
    local keys="sec1 pkcs8 encrypted sealed token tpm cloud profile elsewhere" key signer
    for key in $keys; do publish_with $key; done
    # shellcheck disable=SC2086  # several names
    expect_exit 0 python3 "$e2e_here/custody_aws.py" fetch . $keys
    for key in $keys; do
        signer=$(public_of $key)
        [ $key != profile ] || signer=file.pub
        check_by_openssl $key "$(public_of $key)" "$signer"
    done
    # One key in four files signs in one way.
    for key in pkcs8 encrypted sealed; do
        expect_equal "$(jq -c .signatures $key.statement)" "$(jq -c .signatures sec1.statement)"
    done
}

# The formats of a release come from the raw signature, or from two more, wherever the key is.
test_formats_are_made_by_keys_in_tokens_or_refused() {
    need minisign signify-openbsd
    make_release
    cp "$setup"/*.pub .
    head -c 6000 /dev/urandom >build/boot.bin
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -subj /CN=ca -days 30 2>/dev/null
    openssl req -new -key ca.key -subj /CN=fw -out csr
    printf 'extendedKeyUsage=codeSigning\n' >ext
    local key
    for key in p256 0x81000001; do
        openssl x509 -req -in csr -force_pubkey $key.pub -CA ca.crt -CAkey ca.key -set_serial 9 -days 20 -extfile ext -out keys/$key.crt 2>/dev/null
    done
    sed -i "s|^  app: .*|  app: {file: build/app.bin, formats: [cms]}\n  boot: {file: build/boot.bin, key: ed, formats: [minisign, signify]}|
        s|^  radio: .*|  radio: {file: build/radio.bin, key: tpm, formats: [cms]}|; s|prefix: thermostat/|prefix: thermostat/formats/|
        s|^keys: .*|keys:\n  release: {key: 'pkcs11:token=release;object=p256', certificate: keys/p256.crt, chain: ca.crt}\n  tpm: {key: 'tpm2:0x81000001', certificate: keys/0x81000001.crt, chain: ca.crt}\n  ed: {key: 'pkcs11:token=release;object=ed', algorithm: ed25519}|" sealift.yaml
    expect_exit 0 sealift publish --yes
    local state=.sealift/thermostat-2.4.1 name
    for name in app radio; do
        expect_exit 0 openssl cms -verify -binary -inform DER -in $state/$name.p7s -content build/$name.bin -CAfile ca.crt -purpose any -out /dev/null
    done
    sealift key show --quiet --format minisign ed.pub >ed.minisign
    sealift key show --quiet --format signify ed.pub >ed.signify
    expect_exit 0 minisign -VHm build/boot.bin -x $state/boot.minisig -p ed.minisign
    expect_exit 0 signify-openbsd -V -p ed.signify -x $state/boot.sig -m build/boot.bin

    # expect_refused SENTENCE EDIT: before anything is written
    expect_refused()
    {
        sed "s|version: 2.4.1|version: 2.4.2|; $2" sealift.yaml >other.yaml
        expect_exit 2 sealift publish --yes other.yaml
        expect_stderr_matches "^sealift: other.yaml:[0-9]+:[0-9]+: "
        expect_stderr "$1"
        expect_equal "$(grep -c '^sealift: ' "$err")" 1 "failures"
        expect_file_absent .sealift/thermostat-2.4.2
    }
    expect_refused "format minisign has Ed25519 signatures, and key 'tpm' signs artifact 'radio' with ecdsa-p256-sha256" '/^  radio/s|cms|minisign|'
    expect_refused "format cms has" '/^  boot/s|minisign, signify|cms|'
    expect_refused "the token does not sign a SHA-512 digest with ed25519ph; use ed25519" '/^  boot/s|, signify||; /^  ed:/s|ed25519}|ed25519ph}|'
    expect_refused "the certificate is for key" '/^  tpm:/s|0x81000001.crt|p256.crt|'
}

e2e_main "$@"
