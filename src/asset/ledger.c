/* asset/ledger.c: folds records into the tables of the ledger. This is the desk's hot path: a read that was
 * seen before costs two look-ups and a few additions. */
#include "asset/ledger.h"
#include "asset/roles.h"
#include "model/object.h"

#include <errno.h>

enum { FACTS_PER_ASSET = 4 };

/* ---- start and end ---- */

static uint32_t index_room(uint32_t cap)
{
	uint32_t room = 64;

	while (room < cap * 2)
		room *= 2;
	return room;
}

static int index_init(struct index *x, struct arena *a, uint32_t cap)
{
	x->slot = arena_take(a, index_room(cap) * sizeof(x->slot[0]));
	x->mask = index_room(cap) - 1;
	return x->slot == NULL ? -ENOMEM : 0;
}

/* Every table: its slab, its index, the size of a row, its cap. */
struct table { struct slab *slab; struct index *index; size_t size; uint32_t cap; };

enum { TABLES = 10, OBJECTS_PER_PROGRAM = 16 };

static void tables_of(struct ledger *l, struct table t[TABLES])
{
	const struct limits *cap = l->options.limits;
	uint32_t ends = cap->assets * 2;

	t[0] = (struct table){ &l->ends, &l->end_at, sizeof(struct end), ends };
	t[1] = (struct table){ &l->macs, &l->mac_at, sizeof(struct mac_node), ends };
	t[2] = (struct table){ &l->ips, &l->ip_at, sizeof(struct ip_node), ends };
	t[3] = (struct table){ &l->nets, &l->net_at, sizeof(struct net_node), ends };
	t[4] = (struct table){ &l->facts, &l->fact_at, sizeof(struct fact_node),
			       cap->assets * FACTS_PER_ASSET };
	t[5] = (struct table){ &l->talks, &l->talk_at, sizeof(struct talk), cap->conversations };
	t[6] = (struct table){ &l->flows, &l->flow_at, sizeof(struct flow_node), cap->conversations };
	t[7] = (struct table){ &l->objects, &l->object_at, sizeof(struct object_node), cap->objects };
	t[8] = (struct table){ &l->coverage, &l->coverage_at, sizeof(struct coverage_row),
			       cap->conversations };
	t[9] = (struct table){ &l->programs, &l->program_at, sizeof(struct program_node),
			       cap->objects / OBJECTS_PER_PROGRAM + 1 };
}

/* The numbers that words, protocols and stations have, looked up once. */
static void learn_tables(struct ledger *l)
{
	for (uint8_t i = 0; word_at(i) != NULL; i++)
		if (strcmp(word_at(i), "login-failed") == 0)
			l->login_failed = i;
	for (unsigned v = 0; v < VERB_COUNT; v++)
		for (unsigned c = 0; c < CLASS_COUNT; c++) {
			const char *word = word_of((uint8_t)v, (uint8_t)c, OUT_UNKNOWN);

			for (uint8_t i = 0; word_at(i) != NULL; i++)
				if (word_at(i) == word)
					l->word[v][c] = i;
		}
	for (unsigned i = 1; i < PROTOS && proto_at(i) != NULL; i++) {
		l->use[i] = (uint8_t)role_use(proto_at(i)->name);
		l->station[i] = (uint8_t)role_station(proto_at(i)->name);
	}
}

static int take_tables(struct ledger *l)
{
	struct table t[TABLES];

	tables_of(l, t);
	for (unsigned i = 0; i < TABLES; i++)
		if (slab_init(t[i].slab, &l->arena, t[i].size, t[i].cap) < 0 ||
		    index_init(t[i].index, &l->arena, t[i].cap) < 0)
			return -ENOMEM;
	l->recent = arena_take(&l->arena, RECENT * sizeof(l->recent[0]));
	return l->recent == NULL ? -ENOMEM : view_init(l);
}

int ledger_new(struct ledger **ret_ledger, const struct ledger_options *o)
{
	struct ledger *l = calloc(1, sizeof(*l));
	struct table t[TABLES];
	size_t need = RECENT * sizeof(struct recent) + 4096;

	if (l == NULL)
		return -ENOMEM;
	l->options = *o;
	tables_of(l, t);
	for (unsigned i = 0; i < TABLES; i++)
		need += (t[i].size + 16) * t[i].cap + index_room(t[i].cap) * sizeof(uint64_t) + 64;
	int r = arena_map(&l->arena, need + view_need(l));

	if (r >= 0)
		r = take_tables(l);
	if (r < 0) {
		ledger_free(l);
		return r;
	}
	l->heard_cap = l->silent_cap = o->limits->assets;
	l->began_ns = INT64_MAX;
	learn_tables(l);
	*ret_ledger = l;
	return 0;
}

void ledger_free(struct ledger *l)
{
	if (l == NULL)
		return;
	arena_unmap(&l->arena);
	free(l);
}

int64_t ledger_began(const struct ledger *l)
{
	return l->began_ns;
}

bool ledger_proto_is_ot(const struct ledger *l, unsigned rec_proto)
{
	return rec_proto < PROTOS && use_is_ot(l->use[rec_proto]);
}

bool ledger_proto_is_names(const struct ledger *l, unsigned rec_proto)
{
	switch (rec_proto < PROTOS ? l->use[rec_proto] : USE_OTHER) {
	case USE_DNS: case USE_DHCP: case USE_NETBIOS: case USE_LLMNR: case USE_MDNS:
		return true;
	}
	return false;
}

bool station_is_far(const struct ledger *l, uint16_t proto, uint64_t station)
{
	enum { UNIT_ANY = 1, UNIT_SELF = 255 };	/* MODBUS Messaging on TCP/IP V1.0b section 4.4.1.1 */

	switch (proto < PROTOS ? l->station[proto] : STATION_OWN) {
	case STATION_UNIT: return station != UNIT_ANY && station != UNIT_SELF;
	case STATION_SLOT: return false;
	}
	return true;
}

/* ---- acts ---- */

static uint32_t talk_new(struct ledger *l, const struct obs *o, const struct side key[2], const struct at *at)
{
	uint32_t actor = end_get(l, o->rec.tap, o->rec.proto, &key[0]);
	uint32_t device = end_get(l, o->rec.tap, o->rec.proto, &key[1]);
	struct talk *t = actor == NONE32 || device == NONE32 ? NULL : slab_get(&l->talks);

	if (t == NULL)
		return NONE32;
	*t = (struct talk){
		.actor_side = key[0], .device_side = key[1], .actor = actor, .device = device,
		.first_ns = INT64_MAX, .last_ns = INT64_MIN, .heard_first_ns = INT64_MAX,
		.heard_last_ns = INT64_MIN, .reads_ns = INT64_MAX, .read_minute = INT64_MIN,
		.frame = UINT64_MAX, .proto = o->rec.proto, .port = o->device.port, .tap = o->rec.tap,
	};
	uint32_t row = slab_index(&l->talks, t);

	index_put(&l->talk_at, at, row);
	return row;
}

uint32_t talk_find(const struct ledger *l, uint8_t tap, uint16_t proto, const struct side key[2],
		   struct at *at)
{
	uint64_t hash = side_hash(&key[1], side_hash(&key[0], (uint64_t)tap << 16 | proto));

	for (uint32_t i = index_first(&l->talk_at, hash, at); i != NONE32; i = index_after(&l->talk_at, at)) {
		const struct talk *t = slab_at(&l->talks, i);

		if (t->proto == proto && t->tap == tap &&
		    memcmp(&t->actor_side, key, 2 * sizeof(key[0])) == 0)
			return i;
	}
	return NONE32;
}

static uint32_t talk_get(struct ledger *l, const struct obs *o)
{
	struct side key[2] = { side_bare(&o->actor), side_bare(&o->device) };
	struct at at;
	uint32_t row = talk_find(l, o->rec.tap, o->rec.proto, key, &at);

	return row != NONE32 ? row : talk_new(l, o, key, &at);
}

/* Modbus exceptions of a gateway, not of the station: MODBUS Application Protocol V1.1b3 section 7. */
static bool gateway_refused(const struct ledger *l, const struct obs *o)
{
	enum { PATH_UNAVAILABLE = 0x0a, TARGET_SILENT = 0x0b };

	return o->outcome == OUT_REFUSED && o->rec.proto < PROTOS &&
	       l->station[o->rec.proto] == STATION_UNIT &&
		       (o->result == PATH_UNAVAILABLE || o->result == TARGET_SILENT);
}

static enum use use_of(const struct ledger *l, const struct obs *o)
{
	return o->rec.proto < PROTOS ? l->use[o->rec.proto] : USE_OTHER;
}

/* What a sensor tells a broker without waiting for an answer comes from the one who acts. */
static bool is_told(const struct ledger *l, const struct obs *o)
{
	return o->phase == PHASE_PUSH && o->verb == VERB_PUBLISH && use_of(l, o) == USE_TOPICS;
}

static bool device_sent(const struct ledger *l, const struct obs *o)
{
	return (o->phase == PHASE_PUSH && !is_told(l, o)) || o->phase == PHASE_ANSWER ||
	       o->outcome == OUT_DONE || o->outcome == OUT_REFUSED || o->outcome == OUT_PARTLY;
}

/* The first time this word, this answer is seen between the two: what it shows of both. */
static void talk_shows(struct ledger *l, struct talk *t, const struct obs *o, bool new_word)
{
	enum use use = use_of(l, o);

	/* What goes to a group unasked comes from who acts. Machines without an address share one flow, which
	 * is the first one's: only their acts tell of the others (DHCP). */
	bool to_group = o->phase == PHASE_PUSH && (end_at(l, t->device)->flags & END_GROUP) != 0;

	if (o->phase == PHASE_ASK || o->phase == PHASE_WHOLE || to_group || is_told(l, o)) {
		if (!t->asked)
			end_heard(l, t->actor);
		t->asked = true;
		if (new_word)
			end_show(l, t->actor, role_asked(use, o->verb, o->object.class), o->rec.proto);
	}
	if (device_sent(l, o) && (!t->answered || !t->shown)) {
		if (gateway_refused(l, o) && end_at(l, t->device)->base != NONE32) {
			end_heard(l, end_at(l, t->device)->base);
			return;
		}
		t->answered = true;
		t->shown |= o->verb != VERB_MALFORMED;
		end_heard(l, t->device);
		if ((end_at(l, t->device)->flags & END_GROUP) == 0 && o->verb != VERB_MALFORMED)
			end_show(l, t->device, role_answered(use), o->rec.proto);
	}
}

static void count_outcome(const struct obs *o, uint64_t *done, uint64_t *refused, uint64_t *partly,
			  uint64_t *unanswered)
{
	switch (o->outcome) {
	case OUT_DONE: *done += o->times; break;
	case OUT_REFUSED: *refused += o->times; break;
	case OUT_PARTLY: *partly += o->times; break;
	case OUT_UNANSWERED: *unanswered += o->times; break;
	default: break;
	}
}

static uint32_t object_find(const struct ledger *l, uint32_t talk, uint64_t key, uint32_t code, uint8_t verb,
			    uint8_t class, struct at *at)
{
	uint64_t hash = hash_join(hash_join(key, talk), (uint64_t)code << 16 | (uint64_t)verb << 8 | class);

	for (uint32_t i = index_first(&l->object_at, hash, at); i != NONE32;
	     i = index_after(&l->object_at, at)) {
		const struct object_node *n = slab_at(&l->objects, i);

		if (n->talk == talk && n->row.key == key && n->row.code == code && n->row.verb == verb &&
		    n->row.class == class)
			return i;
	}
	return NONE32;
}

struct object_node *object_place(struct ledger *l, uint32_t talk, const struct object_row *key)
{
	struct at at;
	uint32_t i = object_find(l, talk, key->key, key->code, key->verb, key->class, &at);

	if (i != NONE32)
		return slab_at(&l->objects, i);
	struct object_node *n = slab_get(&l->objects);

	if (n == NULL)
		return NULL;
	n->talk = talk;
	n->row = *key;
	index_put(&l->object_at, &at, slab_index(&l->objects, n));
	return n;
}

/* Keeps the value written last, by time and then by record. */
static void object_value(struct ledger *l, struct object_node *n, const struct obs *o)
{
	if (l->options.values != VALUES_WRITES || (o->verb != VERB_WRITE && o->verb != VERB_FORCE) ||
	    o->value.type == VAL_NONE)
		return;
	uint64_t name = rec_name_of(&o->rec);

	if (o->rec.at_ns < n->row.value_ns || (o->rec.at_ns == n->row.value_ns && name < n->value_name))
		return;
	n->row.value_ns = o->rec.at_ns;
	n->value_name = name;
	value_text(n->row.value, sizeof(n->row.value), o);
}

/* An answer counts only in the outcome of what was asked: the same object, or else the act it names. Acts of
 * folding verbs may have been folded away, so for them the name says nothing. */
static void object_answer(struct ledger *l, uint32_t talk, const struct obs *o)
{
	const struct recent *r = &l->recent[hash_mix(o->re) % RECENT];
	struct at at;
	uint32_t i = o->re == 0 ? NONE32 : object_find(l, talk, o->object.key, o->code, o->verb,
						       o->object.class, &at);

	if (i == NONE32 && o->re != 0 && r->name == o->re && !verb_folds(o->verb))
		i = r->object;
	if (i == NONE32)
		return;
	struct object_row *row = &((struct object_node *)slab_at(&l->objects, i))->row;

	count_outcome(o, &row->done, &row->refused, &row->partly, &row->unanswered);
}

static void object_count(struct ledger *l, uint32_t talk, const struct obs *o, int64_t first_ns,
			 uint64_t frame)
{
	struct object_row key = {
		.key = o->object.key, .proto = o->rec.proto, .verb = o->verb, .class = o->object.class,
		.word = l->word[o->verb][o->object.class], .code = o->code,
		.first_ns = INT64_MAX, .last_ns = INT64_MIN, .value_ns = INT64_MIN, .frame = UINT64_MAX,
	};
	struct object_node *n = object_place(l, talk, &key);

	if (n == NULL)
		return;
	struct object_row *row = &n->row;

	if (row->frame == UINT64_MAX)
		ledger_object(row->object, sizeof(row->object), o);
	row->count += o->times;
	if (first_ns < row->first_ns)
		row->first_ns = first_ns;
	if (o->rec.at_ns > row->last_ns)
		row->last_ns = o->rec.at_ns;
	if (frame < row->frame)
		row->frame = frame;
	count_outcome(o, &row->done, &row->refused, &row->partly, &row->unanswered);
	object_value(l, n, o);
	if (o->phase == PHASE_ASK) {
		uint64_t name = rec_name_of(&o->rec);

		l->recent[hash_mix(name) % RECENT] = (struct recent){ name, slab_index(&l->objects, n) };
	}
}

static void read_since(struct ledger *l, struct talk *t, int64_t first_ns)
{
	if (first_ns >= t->reads_ns)
		return;
	t->reads_ns = first_ns;
	l->changes++;
	for (uint32_t e = t->actor; e != NONE32; e = end_at(l, e)->base)
		if (first_ns < end_at(l, e)->reads_ns)
			end_at(l, e)->reads_ns = first_ns;
}

static void read_again(struct ledger *l, struct talk *t, int64_t at_ns)
{
	int64_t minute = at_ns / (60 * NS_PER_S);

	if (minute == t->read_minute)
		return;
	t->read_minute = minute;
	for (uint32_t i = t->actor; i != NONE32; i = end_at(l, i)->base)
		end_reads(l, i, minute);
}

static void act(struct ledger *l, const struct obs *o)
{
	if (o->verb >= VERB_COUNT || o->object.class >= CLASS_COUNT)
		return;
	uint32_t row = talk_get(l, o);

	if (row == NONE32)
		return;
	struct talk *t = slab_at(&l->talks, row);
	int64_t first_ns = o->since_ns != 0 && o->since_ns < o->rec.at_ns ? o->since_ns : o->rec.at_ns;
	uint64_t frame = rec_evidence(&o->rec);
	bool sent = device_sent(l, o);

	if (sent && first_ns < t->heard_first_ns)
		t->heard_first_ns = first_ns;
	if (sent && o->rec.at_ns > t->heard_last_ns)
		t->heard_last_ns = o->rec.at_ns;
	if (frame < t->frame)
		t->frame = frame;
	program_record(l, row, o, frame);
	if (o->phase == PHASE_ANSWER) {
		if (o->re != 0)
			count_outcome(o, &t->done, &t->refused, &t->partly, &t->unanswered);
		if (!t->shown)
			talk_shows(l, t, o, false);
		object_answer(l, row, o);
		return;
	}
	uint64_t word = UINT64_C(1) << (o->verb == VERB_LOGIN && o->outcome == OUT_REFUSED ? l->login_failed :
					l->word[o->verb][o->object.class]);
	bool new_word = (t->words & word) == 0;

	t->words |= word;
	t->acts += o->times;
	if (first_ns < t->first_ns)
		t->first_ns = first_ns;
	if (o->rec.at_ns > t->last_ns)
		t->last_ns = o->rec.at_ns;
	count_outcome(o, &t->done, &t->refused, &t->partly, &t->unanswered);
	if (new_word || !t->asked || !t->shown)
		talk_shows(l, t, o, new_word);
	if (o->verb == VERB_READ && ledger_proto_is_ot(l, o->rec.proto)) {
		read_since(l, t, first_ns);
		read_again(l, t, o->rec.at_ns);
	}
	object_count(l, row, o, first_ns, frame);
}

/* ---- the door ---- */

void ledger_record(struct ledger *l, const struct rec *r)
{
	l->records++;
	/* Ticks and health carry the beginning of their minute, when nothing may have been seen yet. */
	if (r->at_ns < l->began_ns && r->type != REC_TICK && r->type != REC_HEALTH)
		l->began_ns = r->at_ns;
	switch (r->type) {
	case REC_ACT: act(l, (const struct obs *)r); break;
	case REC_FACT: fact_record(l, (const struct fact *)r); break;
	case REC_FLOW: flow_record(l, (const struct obs *)r); break;
	case REC_HEALTH: coverage_record(l, (const struct obs *)r); break;
	default: break;			/* hits, ticks and losses say nothing about things */
	}
}

void ledger_person(struct ledger *l, uint8_t tap, uint16_t proto, const struct side *about,
		   enum fact_kind kind, const char *text, int64_t at_ns)
{
	uint32_t end = end_get(l, tap, proto, about);
	struct fact_row row = { .kind = (uint16_t)kind, .source = SOURCE_PERSON, .first_ns = at_ns,
				.last_ns = at_ns, .frame = 0 };

	if (end == NONE32)
		return;
	clean_text(row.text, sizeof(row.text), (struct bytes){ (const uint8_t *)text, strlen(text) });
	fact_add(l, end, &row);
}

void ledger_stats(const struct ledger *l, struct ledger_stats *s)
{
	*s = (struct ledger_stats){
		.ends = { l->ends.used, l->ends_refused }, .facts = { l->facts.used, l->facts.refused },
		.talks = { l->talks.used, l->talks.refused }, .flows = { l->flows.used, l->flows.refused },
		.objects = { l->objects.used, l->objects.refused },
		.programs = { l->programs.used, l->programs.refused },
		.coverage = { l->coverage.used, l->coverage.refused },
		.assets_heard = l->heard_ends, .records = l->records,
	};
}
