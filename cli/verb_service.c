/* Verbs about what is in AWS, and about what stands in for it. */
#include "cli/verb.h"

#define END SL_OPT_COUNT

const struct sl_verb sl_verb_service[] = {
    { "role show",
      "[MANIFEST]",
      "print the policies the download role needs",
      "Written from the manifest alone: who may assume the role, and what it may read then. With --publisher it is "
      "instead "
      "the least policy of the identity that publishes.",
      { "role show --format terraform", "role show --publisher" },
      { SL_OPT_FORMAT, SL_OPT_PUBLISHER, SL_OPT_KMS_KEY, END },
      0,
      1,
      sl_cmd_role_show,
      SL_SCOPE_MANIFEST },
    { "role check",
      "[MANIFEST]",
      "would the download role work as it is now?",
      "Reads the role, the bucket's policy, lifecycle and key, and asks whether the caller may pass the role. Says for "
      "each "
      "requirement whether it holds, which statement decides, and the smallest change that would mend it. Changes "
      "nothing; "
      "exits 5 when something fails.",
      { "role check", "role check --require-role-check --output json" },
      { SL_OPT_KMS_KEY, SL_OPT_REQUIRE_ROLE_CHECK, END },
      0,
      1,
      sl_cmd_role_check,
      SL_SCOPE_MANIFEST | SL_SCOPE_NETWORK },
    { "role apply",
      "[MANIFEST]",
      "give the download role what the release needs",
      "Shows what would change, asks once on a terminal, then creates the role or puts the release's own statements "
      "into its trust policy and into the inline policy 'sealift-download'. Every other statement is kept. Reads the "
      "role back and checks it. Again it changes nothing.",
      { "role apply", "role apply --yes --output json" },
      { SL_OPT_KMS_KEY, SL_OPT_YES, END },
      0,
      1,
      sl_cmd_role_apply,
      SL_SCOPE_MANIFEST | SL_SCOPE_NETWORK },
    { "sandbox",
      "",
      "serve the rehearsal endpoint",
      "An AWS-shaped endpoint on this machine: S3, IAM, STS, KMS, Signer, IoT and the devices' data plane. Prints the "
      "environment "
      "to use as "
      "shell lines, then serves until it is told to stop.",
      { "sandbox --prepare sealift.yaml", "sandbox --tls --dir sandbox" },
      { SL_OPT_LISTEN, SL_OPT_TLS, SL_OPT_DIR, SL_OPT_PREPARE, SL_OPT_FAULT, SL_OPT_DEVICES, SL_OPT_ROLE,
        SL_OPT_METADATA, SL_OPT_METADATA_ROLE, SL_OPT_MQTT, SL_OPT_SESSION_SECONDS, SL_OPT_BEGIN_AT_ONCE, END },
      0,
      0,
      sl_cmd_sandbox,
      SL_SCOPE_MANIFEST },
    { "doctor",
      "[MANIFEST]",
      "is this machine, and the account, ready?",
      "Asks everything a release depends on: manifest, keys, credentials, clock, bucket, role, targets, quotas. Each "
      "line says what was looked at, the answer, and what to do. Exits with what publish would fail with. Changes "
      "nothing.",
      { "doctor", "doctor --output json" },
      { END },
      0,
      1,
      sl_cmd_doctor,
      SL_SCOPE_MANIFEST | SL_SCOPE_KEYS | SL_SCOPE_NETWORK },
    { 0 },
};
