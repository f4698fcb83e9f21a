/* proto/said.h: what a flow told already, so that it is not told again. Rings: the oldest gives way. */
#ifndef PROTO_SAID_H
#define PROTO_SAID_H

#include <stdbool.h>
#include <stdint.h>

/* Was this digest told? From now on it was. n places, *next the one that gives way. */
bool said_before(uint64_t ring[], unsigned n, uint8_t *next, uint64_t digest);

/* A thing that has one value at a time, both as digests. */
struct said_value { uint32_t key, value; };

/* Is the value another than the one seen last, or the thing new? */
bool said_changed(struct said_value ring[], unsigned n, uint8_t *next, uint32_t key, uint32_t value);

#endif
