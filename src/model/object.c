/* model/object.c: see object.h. */
#include "model/object.h"

#include "core/hex.h"

struct out { char *p; size_t n, cap; };

static void put(struct out *o, const void *s, size_t n)
{
	size_t fits = min_size(n, o->cap - 1 - o->n);

	memcpy(o->p + o->n, s, fits);
	o->n += fits;
}

static void put_number(struct out *o, uint32_t v, unsigned base, unsigned digits)
{
	char back[10];
	size_t at = sizeof(back);

	do
		back[--at] = hex_capital(v % base);
	while ((v /= base) != 0 || sizeof(back) - at < digits);
	put(o, back + at, sizeof(back) - at);
}

const struct proto_space *object_space(const struct obs *o)
{
	const struct proto *p = proto_at(o->rec.proto);

	if (p == NULL || p->spaces == NULL)
		return NULL;
	for (unsigned i = 0; p->spaces[i].key != NULL; i++)
		if (i + 1 == o->object.space)
			return &p->spaces[i];
	return NULL;
}

/* One {placeholder} of a format; returns the first byte after it. */
static const char *placeholder(struct out *out, const struct obs *o, const char *p)
{
	if (p[1] >= '0' && p[1] <= '3') {
		uint32_t v = o->object.part[p[1] - '0'];

		if (p[2] == '}') {
			put_number(out, v, 10, 1);
			return p + 3;
		}
		if (strncmp(p + 2, ":x}", 3) == 0 || strncmp(p + 2, ":2}", 3) == 0) {
			put_number(out, v, p[3] == 'x' ? 16 : 10, p[3] == 'x' ? 1 : 2);
			return p + 5;
		}
	}
	if (strncmp(p, "{name}", 6) == 0) {
		struct bytes b = rec_bytes(&o->rec, o->object.name);

		put(out, b.p, b.n);
		return p + 6;
	}
	put(out, p, 1);
	return p + 1;
}

size_t object_text(char *text, size_t cap, const struct obs *o)
{
	struct out out = { text, 0, cap };
	const struct proto_space *s = object_space(o);
	struct bytes name = rec_bytes(&o->rec, o->object.name);

	if (cap == 0)
		return 0;
	if (s == NULL || s->format == NULL) {
		put(&out, name.p, name.n);
	} else {
		for (const char *p = s->format; *p != '\0';) {
			if (*p == '{') {
				p = placeholder(&out, o, p);
			} else {
				put(&out, p++, 1);
			}
		}
	}
	text[out.n] = '\0';
	return out.n;
}
