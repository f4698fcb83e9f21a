/* proto/mtconnect_xml.c: a scanner for the XML of MTConnect agents. It is no parser: it knows tags,
 * attributes in quotes and text, keeps one name, one attribute and one value at a time, and takes bytes in
 * pieces of any size.
 *
 * Spec:    XML 1.0, sections 2.4, 2.6, 2.7, 3.1. Entities are left as they are written; comments and CDATA
 *          end at the next '>', which may show a tag inside them: a forged document can say what it likes
 *          anyhow. */
#include <string.h>

#include "proto/mtconnect.h"

/* Local names (behind the prefix). */
static const struct { const char *name; uint8_t element; } elements[] = {
	{"MTConnectDevices", ELEMENT_ROOT}, {"MTConnectStreams", ELEMENT_ROOT},
	{"MTConnectAssets", ELEMENT_ROOT}, {"MTConnectError", ELEMENT_ROOT},
	{"Header", ELEMENT_HEADER}, {"Device", ELEMENT_DEVICE}, {"Description", ELEMENT_DESCRIPTION},
	{"DeviceStream", ELEMENT_STREAM}, {"Execution", ELEMENT_STATE}, {"ControllerMode", ELEMENT_STATE},
	{"EmergencyStop", ELEMENT_STATE}, {"Program", ELEMENT_STATE}, {"Availability", ELEMENT_STATE},
	{"Error", ELEMENT_ERROR},
};

static bool blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static uint8_t element_of(struct bytes name)
{
	size_t colon = ascii_find(name, ':');

	if (colon < name.n)
		name = ascii_skip(name, colon + 1);
	for (size_t i = 0; i < ARRAY_LEN(elements); i++)
		if (strlen(elements[i].name) == name.n && memcmp(elements[i].name, name.p, name.n) == 0)
			return elements[i].element;
	return ELEMENT_OTHER;
}

void mtc_xml_begins(struct mtc_state *s)
{
	s->stage = XML_TEXT;
	s->text = 0;
	s->value_n = 0;
	s->device_n = 0;
	s->devices = 0;
	s->machine = 0;
}

static void tag_ends(struct proto_ctx *x, bool empty)
{
	struct mtc_state *s = x->state;

	mtc_opened(x);
	s->stage = XML_TEXT;
	s->text = s->element == ELEMENT_STATE && !empty;
	s->value_n = 0;
}

/* The name of a tag is whole; c ends it. */
static void named(struct proto_ctx *x, uint8_t c)
{
	struct mtc_state *s = x->state;

	s->element = element_of((struct bytes){s->name, s->name_n});
	s->attribute_n = 0;
	s->quote = c == '/' ? '/' : 0;
	s->stage = s->element == ELEMENT_OTHER ? XML_SKIP : XML_TAG;
	if (c != '>')
		return;
	if (s->element == ELEMENT_OTHER)
		s->stage = XML_TEXT;
	else
		tag_ends(x, false);
}

static void closed(struct proto_ctx *x)
{
	struct mtc_state *s = x->state;
	uint8_t element = element_of((struct bytes){s->name, s->name_n});

	if (element == ELEMENT_ROOT)
		mtc_devices_end(x);
	s->stage = XML_TEXT;
}

static void put(uint8_t *to, uint8_t *n, size_t cap, uint8_t c)
{
	if (*n < cap)
		to[(*n)++] = c;
}

/* Inside a tag that says something, between its attributes. */
static void step_tag(struct proto_ctx *x, struct mtc_state *s, uint8_t c)
{
	if (c == '>') {
		tag_ends(x, s->quote == '/');
	} else if (c == '/') {
		s->quote = '/';		/* "/>" */
	} else if (!blank(c)) {
		s->quote = 0;
		s->attribute_n = 0;
		put(s->attribute, &s->attribute_n, ATTRIBUTE_MAX, c);
		s->stage = XML_ATTRIBUTE;
	}
}

static void step_value(struct proto_ctx *x, struct mtc_state *s, uint8_t c)
{
	if (c != s->quote) {
		put(s->value, &s->value_n, VALUE_KEPT, c);
		return;
	}
	s->quote = 0;
	mtc_attribute(x);
	s->stage = XML_TAG;
}

static void step_text(struct proto_ctx *x, struct mtc_state *s, uint8_t c)
{
	if (c != '<') {
		if (s->text)
			put(s->value, &s->value_n, VALUE_KEPT, c);
		return;
	}
	if (s->text)
		mtc_text(x);
	s->text = 0;
	s->stage = XML_OPEN;
	s->name_n = 0;
	s->quote = 0;
}

static void step(struct proto_ctx *x, struct mtc_state *s, uint8_t c)
{
	switch (s->stage) {
	case XML_TEXT:
		step_text(x, s, c);
		return;
	case XML_OPEN:
		s->stage = c == '/' ? XML_CLOSE : c == '!' || c == '?' ? XML_BANG : XML_NAME;
		if (s->stage == XML_NAME)
			put(s->name, &s->name_n, NAME_MAX, c);
		return;
	case XML_NAME:
		if (blank(c) || c == '>' || c == '/')
			named(x, c);
		else
			put(s->name, &s->name_n, NAME_MAX, c);
		return;
	case XML_TAG:
		step_tag(x, s, c);
		return;
	case XML_ATTRIBUTE:
		if (c == '=')
			s->stage = XML_EQUALS;
		else if (c == '>')
			tag_ends(x, false);
		else if (!blank(c))
			put(s->attribute, &s->attribute_n, ATTRIBUTE_MAX, c);
		return;
	case XML_EQUALS:
		if (c == '"' || c == '\'') {
			s->quote = c;
			s->value_n = 0;
			s->stage = XML_VALUE;
		}
		return;
	case XML_VALUE:
		step_value(x, s, c);
		return;
	case XML_SKIP:
		if (c == '"' || c == '\'') {
			s->quote = c;
			s->stage = XML_SKIP_QUOTED;
		} else if (c == '>') {
			s->stage = XML_TEXT;
		}
		return;
	case XML_SKIP_QUOTED:
		if (c == s->quote)
			s->stage = XML_SKIP;
		return;
	case XML_BANG:
		if (c == '>')
			s->stage = XML_TEXT;
		return;
	case XML_CLOSE:
		if (c == '>')
			closed(x);
		else if (!blank(c))
			put(s->name, &s->name_n, NAME_MAX, c);
		return;
	}
}

/* What nobody reads is passed over at the speed of memchr. */
static size_t skip(const struct mtc_state *s, struct bytes b)
{
	switch (s->stage) {
	case XML_TEXT:
		return s->text ? 0 : ascii_find(b, '<');
	case XML_SKIP_QUOTED:
		return ascii_find(b, s->quote);
	case XML_BANG:
		return ascii_find(b, '>');
	}
	return 0;
}

void mtc_xml(struct proto_ctx *x, struct bytes piece)
{
	struct mtc_state *s = x->state;

	while (piece.n > 0) {
		piece = ascii_skip(piece, skip(s, piece));
		if (piece.n == 0)
			return;
		step(x, s, piece.p[0]);
		piece = ascii_skip(piece, 1);
	}
}
