#!/usr/bin/env bash
# Back to an earlier release: its stored versions again, in a new job, under a statement that names what is left.
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

# Publish 2.4.0, then 2.4.1 with other files, which alone are still here.
start() {
    need aws jq openssl curl
    make_release
    sandbox_start --quiet --prepare sealift.yaml
    expect_exit 0 sealift publish --yes --set release.version=2.4.0
    mv build first
    mkdir build
    head -c 90000 /dev/urandom >build/app.bin
    head -c 6000 /dev/urandom >build/radio.bin
    expect_exit 0 sealift publish --yes
    versions >before
}

back() { sealift publish --yes --rollback-to 2.4.0 "$@"; }

stored() { jq -r ".artifacts.$1.versionId" .sealift/thermostat-2.4.0/receipt.json; }

# The document of a job as its device gets it, with working URLs.
device_document() {
    aws iot-jobs-data start-next-pending-job-execution --thing-name lab-1 --output json | jq -r .execution.jobDocument
}

test_a_device_gets_the_earlier_files_and_a_statement_that_says_so() {
    local first
    start
    first=$(stored app)
    aws iot cancel-job --job-id "$(jq -r .jobs.job.id .sealift/thermostat-2.4.1/receipt.json)" >/dev/null
    aws iot cancel-job --job-id "$(jq -r .jobs.job.id .sealift/thermostat-2.4.0/receipt.json)" >/dev/null
    rm -r .sealift
    expect_exit 0 back --output json
    cp "$out" answer.json
    expect_stderr "rolling back from 2.4.1 to 2.4.0, as published by 's3://acme-firmware/thermostat/2.4.0/.sealift/"
    expect_json answer.json .receipt.artifacts.app.versionId "$first"
    expect_equal "$(versions | comm -13 before - | sed 's/.*\///;s/ .*//' | tr '\n' ' ')" "job.job.json receipt.json statement.json "
    device_document >document.json
    curl -sSf -o app.bin "$(jq -r '.files[0].fileSource.url' document.json)"
    expect_same app.bin first/app.bin
    jq -r .sealift.statement.payload document.json | base64 -d >statement
    expect_json statement .predicate.version 2.4.0
    expect_json statement .predicate.rollbackFrom 2.4.1
    openssl pkey -in keys/release.pem -pubout -out pub.pem 2>/dev/null
    printf 'DSSEv1 28 application/vnd.in-toto+json %d ' "$(wc -c <statement)" | cat - statement >pae
    jq -r '.sealift.statement.signatures[0].sig' document.json | base64 -d >sig
    expect_exit 0 openssl dgst -sha256 -verify pub.pem -signature sig pae
    # Again, and here with the files fetched already: the same job.
    cp .sealift/thermostat-2.4.0/receipt.json receipt.json
    versions >after
    expect_exit 0 back
    expect_same .sealift/thermostat-2.4.0/receipt.json receipt.json
    expect_equal "$(versions)" "$(cat after)"
    expect_equal "$(aws iot list-jobs --output json | jq '.jobs | length')" 3 "jobs"
    expect_exit 0 sealift job explain "$(jq -r .receipt.jobs.job.id answer.json)"
    expect_stdout "thermostat 2.4.0, rolled back from 2.4.1"
    # And what it left is still there to be verified.
    expect_exit 0 sealift verify --key keys/release.pem.pub --remote .sealift/thermostat-2.4.0/receipt.json
}

test_a_plan_to_go_back_is_approved_and_published_elsewhere() {
    local digest
    start
    expect_exit 2 sealift plan --rollback-to 2.4.0 --offline
    expect_stderr "leave --offline out"
    expect_exit 0 sealift plan --rollback-to 2.4.0 -o plan.json
    expect_stdout "rolls back from 2.4.1"
    digest=$(sha256sum <plan.json | cut -c1-64)
    mkdir elsewhere
    cp -r keys sealift.yaml plan.json elsewhere
    expect_exit 2 sealift publish --yes plan.json --rollback-to 2.4.0
    expect_stderr "do not go with a plan file"
    (cd elsewhere && sealift publish --yes --quiet plan.json --expect-plan "sha256:$digest")
    expect_same first/app.bin elsewhere/.sealift/thermostat-2.4.0/recalled/app
    expect_json elsewhere/.sealift/thermostat-2.4.0/receipt.json .planDigest "$digest"
}

test_what_cannot_be_gone_back_to_is_refused_with_the_reason() {
    local jobs key
    start
    jobs=$(aws iot list-jobs --output json | jq -c '[.jobs[].jobId]')
    expect_exit 2 sealift publish --yes --rollback-to 2.3.9
    expect_stderr "nothing was published as that version below 's3://acme-firmware/thermostat/2.3.9/'"
    expect_exit 2 sealift publish --yes --rollback-to 2.4.1
    expect_stderr "sealift.yaml:2:38: --rollback-to 2.4.1: the manifest describes 2.4.1, which is not later"
    expect_exit 2 sealift publish --yes --rollback-to yesterday
    expect_stderr "'yesterday' is not a version"
    # Other names and other places than that release had.
    sed 's/radio:/modem:/' sealift.yaml >renamed.yaml
    expect_exit 2 back renamed.yaml
    expect_stderr "release 2.4.0 had no artifact 'modem'"
    sed '/radio:/d' sealift.yaml >fewer.yaml
    expect_exit 2 back fewer.yaml
    expect_stderr "release 2.4.0 had 2 artifacts, and this manifest has 1"
    sed 's/app.bin}/app.bin, object: elsewhere.bin}/' sealift.yaml >moved.yaml
    expect_exit 6 back moved.yaml
    expect_stderr "is stored as 'thermostat/2.4.0/app.bin', and this manifest means 'elsewhere.bin'"
    # Signed by others.
    sealift key new --quiet keys/other.pem >/dev/null
    expect_exit 4 back --set keys.release=file:keys/other.pem
    expect_stderr "the statement of 's3://acme-firmware/thermostat/2.4.0/.sealift/"
    # A receipt, which nobody signs, that leads to other bytes.
    key=$(aws s3api list-objects-v2 --bucket acme-firmware --prefix thermostat/2.4.0/.sealift/ --output json \
        | jq -r '.Contents[].Key | select(endswith("/receipt.json"))')
    aws s3 cp --quiet "s3://acme-firmware/$key" receipt.json
    aws s3api put-object --bucket acme-firmware --key thermostat/2.4.0/app.bin --body build/app.bin --output json | jq -r .VersionId >evil
    jq -c ".artifacts.app.versionId = \"$(cat evil)\"" receipt.json >evil.json
    aws s3 cp --quiet evil.json "s3://acme-firmware/$key"
    expect_exit 4 back
    expect_stderr "is not what the release's statement was signed for"
    expect_file_absent .sealift/thermostat-2.4.0/recalled/app
    # A version that is gone.
    aws s3 cp --quiet receipt.json "s3://acme-firmware/$key"
    aws s3api delete-object --bucket acme-firmware --key thermostat/2.4.0/app.bin --version-id "$(jq -r .artifacts.app.versionId receipt.json)" >/dev/null
    expect_exit 5 back
    expect_stderr "artifact 'app' of the earlier release"
    expect_equal "$(aws iot list-jobs --output json | jq -c '[.jobs[].jobId]')" "$jobs" "jobs"
}

e2e_main
