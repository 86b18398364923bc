#!/usr/bin/env bash
# Publishing to moto, which nobody here wrote: prepared and read back with the AWS CLI, bodies checked with botocore.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

setup_file()
{
    need aws jq python3
    moto_start
}

trust='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"iot.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}}]}'
permissions='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:GetObjectVersion"],"Resource":"arn:aws:s3:::acme-firmware/thermostat/*"}]}'

start()
{
    moto_reset
    make_release
    aws s3api create-bucket --bucket acme-firmware --create-bucket-configuration LocationConstraint=eu-west-1 >/dev/null
    aws s3api put-bucket-versioning --bucket acme-firmware --versioning-configuration Status=Enabled
    aws iam create-role --role-name firmware-download --assume-role-policy-document "$trust" >/dev/null
    aws iam put-role-policy --role-name firmware-download --policy-name download --policy-document "$permissions"
    aws iot create-thing --thing-name lab-1 >/dev/null
}

test_what_is_published_reads_back_with_the_aws_cli() {
    start
    expect_exit 0 sealift publish --yes --output json
    cp "$out" answer.json
    local name version id
    for name in app radio; do
        version=$(jq -r ".receipt.artifacts.$name.versionId" answer.json)
        aws s3api get-object --bucket acme-firmware --key "thermostat/2.4.1/$name.bin" --version-id "$version" got >/dev/null
        expect_same got "build/$name.bin"
    done
    id=$(jq -r '.receipt.jobs[].id' answer.json)
    aws iot describe-job --job-id "$id" --output json >job.json
    expect_json job.json .job.presignedUrlConfig.roleArn "$role"
    expect_json job.json .job.presignedUrlConfig.expiresInSec 1800
    expect_json job.json '.job.targets[0]' "arn:aws:iot:eu-west-1:$account:thing/lab-1"
    aws iot get-job-document --job-id "$id" --output json | jq -r .document >document.json
    version=$(jq -r .receipt.artifacts.app.versionId answer.json)
    expect_json document.json '.files[0].fileSource.url' \
        "\${aws:iot:s3-presigned-url-v2:https://s3.eu-west-1.amazonaws.com/acme-firmware/thermostat/2.4.1/app.bin%3FversionId%3D$version}"
    aws s3api get-object --bucket acme-firmware --key "$(jq -r '.receipt.jobs[].document.object' answer.json)" stored.json >/dev/null
    expect_equal "$(cat stored.json)" "$(cat document.json)"
}

test_again_changes_nothing() {
    start
    expect_exit 0 sealift publish --yes
    local before
    before=$(versions)
    expect_exit 0 sealift publish --yes
    expect_stdout "nothing was changed"
    expect_equal "$(versions)" "$before"
}

test_the_body_of_create_job_is_valid_by_botocore() {
    need aws
    make_release
    expect_exit 0 sealift plan --offline -o plan.json
    python3 - plan.json <<'PY' || fail "botocore refuses the body"
import json, sys
import botocore.session, botocore.validate
plan = json.load(open(sys.argv[1]))
model = botocore.session.get_session().get_service_model('iot').operation_model('CreateJob')
for job in plan['jobs']:
    body = dict(job['body'], jobId='x', document=json.dumps(job['document']))
    report = botocore.validate.ParamValidator().validate(body, model.input_shape)
    assert not report.has_errors(), report.generate_report()
    unknown = set(body) - set(model.input_shape.members)
    assert not unknown, unknown
PY
}

e2e_main "$@"
