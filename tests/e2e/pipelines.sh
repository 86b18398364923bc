#!/usr/bin/env bash
# The template for GitLab CI and the plain shell example, run as a pipeline would, against the sandbox.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

template=$e2e_top/ci/gitlab/sealift.gitlab-ci.yml

# job NAME: what a runner's shell would be given for a job that extends this one.
job()
{
    python3 - "$template" "$1" <<'EOT'
import sys
import yaml
jobs = yaml.safe_load(open(sys.argv[1], encoding='utf-8'))
job, name = {}, sys.argv[2]
while name:
    job = {**jobs[name], **job}
    name = jobs[name].get('extends') if name != '.sealift' else None
print('set -eu')
print('\n'.join(job['before_script'] + job['script']))
EOT
}

start()
{
    python3 -c 'import yaml' 2>/dev/null || skip "python3 has no yaml"
    on_path
    mkdir project && cd project
    make_release
    export CI_PROJECT_DIR=$PWD SEALIFT_MANIFEST=sealift.yaml SEALIFT_ROLE='' SEALIFT_OPTIONS='' SEALIFT_ID_TOKEN=token
}

test_gitlab_checks_and_rehearses() {
    start
    job .sealift-check >check.sh
    expect_exit 0 sh check.sh
    expect_stdout "sealift.yaml: correct"
    job .sealift-rehearse >rehearse.sh
    export SEALIFT_OPTIONS=$'--throwaway-keys\n--devices=2'
    expect_exit 0 sh rehearse.sh
    grep -q '`lab-1`' sealift-summary.md || fail "no summary"
}

test_gitlab_publishes_with_its_token() {
    need aws jq curl
    start
    sandbox_start --quiet --prepare sealift.yaml --metadata
    SEALIFT_ID_TOKEN=$(curl -sf -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=sts.amazonaws.com" | jq -r .value)
    export SEALIFT_ID_TOKEN SEALIFT_ROLE=arn:aws:iam::$account:role/pipeline
    job .sealift-publish >publish.sh
    expect_exit 0 env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY -u ACTIONS_ID_TOKEN_REQUEST_URL -u AWS_CONTAINER_CREDENTIALS_FULL_URI sh publish.sh
    expect_mode 600 "$CI_PROJECT_DIR.sealift-token"
    expect_equal "$(aws iot list-jobs --output json | jq '.jobs | length')" 1 "jobs"
    grep -q '^Published `thermostat`' sealift-summary.md || fail "no summary"
}

test_gitlab_variables_are_never_run() {
    start
    job .sealift-check >check.sh
    local value
    for value in '$(touch ran)' '`touch ran`' '"; touch ran; "' $'END\ntouch ran' '; touch ran'; do
        export SEALIFT_OPTIONS=$value
        run sh check.sh
        [ "$status" != 0 ] || fail "$value: succeeded"
        export SEALIFT_OPTIONS='' SEALIFT_MANIFEST=$value
        run sh check.sh
        [ "$status" != 0 ] || fail "$value: succeeded"
        export SEALIFT_MANIFEST=sealift.yaml
        expect_file_absent ran
    done
}

test_the_shell_example_publishes_what_was_planned() {
    need aws jq
    start
    sandbox_start --quiet --prepare sealift.yaml
    expect_exit 0 "$e2e_top/examples/pipeline.sh" sealift.yaml
    expect_equal "$(aws iot list-jobs --output json | jq '.jobs | length')" 1 "jobs"
    grep -qF "$(sha256sum <build/app.bin | cut -d' ' -f1)" plan.md || fail "the plan is not in plan.md"
}

e2e_main "$@"
