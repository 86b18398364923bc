#!/usr/bin/env bash
# sealift job explain: what led to what devices see, and what has drifted. The AWS CLI is who makes it drift.
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

setup_file()
{
    need aws jq
    make_release
    sandbox_start --quiet --prepare sealift.yaml
}

# release VERSION: publish it; its receipt and the job's id
release()
{
    cp -r ../setup/build ../setup/keys .
    sed "s/version: 2.4.1/version: $1/" ../setup/sealift.yaml >sealift.yaml
    sealift publish --yes --quiet >/dev/null
    receipt=.sealift/thermostat-$1/receipt.json
    id=$(jq -r .jobs.job.id "$receipt")
}

test_a_job_is_led_back_to_manifest_plan_signers_versions_and_role() {
    release 2.4.1
    expect_exit 0 sealift job explain "$id" sealift.yaml --key keys/release.pem.pub
    expect_stdout "manifest   sealift.yaml, which makes this very plan"
    expect_stdout "plan       sha256:$(jq -r .planDigest "$receipt")"
    expect_stdout "receipt    s3://acme-firmware/thermostat/2.4.1/.sealift/"
    expect_stdout "signed     keyid $(jq -r .artifacts.app.signature.keyid "$receipt")"
    expect_stdout "artifact   app: s3://acme-firmware/thermostat/2.4.1/app.bin version $(jq -r .artifacts.app.versionId "$receipt"), ecdsa-p256-sha256 by keyid"
    expect_stdout "document   s3://$(jq -r '.bucket.name + "/" + .jobs.job.document.object + " version " + .jobs.job.document.versionId' "$receipt")"
    expect_stdout "role       $role"
    expect_stdout_matches "decided by '.+', statement [0-9]"
    expect_stdout "nothing has drifted"
    expect_exit 0 sealift job explain "$id" --output json
    expect_json "$out" '.drift | length' 0
    expect_json "$out" .role.works true
    expect_json "$out" '[.role.findings[] | select(.check == "download").decidedBy.statement] | all' true
    expect_exit 4 sealift job explain "$id" sealift.yaml --set job.url.timeout=2m
    expect_stdout "sealift.yaml, which makes another plan now"
    expect_exit 5 sealift job explain none
    aws iot create-job --job-id foreign --targets "arn:aws:iot:eu-west-1:$account:thing/lab-1" --document '{}' >/dev/null
    expect_exit 2 sealift job explain foreign
    expect_stderr "does not tell where its receipt lies"
}

test_a_retry_is_led_back_to_the_job_it_came_from() {
    release 2.4.5
    aws iot-jobs-data start-next-pending-job-execution --thing-name lab-1 >/dev/null
    aws iot-jobs-data update-job-execution --job-id "$id" --thing-name lab-1 --status FAILED >/dev/null
    sealift job retry "$id" --yes --output json >retried
    local again
    again=$(jq -r '.[0].jobId' retried)
    expect_exit 0 sealift job explain "$again" sealift.yaml --key keys/release.pem.pub
    expect_stdout "job '$again' was made by"
    expect_stdout "'job retry' from '$id'"
    expect_stdout "sealift.yaml, which makes this very plan"
    expect_stdout "nothing has drifted"
    expect_exit 0 sealift verify --key keys/release.pem.pub --job "$again"
    # The name alone earns no trust: the document must be the one of the receipt.
    aws iot get-job-document --job-id "$id" --query document --output text | jq -c '.operation = "erase"' >document.json
    aws iot create-job --job-id "$id-r0123456789" --targets "arn:aws:iot:eu-west-1:$account:thing/lab-1" \
        --document file://document.json --presigned-url-config "roleArn=$role,expiresInSec=1800" >/dev/null
    expect_exit 4 sealift job explain "$id-r0123456789"
    expect_stdout "the job's document"
}

test_every_drift_is_flagged() {
    release 2.4.2
    local policy name
    name=$(aws iam list-role-policies --role-name firmware-download --query 'PolicyNames[0]' --output text)
    policy=$(aws iam get-role-policy --role-name firmware-download --policy-name "$name" --query PolicyDocument --output json)
    # the role is allowed something else now
    aws iam put-role-policy --role-name firmware-download --policy-name "$name" --policy-document "${policy//GetObjectVersion/GetObjectAcl}"
    expect_exit 5 sealift job explain "$id"
    expect_stderr "job '$id' has drifted, in 2 findings: role 'firmware-download' does not allow s3:GetObjectVersion"
    expect_stdout "fails"
    aws iam put-role-policy --role-name firmware-download --policy-name "$name" --policy-document "$policy"
    # the job was given another role and another URL timeout
    aws iam create-role --role-name other --assume-role-policy-document \
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}' >/dev/null
    aws iot update-job --job-id "$id" --presigned-url-config "roleArn=arn:aws:iam::$account:role/other,expiresInSec=60"
    expect_exit 4 sealift job explain "$id" sealift.yaml --output json
    expect_json "$out" '[.checks[] | select(.verdict == "differs").check] | sort | join(" ")' "download role settings"
    expect_json "$out" .role.works false
    aws iam delete-role --role-name other
    expect_exit 4 sealift job explain "$id"
    expect_stdout "[gone]"
    aws iot update-job --job-id "$id" --presigned-url-config "roleArn=$role,expiresInSec=1800"
    # a version that devices download, and the stored document, are deleted
    aws s3api delete-object --bucket acme-firmware --key thermostat/2.4.2/app.bin \
        --version-id "$(jq -r .artifacts.app.versionId "$receipt")" >/dev/null
    aws s3api delete-object --bucket acme-firmware --key "$(jq -r .jobs.job.document.object "$receipt")" \
        --version-id "$(jq -r .jobs.job.document.versionId "$receipt")" >/dev/null
    expect_exit 4 sealift job explain "$id"
    expect_stdout_matches "^DRIFT +artifact app: version"
    expect_stdout_matches "^DRIFT +stored document job: version"
    expect_stderr "in 2 findings"
}

test_a_document_that_differs_is_flagged() {
    release 2.4.3
    aws iot get-job-document --job-id "$id" --query document --output text | jq -c '.operation = "reboot"' >other.json
    aws iot delete-job --job-id "$id" --force
    gone() { ! aws iot describe-job --job-id "$id"; }
    wait_for 20 gone || fail "the job was not deleted"
    aws iot create-job --job-id "$id" --targets "arn:aws:iot:eu-west-1:$account:thing/lab-1" --document file://other.json \
        --presigned-url-config "roleArn=$role,expiresInSec=1800" >/dev/null
    expect_exit 4 sealift job explain "$id" --key keys/release.pem.pub
    expect_stdout_matches "^DRIFT +job document job: the job's document is not"
}

e2e_main "$@"
