#!/usr/bin/env bash
# Our answers beside botocore's: botocore.sh SCRIPT PROGRAM; the script says which. Skipped aloud without python3 or
# without a botocore of 1.40 or later: earlier ones ask the one STS of us-east-1 and take sessions that have ended.
set -euo pipefail
skip() {
    echo "SKIPPED all cases of $script: $1"
    if [ "${SEALIFT_REQUIRE:-}" = all ]; then exit 1; fi
    exit 77
}
script=$1
command -v python3 >/dev/null || skip "'python3' is not installed"
python3 - <<'EOT' || skip "python3 has no botocore 1.40 or later"
import sys
try:
    import botocore
except ImportError:
    sys.exit(1)
sys.exit(tuple(map(int, botocore.__version__.split(".")[:2])) < (1, 40))
EOT
exec python3 "$(dirname "$0")/../../e2e/$script" "$2"
