# What the action's scripts share. Sourced, never run.
# shellcheck shell=bash
set -euo pipefail
export LC_ALL=C.UTF-8

# Text as data of a workflow command.
data()
{
    local text=$1
    text=${text//'%'/%25}
    text=${text//$'\r'/%0D}
    printf '%s' "${text//$'\n'/%0A}"
}

fail()
{
    printf '::error title=sealift::%s\n' "$(data "$*")"
    exit 2
}
