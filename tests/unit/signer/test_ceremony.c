#include "signer/ceremony.h"

#include "signer/external.h"
#include "signer/local.h"
#include "signer/throwaway.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/keys/support.h"

#include <stdio.h>
#include <stdlib.h>

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

/* What a plan file says, as far as a ceremony reads it. The radio's key is elsewhere. */
static const char plan_text[] =
    "{\"sealift\":1,\"release\":{\"name\":\"thermostat\",\"version\":\"2.4.1\",\"hardware\":[\"rev-b\"]},"
    "\"artifacts\":[{\"name\":\"app\",\"file\":\"app.bin\",\"size\":3,\"sha256\":\"" ZEROS "\",\"key\":\"ci\","
    "\"algorithm\":\"ecdsa-p256-sha256\"},{\"name\":\"radio\",\"file\":\"radio.bin\",\"size\":3,\"sha256\":\"" ZEROS
    "\","
    "\"key\":\"vault\",\"algorithm\":\"ecdsa-p256-sha256\"}],"
    "\"keys\":{\"ci\":\"awskms:alias/"
    "ci\",\"bob\":\"external:bob.sig\",\"alice\":\"file:alice.pem\",\"vault\":\"external:vault.sig\"},"
    "\"statement\":{\"keys\":[{\"name\":\"alice\",\"algorithm\":\"ed25519\"},{\"name\":\"bob\",\"algorithm\":\"ecdsa-"
    "p256-sha256\"}],"
    "\"threshold\":2}}";

static enum sl_algorithm algorithm_of(void *ctx, const char *name)
{
    (void)ctx;
    return strcmp(name, "alice") == 0 ? SL_ALG_ED25519 : SL_ALG_ECDSA_P256_SHA256;
}

/* A ceremony with everybody's answer. */
struct held {
    json_t *plan;
    struct sl_signer *signer;
    struct sl_pubkey pubs[3];
    struct sl_ceremony_key keys[3];
    struct sl_buf request, responses[3];
    struct sl_ceremony_part parts[3];
};

static const char *const names[] = { "alice", "bob", "vault" };

static void held_clear(struct held *h)
{
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        sl_pubkey_clear(&h->pubs[i]);
        sl_buf_clear(&h->responses[i]);
    }
    sl_buf_clear(&h->request);
    sl_signer_freep(&h->signer);
    sl_json_clear(&h->plan);
}

static struct sl_ceremony_ask ask_of(const struct held *h, const struct sl_ceremony_transcript *previous)
{
    return (struct sl_ceremony_ask){ .plan = h->plan, .keys = h->keys, .n = 3, .previous = previous };
}

static void respond(struct held *h, size_t i)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_ceremony_clear) struct sl_ceremony c = { 0 };
    const struct sl_sign_with with = { .name = names[i], .uri = "", .path = "" };
    assert_ok(err, sl_ceremony_read(sl_buf_span(&h->request), "request.json", &c, &err));
    assert_ok(err, sl_ceremony_response_make(&c, h->signer, &with, &h->responses[i], &err));
    h->parts[i] = (struct sl_ceremony_part){ sl_buf_span(&h->responses[i]), names[i] };
}

static void begin(struct held *h)
{
    static const struct sl_throwaway_use use = { algorithm_of, NULL };
    struct sl_err err = { 0 };
    *h = (struct held){ 0 };
    assert_ok(err, sl_json_parse(SPAN(plan_text), "plan.json", &h->plan, &err));
    assert_ok(err, sl_throwaway_new(&use, &h->signer, &err));
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_ok(err, h->signer->public_key(h->signer, names[i], "", "", &h->pubs[i], &err));
        h->keys[i] = (struct sl_ceremony_key){ names[i], &h->pubs[i] };
    }
    const struct sl_ceremony_ask ask = ask_of(h, NULL);
    assert_ok(err, sl_ceremony_make(&ask, &h->request, &err));
}

static void hold(struct held *h)
{
    begin(h);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        respond(h, i);
}

static struct sl_ceremony_part request_of(const struct held *h)
{
    return (struct sl_ceremony_part){ sl_buf_span(&h->request), "request.json" };
}

static void test_who_signs_are_the_statement_keys_and_external_ones(void **state)
{
    (void)state;
    SL_AUTO(held_clear) struct held h = { 0 };
    struct sl_err err = { 0 };
    SL_AUTO(sl_ceremony_clear) struct sl_ceremony c = { 0 };
    begin(&h);
    assert_ok(err, sl_ceremony_read(sl_buf_span(&h.request), "request.json", &c, &err));
    assert_int_equal(c.n, 3);
    assert_int_equal(c.threshold, 2);
    for (size_t i = 0; i < c.n; i++)
        assert_string_equal(c.signers[i].name, names[i]);
    assert_true(c.signers[0].statement && c.signers[1].statement && !c.signers[2].statement);
    assert_int_equal(c.signers[2].n_artifacts, 1);
    assert_int_equal(c.number, 1);
    assert_string_equal(c.previous, "");
}

static void test_the_order_of_responses_changes_nothing(void **state)
{
    (void)state;
    SL_AUTO(held_clear) struct held h = { 0 };
    struct sl_err err = { 0 };
    SL_AUTO(sl_ceremony_transcript_clear) struct sl_ceremony_transcript a = { .good = 0 };
    SL_AUTO(sl_ceremony_transcript_clear) struct sl_ceremony_transcript b = { .good = 0 };
    hold(&h);
    const struct sl_ceremony_part request = request_of(&h), turned[] = { h.parts[2], h.parts[0], h.parts[1] };
    assert_ok(err, sl_ceremony_transcript_make(&request, h.parts, 3, &a, &err));
    assert_ok(err, sl_ceremony_transcript_make(&request, turned, 3, &b, &err));
    assert_true(sl_span_eq(sl_buf_span(&a.bytes), sl_buf_span(&b.bytes)));
    assert_int_equal(a.good, 2);
    sl_ceremony_transcript_clear(&b);
    assert_ok(err, sl_ceremony_transcript_read(sl_buf_span(&a.bytes), "transcript.json", &b, &err));
    assert_true(sl_span_eq(sl_buf_span(&a.statement), sl_buf_span(&b.statement)));
    assert_string_equal(a.digest, b.digest);
}

static void test_who_is_missing_is_named(void **state)
{
    (void)state;
    SL_AUTO(held_clear) struct held h = { 0 };
    struct sl_err few = { 0 }, vault = { 0 }, twice = { 0 };
    SL_AUTO(sl_ceremony_transcript_clear) struct sl_ceremony_transcript t = { .good = 0 };
    hold(&h);
    const struct sl_ceremony_part request = request_of(&h), again[] = { h.parts[0], h.parts[1], h.parts[0] };
    assert_refused(few, SL_E_VERIFY, "1 of 2 signatures are there; who could still sign: bob",
                   sl_ceremony_transcript_make(&request, h.parts, 1, &t, &few));
    assert_refused(vault, SL_E_VERIFY, "artifacts wait for the signature of vault, and nobody else may sign them",
                   sl_ceremony_transcript_make(&request, h.parts, 2, &t, &vault));
    assert_refused(twice, SL_E_VERIFY, "alice: 'alice' has answered already, and counts once",
                   sl_ceremony_transcript_make(&request, again, 3, &t, &twice));
}

static void test_the_next_request_names_the_transcript_before(void **state)
{
    (void)state;
    SL_AUTO(held_clear) struct held h = { 0 };
    struct sl_err err = { 0 }, gap = { 0 };
    SL_AUTO(sl_ceremony_transcript_clear) struct sl_ceremony_transcript first = { .good = 0 };
    SL_AUTO(sl_ceremony_clear) struct sl_ceremony c = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf next = { 0 };
    hold(&h);
    const struct sl_ceremony_part request = request_of(&h);
    assert_ok(err, sl_ceremony_transcript_make(&request, h.parts, 3, &first, &err));
    const struct sl_ceremony_ask ask = ask_of(&h, &first);
    assert_ok(err, sl_ceremony_make(&ask, &next, &err));
    assert_ok(err, sl_ceremony_read(sl_buf_span(&next), "next.json", &c, &err));
    assert_int_equal(c.number, 2);
    assert_string_equal(c.previous, first.digest);
    assert_ok(err, sl_ceremony_follows(&c, &first, &err));
    c.number = 3;
    assert_refused(gap, SL_E_VERIFY, "ceremony 3 does not follow ceremony 1: one is missing between them",
                   sl_ceremony_follows(&c, &first, &gap));
}

static void test_a_stranger_has_nothing_to_sign(void **state)
{
    (void)state;
    SL_AUTO(held_clear) struct held h = { 0 };
    struct sl_err err = { 0 }, why = { 0 };
    SL_AUTO(sl_ceremony_clear) struct sl_ceremony c = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf response = { 0 };
    const struct sl_sign_with with = { .name = "mallory", .uri = "", .path = "" };
    begin(&h);
    assert_ok(err, sl_ceremony_read(sl_buf_span(&h.request), "request.json", &c, &err));
    assert_refused_with(why, SL_E_VERIFY, "none of the signers' of this request (alice, bob, vault)",
                        sl_ceremony_response_make(&c, h.signer, &with, &response, &why));
    assert_int_equal(response.len, 0);
}

/* A key that cannot do what the plan has it do, and one that is not there. */
static void test_a_request_wants_every_key(void **state)
{
    (void)state;
    SL_AUTO(held_clear) struct held h = { 0 };
    struct sl_err missing = { 0 }, wrong = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf request = { 0 };
    begin(&h);
    struct sl_ceremony_ask ask = ask_of(&h, NULL);
    ask.n = 2;
    assert_refused(missing, SL_E_INPUT, "the public key of signer 'vault' is not known",
                   sl_ceremony_make(&ask, &request, &missing));
    ask.n = 3;
    h.keys[1].pub = &h.pubs[0];
    assert_refused_with(wrong, SL_E_VERIFY, "the plan has 'bob' sign the statement with ecdsa-p256-sha256",
                        sl_ceremony_make(&ask, &request, &wrong));
    assert_int_equal(request.len, 0);
}

static void test_memory_that_runs_out_is_said_so(void **state)
{
    (void)state;
    SL_AUTO(held_clear) struct held h = { 0 };
    hold(&h);
    const struct sl_ceremony_part request = request_of(&h);
    for (unsigned n = 1;; n++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_ceremony_transcript_clear) struct sl_ceremony_transcript t = { .good = 0 };
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = sl_ceremony_transcript_make(&request, h.parts, 3, &t, &err);
        if (!fail_nth_disarm()) {
            assert_true(ok);
            break;
        }
        assert_false(ok);
        assert_int_equal(err.code, SL_E_NOMEM);
        assert_int_equal(t.bytes.len, 0);
    }
}

/* ---- external keys ---- */

static void external_key(struct sl_privkey *ret)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf pem = { 0 };
    assert_ok(err, sl_privkey_generate(SL_KEY_EC_P256, 0, ret, &err));
    assert_ok(err, sl_pubkey_pem(&ret->pub, &pem, &err));
    unit_file_put("radio.pub", sl_buf_str(&pem));
}

static void test_what_waits_goes_out_once_for_all(void **state)
{
    (void)state;
    struct sl_err err = { 0 }, first = { 0 }, second = { 0 };
    SL_AUTO(sl_privkey_clear) struct sl_privkey key = { 0 };
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
    struct sl_digests digests = { 0 };
    struct sl_to_sign what = { .algorithm = SL_ALG_ECDSA_P256_SHA256, .digests = &digests };
    external_key(&key);
    assert_ok(err, sl_external_new(&signer, &err));
    assert_ok(err, sl_digest_bytes(SPAN("one"), SL_HASH_BIT(SL_SHA256), &digests, &err));
    assert_refused_with(first, SL_E_PENDING, "'radio.sig' has no signature of sha256:7692c3ad",
                        signer->sign(signer, "radio", "external:radio.sig", "radio.sig", &what, &signature, &first));
    assert_ok(err, sl_digest_bytes(SPAN("two"), SL_HASH_BIT(SL_SHA256), &digests, &err));
    assert_refused_with(second, SL_E_PENDING, "'radio.sig' has no signature of sha256:3fc4ccfe",
                        signer->sign(signer, "radio", "external:radio.sig", "radio.sig", &what, &signature, &second));
    char *out = unit_file_get("radio.digests");
    assert_non_null(strstr(out, "sha256:7692c3ad"));
    assert_non_null(strstr(out, "sha256:3fc4ccfe"));
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_signs_are_the_statement_keys_and_external_ones),
        cmocka_unit_test(test_the_order_of_responses_changes_nothing),
        cmocka_unit_test(test_who_is_missing_is_named),
        cmocka_unit_test(test_the_next_request_names_the_transcript_before),
        cmocka_unit_test(test_a_stranger_has_nothing_to_sign),
        cmocka_unit_test(test_a_request_wants_every_key),
        cmocka_unit_test(test_memory_that_runs_out_is_said_so),
        cmocka_unit_test(test_what_waits_goes_out_once_for_all),
    };
    return cmocka_run_group_tests(tests, support_setup, support_teardown);
}
