/* The three compiler extensions this project allows itself, named once. gcc and clang have all of them. */
#ifndef SL_CORE_ATTR_H
#define SL_CORE_ATTR_H

/* Run fn(&variable) when the variable goes out of scope. Stands before the declaration it belongs to. */
#define SL_AUTO(fn) __attribute__((cleanup(fn)))

/* Ignoring the result is a compile error. */
#define SL_MUST_USE __attribute__((warn_unused_result))

/* Check printf arguments: fmt is the 1-based position of the format, args of the first argument. */
#define SL_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

#endif
