#!/usr/bin/env bash
# job.document.register: s3: the job is made from a link to the stored document.
# timeout: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

start()
{
    need aws jq
    make_release
    sed -i 's|dialect: jobs-agent,|dialect: jobs-agent, register: s3,|' sealift.yaml
}

test_the_job_is_made_from_the_stored_document_and_adopted_again() {
    start
    sandbox_start --quiet --prepare sealift.yaml
    expect_exit 0 sealift publish --yes --output json
    cp "$out" answer.json
    local id object version
    id=$(jq -r '.receipt.jobs[].id' answer.json)
    object=$(jq -r '.receipt.jobs[].document.object' answer.json)
    version=$(jq -r '.receipt.jobs[].document.versionId' answer.json)
    aws iot describe-job --job-id "$id" --output json >job.json
    expect_json job.json .documentSource "https://s3.eu-west-1.amazonaws.com/acme-firmware/$object"
    aws iot get-job-document --job-id "$id" --output json | jq -j .document >document.json
    aws s3api get-object --bucket acme-firmware --key "$object" --version-id "$version" stored.json >/dev/null
    expect_same stored.json document.json
    rm -r .sealift
    expect_exit 0 sealift publish --yes
    expect_stdout "nothing was changed"
    expect_exit 0 sealift verify --remote .sealift/*/receipt.json
    expect_exit 0 sealift job status "$id"
}

test_rehearsed_devices_take_it() {
    start
    expect_exit 0 sealift rehearse
    sed -i '/^job:/,$d' sealift.yaml
    cat >>sealift.yaml <<EOT
defaults: {job: {targets: [thing/lab-1], url: {role: "$role"}}}
jobs:
  one: {document: {dialect: jobs-agent, register: s3}, artifacts: [app]}
  two: {document: {dialect: jobs-agent}, artifacts: [radio]}
EOT
    expect_exit 0 sealift rehearse
}

test_a_role_that_may_not_read_the_document_is_found_before_anything_is_written() {
    start
    sandbox_start --quiet --prepare sealift.yaml
    aws iam put-role-policy --role-name firmware-download --policy-name sealift-download --policy-document \
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObjectVersion","Resource":"arn:aws:s3:::acme-firmware/thermostat/*"}]}'
    expect_exit 5 sealift publish --yes
    expect_stderr "role 'firmware-download' does not allow s3:GetObject on 'arn:aws:s3:::acme-firmware/thermostat/2.4.1/.sealift/"
    expect_nothing_written
    sed -i 's|, register: s3||' sealift.yaml
    expect_exit 0 sealift publish --yes
}

test_moto_takes_the_link() {
    start
    moto_start
    aws s3api create-bucket --bucket acme-firmware --create-bucket-configuration LocationConstraint=eu-west-1 >/dev/null
    aws s3api put-bucket-versioning --bucket acme-firmware --versioning-configuration Status=Enabled
    aws iam create-role --role-name firmware-download --assume-role-policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"iot.amazonaws.com"},"Action":"sts:AssumeRole"}]}' >/dev/null
    aws iam put-role-policy --role-name firmware-download --policy-name download --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:GetObjectVersion"],"Resource":"arn:aws:s3:::acme-firmware/thermostat/*"}]}'
    aws iot create-thing --thing-name lab-1 >/dev/null
    # moto keeps the link and never reads it: what it then calls the document is not ours, and that is noticed.
    expect_exit 4 sealift publish --yes
    expect_stderr "was registered with another document than the stored one"
    local id
    id=$(aws iot list-jobs --query 'jobs[0].jobId' --output text)
    aws iot describe-job --job-id "$id" --query documentSource --output text >link.txt
    grep -qE '^https://s3\.eu-west-1\.amazonaws\.com/acme-firmware/thermostat/2\.4\.1/\.sealift/[0-9a-f]{64}/job\.job\.json$' link.txt \
        || fail "the link is $(cat link.txt)"
}

e2e_main "$@"
