#!/usr/bin/env bash
# What people see in a real terminal: messages, bars, columns, colors; at 60, 80 and 200 columns; without UTF-8.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"
. "$(dirname "$0")/terminal.sh"

setup_file() { need tmux; }

# in_terminal COLUMNS COMMAND: run a shell command in a terminal until it is done; the file 'screen' has what it shows, a
# line of the screen a line, and 'colors' the same with escapes.
in_terminal()
{
    term_start "$1" 120 env PATH="$PATH" LC_ALL="${locale-C.UTF-8}" bash -c "$2; printf 'done%s.\n' ''; read -r _"
    term_wait '^done\.$'
    term capture-pane -p >screen
    term capture-pane -pe >colors
    term_end
}

test_a_mistake_is_shown_with_its_line_at_every_width() {
    on_path
    make_release
    sed -i 's/version: 2.4.1/version: 2.4/' sealift.yaml
    local columns
    for columns in 60 80 200; do
        in_terminal $columns 'sealift check'
        grep -qE '^    2 \| release: \{name: thermostat, version: 2\.4\}$' screen || { cat screen; fail "$columns: no line of the manifest"; }
        local line mark
        line=$(grep -nE '^    2 \| ' screen | cut -d: -f1)
        mark=$(sed -n "$((line + 1))p" screen)
        expect_equal "${mark%%^*}" "      |                                      "
        # Folded at blanks, so no word is cut by the edge.
        sed -n "1,$((line - 1))p" screen | tr '\n' ' ' | tr -s ' ' | grep -F "expected a version such as '2.4.1' or '2.4.1-rc.1' (SemVer 2.0), found '2.4': use '2.4.0'" >/dev/null || { cat screen; fail "$columns: the message is cut"; }
        awk -v most=$((columns < 80 ? columns : 80)) -v last=$((line - 1)) 'NR <= last && length($0) > most { exit 1 }' screen || fail "$columns: a line is too long"
    done
}

test_a_long_line_is_cut_around_the_place() {
    on_path
    make_release
    sed -i "s|^release:.*|release: {name: thermostat, hardware: [$(printf 'rev-%02d, ' {1..40})last], version: 2.4}|" sealift.yaml
    in_terminal 60 'sealift check'
    grep -qF 'version: 2.4}' screen || { cat screen; fail "the place is not shown"; }
    awk 'length($0) > 60 { exit 1 }' screen || fail "a line is too long"
    local at
    at=$(grep -n 'version: 2.4}' screen | cut -d: -f1)
    expect_equal "$(sed -n "${at}p" screen | cut -c"$(sed -n "$((at + 1))p" screen | awk '{ print index($0, "^") }')"-)" "2.4}"
}

test_help_fits_the_terminal() {
    on_path
    local columns
    for columns in 60 80 200; do
        in_terminal $columns 'sealift job watch --help | cat >piped; sealift job watch --help'
        grep -qE '^ +--fail-above PERCENT' screen || { cat screen; fail "$columns: no option"; }
        # Words, not the terminal's edge, end the lines.
        grep -v '^done' screen | tr '\n' ' ' | tr -s ' ' >flat
        tr '\n' ' ' <piped | tr -s ' ' >wanted
        [ "$columns" = 60 ] || grep -F "$(cut -c1-600 wanted)" flat >/dev/null || fail "$columns: words are cut"
        awk 'length($0) > 80 { exit 1 }' screen || fail "$columns: wider than 80"
    done
}

test_colors_are_for_terminals_that_want_them() {
    on_path
    make_release
    in_terminal 80 'sealift check missing.yaml'
    grep -q $'\033\[[0-9;]*31m' colors || { cat -v colors; fail "the failure has no color"; }
    in_terminal 80 'NO_COLOR=1 sealift check missing.yaml'
    ! grep -q $'\033\[[0-9;]*31m' colors || fail "NO_COLOR is not heeded"
    in_terminal 80 'TERM=dumb sealift check missing.yaml'
    ! grep -q $'\033\[[0-9;]*31m' colors || fail "a dumb terminal gets color"
    in_terminal 80 'sealift --color never check missing.yaml'
    ! grep -q $'\033\[[0-9;]*31m' colors || fail "--color never is not heeded"
}

test_a_terminal_without_utf8_gets_ascii() {
    on_path
    make_release
    sed -i 's/thermostat, version/thermostät, version/' sealift.yaml
    locale=C in_terminal 80 'sealift check'
    ! LC_ALL=C grep -q '[^ -~]' screen || { cat screen; fail "something else than ASCII is shown"; }
    grep -qF 'thermost?t' screen || { cat screen; fail "the name is not shown"; }
    locale=C.UTF-8 in_terminal 80 'sealift check'
    grep -qF 'thermostät' screen || fail "the name is not shown as it is"
}

test_bars_are_drawn_and_leave_nothing_behind() {
    on_path
    make_release
    head -c 60000000 /dev/zero >build/app.bin
    sandbox_start --quiet --prepare sealift.yaml
    local columns
    for columns in 40 60 80 200; do
        term_start "$columns" 50 env PATH="$PATH" LC_ALL=C.UTF-8 bash -c 'read -r _; sealift publish --yes; printf "done%s.\n" ""; read -r _'
        term pipe-pane -o "cat >'$PWD/raw'"
        term_key Enter
        term_wait '^done\.$'
        term capture-pane -p >screen
        term_end
        tr '\r' '\n' <raw >drawn
        grep -qE '^(hash|upload) app  .* [0-9]+%' drawn || { cat -v raw; fail "$columns: no progress was drawn"; }
        [ "$columns" -lt 80 ] || grep -E '^hash app +\[#* *\] ' drawn >/dev/null || fail "$columns: no bar was drawn"
        ! grep -qE '#{3}|[0-9]%' screen || { cat screen; fail "$columns: a bar was left behind"; }
        sed -i "s/version: .*}/version: 2.5.$columns}/" sealift.yaml
    done
    # Elsewhere than on a terminal: one line for each finished step, and no bar.
    sed -i 's/version: .*}/version: 2.6.0}/' sealift.yaml
    expect_exit 0 sealift publish --yes
    ! grep -q $'\r' "$err" || fail "a bar was drawn into a pipe"
    expect_equal "$(grep -cxF 'hash app, 57.2 MiB' "$err")" 1 "lines of the finished step"
    expect_equal "$(grep -cxF 'upload app, 57.2 MiB' "$err")" 1 "lines of the finished step"
    sed -i 's/version: .*}/version: 2.7.0}/' sealift.yaml
    expect_exit 0 sealift publish --yes --quiet
    expect_no_stderr
}

test_names_cannot_move_the_cursor() {
    on_path
    in_terminal 80 $'sealift check "$(printf \'\\033[2J\\033[31mred.yaml\')"'
    grep -qF '?[2J?[31mred.yaml' screen || { cat screen; fail "the escapes are not shown as text"; }
}

e2e_main "$@"
