/* main/config.c: see config.h. Every key is known or refused: a misspelt setting must not be silently
 * ignored. */
#include "main/config.h"

#include <errno.h>
#include <stdio.h>
#include <yaml.h>

#include "core/util.h"
#include "main/say.h"

enum { LIMIT_MAX = 1 << 24 };

static const struct { const char *name; size_t at; } limit_members[] = {
#define MEMBER(name, dflt) { #name, offsetof(struct limits, name) },
	LIMITS(MEMBER)
#undef MEMBER
};

void config_default(struct config *c)
{
	*c = (struct config){ .limits = LIMITS_DEFAULT, .values = VALUES_WRITES };
}

struct place {			/* for messages */
	enum lang lang;
	const char *path;
};

static bool wrong(const struct place *p, yaml_mark_t mark, const char *key, const char *what)
{
	char line[24], column[24], name[256], file[1024];
	const struct text_arg args[] = {
		{ "file", printable(file, sizeof(file),
				    (struct bytes){ (const uint8_t *)p->path, strlen(p->path) }) },
		{ "line", line }, { "column", column },
		{ "what", printable(name, sizeof(name),
				    (struct bytes){ (const uint8_t *)what, strlen(what) }) },
		{ NULL, NULL } };

	snprintf(line, sizeof(line), "%zu", mark.line + 1);
	snprintf(column, sizeof(column), "%zu", mark.column + 1);
	say(p->lang, key, args);
	return false;
}

static const char *scalar(const yaml_node_t *n)
{
	return n->type == YAML_SCALAR_NODE ? (const char *)n->data.scalar.value : "";
}

static bool set_limit(struct config *c, const struct place *p, const yaml_node_t *key,
		      const yaml_node_t *value)
{
	char *end;
	unsigned long n = strtoul(scalar(value), &end, 10);

	for (size_t i = 0; i < ARRAY_LEN(limit_members); i++) {
		if (strcmp(limit_members[i].name, scalar(key)) != 0)
			continue;
		if (*scalar(value) < '0' || *scalar(value) > '9' || *end != '\0' || n < 1 || n > LIMIT_MAX)
			return wrong(p, value->start_mark, "config.bad-limit", scalar(key));
		uint32_t v = (uint32_t)n;

		memcpy((uint8_t *)&c->limits + limit_members[i].at, &v, sizeof(v));
		return true;
	}
	return wrong(p, key->start_mark, "config.unknown-limit", scalar(key));
}

static bool set_values(struct config *c, const struct place *p, const yaml_node_t *value)
{
	if (strcmp(scalar(value), "writes") == 0)
		c->values = VALUES_WRITES;
	else if (strcmp(scalar(value), "none") == 0)
		c->values = VALUES_NONE;
	else
		return wrong(p, value->start_mark, "config.bad-values", scalar(value));
	return true;
}

static bool set_limits(struct config *c, const struct place *p, yaml_document_t *d, const yaml_node_t *map)
{
	if (map->type != YAML_MAPPING_NODE)
		return wrong(p, map->start_mark, "config.not-a-mapping", "limits");
	for (yaml_node_pair_t *i = map->data.mapping.pairs.start; i < map->data.mapping.pairs.top; i++)
		if (!set_limit(c, p, yaml_document_get_node(d, i->key), yaml_document_get_node(d, i->value)))
			return false;
	return true;
}

/* What detect/site_load.c reads. */
static bool is_of_site(const char *key)
{
	static const char *const keys[] = { "zones", "windows", "allow", "limits_of_objects", "rules" };

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

static bool set_all(struct config *c, const struct place *p, yaml_document_t *d)
{
	const yaml_node_t *root = yaml_document_get_root_node(d);

	if (root == NULL)
		return true;	/* an empty file changes nothing */
	if (root->type != YAML_MAPPING_NODE)
		return wrong(p, root->start_mark, "config.not-a-mapping", p->path);
	for (yaml_node_pair_t *i = root->data.mapping.pairs.start; i < root->data.mapping.pairs.top; i++) {
		const yaml_node_t *key = yaml_document_get_node(d, i->key);
		const yaml_node_t *value = yaml_document_get_node(d, i->value);
		bool ok;

		if (strcmp(scalar(key), "limits") == 0)
			ok = set_limits(c, p, d, value);
		else if (strcmp(scalar(key), "values") == 0)
			ok = set_values(c, p, value);
		else if (is_of_site(scalar(key)))
			ok = true;
		else
			ok = wrong(p, key->start_mark, "config.unknown-key", scalar(key));
		if (!ok)
			return false;
	}
	return true;
}

bool config_load(struct config *c, enum lang lang, const char *path)
{
	const struct place place = { lang, path };
	struct config fresh;
	yaml_parser_t parser;
	yaml_document_t doc;
	FILE *f = fopen(path, "rb");
	bool ok = false;

	if (f == NULL || fgetc(f) == EOF) {
		int error = f == NULL || ferror(f) ? errno : 0;

		if (f != NULL)
			fclose(f);
		if (error == 0)
			return true;	/* an empty file changes nothing */
		say_failed(lang, "cli.cannot-open", path, error);
		return false;
	}
	rewind(f);
	config_default(&fresh);
	if (!yaml_parser_initialize(&parser)) {
		fclose(f);
		say_failed(lang, "cli.cannot-open", path, ENOMEM);
		return false;
	}
	yaml_parser_set_input_file(&parser, f);
	if (!yaml_parser_load(&parser, &doc)) {
		wrong(&place, parser.problem_mark, "config.not-yaml",
		      parser.problem == NULL ? "" : parser.problem);
	} else {
		ok = set_all(&fresh, &place, &doc);
		yaml_document_delete(&doc);
	}
	yaml_parser_delete(&parser);
	fclose(f);
	if (ok)
		*c = fresh;
	return ok;
}
