#!/usr/bin/env bash
# Signature formats, with the programs they come from at the other end.
. "$(dirname "$0")/lib.sh"

new_key() { sealift key new --quiet --type ed25519 "$1" >/dev/null; }

# A private key of minisign without a passphrase: what it asks of a terminal it asks of nobody.
new_minisign() { minisign -G -f -W -p "$1.pub" -s "$1.key" >/dev/null </dev/null; }

test_minisign_accepts_what_is_signed_here() {
    need minisign
    head -c 70000 /dev/urandom >app.bin
    new_key ed
    expect_exit 0 sealift sign --key file:ed --format minisign app.bin
    expect_stdout "app.bin.minisig"
    expect_file_absent app.bin.sig
    expect_exit 0 sealift key show --format minisign ed
    cp "$out" ed.minisign
    expect_exit 0 minisign -Vm app.bin -p ed.minisign
    expect_stdout "Trusted comment: file:app.bin"
    expect_exit 0 minisign -VHm app.bin -p ed.minisign # the prehashed form is required
    expect_exit 0 sealift verify --key ed.pub app.bin
    expect_stdout "app.bin: good, minisign signature"
    expect_stderr "trusted comment: file:app.bin"
    printf x >>app.bin
    expect_exit 1 minisign -Vm app.bin -p ed.minisign
    expect_exit 4 sealift verify --key ed.pub app.bin
    expect_stderr "does not match"
}

test_what_minisign_signs_is_accepted_here() {
    need minisign
    head -c 70000 /dev/urandom >app.bin
    new_minisign m
    minisign -Sm app.bin -s m.key -t 'release 2.4.1' >/dev/null </dev/null
    expect_exit 0 sealift verify --output json --key m.pub app.bin
    expect_json "$out" .format minisign
    expect_json "$out" .trustedComment 'release 2.4.1'
    minisign -S -l -m app.bin -s m.key -t 'the older form' -x old.minisig >/dev/null </dev/null
    expect_exit 0 sealift verify --key m.pub --signature old.minisig app.bin
    expect_stderr "trusted comment: the older form"
    new_minisign other
    expect_exit 4 sealift verify --key other.pub app.bin
    expect_stderr "key number"
    sed 's/release 2.4.1/release 9.9.9/' app.bin.minisig >forged
    expect_exit 4 sealift verify --key m.pub --signature forged app.bin
    expect_stderr "trusted comment"
}

test_signify_and_sealift_accept_each_other() {
    need signify-openbsd
    head -c 70000 /dev/urandom >app.bin
    new_key ed
    expect_exit 0 sealift sign --key file:ed --format signify app.bin
    expect_exit 0 sealift key show --format signify ed
    cp "$out" ed.signify
    expect_exit 0 signify-openbsd -V -p ed.signify -m app.bin
    expect_exit 0 sealift verify --key ed.signify app.bin
    signify-openbsd -G -n -p s.pub -s s.sec
    signify-openbsd -S -s s.sec -m app.bin
    expect_exit 0 sealift verify --key s.pub app.bin
    expect_stdout "app.bin: good, signify signature"
    expect_exit 4 sealift verify --key ed.signify app.bin
    expect_stderr "key number"
    printf x >>app.bin
    expect_exit 1 signify-openbsd -V -p s.pub -m app.bin
    expect_exit 4 sealift verify --key s.pub app.bin
    expect_stderr "does not match"
}

test_signify_refuses_large_files_and_minisign_takes_them() {
    need minisign
    truncate -s 17M app.bin
    new_key ed
    expect_exit 2 sealift sign --key file:ed --format signify app.bin
    expect_stderr "16 MiB"
    expect_file_absent app.bin.sig
    expect_exit 0 sealift sign --key file:ed --format minisign app.bin
    sealift key show --quiet --format minisign ed >ed.minisign
    expect_exit 0 minisign -Vm app.bin -p ed.minisign
}

# An authority ca.crt, and k.crt for the key k.
certify() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -subj /CN=Root -days 30
    openssl req -new -key k -subj /O=Acme/CN=Firmware -out k.csr
    printf 'keyUsage=digitalSignature\nextendedKeyUsage=codeSigning\n' >ext
    openssl x509 -req -in k.csr -CA ca.crt -CAkey ca.key -set_serial 7 -days 20 -extfile ext -out k.crt
} 2>/dev/null

test_openssl_accepts_cms_signed_here() {
    need openssl
    head -c 70000 /dev/urandom >app.bin
    sealift key new --quiet k >/dev/null
    certify
    expect_exit 0 sealift sign --key file:k --format cms --certificate k.crt app.bin
    expect_file_absent app.bin.sig
    cp app.bin.p7s first
    expect_exit 0 openssl cms -verify -binary -inform DER -in app.bin.p7s -content app.bin -CAfile ca.crt -purpose any -out same
    expect_same same app.bin
    expect_exit 0 sealift sign --key file:k --format cms --certificate k.crt app.bin
    expect_same first app.bin.p7s
    expect_exit 0 sealift verify --key k.pub app.bin
    expect_exit 0 sealift verify --ca ca.crt app.bin
    expect_stdout "app.bin: good, cms signature, certificate of CN=Firmware,O=Acme"
    expect_exit 4 sealift verify --ca ca.crt --at 2999-01-01T00:00:00Z app.bin
    expect_stderr "certificate has expired"
    printf x >>app.bin
    expect_exit 4 sealift verify --ca ca.crt app.bin
    expect_stderr "does not match the file"
}

test_what_openssl_signs_as_cms_is_accepted_here() {
    need openssl
    head -c 70000 /dev/urandom >app.bin
    sealift key new --quiet --type rsa-3072 k >/dev/null
    certify
    openssl cms -sign -binary -in app.bin -signer k.crt -inkey k -keyopt rsa_padding_mode:pss -outform PEM -out app.bin.p7s
    echo another >app.bin.sig
    expect_exit 0 sealift verify --output json --ca ca.crt app.bin
    expect_json "$out" .format cms
    rm app.bin.sig
    expect_exit 0 sealift verify --key k.crt app.bin
    sealift key new --quiet k2 >/dev/null
    expect_exit 4 sealift verify --key k2.pub app.bin
    expect_stderr "the CMS signature is by key"
}

test_cms_wants_a_certificate_that_fits() {
    need openssl
    echo x >app.bin
    sealift key new --quiet k >/dev/null
    sealift key new --quiet other >/dev/null
    certify
    expect_exit 2 sealift sign --key file:k --format cms app.bin
    expect_stderr "needs --certificate"
    expect_exit 2 sealift sign --key file:k --certificate k.crt app.bin
    expect_stderr "goes with --format cms"
    expect_exit 2 sealift sign --key file:other --format cms --certificate k.crt app.bin
    expect_stderr "the certificate is for key"
    expect_exit 2 sealift sign --key file:k --format cms --certificate k.pub app.bin
    expect_stderr "BEGIN CERTIFICATE"
    expect_file_absent app.bin.p7s
    expect_exit 0 sealift sign --key file:k app.bin
    expect_exit 2 sealift verify --ca ca.crt app.bin
    expect_stderr "app.bin.p7s"
    expect_exit 2 sealift verify --ca ca.crt --signature app.bin.sig app.bin
    expect_stderr "is not CMS"
    expect_exit 2 sealift verify --ca ca.crt --key k.pub app.bin
    expect_stderr "give one of them"
}

test_a_trust_file_decides_about_formats_too() {
    echo x >app.bin
    new_key ed
    new_key stranger
    sealift trust new --add ed=ed.pub --signers trust=1:ed --signers artifacts=1:ed --expires 2999-01-01 -o trust.json 2>/dev/null
    sealift trust sign --key file:ed trust.json >/dev/null 2>&1
    expect_exit 0 sealift sign --key file:ed --format minisign app.bin
    expect_exit 0 sealift verify --trust trust.json app.bin
    expect_stdout "minisign signature, signed by ed"
    expect_exit 0 sealift sign --key file:stranger --format signify app.bin
    expect_exit 4 sealift verify --trust trust.json app.bin
    expect_stderr "no key that may sign artifacts"
}

test_other_keys_and_algorithms_are_refused() {
    echo x >app.bin
    sealift key new --quiet p256 >/dev/null
    expect_exit 2 sealift sign --key file:p256 --format minisign app.bin
    expect_stderr "Ed25519"
    expect_exit 2 sealift key show --format minisign p256
    expect_stderr "Ed25519"
    new_key ed
    expect_exit 2 sealift sign --key file:ed --algorithm ed25519ph --format minisign app.bin
    expect_stderr "ed25519ph"
    expect_exit 2 sealift sign --key file:ed --format pgp app.bin
    expect_stderr "raw|cms|minisign|signify"
    expect_file_absent app.bin.minisig
    expect_exit 0 sealift sign --key file:ed --format minisign app.bin
    expect_exit 2 sealift verify --key p256.pub app.bin
    expect_stderr "Ed25519"
    expect_exit 2 sealift verify --algorithm ed25519ph --key ed.pub app.bin
    expect_stderr "leave it out"
}

# What a signature that does not fit may be older than is named, and not silently taken in its place.
test_an_old_signature_does_not_hide_a_newer_one_in_another_format() {
    head -c 3000 /dev/urandom >app.bin
    expect_exit 0 sealift key new --type ed25519 ed
    expect_exit 0 sealift sign --key file:ed --algorithm ed25519ph app.bin
    head -c 3000 /dev/urandom >app.bin
    expect_exit 0 sealift sign --key file:ed --format minisign app.bin
    expect_exit 4 sealift verify --key ed.pub --algorithm ed25519ph app.bin
    expect_stderr "'app.bin.sig' was looked at; 'app.bin.minisig' is there too: --signature checks that one"
    expect_exit 0 sealift verify --key ed.pub --signature app.bin.minisig app.bin
}

e2e_main
