/* proto/mtconnect_say.c: what the documents of an MTConnect agent tell: which agent, which machines, and
 * their state. */
#include <string.h>

#include "core/hash.h"
#include "proto/mtconnect.h"

static struct bytes value_of(const struct mtc_state *s)
{
	return (struct bytes){s->value, s->value_n};
}

static bool attribute_is(const struct mtc_state *s, const char *name)
{
	return ascii_is((struct bytes){s->attribute, s->attribute_n}, name);
}

static uint32_t digest_of(struct bytes b, uint64_t seed)
{
	return (uint32_t)hash_bytes(b.p, b.n, seed) | 1;	/* 0 is: nothing yet */
}

static struct side server_of(const struct proto_ctx *x)
{
	return ends_answering(x->outer);
}

static uint8_t keep(uint8_t to[NAME_MAX], struct bytes b)
{
	size_t n = min_size(b.n, NAME_MAX);

	if (n > 0)
		memcpy(to, b.p, n);
	return (uint8_t)n;
}

/* ---- who speaks ---- */

static void agent(struct proto_ctx *x, struct bytes version)
{
	static const char product[] = "MTConnect agent ";
	struct mtc_state *s = x->state;
	struct side server = server_of(x);
	uint8_t text[sizeof(product) + VALUE_KEPT];
	struct ascii_pen pen = {.p = text, .cap = sizeof(text)};
	uint32_t digest = digest_of(version, 0);

	if (version.n == 0 || digest == s->agent)
		return;
	s->agent = digest;
	ascii_puts(&pen, product);
	ascii_put(&pen, version);
	fact_say(x, &server, FACT_SERVES, (struct bytes){text, pen.n}, server.port, 0, TRUST_SURE);
}

static void description(struct mtc_state *s)
{
	if (!s->machine || s->devices != 1)
		return;
	if (attribute_is(s, "manufacturer"))
		s->maker_n = keep(s->maker, value_of(s));
	else if (attribute_is(s, "model"))
		s->model_n = keep(s->model, value_of(s));
	else if (attribute_is(s, "serialNumber"))
		s->serial_n = keep(s->serial, value_of(s));
}

void mtc_attribute(struct proto_ctx *x)
{
	struct mtc_state *s = x->state;

	switch (s->element) {
	case ELEMENT_HEADER:
		if (attribute_is(s, "version"))
			agent(x, value_of(s));
		return;
	case ELEMENT_DEVICE:
		if (attribute_is(s, "name") && s->devices == 0)
			s->title_n = keep(s->title, value_of(s));
		return;
	case ELEMENT_DESCRIPTION:
		description(s);
		return;
	case ELEMENT_STREAM:
		if (attribute_is(s, "name"))
			s->device_n = keep(s->device, value_of(s));
		return;
	case ELEMENT_ERROR:
		if (attribute_is(s, "errorCode")) {
			struct obs *o = ends_begin(x, proto_code(&proto_mtconnect, MTC_REFUSAL), PHASE_PUSH);

			o->actor = ends_asking(x->outer);
			o->device = server_of(x);
			o->outcome = OUT_REFUSED;
			o->object.name = act_text(x, value_of(s));
			act_emit(x);
		}
		return;
	}
}

void mtc_opened(struct proto_ctx *x)
{
	struct mtc_state *s = x->state;

	if (s->element == ELEMENT_ROOT) {
		s->devices = 0;
		s->maker_n = s->model_n = s->serial_n = s->title_n = 0;
	} else if (s->element == ELEMENT_DEVICE) {
		s->machine = 1;
		s->devices = (uint8_t)(s->devices < UINT8_MAX ? s->devices + 1 : UINT8_MAX);
	} else if (s->element == ELEMENT_DESCRIPTION) {
		s->machine = 0;		/* components have descriptions of their own: the machine's comes
					 * first */
	}
}

static void fact(struct proto_ctx *x, const struct side *about, enum fact_kind kind, const uint8_t *p,
		 uint8_t n)
{
	if (n > 0)
		fact_say(x, about, kind, (struct bytes){p, n}, kind == FACT_NAME ? NAME_SYSTEM : 0, 0,
			 TRUST_LIKELY);
}

/* An agent that speaks for one machine is taken for that machine's own; of one that speaks for several, none
 * of them is said to be behind its address. */
void mtc_devices_end(struct proto_ctx *x)
{
	struct mtc_state *s = x->state;
	struct side server = server_of(x);
	uint64_t d = hash_bytes(s->maker, s->maker_n, s->devices);

	d = hash_bytes(s->model, s->model_n, d);
	d = hash_bytes(s->serial, s->serial_n, d);
	d = hash_bytes(s->title, s->title_n, d);
	if (s->devices != 1 || (uint32_t)d == s->identity)
		return;
	s->identity = (uint32_t)d;
	fact(x, &server, FACT_NAME, s->title, s->title_n);
	fact(x, &server, FACT_VENDOR, s->maker, s->maker_n);
	fact(x, &server, FACT_MODEL, s->model, s->model_n);
	fact(x, &server, FACT_SERIAL, s->serial, s->serial_n);
}

/* ---- states ---- */

static bool is_news(struct mtc_state *s, uint32_t key, uint32_t value)
{
	return said_changed(s->seen, ITEMS_SEEN, &s->next_seen, key, value);
}

static bool is_program(struct bytes element)
{
	size_t colon = ascii_find(element, ':');

	return ascii_is(ascii_skip(element, colon < element.n ? colon + 1 : 0), "Program");
}

void mtc_text(struct proto_ctx *x)
{
	struct mtc_state *s = x->state;
	struct bytes value = ascii_trim(value_of(s)), name = {s->name, s->name_n};
	uint8_t text[2 * NAME_MAX + 1];
	struct ascii_pen pen = {.p = text, .cap = sizeof(text)};

	ascii_put(&pen, (struct bytes){s->device, s->device_n});
	if (s->device_n > 0)
		ascii_puts(&pen, "/");
	ascii_put(&pen, ascii_skip(name, ascii_find(name, ':') < name.n ? ascii_find(name, ':') + 1 : 0));
	if (!is_news(s, digest_of((struct bytes){text, pen.n}, 0), digest_of(value, 1)))
		return;
	struct obs *o = act_begin_code(x, proto_code(&proto_mtconnect, MTC_STATE));

	o->phase = PHASE_PUSH;
	o->actor = ends_asking(x->outer);
	o->device = server_of(x);
	o->outcome = OUT_DONE;
	o->object.name = act_text(x, (struct bytes){text, pen.n});
	if (value.n > 0)
		act_value(x, VAL_TEXT, 8, (unsigned)value.n, value);
	struct side server = o->device;

	act_emit(x);
	if (value.n > 0 && is_program(name) && !ascii_is(value, "UNAVAILABLE"))
		fact_say(x, &server, FACT_RUNNING, value, 0, 0, TRUST_LIKELY);
}
