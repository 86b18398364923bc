#!/usr/bin/env bash
# sealift verify --remote and --job: what S3 and AWS IoT hold now against what was signed. The AWS CLI is who tampers.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

setup_file()
{
    local name
    for name in alice carol mallory; do "$SEALIFT" key new --quiet "$name" >/dev/null; done
    "$SEALIFT" trust new --add alice=alice.pub --add carol=carol.pub --signers trust=1:alice \
        --signers statement=2:alice,carol --signers artifacts=1:alice --expires 2099-01-01 -o trust.json --quiet >/dev/null
    "$SEALIFT" trust sign --key file:alice trust.json >/dev/null
}

# A published release: its receipt, plan and the job's id.
published()
{
    need aws jq
    make_release
    cp ../setup/* .
    sed -i -e 's|^signing: .*|signing: {key: alice, statement: {keys: [alice, carol], threshold: 2}}|' \
        -e 's|^keys: .*|keys: {alice: file:alice, carol: file:carol}|' sealift.yaml
    sandbox_start --quiet --prepare sealift.yaml
    sealift plan --offline -o plan.json --quiet >/dev/null
    sealift publish --yes --quiet >/dev/null
    cp .sealift/thermostat-2.4.1/receipt.json .
    job=$(jq -r .jobs.job.id receipt.json)
}

verify() { sealift verify --trust trust.json "$@"; }
s3() { aws s3api "$1" --bucket acme-firmware "${@:2}" >/dev/null; }

# found VERDICT CHECK [NAME]: the last answer, in JSON, has such a finding
found()
{
    jq -e --arg v "$1" --arg c "$2" --arg n "${3:-}" \
        'any(.checks[]; .verdict == $v and .check == $c and ($n == "" or .name == $n))' "$out" >/dev/null \
        || fail "no finding: $*"
}

# only_found VERDICT...: nothing else than these was found
only_found()
{
    expect_equal "$(jq -r '[.checks[].verdict] | unique | join(",")' "$out")" "$1"
}

test_a_release_is_checked_by_its_receipt_plan_manifest_or_job() {
    published
    versions >before
    expect_exit 0 verify --remote receipt.json
    expect_stdout "receipt.json: good, receipt, AWS and the signed statement agree"
    expect_stdout "threshold  2 of 2; signed by 2"
    expect_stdout "rule       role 'statement' of trust file 'trust.json', version 1"
    expect_stdout_matches "^ok +job document: the job has the stored document, byte for byte"
    expect_stdout_matches "^note +url timeout: download URLs live 1800 seconds"
    expect_exit 0 verify --output json --remote receipt.json
    expect_json "$out" .verified true
    expect_json "$out" '[.decision.keys[].name] | join(",")' alice,carol
    expect_json "$out" '[.checks[] | select(.check == "signature" and .verdict == "ok").name] | sort | join(",")' app,radio
    only_found note,ok
    local way
    for way in "--remote plan.json" --remote "--remote sealift.yaml"; do
        expect_exit 0 verify --output json $way
        found ok settings job
        expect_equal "$(jq -r '.checks[] | select(.check == "job document").finding' "$out")" \
            "the job has the planned document, byte for byte"
        only_found ok
    done
    for way in --remote "--remote receipt.json" "--job $job"; do
        expect_exit 0 sealift verify --plan plan.json --output json $way
        found ok settings job
        expect_json "$out" '.decision.rule | startswith("signing.statement of plan ")' true
        only_found ok
    done
    expect_exit 0 verify --output json --job "$job"
    only_found note,ok
    expect_json "$out" '.file | startswith("s3://acme-firmware/thermostat/2.4.1/.sealift/")' true
    expect_exit 0 sealift verify --remote receipt.json
    expect_stdout "no key was given, so nobody's signature was checked"
    versions >after
    expect_same before after
}

test_a_version_that_is_hidden_replaced_or_gone_is_told() {
    published
    s3 delete-object --key thermostat/2.4.1/app.bin
    s3 put-object --key thermostat/2.4.1/radio.bin --body build/app.bin
    expect_exit 0 verify --output json --remote receipt.json
    found note artifact app
    found note artifact radio
    expect_json "$out" '[.checks[] | select(.verdict == "note" and .check == "artifact").finding] | map(split(" ")[0:2] | join(" ")) | sort | join(";")' \
        "'s3://acme-firmware/thermostat/2.4.1/radio.bin' has;a delete"
    s3 delete-object --key thermostat/2.4.1/app.bin --version-id "$(jq -r .artifacts.app.versionId receipt.json)"
    s3 delete-object --key "$(jq -r .jobs.job.document.object receipt.json)" \
        --version-id "$(jq -r .jobs.job.document.versionId receipt.json)"
    expect_exit 4 verify --output json --remote receipt.json
    expect_stderr "2 of "
    expect_stderr "is gone"
    found missing artifact app
    found missing "stored document" job
    found ok artifact radio
    found ok "job document" job
    found ok signed
    expect_json "$out" '"\(.verified) \(.error.exitStatus)"' "false 4"
}

test_a_statement_that_was_stored_over_or_deleted_is_told() {
    published
    local key
    key=$(jq -r .statement.object receipt.json)
    s3 get-object --key "$key" statement.json
    jq -cS '.dsseEnvelope.payload |= (@base64d | sub("2.4.1"; "2.4.2") | @base64)' statement.json >forged.json
    s3 put-object --key "$key" --body forged.json
    expect_exit 0 verify --output json --remote receipt.json
    found note statement
    # A receipt that names the forged one is found out by its keys.
    jq -cS --arg v "$(aws s3api head-object --bucket acme-firmware --key "$key" --query VersionId --output text)" \
        --arg d "$(sha256sum <forged.json | cut -d' ' -f1)" --argjson n "$(stat -c %s forged.json)" \
        '.statement |= (.versionId = $v | .sha256 = $d | .size = $n)' receipt.json >other.json
    expect_exit 4 verify --output json --remote other.json
    found ok statement
    found differs signed
    expect_json "$out" 'has("decision")' false
    s3 delete-object --key "$key" --version-id "$(jq -r .statement.versionId receipt.json)"
    expect_exit 4 verify --output json --remote receipt.json
    found missing statement
    found note signed
}

# Wait until the job is gone, then register other things under its id.
replace_job()
{
    aws iot delete-job --job-id "$job" --force
    wait_for 20 job_is_gone || fail "the job was not deleted"
    [ $# = 0 ] || aws iot create-job --job-id "$job" --targets "arn:aws:iot:eu-west-1:$account:thing/lab-1" "$@" >/dev/null
}

job_is_gone() { ! aws iot describe-job --job-id "$job"; }

test_a_job_that_was_canceled_deleted_or_replaced_is_told() {
    published
    aws iot get-job-document --job-id "$job" --query document --output text | tr -d '\n' >document
    aws iot cancel-job --job-id "$job" --reason-code BAD_BUILD >/dev/null
    expect_exit 0 verify --output json --remote receipt.json
    expect_json "$out" '.checks[] | select(.check == "job").finding' \
        "job '$job' is CANCELED (BAD_BUILD): no device takes it any more"
    replace_job
    expect_exit 4 verify --output json --remote receipt.json
    found missing job job
    found ok artifact app
    expect_exit 5 verify --job "$job"
    expect_stderr ResourceNotFoundException
    # The same document with another timeout: only the plan tells.
    aws iot create-job --job-id "$job" --targets "arn:aws:iot:eu-west-1:$account:thing/lab-1" --document "$(cat document)" \
        --presigned-url-config "roleArn=$role,expiresInSec=3600" >/dev/null
    expect_exit 0 verify --remote receipt.json
    expect_stdout "3600 seconds"
    expect_exit 4 verify --output json --remote plan.json
    found differs settings job
    found ok "job document" job
    # Another version of another object, under the id of the signed job.
    s3 put-object --key thermostat/2.4.1/app.bin --body trust.json
    local evil
    evil=$(aws s3api head-object --bucket acme-firmware --key thermostat/2.4.1/app.bin --query VersionId --output text)
    replace_job --presigned-url-config "roleArn=$role,expiresInSec=1800" \
        --document "$(sed "s/$(jq -r .artifacts.app.versionId receipt.json)/$evil/" document)"
    local way
    for way in receipt.json plan.json; do
        expect_exit 4 verify --output json --remote $way
        found differs "job document" job
        expect_json "$out" '.checks[] | select(.check == "job document").finding | contains("'"$evil"'")' true
        found differs downloads job
        found ok signed
    done
    # A receipt stored over the published one hides nothing: it is not what was signed.
    jq -cS --arg v "$evil" --arg d "$(sha256sum <trust.json | cut -d' ' -f1)" --argjson n "$(stat -c %s trust.json)" \
        '.artifacts.app |= (.versionId = $v | .sha256 = $d | .size = $n)' receipt.json >forged.json
    s3 put-object --key "$(dirname "$(jq -r .statement.object receipt.json)")/receipt.json" --body forged.json
    expect_exit 4 verify --output json --job "$job"
    found ok artifact app
    found ok downloads job
    found differs signed
    expect_json "$out" '.checks[] | select(.check == "signed").finding | startswith("artifact '"'app'"' has sha256")' true
}

test_another_role_is_told() {
    published
    aws iot get-job-document --job-id "$job" --query document --output text | tr -d '\n' >document
    aws iam get-role --role-name firmware-download --query Role.AssumeRolePolicyDocument >trust-policy
    aws iam create-role --role-name other --assume-role-policy-document "$(cat trust-policy)" >/dev/null
    aws iam put-role-policy --role-name other --policy-name p --policy-document \
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
    replace_job --presigned-url-config "roleArn=arn:aws:iam::$account:role/other,expiresInSec=1800" --document "$(cat document)"
    expect_exit 4 verify --remote receipt.json
    expect_stdout_matches "^differs +download role: the download role is"
    expect_stderr "role/other"
}

# A user with this policy beside being allowed everything: as_denied ACTION... -- COMMAND...
as_denied()
{
    local actions=() key
    while [ "$1" != -- ]; do actions+=("$1"); shift; done
    shift
    aws iam create-user --user-name auditor >/dev/null 2>&1 || true
    aws iam put-user-policy --user-name auditor --policy-name p --policy-document "$(jq -nc '{Version: "2012-10-17",
        Statement: [{Effect: "Allow", Action: "*", Resource: "*"}, {Effect: "Deny", Action: $ARGS.positional, Resource: "*"}]}' \
        --args "${actions[@]}")"
    key=$(aws iam create-access-key --user-name auditor --query '[AccessKey.AccessKeyId, AccessKey.SecretAccessKey]' --output text)
    AWS_ACCESS_KEY_ID=${key%%	*} AWS_SECRET_ACCESS_KEY=${key##*	} "$@"
}

test_what_may_not_be_read_is_told_with_the_rest() {
    published
    expect_exit 5 as_denied iot:GetJobDocument -- sealift verify --trust trust.json --output json --remote receipt.json
    found "cannot be read" "job document" job
    found ok job job
    found ok signed
    expect_stderr "the credentials need iot:GetJobDocument"
    expect_exit 5 as_denied s3:GetObjectVersion iot:DescribeJob -- sealift verify --trust trust.json --output json --remote receipt.json
    found "cannot be read" artifact app
    found "cannot be read" statement
    found "cannot be read" job job
    found note signed
    # What differs weighs more than what may not be read.
    replace_job --document '{"operation":"other"}'
    expect_exit 4 as_denied s3:GetObjectVersion -- sealift verify --trust trust.json --output json --remote receipt.json
    found "cannot be read" artifact radio
    found differs "job document" job
}

test_a_signer_who_counts_no_more_is_told() {
    published
    sealift trust change trust.json --revoke "carol=card lost" --signers statement=1:alice -o next.json --quiet >/dev/null
    sealift trust sign --key file:alice next.json >/dev/null
    expect_exit 0 sealift verify --trust next.json --remote receipt.json
    expect_stdout "threshold  1 of 1; signed by 1"
    expect_exit 4 sealift verify --key mallory.pub --output json --remote receipt.json
    found differs signed
    expect_exit 0 sealift verify --key carol.pub --output json --remote receipt.json
    found note signature app
}

test_no_reply_and_wrong_words_are_refused() {
    published
    expect_exit 2 verify
    expect_stderr "needs FILE, --remote or --job ID"
    expect_exit 2 verify --remote trust.json
    expect_stderr "is neither a receipt nor a plan"
    expect_exit 2 verify --remote receipt.json plan.json
    expect_exit 2 verify --job "$job" receipt.json
    expect_exit 2 verify --job '../x'
    expect_stderr "is no job id"
    expect_exit 2 sealift verify --key none.pub --remote receipt.json
    expect_exit 4 verify --remote --set release.version=2.4.2
    expect_stderr "nothing was published by this plan"
    expect_exit 4 verify --remote --attempt 3
    aws iot create-job --job-id plain --targets "arn:aws:iot:eu-west-1:$account:thing/lab-1" --document '{"a":1}' >/dev/null
    expect_exit 2 verify --job plain
    expect_stderr "does not tell where its receipt lies"
    AWS_ENDPOINT_URL=http://127.0.0.1:1 expect_exit 7 verify --remote receipt.json
}

e2e_main "$@"
