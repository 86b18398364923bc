# What the scripts of ci/ share. Sourced, never run.
#
# A gate ends with 0 (passed), 77 (skipped, after saying why) or anything else (failed). Gates that run several tests
# add lines "passed failed skipped" to the file $SEALIFT_TALLY, which ci/test sums up.
# shellcheck shell=bash

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
export LC_ALL=C.UTF-8

# Objects of one build serve the others: same sources, same flags, another folder.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1

jobs=${SEALIFT_JOBS:-2}

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
die() { warn "${0##*/}: $*"; exit 1; }

# Leave this gate out, aloud. Where nothing may be left out it is a failure.
skip()
{
    say "SKIPPED: $*"
    [ "${SEALIFT_REQUIRE:-}" != all ] || { warn "SEALIFT_REQUIRE=all: nothing may be skipped"; exit 1; }
    exit 77
}

need()
{
    local command
    for command in "$@"; do
        command -v "$command" >/dev/null || skip "'$command' is not installed; run: ci/setup test"
    done
}

# A folder that goes away with the script.
scratch()
{
    work=$(mktemp -d "${TMPDIR:-/tmp}/sealift-ci.XXXXXX")
    trap 'rm -rf "$work"' EXIT
}

# C files of the project, one a line; with folders as arguments, only theirs. Files git ignores do not count.
sources()
{
    git ls-files --cached --others --exclude-standard -- "$@" | grep -E '\.[ch]$' | while read -r file; do
        [ -e "$file" ] && printf '%s\n' "$file"
    done
}

# Folders of the product, in the order of the map in ARCHITECTURE.md.
folders=(core manifests keys signer library publisher sandbox devices cli)

tally() { [ -z "${SEALIFT_TALLY:-}" ] || printf '%s %s %s\n' "$1" "$2" "$3" >>"$SEALIFT_TALLY"; }
