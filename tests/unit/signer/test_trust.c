#include "core/clock.h"
#include "core/text.h"
#include "signer/local.h"
#include "signer/priv/dsse.h"
#include "signer/statement.h"
#include "signer/trust.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/keys/support.h"

#include <stdio.h>

#define NOW  1795392000 /* 2026-11-23T00:00:00Z */
#define YEAR ((int64_t)365 * 86400)

static const char *const names[] = { "alice", "bob", "carol", "dave" };

static struct sl_signer *signer;

static int setup(void **state)
{
    if (support_setup(state) != 0)
        return -1;
    make_key_file("alice", SL_KEY_EC_P256);
    make_key_file("bob", SL_KEY_ED25519);
    make_key_file("carol", SL_KEY_EC_P384);
    make_key_file("dave", SL_KEY_EC_P256);
    struct sl_err err = { 0 };
    const struct sl_passphrase_source source = never_asked();
    return sl_local_new(&source, &signer, &err) ? 0 : -1;
}

static int teardown(void **state)
{
    sl_signer_freep(&signer);
    return support_teardown(state);
}

static struct sl_sign_with with(const char *name, char uri[40])
{
    (void)snprintf(uri, 40, "file:%s", name);
    return (struct sl_sign_with){ .name = name, .uri = uri, .path = name };
}

/* A draft of alice, bob and carol, two of whom must agree to anything; artifacts are alice's and bob's. */
static json_t *draft_of_three(void)
{
    struct sl_err err = { 0 };
    json_t *draft = NULL;
    assert_ok(err, sl_trust_draft_new(&draft, &err));
    for (size_t i = 0; i < 3; i++) {
        SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
        assert_ok(err, sl_pubkey_load(names[i], &pub, &err));
        assert_ok(err, sl_trust_draft_add(draft, names[i], &pub, &err));
    }
    assert_ok(err, sl_trust_draft_role(draft, SL_TRUST_CHANGES, "2:alice,bob,carol", &err));
    assert_ok(err, sl_trust_draft_role(draft, SL_TRUST_STATEMENTS, "2:carol,bob,alice", &err));
    assert_ok(err, sl_trust_draft_role(draft, SL_TRUST_ARTIFACTS, "1:alice,bob", &err));
    assert_ok(err, sl_trust_draft_expires(draft, NULL, "2027-11-23", &err));
    return draft;
}

static void finish(json_t *draft, struct sl_trust *ret)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    assert_ok(err, sl_trust_draft_finish(draft, "trust.json", &text, &err));
    assert_ok(err, sl_trust_read(sl_buf_span(&text), "trust.json", ret, &err));
    json_decref(draft);
}

static bool sign(struct sl_trust *t, const struct sl_trust *previous, const char *name, struct sl_err *err)
{
    char uri[40];
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    const struct sl_sign_with key = with(name, uri);
    return sl_trust_sign(t, previous, signer, &key, &text, err)
           && sl_trust_read(sl_buf_span(&text), "trust.json", t, err);
}

/* The first version, signed by alice and carol. */
static void first_version(struct sl_trust *ret)
{
    struct sl_err err = { 0 };
    finish(draft_of_three(), ret);
    assert_ok(err, sign(ret, NULL, "alice", &err));
    assert_ok(err, sign(ret, NULL, "carol", &err));
}

/* Version 2: bob is revoked, and alice and carol must agree. */
static void second_version(const struct sl_trust *first, struct sl_trust *ret)
{
    struct sl_err err = { 0 };
    json_t *draft = NULL;
    assert_ok(err, sl_trust_draft_next(first, &draft, &err));
    assert_ok(err, sl_trust_draft_revoke(draft, "bob", NOW, "laptop stolen", &err));
    finish(draft, ret);
}

static void test_a_file_counts_once_its_threshold_has_signed_it(void **state)
{
    (void)state;
    struct sl_err none = { 0 }, one = { 0 }, err = { 0 };
    SL_AUTO(sl_trust_clear) struct sl_trust t = { 0 };
    finish(draft_of_three(), &t);
    assert_refused(none, SL_E_VERIFY,
                   "the trust file has 0 of the 2 signatures that role 'trust' of trust version 1 asks for; who could "
                   "still sign: alice, bob, carol",
                   sl_trust_check(&t, NOW, &none));
    assert_ok(err, sign(&t, NULL, "carol", &err));
    assert_refused(one, SL_E_VERIFY,
                   "the trust file has 1 of the 2 signatures that role 'trust' of trust version 1 asks for: carol; who "
                   "could still sign: alice, bob",
                   sl_trust_check(&t, NOW, &one));
    assert_ok(err, sign(&t, NULL, "bob", &err));
    assert_ok(err, sl_trust_check(&t, NOW, &err));
}

static void test_who_signed_already_and_who_holds_no_role_signs_nothing(void **state)
{
    (void)state;
    struct sl_err twice = { 0 }, stranger = { 0 };
    SL_AUTO(sl_trust_clear) struct sl_trust t = { 0 };
    first_version(&t);
    assert_refused(twice, SL_E_CONFLICT, "this key has signed the trust file already", sign(&t, NULL, "alice", &twice));
    assert_refused_with(stranger, SL_E_INPUT, "may not sign this trust file: it does not hold the role 'trust'",
                        sign(&t, NULL, "dave", &stranger));
}

static void test_the_same_content_has_one_digest_whoever_signed(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    char before[sizeof((struct sl_trust *)0)->digest];
    SL_AUTO(sl_trust_clear) struct sl_trust t = { 0 };
    finish(draft_of_three(), &t);
    memcpy(before, t.digest, sizeof before);
    assert_ok(err, sign(&t, NULL, "bob", &err));
    assert_string_equal(before, t.digest);
}

static void test_a_new_version_needs_the_threshold_of_the_old_and_of_the_new(void **state)
{
    (void)state;
    struct sl_err old = { 0 }, err = { 0 };
    SL_AUTO(sl_trust_clear) struct sl_trust first = { 0 };
    SL_AUTO(sl_trust_clear) struct sl_trust second = { 0 };
    first_version(&first);
    second_version(&first, &second);
    assert_ok(err, sign(&second, &first, "bob", &err));
    assert_ok(err, sign(&second, &first, "alice", &err));
    /* Enough for the old version, in which bob still counts, and not for the new. */
    assert_refused(old, SL_E_VERIFY,
                   "the trust file has 1 of the 2 signatures that role 'trust' of trust version 2 asks for: alice; who "
                   "could still sign: carol; 'bob' is revoked since 2026-11-23T00:00:00Z: laptop stolen",
                   sl_trust_follows(&second, &first, NOW, &old));
    assert_ok(err, sign(&second, &first, "carol", &err));
    assert_ok(err, sl_trust_follows(&second, &first, NOW, &err));
}

/* Everybody changes: the new hands alone do not make the new version. */
static void test_new_hands_alone_change_nothing(void **state)
{
    (void)state;
    struct sl_err alone = { 0 }, err = { 0 };
    json_t *draft = NULL;
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey dave = { 0 };
    SL_AUTO(sl_trust_clear) struct sl_trust first = { 0 };
    SL_AUTO(sl_trust_clear) struct sl_trust second = { 0 };
    first_version(&first);
    assert_ok(err, sl_trust_draft_next(&first, &draft, &err));
    assert_ok(err, sl_pubkey_load("dave", &dave, &err));
    assert_ok(err, sl_trust_draft_add(draft, "dave", &dave, &err));
    for (unsigned role = 0; role < SL_TRUST_ROLES; role++)
        assert_ok(err, sl_trust_draft_role(draft, (enum sl_trust_role)role, "1:dave", &err));
    finish(draft, &second);
    assert_ok(err, sign(&second, NULL, "dave", &err));
    assert_ok(err, sl_trust_check(&second, NOW, &err));
    assert_refused_with(alone, SL_E_VERIFY, "the new trust file has 0 of the 2 signatures",
                        sl_trust_follows(&second, &first, NOW, &alone));
}

static void test_versions_follow_each_other_one_by_one(void **state)
{
    (void)state;
    struct sl_err back = { 0 }, same = { 0 }, other = { 0 }, err = { 0 };
    SL_AUTO(sl_trust_clear) struct sl_trust first = { 0 };
    SL_AUTO(sl_trust_clear) struct sl_trust second = { 0 };
    SL_AUTO(sl_trust_clear) struct sl_trust stranger = { 0 };
    first_version(&first);
    second_version(&first, &second);
    assert_refused(back, SL_E_CONFLICT,
                   "version 1 of the trust file does not follow version 2; an older version is never accepted in place "
                   "of a newer one",
                   sl_trust_follows(&first, &second, NOW, &back));
    assert_refused_with(same, SL_E_CONFLICT, "version 2 of the trust file does not follow version 2",
                        sl_trust_follows(&second, &second, NOW, &same));
    json_t *draft = draft_of_three();
    assert_ok(err, sl_trust_draft_role(draft, SL_TRUST_CHANGES, "1:alice", &err));
    finish(draft, &stranger);
    assert_refused_with(other, SL_E_CONFLICT, "was made from another version 1",
                        sl_trust_follows(&second, &stranger, NOW, &other));
}

static void test_an_expired_file_counts_no_more_but_can_be_followed(void **state)
{
    (void)state;
    struct sl_err late = { 0 }, err = { 0 };
    json_t *draft = NULL;
    SL_AUTO(sl_trust_clear) struct sl_trust first = { 0 };
    SL_AUTO(sl_trust_clear) struct sl_trust second = { 0 };
    first_version(&first);
    assert_ok(err, sl_trust_check(&first, NOW + YEAR - 1, &err));
    assert_refused(late, SL_E_VERIFY,
                   "version 1 of the trust file expired at 2027-11-23T00:00:00Z; use the version that follows it",
                   sl_trust_check(&first, NOW + YEAR, &late));
    assert_ok(err, sl_trust_draft_next(&first, &draft, &err));
    assert_ok(err, sl_trust_draft_expires(draft, NULL, "2029-01-01", &err));
    finish(draft, &second);
    assert_ok(err, sign(&second, &first, "alice", &err));
    assert_ok(err, sign(&second, &first, "bob", &err));
    assert_ok(err, sl_trust_follows(&second, &first, NOW + YEAR, &err));
}

static void test_a_changed_file_is_no_longer_signed(void **state)
{
    (void)state;
    struct sl_err err = { 0 }, changed = { 0 };
    SL_AUTO(sl_trust_clear) struct sl_trust t = { 0 };
    SL_AUTO(sl_trust_clear) struct sl_trust forged = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    first_version(&t);
    json_t *draft = draft_of_three();
    assert_ok(err, sl_trust_draft_role(draft, SL_TRUST_STATEMENTS, "1", &err));
    finish(draft, &forged);
    assert_int_equal(json_object_set(forged.envelope, "signatures", json_object_get(t.envelope, "signatures")), 0);
    assert_ok(err, sl_json_canonical(forged.envelope, &text, &err));
    assert_ok(err, sl_trust_read(sl_buf_span(&text), "forged.json", &forged, &err));
    assert_refused_with(changed, SL_E_VERIFY, "the trust file: ", sl_trust_check(&forged, NOW, &changed));
}

/* ---- statements ---- */

static json_t *statement_by(const char *const *signers, size_t n)
{
    struct sl_err err = { 0 };
    json_t *envelope = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf pae = { 0 };
    assert_ok(err, sl_dsse_pae(SL_STATEMENT_PAYLOAD_TYPE, SPAN("{}"), &pae, &err));
    assert_ok(err, sl_dsse_build(SL_STATEMENT_PAYLOAD_TYPE, SPAN("{}"), NULL, 0, &envelope, &err));
    for (size_t i = 0; i < n; i++) {
        char uri[40];
        const struct sl_sign_with key = with(signers[i], uri);
        SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
        struct sl_signature made = { 0 };
        struct sl_digests digests;
        struct sl_to_sign what;
        assert_ok(err, sl_pubkey_load(key.path, &pub, &err));
        assert_ok(err, sl_dsse_to_sign(sl_pubkey_statement_algorithm(&pub), sl_buf_span(&pae), &digests, &what, &err));
        assert_ok(err, signer->sign(signer, key.name, key.uri, key.path, &what, &made.bytes, &err));
        memcpy(made.keyid, pub.keyid, sizeof made.keyid);
        assert_ok(err, sl_dsse_add(envelope, &made, &err));
        sl_buf_clear(&made.bytes);
    }
    return envelope;
}

static bool judge(const struct sl_trust *t, json_t *envelope, int64_t now_utc, struct sl_trust_count *ret,
                  struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf payload = { 0 };
    bool ok = sl_trust_statement(t, envelope, now_utc, &payload, ret, err);
    assert_int_equal(payload.len, ok ? 2 : 0); /* nothing comes out that too few signed */
    json_decref(envelope);
    return ok;
}

static void test_a_statement_counts_with_the_threshold_of_its_role(void **state)
{
    (void)state;
    struct sl_err err = { 0 }, few = { 0 };
    SL_AUTO(sl_trust_clear) struct sl_trust t = { 0 };
    SL_AUTO(sl_trust_count_clear) struct sl_trust_count count = { 0 };
    first_version(&t);
    assert_ok(err, judge(&t, statement_by((const char *[]){ "dave", "carol", "bob" }, 3), NOW, &count, &err));
    assert_string_equal(sl_buf_str(&count.signed_by), "bob, carol");
    assert_int_equal(count.threshold, 2);
    assert_refused(few, SL_E_VERIFY,
                   "the release statement has 1 of the 2 signatures that role 'statement' of trust version 1 asks for: "
                   "bob; who could still sign: alice, carol",
                   judge(&t, statement_by((const char *[]){ "dave", "bob", "bob" }, 3), NOW, &count, &few));
}

static void test_a_revoked_key_and_an_expired_one_say_so(void **state)
{
    (void)state;
    struct sl_err err = { 0 }, revoked = { 0 }, expired = { 0 };
    json_t *draft = draft_of_three();
    SL_AUTO(sl_trust_clear) struct sl_trust t = { 0 };
    SL_AUTO(sl_trust_count_clear) struct sl_trust_count count = { 0 };
    assert_ok(err, sl_trust_draft_revoke(draft, "bob", NOW, "laptop stolen", &err));
    assert_ok(err, sl_trust_draft_expires(draft, "carol", "2027-01-01T12:00:00Z", &err));
    finish(draft, &t);
    assert_refused(revoked, SL_E_VERIFY,
                   "the release statement has 1 of the 2 signatures that role 'statement' of trust version 1 asks for: "
                   "alice; who could still sign: carol; 'bob' is revoked since 2026-11-23T00:00:00Z: laptop stolen",
                   judge(&t, statement_by((const char *[]){ "alice", "bob" }, 2), NOW, &count, &revoked));
    assert_ok(err, judge(&t, statement_by((const char *[]){ "alice", "carol" }, 2), NOW, &count, &err));
    assert_refused(expired, SL_E_VERIFY,
                   "the release statement has 1 of the 2 signatures that role 'statement' of trust version 1 asks for: "
                   "alice; 'carol' expired at 2027-01-01T12:00:00Z",
                   judge(&t, statement_by((const char *[]){ "alice", "carol" }, 2), NOW + YEAR / 2, &count, &expired));
}

static void test_artifacts_have_the_keys_of_their_role_while_they_last(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    json_t *draft = draft_of_three();
    const char *name = NULL;
    SL_AUTO(sl_trust_clear) struct sl_trust t = { 0 };
    assert_ok(err, sl_trust_draft_expires(draft, "alice", "2027-01-01", &err));
    finish(draft, &t);
    assert_non_null(sl_trust_artifact_key(&t, 0, NOW, &name));
    assert_string_equal(name, "alice");
    assert_non_null(sl_trust_artifact_key(&t, 1, NOW, &name));
    assert_string_equal(name, "bob");
    assert_null(sl_trust_artifact_key(&t, 2, NOW, &name));
    assert_non_null(sl_trust_artifact_key(&t, 0, NOW + YEAR / 2, &name));
    assert_string_equal(name, "bob");
    assert_null(sl_trust_artifact_key(&t, 1, NOW + YEAR / 2, &name));
}

/* ---- what is refused ---- */

static void test_a_draft_takes_each_key_and_each_name_once(void **state)
{
    (void)state;
    struct sl_err err = { 0 }, key = { 0 }, name = { 0 }, odd = { 0 }, unknown = { 0 };
    SL_AUTO(sl_json_clear) json_t *draft = draft_of_three();
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey alice = { 0 };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey dave = { 0 };
    assert_ok(err, sl_pubkey_load("alice", &alice, &err));
    assert_ok(err, sl_pubkey_load("dave", &dave, &err));
    assert_refused(key, SL_E_CONFLICT,
                   "the trust file has that key already, as 'alice': one key may not count as two signers",
                   sl_trust_draft_add(draft, "mallory", &alice, &key));
    assert_refused(name, SL_E_CONFLICT, "the trust file has a key 'alice' already",
                   sl_trust_draft_add(draft, "alice", &dave, &name));
    assert_refused(odd, SL_E_USAGE, "'Dave' is no name of a key: lower-case letters, digits and '-' are expected",
                   sl_trust_draft_add(draft, "Dave", &dave, &odd));
    assert_refused(unknown, SL_E_INPUT, "the trust file has no key 'dave'",
                   sl_trust_draft_role(draft, SL_TRUST_CHANGES, "1:alice,dave", &unknown));
}

static void test_a_role_nobody_can_fill_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = { "", "0:alice", "two:alice", "2:", "99:alice", "-1:alice", "1 alice" };
    struct sl_err err = { 0 }, many = { 0 };
    SL_AUTO(sl_json_clear) json_t *draft = draft_of_three();
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct sl_err refused = { 0 };
        assert_refused_with(refused, SL_E_USAGE, "is no threshold with names",
                            sl_trust_draft_role(draft, SL_TRUST_CHANGES, wrong[i], &refused));
    }
    assert_ok(err, sl_trust_draft_remove(draft, "bob", &err));
    assert_ok(err, sl_trust_draft_remove(draft, "carol", &err));
    assert_refused(
        many, SL_E_INPUT,
        "'trust.json': not a trust file: the threshold of role 'trust' must be 1 to 1, the number of its keys",
        sl_trust_draft_finish(draft, "trust.json", &text, &many));
}

/* Each change to good content, and what is said. */
static const struct bad {
    const char *path, *value, *said;
} bad[] = {
    { "version", "0", "a 'version', 1 or more expected" },
    { "version", "2", "'previous', the digest of the version before" },
    { "previous", "\"00\"", "'previous', the digest of the version before" },
    { "expires", "\"tomorrow\"", "a time such as '2027-11-23T00:00:00Z' as 'expires' expected" },
    { "expires", "\"2027-11-23\"", "a time such as" },
    { "keys", "{}", "'keys' with 1 to 64 keys expected" },
    { "keys", "[]", "'keys' with 1 to 64 keys expected" },
    { "roles", "{}", "in 'roles' the roles trust, statement and artifacts expected" },
    { "extra", "1", "a member 'extra', which nobody signed or reads" },
    { "roles.trust.threshold", "0", "the threshold of role 'trust' must be 1 to 3" },
    { "roles.trust.threshold", "4", "the threshold of role 'trust' must be 1 to 3" },
    { "roles.trust.threshold", "\"2\"", "the threshold of role 'trust' must be 1 to 3" },
    { "roles.trust.keys", "[]", "one key or more in each role expected" },
    { "roles.trust.keys", "[\"00\"]", "only keyids that stand in 'keys' expected" },
    { "roles.trust.keys", "[7]", "only keyids that stand in 'keys' expected" },
    { "roles.trust.note", "1", "a member 'note'" },
    { "roles.admin", "{}", "a member 'admin'" },
    { "roles.artifacts.threshold", "2", "threshold 1 for role 'artifacts'" },
};

static void put(json_t *content, const char *path, const char *value)
{
    char step[40];
    const char *dot;
    while ((dot = strchr(path, '.')) != NULL) {
        (void)snprintf(step, sizeof step, "%.*s", (int)(dot - path), path);
        content = json_object_get(content, step);
        path = dot + 1;
    }
    assert_int_equal(json_object_set_new(content, path, json_loads(value, JSON_DECODE_ANY, NULL)), 0);
}

static void test_content_that_is_not_consistent_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_json_clear) json_t *draft = draft_of_three();
        SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
        put(draft, bad[i].path, bad[i].value);
        assert_refused_with(err, SL_E_INPUT, bad[i].said, sl_trust_draft_finish(draft, "trust.json", &text, &err));
    }
}

static void test_keys_that_are_not_what_they_say_are_refused(void **state)
{
    (void)state;
    static const struct bad keys[] = {
        { "name", "\"Alice\"", "a 'name' of lower-case letters" },
        { "name", "\"bob\"", "a name of its own for each key" },
        { "publicKey", "\"AAAA\"", "'publicKey' of key 'alice'" },
        { "publicKey", "\"*\"", "'publicKey' of key 'alice'" },
        { "expires", "7", "as 'expires' of a key" },
        { "revoked", "{\"at\":\"2026-11-23T00:00:00Z\",\"reason\":\"lost\"}", "is revoked and still holds a role" },
        { "revoked", "{\"at\":\"now\",\"reason\":\"lost\"}", "'at', a time" },
        { "revoked", "true", "'at', a time" },
        { "color", "7", "a member 'color'" },
    };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey alice = { 0 };
    struct sl_err loading = { 0 };
    assert_ok(loading, sl_pubkey_load("alice", &alice, &loading));
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_json_clear) json_t *draft = draft_of_three();
        SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
        put(json_object_get(json_object_get(draft, "keys"), alice.keyid), keys[i].path, keys[i].value);
        assert_refused_with(err, SL_E_INPUT, keys[i].said, sl_trust_draft_finish(draft, "trust.json", &text, &err));
    }
}

/* Another key under the keyid of a trusted one would take its place. */
static void test_a_key_under_the_keyid_of_another_is_refused(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_json_clear) json_t *draft = draft_of_three();
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    json_t *keys = json_object_get(draft, "keys"), *dave = NULL;
    SL_AUTO(sl_json_clear) json_t *other = NULL;
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
    assert_ok(err, sl_pubkey_load("dave", &pub, &err));
    assert_ok(err, sl_trust_draft_new(&other, &err));
    assert_ok(err, sl_trust_draft_add(other, "dave", &pub, &err));
    dave = json_object_get(json_object_get(other, "keys"), pub.keyid);
    assert_int_equal(json_object_set(keys, json_object_iter_key(json_object_iter(keys)), dave), 0);
    assert_refused_with(err, SL_E_INPUT, "key 'dave' stands under another keyid than its own",
                        sl_trust_draft_finish(draft, "trust.json", &text, &err));
}

static void test_other_bytes_of_the_same_content_are_refused(void **state)
{
    (void)state;
    struct sl_err err = { 0 }, refused = { 0 };
    SL_AUTO(sl_json_clear) json_t *draft = draft_of_three();
    SL_AUTO(sl_json_clear) json_t *envelope = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf payload = { 0 };
    SL_AUTO(sl_trust_clear) struct sl_trust t = { 0 };
    assert_ok(err, sl_json_canonical(draft, &payload, &err));
    assert_ok(err, sl_buf_add_char(&payload, ' ', &err));
    assert_ok(err, sl_dsse_build(SL_TRUST_PAYLOAD_TYPE, sl_buf_span(&payload), NULL, 0, &envelope, &err));
    assert_ok(err, sl_json_canonical(envelope, &text, &err));
    assert_refused_with(refused, SL_E_INPUT, "canonical JSON (RFC 8785) as its payload expected",
                        sl_trust_read(sl_buf_span(&text), "trust.json", &t, &refused));
}

static void test_memory_that_runs_out_leaves_nothing_behind(void **state)
{
    (void)state;
    struct sl_err good = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    SL_AUTO(sl_json_clear) json_t *draft = draft_of_three();
    assert_ok(good, sl_trust_draft_finish(draft, "trust.json", &text, &good));
    for (unsigned n = 1;; n++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_trust_clear) struct sl_trust t = { 0 };
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = sl_trust_read(sl_buf_span(&text), "trust.json", &t, &err);
        if (!fail_nth_disarm()) {
            assert_true(ok && n > 5);
            break;
        }
        assert_false(ok);
        assert_int_equal(err.code, SL_E_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_counts_once_its_threshold_has_signed_it),
        cmocka_unit_test(test_who_signed_already_and_who_holds_no_role_signs_nothing),
        cmocka_unit_test(test_the_same_content_has_one_digest_whoever_signed),
        cmocka_unit_test(test_a_new_version_needs_the_threshold_of_the_old_and_of_the_new),
        cmocka_unit_test(test_new_hands_alone_change_nothing),
        cmocka_unit_test(test_versions_follow_each_other_one_by_one),
        cmocka_unit_test(test_an_expired_file_counts_no_more_but_can_be_followed),
        cmocka_unit_test(test_a_changed_file_is_no_longer_signed),
        cmocka_unit_test(test_a_statement_counts_with_the_threshold_of_its_role),
        cmocka_unit_test(test_a_revoked_key_and_an_expired_one_say_so),
        cmocka_unit_test(test_artifacts_have_the_keys_of_their_role_while_they_last),
        cmocka_unit_test(test_a_draft_takes_each_key_and_each_name_once),
        cmocka_unit_test(test_a_role_nobody_can_fill_is_refused),
        cmocka_unit_test(test_content_that_is_not_consistent_is_refused),
        cmocka_unit_test(test_keys_that_are_not_what_they_say_are_refused),
        cmocka_unit_test(test_a_key_under_the_keyid_of_another_is_refused),
        cmocka_unit_test(test_other_bytes_of_the_same_content_are_refused),
        cmocka_unit_test(test_memory_that_runs_out_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
