/* detect/load_condition.c: the condition of a rule: names of selections with and, or, not, parentheses,
 * "1 of x*", "all of x*", "1 of them", "all of them".
 *
 *   or   := and { "or" and }
 *   and  := not { "and" not }
 *   not  := "not" not | "(" or ")" | ("1" | "any" | "all") "of" (PATTERN | "them") | NAME */
#include <string.h>

#include "detect/load.h"

enum { WORD_MAX = 64 };

struct parser {
	struct loader *l;
	const yaml_node_t *at;
	const char *text, *p;
	unsigned depth;
	char word[WORD_MAX];	/* the next one; "" at the end */
	unsigned offset;	/* of it */
};

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static struct node *wrong(struct parser *p, const char *key, const char *what)
{
	y_wrong(&p->l->y, p->at, p->offset + !y_plain(p->at), key, what, NULL);
	return NULL;
}

static void next(struct parser *p)
{
	size_t n = 0;

	while (is_blank(*p->p))
		p->p++;
	p->offset = (unsigned)(p->p - p->text);
	if (*p->p == '(' || *p->p == ')') {
		p->word[n++] = *p->p++;
	} else {
		while (*p->p != '\0' && !is_blank(*p->p) && *p->p != '(' && *p->p != ')') {
			if (n + 1 < WORD_MAX)
				p->word[n++] = *p->p;
			p->p++;
		}
	}
	p->word[n] = '\0';
}

static bool is(const struct parser *p, const char *word) { return strcmp(p->word, word) == 0; }

static struct node *parse_or(struct parser *p);

static bool named_by(const char *pattern, const char *name)
{
	return strcmp(pattern, "them") == 0 ? name[0] != '_' : glob_fits(pattern, name, strlen(name));
}

/* "1 of x*": all selections the pattern names, under one node. */
static struct node *parse_of(struct parser *p, uint8_t kind)
{
	struct node *n = load_node(p->l, kind, SELECTIONS_MAX);

	next(p);
	if (!is(p, "of"))
		return wrong(p, "condition-of", p->word);
	next(p);
	if (n == NULL)
		return wrong(p, "no-room", NULL);
	n->count = 0;
	for (unsigned i = 0; i < p->l->selection_count; i++) {
		struct selection *s = &p->l->selections[i];

		if (!named_by(p->word, s->name))
			continue;
		s->used = true;
		n->kids[n->count++] = s->node;
	}
	if (n->count == 0)
		return wrong(p, "unknown-selection", p->word);
	next(p);
	return n;
}

static const char *selection_at(const void *ctx, unsigned i)
{
	const struct loader *l = ctx;

	return i < l->selection_count ? l->selections[i].name : NULL;
}

static struct node *parse_name(struct parser *p)
{
	for (unsigned i = 0; i < p->l->selection_count; i++) {
		struct selection *s = &p->l->selections[i];

		if (strcmp(s->name, p->word) != 0)
			continue;
		s->used = true;
		next(p);
		return s->node;
	}
	y_wrong(&p->l->y, p->at, p->offset + !y_plain(p->at), p->word[0] == '\0' ? "condition-end" :
		"unknown-selection", p->word, nearest(p->word, selection_at, p->l));
	return NULL;
}

static struct node *parse_not(struct parser *p)
{
	struct node *n;

	if (++p->depth > RULE_DEPTH_MAX)
		return wrong(p, "too-deep", NULL);
	if (is(p, "not")) {
		n = load_node(p->l, NODE_NOT, 1);
		next(p);
		if (n != NULL && (n->kids[0] = parse_not(p)) == NULL)
			n = NULL;
	} else if (is(p, "(")) {
		next(p);
		n = parse_or(p);
		if (n != NULL && !is(p, ")"))
			return wrong(p, "condition-parenthesis", p->word);
		if (n != NULL)
			next(p);
	} else if (is(p, "1") || is(p, "any") || is(p, "all")) {
		n = parse_of(p, is(p, "all") ? NODE_AND : NODE_OR);
	} else {
		n = parse_name(p);
	}
	p->depth--;
	return n;
}

/* One level of binary operators. */
static struct node *parse_list(struct parser *p, const char *word, uint8_t kind,
			       struct node *(*below)(struct parser *p))
{
	struct node *kids[SELECTIONS_MAX];
	uint32_t count = 0;

	for (;;) {
		if (count == SELECTIONS_MAX)
			return wrong(p, "too-long", NULL);
		kids[count] = below(p);
		if (kids[count++] == NULL)
			return NULL;
		if (!is(p, word))
			break;
		next(p);
	}
	if (count == 1)
		return kids[0];
	struct node *n = load_node(p->l, kind, count);

	if (n == NULL)
		return wrong(p, "no-room", NULL);
	memcpy(n->kids, kids, count * sizeof(kids[0]));
	return n;
}

static struct node *parse_and(struct parser *p) { return parse_list(p, "and", NODE_AND, parse_not); }
static struct node *parse_or(struct parser *p) { return parse_list(p, "or", NODE_OR, parse_and); }

struct node *load_condition(struct loader *l, const yaml_node_t *at)
{
	struct parser p = { .l = l, .at = at, .text = y_text(at), .p = y_text(at) };

	if (p.text == NULL || strlen(p.text) > TEST_TEXT_MAX) {
		y_wrong(&l->y, at, 0, p.text == NULL ? "not-a-word" : "text-too-long", NULL, NULL);
		return NULL;
	}
	next(&p);
	struct node *n = parse_or(&p);

	if (n != NULL && p.word[0] != '\0')
		return wrong(&p, "condition-more", p.word);
	bool ok = n != NULL;

	for (unsigned i = 0; n != NULL && i < l->selection_count; i++)
		if (!l->selections[i].used)
			ok = y_wrong(&l->y, l->selections[i].at, 0, "unused-selection",
				     l->selections[i].name, NULL);
	return ok ? n : NULL;
}
