/* keys/pkcs11 against a module made here: what tokens do differently, and that a PIN is tried once. Real tokens are in
 * tests/e2e/tokens.sh. */
#include "keys/priv/pkcs11.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/keys/support.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <stdio.h>
#include <stdlib.h>

/* ---- a token of one user, with objects as lists of attributes ---- */

#define OBJECTS    6
#define ATTRIBUTES 10

static struct {
    CK_ULONG class;
    struct {
        CK_ATTRIBUTE_TYPE type;
        uint8_t bytes[600];
        size_t len;
    } attr[ATTRIBUTES];
    size_t n;
} objects[OBJECTS];
static size_t n_objects;

static CK_FLAGS flags;
static CK_FLAGS flags_after; /* shown from the first login on */
static CK_RV login_answer;
static unsigned logins, asked;
static char last_pin[32];
static bool in, no_pin_given;
static size_t found[OBJECTS], n_found, next_found;

static void add_attr(size_t o, CK_ATTRIBUTE_TYPE type, const void *bytes, size_t len)
{
    assert_true(objects[o].n < ATTRIBUTES && len <= sizeof objects[o].attr[0].bytes);
    objects[o].attr[objects[o].n].type = type;
    memcpy(objects[o].attr[objects[o].n].bytes, bytes, len);
    objects[o].attr[objects[o].n++].len = len;
}

static size_t add_object(CK_ULONG class, CK_ULONG type, const char *label, const char *id)
{
    size_t o = n_objects++;
    assert_true(o < OBJECTS);
    memset(&objects[o], 0, sizeof objects[o]);
    objects[o].class = class;
    add_attr(o, CKA_CLASS, &class, sizeof class);
    if (class != CKO_CERTIFICATE)
        add_attr(o, CKA_KEY_TYPE, &type, sizeof type);
    add_attr(o, CKA_LABEL, label, strlen(label));
    add_attr(o, CKA_ID, id, strlen(id));
    return o;
}

static CK_RV get_slot_info(CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
    (void)slot;
    memset(info, ' ', sizeof *info);
    return CKR_OK;
}

static CK_RV get_slot_list(CK_BBOOL present, CK_SLOT_ID *slots, CK_ULONG *n)
{
    (void)present;
    if (slots)
        slots[0] = 7;
    *n = 1;
    return CKR_OK;
}

static CK_RV get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
    (void)slot;
    memset(info, 0, sizeof *info);
    memset(info->label, ' ', sizeof info->label);
    memcpy(info->label, "release", 7);
    info->flags = CKF_TOKEN_INITIALIZED | CKF_LOGIN_REQUIRED | (flags ^ CKF_USER_PIN_INITIALIZED)
                  | (logins > 0 ? flags_after : 0);
    info->ulMinPinLen = 4;
    info->ulMaxPinLen = 8;
    return CKR_OK;
}

static CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS how, void *application, CK_NOTIFY notify, CK_SESSION_HANDLE *ret)
{
    (void)slot, (void)how, (void)application, (void)notify;
    *ret = 1;
    return CKR_OK;
}

static CK_RV close_session(CK_SESSION_HANDLE session)
{
    (void)session;
    in = false;
    return CKR_OK;
}

static CK_RV get_session_info(CK_SESSION_HANDLE session, CK_SESSION_INFO *info)
{
    (void)session;
    info->state = in ? CKS_RO_USER_FUNCTIONS : CKS_RO_PUBLIC_SESSION;
    return CKR_OK;
}

static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_BYTE *pin, CK_ULONG len)
{
    (void)session, (void)user;
    logins++;
    no_pin_given = pin == NULL;
    (void)snprintf(last_pin, sizeof last_pin, "%.*s", pin ? (int)len : 0, pin ? (const char *)pin : "");
    in = login_answer == CKR_OK;
    return login_answer;
}

static bool matches(size_t o, const CK_ATTRIBUTE *a)
{
    for (size_t i = 0; i < objects[o].n; i++)
        if (objects[o].attr[i].type == a->type)
            return objects[o].attr[i].len == a->ulValueLen
                   && memcmp(objects[o].attr[i].bytes, a->pValue, a->ulValueLen) == 0;
    return false;
}

static CK_RV find_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG n)
{
    (void)session;
    n_found = next_found = 0;
    for (size_t o = 0; o < n_objects; o++) {
        bool all = in || objects[o].class != CKO_PRIVATE_KEY;
        for (CK_ULONG i = 0; i < n; i++)
            all = all && matches(o, &template[i]);
        if (all)
            found[n_found++] = o;
    }
    return CKR_OK;
}

static CK_RV find(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *ret, CK_ULONG max, CK_ULONG *n)
{
    (void)session;
    for (*n = 0; *n < max && next_found < n_found; (*n)++)
        ret[*n] = found[next_found++] + 1;
    return CKR_OK;
}

static CK_RV find_final(CK_SESSION_HANDLE session)
{
    (void)session;
    return CKR_OK;
}

static CK_RV get_attribute(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *a, CK_ULONG n)
{
    (void)session, (void)n;
    for (size_t i = 0; i < objects[object - 1].n; i++) {
        if (objects[object - 1].attr[i].type != a->type)
            continue;
        if (a->pValue)
            memcpy(a->pValue, objects[object - 1].attr[i].bytes, objects[object - 1].attr[i].len);
        a->ulValueLen = objects[object - 1].attr[i].len;
        return CKR_OK;
    }
    a->ulValueLen = CK_UNAVAILABLE_INFORMATION;
    return CKR_ATTRIBUTE_TYPE_INVALID;
}

static CK_FUNCTION_LIST calls = { .C_GetSlotInfo = get_slot_info,
                                  .C_GetSlotList = get_slot_list,
                                  .C_GetTokenInfo = get_token_info,
                                  .C_OpenSession = open_session,
                                  .C_CloseSession = close_session,
                                  .C_GetSessionInfo = get_session_info,
                                  .C_Login = login,
                                  .C_FindObjectsInit = find_init,
                                  .C_FindObjects = find,
                                  .C_FindObjectsFinal = find_final,
                                  .C_GetAttributeValue = get_attribute };

/* ---- asking it ---- */

static bool give_pin(void *ctx, const char *key_name, struct sl_secret *ret, struct sl_err *err)
{
    assert_string_equal(key_name, "fw");
    asked++;
    return sl_secret_copy(sl_span_str(ctx), ret, err);
}

static bool yes(void *ctx, const char *question, struct sl_err *err)
{
    (void)ctx, (void)err;
    assert_string_equal(question, "Token 'release' allows one last try of its PIN before it locks. Try? [y/N] ");
    return true;
}

static bool no(void *ctx, const char *question, struct sl_err *err)
{
    (void)ctx, (void)question, (void)err;
    return false;
}

static char right_pin[] = "123456";

static const struct sl_token_access *access_with(char *pin, bool (*confirm)(void *, const char *, struct sl_err *))
{
    static struct sl_token_access access;
    access = (struct sl_token_access){ give_pin, confirm, pin, -1, "fake", NULL };
    return &access;
}

static struct sl_pkcs11 *token_new(void)
{
    struct sl_err err = { 0 };
    struct sl_pkcs11 *p = NULL;
    struct sl_pkcs11_module *m = calloc(1, sizeof *m);
    assert_ok(err, sl_pkcs11_new(&p, &err));
    assert_non_null(m);
    m->path = calloc(1, 8);
    assert_non_null(m->path);
    memcpy(m->path, "fake", 4);
    m->call = &calls;
    p->modules = m;
    n_objects = 0;
    flags = flags_after = 0;
    login_answer = CKR_OK;
    logins = asked = 0;
    in = false;
    assert_ok(err, sl_pkcs11_token_list(m, &err));
    return p;
}

static struct sl_pkcs11_ask ask(const char *uri, const struct sl_token_access *access)
{
    return (struct sl_pkcs11_ask){ uri, "fw", access };
}

static EVP_PKEY *make_key(const char *type, const char *curve)
{
    EVP_PKEY *key = curve ? EVP_PKEY_Q_keygen(NULL, NULL, type, curve)
                          : EVP_PKEY_Q_keygen(NULL, NULL, type, (size_t)2048);
    assert_non_null(key);
    return key;
}

static void spki_of(EVP_PKEY *key, struct sl_pubkey *ret)
{
    struct sl_err err = { 0 };
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(key, &der);
    assert_true(len > 0);
    assert_ok(err, sl_pubkey_from_spki((struct sl_span){ der, (size_t)len }, ret, &err));
    OPENSSL_free(der);
}

static void assert_public(struct sl_pkcs11 *p, const char *uri, const struct sl_pubkey *want)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey got = { 0 };
    const struct sl_pkcs11_ask a = ask(uri, access_with(right_pin, NULL));
    assert_ok(err, sl_pkcs11_public(p, &a, &got, &err));
    assert_string_equal(got.keyid, want->keyid);
}

static const uint8_t p256_oid[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 };
static const uint8_t p384_oid[] = { 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22 };
static const uint8_t ed_oid[] = { 0x06, 0x03, 0x2b, 0x65, 0x70 };
static const uint8_t ed_name[] = "\x13\x0c"
                                 "edwards25519";

/* ---- public keys ---- */

static void test_a_point_is_read_with_and_without_what_may_be_around_it(void **state)
{
    (void)state;
    static const struct {
        const char *type, *curve;
        const uint8_t *oid;
        size_t oid_len, point_len;
    } curves[] = {
        { "EC", "P-256", p256_oid, sizeof p256_oid, 65 },
        { "EC", "P-384", p384_oid, sizeof p384_oid, 97 },
        { "ED25519", NULL, ed_oid, sizeof ed_oid, 32 },
        { "ED25519", NULL, ed_name, sizeof ed_name - 1, 32 },
    };
    for (size_t i = 0; i < COUNT_OF(curves); i++) {
        SL_AUTO(sl_pubkey_clear) struct sl_pubkey want = { 0 };
        SL_AUTO(sl_pkcs11_freep) struct sl_pkcs11 *p = token_new();
        EVP_PKEY *key = curves[i].curve ? make_key(curves[i].type, curves[i].curve)
                                        : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
        uint8_t wrapped[120] = { 0x04, (uint8_t)curves[i].point_len }, bits[120] = { 0x03 };
        size_t len = curves[i].point_len;
        spki_of(key, &want);
        const uint8_t *point = want.spki.ptr + want.spki.len - len; /* the last of a SubjectPublicKeyInfo */
        memcpy(wrapped + 2, point, len);
        bits[1] = (uint8_t)(len + 1);
        memcpy(bits + 3, point, len);
        const struct {
            const uint8_t *bytes;
            size_t len;
            const char *uri;
        } forms[] = { { point, len, "pkcs11:object=bare" },
                      { wrapped, len + 2, "pkcs11:object=octets" },
                      { bits, len + 3, "pkcs11:object=bits" } };
        for (size_t k = 0; k < COUNT_OF(forms); k++) {
            size_t o = add_object(CKO_PUBLIC_KEY, curves[i].curve ? CKK_EC : CKK_EC_EDWARDS, forms[k].uri + 14, "1");
            add_attr(o, CKA_EC_PARAMS, curves[i].oid, curves[i].oid_len);
            add_attr(o, CKA_EC_POINT, forms[k].bytes, forms[k].len);
            assert_public(p, forms[k].uri, &want);
        }
        assert_int_equal(asked, 0); /* public objects need no PIN */
        EVP_PKEY_free(key);
    }
}

static void test_a_public_key_info_or_a_certificate_is_as_good(void **state)
{
    (void)state;
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey want = { 0 };
    SL_AUTO(sl_pkcs11_freep) struct sl_pkcs11 *p = token_new();
    EVP_PKEY *key = make_key("EC", "P-256");
    spki_of(key, &want);
    size_t o = add_object(CKO_PUBLIC_KEY, CKK_EC, "info", "1");
    add_attr(o, CKA_PUBLIC_KEY_INFO, want.spki.ptr, want.spki.len);
    assert_public(p, "pkcs11:object=info", &want);

    X509 *certificate = X509_new();
    unsigned char *der = NULL;
    assert_non_null(certificate);
    assert_int_equal(X509_set_pubkey(certificate, key), 1);
    assert_true(X509_gmtime_adj(X509_getm_notBefore(certificate), 0)
                && X509_gmtime_adj(X509_getm_notAfter(certificate), 9));
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    int len = i2d_X509(certificate, &der);
    assert_true(len > 0);
    o = add_object(CKO_CERTIFICATE, 0, "certificate", "2");
    add_attr(o, CKA_VALUE, der, (size_t)len);
    assert_public(p, "pkcs11:object=certificate", &want);
    OPENSSL_free(der);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

/* Names that differ between the halves: by the id of the private one, and at last by what that tells of itself. */
static void test_the_public_half_is_found_by_the_private_ones_id(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey want = { 0 };
    SL_AUTO(sl_pkcs11_freep) struct sl_pkcs11 *p = token_new();
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey got = { 0 };
    EVP_PKEY *key = make_key("EC", "P-256");
    spki_of(key, &want);
    (void)add_object(CKO_PRIVATE_KEY, CKK_EC, "fw", "1");
    const struct sl_pkcs11_ask a = ask("pkcs11:object=fw", access_with(right_pin, NULL));
    assert_refused(
        err, SL_E_INPUT,
        "token 'release' keeps no public key or certificate for 'pkcs11:object=fw'; store one with the same id",
        sl_pkcs11_public(p, &a, &got, &err));
    size_t o = add_object(CKO_PUBLIC_KEY, CKK_EC, "another name", "1");
    add_attr(o, CKA_PUBLIC_KEY_INFO, want.spki.ptr, want.spki.len);
    assert_public(p, "pkcs11:object=fw", &want);
    assert_int_equal(logins, 1);
    EVP_PKEY_free(key);
}

static void test_keys_of_other_kinds_are_refused(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey got = { 0 };
    SL_AUTO(sl_pkcs11_freep) struct sl_pkcs11 *p = token_new();
    static const uint8_t k256[] = { 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a };
    size_t o = add_object(CKO_PUBLIC_KEY, CKK_EC, "k256", "1");
    add_attr(o, CKA_EC_PARAMS, k256, sizeof k256);
    add_attr(o, CKA_EC_POINT, "point", 5);
    (void)add_object(CKO_PUBLIC_KEY, CKK_DSA, "dsa", "2");
    const struct sl_pkcs11_ask other = ask("pkcs11:object=k256", access_with(right_pin, NULL));
    assert_refused(err, SL_E_INPUT,
                   "the elliptic curve of the token's key is not supported; use P-256, P-384 or Ed25519",
                   sl_pkcs11_public(p, &other, &got, &err));
    err = (struct sl_err){ 0 };
    const struct sl_pkcs11_ask odd = ask("pkcs11:object=dsa", access_with(right_pin, NULL));
    assert_refused(err, SL_E_INPUT,
                   "the token's key is of type 0x1; keys that sign are EC P-256, EC P-384, RSA or Ed25519",
                   sl_pkcs11_public(p, &odd, &got, &err));
}

/* ---- the PIN ---- */

static struct sl_pkcs11 *token_with_key(void)
{
    struct sl_pkcs11 *p = token_new();
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
    EVP_PKEY *key = make_key("EC", "P-256");
    spki_of(key, &pub);
    size_t o = add_object(CKO_PUBLIC_KEY, CKK_EC, "fw", "1");
    add_attr(o, CKA_PUBLIC_KEY_INFO, pub.spki.ptr, pub.spki.len);
    (void)add_object(CKO_PRIVATE_KEY, CKK_EC, "fw", "1");
    EVP_PKEY_free(key);
    return p;
}

static bool open_fw(struct sl_pkcs11 *p, const struct sl_token_access *access, struct sl_err *err)
{
    SL_AUTO(sl_privkey_clear) struct sl_privkey key = { 0 };
    const struct sl_pkcs11_ask a = ask("pkcs11:object=fw", access);
    return sl_pkcs11_open(p, &a, &key, err);
}

static void test_a_pin_is_tried_once(void **state)
{
    (void)state;
    static const struct {
        CK_RV answer;
        CK_FLAGS after;
        const char *message;
    } cases[] = {
        { CKR_PIN_INCORRECT, 0,
          "the PIN given for key 'fw' is wrong; token 'release' was tried once, and the token does not say how many "
          "tries "
          "are left" },
        { CKR_PIN_INCORRECT, CKF_USER_PIN_COUNT_LOW,
          "the PIN given for key 'fw' is wrong; token 'release' was tried once, and few tries are left before it is "
          "locked" },
        { CKR_PIN_INCORRECT, CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY,
          "the PIN given for key 'fw' is wrong; token 'release' was tried once, and one more wrong PIN will lock it" },
        { CKR_PIN_INCORRECT, CKF_USER_PIN_LOCKED,
          "the PIN given for key 'fw' is wrong; token 'release' was tried once, and the PIN is locked now, and must be "
          "reset with the token's SO PIN (its PUK)" },
        { CKR_PIN_LOCKED, 0, "the PIN of token 'release' is locked; reset it with the token's SO PIN (its PUK)" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_pkcs11_freep) struct sl_pkcs11 *p = token_with_key();
        login_answer = cases[i].answer;
        flags_after = cases[i].after;
        assert_refused(err, SL_E_INPUT, cases[i].message, open_fw(p, access_with(right_pin, NULL), &err));
        err = (struct sl_err){ 0 };
        assert_refused(err, SL_E_INPUT, "token 'release' refused a PIN in this run, and is not asked again",
                       open_fw(p, access_with(right_pin, yes), &err));
        assert_int_equal(logins, 1);
        assert_int_equal(asked, 1);
    }
}

static void test_a_pin_that_cannot_be_right_is_not_tried(void **state)
{
    (void)state;
    char brief[] = "123", lengthy[] = "123456789", empty[] = "";
    char *const pins[] = { brief, lengthy };
    for (size_t i = 0; i < COUNT_OF(pins); i++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_pkcs11_freep) struct sl_pkcs11 *p = token_with_key();
        assert_refused(
            err, SL_E_INPUT,
            "the PIN given for key 'fw' cannot be right, and was not tried: those of token 'release' have 4 to 8 "
            "bytes",
            open_fw(p, access_with(pins[i], NULL), &err));
        assert_int_equal(logins, 0);
    }
    struct sl_err err = { 0 };
    SL_AUTO(sl_pkcs11_freep) struct sl_pkcs11 *p = token_with_key();
    assert_refused(err, SL_E_INPUT, "the PIN for key 'fw' must have 1 to 255 bytes; it was not tried",
                   open_fw(p, access_with(empty, NULL), &err));
    const struct sl_token_access nothing = { .fd = -1, .module = "fake" };
    err = (struct sl_err){ 0 };
    assert_refused(err, SL_E_INPUT, "key 'fw' needs a PIN and none was given", open_fw(p, &nothing, &err));
    assert_int_equal(logins, 0);
}

static void test_the_last_try_needs_a_yes(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_pkcs11_freep) struct sl_pkcs11 *p = token_with_key();
    flags = CKF_USER_PIN_FINAL_TRY;
    assert_refused(err, SL_E_INPUT, "token 'release' allows one last try of its PIN before it locks; it was not tried",
                   open_fw(p, access_with(right_pin, no), &err));
    err = (struct sl_err){ 0 };
    assert_refused(err, SL_E_INPUT, "token 'release' allows one last try of its PIN before it locks; it was not tried",
                   open_fw(p, access_with(right_pin, NULL), &err));
    assert_int_equal(logins + asked, 0);
    err = (struct sl_err){ 0 };
    assert_ok(err, open_fw(p, access_with(right_pin, yes), &err));
    assert_int_equal(logins, 1);
    assert_string_equal(last_pin, "123456");
    /* who is logged in already is asked nothing */
    assert_ok(err, open_fw(p, access_with(right_pin, no), &err));
    assert_int_equal(logins, 1);
}

static void test_a_locked_or_unset_pin_is_not_tried(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_pkcs11_freep) struct sl_pkcs11 *p = token_with_key();
    flags = CKF_USER_PIN_LOCKED;
    assert_refused(err, SL_E_INPUT, "the PIN of token 'release' is locked; reset it with the token's SO PIN (its PUK)",
                   open_fw(p, access_with(right_pin, yes), &err));
    err = (struct sl_err){ 0 };
    flags = CKF_USER_PIN_INITIALIZED; /* turned off by the fake */
    assert_refused(err, SL_E_INPUT, "token 'release' has no user PIN yet; set one with the token's own tool",
                   open_fw(p, access_with(right_pin, yes), &err));
    assert_int_equal(logins + asked, 0);
}

static void test_a_token_with_its_own_keypad_is_given_no_pin(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_pkcs11_freep) struct sl_pkcs11 *p = token_with_key();
    flags = CKF_PROTECTED_AUTHENTICATION_PATH;
    assert_ok(err, open_fw(p, access_with(right_pin, NULL), &err));
    assert_true(no_pin_given);
    assert_int_equal(asked, 0);
}

static void test_memory_that_runs_out_is_reported(void **state)
{
    (void)state;
    for (unsigned n = 1;; n++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_pkcs11_freep) struct sl_pkcs11 *p = token_with_key();
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = open_fw(p, access_with(right_pin, NULL), &err);
        if (!fail_nth_disarm()) {
            assert_true(ok);
            break;
        }
        assert_false(ok);
        assert_int_equal(err.code, SL_E_NOMEM);
    }
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, support_setup, support_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_a_point_is_read_with_and_without_what_may_be_around_it),
        IN_FOLDER(test_a_public_key_info_or_a_certificate_is_as_good),
        IN_FOLDER(test_the_public_half_is_found_by_the_private_ones_id),
        IN_FOLDER(test_keys_of_other_kinds_are_refused),
        IN_FOLDER(test_a_pin_is_tried_once),
        IN_FOLDER(test_a_pin_that_cannot_be_right_is_not_tried),
        IN_FOLDER(test_the_last_try_needs_a_yes),
        IN_FOLDER(test_a_locked_or_unset_pin_is_not_tried),
        IN_FOLDER(test_a_token_with_its_own_keypad_is_given_no_pin),
        IN_FOLDER(test_memory_that_runs_out_is_reported),
    };
    return cmocka_run_group_tests_name("pkcs11", tests, NULL, NULL);
}
