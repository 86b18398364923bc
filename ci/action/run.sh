#!/usr/bin/env bash
# Run one verb with the action's inputs. sealift itself writes annotations and outputs.
. "$(dirname "$0")/lib.sh"
PATH=$RUNNER_TEMP/sealift/bin:$PATH

# What must not be in a log is masked there, whoever prints it.
while IFS= read -r name; do
    case $name in
    SEALIFT_PASSPHRASE* | SEALIFT_PIN* | AWS_SECRET_ACCESS_KEY | AWS_SESSION_TOKEN | AWS_SECURITY_TOKEN | ACTIONS_ID_TOKEN_REQUEST_TOKEN)
        while IFS= read -r line; do
            [ -z "$line" ] || printf '::add-mask::%s\n' "$(data "$line")"
        done <<<"${!name}" ;;
    esac
done < <(compgen -e)

case $INPUT_VERB in
check) arguments=(check) ;;
plan) arguments=(plan) ;;
publish) arguments=(publish --yes) ;;
rehearse) arguments=(rehearse) ;;
verify) arguments=(verify --remote) ;;
*) fail "verb '$INPUT_VERB' is not one of check, plan, publish, rehearse and verify" ;;
esac
while IFS= read -r line; do
    line=${line%$'\r'}
    [ -z "$line" ] || arguments+=(--set "$line")
done <<<"$INPUT_SET"
while IFS= read -r line; do
    line=${line%$'\r'}
    [ -z "$line" ] || arguments+=("$line")
done <<<"$INPUT_OPTIONS"
case $INPUT_VERB in check | rehearse) network= ;; *) network=1 ;; esac
if [ -n "$network" ]; then
    [ -z "$INPUT_REGION" ] || arguments+=(--region "$INPUT_REGION")
    [ -z "$INPUT_ENDPOINT" ] || arguments+=(--endpoint-url "$INPUT_ENDPOINT")
    [ -z "$INPUT_ROLE" ] || export AWS_ROLE_ARN=$INPUT_ROLE
fi

summary=$(mktemp "$RUNNER_TEMP/sealift-summary.XXXXXX.md")
arguments+=(--summary "$summary" -- "$INPUT_MANIFEST")
cd -- "$INPUT_WORKING_DIRECTORY" || fail "there is no working-directory '$INPUT_WORKING_DIRECTORY'"

printf '::group::sealift %s\n' "$INPUT_VERB"
status=0
sealift "${arguments[@]}" || status=$?
printf '::endgroup::\n'
cat -- "$summary" >>"$GITHUB_STEP_SUMMARY"
printf 'summary=%s\n' "$summary" >>"$GITHUB_OUTPUT"
exit "$status"
