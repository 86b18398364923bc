#!/usr/bin/env bash
# needs: rgw
# timeout: 300
# Publishing to a store nobody here wrote, with strict signatures and without conditional writes: Ceph's gateway. IoT,
# IAM and STS are moto.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

trust='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"iot.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}}]}'
permissions='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:GetObjectVersion"],"Resource":"arn:aws:s3:::acme-firmware/*"}]}'

setup_file()
{
    need aws jq boto3
    moto_start
    rgw_use
    aws s3api create-bucket --bucket acme-firmware >/dev/null
    aws s3api put-bucket-versioning --bucket acme-firmware --versioning-configuration Status=Enabled
    aws iam create-role --role-name firmware-download --assume-role-policy-document "$trust" >/dev/null
    aws iam put-role-policy --role-name firmware-download --policy-name download --policy-document "$permissions"
    aws iot create-thing --thing-name lab-1 >/dev/null
}

# A release of a name of its own in each test: there is one bucket.
release()
{
    make_release
    sed -i "s/name: thermostat/name: $1/; s/eu-west-1, prefix: thermostat/us-east-1, prefix: $1/; s/prefix: $1\//&, conditional: ${2:-none}/" sealift.yaml
}

# As versions, of one name.
stored() { aws s3api list-object-versions --bucket acme-firmware --prefix "$1/" --output json | jq -r '(.Versions // [])[] | "\(.Key) \(.VersionId)"' | sort; }
jobs_of() { aws iot list-jobs --output json | jq "[.jobs[].jobId | select(startswith(\"$1-\"))] | length"; }

# keys_release SET
keys_release()
{
    python3 "$e2e_here/rgw_keys.py" write "$1"
    [ -d keys ] || mkdir keys
    [ -e keys/release.pem ] || sealift key new --quiet keys/release.pem >/dev/null
    {
        printf 'sealift: 1\nrelease: {name: keys%s, version: 1.0.0}\nartifacts:\n' "$1"
        cat artifacts.yaml
        printf 'signing: {key: release}\nkeys: {release: file:keys/release.pem}\n'
        printf 'bucket: {name: acme-firmware, region: us-east-1, prefix: keys%s/, conditional: none}\n' "$1"
        # Four jobs, since forty URLs with signatures are more than a document may have.
        printf 'defaults:\n  job:\n    targets: [thing/lab-1]\n    url: {role: "%s", timeout: 30m}\njobs:\n' "$role"
        grep -o '^  k[0-9]*' artifacts.yaml | awk '
            NR % 10 == 1 { printf "  j%d:\n    document:\n      dialect: custom\n      body:\n        urls:\n", NR / 10 }
            { printf "          - \"{{artifact.%s.url}}\"\n", $1 }'
    } >sealift.yaml
}

# Forty keys of a set, there and back.
round_trip()
{
    keys_release "$1"
    expect_exit 0 sealift publish --yes --output json
    cp "$out" answer.json
    local id
    for id in $(jq -r '.receipt.jobs | to_entries | sort_by(.key)[].value.id' answer.json); do
        aws iot get-job-document --job-id "$id" --output json | jq -r .document
    done | jq -s '{urls: map(.urls) | add}' >document.json
    expect_exit 0 python3 "$e2e_here/rgw_keys.py" read "$1" answer.json document.json
    expect_stdout "read 40"
}

test_forty_keys_round_trip_and_again_changes_nothing() {
    round_trip 0
    aws s3api list-object-versions --bucket acme-firmware --output json | jq -S .Versions >before.json
    expect_exit 0 sealift plan --detailed-exitcode
    rm -r .sealift
    expect_exit 0 sealift publish --yes
    expect_stdout "nothing was changed"
    aws s3api list-object-versions --bucket acme-firmware --output json | jq -S .Versions >after.json
    expect_same before.json after.json
    expect_equal "$(jobs_of keys0)" 4 "jobs"
}

# The bucket's name in the path, and in the host: acme-firmware.localhost.
test_a_hundred_and_sixty_keys_more_round_trip_in_both_styles() {
    printf '[default]\ns3 =\n  addressing_style = virtual\n' >virtual.conf
    local set
    for set in 1 2 3 4; do
        if [ "$set" = 3 ]; then
            export AWS_ENDPOINT_URL_S3=http://localhost:${rgw_url##*:} AWS_CONFIG_FILE=$PWD/virtual.conf
        fi
        round_trip "$set"
    done
    AWS_MAX_ATTEMPTS=1 AWS_ENDPOINT_URL_S3=http://localhost:9 expect_exit 7 sealift plan
    expect_stderr "http://acme-firmware.localhost:9/"
}

# refused KEY MESSAGE: by check, with its place
refused()
{
    sed "s|app: {file: build/app.bin}|app: {file: build/app.bin, object: $1}|" good.yaml >sealift.yaml
    expect_exit 2 sealift check
    expect_stderr_matches "sealift.yaml:4:[0-9]+: .*$2"
}

test_keys_that_urls_cannot_carry_are_refused() {
    release refused
    cp sealift.yaml good.yaml
    refused a//b.bin "holds '//'"
    refused /a.bin "begins or ends with '/'"
    refused a/ "begins or ends with '/'"
    refused ./a.bin "holds '.' or '..' between slashes"
    refused a/../b.bin "holds '.' or '..' between slashes"
    refused .. "holds '.' or '..' between slashes"
    refused .sealift/a.bin "a folder '.sealift'"
    refused '"a{{b"' "holds '\{\{'"
    refused '"a\\tb"' "control character"
    refused "$(printf 'x%.0s' $(seq 1025))" "at most 1024"
    refused "$(printf 'é%.0s' $(seq 513))" "longer than 1024 bytes"
}

test_what_was_stored_is_read_back() {
    release readback
    expect_exit 0 sealift publish --yes --output json
    cp "$out" answer.json
    expect_json answer.json '[.receipt.artifacts[], .receipt.statement, .receipt.jobs[].document] | map(.confirmedBy) | unique | join(" ")' read-back
    local version
    version=$(jq -r .receipt.artifacts.app.versionId answer.json)
    aws s3api get-object --bucket acme-firmware --key readback/2.4.1/app.bin --version-id "$version" got >/dev/null
    expect_same got build/app.bin
    expect_equal "$(stored readback | wc -l)" 5 "two artifacts, statement, document, receipt"
    expect_equal "$(stored readback | cut -d' ' -f1 | uniq -d)" "" "keys with two versions"
}

test_a_store_that_ignores_conditions_is_refused_with_advice() {
    release required required
    expect_exit 5 sealift publish --yes
    expect_stderr_matches "sealift.yaml:8:[0-9]+: the store of bucket 'acme-firmware' ignores If-None-Match"
    expect_stderr "set bucket.conditional to 'none'"
    expect_equal "$(stored required | sed '/\/\.sealift\/.*\/statement\.json /d')" "" "objects besides the claim"
    expect_equal "$(jobs_of required)" 0 "jobs"
}

test_a_wrong_secret_is_refused() {
    release wrong
    AWS_SECRET_ACCESS_KEY=wrong expect_exit 5 sealift publish --yes
    expect_stderr SignatureDoesNotMatch
    expect_equal "$(stored wrong)" ""
    expect_equal "$(jobs_of wrong)" 0 "jobs"
    expect_file_absent .sealift
}

test_a_changed_file_under_the_same_version_is_a_conflict() {
    release changed
    expect_exit 0 sealift publish --yes
    local before old new
    before=$(stored changed)
    old=$(sha256sum <build/app.bin | cut -d' ' -f1)
    printf x >>build/app.bin
    new=$(sha256sum <build/app.bin | cut -d' ' -f1)
    expect_exit 6 sealift publish --yes
    expect_stderr "$old"
    expect_stderr "$new"
    expect_equal "$(stored changed)" "$before"
}

test_two_at_once_give_one_job_and_one_receipt() {
    release race
    local round first
    for round in 1 2 3; do
        sealift publish --yes --output json --state a --set release.version="1.0.$round" >a.json 2>a.err &
        first=$!
        sealift publish --yes --output json --state b --set release.version="1.0.$round" >b.json 2>b.err || fail "second: $(cat b.err)"
        wait $first || fail "first: $(cat a.err)"
        expect_equal "$(aws iot list-jobs --output json | jq "[.jobs[].jobId | select(startswith(\"race-1-0-$round-\"))] | length")" 1 "jobs"
        expect_same "a/race-1.0.$round/receipt.json" "b/race-1.0.$round/receipt.json"
        expect_equal "$(jq -S '.receipt | [.artifacts, .statement, .jobs] | map(.. | .versionId? // empty)' a.json)" \
            "$(jq -S '.receipt | [.artifacts, .statement, .jobs] | map(.. | .versionId? // empty)' b.json)" "versions"
    done
}

e2e_main "$@"
