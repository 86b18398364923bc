#include "cli/verb.h"

#include "core/text.h"

#include <string.h>

#define END SL_OPT_COUNT

static const struct sl_verb verbs[] = {
    { "init",
      "[DIR]",
      "write a commented manifest to start from",
      "Writes sealift.yaml into DIR (the present directory when not given). An existing file is never overwritten.",
      { "sealift init", "sealift init firmware" },
      { END },
      0,
      1,
      sl_cmd_init },
    { "check",
      "[MANIFEST ...]",
      "check a manifest without files, keys or network",
      "Reads the manifest (sealift.yaml when not given) and checks every key, value and AWS limit that can be known "
      "from it alone. Every mistake is shown, not only the first. With --schema it prints the JSON Schema of the "
      "manifest instead.",
      { "sealift check", "sealift check --schema" },
      { SL_OPT_SCHEMA, END },
      0,
      64,
      sl_cmd_check },
    { "plan",
      "[MANIFEST]",
      "show what publish would do; change nothing",
      "Hashes every file, resolves every request, looks at what exists already, and prints the plan with its digest. "
      "With "
      "--offline it asks nothing of the network.",
      { "sealift plan --offline", "sealift plan -o plan.json" },
      { SL_OPT_OUT, SL_OPT_DETAILED_EXITCODE, SL_OPT_OFFLINE, SL_OPT_EXPECT_PLAN, SL_OPT_REQUIRE_ROLE_CHECK,
        SL_OPT_ATTEMPT, END },
      0,
      1,
      sl_cmd_plan },
    { "publish",
      "[MANIFEST|PLAN ...]",
      "sign, upload and register a release, exactly once",
      "Plans, then applies the plan. Running it again, or from two machines at once, gives the same one job. Given a "
      "plan file "
      "it applies exactly that plan, and refuses when a file or the manifest's meaning has changed since.",
      { "sealift publish --yes", "sealift publish plan.json --yes" },
      { SL_OPT_YES, SL_OPT_EXPECT_PLAN, SL_OPT_MANIFEST, SL_OPT_REQUIRE_ROLE_CHECK, SL_OPT_ATTEMPT, END },
      0,
      64,
      sl_cmd_publish },
    { "rehearse",
      "[MANIFEST]",
      "the whole release against a private sandbox, simulated devices included",
      "Starts a sandbox, publishes the manifest to it for real, and lets simulated devices take the update. Exits 8 "
      "when a "
      "device does other than expected.",
      { "sealift rehearse --devices 3", "sealift rehearse --throwaway-keys" },
      { SL_OPT_DEVICES, SL_OPT_ROLE, SL_OPT_THROWAWAY_KEYS, SL_OPT_EXPECT, SL_OPT_TRUST, SL_OPT_RUNNING,
        SL_OPT_HARDWARE, SL_OPT_FAULT, SL_OPT_TLS, END },
      0,
      1,
      sl_cmd_rehearse },
    { "sign",
      "FILE...",
      "sign files",
      "Writes FILE.sig, base64, beside each file, or under -o DIR. With --format minisign it writes FILE.minisig, and "
      "with --format signify FILE.sig, as those programs do; they need an Ed25519 key, and signify's format files of "
      "at "
      "most 16 MiB. With --format cms it writes FILE.p7s (DER, detached, no signing time), by an RSA or ECDSA key "
      "whose "
      "--certificate allows codeSigning.",
      { "sealift sign --key file:keys/release.pem build/app.bin",
        "sealift sign --key file:ota.pem --format cms --certificate ota.crt app.bin" },
      { SL_OPT_KEY, SL_OPT_ALGORITHM, SL_OPT_SIGN_FORMAT, SL_OPT_CERTIFICATE, SL_OPT_OUT, END },
      1,
      4096,
      sl_cmd_sign },
    { "verify",
      "FILE...",
      "check files, statements, receipts; or what S3 and IoT hold now",
      "Says whether FILE is what was signed: by which key, how many had to sign, and which rule decided. A file is "
      "checked by FILE.sig, FILE.minisig or FILE.p7s, or with --statement as an artifact of a release; a statement "
      "(statement.json) with every artifact's signature in it; a receipt with --statement; a trust file by itself. "
      "--key names the public key, and who gives two means both; --trust names a trust file, which says whose "
      "signatures count and how many must be there. The network is asked only with --remote: what S3 and AWS IoT "
      "hold now, against a receipt.",
      { "sealift verify --key release.pem.pub --statement statement.json build/app.bin",
        "sealift verify --key release.pem.pub --remote receipt.json" },
      { SL_OPT_KEY, SL_OPT_TRUST, SL_OPT_AT, SL_OPT_CA, SL_OPT_ALGORITHM, SL_OPT_SIGNATURE, SL_OPT_STATEMENT,
        SL_OPT_REMOTE, END },
      1,
      4096,
      sl_cmd_verify },
    { "key new",
      "FILE",
      "make a new signing key",
      "Writes a new private key (PKCS#8 PEM, readable by its owner only) to FILE and its public key to FILE.pub.",
      { "sealift key new keys/release.pem", "sealift key new --type ed25519 keys/release.pem" },
      { SL_OPT_TYPE, END },
      1,
      1,
      sl_cmd_key_new },
    { "key show",
      "KEY",
      "show a key's type, keyid and public key",
      "Shows the public half; never the private one. KEY is a file, or a key in AWS KMS. With --format the public key "
      "is written as minisign and signify read it.",
      { "sealift key show keys/release.pem", "sealift key show --format minisign keys/ed.pem >ed.minisign.pub" },
      { SL_OPT_KEY_FORMAT, END },
      1,
      1,
      sl_cmd_key_show },
    { "key seal",
      "FILE",
      "put a private key under a passphrase",
      "Reads a private key from FILE and writes it, encrypted under a passphrase (Argon2id, XChaCha20-Poly1305), to "
      "the file given by -o. Says what opening it will cost, in memory and in time on this machine.",
      { "sealift key seal keys/release.pem -o keys/release.sealed",
        "sealift key seal --memory 1GiB --operations 4 release.pem -o release.sealed" },
      { SL_OPT_OUT, SL_OPT_MEMORY, SL_OPT_OPERATIONS, END },
      1,
      1,
      sl_cmd_key_seal },
    { "key split",
      "FILE",
      "shares of what opens a sealed key, for paper and several holders",
      "Asks for the passphrase of the sealed key in FILE, and writes --shares N files, any --threshold M of which open "
      "FILE without it. Each holds words to print (SLIP-39), beside FILE or under -o DIR. FILE itself stays as it is, "
      "and is needed with them.",
      { "sealift key split --threshold 2 --shares 3 keys/release.sealed",
        "sealift key split --threshold 3 --shares 5 -o shares keys/release.sealed" },
      { SL_OPT_THRESHOLD, SL_OPT_SHARES, SL_OPT_OUT, END },
      1,
      1,
      sl_cmd_key_split },
    { "key combine",
      "SHARE...",
      "open a sealed key with its shares; put it under a new passphrase",
      "Reads share files, or with - the words of each share on a line of stdin, opens the key given by --sealed with "
      "them, and writes it under a new passphrase to the file given by -o.",
      { "sealift key combine a.share b.share --sealed release.sealed -o new.sealed",
        "sealift key combine - --sealed keys/release.sealed -o keys/new.sealed" },
      { SL_OPT_SEALED, SL_OPT_OUT, SL_OPT_MEMORY, SL_OPT_OPERATIONS, END },
      1,
      16,
      sl_cmd_key_combine },
    { "trust new",
      "",
      "make a trust file: whose signatures count",
      "Writes the first version of a trust file: public keys by name, who may change the file (role trust), sign "
      "release "
      "statements (statement) and artifacts (artifacts), and how many of them must. It counts once the holders of role "
      "trust have signed it.",
      { "sealift trust new --add alice=alice.pub --expires 2027-11-23 -o trust.json",
        "sealift trust new --add a=a.pub --add b=b.pub --signers trust=2:a,b ..." },
      { SL_OPT_OUT, SL_OPT_ADD, SL_OPT_SIGNERS, SL_OPT_EXPIRES, END },
      0,
      0,
      sl_cmd_trust_new },
    { "trust change",
      "FILE",
      "make the next version of a trust file",
      "Writes the version that follows FILE, with keys added, removed or revoked and roles given anew. It counts once "
      "the threshold of the old role trust and that of the new one have signed it.",
      { "sealift trust change trust.json --remove bob -o next.json",
        "sealift trust change trust.json --revoke 'bob=laptop stolen' -o next.json" },
      { SL_OPT_OUT, SL_OPT_ADD, SL_OPT_REMOVE, SL_OPT_REVOKE, SL_OPT_SIGNERS, SL_OPT_EXPIRES, SL_OPT_AT, END },
      1,
      1,
      sl_cmd_trust_change },
    { "trust sign",
      "FILE",
      "add a signature to a trust file",
      "Signs FILE with --key, in place. Holders of the previous version's role trust give that version with "
      "--previous.",
      { "sealift trust sign --key file:alice.pem trust.json",
        "sealift trust sign --key file:bob.pem --previous trust.json trust-2.json" },
      { SL_OPT_KEY, SL_OPT_PREVIOUS, END },
      1,
      1,
      sl_cmd_trust_sign },
    { "trust check",
      "FILE",
      "does a trust file count?",
      "Checks that FILE is signed by its own threshold and not expired; with --previous also that it follows that "
      "version and is signed by its threshold. Exits 4 when signatures are missing or it is expired, 6 when it does "
      "not follow.",
      { "sealift trust check trust.json", "sealift trust check --previous trust.json trust-2.json" },
      { SL_OPT_PREVIOUS, SL_OPT_AT, END },
      1,
      1,
      sl_cmd_trust_check },
    { "trust show",
      "FILE",
      "show a trust file: keys, roles, who signed it",
      "Shows what FILE says, whether or not it counts.",
      { "sealift trust show trust.json", "sealift trust show --output json trust.json" },
      { END },
      1,
      1,
      sl_cmd_trust_show },
    { "job status",
      "[JOB|MANIFEST]",
      "show a job and how far its devices are",
      "JOB is a job id; a manifest stands for the jobs it would register.",
      { "sealift job status", "sealift job status thermostat-2-4-1" },
      { SL_OPT_ATTEMPT, END },
      0,
      1,
      sl_cmd_job_status },
    { "job list",
      "",
      "list jobs",
      "Lists the jobs of the account and Region, newest first.",
      { "sealift job list", "sealift job list --output json" },
      { END },
      0,
      0,
      sl_cmd_job_list },
    { "job document",
      "[JOB|MANIFEST]",
      "print the job document as AWS IoT holds it",
      "Prints the document's bytes, placeholders included.",
      { "sealift job document", "sealift job document thermostat-2-4-1" },
      { SL_OPT_ATTEMPT, END },
      0,
      1,
      sl_cmd_job_document },
    { "job cancel",
      "JOB",
      "cancel a job",
      "Devices that have begun are canceled only with --force.",
      { "sealift job cancel thermostat-2-4-1 --reason BAD_BUILD", "sealift job cancel thermostat-2-4-1 --force" },
      { SL_OPT_FORCE, SL_OPT_REASON, SL_OPT_COMMENT, SL_OPT_YES, END },
      1,
      1,
      sl_cmd_job_cancel },
    { "role show",
      "[MANIFEST]",
      "print the policies the download role needs",
      "Written from the manifest alone: who may assume the role, and what it may read then. With --publisher it is "
      "instead "
      "the least policy of the identity that publishes.",
      { "sealift role show --format terraform", "sealift role show --publisher" },
      { SL_OPT_FORMAT, SL_OPT_PUBLISHER, SL_OPT_KMS_KEY, END },
      0,
      1,
      sl_cmd_role_show },
    { "role check",
      "[MANIFEST]",
      "would the download role work as it is now?",
      "Reads the role, the bucket's policy, lifecycle and key, and asks whether the caller may pass the role. Says for "
      "each "
      "requirement whether it holds, which statement decides, and the smallest change that would mend it. Changes "
      "nothing; "
      "exits 5 when something fails.",
      { "sealift role check", "sealift role check --require-role-check --output json" },
      { SL_OPT_KMS_KEY, SL_OPT_REQUIRE_ROLE_CHECK, END },
      0,
      1,
      sl_cmd_role_check },
    { "role apply",
      "[MANIFEST]",
      "give the download role what the release needs",
      "Shows what would change, asks once on a terminal, then creates the role or puts the release's own statements "
      "into its trust policy and into the inline policy 'sealift-download'. Every other statement is kept. Reads the "
      "role back and checks it. Again it changes nothing.",
      { "sealift role apply", "sealift role apply --yes --output json" },
      { SL_OPT_KMS_KEY, SL_OPT_YES, END },
      0,
      1,
      sl_cmd_role_apply },
    { "sandbox",
      "",
      "serve the rehearsal endpoint",
      "An AWS-shaped endpoint on this machine: S3, IAM, STS, KMS, Signer, IoT and the devices' data plane. Prints the "
      "environment "
      "to use as "
      "shell lines, then serves until it is told to stop.",
      { "sealift sandbox --prepare sealift.yaml", "sealift sandbox --tls --dir sandbox" },
      { SL_OPT_LISTEN, SL_OPT_TLS, SL_OPT_DIR, SL_OPT_PREPARE, SL_OPT_FAULT, SL_OPT_DEVICES, SL_OPT_ROLE,
        SL_OPT_METADATA, SL_OPT_METADATA_ROLE, SL_OPT_SESSION_SECONDS, END },
      0,
      0,
      sl_cmd_sandbox },
    { "doctor",
      "[MANIFEST]",
      "is this machine, and the account, ready?",
      "Asks everything a release depends on: manifest, keys, credentials, clock, bucket, role, targets, quotas. Each "
      "line says what was looked at, the answer, and what to do. Exits with what publish would fail with. Changes "
      "nothing.",
      { "sealift doctor", "sealift doctor --output json" },
      { END },
      0,
      1,
      sl_cmd_doctor },
};

const struct sl_verb *sl_verb_get(size_t i)
{
    return i < sizeof verbs / sizeof *verbs ? &verbs[i] : NULL;
}

bool sl_verb_is_family(const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strncmp(verbs[i].name, word, len) == 0 && verbs[i].name[len] == ' ')
            return true;
    return false;
}

/* Words of name that argv begins with; 0 when it does not begin with all of them. */
static int words_matched(const char *name, int argc, const char *const *argv)
{
    int words = 0;
    while (*name) {
        size_t len = strcspn(name, " ");
        if (words >= argc || strlen(argv[words]) != len || strncmp(argv[words], name, len) != 0)
            return 0;
        words++;
        name += len + (name[len] == ' ');
    }
    return words;
}

bool sl_verb_find(int argc, const char *const *argv, const struct sl_verb **ret, int *ret_words, struct sl_err *err)
{
    const char *names[sizeof verbs / sizeof *verbs + 1];
    size_t n = 0;
    for (; n < sizeof verbs / sizeof *verbs; n++) {
        int words = words_matched(verbs[n].name, argc, argv);
        if (words > 0) {
            *ret = &verbs[n];
            *ret_words = words;
            return true;
        }
        names[n] = verbs[n].name;
    }
    names[n] = NULL;

    SL_AUTO(sl_buf_clear) struct sl_buf said = { 0 };
    if (!sl_buf_add_str(&said, argv[0], err))
        return false;
    if (sl_verb_is_family(argv[0]) && argc > 1 && argv[1][0] != '-' && !sl_buf_addf(&said, err, " %s", argv[1]))
        return false;
    const char *near = sl_nearest(sl_buf_str(&said), names);
    if (near)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "unknown verb '%s', did you mean '%s'?", sl_buf_str(&said), near);
    return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "unknown verb '%s'; 'sealift --help' lists the verbs",
                   sl_buf_str(&said));
}
