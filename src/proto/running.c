/* proto/running.c: see running.h. */
#include "proto/running.h"

#include <string.h>

#include "core/hash.h"

struct running_name running_of(const struct obs *o)
{
	struct running_name name = { .n = 0 };
	struct bytes b = rec_bytes(&o->rec, o->value.raw);

	if (o->value.type != VAL_TEXT || b.n > RUNNING_KEPT)
		return name;
	name.n = (uint8_t)b.n;
	if (b.n > 0)
		memcpy(name.text, b.p, b.n);
	return name;
}

/* One question is answered with a path, another with the name alone. */
static uint32_t digest_of(const struct running_name *name)
{
	size_t from = 0;

	for (size_t i = 0; i < name->n; i++)
		if (name->text[i] == '/' || name->text[i] == '\\' || name->text[i] == ':')
			from = i + 1;
	return (uint32_t)hash_bytes(name->text + from, name->n - from, 0) | 1;	/* 0 is: nothing yet */
}

void running_say(struct proto_ctx *x, struct running *r, const struct side *device, unsigned place,
		 const struct running_name *name)
{
	uint32_t digest = digest_of(name);

	if (name->n == 0 || place >= RUNNING_PLACES || r->said[place] == digest)
		return;
	r->said[place] = digest;
	fact_say(x, device, FACT_RUNNING, (struct bytes){ name->text, name->n }, place, 0, TRUST_LIKELY);
}
