# The harness of the end-to-end tests. A script sources it, defines functions test_<sentence>, and ends with: e2e_main
#
#   #!/usr/bin/env bash
#   . "$(dirname "$0")/lib.sh"
#   test_check_refuses_a_missing_file() {
#       printf 'sealift: 2\n' >sealift.yaml
#       expect_exit 2 sealift check
#       expect_stderr "sealift.yaml:1:10"
#       expect_no_stdout
#   }
#   e2e_main
#
# Each test runs in an empty folder of its own, in a subshell under set -e. What setup_file (optional) does is done
# once, before; servers it starts end with the script. $SEALIFT is the program, $SEALIFT_WRAP goes before it
# (valgrind). Nothing of the caller's AWS settings is seen.
# shellcheck shell=bash

set -euo pipefail
export LC_ALL=C.UTF-8

e2e_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
e2e_top=$(cd "$e2e_here/../.." && pwd)
: "${SEALIFT:=$e2e_top/build/debug/cli/sealift}"
[ -x "$SEALIFT" ] || { echo "no program '$SEALIFT'; build it, or set SEALIFT" >&2; exit 1; }
SEALIFT=$(realpath "$SEALIFT")

e2e_work=$(mktemp -d "${TMPDIR:-/tmp}/sealift-e2e.XXXXXX")
e2e_pids=()
for e2e_name in $(compgen -e); do
    case $e2e_name in AWS_* | SEALIFT_PASSPHRASE* | SEALIFT_PIN* | SEALIFT_PKCS11* | SEALIFT_TPM2* | TPM2* | TSS2* | SOURCE_DATE_EPOCH | NO_COLOR | GITHUB_* | *_proxy | *_PROXY) unset "$e2e_name" ;; esac
done
mkdir "$e2e_work/home"
export HOME=$e2e_work/home AWS_EC2_METADATA_DISABLED=true AWS_PAGER=

e2e_finish()
{
    local pid
    for pid in "${e2e_pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${e2e_pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    [ -n "${E2E_KEEP:-}" ] && { echo "kept: $e2e_work" >&2; return; }
    rm -rf "$e2e_work"
}
trap e2e_finish EXIT
trap 'exit 130' INT TERM

# The program under test.
sealift() { ${SEALIFT_WRAP:-} "$SEALIFT" "$@"; }

# Put the program on the PATH as 'sealift', for shells that know nothing of this harness.
on_path()
{
    mkdir -p bin
    printf '#!/bin/sh\nexec %s "%s" "$@"\n' "${SEALIFT_WRAP:-}" "$SEALIFT" >bin/sealift
    chmod +x bin/sealift
    PATH=$PWD/bin:$PATH
}

# Leave this test out, aloud.
skip()
{
    echo "SKIPPED: $*"
    exit 77
}

# need WORD...: commands, or 'recent-aws' and 'boto3' for versions of AWS's clients that know conditional writes and send
# checksums by default. Debian 12's own are older; what only a command line is needed for works with those as well.
need()
{
    local word
    for word in "$@"; do
        case $word in
        recent-aws) need aws; recent_aws || skip "this 'aws' is too old: $(aws --version 2>&1 | cut -d' ' -f1)" ;;
        boto3) need python3; python3 "$e2e_here/recent_boto3.py" >/dev/null 2>&1 || skip "python3 has no boto3 1.36 or later" ;;
        *) command -v "$word" >/dev/null || skip "'$word' is not installed" ;;
        esac
    done
}

recent_aws()
{
    local major minor
    IFS=./ read -r _ major minor _ < <(aws --version 2>&1)
    case $major in 1) [ "$minor" -ge 36 ] ;; *) [ "$major" -gt 2 ] || [ "$minor" -ge 22 ] ;; esac
}

# 'aws' is a wrapper, so that old versions understand the endpoints of the environment.
if E2E_AWS=$(command -v aws); then
    export E2E_AWS
    mkdir "$e2e_work/bin"
    ln -s "$e2e_here/aws-wrapper.sh" "$e2e_work/bin/aws"
    PATH=$e2e_work/bin:$PATH
fi

e2e_show()
{
    [ -s "$1" ] || { echo "    ($2: empty)" >&2; return 0; }
    sed -n "1,40s/^/    $2| /p" "$1" >&2
}

# The lines of the script itself on the way to the failure.
e2e_where()
{
    local i
    for ((i = 1; i < ${#BASH_SOURCE[@]} - 1; i++)); do
        [ "${BASH_SOURCE[$i]}" = "${BASH_SOURCE[0]}" ] || printf '%s:%s ' "${BASH_SOURCE[$i]##*/}" "${BASH_LINENO[$i - 1]}"
    done
}

fail()
{
    trap - ERR
    echo "  failed: $*" >&2
    echo "    at $(e2e_where)" >&2
    if [ -n "${e2e_last:-}" ]; then
        echo "    last command: $e2e_last (status ${status:-none})" >&2
        e2e_show "$out" stdout
        e2e_show "$err" stderr
    fi
    exit 1
}

# Run a command; afterwards $status, and the files $out and $err, tell how it went.
run()
{
    e2e_last=$*
    out=$PWD/.out err=$PWD/.err status=0
    "$@" >"$out" 2>"$err" </dev/null || status=$?
}

# expect_exit STATUS COMMAND...
expect_exit()
{
    local want=$1
    shift
    run "$@"
    [ "$status" = "$want" ] || fail "exit status $status, expected $want"
}

# Text in what the last command printed: exactly as given, or by extended regular expression.
expect_stdout() { grep -qF -e "$1" "$out" || fail "stdout lacks: $1"; }
expect_stderr() { grep -qF -e "$1" "$err" || fail "stderr lacks: $1"; }
expect_stdout_matches() { grep -qE -e "$1" "$out" || fail "stdout does not match: $1"; }
expect_stderr_matches() { grep -qE -e "$1" "$err" || fail "stderr does not match: $1"; }
expect_no_stdout() { [ ! -s "$out" ] || fail "stdout is not empty"; }
expect_no_stderr() { [ ! -s "$err" ] || fail "stderr is not empty"; }
# Text that must not be in either.
expect_silence_about() { ! grep -qF -e "$1" "$out" "$err" || fail "it must not be said: $1"; }

expect_file() { [ -f "$1" ] || fail "there is no file '$1'"; }
expect_file_absent() { [ ! -e "$1" ] || fail "'$1' exists and should not"; }
expect_mode() { [ "$(stat -c %a "$2")" = "$1" ] || fail "'$2' has mode $(stat -c %a "$2"), expected $1"; }
expect_same() { cmp -s "$1" "$2" || fail "'$1' and '$2' differ"; }
expect_equal() { [ "$1" = "$2" ] || fail "'$1' is not '$2'${3:+ ($3)}"; }
# Only these names, and nothing hidden but the harness's own, in a folder: expect_only FOLDER [NAME...]
expect_only()
{
    local folder=$1 there want
    shift
    there=$(find "$folder" -mindepth 1 -maxdepth 1 ! -name .out ! -name .err -printf '%f\n' | sort)
    want=$([ $# = 0 ] || printf '%s\n' "$@" | sort)
    [ "$there" = "$want" ] || fail "'$folder' holds: $(echo "$there" | tr '\n' ' ')"
}
# expect_json FILE FILTER VALUE: jq's raw answer
expect_json()
{
    local got
    need jq
    got=$(jq -r "$2" "$1") || fail "'$1' is not JSON, or has no $2"
    [ "$got" = "$3" ] || fail "$2 is '$got', expected '$3'"
}

# Wait until a command succeeds, for at most so many seconds: wait_for SECONDS COMMAND...
wait_for()
{
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}

# Run a server in the background until the script ends: server_start LOG COMMAND...; its process is $server_pid
server_start()
{
    local log=$1
    shift
    "$@" >"$log" 2>"$log.err" </dev/null &
    server_pid=$!
    e2e_pids+=("$server_pid")
}

server_stop()
{
    kill "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

# on_terminal TYPED COMMAND...: what the command's /dev/tty is sent, one line per question
on_terminal()
{
    python3 - "$@" <<'EOT'
import os, pty, select, sys, time
lines = sys.argv[1].split('|')
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
seen, end = b'', time.time() + 60
while time.time() < end:
    if not select.select([fd], [], [], 1)[0]:
        continue
    try:
        part = os.read(fd, 4096)
    except OSError:
        break
    if not part:
        break
    seen += part
    if lines and (seen.rstrip().endswith(b':') or seen.rstrip().endswith(b'[y/N]')):
        os.write(fd, lines.pop(0).encode() + b'\n')
        seen += b'<'
sys.stdout.write(seen.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
EOT
}

# A port nobody listens on, below those the kernel hands out.
free_port()
{
    local port
    for _ in $(seq 100); do
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
        (: >"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
    fail "no free port found"
}

# shellcheck source=tests/e2e/servers.sh
. "$e2e_here/servers.sh"

# Run every test_* function, in the order they stand in the script; with arguments, only those whose name has one.
e2e_main()
{
    local passed=0 failed=0 skipped=0 name names code
    names=$(shopt -s extdebug; for name in $(compgen -A function test_); do declare -F "$name"; done | sort -k2,2n | cut -d' ' -f1)
    if declare -F setup_file >/dev/null; then
        mkdir "$e2e_work/setup"
        cd "$e2e_work/setup"
        setup_file
    fi
    for name in $names; do
        [ $# = 0 ] || [[ " $* " == *" $name "* ]] || continue
        mkdir "$e2e_work/$name"
        set +e
        (
            set -Eeuo pipefail
            e2e_pids=()
            trap 'echo "  failed: $BASH_COMMAND, at $(e2e_where)" >&2' ERR
            trap 'for p in "${e2e_pids[@]}"; do kill "$p" 2>/dev/null || true; done; wait 2>/dev/null || true' EXIT
            cd "$e2e_work/$name"
            "$name"
        )
        code=$?
        set -e
        case $code in
        0) passed=$((passed + 1)); echo "ok       $name" ;;
        77) skipped=$((skipped + 1)); echo "skipped  $name" ;;
        *) failed=$((failed + 1)); echo "FAILED   $name" ;;
        esac
    done
    echo "[  PASSED  ] $passed test(s)."
    [ "$skipped" = 0 ] || echo "[  SKIPPED ] $skipped test(s)."
    [ "$failed" = 0 ] || echo "[  FAILED  ] $failed test(s)."
    [ "$failed" = 0 ] && [ $((passed + skipped)) -gt 0 ] || exit 1
}
