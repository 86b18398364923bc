/* Verbs that need no network: signing, checking, keys and trust. Both programs have them. */
#include "cli/verb.h"

#define END SL_OPT_COUNT

const struct sl_verb sl_verb_signing[] = {
    { "sign",
      "FILE...",
      "sign files",
      "Writes FILE.sig, base64, beside each file, or under -o DIR. With --format minisign it writes FILE.minisig, and "
      "with --format signify FILE.sig, as those programs do; they need an Ed25519 key, and signify's format files of "
      "at "
      "most 16 MiB. With --format cms it writes FILE.p7s (DER, detached, no signing time), by an RSA or ECDSA key "
      "whose "
      "--certificate allows codeSigning.",
      { "sign --key file:keys/release.pem build/app.bin",
        "sign --key file:o.pem --format cms --certificate o.crt a.bin" },
      { SL_OPT_KEY, SL_OPT_ALGORITHM, SL_OPT_SIGN_FORMAT, SL_OPT_CERTIFICATE, SL_OPT_OUT, END },
      1,
      4096,
      sl_cmd_sign,
      SL_SCOPE_KEYS | SL_SCOPE_NETWORK },
    { "verify",
      "[FILE ...]",
      "check files, statements, receipts and trust files",
      "Says whether FILE is what was signed: by which key, how many had to sign, and which rule decided. A file is "
      "checked by FILE.sig, FILE.minisig or FILE.p7s, or with --statement as an artifact of a release; a statement "
      "(statement.json) with every artifact's signature in it; a receipt with --statement; a trust file by itself. "
      "--key names the public key, and who gives two means both; --trust names a trust file, which says whose "
      "signatures count and how many must be there; --plan a plan, whose signing.statement says so. The network is "
      "asked only with --remote and a receipt, a plan or a "
      "manifest, or with --job: what S3 and AWS IoT hold now. Every finding is shown before it exits with 4 when "
      "something differs or is gone, or 5 when something may not be read.",
      { "verify --key r.pub --statement statement.json build/app.bin",
        "verify --trust trust.json --statement st.json receipt.json" },
      { SL_OPT_KEY, SL_OPT_TRUST, SL_OPT_PLAN, SL_OPT_AT, SL_OPT_CA, SL_OPT_ALGORITHM, SL_OPT_SIGNATURE,
        SL_OPT_STATEMENT, SL_OPT_REMOTE, SL_OPT_JOB, SL_OPT_ATTEMPT, SL_OPT_SUMMARY, END },
      0,
      4096,
      sl_cmd_verify,
      SL_SCOPE_KEYS | SL_SCOPE_NETWORK | SL_SCOPE_MANIFEST },
    { "key new",
      "FILE",
      "make a new signing key",
      "Writes a new private key (PKCS#8 PEM, readable by its owner only) to FILE and its public key to FILE.pub. With "
      "--contribution and --commitment, one of each for everybody who contributed, the key is made from the "
      "contributions alone: each must be what was committed to. With --dry-run, and without FILE, it shows the public "
      "half of that key and writes nothing, for witnesses.",
      { "key new --type ed25519 keys/release.pem", "key new --dry-run --contribution ... --commitment ..." },
      { SL_OPT_TYPE, SL_OPT_CONTRIBUTION, SL_OPT_COMMITMENT, SL_OPT_DRY_RUN, END },
      0,
      1,
      sl_cmd_key_new,
      0 },
    { "key contribute",
      "NAME",
      "one person's part in the birth of a key, and the commitment to it",
      "Writes NAME.contribution, a secret, and NAME.commitment, its SHA-256, for all to have before anybody shows a "
      "contribution; to the present folder or the one given by -o. What is contributed are rolls of a die (--dice), "
      "the bytes of a file (--from), or 32 bytes of the system's randomness when neither is given.",
      { "key contribute --dice alice", "key contribute machine -o room" },
      { SL_OPT_DICE, SL_OPT_FROM, SL_OPT_OUT, END },
      1,
      1,
      sl_cmd_key_contribute,
      0 },
    { "key show",
      "KEY",
      "show a key's type, keyid and public key",
      "Shows the public half; never the private one. KEY is a file, or a key in a token or AWS KMS. With --format the "
      "public key "
      "is written as minisign and signify read it.",
      { "key show keys/release.pem", "key show --format minisign keys/ed.pem >ed.minisign.pub" },
      { SL_OPT_KEY_FORMAT, END },
      1,
      1,
      sl_cmd_key_show,
      SL_SCOPE_KEYS | SL_SCOPE_NETWORK },
    { "key seal",
      "FILE",
      "put a private key under a passphrase",
      "Reads a private key from FILE and writes it, encrypted under a passphrase (Argon2id, XChaCha20-Poly1305), to "
      "the file given by -o. Says what opening it will cost, in memory and in time on this machine.",
      { "key seal keys/release.pem -o keys/release.sealed", "key seal --memory 1GiB --operations 4 a.pem -o a.sealed" },
      { SL_OPT_OUT, SL_OPT_MEMORY, SL_OPT_OPERATIONS, END },
      1,
      1,
      sl_cmd_key_seal,
      SL_SCOPE_KEYS },
    { "key split",
      "FILE",
      "shares of what opens a sealed key, for paper and several holders",
      "Asks for the passphrase of the sealed key in FILE, and writes --shares N files, any --threshold M of which open "
      "FILE without it. Each holds words to print (SLIP-39), beside FILE or under -o DIR. FILE itself stays as it is, "
      "and is needed with them.",
      { "key split --threshold 2 --shares 3 keys/release.sealed",
        "key split --threshold 3 --shares 5 -o shares release.sealed" },
      { SL_OPT_THRESHOLD, SL_OPT_SHARES, SL_OPT_OUT, END },
      1,
      1,
      sl_cmd_key_split,
      SL_SCOPE_KEYS },
    { "key combine",
      "SHARE...",
      "open a sealed key with its shares; put it under a new passphrase",
      "Reads share files, or with - the words of each share on a line of stdin, opens the key given by --sealed with "
      "them, and writes it under a new passphrase to the file given by -o.",
      { "key combine a.share b.share --sealed a.sealed -o b.sealed",
        "key combine - --sealed keys/release.sealed -o keys/new.sealed" },
      { SL_OPT_SEALED, SL_OPT_OUT, SL_OPT_MEMORY, SL_OPT_OPERATIONS, END },
      1,
      16,
      sl_cmd_key_combine,
      SL_SCOPE_KEYS },
    { "trust new",
      "",
      "make a trust file: whose signatures count",
      "Writes the first version of a trust file: public keys by name, who may change the file (role trust), sign "
      "release "
      "statements (statement) and artifacts (artifacts), and how many of them must. It counts once the holders of role "
      "trust have signed it.",
      { "trust new --add al=al.pub --expires 2027-11-23 -o trust.json",
        "trust new --add a=a.pub --add b=b.pub --signers trust=2:a,b ..." },
      { SL_OPT_OUT, SL_OPT_ADD, SL_OPT_SIGNERS, SL_OPT_EXPIRES, END },
      0,
      0,
      sl_cmd_trust_new,
      0 },
    { "trust change",
      "FILE",
      "make the next version of a trust file",
      "Writes the version that follows FILE, with keys added, removed or revoked and roles given anew. It counts once "
      "the threshold of the old role trust and that of the new one have signed it.",
      { "trust change trust.json --remove bob -o next.json",
        "trust change trust.json --revoke 'bob=stolen' -o next.json" },
      { SL_OPT_OUT, SL_OPT_ADD, SL_OPT_REMOVE, SL_OPT_REVOKE, SL_OPT_SIGNERS, SL_OPT_EXPIRES, SL_OPT_AT, END },
      1,
      1,
      sl_cmd_trust_change,
      0 },
    { "trust sign",
      "FILE",
      "add a signature to a trust file",
      "Signs FILE with --key, in place. Holders of the previous version's role trust give that version with "
      "--previous.",
      { "trust sign --key file:alice.pem trust.json", "trust sign --key file:b.pem --previous trust.json next.json" },
      { SL_OPT_KEY, SL_OPT_PREVIOUS, END },
      1,
      1,
      sl_cmd_trust_sign,
      SL_SCOPE_KEYS | SL_SCOPE_NETWORK },
    { "trust check",
      "FILE",
      "does a trust file count?",
      "Checks that FILE is signed by its own threshold and not expired; with --previous also that it follows that "
      "version and is signed by its threshold. Exits 4 when signatures are missing or it is expired, 6 when it does "
      "not follow.",
      { "trust check trust.json", "trust check --previous trust.json trust-2.json" },
      { SL_OPT_PREVIOUS, SL_OPT_AT, END },
      1,
      1,
      sl_cmd_trust_check,
      0 },
    { "trust show",
      "FILE",
      "show a trust file: keys, roles, who signed it",
      "Shows what FILE says, whether or not it counts.",
      { "trust show trust.json", "trust show --output json trust.json" },
      { END },
      1,
      1,
      sl_cmd_trust_show,
      0 },
    { "ceremony request",
      "PLAN",
      "write what a signing ceremony is to sign",
      "Writes one file for the signers: the plan, its digest, who signs, how many must, and the transcript of the "
      "ceremony "
      "before. Public keys are those beside the keys the plan names, of --trust, or of --signer. A plan that names a "
      "trust "
      "file needs it with --trust.",
      { "ceremony request plan.json --previous last.json -o request.json",
        "ceremony request plan.json --first --signer al=al.pub -o r.json" },
      { SL_OPT_OUT, SL_OPT_SIGNER, SL_OPT_TRUST, SL_OPT_PREVIOUS, SL_OPT_FIRST, SL_OPT_MANIFEST, END },
      1,
      1,
      sl_cmd_ceremony_request,
      0 },
    { "ceremony sign",
      "REQUEST",
      "show what a request is about, and sign it",
      "Shows the release, and the digest of its plan as words (PGP word list) to compare aloud. Asks once on a "
      "terminal. "
      "Writes the response to NAME.response.json, or to the file given by -o.",
      { "ceremony sign --key file:alice.pem request.json",
        "ceremony sign --key sealed:b.sealed --previous last.json r.json" },
      { SL_OPT_KEY, SL_OPT_OUT, SL_OPT_PREVIOUS, SL_OPT_EXPECT_PLAN, SL_OPT_AT, SL_OPT_YES, END },
      1,
      1,
      sl_cmd_ceremony_sign,
      SL_SCOPE_KEYS | SL_SCOPE_NETWORK },
    { "ceremony combine",
      "REQUEST RESPONSE...",
      "make the signed statement from the responses",
      "Checks every response against the request. When enough have signed it writes statement.json, for 'publish "
      "--statement', and transcript.json, into the present folder or the one given by -o. Other responses, or another "
      "order, change nothing that was written: the same give the same bytes.",
      { "ceremony combine r.json alice.response.json bob.response.json",
        "ceremony combine -o out r.json al.response.json b.response.json" },
      { SL_OPT_OUT, END },
      2,
      128,
      sl_cmd_ceremony_combine,
      0 },
    { "ceremony verify",
      "TRANSCRIPT...",
      "replay transcripts, and the chain they make",
      "Combines each transcript's request and responses again, compares the bytes, and checks that its signers are "
      "those "
      "of --key or --trust. Several are given from the oldest on; each must follow the one before.",
      { "ceremony verify --key alice.pub --key bob.pub transcript.json",
        "ceremony verify --trust trust.json first.json second.json" },
      { SL_OPT_KEY, SL_OPT_TRUST, SL_OPT_PREVIOUS, END },
      1,
      1024,
      sl_cmd_ceremony_verify,
      0 },
    { "ceremony rehearse",
      "PLAN",
      "go through a whole ceremony with throwaway keys",
      "Makes keys for every signer of the plan, a request, the responses of as many as must sign, and the statement; "
      "replays the transcript; and shows what is refused. With -o it leaves the files in that folder. They are marked "
      "as a "
      "rehearsal.",
      { "ceremony rehearse plan.json", "ceremony rehearse -o rehearsal plan.json" },
      { SL_OPT_OUT, END },
      1,
      1,
      sl_cmd_ceremony_rehearse,
      0 },
    { "ceremony script",
      "REQUEST",
      "print the paper script of a ceremony",
      "Minute by minute: who does what, with boxes to tick, the digests and words to read aloud, and the commands to "
      "type. For paper, as text or HTML.",
      { "ceremony script request.json >script.txt", "ceremony script --format html -o script.html request.json" },
      { SL_OPT_OUT, SL_OPT_SCRIPT_FORMAT, END },
      1,
      1,
      sl_cmd_ceremony_script,
      0 },
    { 0 },
};
