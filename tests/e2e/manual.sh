#!/usr/bin/env bash
# The manual: every page is well-formed and says what --help says.
. "$(dirname "$0")/lib.sh"

signer=${SEALIFT%/*}/sealift-signer

test_every_verb_and_the_manifest_have_a_page() {
    expect_exit 0 sealift --help
    sed -n '/^verbs:/,/^$/p' "$out" | grep -oE '^  [a-z]+( [a-z][a-z-]*)*' | sed 's/^  //; s/ /-/g; s/^/sealift-/; s/$/.1/' >wanted
    printf '%s\n' sealift.1 sealift.yaml.5 >>wanted
    expect_exit 0 sealift manual
    expect_equal "$(sort "$out")" "$(sort wanted)"
    expect_exit 0 ${SEALIFT_WRAP:-} "$signer" manual
    expect_stdout "sealift-signer-ceremony-sign.1"
    ! grep -q yaml "$out" || fail "the signer reads no manifest"
}

test_no_page_has_a_warning() {
    need man
    need mandoc
    sealift manual -o pages >listed
    ${SEALIFT_WRAP:-} "$signer" manual -o pages >>listed
    expect_equal "$(ls pages | sort)" "$(sort listed)"
    local page
    for page in pages/*; do
        expect_exit 0 env MANROFFSEQ='' man --warnings -E UTF-8 -l -Tutf8 -Z "$page"
        expect_no_stderr
        # A date would make each build another.
        run mandoc -T lint -W warning "$page"
        ! grep -v 'missing date' "$out" || fail "$page: mandoc has warnings"
    done
}

test_a_page_says_what_the_help_says() {
    need man
    local verb option
    for verb in publish "job watch" "key new" sandbox; do
        expect_exit 0 sealift $verb --help
        grep -oE '^  (-[a-z], )?--[a-z-]+' "$out" | grep -oE -- '--[a-z-]+' | sort -u >wanted
        sealift manual "${verb// /-}" | man -l - | col -bx >page
        while read -r option; do grep -qE -- "(^|[ ,])$option( |\$)" page || fail "the page of '$verb' lacks $option"; done <wanted
        sealift $verb --help | tail -2 | sed 's/^ *//' >examples
        while read -r line; do grep -qF -- "$line" page || fail "the page of '$verb' lacks the example '$line'"; done <examples
    done
}

test_the_page_of_the_manifest_has_every_key() {
    need jq
    need man
    sealift check --schema | jq -r '[.properties, (."$defs"[] | .. | .properties? // empty)] | map(keys[]) | unique[]' >wanted
    [ "$(wc -l <wanted)" -gt 100 ] || fail "only $(wc -l <wanted) keys"
    sealift manual sealift.yaml | man -l - | col -bx >page
    local key
    while read -r key; do grep -qE "^ +$key( |\$)" page || fail "the page lacks the key '$key'"; done <wanted
}

test_the_programs_page_has_every_status_and_variable() {
    need man
    sealift manual sealift | man -l - | col -bx >page
    expect_exit 0 sealift --help
    sed -n '/^exit status:/,/^$/p' "$out" | grep -oE '^  [0-9]+' >wanted
    sed -n '/^environment:/,/^$/p' "$out" | grep -oE '^  [A-Z0-9_<>]+' >>wanted
    [ "$(wc -l <wanted)" -gt 50 ] || fail "only $(wc -l <wanted) lines"
    local word
    while read -r word; do grep -qE "^ +$word( |\$)" page || fail "the page lacks '$word'"; done <wanted
}

test_a_page_that_does_not_exist_is_named() {
    expect_exit 2 sealift manual job-wach
    expect_stderr "the manual has no page 'job-wach'"
    expect_exit 2 sealift manual publish -o pages
    expect_stderr "-o takes every page"
    expect_file_absent pages
}

test_the_version_names_commit_and_libraries() {
    need jq
    expect_exit 0 sealift --version
    grep -qE '^sealift [0-9]+\.[0-9]+\.[0-9]+' "$out" || fail "no version"
    expect_stdout_matches '^commit ([0-9a-f]{40}|unknown)$'
    local library
    for library in OpenSSL libsodium jansson libyaml libcurl expat libmicrohttpd SQLite libmosquitto; do
        expect_stdout_matches "^$library [0-9]+[.][0-9.]+"
    done
    expect_exit 0 sealift --version --output json
    expect_equal "$(jq -r '.libraries | length' "$out")" 9
    expect_exit 0 ${SEALIFT_WRAP:-} "$signer" --version
    ! grep -qE 'curl|SQLite' "$out" || fail "the signer names a library it does not have"
}

e2e_main "$@"
