#!/usr/bin/env bash
# labels: once
# Signature formats and certificates of a whole release, with the programs of each format at the other end.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

# authority NAME: a root NAME.crt. certify KEY [NAME [DAYS [EXTENSIONS]]]: KEY.crt for keys/KEY.pem by that root.
authority() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.crt" -subj "/CN=$1" -days 30 2>/dev/null; }
certify()
{
    openssl req -new -key "keys/$1.pem" -subj "/O=Acme/CN=$1" -out csr 2>/dev/null
    printf '%b' "${4:-keyUsage=digitalSignature\nextendedKeyUsage=codeSigning\n}" >ext
    openssl x509 -req -in csr -CA "${2:-ca}.crt" -CAkey "${2:-ca}.key" -set_serial 7 -days "${3:-20}" -extfile ext -out "keys/$1.crt" 2>/dev/null
}

formats_release()
{
    make_release
    for key in ed ph; do sealift key new --quiet --type ed25519 keys/$key.pem >/dev/null; done
    sealift key new --quiet keys/second.pem >/dev/null
    authority ca
    certify release
    sed -i 's|^  app: .*|  app: {file: build/app.bin}\n  boot: {file: build/app.bin, key: ed, object: thermostat/boot.bin, formats: [raw, minisign, signify]}|
        s|^  radio: .*|  radio: {file: build/radio.bin, key: ph, formats: [minisign]}|
        s|^signing: .*|signing: {key: release, formats: [raw, cms], statement: {keys: [release, second], threshold: 2}}|
        s|^  document: .*|  document: {dialect: custom, body: {app: "{{artifact.app.url}}", cms: "{{artifact.app.cms}}", certificate: "{{artifact.app.certificate}}", boot: "{{artifact.boot.minisign}}", signify: "{{artifact.boot.signify}}", radio: "{{artifact.radio.minisign}}"}}|
        s|^keys: .*|keys:\n  release: {key: file:keys/release.pem, certificate: keys/release.crt, chain: ca.crt}\n  ed: {key: file:keys/ed.pem, algorithm: ed25519}\n  ph: {key: file:keys/ph.pem, algorithm: ed25519ph}\n  second: file:keys/second.pem|' sealift.yaml
}

# The object of ours with this name: its key. get NAME FILE: fetch it.
own_key() { versions | grep -o "^thermostat/2.4.1/.sealift/[0-9a-f]*/$1"; }
get() { aws s3api get-object --bucket acme-firmware --key "$(own_key "$1")" "$2" >/dev/null; }

# expect_good CMS MINISIGN SIGNIFY MINISIGN_OF_RADIO: what the programs themselves say of app.bin and radio.bin.
expect_good()
{
    expect_exit 0 openssl cms -verify -binary -inform DER -in "$1" -content build/app.bin -CAfile ca.crt -purpose any -out /dev/null
    expect_exit 0 minisign -VHm build/app.bin -x "$2" -p ed.minisign
    expect_stdout "Trusted comment: file:app.bin"
    expect_exit 0 signify-openbsd -V -p ed.signify -x "$3" -m build/app.bin
    expect_exit 0 minisign -VHm build/radio.bin -x "$4" -p ph.minisign
}

test_a_release_goes_out_in_every_format_and_is_adopted() {
    need aws jq openssl minisign signify-openbsd base64
    formats_release
    expect_exit 0 sealift check
    expect_exit 0 sealift plan --offline -o plan.json
    expect_stdout "formats raw, minisign, signify"
    expect_silence_about warning
    sandbox_start --quiet --prepare sealift.yaml
    expect_exit 0 sealift publish --yes
    for key in ed ph; do sealift key show --quiet --format minisign keys/$key.pem >$key.minisign; done
    sealift key show --quiet --format signify keys/ed.pem >ed.signify
    local state=.sealift/thermostat-2.4.1 i key pub
    expect_only "$state" receipt.json app.p7s boot.minisig boot.sig radio.minisig
    expect_good $state/app.p7s $state/boot.minisig $state/boot.sig $state/radio.minisig

    # The bundle has the same, and so has the document.
    get statement.json statement.json
    jq -r .signatures.app.formats.cms statement.json | base64 -d >app.p7s
    for f in minisign signify; do jq -j ".signatures.boot.formats.$f" statement.json >boot.$f; done
    jq -j .signatures.radio.formats.minisign statement.json >radio.minisign
    expect_good app.p7s boot.minisign boot.signify radio.minisign
    expect_same app.p7s $state/app.p7s
    aws iot get-job-document --job-id "$(aws iot list-jobs --output json | jq -r '.jobs[0].jobId')" --output json | jq -r .document >document.json
    jq -r .cms document.json | base64 -d | cmp - app.p7s
    jq -j .signify document.json | cmp - boot.signify
    jq -j .radio document.json | cmp - radio.minisign
    jq -j .certificate document.json | cmp - keys/release.crt

    # The statement's envelope, by openssl alone, as docs/signatures.md says.
    jq -r .dsseEnvelope.payload statement.json | base64 -d >payload
    printf 'DSSEv1 28 application/vnd.in-toto+json %s ' "$(stat -c %s payload)" | cat - payload >signed
    for i in 0 1; do
        jq -r ".dsseEnvelope.signatures[$i].sig" statement.json | base64 -d >signature
        key=$(jq -r ".dsseEnvelope.signatures[$i].keyid" statement.json)
        for pub in keys/release.pem.pub keys/second.pem.pub; do
            [ "$(openssl pkey -pubin -in $pub -outform DER | sha256sum | cut -d' ' -f1)" = "$key" ] || continue
            expect_exit 0 openssl dgst -sha256 -verify $pub -signature signature signed
        done
    done

    # verify looks at each, with the file; of the receipt at which there are.
    expect_exit 0 sealift verify --plan plan.json --statement statement.json build/app.bin
    expect_stdout "cms good"
    expect_exit 0 sealift verify --plan plan.json --statement statement.json build/radio.bin $state/receipt.json
    expect_stdout "minisign good"
    jq -c '.signatures.app.formats.cms |= .[:-12] + "AAAAAAAA" + .[-4:]' statement.json >swapped.json
    expect_exit 4 sealift verify --plan plan.json --statement swapped.json build/app.bin
    expect_stderr "format cms of artifact 'app'"
    jq -c 'del(.signatures.radio.formats)' statement.json >fewer.json
    jq -c ".statement.sha256 = \"$(sha256sum fewer.json | cut -d' ' -f1)\"" $state/receipt.json >receipt.json
    expect_exit 4 sealift verify --plan plan.json --statement fewer.json receipt.json
    expect_stderr "other formats than the receipt says"
    expect_exit 0 sealift verify --remote plan.json --key keys/release.pem.pub --key keys/second.pem.pub
    expect_stdout "planned document, byte for byte"

    # Another machine adopts them, and makes none.
    local before
    before=$(versions)
    mv .sealift first
    expect_exit 0 sealift publish --yes
    expect_equal "$(versions)" "$before"
    diff -r first .sealift

    # What somebody else put there is not taken over.
    local kind edit
    key=$(own_key statement.json)
    while read -r kind edit; do
        jq -cSj "$edit" statement.json >tampered.json
        ! cmp -s tampered.json statement.json || fail "$kind: nothing changed"
        aws s3api put-object --bucket acme-firmware --key "$key" --body tampered.json >/dev/null
        run sealift publish --yes
        [ "$status" = 4 ] || [ "$status" = 6 ] || fail "$kind: exit status $status"
        expect_stderr "statement.json"
    done <<EOT
comment .signatures.boot.formats.minisign |= sub("file:app.bin"; "file:app.bim")
untrusted .signatures.boot.formats.signify |= sub("signature by"; "signature  by")
cms .signatures.app.formats.cms |= sub("^MII"; "MIJ")
fewer del(.signatures.boot.formats.signify)
none del(.signatures.app.formats)
more .signatures.app.formats.signify = .signatures.boot.formats.signify
moved .signatures.radio.formats.minisign = .signatures.boot.formats.minisign
EOT
}

test_certificates_that_do_not_fit_are_refused_before_anything_is_asked() {
    need openssl
    formats_release
    cp keys/release.crt good.crt
    # expect_refused TEXT: by check where the key is not needed to know it, and by publish, which asks nothing.
    export AWS_ENDPOINT_URL=http://127.0.0.1:9 AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=none
    expect_refused()
    {
        expect_exit 2 sealift publish --yes
        expect_stderr "$1"
        expect_stderr_matches '^sealift: sealift.yaml:[0-9]+:[0-9]+: '
    }
    certify release ca 20 'extendedKeyUsage=emailProtection\n'
    expect_exit 2 sealift check
    expect_stderr "codeSigning"
    expect_refused "keys.release.certificate: the certificate is not for signing code"

    cp good.crt keys/release.crt
    openssl ecparam -name prime256v1 -genkey -noout -out keys/other.pem
    certify other
    cp keys/other.crt keys/release.crt
    expect_refused "the certificate is for key"

    authority ca2
    certify release ca2
    expect_exit 2 sealift check
    expect_refused "each certificate must be issued by the next one"

    # An issuer that may not issue.
    certify other ca 20 'extendedKeyUsage=codeSigning\n'
    cp keys/other.crt leaf.crt && cp keys/other.pem leaf.key
    certify release leaf
    cat leaf.crt ca.crt >chain.pem
    sed 's|chain: ca.crt|chain: chain.pem|' sealift.yaml >odd.yaml
    expect_exit 2 sealift check odd.yaml
    expect_stderr "does not lead"

    # Three tries of a day each, and the certificate ends tomorrow.
    certify release ca 1
    sed -i 's|^job:|job:\n  timeout: 24h\n  retry: {failed: 1, timed_out: 1}|' sealift.yaml
    expect_exit 2 sealift check
    expect_stderr "keys.release.certificate: the certificate of CN=release,O=Acme expires at 20"
    expect_refused "may run until 20"
    expect_exit 0 sealift plan --offline
    expect_stderr "publish would refuse here: keys.release.certificate"
    sed -i '/^  timeout: 24h/d; /^  retry:/d' sealift.yaml
    expect_exit 0 sealift check

    echo 'no certificate' >keys/release.crt
    expect_refused "holds no certificate"
    rm keys/release.crt
    expect_refused "keys.release.certificate: cannot open"
    expect_exit 0 sealift check # it may be elsewhere
}

test_plans_name_certificates_and_formats_only_when_there_are_any() {
    need jq openssl
    formats_release
    expect_exit 0 sealift plan --offline -o plan.json
    expect_equal "$(jq -r .certificates.release.certificate plan.json)" "$(sha256sum keys/release.crt | cut -d' ' -f1)"
    expect_equal "$(jq -r .certificates.release.chain plan.json)" "$(sha256sum ca.crt | cut -d' ' -f1)"
    expect_equal "$(jq -c '[.artifacts[].formats]' plan.json)" '[["raw","cms"],["raw","minisign","signify"],["raw","minisign"]]'
    # Another certificate is another plan.
    certify release ca 19
    expect_exit 4 sealift plan --offline plan.json
    expect_stderr "certificates.release.certificate"
    make_release
    expect_exit 0 sealift plan --offline -o plan.json
    expect_equal "$(jq -c '[.certificates, .artifacts[].formats]' plan.json)" '[null,null,null]'
}

test_keys_that_are_elsewhere_make_what_follows_from_their_signatures() {
    need aws jq openssl minisign base64 xxd
    formats_release
    openssl ecparam -name secp384r1 -genkey -noout -out keys/elsewhere.pem
    openssl ec -in keys/elsewhere.pem -pubout -out keys/out.pub 2>/dev/null
    certify elsewhere
    sed -i '/^  boot:/s|: {.*|: {file: build/boot.bin, key: edcloud, formats: [minisign]}|
        /^  radio:/s|key: ph.*|key: out, formats: [cms]}|
        /^  document:/s|: .*|: {dialect: jobs-agent}|
        /^  release: {key/s|.*|  release: {key: "awskms:alias/fw", algorithm: ecdsa-p256-sha256, certificate: keys/cloud.crt, chain: ca.crt}|
        /^  ed:/s|.*|  edcloud: {key: "awskms:alias/ed", algorithm: ed25519}|
        /^  ph:/s|.*|  out: {key: external:keys/out.sig, algorithm: ecdsa-p384-sha384, certificate: keys/elsewhere.crt}|
        /^signing:/s|keys: \[release, second\], threshold: 2|keys: [second]|' sealift.yaml
    head -c 4000 /dev/urandom >build/boot.bin # KMS signs no more purely
    sandbox_start --quiet --prepare sealift.yaml
    aws kms get-public-key --key-id alias/fw --query PublicKey --output text | base64 -d | openssl pkey -pubin -inform DER -out cloud.pub
    openssl req -new -key ca.key -subj /CN=cloud -out csr
    printf 'extendedKeyUsage=codeSigning\n' >ext
    openssl x509 -req -in csr -force_pubkey cloud.pub -CA ca.crt -CAkey ca.key -set_serial 9 -days 20 -extfile ext -out keys/cloud.crt 2>/dev/null
    expect_exit 2 sealift publish --yes
    expect_stderr "have it signed (ecdsa-p384-sha384)"
    local digest algorithm
    read -r digest algorithm <keys/out.digests
    printf %s "${digest#*:}" | xxd -r -p >digest.bin
    openssl pkeyutl -sign -inkey keys/elsewhere.pem -in digest.bin -out signature.bin
    echo "$digest $(base64 -w0 signature.bin)" >keys/out.sig
    expect_exit 0 sealift publish --yes
    for name in app radio; do
        expect_exit 0 openssl cms -verify -binary -inform DER -in .sealift/thermostat-2.4.1/$name.p7s -content build/$name.bin -CAfile ca.crt -purpose any -out /dev/null
    done
    sealift key show --quiet --format minisign awskms:alias/ed >ed.minisign
    expect_exit 0 minisign -VHm build/boot.bin -x .sealift/thermostat-2.4.1/boot.minisig -p ed.minisign
    expect_exit 0 sealift plan --offline -o plan.json
    expect_equal "$(jq '[.requests[] | select(.format == "minisign")] | length' plan.json)" 2
}

test_throwaway_keys_have_no_certificates() {
    need openssl
    formats_release
    expect_exit 2 sealift rehearse --throwaway-keys
    expect_stderr "throwaway keys have none"
    sed -i '/^signing/s/, cms//' sealift.yaml
    sed -i '/^  document/s/, cms: .*certificate: /, certificate: /' sealift.yaml
    expect_exit 0 sealift rehearse --throwaway-keys --expect lab-1=rejected
}

e2e_main
