/* Every row of tests/proto/NAME.rows: bytes of a conversation in, acts and facts out. The format is described
 * in tests/proto/README. Each row runs three times: as written, in segments of one byte, and with consecutive
 * segments of one direction joined; the records must be the same. KOBAN_BLESS=1 writes what came into the
 * files. KOBAN_ROWS=NAME runs one file only. */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "core/hash.h"
#include "core/util.h"
#include "model/line.h"
#include "stream/stream.h"

enum {
	ROWS_MAX = 4096, ACTS_MAX = 4096, FLOWS_MAX = 8, EVENTS_MAX = 256, RING_ROOM = 4 << 20, OUT_MAX = 1 << 20
};

struct talk {			/* one flow of a row */
	uint8_t kind, ip_proto, lsap;
	uint16_t ether;
	uint16_t port[2];
	uint8_t ip[2][16], mac[2][6];
	bool group, begun, cut;
	uint32_t seq[2];
};

struct event {
	enum { EV_BYTES, EV_LOST, EV_CLOCK, EV_FIN, EV_RST, EV_FLOW } what;
	unsigned flow;
	unsigned dir;
	bool cut;
	uint8_t *p;
	size_t n;
	int64_t at_ns;
	struct talk talk;
};

struct row {
	char *file, *what;
	unsigned line;		/* of "==", from 1 */
	char **text;		/* the lines after it */
	size_t lines;
	const struct proto *proto;
	/* as parsed: */
	struct event event[EVENTS_MAX];
	size_t events;
	bool nosyn, flows, ends, fold, whole;
};

static struct row *rows[ROWS_MAX];
static size_t row_count;

/* ---- a shard and what it says ---- */

struct bench {
	struct arena arena;
	struct shard *shard;
	struct ring ring;
	void *block;
	struct stream_stats stats;
	uint64_t frame;
	int64_t now_ns, ticked_s;
	const struct row *row;
	struct talk talk[FLOWS_MAX];
	char *out;
	size_t out_n;
	struct obs *act;	/* those that were said */
	size_t acts;
	bool bad;
};

static void blame(struct bench *b, const char *why)
{
	b->bad = true;
	print_error("%s\n", why);
}

/* May o be the answer to a? Under another code it ends what a began. */
static bool belongs(const struct obs *o, const struct obs *a)
{
	const struct locator *l = &o->object, *m = &a->object;

	if (o->rec.proto != a->rec.proto || o->code != a->code || o->items != a->items)
		return true;
	return o->item == a->item && (l->space != m->space || l->parts != m->parts ||
				      memcmp(l->part, m->part, sizeof(l->part)) == 0);
}

/* The lines do not show which act an answer names: one that was said before (when all are said) and that is
 * about the same, and none when nobody asked. */
static void check_act(struct bench *b, const uint8_t *block)
{
	const struct obs *o = (const void *)block;
	size_t i = 0;

	if (b->acts < ACTS_MAX)
		b->act[b->acts++] = *o;
	if (o->re == 0)
		return;
	if (o->note.n == 7 && memcmp(block + o->note.at, "unasked", 7) == 0)
		blame(b, "an answer to nothing names an act");
	while (i < b->acts && rec_name_of(&b->act[i].rec) != o->re)
		i++;
	if (i == b->acts ? !b->row->fold : !belongs(o, &b->act[i]))
		blame(b, "an answer names an act that it does not belong to");
}

static void drain(struct bench *b)
{
	_Alignas(16) uint8_t block[REC_MAX];
	static char line[LINE_MAX_BYTES];

	for (;;) {
		long n = ring_read(&b->ring, block, sizeof(block));

		if (n <= 0) {
			assert_int_equal(n, 0);
			return;
		}
		const struct rec *r = (const void *)block;

		if (!rec_check(block, (size_t)n))
			blame(b, "a record that rec_check() refuses");
		else if (r->type == REC_ACT)
			check_act(b, block);
		if (r->type == REC_FLOW && !b->row->flows)
			continue;
		rec_line(line, sizeof(line), r, b->row->ends ? LINE_ENDS : 0);
		size_t len = strlen(line);

		if (b->out_n + len + 2 > OUT_MAX)
			continue;
		memcpy(b->out + b->out_n, line, len);
		b->out_n += len;
		b->out[b->out_n++] = '\n';
		b->out[b->out_n] = 0;
	}
}

static void bench_open(struct bench *b, const struct row *row)
{
	static const struct limits limits = LIMITS_DEFAULT;
	struct stream_options o = { .limits = &limits, .all = !row->fold, .claim = true };

	memset(b, 0, sizeof(*b));
	b->row = row;
	assert_int_equal(arena_map(&b->arena, shard_need(&o)), 0);
	size_t n = (ring_block(RING_ROOM) + 63) & ~(size_t)63;

	b->block = aligned_alloc(64, n);
	assert_non_null(b->block);
	memset(b->block, 0, n);
	ring_init(&b->ring, b->block, RING_ROOM);
	assert_int_equal(shard_init(&b->shard, &b->arena, 5, &o, &b->ring, &b->stats), 0);
	b->out = malloc(OUT_MAX);
	b->act = malloc(ACTS_MAX * sizeof(*b->act));
	b->out[0] = 0;
}

static void bench_close(struct bench *b)
{
	const struct stream_sums *s = &b->stats.sums;

	shard_close(b->shard, b->frame, b->now_ns);
	drain(b);
	uint64_t sum = s->message + s->body + s->unclaimed + s->lost_sync + s->overlap + s->malformed +
		       s->discarded;

	if (sum != s->payload) {
		b->bad = true;
		print_error("payload %lu but message %lu body %lu unclaimed %lu lost_sync %lu overlap %lu "
			    "malformed %lu "
			    "discarded %lu\n", s->payload, s->message, s->body, s->unclaimed, s->lost_sync,
			    s->overlap, s->malformed, s->discarded);
	}
	free(b->block);
	free(b->act);
	arena_unmap(&b->arena);
}

static void clock_to(struct bench *b, int64_t ns)
{
	while ((b->ticked_s + 1) * NS_PER_S <= ns) {
		b->ticked_s++;
		b->now_ns = b->ticked_s * NS_PER_S;
		shard_tick(b->shard, b->frame, b->now_ns);
		drain(b);
	}
	b->now_ns = ns;
}

/* One frame of talk t; bytes are copied to a block of their exact size, so that an overrun is seen. */
static void frame(struct bench *b, struct talk *t, unsigned d, uint8_t flags, const uint8_t *p, size_t n)
{
	struct layers l = {
		.frame = ++b->frame, .first_frame = b->frame, .at_ns = b->now_ns, .src_port = t->port[d],
		.dst_port = t->port[!d], .ether = t->ether, .lsap = t->lsap, .ip_proto = t->ip_proto,
		.kind = t->kind, .shard = 5, .ttl = 64, .tcp_flags = flags, .window = 8192,
		.seq = t->seq[d], .ack = flags & TCP_ACK ? t->seq[!d] : 0, .wire = (uint32_t)n + 54,
		.payload_wire = (uint32_t)n + t->cut,
		.flags = (t->group && d == 0 ? LAYER_GROUP : 0) | (t->cut ? LAYER_CUT : 0),
	};
	uint8_t *copy = malloc(n == 0 ? 1 : n);

	memcpy(l.src_ip, t->ip[d], 16);
	memcpy(l.dst_ip, t->ip[!d], 16);
	memcpy(l.src_mac, t->mac[d], 6);
	memcpy(l.dst_mac, t->mac[!d], 6);
	if (n > 0)
		memcpy(copy, p, n);
	l.payload = (struct bytes){ copy, n };
	shard_frame(b->shard, &l);
	free(copy);
	t->seq[d] += (uint32_t)n + ((flags & (TCP_SYN | TCP_FIN)) != 0);
	drain(b);
}

/* ---- running a row ---- */

enum variant { AS_WRITTEN, SPLIT, JOINED, VARIANTS };

static void talk_begin(struct bench *b, struct talk *t)
{
	t->begun = true;
	t->seq[0] = 1000;
	t->seq[1] = 5000;
	if (t->kind != KIND_TCP || b->row->nosyn)
		return;
	frame(b, t, 0, TCP_SYN, NULL, 0);
	frame(b, t, 1, TCP_SYN | TCP_ACK, NULL, 0);
	frame(b, t, 0, TCP_ACK, NULL, 0);
}

static void send_bytes(struct bench *b, struct talk *t, unsigned d, const uint8_t *p, size_t n, size_t step)
{
	for (size_t at = 0; at < n; at += step)
		frame(b, t, d, t->kind == KIND_TCP ? TCP_ACK | TCP_PSH : 0, p + at, min_size(step, n - at));
	if (n == 0)
		frame(b, t, d, t->kind == KIND_TCP ? TCP_ACK : 0, NULL, 0);
}

static void run_bytes(struct bench *b, const struct row *row, size_t *i, enum variant v)
{
	const struct event *e = &row->event[*i];
	struct talk *t = &b->talk[e->flow];
	uint8_t *all = malloc(16 << 20);
	size_t n = e->n;

	t->cut = e->cut;
	memcpy(all, e->p, n);
	while (v == JOINED && t->kind == KIND_TCP && *i + 1 < row->events) {
		const struct event *next = &row->event[*i + 1];

		if (next->what != EV_BYTES || next->flow != e->flow || next->dir != e->dir ||
		    n + next->n > 60000)
			break;
		memcpy(all + n, next->p, next->n);
		n += next->n;
		++*i;
	}
	if (t->kind == KIND_TCP)
		send_bytes(b, t, e->dir, all, n, v == SPLIT ? 1 : 1400 * (v == JOINED ? 40u : 1000u));
	else
		send_bytes(b, t, e->dir, all, n, n == 0 ? 1 : n);
	t->cut = false;
	free(all);
}

static void run_event(struct bench *b, const struct row *row, size_t *i, enum variant v)
{
	const struct event *e = &row->event[*i];
	struct talk *t = &b->talk[e->flow];

	if (e->what == EV_FLOW)
		*t = e->talk;
	else if (e->what == EV_CLOCK)
		clock_to(b, e->at_ns);
	if (e->what == EV_FLOW || e->what == EV_CLOCK)
		return;
	if (!t->begun)
		talk_begin(b, t);
	switch (e->what) {
	case EV_BYTES:
		run_bytes(b, row, i, v);
		break;
	case EV_LOST:
		t->seq[e->dir] += (uint32_t)e->n;
		if (t->kind == KIND_TCP)
			frame(b, t, !e->dir, TCP_ACK, NULL, 0);
		break;
	case EV_FIN:
		frame(b, t, e->dir, TCP_FIN | TCP_ACK, NULL, 0);
		frame(b, t, !e->dir, TCP_FIN | TCP_ACK, NULL, 0);
		frame(b, t, e->dir, TCP_ACK, NULL, 0);
		break;
	case EV_RST:
		frame(b, t, e->dir, TCP_RST | TCP_ACK, NULL, 0);
		break;
	default:
		break;
	}
}

/* The records of the row, one a line; NULL: something was wrong besides. */
static char *run_row(const struct row *row, enum variant v)
{
	static struct bench b;

	bench_open(&b, row);
	for (size_t i = 0; i < row->events; i++)
		run_event(&b, row, &i, v);
	bench_close(&b);
	if (b.bad) {
		print_error("%s:%u\n%s", row->file, row->line, b.out);
		free(b.out);
		return NULL;
	}
	return b.out;
}

/* ---- reading a row ---- */

static void wrong(const struct row *row, size_t i, const char *why)
{
	fail_msg("%s:%zu: %s", row->file, row->line + 1 + i, why);
}

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	       c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One character of a C string; moves *p behind it. */
static uint8_t escaped(const char **p)
{
	static const char from[] = "rnt0\\\"abef", to[] = "\r\n\t\0\\\"\a\b\033\f";

	if (**p != '\\')
		return (uint8_t)*(*p)++;
	++*p;
	if (**p == 'x' && hex((*p)[1]) >= 0 && hex((*p)[2]) >= 0) {
		uint8_t v = (uint8_t)(hex((*p)[1]) << 4 | hex((*p)[2]));

		*p += 3;
		return v;
	}
	const char *k = **p == 0 ? NULL : strchr(from, **p);

	if (k == NULL)
		return '\\';
	++*p;
	return (uint8_t)to[k - from];
}

/* Bytes as written in a row: hex pairs, "strings", either with *COUNT behind. */
static bool parse_bytes(const char *p, uint8_t **ret, size_t *ret_n)
{
	size_t cap = 1 << 20, n = 0;
	uint8_t *out = malloc(cap);

	*ret = out;
	while (*p != 0 && *p != '#') {
		size_t begin = n;

		if (*p == ' ' || *p == '\t') {
			p++;
			continue;
		}
		if (*p == '"') {
			for (p++; *p != 0 && *p != '"';)
				out[n++] = escaped(&p);
			if (*p++ != '"')
				return false;
		} else if (hex(p[0]) >= 0 && hex(p[1]) >= 0) {
			out[n++] = (uint8_t)(hex(p[0]) << 4 | hex(p[1]));
			p += 2;
		} else {
			return false;
		}
		if (*p == '*') {
			char *end;
			unsigned long times = strtoul(p + 1, &end, 10);
			size_t unit = n - begin;

			p = end;
			if (times * unit > cap - begin - 4096)
				return false;
			n = begin;
			for (unsigned long i = 0; i < times; i++, n += unit)
				if (i > 0)
					memmove(out + n, out + begin, unit);
		}
		if (n > cap - 4096)
			return false;
	}
	*ret_n = n;
	return true;
}

static void ip_parse(uint8_t ip[16], const char *text)
{
	unsigned a, b, c, d;

	memset(ip, 0, 16);
	if (sscanf(text, "%u.%u.%u.%u", &a, &b, &c, &d) == 4) {
		ip[10] = ip[11] = 0xff;
		ip[12] = (uint8_t)a;
		ip[13] = (uint8_t)b;
		ip[14] = (uint8_t)c;
		ip[15] = (uint8_t)d;
		return;
	}
	/* IPv6, groups and one "::". */
	unsigned group[8] = { 0 }, n = 0, gap = 8;

	for (const char *p = text; *p != 0 && n < 8;) {
		if (p[0] == ':' && p[1] == ':') {
			gap = n;
			p += 2;
		} else if (*p == ':') {
			p++;
		} else {
			char *end;

			group[n++] = (unsigned)strtoul(p, &end, 16);
			if (end == p)
				break;
			p = end;
		}
	}
	for (unsigned i = 0; i < 8; i++) {
		unsigned v = i < gap ? group[i] : i >= 8 - (n - gap) ? group[i - (8 - n)] : 0;

		ip[2 * i] = (uint8_t)(v >> 8);
		ip[2 * i + 1] = (uint8_t)v;
	}
}

static bool mac_parse(uint8_t mac[6], const char *text)
{
	unsigned v[6];

	if (sscanf(text, "%x:%x:%x:%x:%x:%x", &v[0], &v[1], &v[2], &v[3], &v[4], &v[5]) != 6)
		return false;
	for (unsigned i = 0; i < 6; i++)
		mac[i] = (uint8_t)v[i];
	return true;
}

/* The talk a row has when it says nothing: what the protocol of its file is spoken over. */
static struct talk default_talk(const struct proto *p)
{
	struct talk t = { .ether = 0x0800 };

	while (p->on == ON_PROTO && p->over != NULL && proto_named(p->over) != NULL)
		p = proto_named(p->over);
	ip_parse(t.ip[0], "10.0.0.10");
	ip_parse(t.ip[1], "10.0.0.20");
	mac_parse(t.mac[0], "02:00:00:00:00:0a");
	mac_parse(t.mac[1], "02:00:00:00:00:14");
	t.port[0] = 40000;
	t.port[1] = p->ports[0] != 0 ? p->ports[0] : 9999;
	t.kind = p->on == ON_UDP ? KIND_UDP : p->on == ON_SCTP ? KIND_SCTP : KIND_TCP;
	t.ip_proto = p->on == ON_UDP ? 17 : p->on == ON_SCTP ? 132 : 6;
	if (p->on == ON_ETHER) {
		t.kind = KIND_ETHER;
		t.ip_proto = 0;
		t.ether = p->ports[0] >= 0x600 ? p->ports[0] : 0;
		t.lsap = p->ports[0] >= 0x600 ? 0 : (uint8_t)p->ports[0];
	} else if (p->on == ON_IP) {
		t.kind = KIND_IP;
		t.ip_proto = (uint8_t)p->ports[0];
	}
	if (p->on == ON_ETHER || p->on == ON_IP)
		t.port[0] = t.port[1] = 0;
	if (p->on == ON_ETHER)
		memset(t.ip, 0, sizeof(t.ip));
	return t;
}

static void end_parse(struct talk *t, unsigned end, char *word)
{
	char *colon = strrchr(word, ':');

	if (colon != NULL) {
		t->port[end] = (uint16_t)strtoul(colon + 1, NULL, 10);
		*colon = 0;
	}
	char *open = word[0] == '[' ? word + 1 : word;

	if (open != word && strlen(open) > 0)
		open[strlen(open) - 1] = 0;
	ip_parse(t->ip[end], open);
}

/* flow [N] tcp|udp [client:port server:port] [group] | flow [N] ether SRC DST [ethertype] [group] |
 * flow [N] ip PROTO */
static bool parse_flow(struct row *row, char *line, struct event *e)
{
	char *word[8], *save = NULL;
	size_t n = 0, at = 0;

	for (char *w = strtok_r(line, " \t", &save); w != NULL && n < 8; w = strtok_r(NULL, " \t", &save))
		word[n++] = w;
	e->what = EV_FLOW;
	e->talk = default_talk(row->proto);
	if (n > 0 && strcmp(word[n - 1], "group") == 0) {
		e->talk.group = true;
		n--;
	}
	if (n > 0 && word[0][0] >= '1' && word[0][0] <= '8' && word[0][1] == 0)
		e->flow = (unsigned)(word[at++][0] - '1');
	if (at == n)
		return true;
	const char *kind = word[at++];
	static const struct { const char *name; uint8_t kind, ip_proto; } kinds[] = {
		{ "tcp", KIND_TCP, 6 }, { "udp", KIND_UDP, 17 }, { "sctp", KIND_SCTP, 132 },
		{ "ether", KIND_ETHER, 0 }, { "ip", KIND_IP, 0 }, { "icmp", KIND_ICMP, 1 },
	};
	size_t k = 0;

	while (k < ARRAY_LEN(kinds) && strcmp(kinds[k].name, kind) != 0)
		k++;
	if (k == ARRAY_LEN(kinds))
		return false;
	e->talk.kind = kinds[k].kind;
	e->talk.ip_proto = kinds[k].ip_proto;
	if (e->talk.kind == KIND_ETHER) {
		memset(e->talk.ip, 0, sizeof(e->talk.ip));
		e->talk.port[0] = e->talk.port[1] = 0;
		if (n - at >= 2 && (!mac_parse(e->talk.mac[0], word[at]) ||
				    !mac_parse(e->talk.mac[1], word[at + 1])))
			return false;
		if (n - at >= 3)
			e->talk.ether = (uint16_t)strtoul(word[at + 2], NULL, 16);
		return true;
	}
	if (e->talk.kind == KIND_IP && n > at)
		e->talk.ip_proto = (uint8_t)strtoul(word[at++], NULL, 10);
	if (n - at >= 2) {
		end_parse(&e->talk, 0, word[at]);
		end_parse(&e->talk, 1, word[at + 1]);
	}
	return true;
}

/* One line of a row that is not an expectation. False: not understood. */
static bool parse_line(struct row *row, char *line)
{
	struct event *e = &row->event[row->events];
	char *p = line;

	*e = (struct event){ 0 };
	static const struct { const char *word; size_t at; } words[] = {
		{ "nosyn", offsetof(struct row, nosyn) }, { "flows", offsetof(struct row, flows) },
		{ "ends", offsetof(struct row, ends) }, { "fold", offsetof(struct row, fold) },
		{ "whole", offsetof(struct row, whole) },
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(p, words[i].word) == 0) {
			*(bool *)((char *)row + words[i].at) = true;
			return true;
		}
	if (strncmp(p, "flow", 4) == 0 && (p[4] == ' ' || p[4] == 0)) {
		row->events++;
		return parse_flow(row, p + 4, e);
	}
	if (*p == '@') {
		e->what = EV_CLOCK;
		e->at_ns = (int64_t)(strtod(p + 1, NULL) * 1e9 + 0.5);
		row->events++;
		return true;
	}
	bool lost = strncmp(p, "lost ", 5) == 0;

	e->cut = strncmp(p, "cut ", 4) == 0;
	p += lost ? 5 : e->cut ? 4 : 0;
	if (*p >= '1' && *p <= '8' && (p[1] == '>' || p[1] == '<' || p[1] == ' '))
		e->flow = (unsigned)(*p++ - '1');
	while (*p == ' ')
		p++;
	row->events++;
	if (strncmp(p, "fin", 3) == 0 || strncmp(p, "rst", 3) == 0) {
		e->what = *p == 'f' ? EV_FIN : EV_RST;
		e->dir = strchr(p, '<') != NULL;
		return true;
	}
	if (*p != '>' && *p != '<')
		return false;
	e->dir = *p++ == '<';
	if (lost) {
		e->what = EV_LOST;
		e->n = strtoul(p, NULL, 10);
		return true;
	}
	return parse_bytes(p, &e->p, &e->n);
}

static char *trimmed(char *line)
{
	size_t n = strlen(line);

	while (n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\t'))
		line[--n] = 0;
	while (*line == ' ' || *line == '\t')
		line++;
	return line;
}

static bool is_expected(const char *line)
{
	return line[0] == '=' && line[1] != '=';
}

static void parse_row(struct row *row)
{
	static char joined[1 << 20];

	row->event[row->events++] = (struct event){ .what = EV_FLOW, .talk = default_talk(row->proto) };
	for (size_t i = 0; i < row->lines; i++) {
		size_t n = 0, first = i;

		if (row->text[i][0] == '#' || row->text[i][0] == 0 || is_expected(row->text[i]))
			continue;
		for (;; i++) {		/* a backslash at the end continues */
			size_t len = strlen(row->text[i]);
			bool more = len > 0 && row->text[i][len - 1] == '\\' && i + 1 < row->lines;

			if (n + len + 1 > sizeof(joined))
				wrong(row, first, "too long");
			memcpy(joined + n, row->text[i], len);
			n += len - more;
			joined[n] = 0;
			if (!more)
				break;
		}
		if (row->events >= EVENTS_MAX)
			wrong(row, first, "too many lines");
		char *line = trimmed(joined);

		if (*line != 0 && !parse_line(row, line))
			wrong(row, first, "not understood");
	}
}

static void forget_row(struct row *row)
{
	for (size_t i = 0; i < row->events; i++)
		free(row->event[i].p);
	row->events = 0;
}

/* ---- comparing ---- */

static bool line_fits(const char *want, const char *got)
{
	static const char dots[] = "\xe2\x80\xa6";	/* an ellipsis: the rest does not matter */
	size_t n = strlen(want), d = sizeof(dots) - 1;

	if (n >= d && strcmp(want + n - d, dots) == 0)
		return strncmp(want, got, n - d) == 0;
	return strcmp(want, got) == 0;
}

static bool compare(const struct row *row, const char *got)
{
	char *copy = strdup(got), *save = NULL;
	char *line = strtok_r(copy, "\n", &save);
	bool same = true;

	for (size_t i = 0; i < row->lines; i++) {
		if (!is_expected(row->text[i]))
			continue;
		const char *want = row->text[i] + 1;

		while (*want == ' ')
			want++;
		if (line == NULL || !line_fits(want, line)) {
			print_error("%s:%zu\nwant %s\n got %s\n", row->file, row->line + 1 + i, want,
				    line == NULL ? "(nothing)" : line);
			same = false;
		}
		if (line != NULL)
			line = strtok_r(NULL, "\n", &save);
	}
	for (; line != NULL; line = strtok_r(NULL, "\n", &save)) {
		print_error("%s:%u\nwant (nothing)\n got %s\n", row->file, row->line, line);
		same = false;
	}
	free(copy);
	return same;
}

/* Puts what came in place of the row's expectations. */
static void bless(struct row *row, const char *got)
{
	char **text = calloc(row->lines + 4096, sizeof(*text));
	char *copy = strdup(got), *save = NULL;
	size_t n = 0, last = 0;

	for (size_t i = 0; i < row->lines; i++) {
		if (is_expected(row->text[i])) {
			free(row->text[i]);
			continue;
		}
		text[n++] = row->text[i];
		if (row->text[i][0] != 0 && row->text[i][0] != '#')
			last = n;
	}
	size_t tail = n - last, at = last;
	char **rest = calloc(tail + 1, sizeof(*rest));

	memcpy(rest, text + last, tail * sizeof(*rest));
	for (char *line = strtok_r(copy, "\n", &save); line != NULL && at < row->lines + 4000;
	     line = strtok_r(NULL, "\n", &save)) {
		size_t len = strlen(line) + 3;

		text[at] = malloc(len);
		snprintf(text[at++], len, "= %s", line);
	}
	memcpy(text + at, rest, tail * sizeof(*rest));
	free(row->text);
	row->text = text;
	row->lines = at + tail;
	free(rest);
	free(copy);
}

static void row_test(void **state)
{
	struct row *row = *state;
	bool lossy = false;

	parse_row(row);
	char *got = run_row(row, AS_WRITTEN);

	assert_non_null(got);
	if (getenv("KOBAN_BLESS") != NULL)
		bless(row, got);
	for (size_t i = 0; i < row->events; i++)
		lossy |= row->event[i].what == EV_LOST;
	bool same = compare(row, got);

	for (enum variant v = SPLIT; v < VARIANTS && !lossy && !row->flows && !row->whole; v++) {
		char *again = run_row(row, v);

		assert_non_null(again);
		if (strcmp(got, again) != 0) {
			print_error("%s:%u %s\n%s", row->file, row->line,
				    v == SPLIT ? "in segments of one byte:" : "joined:", again);
			same = false;
		}
		free(again);
	}
	free(got);
	forget_row(row);
	assert_true(same);
}

/* ---- the files ---- */

static void read_file(const char *dir, const char *name)
{
	char path[512], line[1 << 16];
	struct row *row = NULL;
	unsigned number = 0;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *in = fopen(path, "r");

	if (in == NULL)
		return;
	char *file = strdup(path);
	char proto[64];

	snprintf(proto, sizeof(proto), "%.*s", (int)(strlen(name) - strlen(".rows")), name);
	const struct proto *p = proto_named(proto);

	while (fgets(line, sizeof(line), in) != NULL) {
		number++;
		line[strcspn(line, "\r\n")] = 0;
		if (strncmp(line, "== ", 3) == 0 && row_count < ROWS_MAX) {
			row = calloc(1, sizeof(*row));
			*row = (struct row){ .file = file, .line = number, .proto = p };
			size_t n = strlen(proto) + strlen(line);

			row->what = malloc(n);
			snprintf(row->what, n, "%s: %s", proto, line + 3);
			rows[row_count++] = row;
		} else if (row != NULL) {
			row->text = realloc(row->text, (row->lines + 1) * sizeof(*row->text));
			row->text[row->lines++] = strdup(line);
		}
	}
	fclose(in);
	if (p == NULL) {
		print_error("%s: no such protocol\n", path);
		exit(1);
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Writes the blessed rows back; what stands before the first row stays. */
static void write_file(const char *file)
{
	char head[1 << 16];
	size_t n = 0;
	FILE *f = fopen(file, "r");

	while (f != NULL && fgets(head + n, (int)(sizeof(head) - n), f) != NULL) {
		if (strncmp(head + n, "== ", 3) == 0)
			break;
		n += strlen(head + n);
	}
	if (f != NULL)
		fclose(f);
	f = fopen(file, "w");
	if (f == NULL)
		return;
	fwrite(head, 1, n, f);
	for (size_t i = 0; i < row_count; i++) {
		if (strcmp(rows[i]->file, file) != 0)
			continue;
		fprintf(f, "== %s\n", strstr(rows[i]->what, ": ") + 2);
		for (size_t k = 0; k < rows[i]->lines; k++)
			fprintf(f, "%s\n", rows[i]->text[k]);
	}
	fclose(f);
}

int main(void)
{
	const char *dir = KOBAN_SOURCE "/tests/proto", *only = getenv("KOBAN_ROWS");
	static char *name[512];
	size_t names = 0;
	DIR *d = opendir(dir);

	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
		size_t n = strlen(e->d_name);

		if (n > 5 && strcmp(e->d_name + n - 5, ".rows") == 0 && names < ARRAY_LEN(name) &&
		    (only == NULL || (strlen(only) == n - 5 && strncmp(only, e->d_name, n - 5) == 0)))
			name[names++] = strdup(e->d_name);
	}
	if (d != NULL)
		closedir(d);
	qsort(name, names, sizeof(*name), by_name);
	for (size_t i = 0; i < names; i++)
		read_file(dir, name[i]);
	static struct CMUnitTest tests[ROWS_MAX];

	for (size_t i = 0; i < row_count; i++)
		tests[i] = (struct CMUnitTest){ rows[i]->what, row_test, NULL, NULL, rows[i] };
	int failed = _cmocka_run_group_tests("rows", tests, row_count, NULL, NULL);

	for (size_t i = 0; i < row_count && getenv("KOBAN_BLESS") != NULL; i++)
		if (i == 0 || rows[i]->file != rows[i - 1]->file)
			write_file(rows[i]->file);
	return failed != 0;
}
