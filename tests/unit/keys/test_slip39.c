/* SLIP-0039 against its published vectors, shares that the reference implementation made, and its own properties. */
#include "keys/slip39.h"

#include "core/text.h"
#include "keys/priv/slip39.h"
#include "core/file.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/keys/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MOST 20u

struct hand {
    struct sl_slip39_share share[MOST];
    size_t n;
};

static void hand_clear(struct hand *h)
{
    for (size_t i = 0; i < MOST; i++)
        sl_slip39_share_clear(&h->share[i]);
    h->n = 0;
}

static const char *const names[] = { "share a", "share b", "share c", "share d", "share e", "share f" };

static bool take(struct hand *h, const char *mnemonic, struct sl_err *err)
{
    assert_true(h->n < MOST);
    h->share[h->n].name = names[h->n % COUNT_OF(names)];
    return sl_slip39_share_read(sl_span_str(mnemonic), &h->share[h->n], err) && ++h->n;
}

/* What the Python package shamir-mnemonic 0.3.0 made, its random bytes being SHA-512 of "sealift 1", "sealift 2", ... */
static const char one_of_one[] =
    "wine traffic academic academic club critical swing gather include system vexed edge trend zero "
    "vanish envy demand timely prayer hesitate";
static const char *const two_of_three[] = {
    "wine traffic academic acid always gray fumes grief depart fiscal spend exotic taste family predator both realize "
    "public "
    "painting pickup ting spend average ladybug imply large tension dream music beam syndrome artwork snake",
    "wine traffic academic agency advance valuable velvet desire ladybug network speak repair usher fact secret review "
    "dough "
    "false beard clothes identify alto pleasure prisoner injury inform custody username grant argue valuable voice "
    "evening",
    "wine traffic academic always avoid market campus prayer reject ancestor sugar pile merit mother increase criminal "
    "apart "
    "verify story permit senior increase furl syndrome kidney guitar guard shelter husband critical column timely "
    "ordinary"
};
static const char *const three_of_five[] = { "wine typical academic acne academic lecture remove loan worthy parcel "
                                             "slap username lilac believe float manual sunlight "
                                             "walnut prevent market rich campus born temple parking wisdom diploma",
                                             "wine typical academic amazing acne body leader loyalty valuable sheriff "
                                             "playoff emperor platform triumph elder screw credit "
                                             "grumpy drug charity enforce careful evil either bike item teacher",
                                             "wine typical academic axle academic glasses bike distance picture exotic "
                                             "freshman dough insect lunar taught cradle capacity "
                                             "ending vanish numb brave imply obtain marvel provide pencil video" };
/* Two groups of three are needed: of the first both members, of the second its only one, of the third three. */
static const char *const groups[] = {
    "wine type acrobat leaf average intimate package type maximum blessing necklace gasoline spend railroad endorse "
    "escape "
    "payment grasp detailed deliver lecture fake papa crystal phantom timely fortune vanish document deal lair "
    "upstairs have",
    "wine type acrobat lily aircraft empty industry either both famous brother jerky grief merit overall reward "
    "transfer mobile "
    "velvet result prepare wisdom rainbow smith rhyme angry indicate join hesitate flame prayer spine hairy",
    "wine type beard leader animal equip location quick fitness aircraft safari mental findings gross chest bumpy year "
    "ancient "
    "enjoy guard veteran tracks frost index morning become diploma paid critical superior cover angel blue",
    "wine type ceramic learn aide inside gather wrote makeup scared picture medal velvet jacket insect warmth forbid "
    "cage clinic "
    "prize standard alcohol necklace aircraft webcam material academic walnut fumes aquatic prepare tendency album",
    "wine type ceramic luxury album venture jury exotic alto music enforce premium forecast general galaxy frozen "
    "junction "
    "kernel regular ancient together glimpse alive class predator yelp pitch glimpse perfect evaluate patrol sled "
    "depend",
    "wine type ceramic march actress force museum change cinema install ticket bundle taxi geology firm shaped slim "
    "nervous "
    "garden smirk else military crucial slow cradle wisdom grasp downtown voting hazard actress become frequent"
};

/* Bytes that go up or down by one from the first. */
static void assert_counts(const struct sl_secret *secret, size_t len, unsigned first, int by)
{
    assert_int_equal(secret->len, len);
    for (size_t i = 0; i < len; i++)
        assert_int_equal(secret->ptr[i], (int)first + by * (int)i);
}

static void combine_made(const char *const *mnemonic, const unsigned *which, size_t n, const char *passphrase,
                         struct sl_secret *ret)
{
    struct sl_err err = { 0 };
    SL_AUTO(hand_clear) struct hand h = { 0 };
    for (size_t i = 0; i < n; i++)
        assert_ok(err, take(&h, mnemonic[which[i]], &err));
    assert_ok(err, sl_slip39_combine(h.share, h.n, sl_span_str(passphrase), ret, &err));
}

static void test_shares_of_the_reference_implementation_give_its_secrets(void **state)
{
    (void)state;
    static const unsigned order[] = { 0, 1, 2, 3, 4, 5 }, last[] = { 2, 1 }, by_group[] = { 5, 1, 3, 0, 4 },
                          small[] = { 2, 0, 1 };
    static const char *const one[] = { one_of_one };
    SL_AUTO(sl_secret_clear) struct sl_secret secret = { 0 };
    combine_made(one, order, 1, "", &secret);
    assert_counts(&secret, 16, 0, 1);
    combine_made(two_of_three, order, 2, "", &secret);
    assert_counts(&secret, 32, 100, 1);
    combine_made(two_of_three, last, 2, "", &secret);
    assert_counts(&secret, 32, 100, 1);
    combine_made(two_of_three, order, 3, "", &secret); /* one more than needed */
    assert_counts(&secret, 32, 100, 1);
    combine_made(three_of_five, order, 3, "sea lift", &secret);
    assert_counts(&secret, 24, 200, 1);
    combine_made(groups, by_group, 5, "", &secret);
    assert_counts(&secret, 32, 32, -1);
    combine_made(groups, small, 3, "", &secret);
    assert_counts(&secret, 32, 32, -1);
    combine_made(groups, order, 6, "", &secret);
    assert_counts(&secret, 32, 32, -1);
}

static void test_another_passphrase_gives_another_secret(void **state)
{
    (void)state;
    static const unsigned order[] = { 0, 1, 2 };
    struct sl_err err = { 0 };
    SL_AUTO(hand_clear) struct hand h = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret right = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret wrong = { 0 };
    combine_made(three_of_five, order, 3, "sea lift", &right);
    combine_made(three_of_five, order, 3, "sea lifT", &wrong);
    assert_false(sl_span_eq_ct(sl_secret_span(&right), sl_secret_span(&wrong)));
    assert_ok(err, take(&h, one_of_one, &err));
    assert_refused(err, SL_E_INPUT, "a passphrase of SLIP-39 shares has printable ASCII only",
                   sl_slip39_combine(h.share, 1, SPAN("\xc3\xa4"), &right, &err));
}

static void test_words_are_written_as_they_were_read(void **state)
{
    (void)state;
    static const char *const *const all[] = { two_of_three, three_of_five, groups };
    static const size_t n[] = { COUNT_OF(two_of_three), COUNT_OF(three_of_five), COUNT_OF(groups) };
    for (size_t k = 0; k < COUNT_OF(all); k++)
        for (size_t i = 0; i < n[k]; i++) {
            struct sl_err err = { 0 };
            SL_AUTO(sl_slip39_share_clear) struct sl_slip39_share s = { 0 };
            SL_AUTO(sl_secret_clear) struct sl_secret text = { 0 };
            assert_ok(err, sl_slip39_share_read(sl_span_str(all[k][i]), &s, &err));
            assert_ok(err, sl_slip39_share_write(&s, &text, &err));
            assert_string_equal((const char *)text.ptr, all[k][i]);
        }
}

static void test_words_may_be_numbered_and_of_either_case(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    SL_AUTO(sl_slip39_share_clear) struct sl_slip39_share s = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret back = { 0 };
    unsigned number = 0;
    for (const char *w = one_of_one; *w; w += strcspn(w, " "), w += *w == ' ')
        assert_ok(err, sl_buf_addf(&text, &err, "\t%2u %c%.*s\r\n", ++number, w[0] - 'a' + 'A',
                                   (int)strcspn(w, " ") - 1, w + 1));
    assert_ok(err, sl_slip39_share_read(sl_buf_span(&text), &s, &err));
    assert_ok(err, sl_slip39_share_write(&s, &back, &err));
    assert_string_equal((const char *)back.ptr, one_of_one);
    assert_refused(err, SL_E_INPUT, "the number 3 stands where word 2 was expected",
                   sl_slip39_share_read(SPAN("1 wine 3 academic"), &s, &err));
}

/* one_of_one with its word of some number replaced. */
static void edited(size_t number, const char *by, struct sl_buf *ret)
{
    struct sl_err err = { 0 };
    size_t n = 0;
    sl_buf_reset(ret);
    for (const char *w = one_of_one; *w; w += strcspn(w, " "), w += *w == ' ') {
        const bool here = ++n == number;
        assert_ok(err, sl_buf_addf(ret, &err, "%.*s ", here ? (int)strlen(by) : (int)strcspn(w, " "), here ? by : w));
    }
}

static const struct {
    size_t number;
    const char *by, *message;
} edits[] = {
    { 6, "critica", "word 6 is not in the SLIP-39 word list; the nearest is 'critical'" },
    { 6, "criticalo", "word 6 is not in the SLIP-39 word list; the nearest is 'critical'" },
    { 2, "taffric", "word 2 is not in the SLIP-39 word list; the nearest is 'traffic'" },
    { 9, "12x", "word 9 is not in the SLIP-39 word list" },
    { 9, "\xff\xfe", "word 9 is not in the SLIP-39 word list" },
    { 9, "8", "the number 8 stands where word 9 was expected" },
    { 9, "academic", "the checksum of the words does not fit; if one word alone is wrong, it is word 9" },
    { 20, "academic", "the checksum of the words does not fit; if one word alone is wrong, it is word 20" },
    { 1, "academic", "the checksum of the words does not fit; if one word alone is wrong, it is word 1" },
    { 9, "academic academic", "the checksum of the words does not fit: several are wrong, or in another order" },
    { 9, "", "there are 19 words; a share has 20 to 33" },
    { 3, "acid acid acid acid acid acid acid acid acid acid acid acid acid acid acid",
      "there are more than 33 words, the most a share has" },
};

static void test_a_wrong_word_is_named_by_its_number(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    for (size_t i = 0; i < COUNT_OF(edits); i++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_slip39_share_clear) struct sl_slip39_share s = { 0 };
        edited(edits[i].number, edits[i].by, &text);
        assert_refused(err, SL_E_INPUT, edits[i].message, sl_slip39_share_read(sl_buf_span(&text), &s, &err));
        assert_null(s.value.ptr);
    }
}

static void test_two_words_in_the_wrong_order_are_noticed_and_no_third_is_blamed(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_slip39_share_clear) struct sl_slip39_share s = { 0 };
    assert_refused(
        err, SL_E_INPUT, "the checksum of the words does not fit: several are wrong, or in another order",
        sl_slip39_share_read(SPAN("wine traffic academic academic critical club swing gather include system vexed edge "
                                  "trend zero vanish envy demand timely prayer hesitate"),
                             &s, &err));
}

static void refuse_made(const char *const mnemonic[4], enum sl_code code, const char *message)
{
    struct sl_err err = { 0 };
    SL_AUTO(hand_clear) struct hand h = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret secret = { 0 };
    for (size_t i = 0; i < 4 && mnemonic[i]; i++)
        assert_ok(err, take(&h, mnemonic[i], &err));
    assert_refused(err, code, message, sl_slip39_combine(h.share, h.n, SL_SPAN_EMPTY, &secret, &err));
    assert_null(secret.ptr);
}

static void test_shares_that_do_not_belong_together_are_refused(void **state)
{
    (void)state;
    const char *const few[4] = { two_of_three[1] };
    const char *const twice[4] = { two_of_three[0], two_of_three[2], two_of_three[0] };
    const char *const sets[4] = { two_of_three[0], three_of_five[0] };
    const char *const group_short[4] = { groups[0], groups[1], groups[3], groups[4] };
    const char *const one_group[4] = { groups[2] };
    refuse_made(few, SL_E_INPUT, "2 shares are needed and 1 given; 1 more must be found");
    refuse_made(twice, SL_E_INPUT, "share a and share c are the same share");
    refuse_made(sets, SL_E_INPUT,
                "share a and share b belong to different sets of shares; the first two words of a set are the same");
    refuse_made(group_short, SL_E_INPUT, "group 3 needs 3 shares and 2 of it are given; 1 more must be found");
    refuse_made(one_group, SL_E_INPUT, "shares of 2 groups are needed and of 1 given");
}

/* What a person who can compute checksums might hand in. */
static void test_forged_shares_are_refused(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(hand_clear) struct hand h = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret secret = { 0 };
    for (size_t i = 0; i < 3; i++)
        assert_ok(err, take(&h, two_of_three[i], &err));
    h.share[1].value.ptr[7] ^= 1;
    assert_refused(
        err, SL_E_VERIFY,
        "the shares give no secret: the digest within them does not match; one of them was not made with the others",
        sl_slip39_combine(h.share, 2, SL_SPAN_EMPTY, &secret, &err));
    err = (struct sl_err){ 0 };
    assert_refused(err, SL_E_VERIFY, "the shares contradict each other: one of them was not made with the others",
                   sl_slip39_combine(h.share, 3, SL_SPAN_EMPTY, &secret, &err));
    err = (struct sl_err){ 0 };
    h.share[1].index = 0;
    assert_refused(err, SL_E_INPUT, "share a and share b both say that they are share 1, and differ",
                   sl_slip39_combine(h.share, 2, SL_SPAN_EMPTY, &secret, &err));
    err = (struct sl_err){ 0 };
    h.share[1].threshold = 3;
    assert_refused(err, SL_E_INPUT, "share a asks for 2 shares and share b for 3: they are of different sets",
                   sl_slip39_combine(h.share, 2, SL_SPAN_EMPTY, &secret, &err));
    assert_null(secret.ptr);
}

/* Every set of shares the least of which suffice, for every threshold up to 5 of 5. */
static void every_subset(struct hand *h, unsigned threshold, const struct sl_secret *secret)
{
    for (unsigned set = 1; set < 1u << h->n; set++) {
        struct sl_err err = { 0 };
        struct sl_slip39_share some[MOST] = { 0 };
        SL_AUTO(sl_secret_clear) struct sl_secret back = { 0 };
        size_t n = 0;
        for (size_t i = 0; i < h->n; i++)
            if (set >> i & 1)
                some[n++] = h->share[i]; /* borrowed */
        bool ok = sl_slip39_combine(some, n, SPAN("pass"), &back, &err);
        assert_int_equal(ok, n >= threshold);
        assert_true(!ok || sl_span_eq_ct(sl_secret_span(&back), sl_secret_span(secret)));
        assert_true(ok || strstr(err.msg, "more must be found"));
    }
}

static void test_any_threshold_of_shares_bring_the_secret_back_and_fewer_do_not(void **state)
{
    (void)state;
    for (unsigned count = 2; count <= 4; count++)
        for (unsigned threshold = 2; threshold <= count; threshold++) {
            struct sl_err err = { 0 };
            SL_AUTO(hand_clear) struct hand h = { .n = count };
            SL_AUTO(sl_secret_clear) struct sl_secret secret = { 0 };
            const struct sl_slip39_options o = { .threshold = threshold, .count = count, .extendable = count % 2 };
            assert_ok(err, sl_secret_new(16 + 2 * (size_t)(count + threshold), &secret, &err));
            secret.ptr[3] = (uint8_t)count;
            assert_ok(err, sl_slip39_split(sl_secret_span(&secret), SPAN("pass"), &o, h.share, &err));
            every_subset(&h, threshold, &secret);
        }
}

static void test_sixteen_shares_of_sixteen_survive_their_words(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(hand_clear) struct hand made = { 0 };
    SL_AUTO(hand_clear) struct hand typed = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret secret = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret back = { 0 };
    const struct sl_slip39_options o = { .threshold = 16, .count = 16 };
    assert_ok(err, sl_secret_new(32, &secret, &err));
    assert_ok(err, sl_slip39_split(sl_secret_span(&secret), SL_SPAN_EMPTY, &o, made.share, &err));
    for (size_t i = 16; i-- > 0;) {
        SL_AUTO(sl_secret_clear) struct sl_secret words = { 0 };
        assert_ok(err, sl_slip39_share_write(&made.share[i], &words, &err));
        assert_ok(err, take(&typed, (const char *)words.ptr, &err));
    }
    assert_ok(err, sl_slip39_combine(typed.share, 16, SL_SPAN_EMPTY, &back, &err));
    assert_true(sl_span_eq_ct(sl_secret_span(&back), sl_secret_span(&secret)));
}

static void test_a_split_that_makes_no_sense_is_refused(void **state)
{
    (void)state;
    static const struct sl_slip39_options odd[] = {
        { 0, 1, 0, false }, { 1, 2, 0, false }, { 3, 2, 0, false }, { 2, 17, 0, false }, { 1, 0, 0, false }
    };
    uint8_t secret[16] = { 0 };
    for (size_t i = 0; i < COUNT_OF(odd); i++) {
        struct sl_err err = { 0 };
        struct hand h = { 0 };
        assert_refused_with(
            err, SL_E_INPUT, "a secret cannot be split into ",
            sl_slip39_split((struct sl_span){ secret, sizeof secret }, SL_SPAN_EMPTY, &odd[i], h.share, &err));
        assert_null(h.share[0].value.ptr);
    }
}

static void test_the_field_is_that_of_aes(void **state)
{
    (void)state;
    assert_int_equal(sl_slip39_field_mul(0x57, 0x83), 0xc1); /* FIPS 197 section 4.2 */
    assert_int_equal(sl_slip39_field_mul(0x57, 0x13), 0xfe);
    for (unsigned a = 0; a < 256; a++) {
        assert_int_equal(sl_slip39_field_mul((uint8_t)a, 1), a);
        assert_int_equal(sl_slip39_field_mul(0, (uint8_t)a), 0);
        assert_int_equal(sl_slip39_field_mul((uint8_t)a, 0xe5), sl_slip39_field_mul(0xe5, (uint8_t)a));
    }
}

static void test_the_word_list_has_four_letters_that_tell_each_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < SL_SLIP39_RADIX; i++) {
        const char *word = sl_slip39_list[i];
        assert_in_range(strlen(word), 4, SL_SLIP39_LETTERS);
        assert_int_equal(strspn(word, "abcdefghijklmnopqrstuvwxyz"), strlen(word));
        assert_true(i == 0 || strncmp(sl_slip39_list[i - 1], word, 4) < 0);
    }
}

static void test_running_out_of_memory_is_reported(void **state)
{
    (void)state;
    for (unsigned n = 1;; n++) {
        struct sl_err err = { 0 };
        SL_AUTO(hand_clear) struct hand h = { 0 };
        SL_AUTO(sl_secret_clear) struct sl_secret secret = { 0 };
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = take(&h, two_of_three[0], &err) && take(&h, two_of_three[1], &err)
                  && sl_slip39_combine(h.share, 2, SL_SPAN_EMPTY, &secret, &err);
        if (!fail_nth_disarm()) {
            assert_ok(err, ok);
            break;
        }
        assert_false(ok);
        assert_int_equal(err.code, SL_E_NOMEM);
    }
}

#define PATH_SIZE 1024

/* The published vectors: [what, [mnemonic...], secret in hex or "", extended private key], passphrase "TREZOR". */
static void judge(const json_t *vector, size_t *accepted, size_t *refused)
{
    struct sl_err err = { 0 };
    size_t i = 0;
    json_t *mnemonic = NULL;
    SL_AUTO(hand_clear) struct hand h = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret secret = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf hex = { 0 };
    const char *what = json_string_value(json_array_get(vector, 0)),
               *wanted = json_string_value(json_array_get(vector, 2));
    bool ok = true;
    json_array_foreach(json_array_get(vector, 1), i, mnemonic) ok = ok && take(&h, json_string_value(mnemonic), &err);
    ok = ok && sl_slip39_combine(h.share, h.n, SPAN("TREZOR"), &secret, &err);
    if (ok != (wanted[0] != 0))
        print_error("%s: %s\n", what, ok ? "accepted" : err.msg);
    assert_int_equal(ok, wanted[0] != 0);
    *(ok ? accepted : refused) += 1;
    assert_true(ok || (err.code != SL_OK && err.msg[0] != 0));
    if (ok)
        assert_ok(err, sl_hex_add(&hex, sl_secret_span(&secret), &err));
    assert_string_equal(sl_buf_str(&hex), wanted);
}

/* Where they are: among the vectors of $SEALIFT_VECTORS, or where ci/vectors put them. */
static bool find_vectors(char ret[PATH_SIZE])
{
    const char *dir = getenv("SEALIFT_VECTORS");
    (void)snprintf(ret, PATH_SIZE, "%s/slip39/vectors.json", dir ? dir : "");
    if (access(ret, F_OK) == 0)
        return true;
    (void)snprintf(ret, PATH_SIZE, SL_TEST_DATA "/../build/vectors/slip39/vectors.json");
    return access(ret, F_OK) == 0;
}

static void test_the_published_vectors_agree(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_json_clear) json_t *all = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    char path[PATH_SIZE];
    if (!find_vectors(path)) {
        print_message("SKIPPED the 45 cases of SLIP-0039: ci/vectors fetches them\n");
        skip();
    }
    assert_ok(err, sl_file_read(path, (size_t)1 << 20, &text, &err));
    assert_ok(err, sl_json_parse(sl_buf_span(&text), path, &all, &err));
    size_t accepted = 0, refused = 0, i = 0;
    json_t *vector = NULL;
    json_array_foreach(all, i, vector) judge(vector, &accepted, &refused);
    print_message("%zu vectors give their secret, %zu are refused\n", accepted, refused);
    assert_int_equal(accepted + refused, json_array_size(all));
    assert_true(accepted >= 15 && refused >= 28);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, support_setup, support_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_shares_of_the_reference_implementation_give_its_secrets),
        IN_FOLDER(test_another_passphrase_gives_another_secret),
        IN_FOLDER(test_words_are_written_as_they_were_read),
        IN_FOLDER(test_words_may_be_numbered_and_of_either_case),
        IN_FOLDER(test_a_wrong_word_is_named_by_its_number),
        IN_FOLDER(test_two_words_in_the_wrong_order_are_noticed_and_no_third_is_blamed),
        IN_FOLDER(test_shares_that_do_not_belong_together_are_refused),
        IN_FOLDER(test_forged_shares_are_refused),
        IN_FOLDER(test_any_threshold_of_shares_bring_the_secret_back_and_fewer_do_not),
        IN_FOLDER(test_sixteen_shares_of_sixteen_survive_their_words),
        IN_FOLDER(test_a_split_that_makes_no_sense_is_refused),
        IN_FOLDER(test_the_field_is_that_of_aes),
        IN_FOLDER(test_the_word_list_has_four_letters_that_tell_each_word),
        IN_FOLDER(test_running_out_of_memory_is_reported),
        IN_FOLDER(test_the_published_vectors_agree),
    };
    return cmocka_run_group_tests_name("slip39", tests, NULL, NULL);
}
