#!/usr/bin/env bash
# timeout: 300
# The GitHub Action, step by step as a runner would, against the sandbox; its examples; what hostile inputs do.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

action=$e2e_top/ci/action
agents=$e2e_top/build/agents/node_modules

setup_file()
{
    need jq openssl
    python3 -c 'import yaml' 2>/dev/null || skip "python3 has no yaml"
    # A release of the program that was built, signed by a key of this test.
    releases=$e2e_work/releases
    version=9.8.7
    archive=sealift-$version-linux-$(dpkg --print-architecture)
    mkdir -p "$releases/$archive/bin"
    printf '#!/bin/sh\nexec %s "%s" "$@"\n' "${SEALIFT_WRAP:-}" "$SEALIFT" >"$releases/$archive/bin/sealift"
    chmod +x "$releases/$archive/bin/sealift"
    tar -czf "$releases/$archive.tar.gz" -C "$releases" "$archive"
    rm -r "${releases:?}/$archive"
    (cd "$releases" && sha256sum -- *.tar.gz >SHA256SUMS)
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$e2e_work/release.pem" 2>/dev/null
    openssl pkey -in "$e2e_work/release.pem" -pubout -out "$e2e_work/release.pub"
    sign_sums "$releases"
}

sign_sums() { openssl dgst -sha256 -sign "$e2e_work/release.pem" "$1/SHA256SUMS" | base64 >"$1/SHA256SUMS.sig"; }

# A workspace with a release, and what a runner has around it.
start()
{
    mkdir workspace temp
    cd workspace
    make_release
    export GITHUB_WORKSPACE=$PWD RUNNER_TEMP=${PWD%/*}/temp GITHUB_STEP_SUMMARY=${PWD%/*}/temp/step-summary.md
    : >"$GITHUB_STEP_SUMMARY"
}

# act STATUS NAME=VALUE...: run the action with these inputs.
act()
{
    local want=$1 inputs
    shift
    inputs=$(jq -n --arg url "$releases" --arg key "$e2e_work/release.pub" '{"release-url": $url, "release-key": $key} + ([$ARGS.positional[] | index("=") as $i | {key: .[:$i], value: .[$i + 1:]}] | from_entries)' --args "$@")
    e2e_last="action $*"
    out=$PWD/.out err=$PWD/.err status=0
    python3 "$e2e_here/runner.py" action "$action" result.json <<<"$inputs" >"$out" 2>"$err" || status=$?
    [ "$status" = "$want" ] || fail "exit status $status, expected $want"
}

test_check_passes_and_summarizes() {
    start
    act 0
    expect_stdout "sealift.yaml: correct"
    expect_equal "$(cat "$GITHUB_STEP_SUMMARY")" "$(cat "$(jq -r .summary result.json)")"
    grep -q '`sealift.yaml` is correct' "$GITHUB_STEP_SUMMARY" || fail "no summary"
}

test_mistakes_are_annotated_at_their_line() {
    start
    mkdir "sub dir,1"
    sed 's/2\.4\.1/2.4/; s/prefix/prefx/' sealift.yaml >"sub dir,1/sealift.yaml"
    act 2 "working-directory=sub dir,1"
    grep -qF '::error file=sub dir%2C1/sealift.yaml,line=2,col=38,title=sealift::sealift.yaml:2:38: ' "$err" || fail "no annotation of the version"
    grep -qF '::error file=sub dir%2C1/sealift.yaml,line=8,col=50,title=sealift::' "$err" || fail "no annotation of the key"
    grep -q '^- \*\*error\*\* `sealift.yaml:8:50` ' "$GITHUB_STEP_SUMMARY" || fail "the summary lacks it"
}

test_publish_assumes_the_role_and_gives_outputs() {
    start
    sandbox_start --quiet --prepare sealift.yaml --metadata
    local endpoint=$AWS_ENDPOINT_URL
    # As on a runner: a token to ask for, and no other credentials.
    unset AWS_ENDPOINT_URL_S3 AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CONTAINER_CREDENTIALS_FULL_URI AWS_CONTAINER_AUTHORIZATION_TOKEN AWS_REGION AWS_DEFAULT_REGION
    act 0 verb=plan "role=arn:aws:iam::$account:role/pipeline" "endpoint=$endpoint"
    expect_json result.json .changed true
    local digest
    digest=$(jq -r '."plan-digest"' result.json)
    expect_json result.json '."job-id"' ""
    grep -qF '| `upload` | `app` | to be done |' "$(jq -r .summary result.json)" || fail "the plan is not in the summary"
    act 0 verb=publish "role=arn:aws:iam::$account:role/pipeline" "endpoint=$endpoint" region=eu-west-1 "options=--expect-plan=$digest"
    expect_json result.json .changed true
    expect_json result.json '."job-arn" | test("^arn:aws:iot:eu-west-1:123456789012:job/thermostat-2-4-1-")' true
    expect_json result.json '."plan-digest"' "$digest"
    expect_file "$(jq -r .receipt result.json)"
    expect_equal "$(jq -r '.jobs.job.id' "$(jq -r .receipt result.json)")" "$(jq -r '."job-id"' result.json)"
    grep -qF "$(sha256sum <build/app.bin | cut -d' ' -f1)" "$GITHUB_STEP_SUMMARY" || fail "the summary lacks the digest"
    act 0 verb=publish "role=arn:aws:iam::$account:role/pipeline" "endpoint=$endpoint"
    expect_json result.json .changed false
    act 5 verb=publish "role=arn:aws:iam::$account:role/other" "endpoint=$endpoint"
    grep -q '^::error title=sealift::.*role/other' "$err" || fail "the refusal is not annotated"
    act 2 verb=publish "role=arn:aws:iam::$account:role/pipeline" "endpoint=$endpoint" region=us-east-1
}

test_a_plan_that_was_not_approved_is_refused() {
    start
    sandbox_start --quiet --prepare sealift.yaml
    act 4 verb=publish "endpoint=$AWS_ENDPOINT_URL" "options=--expect-plan=sha256:$(printf '0%.0s' {1..64})"
    expect_nothing_written
}

test_rehearse_needs_no_account() {
    start
    act 0 verb=rehearse "options=--throwaway-keys
--devices=2"
    expect_json result.json '."job-id"' ""
    grep -qF '| `lab-1` | `succeeded` | `succeeded` |' "$GITHUB_STEP_SUMMARY" || fail "the summary lacks the device"
}

test_values_of_set_reach_the_manifest_as_they_are() {
    start
    act 0 verb=rehearse "set=release.version=3.0.0
job.description=with \"quotes\", 'more', \$(touch ran) and \`touch ran\` \$HOME ; touch ran | & > ran"
    expect_file_absent ran
    expect_file_absent ../ran
    grep -q '`3.0.0`' "$GITHUB_STEP_SUMMARY" || fail "the version was not set"
}

test_hostile_inputs_run_nothing() {
    start
    local input value
    local -a values=('$(touch ran)' '`touch ran`' '"; touch ran; "' "'; touch ran; '" 'a b"c' '; touch ran' '| touch ran' '&& touch ran' '-x' '--output=json' $'a\ntouch ran' $'a\n::set-env name=X::y' '../../x' '*' '%0Atouch ran')
    for input in verb manifest working-directory set options role region endpoint version release-url release-key build; do
        for value in "${values[@]}"; do
            rm -rf "$RUNNER_TEMP/sealift"
            e2e_last="$input=$value"
            local name=plan
            [ "$input" != verb ] || name=
            jq -n --arg url "$releases" --arg key "$e2e_work/release.pub" --arg input "$input" --arg value "$value" --arg verb "$name" \
                '{"release-url": $url, "release-key": $key, verb: $verb} + {($input): $value}' >inputs.json
            status=0
            AWS_ENDPOINT_URL=http://127.0.0.1:9 AWS_MAX_ATTEMPTS=1 AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=b \
                timeout 60 python3 "$e2e_here/runner.py" action "$action" result.json <inputs.json >.out 2>.err || status=$?
            [ "$status" != 0 ] || fail "$input=$value: succeeded"
            [ "$status" -lt 100 ] || fail "$input=$value: exit status $status"
            [ -z "$(find "$PWD/.." -name ran -print -quit)" ] || fail "$input=$value: it was run"
            ! grep -q '^::set-env' .out .err || fail "$input=$value: it became a command"
        done
    done
}

test_a_manifest_with_blanks_and_quotes_in_its_name_is_found() {
    start
    mv sealift.yaml $'my "fine" $(touch ran)\'s.yaml'
    act 0 $'manifest=my "fine" $(touch ran)\'s.yaml'
    expect_file_absent ran
}

test_secrets_of_the_environment_are_masked() {
    start
    export SEALIFT_PASSPHRASE_RELEASE=$'first 50%\nsecond line' AWS_SESSION_TOKEN=token-value
    act 0
    expect_stdout "::add-mask::first 50%25"
    expect_stdout "::add-mask::second line"
    expect_stdout "::add-mask::token-value"
}

test_a_release_that_is_not_signed_by_the_key_is_not_installed() {
    start
    cp -r "$releases" forged
    printf 'x' >>"forged/$archive.tar.gz"
    act 2 "release-url=$PWD/forged"
    expect_stdout "is not the file its checksum is for: nothing of it was installed"
    (cd forged && sha256sum -- *.tar.gz >SHA256SUMS)
    act 2 "release-url=$PWD/forged"
    expect_stdout "is not signed by the key"
    expect_file_absent "$RUNNER_TEMP/sealift/bin/sealift"
    sealift key new --quiet other.pem >/dev/null
    act 2 "release-key=$PWD/other.pem.pub"
    expect_stdout "is not signed by the key"
    act 2 release-key=missing.pub
    expect_stdout "no key to check releases with"
}

test_the_version_is_the_one_asked_for() {
    start
    act 0 version=$version
    rm -rf "$RUNNER_TEMP/sealift"
    act 2 version=1.0.0
    expect_stdout "has no sealift 1.0.0 for"
    cp -r "$releases" both
    (cd both && cp "$archive.tar.gz" "${archive/9.8.7/9.8.8}.tar.gz" && sha256sum -- *.tar.gz >SHA256SUMS)
    sign_sums both
    act 2 "release-url=$PWD/both"
    expect_stdout "has several versions; say which with 'version'"
    act 0 "release-url=$PWD/both" version=9.8.8
    rm -rf "$RUNNER_TEMP/sealift"
    act 2 release-url=
    expect_stdout "say which version to install"
    act 2 release-url=http://example.com/x
    expect_stdout "is neither a folder nor https"
}

test_what_devices_and_servers_say_is_no_command() {
    start
    export GITHUB_ACTIONS=true
    mkdir '::add-mask::x'
    expect_exit 2 sealift check '::add-mask::x/##[error]y.yaml'
    ! grep -qE '^[[:space:]]*::add-mask|##\[' "$err" "$out" || fail "a name became a command"
}

test_other_verbs_write_no_summary() {
    start
    export GITHUB_ACTIONS=true GITHUB_OUTPUT=$PWD/outputs
    expect_exit 0 sealift key show --output json keys/release.pem.pub
    expect_exit 0 sealift role show
    [ ! -s "$GITHUB_STEP_SUMMARY" ] || fail "something was written to the summary"
    expect_file_absent outputs
}

test_action_and_examples_are_valid() {
    need node
    [ -e "$agents/.bin/action-validator" ] || skip "the validator is not fetched; run: ci/agents"
    local file
    for file in "$action/action.yml" "$action"/examples/*.yml; do
        expect_exit 0 "$agents/.bin/action-validator" "$file"
    done
    sed 's/using: composite/usng: composite/' "$action/action.yml" >action.yml
    expect_exit 1 "$agents/.bin/action-validator" action.yml
    # No input stands in a script.
    ! grep -nE '^ +run:.*\$\{\{' "$action/action.yml" "$action"/examples/*.yml || fail "an expression stands in a script"
}

# example NAME [JQ-OBJECT]: run a workflow's steps; the context has the release and, when there is one, the sandbox.
example()
{
    jq -n --arg url "$releases" --arg key "$e2e_work/release.pub" --arg endpoint "${AWS_ENDPOINT_URL:-}" \
        "{with: {\"release-url\": \$url, \"release-key\": \$key, endpoint: \$endpoint}} + ${2:-{\}}" >context.json
    expect_exit 0 python3 "$e2e_here/runner.py" workflow "$action/examples/$1.yml" "$action" context.json result.json
}

test_the_example_of_a_rehearsal_works() {
    start
    example rehearse
}

test_the_example_of_a_pull_request_comments_with_the_plan() {
    start
    sandbox_start --quiet --prepare sealift.yaml
    mkdir bin
    printf '#!/bin/sh\ncp "$5" "%s/comment.md"\nprintf "%%s\\n" "$*" >"%s/gh"\n' "$PWD" "$PWD" >bin/gh
    chmod +x bin/gh
    PATH=$PWD/bin:$PATH example pull-request '{number: 17}'
    grep -q '^pr comment 17 --body-file ' gh || fail "no comment was made"
    grep -q '^Release `thermostat` `2.4.1`' comment.md || fail "the comment is not the plan"
    expect_nothing_written
}

test_the_example_of_a_publication_publishes_the_plan_that_was_approved() {
    start
    sandbox_start --quiet --prepare sealift.yaml
    example publish
    expect_json result.json .publish[0].changed true
    expect_equal "$(aws iot list-jobs --output json | jq '.jobs | length')" 1 "jobs"
}

test_the_example_of_a_ceremony_combines_and_publishes() {
    start
    sandbox_start --quiet --prepare sealift.yaml
    mkdir ceremony
    expect_exit 0 sealift plan --offline -o ceremony/plan.json
    expect_exit 0 sealift ceremony request ceremony/plan.json --first -o ceremony/request.json
    expect_exit 0 sealift ceremony sign --yes --key file:keys/release.pem -o ceremony/al.response.json ceremony/request.json
    example ceremony '{event_name: "pull_request"}'
    expect_nothing_written
    example ceremony '{event_name: "push"}'
    expect_equal "$(aws iot list-jobs --output json | jq '.jobs | length')" 1 "jobs"
}

e2e_main "$@"
