/* detect/learned.h: what was done to which object in normal times, and with which values. */
#ifndef DETECT_LEARNED_H
#define DETECT_LEARNED_H

#include "model/learned.h"
#include "model/proto.h"

struct learned;

/* cap: rows. 0 or a negative errno. */
int learned_new(struct learned **ret_l, uint32_t cap);
void learned_free(struct learned *l);

/* An act of normal times. object: as people write it. */
void learned_act(struct learned *l, const struct obs *o, struct bytes object, const char *word);

void learned_load(struct learned *l, const struct learned_row *row);

/* Every row, in an order that depends on the rows alone. False when a call stopped it. */
bool learned_visit(struct learned *l, bool (*row)(void *ctx, const struct learned_row *row), void *ctx);

enum learned_what { LEARNED_PAIR, LEARNED_WORD, LEARNED_CATEGORY, LEARNED_OBJECT };

/* Was it done before by these two addresses: anything, this word, this word to an object of this one's
 * category, this word to this object. */
bool learned_has(const struct learned *l, enum learned_what what, uint8_t tap, uint16_t proto,
		 const struct side *actor, const struct side *device, const char *word, struct bytes object);

/* Did this end do anything: by its IP address, or by its MAC address where it has none. */
bool learned_at_work(const struct learned *l, uint8_t tap, const struct side *actor);

/* The values written to this object of this device by anybody. NULL: none. */
const struct learned_values *learned_values(const struct learned *l, uint8_t tap, uint16_t proto,
					    const struct side *device, struct bytes object);

/* Is the number beyond what these show to be usual. */
bool learned_is_outside(const struct learned_values *v, double number);

bool learned_any(const struct learned *l);
uint64_t learned_refused(const struct learned *l);
uint32_t learned_used(const struct learned *l);

#endif
