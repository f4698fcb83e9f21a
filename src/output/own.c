/* output/own.c: see own.h. */
#include "output/own.h"

#include <assert.h>

/* ---- what is written for a field ---- */

enum { KEY_ROOM = 48 };		/* a fixed number of bytes is copied by a few moves */

struct plan;

struct step {
	const struct field *f;
	const struct plan *sub;	/* FIELD_LIST: of an element */
	const char *path;	/* its first dir bytes are the objects the field stands in, "request.read.";
				 * the same pointer in neighbours that stand in the same objects */
	uint16_t dir;
	uint16_t key_n;
	char key[KEY_ROOM];	/* its last word, in quotes and with the colon */
};

struct plan {
	size_t count;
	struct step steps[];
};

struct own {
	size_t count;		/* of protocols */
	struct plan *(*plans)[OWN_VIEWS];	/* by rec.proto; NULL: not met yet */
};

static const char *path_of(const struct field *f, enum own_view view)
{
	switch (view) {
	case OWN_EVE: return f->eve;
	case OWN_REST: return f->eve == NULL ? f->name : NULL;
	case OWN_KOBAN: case OWN_VIEWS: break;
	}
	return f->name;
}

static void plan_free(struct plan *p)
{
	for (size_t i = 0; p != NULL && i < p->count; i++)
		plan_free((struct plan *)(uintptr_t)p->steps[i].sub);
	free(p);
}

static struct step step_of(const struct field *f, const char *path)
{
	const char *dot = strrchr(path, '.');
	const char *word = dot == NULL ? path : dot + 1;
	struct step s = { .f = f, .path = path, .dir = (uint16_t)(word - path) };
	int n = snprintf(s.key, sizeof(s.key), "\"%s\":", word);

	assert(n > 0 && (size_t)n < sizeof(s.key));
	s.key_n = (uint16_t)n;
	return s;
}

/* NULL: out of memory. */
static struct plan *plan_new(const struct field *fields, enum own_view view)
{
	size_t n = 0;

	while (fields[n].name != NULL)
		n++;
	struct plan *p = malloc(sizeof(*p) + n * sizeof(p->steps[0]));

	if (p == NULL)
		return NULL;
	p->count = 0;
	for (const struct field *f = fields; f->name != NULL; f++) {
		const char *path = path_of(f, view);
		struct step *s = &p->steps[p->count];

		if (path == NULL)
			continue;
		*s = step_of(f, path);
		if (p->count > 0 && s[-1].dir == s->dir && memcmp(s[-1].path, path, s->dir) == 0)
			s->path = s[-1].path;
		p->count++;
		if (f->type == FIELD_LIST && (s->sub = plan_new(f->sub, view)) == NULL) {
			plan_free(p);
			return NULL;
		}
	}
	return p;
}

static const struct plan *plan_of(struct own *own, unsigned proto, enum own_view view)
{
	struct plan **at = &own->plans[proto][view];

	if (*at == NULL)
		*at = plan_new(proto_at(proto)->fields, view);
	return *at;
}

struct own *own_new(void)
{
	struct own *own = calloc(1, sizeof(*own));

	if (own == NULL)
		return NULL;
	while (protos[own->count] != NULL)
		own->count++;
	own->plans = calloc(own->count + 1, sizeof(*own->plans));
	if (own->plans == NULL) {
		free(own);
		return NULL;
	}
	return own;
}

void own_free(struct own *own)
{
	if (own == NULL)
		return;
	for (size_t i = 0; i <= own->count; i++)
		for (unsigned view = 0; view < OWN_VIEWS; view++)
			plan_free(own->plans[i][view]);
	free(own->plans);
	free(own);
}

/* ---- one field of a record ---- */

struct half {			/* an own struct; own NULL: none */
	const uint8_t *own;
	const struct rec *rec;	/* spans count from here */
};

static uint64_t number(const struct field *f, const uint8_t *at)
{
	uint16_t two;
	uint32_t four;
	uint64_t eight;

	/* Records hold host byte order; they never leave the machine. */
	switch (f->type) {
	case FIELD_U8: case FIELD_BOOL: case FIELD_WORD: return *at;
	case FIELD_U16: memcpy(&two, at, sizeof(two)); return two;
	case FIELD_U32: memcpy(&four, at, sizeof(four)); return four;
	}
	memcpy(&eight, at, sizeof(eight));
	return eight;
}

static struct span span_at(const uint8_t *at)
{
	struct span s;

	memcpy(&s, at, sizeof(s));
	return s;
}

static double real_at(const uint8_t *at)
{
	double d;

	memcpy(&d, at, sizeof(d));
	return d;
}

static bool nonzero(const struct field *f, const uint8_t *at)
{
	switch (f->type) {
	case FIELD_F64:
		return real_at(at) != 0.0;
	case FIELD_TEXT: case FIELD_BYTES: case FIELD_KEY: case FIELD_LIST: case FIELD_TEXTS:
		return span_at(at).n > 0;
	case FIELD_IP:
		return !ip_is_zero(at);
	case FIELD_MAC:
		return !mac_is_zero(at);
	}
	return number(f, at) != 0;
}

static inline bool shown(const struct field *f, const uint8_t *own)
{
	/* First what most fields of most acts fail. */
	if (f->show == SHOW_GIVEN && own[f->given] == 0)
		return false;
	if (f->type == FIELD_WORD && own[f->at] >= f->elem)
		return false;
	/* An empty list is never worth a member: Suricata's schema forbids it. */
	if (f->show == SHOW_NONZERO ||
	    (f->show == SHOW_ALWAYS && (f->type == FIELD_LIST || f->type == FIELD_TEXTS)))
		return nonzero(f, own + f->at);
	return true;
}

/* The answer when it has a value, else the ask; NULL: the field is shown of neither. */
static inline const struct half *pick(const struct field *f, const struct half *ask,
				      const struct half *answer)
{
	bool there = answer->own != NULL && shown(f, answer->own);

	if (there && (ask->own == NULL || nonzero(f, answer->own + f->at)))
		return answer;
	if (ask->own != NULL && shown(f, ask->own))
		return ask;
	return there ? answer : NULL;
}

/* ---- writing ---- */

static bool write_plan(struct json *j, const struct plan *plan, const struct half *ask,
		       const struct half *answer);

static void write_list(struct json *j, const struct step *s, const struct half *of)
{
	const struct half none = { 0 };
	struct bytes all = rec_bytes(of->rec, span_at(of->own + s->f->at));

	json_open(j, '[');
	for (size_t at = 0; at + s->f->elem <= all.n; at += s->f->elem) {
		const struct half element = { all.p + at, of->rec };

		json_open(j, '{');
		write_plan(j, s->sub, &element, &none);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void write_texts(struct json *j, const struct rec *rec, struct bytes all)
{
	json_open(j, '[');
	for (size_t at = 0; at + sizeof(struct span) <= all.n; at += sizeof(struct span))
		json_bytes(j, rec_bytes(rec, span_at(all.p + at)));
	json_close(j, ']');
}

static void write_value(struct json *j, const struct step *s, const struct half *of)
{
	const struct field *f = s->f;
	const uint8_t *at = of->own + f->at;
	char out[IP_TEXT > MAC_TEXT ? IP_TEXT : MAC_TEXT];

	switch (f->type) {
	case FIELD_I64: json_i64(j, (int64_t)number(f, at)); return;
	case FIELD_F64: json_f64(j, real_at(at)); return;
	case FIELD_BOOL: json_bool(j, *at != 0); return;
	case FIELD_TEXT: case FIELD_KEY: json_bytes(j, rec_bytes(of->rec, span_at(at))); return;
	case FIELD_BYTES: json_hex(j, rec_bytes(of->rec, span_at(at)), 0); return;
	case FIELD_IP: ip_text(out, at); json_word(j, out); return;
	case FIELD_MAC: mac_text(out, at); json_word(j, out); return;
	case FIELD_LIST: write_list(j, s, of); return;
	case FIELD_TEXTS: write_texts(j, of->rec, rec_bytes(of->rec, span_at(at))); return;
	case FIELD_WORD: json_word(j, f->words[*at]); return;
	}
	json_u64(j, number(f, at));
}

struct nest { const char *path; size_t n; };	/* the objects that are open: path up to n, behind a dot */

/* Closes the objects the next field does not stand in, opens its new ones. */
static void move_to(struct json *j, struct nest *open, const char *path, size_t n)
{
	size_t same = 0;

	for (size_t i = 0; i < n && i < open->n && path[i] == open->path[i]; i++)
		if (path[i] == '.')
			same = i + 1;
	for (size_t i = open->n; i > same; i--)
		if (open->path[i - 1] == '.')
			json_close(j, '}');
	for (size_t i = same, end; i < n; i = end + 1) {
		for (end = i; path[end] != '.';)
			end++;
		json_key_n(j, path + i, end - i);
		json_open(j, '{');
	}
	*open = (struct nest){ path, n };
}

static void write_key(struct json *j, const struct step *s)
{
	char *to = json_room(j, 1 + KEY_ROOM);

	if (to == NULL)
		return;
	*to = ',';
	to += j->comma;
	memcpy(to, s->key, KEY_ROOM);
	j->n = (size_t)(to - j->p) + s->key_n;
	j->comma = false;
}

/* True: at least one field was written. */
static bool write_plan(struct json *j, const struct plan *plan, const struct half *ask,
		       const struct half *answer)
{
	struct nest open = { "", 0 };
	bool wrote = false;

	for (const struct step *s = plan->steps; s < plan->steps + plan->count; s++) {
		const struct half *of = pick(s->f, ask, answer);

		if (of == NULL)
			continue;
		if (s->path != open.path && s->dir + open.n > 0)
			move_to(j, &open, s->path, s->dir);
		write_key(j, s);
		write_value(j, s, of);
		wrote = true;
	}
	move_to(j, &open, "", 0);
	return wrote;
}

static struct half half_of(const struct obs *o, const struct proto *p)
{
	if (o == NULL || proto_at(o->rec.proto) != p || o->own.n < p->own_size || p->own_size == 0)
		return (struct half){ 0 };
	return (struct half){ (const uint8_t *)o + o->own.at, &o->rec };
}

bool own_write(struct own *own, struct json *j, const struct obs *ask, const struct obs *answer,
	       enum own_view view)
{
	unsigned number = ask != NULL ? ask->rec.proto : answer->rec.proto;
	const struct proto *p = proto_at(number);

	if (p == NULL || p->fields == NULL)
		return false;
	const struct half first = half_of(ask, p), later = half_of(answer, p);

	if (first.own == NULL && later.own == NULL)
		return false;
	const struct plan *plan = plan_of(own, number, view);

	j->failed = j->failed || plan == NULL;
	return plan != NULL && write_plan(j, plan, &first, &later);
}
