#include "manifests/priv/asked.h"
#include "manifests/priv/type.h"

#define KEY(of, member, key, type, flags, about)                                                                       \
    {                                                                                                                  \
        key, &(type), flags, offsetof(of, member), about                                                               \
    }
#define END                                                                                                            \
    {                                                                                                                  \
        NULL, NULL, 0, 0, NULL                                                                                         \
    }

const struct sl_type sl_type_text = { .kind = SL_KIND_TEXT, .min = 1, .max = 4096 };
const struct sl_type sl_type_name = {
    .kind = SL_KIND_TEXT,
    .expected = "a name of letters, digits, '_' and '-'",
    .pattern = "^[A-Za-z0-9][A-Za-z0-9_-]*$",
    .min = 1,
    .max = 64,
    .hint = sl_type_hint_id,
};
const struct sl_type sl_type_names = { .kind = SL_KIND_LIST, .item = &sl_type_name, .min = 1, .max = 1000 };
const struct sl_type sl_type_region = {
    .kind = SL_KIND_TEXT,
    .expected = "a Region such as 'eu-west-1'",
    .pattern = "^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$",
    .min = 1,
    .max = 32,
};
const struct sl_type sl_type_pairs = { .kind = SL_KIND_PAIRS, .item = &sl_type_text, .max = 50 };
const struct sl_type sl_type_free = { .kind = SL_KIND_FREE };

static const struct sl_type version_of_manifest = {
    .kind = SL_KIND_WHOLE,
    .expected = "1, the version this program reads",
    .min = 1,
    .max = 1,
};
static const struct sl_type small_name = {
    .kind = SL_KIND_TEXT,
    .expected = "a name of small letters, digits and '-'",
    .pattern = "^[a-z0-9][a-z0-9-]*$",
    .min = 1,
    .max = 64,
    .hint = sl_type_hint_small,
};
/* SemVer 2.0.0, items 2 to 10 of its specification. */
#define SEMVER_PART "(0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
static const struct sl_type semver = {
    .kind = SL_KIND_TEXT,
    .expected = "a version such as '2.4.1' or '2.4.1-rc.1' (SemVer 2.0)",
    .pattern = "^(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)(-" SEMVER_PART "(\\." SEMVER_PART
               ")*)?(\\+[0-9a-zA-Z-]+(\\.[0-9a-zA-Z-]+)*)?$",
    .min = 1,
    .max = 128,
    .hint = sl_type_hint_version,
};
static const struct sl_type hardware_name = {
    .kind = SL_KIND_TEXT,
    .expected = "a hardware name of letters, digits, '.', '_' and '-'",
    .pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$",
    .min = 1,
    .max = 64,
};
static const struct sl_type hardware_names = { .kind = SL_KIND_LIST, .item = &hardware_name, .min = 1, .max = 100 };

static const struct sl_key release_keys[] = {
    KEY(struct sl_asked_release, name, "name", small_name, SL_KEY_REQUIRED,
        "Name of the product; part of job ids and folders"),
    KEY(struct sl_asked_release, version, "version", semver, SL_KEY_REQUIRED,
        "Version (SemVer 2.0); devices may compare it"),
    KEY(struct sl_asked_release, hardware, "hardware", hardware_names, 0,
        "Hardware it fits, carried in the signed statement; absent: all"),
    END,
};
static const struct sl_table release_table = { "release", "What is released", sizeof(struct sl_asked_release),
                                               release_keys, NULL };
static const struct sl_type release = { .kind = SL_KIND_MAP, .table = &release_table };

static const struct sl_choice format_names[] = {
    { "raw", false }, { "cms", false }, { "minisign", false }, { "signify", false }, { NULL, false },
};
static const struct sl_type format = { .kind = SL_KIND_CHOICE, .choices = format_names };
static const struct sl_type formats = { .kind = SL_KIND_LIST, .item = &format, .min = 1, .max = 4 };

static const struct sl_type object_key = { .kind = SL_KIND_TEXT, .expected = "an object key", .min = 1, .max = 1024 };
static const struct sl_key artifact_keys[] = {
    KEY(struct sl_asked_artifact, file, "file", sl_type_text, SL_KEY_REQUIRED, "The file, relative to the manifest"),
    KEY(struct sl_asked_artifact, key, "key", sl_type_name, 0, "Which of `keys` signs it; default signing.key"),
    KEY(struct sl_asked_artifact, object, "object", object_key, 0, "Object key; default <prefix><version>/<file name>"),
    KEY(struct sl_asked_artifact, formats, "formats", formats, 0, "Its signature formats; default signing.formats"),
    END,
};
static const struct sl_table artifact_table = { "artifact", "A file to sign, store and deliver",
                                                sizeof(struct sl_asked_artifact), artifact_keys, NULL };
static const struct sl_type artifact = { .kind = SL_KIND_MAP, .table = &artifact_table };
static const struct sl_type artifacts = {
    .kind = SL_KIND_NAMED,
    .expected = "an artifact name of letters, digits, '_' and '-'",
    .pattern = "^[A-Za-z0-9][A-Za-z0-9_-]*$",
    .item = &artifact,
    .min = 1,
    .max = 1000,
};

static const struct sl_choice algorithm_names[] = {
    { "ecdsa-p256-sha256", false },
    { "ecdsa-p384-sha384", false },
    { "rsa-pss-sha256", false },
    { "rsa-pkcs1-sha256", false },
    { "ed25519", false },
    { "ed25519ph", false },
    { NULL, false },
};
static const struct sl_type algorithm = { .kind = SL_KIND_CHOICE, .choices = algorithm_names };
static const struct sl_type threshold = { .kind = SL_KIND_WHOLE, .min = 1, .max = 100 };

static const struct sl_key statement_keys[] = {
    KEY(struct sl_asked_statement, keys, "keys", sl_type_names, 0,
        "Who signs the release statement; default signing.key"),
    KEY(struct sl_asked_statement, threshold, "threshold", threshold, 0,
        "How many of them must; 1 when there is one key"),
    END,
};
static const struct sl_table statement_table = { "statement", "Who signs the release statement",
                                                 sizeof(struct sl_asked_statement), statement_keys, NULL };
static const struct sl_type statement = { .kind = SL_KIND_MAP, .table = &statement_table };

static const struct sl_key signing_keys[] = {
    KEY(struct sl_asked_signing, key, "key", sl_type_name, 0,
        "Which of `keys` signs artifacts that name none themselves"),
    KEY(struct sl_asked_signing, algorithm, "algorithm", algorithm, 0,
        "Default: the key's, when it has only one possibility"),
    KEY(struct sl_asked_signing, formats, "formats", formats, 0, "Signature formats of artifacts; raw is always made"),
    KEY(struct sl_asked_signing, statement, "statement", statement, 0, "Who must sign the release statement"),
    END,
};
static const struct sl_table signing_table = { "signing", "How the release is signed", sizeof(struct sl_asked_signing),
                                               signing_keys, NULL };
static const struct sl_type signing = { .kind = SL_KIND_MAP, .table = &signing_table };

static const struct sl_type key_uri = {
    .kind = SL_KIND_TEXT,
    .expected =
        "a key URI such as 'file:keys/release.pem', 'pkcs11:token=release;object=fw' or 'awskms:alias/firmware'",
    .pattern = "^(file|sealed|pkcs11|awskms|awssigner|tpm2|external):.+$",
    .min = 1,
    .max = 2048,
};
static const struct sl_key key_keys[] = {
    KEY(struct sl_asked_key, uri, "key", key_uri, SL_KEY_REQUIRED, "Where the key is, as a URI"),
    KEY(struct sl_asked_key, algorithm, "algorithm", algorithm, 0,
        "What this key signs with; overrides signing.algorithm"),
    KEY(struct sl_asked_key, certificate, "certificate", sl_type_text, 0,
        "PEM file with the key's certificate; what AWS Signer signs is verified with it"),
    KEY(struct sl_asked_key, chain, "chain", sl_type_text, 0,
        "PEM file with its issuers' certificates, in order, up to a root"),
    END,
};
static const struct sl_table key_table = { "key", "A signing key: its URI, or a mapping", sizeof(struct sl_asked_key),
                                           key_keys, "key" };
static const struct sl_type key = { .kind = SL_KIND_MAP, .table = &key_table };
static const struct sl_type keys = {
    .kind = SL_KIND_NAMED,
    .expected = "a key name of letters, digits, '_' and '-'",
    .pattern = "^[A-Za-z0-9][A-Za-z0-9_-]*$",
    .item = &key,
    .min = 1,
    .max = 100,
};

static const struct sl_type bucket_name = {
    .kind = SL_KIND_TEXT,
    .expected = "a bucket name of 3 to 63 small letters, digits, '.' and '-'",
    .pattern = "^[a-z0-9][a-z0-9.-]*[a-z0-9]$",
    .min = 3,
    .max = 63,
};
static const struct sl_type prefix = { .kind = SL_KIND_TEXT, .expected = "a prefix that ends with '/'", .max = 900 };
static const struct sl_type account = {
    .kind = SL_KIND_TEXT,
    .expected = "an account number of twelve digits",
    .pattern = "^[0-9]{12}$",
    .min = 12,
    .max = 12,
};
static const struct sl_choice conditional_names[] = { { "required", false }, { "none", false }, { NULL, false } };
static const struct sl_type conditional = { .kind = SL_KIND_CHOICE, .choices = conditional_names };

/* AWS KMS developer guide, "Key identifiers (KeyId)": id, alias name, or the ARN of either. */
#define KMS_ID "(mrk-[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
static const struct sl_type kms_key = {
    .kind = SL_KIND_TEXT,
    .expected = "a KMS key: its id, 'alias/NAME', or an ARN",
    .pattern = "^((arn:aws(-cn|-us-gov)?:kms:[a-z0-9-]+:[0-9]{12}:)?alias/[A-Za-z0-9/_-]+"
               "|arn:aws(-cn|-us-gov)?:kms:[a-z0-9-]+:[0-9]{12}:key/" KMS_ID "|" KMS_ID ")$",
    .min = 1,
    .max = 2048,
};
static const struct sl_choice encryption_types[] = { { "s3", false }, { NULL, false } };
static const struct sl_type encryption_type = { .kind = SL_KIND_CHOICE, .choices = encryption_types };
static const struct sl_key encryption_keys[] = {
    KEY(struct sl_asked_encryption, type, "type", encryption_type, 0, "s3: with keys that S3 manages (SSE-S3)"),
    KEY(struct sl_asked_encryption, kms_key, "kms_key", kms_key, 0, "KMS key id, alias or ARN (SSE-KMS)"),
    END,
};
static const struct sl_table encryption_table = { "encryption", "Encryption at rest: 's3', or a KMS key",
                                                  sizeof(struct sl_asked_encryption), encryption_keys, "type" };
static const struct sl_type encryption = { .kind = SL_KIND_MAP, .table = &encryption_table };

/* S3 API reference, PutObject; user guide, "Locking objects with Object Lock": at most 100 years. */
static const struct sl_choice lock_modes[] = { { "governance", false }, { "compliance", false }, { NULL, false } };
static const struct sl_type lock_mode = { .kind = SL_KIND_CHOICE, .choices = lock_modes };
static const struct sl_type lock_days = { .kind = SL_KIND_WHOLE, .min = 1, .max = 36500 };
static const struct sl_key lock_keys[] = {
    KEY(struct sl_asked_lock, mode, "mode", lock_mode, SL_KEY_REQUIRED, "Who may still delete"),
    KEY(struct sl_asked_lock, days, "days", lock_days, SL_KEY_REQUIRED, "For how many days from the upload"),
    END,
};
static const struct sl_table lock_table = { "lock", "Object lock", sizeof(struct sl_asked_lock), lock_keys, NULL };
static const struct sl_type lock = { .kind = SL_KIND_MAP, .table = &lock_table };

/* Classes whose objects can be read at once: a device cannot wait for a restore. */
static const struct sl_choice storage_classes[] = {
    { "STANDARD", false },   { "STANDARD_IA", false },         { "ONEZONE_IA", false },
    { "GLACIER_IR", false }, { "INTELLIGENT_TIERING", false }, { NULL, false },
};
static const struct sl_type storage_class = { .kind = SL_KIND_CHOICE, .choices = storage_classes };

/* S3 user guide, "Categorizing your storage using tags". */
static const struct sl_type object_tag = { .kind = SL_KIND_TEXT, .expected = "a tag value", .max = 256 };
static const struct sl_type object_tags = { .kind = SL_KIND_PAIRS, .item = &object_tag, .min = 1, .max = 10 };

/* S3 user guide, "Working with object metadata"; what header values may hold: manifests/storage.c. */
static const struct sl_type metadatum = { .kind = SL_KIND_TEXT, .expected = "a metadata value", .max = 2048 };
static const struct sl_type metadata = { .kind = SL_KIND_PAIRS, .item = &metadatum, .min = 1, .max = 100 };

/* Parts: 5 MiB to 5 GiB (S3 user guide, "Amazon S3 multipart upload limits"). */
static const struct sl_type multipart_size = { .kind = SL_KIND_SIZE,
                                               .min = (uint64_t)5 << 20,
                                               .max = (uint64_t)5 << 30 };
static const struct sl_key multipart_keys[] = {
    KEY(struct sl_asked_multipart, threshold, "threshold", multipart_size, 0,
        "Files above it go in parts; default 64MiB"),
    KEY(struct sl_asked_multipart, part, "part", multipart_size, 0,
        "Size of a part; default 16MiB, or more when 10000 parts would not do"),
    END,
};
static const struct sl_table multipart_table = { "multipart", "Upload in parts", sizeof(struct sl_asked_multipart),
                                                 multipart_keys, NULL };
static const struct sl_type multipart = { .kind = SL_KIND_MAP, .table = &multipart_table };

static const struct sl_key bucket_keys[] = {
    KEY(struct sl_asked_bucket, name, "name", bucket_name, SL_KEY_REQUIRED, "Name of the versioned bucket"),
    KEY(struct sl_asked_bucket, region, "region", sl_type_region, SL_KEY_REQUIRED, "Region of the bucket"),
    KEY(struct sl_asked_bucket, prefix, "prefix", prefix, 0, "Before every object key: <prefix><version>/<file name>"),
    KEY(struct sl_asked_bucket, account, "account", account, 0,
        "Refuse when the credentials belong to another account"),
    KEY(struct sl_asked_bucket, encryption, "encryption", encryption, 0, "Encryption at rest"),
    KEY(struct sl_asked_bucket, lock, "lock", lock, 0, "Object lock"),
    KEY(struct sl_asked_bucket, tags, "tags", object_tags, 0, "Tags of stored objects"),
    KEY(struct sl_asked_bucket, storage_class, "storage_class", storage_class, 0, "Storage class of stored artifacts"),
    KEY(struct sl_asked_bucket, metadata, "metadata", metadata, 0, "Metadata of stored artifacts"),
    KEY(struct sl_asked_bucket, multipart, "multipart", multipart, 0, "Upload in parts"),
    KEY(struct sl_asked_bucket, conditional, "conditional", conditional, 0,
        "Write with If-None-Match; none for stores that ignore it"),
    END,
};
static const struct sl_table bucket_table = { "bucket", "Where files are stored", sizeof(struct sl_asked_bucket),
                                              bucket_keys, NULL };
static const struct sl_type bucket = { .kind = SL_KIND_MAP, .table = &bucket_table };

static const struct sl_type jobs = {
    .kind = SL_KIND_NAMED,
    .expected = "a job name of letters, digits, '_' and '-'",
    .pattern = "^[A-Za-z0-9][A-Za-z0-9_-]*$",
    .item = &sl_type_job,
    .min = 1,
    .max = 100,
};

static const struct sl_key defaults_keys[] = {
    KEY(struct sl_asked_defaults, job, "job", sl_type_job, 0, "What all jobs share"),
    END,
};
static const struct sl_table defaults_table = { "defaults", "What jobs share", sizeof(struct sl_asked_defaults),
                                                defaults_keys, NULL };
static const struct sl_type defaults = { .kind = SL_KIND_MAP, .table = &defaults_table };

static const struct sl_key manifest_keys[] = {
    KEY(struct sl_asked, sealift, "sealift", version_of_manifest, SL_KEY_REQUIRED, "Version of this format: 1"),
    KEY(struct sl_asked, release, "release", release, SL_KEY_REQUIRED, "What is released"),
    KEY(struct sl_asked, artifacts, "artifacts", artifacts, SL_KEY_REQUIRED, "The files, by name"),
    KEY(struct sl_asked, signing, "signing", signing, 0, "How the release is signed"),
    KEY(struct sl_asked, keys, "keys", keys, SL_KEY_REQUIRED, "Signing keys, by name"),
    KEY(struct sl_asked, trust, "trust", sl_type_text, 0,
        "A trust file, which says who may sign: checked before anything is published"),
    KEY(struct sl_asked, bucket, "bucket", bucket, SL_KEY_REQUIRED, "Where files are stored"),
    KEY(struct sl_asked, job, "job", sl_type_job, 0, "The job, when there is one"),
    KEY(struct sl_asked, jobs, "jobs", jobs, 0, "The jobs by name, when there are several"),
    KEY(struct sl_asked, defaults, "defaults", defaults, SL_KEY_PARTIAL, "What jobs share"),
    END,
};
static const struct sl_table manifest_table = { "manifest", "A sealift manifest, version 1", sizeof(struct sl_asked),
                                                manifest_keys, NULL };
const struct sl_type sl_type_manifest = { .kind = SL_KIND_MAP, .table = &manifest_table };
