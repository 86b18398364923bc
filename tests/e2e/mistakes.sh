#!/usr/bin/env bash
# Ten mistakes, and what sealift and the usual commands say of them: docs/mistakes.md has what is printed here.
#   SEALIFT_WRITE_DOCS=1 tests/e2e/mistakes.sh     writes the page anew
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

page=$e2e_top/docs/mistakes.md

# What differs from run to run, or from machine to machine.
steady()
{
    sed -E -e "s#$PWD/?##g; s#http://127\.0\.0\.1:[0-9]+#https://aws#g; s#[0-9a-f]{64}#<digest>#g; s/-[0-9a-f]{12}\b/-<digest>/g" \
        -e 's/\b[0-9a-f]{16,}/<digest>/g; s/(request|host) id [A-Za-z0-9-]+/\1 id ID/g; s/[[:space:]]+$//' \
        -e '/^$/d; /^(hash|upload) [a-z]+, /d' | head -n 6
}

# both TITLE SEALIFT-COMMAND OTHER-COMMAND: run the two, and add their row. The status of each goes to the file 'statuses'.
both()
{
    local title=$1 ours=$2 theirs=$3 said other first=0 second=0
    said=$(eval "$ours" 2>&1 </dev/null) || first=$?
    other=$(eval "$theirs" 2>&1 </dev/null) || second=$?
    printf '%s %s %s\n' "$first" "$second" "$title" >>statuses
    {
        printf '## %s\n\n' "$title"
        printf '```text\n$ %s\n%s\n(exit status %s)\n```\n\n' "$ours" "$(steady <<<"$said")" "$first"
        printf '```text\n$ %s\n%s\n(exit status %s)\n```\n\n' "$theirs" "$(steady <<<"$other")" "$second"
    } >>made.md
}

test_the_page_has_what_is_printed() {
    need recent-aws jq openssl
    make_release
    sandbox_start --quiet --prepare sealift.yaml
    cat >job.json <<'EOT'
{"operation": "install", "files": [{"fileName": "app.bin", "fileSource": {"url": "${aws:iot:s3-presigned-url:https://s3.eu-west-1.amazonaws.com/acme-firmware/app.bin}"}}]}
EOT
    cat >head.md <<'EOT'
# Ten mistakes

What sealift says, and what `aws` and `openssl` say of the same mistake. Both are run by a test
(`tests/e2e/mistakes.sh`), against the sandbox in place of AWS; what a service says is therefore the sandbox's wording,
what a program says its own. The folder holds a release like that of the [tutorial](tutorial.md).

EOT
    aws s3api put-object --bucket acme-firmware --key app.bin --body build/app.bin >/dev/null
    mv build/app.bin kept
    both "The file is not there" 'sealift publish --yes' 'aws s3 cp build/app.bin s3://acme-firmware/thermostat/2.4.1/app.bin'
    mv kept build/app.bin

    sealift sign --key file:keys/release.pem build/app.bin >/dev/null 2>&1
    base64 -d build/app.bin.sig >app.sig
    sealift key new --quiet other.pem >/dev/null
    both "The wrong public key" 'sealift verify --key other.pem.pub build/app.bin' 'openssl dgst -sha256 -verify other.pem.pub -signature app.sig build/app.bin'

    chmod 644 keys/release.pem
    both "A private key that others may read" 'sealift publish --yes' 'openssl dgst -sha256 -sign keys/release.pem -out app.sig build/app.bin'
    chmod 600 keys/release.pem

    sed 's/timeout: 30m/timeot: 30m/' sealift.yaml >typo.yaml
    both "A typo in a key" 'sealift check typo.yaml' \
        'aws iot create-job --job-id a --targets arn:aws:iot:eu-west-1:123456789012:thing/lab-1 --document file://job.json --presigned-url-config roleArn=arn:aws:iam::123456789012:role/firmware-download,expiresInSecs=1800'

    sed 's/timeout: 30m/timeout: 2h/' sealift.yaml >long.yaml
    both "A URL timeout that AWS IoT does not take" 'sealift check long.yaml' \
        'aws iot create-job --job-id a --targets arn:aws:iot:eu-west-1:123456789012:thing/lab-1 --document file://job.json --presigned-url-config roleArn=arn:aws:iam::123456789012:role/firmware-download,expiresInSec=7200'

    sed 's/firmware-download/firmware-downlaod/' sealift.yaml >role.yaml
    both "A role that is not there" 'sealift publish --yes role.yaml' \
        'aws iot create-job --job-id b --targets arn:aws:iot:eu-west-1:123456789012:thing/lab-1 --document file://job.json --presigned-url-config roleArn=arn:aws:iam::123456789012:role/firmware-downlaod,expiresInSec=1800'

    sed 's/lab-1/lab-one/' sealift.yaml >thing.yaml
    both "A target that is not there" 'sealift publish --yes thing.yaml' \
        'aws iot create-job --job-id c --targets arn:aws:iot:eu-west-1:123456789012:thing/lab-one --document file://job.json --presigned-url-config roleArn=arn:aws:iam::123456789012:role/firmware-download,expiresInSec=1800'

    aws s3api put-bucket-versioning --bucket acme-firmware --versioning-configuration Status=Suspended
    both "A bucket without versioning" 'sealift publish --yes' 'aws s3api put-object --bucket acme-firmware --key app.bin --body build/app.bin --query ETag'
    aws s3api put-bucket-versioning --bucket acme-firmware --versioning-configuration Status=Enabled

    aws iot create-job --job-id thermostat-2-4-1 --targets arn:aws:iot:eu-west-1:123456789012:thing/lab-1 --document '{"operation": "other"}' >/dev/null
    sed 's/^job:/job:\n  id: thermostat-2-4-1/' sealift.yaml >taken.yaml
    both "A job id that is taken" 'sealift publish --yes taken.yaml' \
        'aws iot create-job --job-id thermostat-2-4-1 --targets arn:aws:iot:eu-west-1:123456789012:thing/lab-1 --document file://job.json --presigned-url-config roleArn=arn:aws:iam::123456789012:role/firmware-download,expiresInSec=1800'

    both "Credentials that are wrong" 'AWS_SECRET_ACCESS_KEY=wrong sealift publish --yes' 'AWS_SECRET_ACCESS_KEY=wrong aws s3 cp build/app.bin s3://acme-firmware/app.bin --no-progress'

    expect_equal "$(wc -l <statuses)" 10 "mistakes"
    # Each of them stops sealift; what the others let pass is the point of the page.
    ! grep -q '^0 ' statuses || { cat statuses; fail "sealift let a mistake pass"; }
    {
        cat head.md
        printf '| mistake | sealift | the usual command |\n|---|---|---|\n'
        awk '{ printf "| %s | exit status %s | %s |\n", substr($0, length($1 $2) + 3), $1, $2 ? "exit status " $2 : "passes" }' statuses
        printf '\n'
        cat made.md
    } >whole.md
    mv whole.md made.md
    sed -i -e :a -e '/^\n*$/{$d;N;ba' -e '}' made.md
    [ -z "${SEALIFT_WRITE_DOCS:-}" ] || cp made.md "$page"
    # Another version of the AWS CLI words things its own way; what is sealift's must be the same.
    ours() { awk '/^\$ / { on = /sealift/ } /^## |^\| / { print } on && !/^```/' "$1"; }
    ours "$page" >wanted
    ours made.md >found
    diff wanted found || fail "docs/mistakes.md is not what is printed; run: SEALIFT_WRITE_DOCS=1 tests/e2e/mistakes.sh"
}

e2e_main "$@"
