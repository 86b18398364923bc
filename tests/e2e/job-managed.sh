#!/usr/bin/env bash
# Jobs from templates that AWS manages. What the program sends is read by botocore's model and sent again by boto3; what
# the sandbox then holds is looked at with the AWS CLI.
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

template=arn:aws:iot:eu-west-1::jobtemplate/AWS-Download-File:1.0

setup_file()
{
    need recent-aws jq boto3
    make_release
    sed -i '/^  document:/d' sealift.yaml
    cat >>sealift.yaml <<EOT
  document: {dialect: managed-template}
  template:
    arn: $template
    parameters:
      downloadUrl: "{{artifact.app.url}}"
      filePath: /opt/acme/app.bin
EOT
    sandbox_start --quiet --prepare sealift.yaml
    server_start model.env python3 "$e2e_here/iot_model.py" "$e2e_work/setup/model.log"
    wait_for 30 grep -q AWS_ENDPOINT_URL_IOT model.env || fail "the model did not come up: $(tail -3 model.env.err)"
}

modeled()
{
    local url
    url=$(sed -n 's/.*IOT=//p' "$e2e_work/setup/model.env")
    AWS_ENDPOINT_URL_IOT=$url sealift "$@"
}

release()
{
    cp -r ../setup/build ../setup/keys ../setup/sealift.yaml .
    sed -i "\$a\  id: $1" sealift.yaml
}

test_the_parameters_go_where_others_have_a_document() {
    local url version
    release managed
    expect_exit 0 sealift check
    expect_stderr "AWS does not document that it puts download URLs into parameters"
    expect_exit 0 modeled plan
    expect_stdout "from    template $template"
    expect_stdout "with    filePath=/opt/acme/app.bin"
    expect_exit 0 modeled publish --yes
    for call in DescribeManagedJobTemplate CreateJob; do
        grep -q "^$call " ../setup/model.log || fail "the model has seen no $call"
    done
    ! grep '^REFUSED' ../setup/model.log || fail "botocore's model refuses a request"
    aws iot describe-job --job-id managed >job.json
    version=$(aws s3api list-object-versions --bucket acme-firmware --prefix thermostat/2.4.1/app.bin --query 'Versions[0].VersionId' --output text)
    # shellcheck disable=SC2016 # AWS's placeholder
    url='${aws:iot:s3-presigned-url-v2:https://s3.eu-west-1.amazonaws.com/acme-firmware/thermostat/2.4.1/app.bin%3FversionId%3D'$version'}'
    expect_json job.json '[.job.jobTemplateArn, .job.documentParameters.filePath] | join(" ")' "$template /opt/acme/app.bin"
    expect_json job.json .job.documentParameters.downloadUrl "$url"
    aws iot get-job-document --job-id managed --query document --output text >document.json
    expect_json document.json '.steps[0].action.input | [.handler, .args[1]] | join(" ")' "download-file.sh /opt/acme/app.bin"
    # Once more it is the same job; with another parameter it is not.
    expect_exit 0 modeled publish --yes --output json
    expect_json "$out" .changed false
    rm -r .sealift
    expect_exit 0 modeled publish --yes --output json
    expect_json "$out" .changed false
    expect_exit 0 modeled verify --remote sealift.yaml --key keys/release.pem.pub
    expect_exit 6 modeled publish --yes --set job.template.parameters.filePath=/opt/acme/other.bin
    expect_stderr "filePath"
    expect_exit 0 sealift role show --publisher
    expect_json "$out" '.Statement[] | select(.Sid == "ManagedJobTemplates") | [.Action, .Resource] | flatten | join(" ")' \
        "iot:DescribeManagedJobTemplate $template"
}

test_a_retry_is_made_from_the_template_again() {
    release again
    expect_exit 0 modeled publish --yes --set release.version=2.4.2
    things_fail again
    expect_exit 0 modeled job retry again --yes --output json
    local id
    id=$(jq -r '.[0].jobId' "$out")
    expect_equal "$(aws iot describe-job --job-id "$id" --query 'job.[jobTemplateArn, documentParameters.filePath]' --output text)" \
        "$template"$'\t'/opt/acme/app.bin
}

# The thing of the release begins the job and fails.
things_fail()
{
    aws iot-jobs-data start-next-pending-job-execution --thing-name lab-1 >/dev/null
    aws iot-jobs-data update-job-execution --job-id "$1" --thing-name lab-1 --status FAILED >/dev/null
}

test_what_the_template_does_not_take_is_refused_before_anything_is_written() {
    release wrong
    expect_exit 2 modeled publish --yes --set release.version=2.4.3 --set job.template.parameters.filPath=/x
    expect_stderr "has no parameter 'filPath'; it has 'downloadUrl', 'filePath', 'runAsUser', 'pathToHandler'"
    sed -i '/filePath/d' sealift.yaml
    expect_exit 2 modeled publish --yes --set release.version=2.4.3
    expect_stderr "needs the parameter 'filePath'"
    expect_exit 5 modeled publish --yes --set release.version=2.4.3 --set job.template.arn=${template%1.0}9.9
    expect_stderr "does not exist; 'aws iot list-managed-job-templates' tells which AWS has"
    expect_equal "$(aws s3api list-object-versions --bucket acme-firmware --prefix thermostat/2.4.3/ --query 'length(Versions || `[]`)')" 0
}

test_a_job_without_files_needs_no_role() {
    release reboot
    sed -i '/^  url:/d; /parameters:/,$d' sealift.yaml
    sed -i "s/AWS-Download-File/AWS-Reboot/; s/^bucket: {/&account: \"$account\", /; \$a\  id: reboot" sealift.yaml
    expect_exit 0 modeled publish --yes --set release.version=2.4.4
    aws iot get-job-document --job-id reboot --query document --output text >document.json
    expect_json document.json '.steps[0].action.input.handler' reboot.sh
}

e2e_main "$@"
