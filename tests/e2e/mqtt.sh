#!/usr/bin/env bash
# The sandbox's job topics, used by mosquitto's own clients as a device would.
# labels: once
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

setup_file()
{
    need aws jq mosquitto_pub mosquitto_sub
    [ -x /usr/sbin/mosquitto ] || need mosquitto
    make_release
    sandbox_start --tls --mqtt --prepare sealift.yaml
    aws iot create-thing --thing-name lab-2 >/dev/null
    wait_for 10 test -s "$SEALIFT_MQTT_CERTIFICATES/lab-2.private.key" || fail "a thing made later has no certificate"
}

# as THING: arguments of mosquitto's clients, in $connection, with that thing's certificate
as()
{
    local dir=$SEALIFT_MQTT_CERTIFICATES
    connection=(-h "$SEALIFT_MQTT_HOST" -p "$SEALIFT_MQTT_PORT" --cafile "$dir/root-CA.crt"
        --cert "$dir/$1.cert.pem" --key "$dir/$1.private.key" -q 1)
}

# listen THING TOPIC...: what comes goes to the file 'heard', a topic and its payload a line
listen()
{
    local topics=() topic
    as "$1"
    shift
    for topic in "$@"; do topics+=(-t "$topic"); done
    server_start heard stdbuf -oL mosquitto_sub "${connection[@]}" -d -F 'got %t %p' "${topics[@]}"
    wait_for 10 grep -q SUBACK heard || fail "no subscription: $(cat heard heard.err)"
}

# say THING TOPIC PAYLOAD
say()
{
    as "$1"
    mosquitto_pub "${connection[@]}" -t "$2" -m "$3"
}

# answer TOPIC: waits for a message there, the last one of which goes to the file 'message'
answer()
{
    wait_for 10 grep -qF -e "got $1 " heard || fail "nothing came on $1: $(cat heard)"
    grep -F -e "got $1 " heard | tail -1 | cut -d' ' -f3- >message
}

# make_job ID THING DOCUMENT
make_job() { aws iot create-job --job-id "$1" --targets "arn:aws:iot:eu-west-1:$account:thing/$2" --document "$3" >/dev/null; }

test_a_device_is_notified_and_carries_a_release_through() {
    cp -r ../setup/. .
    listen lab-1 '$aws/things/lab-1/jobs/#'
    expect_exit 0 sealift publish --yes --output json
    local job base='$aws/things/lab-1/jobs'
    job=$(aws iot list-jobs --output json | jq -r '.jobs[0].jobId')
    answer "$base/notify-next"
    expect_json message .execution.jobId "$job"
    expect_json message .execution.status QUEUED
    answer "$base/notify"
    expect_json message '.jobs.QUEUED[0].jobId' "$job"

    say lab-1 "$base/start-next" '{"clientToken":"t-1"}'
    answer "$base/start-next/accepted"
    expect_json message .clientToken t-1
    expect_json message .execution.status IN_PROGRESS
    local url
    url=$(jq -r '.execution.jobDocument.files[] | select(.fileName == "app.bin").fileSource.url' message)
    expect_exit 0 curl -fsS --cacert "$SEALIFT_MQTT_CERTIFICATES/root-CA.crt" -o got.bin "$url"
    expect_same got.bin build/app.bin

    say lab-1 "$base/$job/update" '{"status":"SUCCEEDED","expectedVersion":1,"clientToken":"t-2"}'
    answer "$base/$job/update/rejected"
    expect_json message .code VersionMismatch
    expect_json message .executionState.versionNumber 2
    say lab-1 "$base/$job/update" '{"status":"SUCCEEDED","expectedVersion":2,"statusDetails":{"progress":"100%"}}'
    answer "$base/$job/update/accepted"
    wait_for 10 nothing_is_next || fail "there is a next job still"
    expect_exit 0 aws iot describe-job-execution --job-id "$job" --thing-name lab-1 --output json
    expect_json "$out" .execution.status SUCCEEDED
    expect_json "$out" .execution.statusDetails.detailsMap.progress 100%
}

nothing_is_next() { answer '$aws/things/lab-1/jobs/notify-next' && [ "$(jq 'has("execution")' message)" = false ]; }

test_each_request_has_its_answer() {
    local base='$aws/things/lab-2/jobs'
    listen lab-2 "$base/#"
    make_job each lab-2 '{"operation":"x","nothing":null}'
    answer "$base/notify-next"
    expect_json message '.execution.jobDocument | keys | join(",")' operation
    say lab-2 "$base/get" ''
    answer "$base/get/accepted"
    expect_json message '.queuedJobs[0].jobId' each
    say lab-2 "$base/\$next/get" '{"includeJobDocument":false}'
    answer "$base/\$next/get/accepted"
    expect_json message '.execution | has("jobDocument")' false
    say lab-2 "$base/get" '{'
    answer "$base/get/rejected"
    expect_json message .code InvalidJson
    say lab-2 "$base/none/get" '{"clientToken":"t"}'
    answer "$base/none/get/rejected"
    expect_json message '.code + .clientToken' ResourceNotFoundt
    say lab-2 "$base/each/update" '{"status":"FAILED","statusDetails":{"reason":"tried"},"includeJobExecutionState":true}'
    answer "$base/each/update/accepted"
    expect_json message .executionState.statusDetails.reason tried
    say lab-2 "$base/each/update" '{"status":"SUCCEEDED"}'
    answer "$base/each/update/rejected"
    expect_json message '.code + .executionState.status' InvalidStateTransitionFAILED
    say lab-2 "$base/each/get" '{}'
    answer "$base/each/get/rejected"
    expect_json message .code TerminalStateReached
}

test_a_thing_touches_only_its_own_topics() {
    listen lab-2 '$aws/things/lab-1/jobs/#' '$aws/things/+/jobs/#' '#'
    say lab-2 '$aws/things/lab-1/jobs/get' '{}'         # asks for another
    say lab-2 '$aws/things/lab-2/jobs/notify-next' '{}' # plays AWS
    say lab-2 'elsewhere' '{}'
    say lab-1 '$aws/things/lab-1/jobs/get' '{}'
    say lab-2 '$aws/things/lab-2/jobs/get' '{}'
    answer '$aws/things/lab-2/jobs/get/accepted'
    expect_equal "$(grep -c '^got ' heard)" 1 "messages: $(grep '^got ' heard)"
}

# A common name has 64 characters at most (RFC 5280), a thing's name 128.
test_a_thing_with_the_longest_name_comes_in() {
    local name
    name=t:$(printf '%0126d' 0)
    aws iot create-thing --thing-name "$name" >/dev/null
    wait_for 10 test -s "$SEALIFT_MQTT_CERTIFICATES/$name.cert.pem" || fail "it has no certificate"
    listen "$name" "\$aws/things/$name/jobs/#"
    say "$name" "\$aws/things/$name/jobs/get" '{}'
    answer "\$aws/things/$name/jobs/get/accepted"
}

test_nobody_comes_in_without_a_certificate_of_the_sandbox() {
    need openssl
    local args=(-h "$SEALIFT_MQTT_HOST" -p "$SEALIFT_MQTT_PORT" -t x -m x)
    run timeout 20 mosquitto_pub "${args[@]}" --cafile "$SEALIFT_MQTT_CERTIFICATES/root-CA.crt"
    [ "$status" != 0 ] || fail "let in without a certificate"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=lab-1 -keyout own.key -out own.pem 2>/dev/null
    run timeout 20 mosquitto_pub "${args[@]}" --cafile "$SEALIFT_MQTT_CERTIFICATES/root-CA.crt" --cert own.pem --key own.key
    [ "$status" != 0 ] || fail "let in with a certificate of its own"
    run timeout 20 mosquitto_pub "${args[@]}"
    [ "$status" != 0 ] || fail "let in without TLS"
}

test_the_broker_ends_with_the_sandbox_and_keys_are_private() {
    sandbox_start --quiet --mqtt --dir state
    expect_file state/mqtt/certificates/root-CA.crt
    expect_mode 600 state/mqtt/server.private.key
    expect_equal "$SEALIFT_MQTT_CERTIFICATES" "$PWD/state/mqtt/certificates"
    [[ -z ${AWS_CA_BUNDLE:-} || $AWS_CA_BUNDLE != *state* ]] || fail "https was not asked for"
    (: >"/dev/tcp/127.0.0.1/$SEALIFT_MQTT_PORT") || fail "nothing listens"
    kill -KILL "$sandbox_pid"
    wait_for 10 port_is_free || fail "mosquitto outlived a sandbox that was killed"
}
port_is_free() { ! (: >"/dev/tcp/127.0.0.1/$SEALIFT_MQTT_PORT") 2>/dev/null; }

test_json_names_the_broker_too() {
    server_start answer.json "$SEALIFT" sandbox --quiet --mqtt --output json
    wait_for 20 grep -q mqtt answer.json || fail "no port: $(cat answer.json.err)"
    expect_json answer.json .mqtt.host 127.0.0.1
    expect_file "$(jq -r .mqtt.certificates answer.json)/root-CA.crt"
    expect_json answer.json .caBundle ""
}

e2e_main "$@"
