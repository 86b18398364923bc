#!/usr/bin/env bash
# The commands README.md tells a newcomer to run do what it says.
. "$(dirname "$0")/lib.sh"

# The shell blocks README.md marks for this test, in order.
commands()
{
    awk '/tests\/e2e\/readme.sh runs/ { marked = 1; next }
         marked && /^```sh$/ { on = 1; marked = 0; next }
         /^```$/ { on = 0 }
         on' "$e2e_top/README.md"
}

test_the_first_manifest_works_as_written() {
    on_path
    commands >commands.sh
    expect_equal "$(grep -c '^sealift ' commands.sh)" 7 "commands found"
    expect_exit 0 bash -eu commands.sh
    expect_stdout "Verified OK"
    expect_file firmware/sealift.yaml
    expect_file firmware/build/app.bin.sig
    expect_mode 600 firmware/keys/release.pem
}

test_the_verbs_it_lists_are_those_of_the_help() {
    sed -n '/^## Verbs/,/^## More/p' "$e2e_top/README.md" | grep '^| `' | cut -d'|' -f2 | grep -oE '`[a-z -]+`' | tr -d '`' | sort >listed
    expect_exit 0 sealift --help
    local verb
    while read -r verb; do
        grep -qE "^ +(sealift )?$verb( |\$)" "$out" || fail "the help has no verb '$verb'"
        expect_exit 0 sealift $verb --help
        expect_exit 0 sealift --help
    done <listed
    # Every verb of the help is in the list.
    expect_equal "$(wc -l <listed)" "$(sed -n '/^verbs:/,/^$/p' "$out" | grep -cE '^  [a-z]')"
}

e2e_main "$@"
