#!/usr/bin/env bash
# The Software Package Catalog: what the sandbox has of it, and what publishing puts there. What the program sends is read
# by botocore's model and sent again by boto3; what the sandbox then holds is looked at with the AWS CLI and Python.
# timeout: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

arn=arn:aws:iot:eu-west-1:$account:package

# A release whose job installs a package version that publishing makes.
start()
{
    need recent-aws jq boto3
    make_release
    echo '{"spdxVersion": "SPDX-2.3", "name": "thermostat"}' >build/sbom.spdx.json
    cat >>sealift.yaml <<'EOT'
  packages:
    - name: thermostat.app
      version: 2.4.1
      description: Thermostat
      artifact: app
      sbom: build/sbom.spdx.json
      attributes: {hardware: rev-b, "min:loader": 1.2.0}
EOT
    sandbox_start --quiet --prepare sealift.yaml "$@"
    server_start model.env python3 "$e2e_here/iot_model.py" model.log
    wait_for 30 grep -q AWS_ENDPOINT_URL_IOT model.env || fail "the model did not come up: $(tail -3 model.env.err)"
}

# The program talks to the model; boto3 and the AWS CLI to the sandbox.
modeled() { AWS_ENDPOINT_URL_IOT=$(sed -n 's/.*IOT=//p' model.env) sealift "$@"; }

expect_modeled()
{
    grep -q "^$1 " model.log || fail "the model has seen no $1"
    ! grep '^REFUSED' model.log || fail "botocore's model refuses a request"
}

version() { aws iot get-package-version --package-name thermostat.app --version-name 2.4.1 --output json; }

test_a_package_version_is_made_published_and_installed_by_the_job() {
    local id
    start
    expect_exit 0 sealift plan
    expect_stdout "thermostat.app 2.4.1 in eu-west-1, artifact app"
    expect_stdout "+ catalog   $arn/thermostat.app/version/2.4.1"
    expect_exit 0 modeled publish --yes --output json
    cp "$out" answer.json
    for operation in CreatePackage CreatePackageVersion AssociateSbomWithPackageVersion UpdatePackageVersion CreateJob; do
        expect_modeled "$operation"
    done
    version >version.json
    expect_json version.json '[.status, .description, .attributes, .sbomValidationStatus] | @json' \
        '["PUBLISHED","Thermostat",{"hardware":"rev-b","min:loader":"1.2.0"},"SUCCEEDED"]'
    expect_json version.json .artifact.s3Location.version "$(jq -r .receipt.artifacts.app.versionId answer.json)"
    expect_json version.json .sbom.s3Location.version "$(jq -r .receipt.packages[0].sbom.versionId answer.json)"
    expect_json answer.json .receipt.packages[0].arn "$arn/thermostat.app/version/2.4.1"
    id=$(jq -r .receipt.jobs.job.id answer.json)
    expect_equal "$(aws iot describe-job --job-id "$id" --query 'job.destinationPackageVersions' --output text)" \
        "$arn/thermostat.app/version/2.4.1"
    # The archive, read by others.
    aws s3api get-object --bucket acme-firmware --key "$(jq -r .sbom.s3Location.key version.json)" sbom.zip >/dev/null
    expect_exit 0 python3 -c 'import zipfile, sys; z = zipfile.ZipFile("sbom.zip"); assert z.testzip() is None; print(z.namelist(), z.read("sbom.spdx.json") == open("build/sbom.spdx.json", "rb").read())'
    expect_stdout "['sbom.spdx.json'] True"
    # Again: nothing is left to do, and nothing is done.
    versions >before
    : >model.log
    expect_exit 0 modeled publish --yes
    expect_stdout "was published already; nothing was changed"
    expect_equal "$(versions)" "$(cat before)"
    expect_equal "$(cut -d' ' -f1 model.log | grep -vE '^(Get|Describe|List)' || true)" "" "changes"
    expect_exit 0 sealift verify --key keys/release.pem.pub --remote .sealift/thermostat-2.4.1/receipt.json
    expect_stdout "package version"
    # What changes there is seen.
    aws iot update-package-version --package-name thermostat.app --version-name 2.4.1 --action DEPRECATE
    aws iot disassociate-sbom-from-package-version --package-name thermostat.app --version-name 2.4.1
    expect_exit 4 sealift verify --key keys/release.pem.pub --remote .sealift/thermostat-2.4.1/receipt.json
    expect_stdout "thermostat.app 2.4.1: it has no bill of"
    expect_exit 4 sealift job explain "$id"
    expect_stdout_matches "DRIFT +package version"
}

test_what_is_there_already_is_adopted_or_a_conflict() {
    start
    aws iot create-package --package-name thermostat.app >/dev/null
    aws iot create-package-version --package-name thermostat.app --version-name 2.4.1 --description other >/dev/null
    expect_exit 6 sealift publish --yes
    expect_stderr_matches "sealift.yaml:[0-9]+:7: version 2.4.1 of package 'thermostat.app' exists and is not the planned one: its artifact's bucket is ''"
    expect_equal "$(aws iot list-jobs --output json | jq '.jobs | length')" 0 "jobs"
    expect_equal "$(versions)" "" "objects"
    aws iot delete-package-version --package-name thermostat.app --version-name 2.4.1
    expect_exit 0 sealift publish --yes
    expect_json <(version) .status PUBLISHED
    # Another release of the same version of the package points to another artifact.
    expect_exit 6 sealift publish --yes --set release.version=2.4.2
    expect_stderr "its artifact is 'thermostat/2.4.1/app.bin', planned is 'thermostat/2.4.2/app.bin'"
}

test_a_run_that_ends_in_the_middle_is_gone_on_with() {
    start --fault iot.CreatePackageVersion:expired-token,count=1 --fault iot.UpdatePackageVersion:expired-token,count=1 \
        --fault iot.AssociateSbomWithPackageVersion:expired-token,count=1
    for operation in CreatePackageVersion AssociateSbomWithPackageVersion UpdatePackageVersion; do
        expect_exit 5 sealift publish --yes
        expect_stderr "$operation 'thermostat.app': HTTP"
        expect_equal "$(aws iot list-jobs --output json | jq '.jobs | length')" 0 "jobs"
    done
    expect_exit 0 sealift publish --yes
    expect_json <(version) '[.status, .sbomValidationStatus] | @json' '["PUBLISHED","SUCCEEDED"]'
    expect_equal "$(versions | grep -c '/sbom/')" 1 "archives"
}

test_attributes_reach_devices_in_the_document() {
    start
    sed -i '/^  document:/d' sealift.yaml
    cat >>sealift.yaml <<'EOT'
  document:
    dialect: custom
    body:
      url: "{{artifact.app.url}}"
      hardware: "for ${aws:iot:package:thermostat.app:version:2.4.1:attributes:hardware}"
      loader: "${aws:iot:package::version::attributes:min:loader}"
EOT
    expect_exit 0 modeled publish --yes --output json
    cp "$out" answer.json
    aws iot get-job-document --job-id "$(jq -r .receipt.jobs.job.id answer.json)" --query document --output text >document.json
    expect_json document.json '.hardware + ", " + .loader' "for rev-b, 1.2.0"
    expect_json document.json '.url[:30]' '${aws:iot:s3-presigned-url-v2:'
    aws iot-jobs-data start-next-pending-job-execution --thing-name lab-1 --output json | jq -r .execution.jobDocument >device.json
    expect_json device.json '.hardware + ", " + .loader + ", " + .url[:17]' "for rev-b, 1.2.0, http://127.0.0.1:"
    expect_exit 0 modeled publish --yes
    expect_stdout "nothing was changed"
    expect_exit 0 sealift verify --key keys/release.pem.pub --remote .sealift/thermostat-2.4.1/receipt.json
}

test_a_rollback_installs_the_earlier_version() {
    start
    expect_exit 0 sealift publish --yes --set release.version=2.4.0 --set job.packages[0].version=2.4.0
    expect_exit 0 sealift publish --yes
    expect_exit 0 sealift publish --yes --rollback-to 2.4.0 --output json
    expect_equal "$(aws iot describe-job --job-id "$(jq -r .receipt.jobs.job.id "$out")" --query 'job.destinationPackageVersions' --output text)" \
        "$arn/thermostat.app/version/2.4.0"
}

test_a_publisher_with_the_least_policy_may_do_all_of_it() {
    start
    expect_exit 0 sealift role show --publisher
    expect_json "$out" '[.Statement[] | select(.Sid | test("Package|Catalog")) | .Sid] | join(" ")' "Packages PackageVersions ChangeCatalog"
    jq '{Version, Statement}' "$out" >policy.json
    aws iam create-user --user-name publisher >/dev/null
    aws iam create-policy --policy-name p --policy-document file://policy.json >/dev/null
    aws iam attach-user-policy --user-name publisher --policy-arn "arn:aws:iam::$account:policy/p"
    aws iam create-access-key --user-name publisher --output json >key.json
    AWS_ACCESS_KEY_ID=$(jq -r .AccessKey.AccessKeyId key.json)
    AWS_SECRET_ACCESS_KEY=$(jq -r .AccessKey.SecretAccessKey key.json)
    unset AWS_SESSION_TOKEN
    expect_exit 0 sealift publish --yes
    expect_exit 0 sealift publish --yes
    expect_exit 0 sealift verify --key keys/release.pem.pub --remote .sealift/thermostat-2.4.1/receipt.json
}

test_the_sandbox_has_the_catalog_as_boto3_knows_it() {
    need recent-aws jq boto3
    make_release
    sandbox_start --quiet --prepare sealift.yaml
    expect_exit 0 python3 "$e2e_here/sandbox_catalog.py"
    expect_stdout ok
}

e2e_main "$@"
