#!/usr/bin/env bash
# timeout: 300
# Every command of the tutorial and of the how-to pages works, in the order in which it stands there.
. "$(dirname "$0")/lib.sh"

# page FILE: run its blocks of shell, in one shell that stops at the first failure.
page()
{
    mkdir run
    on_path
    {
        # Whatever happens, what was started ends. What the page ended itself is told once: a second signal would not let it
        # clean up.
        cat <<'EOT'
finish() {
    local i
    for ((i = 0; i < 50; i++)); do
        [ -n "$(jobs -pr)" ] || return 0
        sleep 0.1
    done
    kill $(jobs -pr) || true
    wait
}
trap finish EXIT
EOT
        awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on' "$e2e_top/$1"
    } >commands.sh
    [ "$(wc -l <commands.sh)" -gt 5 ] || fail "$1 has no commands"
    (cd run && expect_exit 0 bash -euo pipefail ../commands.sh)
}

test_the_tutorial_works() {
    need jq openssl
    page docs/tutorial.md
    expect_file run/thermostat/plan.json
}

test_every_page_of_the_how_tos_is_tested() {
    local file
    for file in "$e2e_top"/docs/howto/*.md; do
        file=${file##*/}
        grep -q "page docs/howto/$file" "$e2e_here/docs.sh" || fail "$file is not tested"
    done
}

test_hsm() {
    need softhsm2-util pkcs11-tool
    page docs/howto/hsm.md
}
test_kms() { page docs/howto/kms.md; }
test_rollback() { page docs/howto/rollback.md; }
test_on_premises_s3() { page docs/howto/on-premises-s3.md; }
test_from_a_shell_script() {
    need jq openssl
    page docs/howto/from-a-shell-script.md
}
test_from_createotaupdate() {
    need jq
    page docs/howto/from-createotaupdate.md
}
test_from_gdk() { page docs/howto/from-gdk.md; }

e2e_main "$@"
