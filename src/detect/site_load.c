/* detect/site_load.c: zones, windows, allow, limits_of_objects and rules of a settings file:
 *
 *   zones:   {office: [10.1.0.0/16], line-2: 192.168.20.0/24}
 *   windows: [{days: [sat, sun], from: "08:00", to: "18:00", device: 192.168.20.0/24}]
 *   allow:   [{actor: 192.168.20.5, device: 192.168.20.0/24, protocol: modbus, word: [write], object:
 *   "holding 1*"}] limits_of_objects: [{device: 192.168.20.9, protocol: modbus, object: "holding 107", range:
 *   [0, 400]}] rules:   {files: [/etc/koban/rules], off: [s7-stop]} */
#include "detect/site_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detect/rule.h"
#include "detect/yaml.h"

struct reading { struct site *site; void *item; };

static bool who_value(struct yread *y, yaml_node_t *n, struct who_where *w)
{
	const char *s = y_text(n);

	if (s != NULL && strcmp(s, "any") == 0) {
		w->anybody = true;
		return true;
	}
	w->by_mac = s != NULL && mac_parse(s, w->mac);
	return w->by_mac || (s != NULL && net_parse(s, &w->net)) || y_wrong(y, n, 0, "bad-who", s, NULL);
}

static bool who_at(struct yread *y, yaml_node_t *map, const char *key, struct who_where *w)
{
	yaml_node_t *n = y_find(y, map, key);

	w->anybody = n == NULL;
	return n == NULL || who_value(y, n, w);
}

static bool proto_at_key(struct yread *y, yaml_node_t *map, uint16_t *ret)
{
	yaml_node_t *n = y_find(y, map, "protocol");
	const struct proto *p = n == NULL || y_text(n) == NULL ? NULL : proto_named(y_text(n));

	*ret = (uint16_t)(p == NULL ? 0 : proto_number(p));
	return n == NULL || p != NULL || y_wrong(y, n, 0, "unknown-word", y_text(n), NULL);
}

static bool object_at(struct yread *y, yaml_node_t *map, char out[SITE_GLOB])
{
	yaml_node_t *n = y_find(y, map, "object");

	if (n == NULL)
		return true;
	if (y_text(n) == NULL || strlen(y_text(n)) >= SITE_GLOB)
		return y_wrong(y, n, 0, y_text(n) == NULL ? "not-a-word" : "text-too-long", NULL, NULL);
	snprintf(out, SITE_GLOB, "%s", y_text(n));
	return true;
}

/* ---- zones ---- */

static bool take_net(void *ctx, struct yread *y, yaml_node_t *n, const char *s)
{
	struct site *site = ((struct reading *)ctx)->site;
	struct zone_net *z = &site->nets[site->net_count];

	if (site->net_count == NETS_MAX)
		return y_wrong(y, n, 0, "too-many-zones", NULL, NULL);
	*z = (struct zone_net){ .zone = (uint8_t)(site->zone_count - 1) };
	site->net_count++;
	return net_parse(s, &z->net) || y_wrong(y, n, 0, "bad-net", s, NULL);
}

static bool load_zones(struct reading *r, struct yread *y, yaml_node_t *map)
{
	if (map->type != YAML_MAPPING_NODE)
		return y_wrong(y, map, 0, "not-a-mapping", "zones", NULL);
	if (!y_no_twice(y, map))
		return false;
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top; p++) {
		yaml_node_t *key = y_node(y, p->key);

		if (r->site->zone_count == ZONES_MAX || strlen(y_text(key)) >= SITE_NAME)
			return y_wrong(y, key, 0, "too-many-zones", NULL, NULL);
		snprintf(r->site->zones[r->site->zone_count++], SITE_NAME, "%s", y_text(key));
		if (!y_texts(y, y_node(y, p->value), take_net, r))
			return false;
	}
	return true;
}

/* ---- lists of mappings ---- */

static bool take_day(void *ctx, struct yread *y, yaml_node_t *n, const char *s)
{
	static const char *const days[] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat" };
	struct window *w = ((struct reading *)ctx)->item;

	for (unsigned i = 0; i < ARRAY_LEN(days); i++)
		if (strcmp(days[i], s) == 0) {
			w->days |= (uint8_t)(1 << i);
			return true;
		}
	return y_wrong(y, n, 0, "bad-days", s, NULL);
}

static bool clock_at(struct yread *y, yaml_node_t *map, const char *key, uint16_t *ret)
{
	yaml_node_t *n = y_find(y, map, key);
	unsigned h = 99, m = 99;
	char more;

	if (n == NULL)
		return y_wrong(y, map, 0, "missing-key", key, NULL);
	if (y_text(n) == NULL || sscanf(y_text(n), "%2u:%2u%c", &h, &m, &more) != 2 || h > 24 || m > 59 ||
	    h * 60 + m > 24 * 60)
		return y_wrong(y, n, 0, "bad-clock", y_text(n), NULL);
	*ret = (uint16_t)(h * 60 + m);
	return true;
}

static bool load_window(struct reading *r, struct yread *y, yaml_node_t *map)
{
	static const char *const keys[] = { "days", "from", "to", "device", NULL };
	struct window *w = &r->site->windows[r->site->window_count];

	if (r->site->window_count == WINDOWS_MAX)
		return y_wrong(y, map, 0, "too-many-zones", NULL, NULL);
	*w = (struct window){ .days = 0 };
	r->item = w;
	if (!y_mapping(y, map, "windows", keys) || !clock_at(y, map, "from", &w->from_min) ||
	    !clock_at(y, map, "to", &w->to_min) || !who_at(y, map, "device", &w->device))
		return false;
	yaml_node_t *days = y_find(y, map, "days");

	if (days == NULL)
		w->days = 0x7f;
	r->site->window_count++;
	return days == NULL || y_texts(y, days, take_day, r);
}

static bool take_word(void *ctx, struct yread *y, yaml_node_t *n, const char *s)
{
	struct allow *a = ((struct reading *)ctx)->item;

	for (unsigned i = 0; i < ALLOW_WORDS && word_at(i) != NULL; i++)
		if (strcmp(word_at(i), s) == 0) {
			a->words |= UINT64_C(1) << i;
			return true;
		}
	return y_wrong(y, n, 0, "unknown-word", s, NULL);
}

static bool load_allow(struct reading *r, struct yread *y, yaml_node_t *map)
{
	static const char *const keys[] = { "actor", "device", "protocol", "word", "object", NULL };
	struct allow *a = &r->site->allows[r->site->allow_count];

	if (r->site->allow_count == ALLOWS_MAX)
		return y_wrong(y, map, 0, "too-many-zones", NULL, NULL);
	*a = (struct allow){ .words = 0 };
	r->item = a;
	if (!y_mapping(y, map, "allow", keys) || !who_at(y, map, "actor", &a->actor) ||
	    !who_at(y, map, "device", &a->device) || !proto_at_key(y, map, &a->proto) ||
	    !object_at(y, map, a->object))
		return false;
	yaml_node_t *words = y_find(y, map, "word");

	if (words != NULL && !y_texts(y, words, take_word, r))
		return false;
	r->site->allow_count++;
	return true;
}

static bool take_bound(void *ctx, struct yread *y, yaml_node_t *n, const char *s)
{
	double *bounds = ((struct reading *)ctx)->item;
	long double v;

	if (!y_plain(n) || !y_number(s, &v))
		return y_wrong(y, n, 0, "not-a-number", s, NULL);
	bounds[0] = bounds[1];
	bounds[1] = (double)v;
	return true;
}

static bool load_limit(struct reading *r, struct yread *y, yaml_node_t *map)
{
	static const char *const keys[] = { "device", "protocol", "object", "range", NULL };
	struct object_limit *l = &r->site->limits[r->site->limit_count];
	double bounds[2] = { 0, 0 };

	if (r->site->limit_count == LIMITS_OF_OBJECTS_MAX)
		return y_wrong(y, map, 0, "too-many-zones", NULL, NULL);
	*l = (struct object_limit){ .proto = 0 };
	r->item = bounds;
	if (!y_mapping(y, map, "limits_of_objects", keys) || !who_at(y, map, "device", &l->device) ||
	    !proto_at_key(y, map, &l->proto) || !object_at(y, map, l->object))
		return false;
	yaml_node_t *range = y_find(y, map, "range");

	if (range == NULL || l->object[0] == '\0')
		return y_wrong(y, map, 0, "missing-key", range == NULL ? "range" : "object", NULL);
	if (range->type != YAML_SEQUENCE_NODE ||
	    range->data.sequence.items.top - range->data.sequence.items.start != 2)
		return y_wrong(y, range, 0, "bad-range", NULL, NULL);
	if (!y_texts(y, range, take_bound, r))
		return false;
	l->low = bounds[0];
	l->high = bounds[1];
	r->site->limit_count++;
	return l->low <= l->high || y_wrong(y, range, 0, "bad-range", NULL, NULL);
}

static bool each_item(struct reading *r, struct yread *y, yaml_node_t *list,
		      bool (*item)(struct reading *r, struct yread *y, yaml_node_t *map))
{
	if (list->type != YAML_SEQUENCE_NODE)
		return item(r, y, list);
	for (yaml_node_item_t *i = list->data.sequence.items.start; i < list->data.sequence.items.top; i++)
		if (!item(r, y, y_node(y, *i)))
			return false;
	return true;
}

/* ---- rules ---- */

static bool take_file(void *ctx, struct yread *y, yaml_node_t *n, const char *s)
{
	struct site *site = ((struct reading *)ctx)->site;

	if (site->rule_file_count == RULE_PATHS || strlen(s) >= RULE_PATH)
		return y_wrong(y, n, 0, "too-many-zones", NULL, NULL);
	snprintf(site->rule_files[site->rule_file_count++], RULE_PATH, "%s", s);
	return true;
}

static bool take_off(void *ctx, struct yread *y, yaml_node_t *n, const char *s)
{
	struct site *site = ((struct reading *)ctx)->site;

	if (site->rule_off_count == RULES_OFF || strlen(s) >= SITE_NAME * 2)
		return y_wrong(y, n, 0, "too-many-zones", NULL, NULL);
	snprintf(site->rules_off[site->rule_off_count++], SITE_NAME * 2, "%s", s);
	return true;
}

static bool load_rules(struct reading *r, struct yread *y, yaml_node_t *map)
{
	static const char *const keys[] = { "files", "off", NULL };

	if (!y_mapping(y, map, "rules", keys))
		return false;
	yaml_node_t *files = y_find(y, map, "files"), *off = y_find(y, map, "off");

	return (files == NULL || y_texts(y, files, take_file, r)) &&
	       (off == NULL || y_texts(y, off, take_off, r));
}

static void load_root(struct reading *r, struct yread *y, yaml_node_t *root)
{
	static const struct { const char *key; bool list;
			      bool (*load)(struct reading *r, struct yread *y, yaml_node_t *n); } parts[] = {
		{ "zones", false, load_zones }, { "windows", true, load_window },
		{ "allow", true, load_allow },
		{ "limits_of_objects", true, load_limit }, { "rules", false, load_rules } };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		yaml_node_t *n = y_find(y, root, parts[i].key);

		if (n != NULL &&
		    !(parts[i].list ? each_item(r, y, n, parts[i].load) : parts[i].load(r, y, n)))
			return;
	}
}

size_t site_load(struct site *s, const char *file, const char *text, size_t n, rule_report *report, void *ctx)
{
	struct yread y = { .file = file, .report = report, .ctx = ctx };
	struct reading r = { .site = s };
	yaml_parser_t parser;
	yaml_document_t doc;

	if (!yaml_parser_initialize(&parser)) {
		y_wrong_at(&y, 1, 1, "no-room", NULL, NULL);
		return y.problems;
	}
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, n);
	if (!yaml_parser_load(&parser, &doc)) {
		y_wrong_at(&y, (unsigned)parser.problem_mark.line + 1,
			   (unsigned)parser.problem_mark.column + 1, "not-yaml", parser.problem, NULL);
	} else {
		y.doc = &doc;
		if (yaml_document_get_root_node(&doc) != NULL)
			load_root(&r, &y, yaml_document_get_root_node(&doc));
		yaml_document_delete(&doc);
	}
	yaml_parser_delete(&parser);
	return y.problems;
}
