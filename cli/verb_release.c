/* Verbs that carry a manifest to its receipt. */
#include "cli/verb.h"

#define END SL_OPT_COUNT

const struct sl_verb sl_verb_release[] = {
    { "init",
      "[DIR]",
      "write a commented manifest to start from",
      "Writes sealift.yaml into DIR (the present directory when not given), with what can be found out there: firmware "
      "by its first bytes (MCUboot, ESP, UF2, Intel HEX, ELF, raw), name and version by git's remote and newest tag, "
      "a private key, and the account and Region of the credentials. Asks nothing; an existing file is never "
      "overwritten.",
      { "init", "init --offline firmware" },
      { SL_OPT_OFFLINE, END },
      0,
      1,
      sl_cmd_init,
      SL_SCOPE_NETWORK },
    { "check",
      "[MANIFEST ...]",
      "check a manifest without files, keys or network",
      "Reads the manifest (sealift.yaml when not given) and checks every key, value and AWS limit that can be known "
      "from it alone. Every mistake is shown, not only the first. With --schema it prints the JSON Schema of the "
      "manifest instead.",
      { "check", "check --schema" },
      { SL_OPT_SCHEMA, SL_OPT_SUMMARY, END },
      0,
      64,
      sl_cmd_check,
      SL_SCOPE_MANIFEST },
    { "plan",
      "[MANIFEST]",
      "show what publish would do; change nothing",
      "Hashes every file, resolves every request, looks at what exists already, and prints the plan with its digest. "
      "With "
      "--offline it asks nothing of the network.",
      { "plan --offline", "plan -o plan.json" },
      { SL_OPT_OUT, SL_OPT_DETAILED_EXITCODE, SL_OPT_OFFLINE, SL_OPT_EXPECT_PLAN, SL_OPT_REQUIRE_ROLE_CHECK,
        SL_OPT_ATTEMPT, SL_OPT_ROLLBACK_TO, SL_OPT_SUMMARY, END },
      0,
      1,
      sl_cmd_plan,
      SL_SCOPE_MANIFEST | SL_SCOPE_KEYS | SL_SCOPE_NETWORK },
    { "publish",
      "[MANIFEST|PLAN ...]",
      "sign, upload and register a release, exactly once",
      "Plans, then applies the plan. Running it again, or from two machines at once, gives the same one job. Given a "
      "plan file "
      "it applies exactly that plan, and refuses when a file or the manifest's meaning has changed since. Where the "
      "manifest has stages, the next one is registered once the one before it has passed its gate: run it again, or "
      "give --wait.",
      { "publish --yes", "publish plan.json --yes" },
      { SL_OPT_YES, SL_OPT_EXPECT_PLAN, SL_OPT_STATEMENT, SL_OPT_MANIFEST, SL_OPT_REQUIRE_ROLE_CHECK, SL_OPT_ATTEMPT,
        SL_OPT_ROLLBACK_TO, SL_OPT_THROUGH, SL_OPT_WAIT, SL_OPT_INTERVAL, SL_OPT_PATIENCE, SL_OPT_SUMMARY, END },
      0,
      64,
      sl_cmd_publish,
      SL_SCOPE_MANIFEST | SL_SCOPE_KEYS | SL_SCOPE_NETWORK },
    { "rehearse",
      "[MANIFEST]",
      "the whole release against a private sandbox, simulated devices included",
      "Starts a sandbox, publishes the manifest to it for real, and lets simulated devices take the update. Exits 8 "
      "when a "
      "device does other than expected.",
      { "rehearse --devices 3", "rehearse --throwaway-keys" },
      { SL_OPT_DEVICES, SL_OPT_ROLE, SL_OPT_THROWAWAY_KEYS, SL_OPT_EXPECT, SL_OPT_TRUST, SL_OPT_RUNNING,
        SL_OPT_HARDWARE, SL_OPT_FAULT, SL_OPT_TLS, SL_OPT_SUMMARY, END },
      0,
      1,
      sl_cmd_rehearse,
      SL_SCOPE_MANIFEST | SL_SCOPE_KEYS },
    { 0 },
};
