#!/usr/bin/env bash
# Our signatures beside botocore's: sigv4_botocore.sh PROGRAM, which is sigv4_print.c. Skipped aloud without python3.
set -euo pipefail
command -v python3 >/dev/null || {
    echo "SKIPPED 200 cases: 'python3' is not installed"
    if [ "${SEALIFT_REQUIRE:-}" = all ]; then exit 1; fi
    exit 77
}
exec python3 "$(dirname "$0")/../../e2e/sigv4_botocore.py" "$1"
