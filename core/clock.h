/* The only place that reads a clock. What is signed or planned never depends on it. */
#ifndef SL_CORE_CLOCK_H
#define SL_CORE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Seconds since 1970-01-01T00:00:00Z. */
int64_t sl_clock_now_utc(void);

/* Milliseconds of a clock that never goes back. */
uint64_t sl_clock_monotonic_ms(void);

/* Sleep, ended early by a signal. */
void sl_clock_sleep_ms(uint64_t ms);

#define SL_CLOCK_BASIC_SIZE    17 /* "20150830T123600Z" and a NUL */
#define SL_CLOCK_EXTENDED_SIZE 21 /* "2015-08-30T12:36:00Z" and a NUL */
#define SL_CLOCK_HTTP_SIZE     30 /* "Sun, 30 Aug 2015 12:36:00 GMT" and a NUL */

/* ISO 8601 basic and extended form, and the HTTP date of RFC 9110, of a time in the years 1970 to 9999. */
void sl_clock_basic(int64_t utc, char ret[SL_CLOCK_BASIC_SIZE]);
void sl_clock_extended(int64_t utc, char ret[SL_CLOCK_EXTENDED_SIZE]);
void sl_clock_http(int64_t utc, char ret[SL_CLOCK_HTTP_SIZE]);

/* Read the basic form, and the HTTP date; false when the text is anything else. */
bool sl_clock_from_basic(const char *text, int64_t *ret_utc);
bool sl_clock_from_http(const char *text, int64_t *ret_utc);

/* Read the extended form as services and tools write it: 'T' or a space, a fraction that is dropped, and "Z", "UTC",
 * "+01:00" or "+0100", without which the time means nothing. */
bool sl_clock_from_extended(const char *text, int64_t *ret_utc);

#endif
