/* core/util.h: the few things every file needs. */
#ifndef CORE_UTIL_H
#define CORE_UTIL_H

#include <stddef.h>
#include <stdint.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static inline size_t min_size(size_t a, size_t b) { return a < b ? a : b; }
static inline size_t max_size(size_t a, size_t b) { return a > b ? a : b; }

enum { NS_PER_US = 1000, NS_PER_MS = 1000000 };
#define NS_PER_S INT64_C(1000000000)

/* Times lie within this of 1970 (1826 to 2113): the difference of any two, and a time with a timer added, fit
 * 64 bits. */
#define TIME_LIMIT_NS ((INT64_C(1) << 62) - (INT64_C(1) << 56))
_Static_assert(TIME_LIMIT_NS < INT64_MAX / 2, "the difference of two times fits");

/* n rounded up to a multiple of 8: records and arenas stay aligned. */
static inline size_t align8(size_t n) { return (n + 7) & ~(size_t)7; }

#endif
