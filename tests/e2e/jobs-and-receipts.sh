#!/usr/bin/env bash
# Looking at what was published: plan, job status, list, document, cancel; verify of receipts and statements.
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

start()
{
    need aws jq
    make_release
    sandbox_start --quiet --prepare sealift.yaml
}

published()
{
    start
    expect_exit 0 sealift publish --yes --output json
    id=$(jq -r '.receipt.jobs[].id' "$out")
    receipt=.sealift/thermostat-2.4.1/receipt.json
}

test_plan_says_what_exists_and_what_would_change() {
    start
    expect_exit 3 sealift plan --detailed-exitcode
    expect_stdout "+ upload    app"
    expect_stdout "+ register"
    expect_nothing_written
    expect_exit 0 sealift publish --yes
    expect_exit 0 sealift plan --detailed-exitcode --output json
    expect_json "$out" .observed.changes false
    expect_json "$out" '[.observed.steps[].exists] | all' true
    expect_exit 0 sealift plan
    expect_stdout "= upload    app"
}

test_a_plan_has_the_same_bytes_anywhere() {
    make_release
    expect_exit 0 sealift plan --offline -o one.json
    mkdir elsewhere
    cp -r sealift.yaml build keys elsewhere
    (cd elsewhere && TZ=Asia/Tokyo LC_ALL=C SOURCE_DATE_EPOCH=1 HOME=/ sealift plan --offline -o ../two.json >/dev/null 2>&1)
    expect_same one.json two.json
    (cd / && sealift plan --offline -o "$OLDPWD/three.json" "$OLDPWD/sealift.yaml" >/dev/null 2>&1)
    expect_same one.json three.json
}

test_job_verbs_show_what_aws_has() {
    published
    expect_exit 0 sealift job status
    expect_stdout "$id"
    expect_stdout "IN_PROGRESS"
    expect_stdout "lab-1"
    expect_exit 0 sealift job status "$id" --output json
    expect_json "$out" '.[0].job.jobId' "$id"
    expect_exit 0 sealift job list
    expect_stdout "$id"
    expect_exit 0 sealift job list --status COMPLETED --output json
    expect_json "$out" length 0
    expect_exit 0 sealift job list --status IN_PROGRESS --selection SNAPSHOT --output json
    expect_json "$out" '.[0].jobId' "$id"
    expect_exit 2 sealift job list --status DONE
    expect_exit 0 sealift job document
    aws iot get-job-document --job-id "$id" --query document --output text >theirs
    expect_equal "$(cat "$out")" "$(cat theirs)"
    expect_exit 2 sealift job cancel "$id" --reason "bad build"
    expect_stderr "--reason 'bad build' is not a reason code"
    expect_exit 0 sealift job cancel "$id" --reason BAD_BUILD --comment "rehearsed" --output json
    expect_equal "$(aws iot describe-job --job-id "$id" --query job.reasonCode --output text)" BAD_BUILD
    expect_exit 0 sealift job status "$id"
    expect_stdout "reason       BAD_BUILD"
    expect_stdout "comment      rehearsed"
    expect_stdout "created      20"
    expect_stdout "completed    20"
    expect_exit 5 sealift job status no-such-job
    expect_stderr ResourceNotFoundException
}

test_verify_checks_a_receipt_against_aws() {
    published
    expect_exit 0 sealift verify --remote "$receipt"
    expect_exit 0 sealift verify --remote --key keys/release.pem.pub "$receipt"
    expect_stdout "good, receipt, AWS and the signed"
    sealift key new --quiet keys/other.pem >/dev/null
    expect_exit 4 sealift verify --remote --key keys/other.pem.pub "$receipt"
    local version
    version=$(jq -r .artifacts.app.versionId "$receipt")
    aws s3api delete-object --bucket acme-firmware --key thermostat/2.4.1/app.bin --version-id "$version" >/dev/null
    expect_exit 4 sealift verify --remote "$receipt"
    expect_stderr "is gone"
}

test_verify_checks_files_against_the_signed_statement() {
    published
    aws s3api get-object --bucket acme-firmware --key "$(jq -r .statement.object "$receipt")" statement.json >/dev/null
    expect_exit 0 sealift verify --key keys/release.pem.pub statement.json
    expect_exit 0 sealift verify --key keys/release.pem.pub --statement statement.json build/app.bin build/radio.bin
    expect_stdout "artifact 'app' of release thermostat 2.4.1"
    printf x >>build/app.bin
    expect_exit 4 sealift verify --key keys/release.pem.pub --statement statement.json build/app.bin
    jq -c '.dsseEnvelope.payload |= (@base64d | sub("2.4.1"; "2.4.2") | @base64)' statement.json >forged.json
    expect_exit 4 sealift verify --key keys/release.pem.pub forged.json
}

e2e_main "$@"
