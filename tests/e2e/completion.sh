#!/usr/bin/env bash
# What shells complete: verbs, options, files, and the names that stand in a manifest.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"
. "$(dirname "$0")/terminal.sh"

# suggest WORD...: the candidates alone, sorted, on one line.
suggest()
{
    expect_exit 0 sealift completion words -- "$@"
    cut -f1 "$out" | sort | tr '\n' ' ' | sed 's/ $//'
}

test_verbs_and_their_second_words_are_offered() {
    expect_equal "$(suggest pub)" "publish"
    expect_equal "$(suggest role '')" "apply check show"
    expect_equal "$(suggest job te)" "template"
    expect_equal "$(suggest job template '')" "save"
    expect_equal "$(suggest --output json job wat)" "watch"
}

test_every_verb_of_the_help_is_offered() {
    expect_exit 0 sealift --help
    sed -n '/^verbs:/,/^$/p' "$out" | grep -oE '^  [a-z][a-z-]*' | tr -d ' ' | sort -u >wanted
    expect_equal "$(suggest '')" "$(tr '\n' ' ' <wanted | sed 's/ $//')"
}

test_only_options_that_mean_something_there_are_offered() {
    expect_equal "$(suggest check --s)" "--schema --set --state --summary"
    expect_equal "$(suggest key new --t)" "--type"
    expect_equal "$(suggest key new --set)" ""
}

test_values_come_from_the_option() {
    expect_equal "$(suggest check --output '')" "json text"
    expect_equal "$(suggest check --output=j)" "--output=json"
    expect_equal "$(suggest sign --algorithm ed)" "ed25519 ed25519ph"
    expect_equal "$(suggest sign --key 'fi')" ":files  file:"
    expect_equal "$(suggest sign --key file:ke)" ":files file:"
    expect_equal "$(suggest publish -- --y)" ""
}

test_names_come_from_the_manifest() {
    make_release
    expect_equal "$(suggest publish '')" "build/ keys/ sealift.yaml"
    expect_equal "$(suggest publish --set artifacts.)" "artifacts.app. artifacts.radio."
    expect_equal "$(suggest publish --set keys.)" "keys.release="
    expect_equal "$(suggest publish --set=release.v)" "--set=release.version="
    expect_equal "$(suggest rehearse --expect '')" "lab-1="
    expect_equal "$(suggest ceremony request --signer '')" "release="
    sed 's/thing.lab-1/group\/hall/' sealift.yaml >other.yaml
    expect_equal "$(suggest job list --group '')" ""
    expect_equal "$(suggest job list other.yaml --group '')" "hall"
}

test_jobs_that_were_published_from_here_are_offered() {
    make_release
    mkdir -p .sealift/thermostat-2.4.1
    printf '{"jobs":{"job":{"id":"thermostat-2-4-1-0123456789ab"}}}' >.sealift/thermostat-2.4.1/receipt.json
    expect_equal "$(suggest job watch ther)" "thermostat-2-4-1-0123456789ab"
    expect_equal "$(suggest verify --job '')" "thermostat-2-4-1-0123456789ab"
}

test_what_a_shell_would_run_is_never_offered() {
    make_release
    cat >>sealift.yaml <<'EOT'
defaults:
  '$(touch ran)': 1
  'a;b': 1
EOT
    sed -i 's/^  radio:/  "`touch ran`": {file: a}\n  "x y": {file: a}\n  radio:/' sealift.yaml
    : >'$(touch ran).yaml'
    printf 'sealift: 1\n' >'a b.yaml'
    expect_equal "$(suggest publish --set artifacts.)" "artifacts.app. artifacts.radio."
    expect_equal "$(suggest publish '')" "build/ keys/ sealift.yaml"
    expect_file_absent ran
}

test_a_manifest_that_cannot_be_read_offers_nothing() {
    printf 'sealift: [1\n' >sealift.yaml
    expect_equal "$(suggest publish --set artifacts.)" ""
    expect_exit 0 sealift completion words -- publish --set artifacts.
    expect_no_stderr
    rm sealift.yaml
    expect_exit 0 sealift completion words -- publish --set artifacts.
    expect_no_stdout
    expect_no_stderr
}

test_a_shell_it_does_not_know_is_refused() {
    expect_exit 2 sealift completion csh
    expect_stderr "no completion for 'csh': expected bash, zsh, fish or words"
    expect_exit 2 sealift completion bash zsh
}

# What both shells complete alike, with a line that is empty before and after.
type_words()
{
    term_type 'sealift reh' && term_key Tab && term_wait 'sealift rehearse *$'
    term_type '--exp' && term_key Tab && term_wait 'rehearse --expect *$'
    term_key Tab && term_wait 'expect lab-1= *$'
    term_key C-u
    term_type 'sealift check --output=js' && term_key Tab && term_wait 'check --output=json *$'
    term_key C-u
    term_type 'sealift sign --key file:ke' && term_key Tab && term_wait 'file:keys/ *$'
    term_key C-u
    term_type 'sealift plan --set artifacts.r' && term_key Tab && term_wait 'artifacts.radio. *$'
    term_key C-u
}

test_bash_completes_what_is_typed() {
    make_release
    on_path
    mkdir sub && : >sub/one.bin
    sealift completion bash >completion
    term_start 80 24 env PS1='ready> ' bash --norc --noprofile -i
    term_wait 'ready>'
    term_type ". ./completion; PATH=$PATH; clear"
    term_key Enter
    term_wait '^ready> * *$'
    term_type 'echo sealift' && term_key C-u
    type_words
    term_type 'sealift sign su' && term_key Tab && term_wait 'sign sub/ *$'
    term_type 'o' && term_key Tab && term_wait 'sub/one.bin *$'
    term_end
}

test_zsh_completes_what_is_typed() {
    need zsh
    make_release
    on_path
    sealift completion zsh >_sealift
    printf 'PS1="ready> "\nfpath=(%q $fpath)\nautoload -Uz compinit\ncompinit -u -d %q\n' "$PWD" "$PWD/.zcompdump" >.zshrc
    term_start 80 24 env ZDOTDIR="$PWD" PATH="$PATH" zsh --no-globalrcs -i
    term_wait 'ready>'
    type_words
    term_end
}

test_fish_completes_what_is_typed() {
    need fish
    make_release
    on_path
    sealift completion fish >completion.fish
    fish_says() { fish --no-config -c 'source completion.fish; complete -C $argv[1]' -- "$1" | cut -f1 | sort | tr '\n' ' ' | sed 's/ $//'; }
    expect_equal "$(fish_says 'sealift reh')" "rehearse"
    expect_equal "$(fish_says 'sealift rehearse --expect ')" "lab-1="
    expect_equal "$(fish_says 'sealift check --output=js')" "--output=json"
    expect_equal "$(fish_says 'sealift sign --key file:ke')" "file:keys/"
    expect_equal "$(fish_says 'sealift plan --set artifacts.r')" "artifacts.radio."
    expect_equal "$(fish_says 'sealift plan -o bui')" "build/"
}

e2e_main "$@"
