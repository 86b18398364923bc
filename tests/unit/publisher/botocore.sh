#!/usr/bin/env bash
# Our answers beside botocore's: botocore.sh SCRIPT PROGRAM; the script says which. Skipped aloud without python3.
set -euo pipefail
command -v python3 >/dev/null || {
    echo "SKIPPED all cases of $1: 'python3' is not installed"
    if [ "${SEALIFT_REQUIRE:-}" = all ]; then exit 1; fi
    exit 77
}
exec python3 "$(dirname "$0")/../../e2e/$1" "$2"
