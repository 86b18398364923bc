#include "keys/priv/slip39.h"

#include <assert.h>
#include <string.h>

uint8_t sl_slip39_field_mul(uint8_t a, uint8_t b)
{
    unsigned product = 0, shifted = a;
    for (unsigned bit = 0; bit < 8; bit++) {
        product ^= shifted & (0u - ((unsigned)b >> bit & 1u));
        shifted = (shifted << 1) ^ (0x11bu & (0u - (shifted >> 7 & 1u))); /* modulo x^8 + x^4 + x^3 + x + 1 */
    }
    return (uint8_t)product;
}

/* a to the power of 254 = 2 + 4 + ... + 128, which is 1/a. */
static uint8_t inverse(uint8_t a)
{
    uint8_t power = a, product = 1;
    for (unsigned i = 1; i < 8; i++) {
        power = sl_slip39_field_mul(power, power);
        product = sl_slip39_field_mul(product, power);
    }
    return product;
}

/* The Lagrange polynomial of point i, at x: 1 at its own place and 0 at those of the others. No secret is in it. */
static uint8_t weight(const struct sl_slip39_point *point, size_t n, size_t i, uint8_t x)
{
    uint8_t above = 1, below = 1;
    for (size_t j = 0; j < n; j++) {
        if (j == i)
            continue;
        above = sl_slip39_field_mul(above, x ^ point[j].x);
        below = sl_slip39_field_mul(below, point[i].x ^ point[j].x);
    }
    assert(below != 0);
    return sl_slip39_field_mul(above, inverse(below));
}

void sl_slip39_field_at(const struct sl_slip39_point *point, size_t n, uint8_t x, uint8_t *ret)
{
    assert(n > 0);
    memset(ret, 0, point[0].y.len);
    for (size_t i = 0; i < n; i++) {
        uint8_t w = weight(point, n, i, x);
        assert(point[i].y.len == point[0].y.len);
        for (size_t k = 0; k < point[i].y.len; k++)
            ret[k] ^= sl_slip39_field_mul(w, point[i].y.ptr[k]);
    }
}
