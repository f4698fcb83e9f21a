/* main/desk.c: see desk.h. */
#include "main/desk.h"

#include <errno.h>

#include "main/say.h"

/* ---- what an earlier run wrote ---- */

static bool load_end(void *l, const void *row) { ledger_load_end(l, row); return true; }
static bool load_fact(void *l, const void *row) { ledger_load_fact(l, row); return true; }
static bool load_talk(void *l, const void *row) { ledger_load_talk(l, row); return true; }
static bool load_flow(void *l, const void *row) { ledger_load_flow(l, row); return true; }
static bool load_object(void *l, const void *row) { ledger_load_object(l, row); return true; }
static bool load_program(void *l, const void *row) { ledger_load_program(l, row); return true; }
static bool load_coverage(void *l, const void *row) { ledger_load_coverage(l, row); return true; }
static bool load_asset(void *d, const void *row) { detect_load_asset(d, row); return true; }
static bool load_learned(void *d, const void *row) { detect_load_learned(d, row); return true; }
static bool load_known(void *d, const void *row) { detect_load_known(d, row); return true; }
static bool load_exception(void *d, const void *row) { return detect_load_exception(d, row); }
static bool load_baseline(void *d, const void *row) { detect_load_baseline(d, row); return true; }

static int load(struct desk *d)
{
	static const struct { enum store_table table; bool (*row)(void *, const void *); } tables[] = {
		{ STORE_END, load_end }, { STORE_FACT, load_fact }, { STORE_TALK, load_talk },
		{ STORE_FLOW, load_flow }, { STORE_OBJECT, load_object },
		{ STORE_PROGRAM, load_program }, { STORE_COVERAGE, load_coverage },
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(tables); i++)
		rc = store_each(d->store, tables[i].table, tables[i].row, d->ledger);
	if (rc == 0)
		rc = store_each(d->store, STORE_BASELINE, load_baseline, d->detect);
	if (rc == 0)
		rc = store_each(d->store, STORE_ASSET, load_asset, d->detect);
	if (rc == 0)
		rc = store_each(d->store, STORE_LEARNED, load_learned, d->detect);
	if (rc == 0)
		rc = store_each(d->store, STORE_KNOWN, load_known, d->detect);
	return rc == 0 ? store_each(d->store, STORE_EXCEPTION, load_exception, d->detect) : rc;
}

int desk_new(struct desk *d, const struct desk_options *o)
{
	*d = (struct desk){ .store = o->store };
	const struct ledger_options lo = { .limits = &o->config->limits, .values = o->config->values };
	int rc = ledger_new(&d->ledger, &lo);

	bool learned = false;

	if (rc == 0 && d->store != NULL)
		rc = store_learned(d->store, &learned);
	if (rc == 0) {
		const struct detect_options dopt = {
			.limits = &o->config->limits, .ledger = d->ledger, .learning = o->learning,
			.learned = learned, .rules = o->rules, .first_off = o->first_off,
			.values = o->config->values,
			.first_id = d->store == NULL ? 1 : store_max_id(d->store, STORE_ALERT) + 1 };

		rc = detect_new(&d->detect, &dopt);
	}
	if (rc == 0 && d->store != NULL)
		rc = load(d);
	if (rc != 0) {
		d->store = NULL;
		desk_free(d);
		return rc;
	}
	d->eve = o->eve;
	return 0;
}

/* ---- records ---- */

/* Alerts are raised with growing ids, so the list is sorted. NULL: not in it. */
static struct alert *find_alert(const struct desk_alerts *all, uint64_t id)
{
	size_t low = 0, high = all->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (all->list[mid].id == id)
			return &all->list[mid];
		if (all->list[mid].id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static void keep_alert(struct desk *d, const struct alert *a)
{
	struct desk_alerts *all = &d->alerts;
	struct alert *known = find_alert(all, a->id);

	if (known != NULL) {
		*known = *a;
		return;
	}
	if (all->count == all->cap) {
		size_t cap = all->cap == 0 ? 16 : all->cap * 2;
		struct alert *list = realloc(all->list, cap * sizeof(*list));

		if (list == NULL) {
			d->unkept++;
			return;
		}
		all->list = list;
		all->cap = cap;
	}
	all->list[all->count++] = *a;
}

static void on_alert(void *ctx, const struct alert *a, enum alert_event event)
{
	struct desk *d = ctx;

	keep_alert(d, a);
	if (event == ALERT_RAISED && d->eve != NULL)
		eve_alert(d->eve, a);
}

static void keep_loss(struct desk *d, const struct obs *o)
{
	struct desk_losses *all = &d->losses;

	if (all->list == NULL)
		all->list = calloc(LOSSES_MAX, sizeof(*all->list));
	if (all->list == NULL || all->count == LOSSES_MAX)
		return;
	__typeof__(all->list) l = &all->list[all->count++];

	printable(l->input, sizeof(l->input), rec_bytes(&o->rec, o->object.name));
	printable(l->what, sizeof(l->what), rec_bytes(&o->rec, o->note));
	l->offset = o->value.one.u;
	l->frames = o->object.count;
}

void desk_record(struct desk *d, const struct rec *r)
{
	d->records++;
	if (r->type == REC_LOSS) {
		keep_loss(d, (const struct obs *)(const void *)r);
		return;
	}
	bool moment = r->type != REC_HEALTH;	/* coverage speaks of whole minutes */

	if (moment && r->at_ns > d->last_ns)
		d->last_ns = r->at_ns;
	if (moment && r->at_ns > 0 && (d->first_ns == 0 || r->at_ns < d->first_ns))
		d->first_ns = r->at_ns;
	ledger_record(d->ledger, r);
	if (d->eve != NULL)
		eve_record(d->eve, r);
	detect_record(d->detect, r, on_alert, d);
}

void desk_close(struct desk *d)
{
	detect_close(d->detect, on_alert, d);
}

/* ---- the database ---- */

static bool save_end(void *s, const struct end_row *r) { return store_put(s, STORE_END, r) == 0; }
static bool save_fact(void *s, const struct fact_row *r) { return store_put(s, STORE_FACT, r) == 0; }
static bool save_talk(void *s, const struct talk_row *r) { return store_put(s, STORE_TALK, r) == 0; }
static bool save_flow(void *s, const struct flow_row *r) { return store_put(s, STORE_FLOW, r) == 0; }
static bool save_object(void *s, const struct object_row *r) { return store_put(s, STORE_OBJECT, r) == 0; }

static bool save_program(void *s, const struct program_row *r) { return store_put(s, STORE_PROGRAM, r) == 0; }

static bool save_coverage(void *s, const struct coverage_row *r)
{
	return store_put(s, STORE_COVERAGE, r) == 0;
}

static bool save_asset(void *s, const struct asset *r) { return store_put(s, STORE_ASSET, r) == 0; }
static bool save_service(void *s, const struct service_row *r) { return store_put(s, STORE_SERVICE, r) == 0; }

static bool save_baseline(void *s, const struct baseline_row *r)
{
	return store_put(s, STORE_BASELINE, r) == 0;
}

static bool save_learned(void *s, const struct learned_row *r) { return store_put(s, STORE_LEARNED, r) == 0; }

static bool save_known(void *s, const struct known_row *r) { return store_put(s, STORE_KNOWN, r) == 0; }

static bool save_exception(void *s, const struct exception_row *r)
{
	return store_put(s, STORE_EXCEPTION, r) == 0;
}

int desk_save(struct desk *d, const struct run_row *run)
{
	static const struct ledger_visitor save = { save_end, save_fact, save_talk, save_flow, save_object,
						    save_program, save_coverage, save_asset, save_service };
	struct run_row numbered = *run;
	int rc = 0;

	for (unsigned t = STORE_END; rc == 0 && t <= STORE_LEARNED; t++)
		rc = store_clear(d->store, t);
	numbered.id = store_max_id(d->store, STORE_RUN) + 1;
	if (rc == 0)
		rc = store_put(d->store, STORE_RUN, &numbered);
	/* A call that stops has left its error in the store, which refuses everything after it. */
	if (rc == 0 && ledger_visit(d->ledger, &save, d->store))
		if (detect_visit_baseline(d->detect, save_baseline, d->store) &&
		    detect_visit_learned(d->detect, save_learned, d->store) &&
		    detect_visit_known(d->detect, save_known, d->store))
			detect_visit_exceptions(d->detect, save_exception, d->store);
	for (size_t i = 0; i < d->alerts.count; i++)
		store_put(d->store, STORE_ALERT, &d->alerts.list[i]);
	return store_commit(d->store);
}

void desk_free(struct desk *d)
{
	eve_discard(d->eve);
	store_close(d->store);
	detect_free(d->detect);
	ledger_free(d->ledger);
	free(d->alerts.list);
	free(d->losses.list);
	*d = (struct desk){ 0 };
}
