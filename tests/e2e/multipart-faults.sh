#!/usr/bin/env bash
# labels: slow once
# timeout: 600
# Large files in parts when something goes wrong on the way: resets, errors, lost replies, uploads that are gone.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"
. "$(dirname "$0")/parts.sh"

setup_file() { need recent-aws jq python3; }

test_two_writers_at_once_make_one_object_in_the_sandbox() {
    large race-sandbox $((10 * 1024 * 1024 + 1)) 'multipart: {threshold: 5MiB, part: 5MiB}'
    sandbox_start --quiet --prepare sealift.yaml
    two_at_once race-sandbox
}

# in_the_sandbox FAULT...: publish 20 MiB in four parts there
in_the_sandbox()
{
    local faults=() fault
    for fault; do faults+=(--fault "$fault"); done
    large faults $((20 * 1024 * 1024)) 'multipart: {threshold: 5MiB, part: 5MiB}'
    sandbox_start --quiet --prepare sealift.yaml "${faults[@]}"
    proxy_start "$AWS_ENDPOINT_URL"
}

test_a_reset_in_the_middle_of_a_part_is_ridden_out() {
    in_the_sandbox s3.UploadPart:reset-after=2MiB,count=1
    expect_exit 0 publish
    aws s3api get-object --bucket acme-firmware --key faults/2.4.1/app.bin got >/dev/null
    expect_same got build/app.bin
}

test_a_part_that_fails_is_sent_again_alone() {
    in_the_sandbox s3.UploadPart:status=500,count=1
    expect_exit 0 publish
    expect_equal "$(requests '.query.partNumber')" 5 "four parts, one of them twice"
    expect_equal "$(parts_taken | wc -l)" 4
}

test_a_completion_that_answers_200_with_an_error_is_sent_again() {
    in_the_sandbox s3.CompleteMultipartUpload:error-200,count=1
    expect_exit 0 publish
    expect_equal "$(requests '.method == "POST" and .query.uploadId')" 2 "completions"
    aws s3api get-object --bucket acme-firmware --key faults/2.4.1/app.bin got >/dev/null
    expect_same got build/app.bin
}

test_a_completion_whose_reply_is_lost_is_not_repeated_by_another_upload() {
    in_the_sandbox s3.CompleteMultipartUpload:drop-reply,count=1
    expect_exit 0 publish
    expect_equal "$(requests '.query.uploads == ""')" 1 "uploads begun"
    expect_equal "$(aws s3api list-object-versions --bucket acme-firmware --prefix faults/2.4.1/app.bin --output json | jq '.Versions | length')" 1
}

test_a_completion_that_always_fails_is_continued_by_the_next_run() {
    in_the_sandbox s3.CompleteMultipartUpload:status=500,count=3
    expect_exit 7 publish
    expect_file .sealift/faults-2.4.1/journal
    expect_exit 0 publish
    expect_equal "$(parts_taken | wc -l)" 4 "parts in both runs"
    expect_file_absent .sealift/faults-2.4.1/journal
}

test_an_upload_of_another_plan_is_given_up() {
    in_the_sandbox s3.CompleteMultipartUpload:status=500,count=3
    expect_exit 7 publish
    head -c 20971520 /dev/urandom >build/app.bin
    expect_exit 0 publish
    expect_equal "$(requests '.method == "DELETE" and .query.uploadId')" 1 "uploads aborted"
    expect_equal "$(parts_taken | wc -l)" 8 "parts of both files"
    expect_equal "$(aws s3api list-multipart-uploads --bucket acme-firmware --output json | jq '(.Uploads // []) | length')" 0 "uploads left"
    aws s3api get-object --bucket acme-firmware --key faults/2.4.1/app.bin got >/dev/null
    expect_same got build/app.bin
}

uploads_left() { aws s3api list-multipart-uploads --bucket acme-firmware --output json | jq '(.Uploads // []) | length'; }

test_an_upload_that_a_conflict_makes_useless_is_given_up_by_publish_and_left_by_plan() {
    in_the_sandbox s3.CompleteMultipartUpload:status=500,count=3
    expect_exit 7 publish
    echo other >other
    aws s3api put-object --bucket acme-firmware --key faults/2.4.1/app.bin --body other >/dev/null
    expect_exit 6 sealift plan
    expect_equal "$(uploads_left)" 1 "uploads after a plan, which changes nothing"
    expect_exit 6 publish
    expect_stderr "already holds other bytes"
    expect_equal "$(uploads_left)" 0 "uploads left"
    expect_file_absent .sealift/faults-2.4.1/journal
}

test_what_others_store_meanwhile_otherwise_than_asked_is_said() {
    in_the_sandbox
    sed -i 's/multipart: {/storage_class: STANDARD_IA, &/' sealift.yaml
    curl -fs -o /dev/null "$proxy_url/_proxy?stop=7000000"
    AWS_ENDPOINT_URL_S3=$proxy_url "$SEALIFT" publish --yes >late.out 2>late.err &
    local pid=$!
    wait_for 90 proxy_is stopped true || fail "nothing was sent: $(cat late.err)"
    aws s3 cp --quiet --checksum-algorithm SHA256 build/app.bin s3://acme-firmware/faults/2.4.1/app.bin
    curl -fs -o /dev/null "$proxy_url/_proxy?stop="
    wait "$pid" || fail "publish: $(cat late.err)"
    grep -F "warning: 's3://acme-firmware/faults/2.4.1/app.bin' holds the same bytes and is stored otherwise than asked: storage class 'STANDARD' and not 'STANDARD_IA'" late.err >/dev/null \
        || fail "no warning: $(cat late.err)"
    expect_equal "$(aws s3api list-object-versions --bucket acme-firmware --prefix faults/2.4.1/app.bin --output json | jq '.Versions | length')" 1
    expect_equal "$(uploads_left)" 0 "uploads left"
}

test_an_upload_that_vanished_is_begun_anew() {
    in_the_sandbox s3.CompleteMultipartUpload:status=500,count=3
    expect_exit 7 publish
    aws s3api abort-multipart-upload --bucket acme-firmware --key faults/2.4.1/app.bin --upload-id "$(jq -r '.uploads[].uploadId' .sealift/faults-2.4.1/journal)"
    expect_exit 0 publish
    expect_equal "$(parts_taken | wc -l)" 8 "parts of both uploads"
}

test_a_part_somebody_replaced_is_sent_again() {
    in_the_sandbox s3.CompleteMultipartUpload:status=500,count=3
    expect_exit 7 publish
    head -c 5242880 /dev/zero >other
    aws s3api upload-part --bucket acme-firmware --key faults/2.4.1/app.bin --part-number 2 --body other --checksum-algorithm SHA256 \
        --upload-id "$(jq -r '.uploads[].uploadId' .sealift/faults-2.4.1/journal)" >/dev/null
    expect_exit 0 publish
    expect_equal "$(parts_taken | wc -l)" 5 "parts"
    aws s3api get-object --bucket acme-firmware --key faults/2.4.1/app.bin got >/dev/null
    expect_same got build/app.bin
}

test_a_journal_that_cannot_be_read_costs_time_only() {
    in_the_sandbox s3.CompleteMultipartUpload:status=500,count=3
    expect_exit 7 publish
    echo '{"uploads": [' >.sealift/faults-2.4.1/journal
    expect_exit 0 publish
    expect_equal "$(parts_taken | wc -l)" 8 "parts of both uploads"
}

test_an_object_others_stored_in_parts_of_their_own_is_adopted_unread() {
    in_the_sandbox
    aws configure set default.s3.multipart_chunksize 7MB
    aws s3 cp --quiet --checksum-algorithm SHA256 build/app.bin s3://acme-firmware/faults/2.4.1/app.bin
    expect_exit 0 publish --output json
    cp "$out" answer.json
    expect_json answer.json .receipt.artifacts.app.confirmedBy checksum
    expect_equal "$(parts_taken | wc -l)" 0 "parts sent"
    expect_equal "$(requests '.method == "GET" and (.path | endswith("app.bin"))')" 0 "readings"
}

e2e_main "$@"
