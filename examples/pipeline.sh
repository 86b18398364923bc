#!/bin/sh
# A release in any pipeline: check, plan, approve the plan's digest, publish exactly that plan, verify.
#   examples/pipeline.sh MANIFEST
set -eu
manifest=${1:?usage: pipeline.sh MANIFEST}

sealift check "$manifest"
sealift plan "$manifest" -o plan.json --summary plan.md

# Here a pipeline waits for somebody who has read plan.md. What is published is that plan and no other: a file that
# changed meanwhile is refused.
sealift publish plan.json --manifest "$manifest" --yes

# Whoever doubts it later needs the public key alone.
sealift verify --plan plan.json --remote plan.json
