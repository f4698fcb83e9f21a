/* detect/values.h: the last known value of objects that some rule compares with.
 *
 * What is known of an object: what was written last, or what was read by the end of the last whole minute
 * (before there is one, the first value read), whichever is later. Reads of the minute that is running do not
 * count, because most of them are folded and come only at its end: so a rule sees the same before every act
 * whether reads are folded or not. */
#ifndef DETECT_VALUES_H
#define DETECT_VALUES_H

#include "model/known.h"

struct values;

int values_new(struct values **ret_v, uint32_t cap);
void values_free(struct values *v);

/* The act's number becomes known. minute: of the clock that ticks. */
void values_act(struct values *v, const struct obs *o, long double number, int64_t minute);

/* What was known before this act. False: nothing. */
bool values_before(const struct values *v, const struct obs *o, int64_t minute, long double *ret);

/* What it was when learning ended. False: nothing is known. */
bool values_anchor(const struct values *v, const struct obs *o, double *ret);

/* Rows of an earlier run, before the first act; and all that may be kept, in an order that depends on the
 * rows alone: what was written, and what was read of objects somebody gave a meaning. learned: this run was
 * one of learning. False when a call stopped it. */
void values_load(struct values *v, const struct known_row *row);
bool values_visit(struct values *v, bool learned, bool (*row)(void *ctx, const struct known_row *row),
		  void *ctx);

uint64_t values_refused(const struct values *v);

#endif
