#!/usr/bin/env bash
# labels: slow once
# timeout: 900
# The download role: its policies as they are shown, and the pipeline's own.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

# The values of the jsonencode(...) of Terraform files, by Terraform itself: evaluated FILE... writes 0.json, 1.json ...
evaluated()
{
    mkdir tf
    cat "$@" | python3 -c '
import re, sys
for i, value in enumerate(re.findall(r"= (jsonencode\(.*?\n  \}\))\n", sys.stdin.read(), re.S)):
    print("output \"v%d\" {\n  value = %s\n}" % (i, value))' >tf/main.tf
    terraform -chdir=tf init -input=false >/dev/null 2>&1 || fail "terraform cannot read what was printed"
    terraform -chdir=tf apply -auto-approve -input=false >/dev/null 2>&1 || fail "terraform cannot evaluate what was printed"
    terraform -chdir=tf output -json >values.json 2>/dev/null
    local i
    for i in $(jq -r 'keys[]' values.json); do
        jq -r ".$i.value" values.json | jq -S . >"${i#v}.json"
    done
}

test_show_prints_the_trust_and_the_permission_policy() {
    make_release
    expect_exit 0 sealift role show
    expect_json "$out" '.roles | length' 1
    expect_json "$out" .roles[0].role "$role"
    expect_json "$out" .roles[0].trust.Statement[0].Principal.Service iot.amazonaws.com
    expect_json "$out" '.roles[0].trust.Statement[0].Condition.StringEquals["aws:SourceAccount"]' "$account"
    expect_json "$out" '.roles[0].trust.Statement[0].Condition.ArnLike["aws:SourceArn"]' "arn:aws:iot:eu-west-1:$account:*"
    expect_json "$out" '.roles[0].permissions.Statement[0].Resource' 'arn:aws:s3:::acme-firmware/thermostat/*'
    expect_json "$out" '.roles[0].permissions.Statement[0].Action | join(" ")' "s3:GetObject s3:GetObjectVersion"
    expect_json "$out" '.roles[0].permissions.Statement | length' 1
    jq -S . "$out" >people.json
    expect_exit 0 sealift role show --output json
    expect_equal "$(wc -l <"$out")" 1 "lines of JSON for programs"
    jq -S . "$out" >programs.json
    expect_same people.json programs.json
    expect_only . build keys sealift.yaml people.json programs.json
}

test_show_needs_neither_files_nor_keys() {
    make_release
    rm -r build keys
    expect_exit 0 sealift role show
    expect_exit 0 sealift role show --publisher
}

test_show_decrypts_where_the_bucket_has_a_key() {
    make_release
    expect_exit 0 sealift role show --kms-key "arn:aws:kms:eu-west-1:$account:key/1234"
    expect_json "$out" '.roles[0].permissions.Statement[1].Action' kms:Decrypt
    expect_json "$out" '.roles[0].permissions.Statement[1].Resource' "arn:aws:kms:eu-west-1:$account:key/1234"
    expect_exit 0 sealift role show --kms-key 1234
    expect_json "$out" '.roles[0].permissions.Statement[1].Resource' "arn:aws:kms:eu-west-1:$account:key/1234"
    expect_exit 0 sealift role show --kms-key alias/fw
    expect_json "$out" '.roles[0].permissions.Statement[1].Resource' "arn:aws:kms:eu-west-1:$account:key/*"
    expect_json "$out" '.roles[0].permissions.Statement[1].Condition["ForAnyValue:StringEquals"]["kms:ResourceAliases"]' alias/fw
}

test_show_follows_the_partition() {
    make_release
    sed -i 's/eu-west-1/cn-north-1/; s/arn:aws:/arn:aws-cn:/' sealift.yaml
    expect_exit 0 sealift role show
    expect_json "$out" '.roles[0].trust.Statement[0].Condition.ArnLike["aws:SourceArn"]' "arn:aws-cn:iot:cn-north-1:$account:*"
    expect_json "$out" '.roles[0].permissions.Statement[0].Resource' 'arn:aws-cn:s3:::acme-firmware/thermostat/*'
}

test_show_takes_wildcards_in_names_literally() {
    make_release
    # shellcheck disable=SC2016 # ${*} is what IAM reads
    sed -i 's|prefix: thermostat/|prefix: "a*b/"|' sealift.yaml
    expect_exit 0 sealift role show
    # shellcheck disable=SC2016
    expect_json "$out" '.roles[0].permissions.Statement[0].Resource' 'arn:aws:s3:::acme-firmware/a${*}b/*'
}

test_show_without_a_role_says_what_is_missing() {
    make_release
    sed -i '/url:/d; s|prefix: thermostat/|account: "123456789012"|; s/document: .*/document: {dialect: custom, body: {operation: reboot}}/' sealift.yaml
    expect_exit 2 sealift role show
    expect_stderr "no job names a download role"
    expect_stderr_matches 'sealift.yaml:[0-9]+:[0-9]+'
    expect_no_stdout
    expect_exit 0 sealift role show --publisher
    expect_silence_about iam:PassRole
}

test_json_for_programs_goes_with_json_only() {
    make_release
    expect_exit 2 sealift role show --format terraform --output json
    expect_stderr "--output json goes with --format json only"
}

test_terraform_says_the_same_as_json() {
    make_release
    sed -i 's|role/firmware|role/a/firmware|; s|prefix: thermostat/|prefix: "th%{er}m*/"|' sealift.yaml
    expect_exit 0 sealift role show --format terraform --kms-key alias/fw
    cp "$out" role.tf
    expect_stdout 'resource "aws_iam_role" "firmware_download" {'
    expect_stdout '  path = "/a/"'
    expect_stdout '  role = aws_iam_role.firmware_download.id'
    # shellcheck disable=SC2016
    expect_stdout '"arn:aws:s3:::acme-firmware/th%%{er}m$${*}/*"'
    expect_stdout '        Sid      = "DecryptAcmeFirmwareThErM"'
    expect_stdout '        Sid    = "AwsIotJobsEuWest1"'
    expect_exit 0 sealift role show --publisher --format terraform
    cp "$out" publisher.tf
    command -v terraform >/dev/null || return 0 # it is in no distribution; the lines above stand without it
    expect_exit 0 terraform fmt -check -diff role.tf
    expect_no_stdout
    expect_exit 0 terraform fmt -check -diff publisher.tf
    sealift role show --kms-key alias/fw | jq -S '.roles[0].trust' >trust.json
    sealift role show --kms-key alias/fw | jq -S '.roles[0].permissions' >permissions.json
    sealift role show --publisher | jq -S . >publisher.json
    evaluated role.tf publisher.tf
    expect_same trust.json 0.json
    expect_same permissions.json 1.json
    expect_same publisher.json 2.json
}

# Run what `role show` prints as commands, as a person would.
run_commands()
{
    sealift role show --format aws-cli >commands.sh
    expect_exit 0 sh -e commands.sh
}

expect_shown_role_is_there()
{
    aws iam get-role --role-name firmware-download --output json | jq -S .Role.AssumeRolePolicyDocument >trust.there
    aws iam get-role-policy --role-name firmware-download --policy-name sealift-download --output json \
        | jq -S .PolicyDocument >permissions.there
    sealift role show | jq -S '.roles[0].trust' >trust.json
    sealift role show | jq -S '.roles[0].permissions' >permissions.json
    expect_same trust.json trust.there
    expect_same permissions.json permissions.there
}

test_the_commands_make_the_role_in_moto() {
    need aws jq
    moto_start
    make_release
    sed -i "s|prefix: thermostat/|prefix: \"it's/\"|" sealift.yaml
    run_commands
    expect_shown_role_is_there
    expect_exit 0 sealift role show --publisher --format aws-cli
    cp "$out" policy.sh
    expect_exit 0 sh -e policy.sh
    expect_json "$out" .Policy.PolicyName sealift-publish-thermostat
}

test_the_commands_make_the_role_in_the_sandbox() {
    need aws jq
    make_release
    sandbox_start --quiet
    run_commands
    expect_shown_role_is_there
}

# A user who has exactly this policy; prints the AWS variables of the user.
become_publisher()
{
    aws iam create-user --user-name pipeline >/dev/null
    aws iam create-access-key --user-name pipeline --output json >key.json
    user_id=$(jq -r .AccessKey.AccessKeyId key.json) user_secret=$(jq -r .AccessKey.SecretAccessKey key.json)
}

allow_publisher() { aws iam put-user-policy --user-name pipeline --policy-name p --policy-document "$(cat "$1")"; }

as_publisher() { AWS_ACCESS_KEY_ID=$user_id AWS_SECRET_ACCESS_KEY=$user_secret "$@"; }

# Everything a pipeline does with a release: plan it, publish it, publish it again, and check the receipt.
release_as_publisher()
{
    local set="release.version=$1"
    rm -rf .sealift
    as_publisher sealift plan --require-role-check --set "$set" \
        && as_publisher sealift publish --yes --require-role-check --set "$set" \
        && rm -r .sealift \
        && as_publisher sealift publish --yes --require-role-check --set "$set" \
        && as_publisher sealift verify --remote .sealift/thermostat-"$1"/receipt.json
}

# Calls the sandbox does not play, and so nothing to be forbidden.
not_played()
{
    local call
    for call in "s3:GetBucketPolicy get-bucket-policy" "s3:GetLifecycleConfiguration get-bucket-lifecycle-configuration" \
        "s3:GetEncryptionConfiguration get-bucket-encryption"; do
        [[ $(aws s3api "${call#* }" --bucket acme-firmware 2>&1 || true) != *NotImplemented* ]] || echo "${call% *}"
    done
    [[ $(aws iam simulate-principal-policy --policy-source-arn "arn:aws:iam::$account:user/pipeline" \
        --action-names iam:PassRole 2>&1 || true) != *InvalidAction* ]] || echo iam:SimulatePrincipalPolicy
}

test_the_publishers_policy_is_enough_and_nothing_in_it_is_spare() {
    need aws jq
    make_release
    sed -i 's|targets: .*|targets: [thing/lab-1, group/thermostats]\n  tags: {team: hvac}|' sealift.yaml
    sandbox_start --quiet --prepare sealift.yaml
    # A managed policy as well, so that reading one is part of it.
    aws iam create-policy --policy-name more --policy-document \
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}' >/dev/null
    aws iam attach-role-policy --role-name firmware-download --policy-arn "arn:aws:iam::$account:policy/more"
    become_publisher
    sealift role show --publisher >policy.json
    allow_publisher policy.json
    expect_exit 0 release_as_publisher 1.0.0
    local action n=0
    jq -r '.Statement[].Action | if type == "array" then .[] else . end' policy.json >actions
    [ "$(wc -l <actions)" -ge 15 ] || fail "too few actions: $(tr '\n' ' ' <actions)"
    not_played >left_out
    while read -r action <&3; do
        n=$((n + 1))
        ! grep -qx "$action" left_out || continue
        jq --arg a "$action" '.Statement |= (map(.Action |= ([.] | flatten - [$a])) | map(select(.Action != [])))' \
            policy.json >less.json
        allow_publisher less.json
        run release_as_publisher "2.0.$n"
        [ "$status" = 5 ] || fail "without $action the status is $status, expected 5"
        expect_stderr "${action#*:}"
    done 3<actions
}

# --- The live role, with something planted wrong in it.

good_permissions='{"Version":"2012-10-17","Statement":[{"Sid":"Get","Effect":"Allow","Action":["s3:GetObject","s3:GetObjectVersion"],"Resource":"arn:aws:s3:::acme-firmware/thermostat/*"}]}'

trust_of() # PRINCIPAL ACTION CONDITION
{
    jq -nc --argjson p "$1" --arg a "$2" --argjson c "$3" \
        '{Version: "2012-10-17", Statement: [{Sid: "Iot", Effect: "Allow", Principal: $p, Action: $a, Condition: $c}]}'
}
iot='{"Service":"iot.amazonaws.com"}'
source_arn() { jq -nc --arg o "$1" --arg v "$2" '{($o): {"aws:SourceArn": $v}}'; }

# Each call of the AWS CLI costs about a second of a loaded machine: what is there already is not set again.
trust_now='' permissions_now=''
set_trust()
{
    [ "$1" != "$trust_now" ] || return 0
    aws iam update-assume-role-policy --role-name firmware-download --policy-document "$1"
    trust_now=$1
}
set_permissions()
{
    [ "$1" != "$permissions_now" ] || return 0
    aws iam put-role-policy --role-name firmware-download --policy-name download --policy-document "$1"
    permissions_now=$1
}
permissions_of() # ACTION RESOURCE [MORE STATEMENTS]
{
    echo "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"Get\",\"Effect\":\"Allow\",\"Action\":\"$1\",\"Resource\":\"$2\"}${3:-}]}"
}

# Plant one fault in a role that is right otherwise.
plant()
{
    local all='arn:aws:s3:::acme-firmware/*' permissions=$good_permissions trust
    trust=$(trust_of "$iot" sts:AssumeRole "{\"StringEquals\":{\"aws:SourceAccount\":\"$account\"}}")
    case $1 in
    none) ;;
    principal) trust=$(trust_of '{"Service":"ec2.amazonaws.com"}' sts:AssumeRole '{}') ;;
    account) trust=$(trust_of "$iot" sts:AssumeRole '{"StringEquals":{"aws:SourceAccount":"210987654321"}}') ;;
    arn-region) trust=$(trust_of "$iot" sts:AssumeRole "$(source_arn ArnLike "arn:aws:iot:us-east-1:$account:*")") ;;
    arn-partition) trust=$(trust_of "$iot" sts:AssumeRole "$(source_arn ArnLike "arn:aws-cn:iot:eu-west-1:$account:*")") ;;
    condition-operator) trust=$(trust_of "$iot" sts:AssumeRole "$(source_arn StringEquals "arn:aws:iot:eu-west-1:$account:*")") ;;
    action) permissions=$(permissions_of s3:PutObject "$all") ;;
    version-action) permissions=$(permissions_of s3:GetObject "$all") ;;
    resource-prefix) permissions=$(permissions_of 's3:Get*' arn:aws:s3:::acme-firmware/other/*) ;;
    explicit-deny) permissions=$(permissions_of 's3:Get*' "$all" ',{"Sid":"Never","Effect":"Deny","Action":"s3:GetObjectVersion","Resource":"*"}') ;;
    *) fail "no fault is called '$1'" ;;
    esac
    set_trust "$trust"
    set_permissions "$permissions"
}

planted='principal account arn-region arn-partition condition-operator action version-action resource-prefix explicit-deny'

# Name what decides: the policy, its statement, its Sid, and a remedy.
expect_named() # FAULT CHECK POLICY STATEMENT SID
{
    expect_exit 5 sealift role check --output json
    expect_json "$out" .works false
    jq '[.findings[] | select(.verdict == "fails")][0]' "$out" >finding.json
    expect_json finding.json .fault "$1"
    expect_json finding.json .check "$2"
    expect_json finding.json .decidedBy.policy "$3"
    expect_json finding.json .decidedBy.statement "$4"
    expect_json finding.json .decidedBy.sid "$5"
    expect_json finding.json '.remedy != ""' true
    expect_exit 5 sealift role check
    expect_stdout "[$1]"
}

expect_every_planted_fault()
{
    local fault
    plant none
    expect_exit 0 sealift role check
    for fault in $planted; do
        plant "$fault"
        case $fault in
        principal | account | arn-* | condition-*) expect_named "$fault" trust "trust policy" 1 Iot ;;
        explicit-deny) expect_named "$fault" download download 2 Never ;;
        *) expect_named "$fault" download download 1 Get ;;
        esac
        expect_exit 5 sealift publish --yes
        expect_stderr "firmware-download"
        expect_file_absent .sealift
    done
    expect_nothing_written # by any of them: nothing is deleted here
    plant none
    expect_exit 0 sealift publish --yes
}

# The three that lie beside the role's own two policies: its boundary, the key's policy, and what the caller may pass.
expect_boundary_is_named()
{
    local edge
    edge=$(aws iam create-policy --policy-name edge --output text --query Policy.Arn --policy-document \
        '{"Version":"2012-10-17","Statement":[{"Sid":"Edge","Effect":"Allow","Action":"iot:*","Resource":"*"}]}')
    plant none
    aws iam put-role-permissions-boundary --role-name firmware-download --permissions-boundary "$edge"
    expect_named permissions-boundary download "$edge" 1 Edge
    expect_exit 5 sealift publish --yes
    expect_stderr "permissions boundary"
    expect_nothing_written
    aws iam delete-role-permissions-boundary --role-name firmware-download
}

expect_key_policy_is_named()
{
    local key usual
    key=$(aws kms create-key --output text --query KeyMetadata.Arn)
    usual=$(aws kms get-key-policy --key-id "$key" --policy-name default --output text --query Policy)
    plant none
    set_permissions "$(permissions_of 's3:Get*' 'arn:aws:s3:::acme-firmware/*' \
        ",{\"Sid\":\"Open\",\"Effect\":\"Allow\",\"Action\":\"kms:Decrypt\",\"Resource\":\"$key\"}")"
    sed -i.plain "s|prefix: thermostat/|&, encryption: {kms_key: \"$key\"}|" sealift.yaml
    expect_exit 0 sealift role check
    aws kms put-key-policy --key-id "$key" --policy-name default --policy "{\"Version\":\"2012-10-17\",\"Statement\":[
        {\"Sid\":\"Keep\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::$account:root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"},
        {\"Sid\":\"Closed\",\"Effect\":\"Deny\",\"Principal\":{\"AWS\":\"$role\"},\"Action\":\"kms:Decrypt\",\"Resource\":\"*\"}]}"
    expect_named kms decrypt "key policy" 2 Closed
    expect_exit 5 sealift publish --yes
    expect_stderr "kms:Decrypt"
    expect_nothing_written
    aws kms put-key-policy --key-id "$key" --policy-name default --policy "$usual"
    mv sealift.yaml.plain sealift.yaml
}

# A caller with the whole policy of the pipeline but the one statement.
expect_missing_pass_role_is_named()
{
    plant none
    become_publisher
    sealift role show --publisher >policy.json
    allow_publisher policy.json
    expect_exit 0 as_publisher sealift role check
    jq '.Statement |= map(select([.Action] | flatten | index("iam:PassRole") | not))' policy.json >less.json
    allow_publisher less.json
    expect_exit 5 as_publisher sealift role check --output json
    expect_json "$out" .works false
    jq '[.findings[] | select(.verdict == "fails")]' "$out" >failing.json
    expect_json failing.json length 1
    expect_json failing.json .[0].check pass-role
    expect_json failing.json .[0].fault pass-role
    expect_json failing.json '.[0].remedy | test("iam:PassRole")' true
    expect_exit 5 as_publisher sealift publish --yes
    expect_stderr "iam:PassRole"
    expect_nothing_written
}

test_what_is_planted_wrong_is_named_and_stops_publish_in_the_sandbox() {
    need aws jq
    make_release
    sandbox_start --quiet --prepare sealift.yaml
    aws iam delete-role-policy --role-name firmware-download --policy-name sealift-download
    expect_every_planted_fault
}

test_what_is_planted_beside_the_role_is_named_and_stops_publish_in_the_sandbox() {
    need aws jq
    make_release
    sandbox_start --quiet --prepare sealift.yaml
    aws iam delete-role-policy --role-name firmware-download --policy-name sealift-download
    expect_boundary_is_named
    expect_key_policy_is_named
    expect_missing_pass_role_is_named
}

moto_account()
{
    need aws jq
    moto_start
    make_release
    aws s3api create-bucket --bucket acme-firmware --create-bucket-configuration LocationConstraint=eu-west-1 >/dev/null
    aws s3api put-bucket-versioning --bucket acme-firmware --versioning-configuration Status=Enabled
    aws iam create-role --role-name firmware-download --assume-role-policy-document \
        "$(trust_of "$iot" sts:AssumeRole '{}')" >/dev/null
    aws iot create-thing --thing-name lab-1 >/dev/null
}

test_what_is_planted_wrong_is_named_and_stops_publish_in_moto() {
    moto_account
    expect_every_planted_fault
}

test_a_permissions_boundary_is_read_in_moto() {
    moto_account
    expect_boundary_is_named
}

test_the_buckets_key_is_read_in_moto() {
    moto_account
    local key
    key=$(aws kms create-key --output text --query KeyMetadata.Arn)
    plant none
    aws s3api put-bucket-encryption --bucket acme-firmware --server-side-encryption-configuration \
        "{\"Rules\":[{\"ApplyServerSideEncryptionByDefault\":{\"SSEAlgorithm\":\"aws:kms\",\"KMSMasterKeyID\":\"$key\"}}]}"
    expect_exit 5 sealift role check --output json
    jq '[.findings[] | select(.verdict == "fails")][0]' "$out" >finding.json
    expect_json finding.json .fault kms
    expect_json finding.json .remedy "add to its policy {\"Effect\":\"Allow\",\"Action\":\"kms:Decrypt\",\"Resource\":\"$key\"}"
    expect_exit 5 sealift plan
    expect_stderr "does not allow kms:Decrypt"
    set_permissions "$(permissions_of 's3:Get*' 'arn:aws:s3:::acme-firmware/*' \
        ",{\"Sid\":\"Open\",\"Effect\":\"Allow\",\"Action\":\"kms:Decrypt\",\"Resource\":\"$key\"}")"
    expect_exit 0 sealift role check --output json
    jq '.findings[] | select(.check == "decrypt")' "$out" >finding.json
    expect_json finding.json .verdict holds
    aws kms put-key-policy --key-id "${key##*/}" --policy-name default --policy \
        '{"Version":"2012-10-17","Statement":[{"Sid":"Someone else","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/x"},"Action":"kms:*","Resource":"*"}]}'
    expect_named kms decrypt "key policy" 1 "Someone else"
}

test_what_stands_around_the_role_is_read_in_moto() {
    moto_account
    plant none
    aws s3api put-bucket-lifecycle-configuration --bucket acme-firmware --lifecycle-configuration \
        '{"Rules":[{"ID":"tidy","Status":"Enabled","Filter":{"Prefix":"thermostat/"},"NoncurrentVersionExpiration":{"NoncurrentDays":3}},{"ID":"elsewhere","Status":"Enabled","Filter":{"Prefix":"other/"},"Expiration":{"Days":3}}]}'
    aws s3api put-bucket-policy --bucket acme-firmware --policy \
        '{"Version":"2012-10-17","Statement":[{"Sid":"From inside","Effect":"Deny","Principal":"*","Action":"s3:GetObjectVersion","Resource":"arn:aws:s3:::acme-firmware/*","Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}}]}'
    expect_exit 0 sealift role check
    expect_stdout "lifecycle rule 'tidy' of bucket 'acme-firmware' deletes versions that are no longer current"
    expect_stdout "depends on 'aws:SourceVpce'"
    expect_silence_about elsewhere
    expect_exit 5 sealift role check --require-role-check
    expect_exit 0 sealift plan
    expect_stderr "lifecycle rule 'tidy'"
    expect_exit 5 sealift publish --yes --require-role-check
    expect_nothing_written
    aws s3api put-bucket-policy --bucket acme-firmware --policy \
        '{"Version":"2012-10-17","Statement":[{"Sid":"Nobody","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::acme-firmware/*"}]}'
    expect_named explicit-deny download "bucket policy" 1 Nobody
    expect_exit 5 sealift publish --yes
    expect_nothing_written
}

test_a_role_that_is_not_there_is_refused() {
    moto_account
    sed -i 's|role/firmware-download|role/nobody|' sealift.yaml
    expect_exit 5 sealift role check
    expect_stderr_matches "sealift.yaml:[0-9]+:[0-9]+: role '.*nobody' does not exist"
}

# --- Making it work.

expect_apply_makes_the_role()
{
    sed -i 's|role/firmware|role/made/by/firmware|' sealift.yaml
    expect_exit 0 sealift role apply
    expect_stdout "trust policy (new) @@"
    expect_stdout '+   {"Sid":"DownloadAcmeFirmwareThermostat"'
    aws iam get-role --role-name firmware-download --output json >role.json
    expect_json role.json .Role.Path /made/by/
    expect_shown_role_is_there
    expect_exit 0 sealift role apply --output json
    expect_json "$out" .changed false
    expect_json "$out" '.changes | length' 0
    expect_json "$out" .check.works true
    expect_exit 0 sealift role apply
    expect_stdout "nothing to do"
}

test_apply_makes_the_role_once_in_the_sandbox() {
    need aws jq
    make_release
    sandbox_start --quiet
    aws s3api create-bucket --bucket acme-firmware --create-bucket-configuration LocationConstraint=eu-west-1 >/dev/null
    expect_apply_makes_the_role
}

test_apply_makes_the_role_once_in_moto() {
    need aws jq
    moto_start
    make_release
    aws s3api create-bucket --bucket acme-firmware --create-bucket-configuration LocationConstraint=eu-west-1 >/dev/null
    expect_apply_makes_the_role
}

test_apply_keeps_what_others_put_there_and_mends_its_own() {
    moto_account
    set_trust '{"Version":"2012-10-17","Statement":{"Sid":"Mine","Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}'
    aws iam put-role-policy --role-name firmware-download --policy-name sealift-download --policy-document \
        '{"Version":"2012-10-17","Statement":[{"Sid":"DownloadAcmeFirmwareThermostat","Effect":"Allow","Action":"s3:GetObject","Resource":"*"},{"Sid":"Other","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::other/*"}]}'
    expect_exit 5 sealift role check
    expect_exit 0 sealift role apply --yes
    expect_stdout '    {"Sid":"Mine"'
    expect_stdout '+   {"Sid":"AwsIotJobsEuWest1"'
    expect_stdout '-   {"Sid":"DownloadAcmeFirmwareThermostat","Effect":"Allow","Action":"s3:GetObject","Resource":"*"}'
    aws iam get-role --role-name firmware-download --output json >role.json
    expect_json role.json '[.Role.AssumeRolePolicyDocument.Statement[].Sid] | join(" ")' "Mine AwsIotJobsEuWest1"
    aws iam get-role-policy --role-name firmware-download --policy-name sealift-download --output json >policy.json
    expect_json policy.json '[.PolicyDocument.Statement[].Sid] | join(" ")' "DownloadAcmeFirmwareThermostat Other"
    expect_json policy.json '.PolicyDocument.Statement[0].Resource' 'arn:aws:s3:::acme-firmware/thermostat/*'
    expect_exit 0 sealift role apply
    expect_stdout "nothing to do"
}

test_apply_says_what_it_cannot_mend() {
    moto_account
    set_permissions "$(permissions_of 's3:Get*' '*' ',{"Sid":"Never","Effect":"Deny","Action":"s3:*","Resource":"*"}')"
    expect_exit 5 sealift role apply --yes
    expect_stdout "[explicit-deny]"
}

e2e_main "$@"
