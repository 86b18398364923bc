#!/usr/bin/env bash
# The command line itself: help, usage errors, init, check.
# timeout: 400
# labels: valgrind
. "$(dirname "$0")/lib.sh"

test_help_names_every_verb_and_each_verb_has_help() {
    expect_exit 0 sealift --help
    cp "$out" overview
    expect_narrow
    local verb n=0
    sed -n '/^verbs:/,/^$/p' overview | grep -E '^  [a-z]' | cut -c3-29 | sed 's/ [^a-z].*//; s/ *$//' >verbs
    while read -r verb; do
        # shellcheck disable=SC2086
        expect_exit 0 sealift $verb --help
        expect_stdout "usage: sealift $verb"
        expect_stdout "examples:"
        expect_narrow
        cp "$out" one
        # shellcheck disable=SC2086
        expect_exit 0 sealift help $verb
        expect_same one "$out"
        n=$((n + 1))
    done <verbs
    [ "$n" -gt 16 ] || fail "$n verbs"
}

# Nothing the last command printed is wider than 80 columns.
expect_narrow() { ! grep -nE '.{81}' "$out" || fail "a line is wider than 80 columns"; }

test_verbs_of_two_words_have_help_together() {
    expect_exit 0 sealift key --help
    expect_stdout "  key new "
    expect_exit 0 sealift help job
    expect_stdout "  job status "
    expect_exit 2 sealift job
    expect_stderr "a verb is missing after 'sealift job'; 'sealift job --help' lists what may follow"
    expect_exit 2 sealift key --quiet
}

test_options_of_every_verb_may_stand_before_it() {
    sealift init >/dev/null
    expect_exit 0 sealift --output json --region eu-west-1 check sealift.yaml
    expect_stdout '"correct":true'
    expect_exit 2 sealift --output json
    expect_exit 0 sealift --quiet help check
    expect_stdout "usage: sealift check"
}

test_a_mistyped_verb_or_option_is_suggested() {
    expect_exit 2 sealift pubish
    expect_stderr "did you mean 'publish'?"
    expect_exit 2 sealift job stauts
    expect_stderr "did you mean 'job status'?"
    expect_exit 2 sealift check --shema
    expect_stderr "did you mean '--schema'?"
    expect_exit 2 sealift
}

test_init_writes_a_manifest_that_passes_check() {
    expect_exit 0 sealift init new
    expect_only new sealift.yaml
    expect_exit 0 sealift check new/sealift.yaml
    expect_exit 6 sealift init new
    expect_stderr "exists already"
}

test_what_is_missing_comes_with_the_verb_that_makes_it() {
    expect_exit 2 sealift check
    expect_stderr "'sealift init' writes one to start from"
    sealift init --quiet
    mkdir build
    echo firmware >build/app.bin
    expect_exit 2 sealift plan --offline
    expect_stderr_matches "'sealift key new [^']*keys/release.pem' makes one"
}

test_check_says_where_a_mistake_is() {
    sealift init >/dev/null
    sed -i 's/^artifacts:/artefacts:/' sealift.yaml
    expect_exit 2 sealift check
    expect_stderr_matches '^sealift: sealift.yaml:[0-9]+:1: '
    expect_stderr "did you mean 'artifacts'?"
    expect_exit 2 sealift check --output json
    expect_json "$out" .error.exitStatus 2
    expect_json "$out" .error.file sealift.yaml
}

test_check_shows_every_mistake_at_once() {
    sealift init --quiet new
    sed -i -e '0,/^  name: .*/s//  nam: big/' -e 's/^  region: .*/  region: 7/' new/sealift.yaml
    expect_exit 2 sealift check new/sealift.yaml
    expect_stderr "unknown key 'nam' in release, did you mean 'name'?"
    expect_stderr "bucket.region"
    expect_stderr "2 mistakes"
    expect_exit 2 sealift check --output json new/sealift.yaml
    expect_json "$out" '.errors | length' 2
    expect_exit 2 sealift plan --offline new/sealift.yaml
    expect_stderr "2 mistakes; 'sealift check' shows them"
}

test_a_region_nobody_knows_is_a_warning() {
    sealift init --quiet new
    sed -i 's/^  region: .*/  region: eu-west-11/' new/sealift.yaml
    expect_exit 0 sealift check new/sealift.yaml
    expect_stderr_matches "new/sealift.yaml:[0-9]+:[0-9]+: 'eu-west-11' is not a Region this version knows, did you mean 'eu-west-1'"
}

test_check_of_several_manifests_speaks_of_each() {
    sealift init a >/dev/null
    sealift init b >/dev/null
    sealift init c >/dev/null
    sed -i 's/timeout: 1h/timeout: 2h/' a/sealift.yaml
    sed -i 's/^job:/jop:/' b/sealift.yaml
    expect_exit 2 sealift check a/sealift.yaml b/sealift.yaml
    expect_stderr a/sealift.yaml:
    expect_stderr b/sealift.yaml:
    expect_exit 1 sealift check a/sealift.yaml c/sealift.yaml
    expect_stdout "c/sealift.yaml: correct"
}

test_the_schema_is_json() {
    need jq
    expect_exit 0 sealift check --schema
    expect_json "$out" '.["$schema"]' https://json-schema.org/draft/2020-12/schema
}

test_a_region_that_differs_is_refused() {
    sealift init >/dev/null
    AWS_REGION=us-east-1 expect_exit 2 sealift check
    expect_stderr us-east-1
    expect_exit 0 sealift check --region eu-west-1
}

test_a_closed_stdout_is_an_error() {
    expect_exit 2 bash -c '"$0" check --schema >/dev/full' "$SEALIFT"
}

e2e_main "$@"
