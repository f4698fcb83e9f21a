/* output/own.c: see own.h. */
#include "output/own.h"

struct member {			/* one field where its bytes are */
	const struct field *f;
	const uint8_t *at;	/* of the field */
	const uint8_t *base;	/* of the struct it is in */
	const struct rec *rec;	/* spans count from here */
};

static uint64_t number(const struct member *m)
{
	uint64_t v = 0;
	static const uint8_t sizes[] = { [FIELD_U8] = 1, [FIELD_U16] = 2, [FIELD_U32] = 4, [FIELD_U64] = 8,
					 [FIELD_I64] = 8, [FIELD_BOOL] = 1, [FIELD_WORD] = 1 };

	/* Records hold host byte order; they never leave the machine. */
	switch (m->f->type < ARRAY_LEN(sizes) ? sizes[m->f->type] : 0) {
	case 1: return m->at[0];
	case 2: { uint16_t t; memcpy(&t, m->at, 2); return t; }
	case 4: { uint32_t t; memcpy(&t, m->at, 4); return t; }
	case 8: memcpy(&v, m->at, 8); return v;
	}
	return 0;
}

static struct span span_of(const struct member *m)
{
	struct span s;

	memcpy(&s, m->at, sizeof(s));
	return s;
}

static double real(const struct member *m)
{
	double d;

	memcpy(&d, m->at, sizeof(d));
	return d;
}

static bool nonzero(const struct member *m)
{
	static const uint8_t zero[16];

	switch (m->f->type) {
	case FIELD_F64:
		return real(m) != 0.0;
	case FIELD_TEXT: case FIELD_BYTES: case FIELD_KEY: case FIELD_LIST: case FIELD_TEXTS:
		return span_of(m).n > 0;
	case FIELD_IP:
		return memcmp(m->at, zero, 16) != 0;
	case FIELD_MAC:
		return memcmp(m->at, zero, 6) != 0;
	}
	return number(m) != 0;
}

static bool shown(const struct member *m)
{
	if (m->f->type == FIELD_WORD && number(m) >= m->f->elem)
		return false;
	switch (m->f->show) {
	case SHOW_ALWAYS:
		/* An empty list is never worth a member: Suricata's schema forbids it. */
		return (m->f->type != FIELD_LIST && m->f->type != FIELD_TEXTS) || nonzero(m);
	case SHOW_GIVEN:
		return m->base[m->f->given] != 0;
	}
	return nonzero(m);
}

static const char *path_of(const struct field *f, enum own_view view)
{
	switch (view) {
	case OWN_EVE: return f->eve;
	case OWN_REST: return f->eve == NULL ? f->name : NULL;
	case OWN_KOBAN: break;
	}
	return f->name;
}

static void write_struct(struct json *j, const struct field *fields, const struct rec *ask_rec,
			 const uint8_t *ask, const struct rec *answer_rec, const uint8_t *answer,
			 enum own_view view, bool *wrote);

static void write_list(struct json *j, const struct member *m, enum own_view view)
{
	struct bytes all = rec_bytes(m->rec, span_of(m));

	json_open(j, '[');
	for (size_t at = 0; at + m->f->elem <= all.n; at += m->f->elem) {
		bool wrote = false;

		json_open(j, '{');
		write_struct(j, m->f->sub, m->rec, all.p + at, NULL, NULL, view, &wrote);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void write_texts(struct json *j, const struct member *m)
{
	struct bytes all = rec_bytes(m->rec, span_of(m));

	json_open(j, '[');
	for (size_t at = 0; at + sizeof(struct span) <= all.n; at += sizeof(struct span)) {
		struct span s;

		memcpy(&s, all.p + at, sizeof(s));
		json_bytes(j, rec_bytes(m->rec, s));
	}
	json_close(j, ']');
}

static void write_value(struct json *j, const struct member *m, enum own_view view)
{
	char out[IP_TEXT > MAC_TEXT ? IP_TEXT : MAC_TEXT];

	switch (m->f->type) {
	case FIELD_I64: json_i64(j, (int64_t)number(m)); return;
	case FIELD_F64: json_f64(j, real(m)); return;
	case FIELD_BOOL: json_bool(j, number(m) != 0); return;
	case FIELD_TEXT: case FIELD_KEY: json_bytes(j, rec_bytes(m->rec, span_of(m))); return;
	case FIELD_BYTES: json_hex(j, rec_bytes(m->rec, span_of(m)), 0); return;
	case FIELD_IP: ip_text(out, m->at); json_str(j, out); return;
	case FIELD_MAC: mac_text(out, m->at); json_str(j, out); return;
	case FIELD_LIST: write_list(j, m, view); return;
	case FIELD_TEXTS: write_texts(j, m); return;
	case FIELD_WORD: json_str(j, m->f->words[number(m)]); return;
	}
	json_u64(j, number(m));
}

/* The objects a dotted path lies in: closes those the next path does not share, opens its new ones. Leaves
 * the last word of the path as the key to write. */
struct nest { const char *path; size_t n; };	/* what is open: path up to n, n counts the last dot */

static void move_to(struct json *j, struct nest *open, const char *path)
{
	const char *dot = strrchr(path, '.');
	size_t want = dot == NULL ? 0 : (size_t)(dot - path) + 1, same = 0;

	for (size_t i = 0; i < want && i < open->n && path[i] == open->path[i]; i++)
		if (path[i] == '.')
			same = i + 1;
	for (size_t i = open->n; i > same; i--)
		if (open->path[i - 1] == '.')
			json_close(j, '}');
	for (size_t i = same; i < want;) {
		size_t end = i;
		char key[64];

		while (path[end] != '.')
			end++;
		snprintf(key, sizeof(key), "%.*s", (int)(end - i), path + i);
		json_key_open(j, key, '{');
		i = end + 1;
	}
	*open = (struct nest){ path, want };
}

static struct member pick(const struct field *f, const struct rec *ask_rec, const uint8_t *ask,
			  const struct rec *answer_rec, const uint8_t *answer)
{
	struct member a = { f, ask == NULL ? NULL : ask + f->at, ask, ask_rec };
	struct member b = { f, answer == NULL ? NULL : answer + f->at, answer, answer_rec };

	if (ask == NULL)
		return b;
	if (answer == NULL)
		return a;
	bool a_shown = shown(&a), b_shown = shown(&b);

	return b_shown && (nonzero(&b) || !a_shown) ? b : a;
}

static void write_struct(struct json *j, const struct field *fields, const struct rec *ask_rec,
			 const uint8_t *ask, const struct rec *answer_rec, const uint8_t *answer,
			 enum own_view view, bool *wrote)
{
	struct nest open = { "", 0 };

	for (const struct field *f = fields; f->name != NULL; f++) {
		const char *path = path_of(f, view);
		struct member m = pick(f, ask_rec, ask, answer_rec, answer);

		if (path == NULL || !shown(&m))
			continue;
		move_to(j, &open, path);
		const char *dot = strrchr(path, '.');

		json_key(j, dot == NULL ? path : dot + 1);
		write_value(j, &m, view);
		*wrote = true;
	}
	move_to(j, &open, "");
}

static const uint8_t *own_of(const struct proto *p, const struct obs *o)
{
	if (o == NULL || o->own.n < p->own_size || p->own_size == 0)
		return NULL;
	return (const uint8_t *)o + o->own.at;
}

bool own_write(struct json *j, const struct proto *p, const struct obs *ask, const struct obs *answer,
	       enum own_view view)
{
	const uint8_t *a = own_of(p, ask), *b = own_of(p, answer);
	bool wrote = false;

	if (p->fields != NULL && (a != NULL || b != NULL))
		write_struct(j, p->fields, ask == NULL ? NULL : &ask->rec, a,
			     answer == NULL ? NULL : &answer->rec, b, view, &wrote);
	return wrote;
}
