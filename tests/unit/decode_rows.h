/* decode_rows.h: frames written as words, and what decode/ makes of them as a line.
 *
 * Words build one frame, layer by layer; lengths and checksums are filled in when it is finished:
 *   eth:TYPE             Ethernet from ..:01 to ..:02, type in hexadecimal; eth:len an 802.3 length
 *   ip4:N, ip6:N         from host 1 to host 2 of network k (the k-th IP header of the frame), protocol N
 *   tcp, udp:S:D, sctp, icmp, icmp6, gtp, pppoe    headers; ports 1000 and 502 unless given
 *   x:HEX                bytes as they stand
 *   fill:N               N bytes of payload
 *   pad:N                N bytes behind everything, in no length
 *   swap                 exchanges the ends of the layer before
 *   poke:AT:HEX          overwrites bytes of the layer before, after lengths and checksums are in
 *   cut:N                the capture lost the last N bytes
 *   @N, tap:N, link:N    time in microseconds, tap, link type (1)
 *   ;                    the next frame; time, tap and link stay
 * Result, frames parted by "; ": class, and when a shard sees it: kind, ends, vN/N the VLANs, the tunnels,
 * captured/wire bytes of payload, letters for flags (G group, D defragmented, B bad checksum, C cut, N no
 * MAC, S source MAC only). */
#ifndef DECODE_ROWS_H
#define DECODE_ROWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/arena.h"
#include "decode/decode.h"

enum { FRAME_ROOM = 70000, LAYERS_ROOM = 64, POKES_ROOM = 16, RESULT_ROOM = 16384 };

struct row { const char *what, *frames, *result; };

enum part { PART_ETHER, PART_IP4, PART_IP6, PART_TCP, PART_UDP, PART_SCTP, PART_ICMP, PART_ICMP6, PART_GTP,
	    PART_PPPOE, PART_OTHER };

struct made {
	uint8_t p[FRAME_ROOM];
	size_t n, pad, cut;
	struct { enum part part; size_t at; bool length; } part[LAYERS_ROOM];
	size_t parts;
	struct { size_t at, n; uint8_t bytes[32]; } poke[POKES_ROOM];
	size_t pokes;
	unsigned networks;
};

static const char *const class_names[FRAME_CLASSES] = {
	"tcp", "udp", "sctp", "icmp", "ip-other", "arp", "lldp", "ether-other", "duplicate", "fragment",
	"fragment-dropped", "cut", "bad-header", "too-deep", "link-unknown",
};
static const char *const kind_names[KIND_COUNT] = { "?", "ETHER", "IP", "ICMP", "UDP", "TCP", "SCTP" };
static const char *const tunnel_names[TUNNEL_KINDS] = { "?", "gtpu", "vxlan", "gre", "erspan", "ipip" };

/* ---- building ---- */

static void put(struct made *m, const void *bytes, size_t n)
{
	assert_true(m->n + n <= FRAME_ROOM);
	memcpy(m->p + m->n, bytes, n);
	m->n += n;
}

static size_t hex(const char *s, uint8_t *out, size_t room)
{
	size_t n = 0;

	for (; s[0] != '\0' && s[1] != '\0' && s[0] != ' ' && s[0] != ';'; s += 2) {
		char two[3] = { s[0], s[1], '\0' };

		assert_true(n < room);
		out[n++] = (uint8_t)strtoul(two, NULL, 16);
	}
	return n;
}

static void begin_part(struct made *m, enum part part)
{
	assert_true(m->parts < LAYERS_ROOM);
	m->part[m->parts].at = m->n;
	m->part[m->parts].length = false;
	m->part[m->parts++].part = part;
}

static void put_be16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void make_ether(struct made *m, const char *type)
{
	uint8_t h[14] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1 };

	begin_part(m, PART_ETHER);
	if (strncmp(type, "len", 3) == 0)
		m->part[m->parts - 1].length = true;
	else
		put_be16(h + 12, strtoul(type, NULL, 16));
	put(m, h, sizeof(h));
}

static void make_ip4(struct made *m, const char *proto)
{
	uint8_t k = (uint8_t)m->networks++;
	uint8_t h[20] = { 0x45, 0, 0, 0, 0, k, 0, 0, 64, (uint8_t)strtoul(proto, NULL, 10), 0, 0,
			  10, 0, k, 1, 10, 0, k, 2 };

	begin_part(m, PART_IP4);
	put(m, h, sizeof(h));
}

static void make_ip6(struct made *m, const char *proto)
{
	uint8_t k = (uint8_t)m->networks++;
	uint8_t h[40] = { 0x60, 0, 0, 0, 0, 0, (uint8_t)strtoul(proto, NULL, 10), 64,
			  0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, k, 1,
			  0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, k, 2 };

	begin_part(m, PART_IP6);
	put(m, h, sizeof(h));
}

static void make_transport(struct made *m, enum part part, size_t size, const char *ports)
{
	uint8_t h[20] = { 1000 >> 8, 1000 & 0xff, 502 >> 8, 502 & 0xff };

	if (*ports == ':') {
		char *end;

		put_be16(h, strtoul(ports + 1, &end, 10));
		put_be16(h + 2, strtoul(end + 1, NULL, 10));
	}
	if (part == PART_TCP) {
		h[12] = 5 << 4;
		h[13] = TCP_ACK;
	}
	if (part == PART_ICMP || part == PART_ICMP6)
		memset(h, 0, sizeof(h));
	begin_part(m, part);
	put(m, h, size);
}

static void make_swap(struct made *m)
{
	assert_true(m->parts > 0);
	uint8_t *p = m->p + m->part[m->parts - 1].at, was[16];
	enum part part = m->part[m->parts - 1].part;
	size_t n = part == PART_ETHER ? 6 : part == PART_IP4 ? 4 : part == PART_IP6 ? 16 : 2;

	p += part == PART_IP4 ? 12 : part == PART_IP6 ? 8 : 0;
	memcpy(was, p, n);
	memcpy(p, p + n, n);
	memcpy(p + n, was, n);
}

static void make_poke(struct made *m, const char *s)
{
	char *end;
	size_t at = strtoul(s, &end, 10);

	assert_true(m->pokes < POKES_ROOM && m->parts > 0);
	m->poke[m->pokes].at = m->part[m->parts - 1].at + at;
	m->poke[m->pokes].n = hex(end + 1, m->poke[m->pokes].bytes, 32);
	m->pokes++;
}

/* ---- lengths and checksums ---- */

static uint32_t words(const uint8_t *p, size_t n, uint32_t sum)
{
	for (size_t i = 0; i < n; i++)
		sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static uint32_t crc32c(const uint8_t *p, size_t n)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < n; i++) {
		crc ^= p[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ ((crc & 1) != 0 ? UINT32_C(0x82f63b78) : 0);
	}
	return ~crc;
}

/* The checksum of a transport at `at`, over the pseudo header of the IP header before it when it wants
 * one. */
static void fill_sum(struct made *m, size_t part, size_t where, bool pseudo)
{
	uint8_t *p = m->p + m->part[part].at;
	size_t n = m->n - m->part[part].at;
	uint32_t sum = 0;

	for (size_t i = part; pseudo && i-- > 0;) {
		const uint8_t *ip = m->p + m->part[i].at;

		if (m->part[i].part != PART_IP4 && m->part[i].part != PART_IP6)
			continue;
		bool v4 = m->part[i].part == PART_IP4;
		uint32_t proto = m->part[part].part == PART_TCP ? 6 : m->part[part].part == PART_UDP ? 17 :
				 58;

		sum = words(ip + (v4 ? 12 : 8), v4 ? 8 : 32, (uint32_t)n + proto);
		break;
	}
	put_be16(p + where, ~words(p, n, sum) & 0xffff);
	if (m->part[part].part == PART_UDP && p[where] == 0 && p[where + 1] == 0)
		put_be16(p + where, 0xffff);
}

static void finish_part(struct made *m, size_t i)
{
	uint8_t *p = m->p + m->part[i].at;
	size_t n = m->n - m->part[i].at;

	switch (m->part[i].part) {
	case PART_ETHER:
		if (m->part[i].length)
			put_be16(p + 12, n - 14);
		break;
	case PART_IP4:
		put_be16(p + 2, n);
		put_be16(p + 10, ~words(p, 20, 0) & 0xffff);
		break;
	case PART_IP6:
		put_be16(p + 4, n - 40);
		break;
	case PART_TCP:
		fill_sum(m, i, 16, true);
		break;
	case PART_UDP:
		put_be16(p + 4, n);
		fill_sum(m, i, 6, true);
		break;
	case PART_SCTP: {
		uint32_t crc = crc32c(p, n);

		for (unsigned k = 0; k < 4; k++)
			p[8 + k] = (uint8_t)(crc >> 8 * k);
		break;
	}
	case PART_ICMP:
		fill_sum(m, i, 2, false);
		break;
	case PART_ICMP6:
		fill_sum(m, i, 2, true);
		break;
	case PART_GTP:
		put_be16(p + 2, n - 8);
		break;
	case PART_PPPOE:
		put_be16(p + 4, n - 6);
		break;
	case PART_OTHER:
		break;
	}
}

static void finish(struct made *m)
{
	for (size_t i = m->parts; i-- > 0;)
		finish_part(m, i);
	for (size_t i = 0; i < m->pokes; i++)
		memcpy(m->p + m->poke[i].at, m->poke[i].bytes, m->poke[i].n);
	assert_true(m->n + m->pad <= FRAME_ROOM);
	memset(m->p + m->n, 0, m->pad);
	m->n += m->pad;
}

static bool make_layer(struct made *m, const char *s)
{
	static const uint8_t gtp[8] = { 0x30, 255, 0, 0, 0, 0, 0, 9 };
	static const uint8_t pppoe[6] = { 0x11, 0, 0, 1 };

	if (strncmp(s, "eth:", 4) == 0)
		make_ether(m, s + 4);
	else if (strncmp(s, "ip4:", 4) == 0)
		make_ip4(m, s + 4);
	else if (strncmp(s, "ip6:", 4) == 0)
		make_ip6(m, s + 4);
	else if (strncmp(s, "tcp", 3) == 0)
		make_transport(m, PART_TCP, 20, s + 3);
	else if (strncmp(s, "udp", 3) == 0)
		make_transport(m, PART_UDP, 8, s + 3);
	else if (strncmp(s, "sctp", 4) == 0)
		make_transport(m, PART_SCTP, 12, s + 4);
	else if (strncmp(s, "icmp6", 5) == 0)
		make_transport(m, PART_ICMP6, 8, "");
	else if (strncmp(s, "icmp", 4) == 0)
		make_transport(m, PART_ICMP, 8, "");
	else if (strncmp(s, "gtp", 3) == 0) {
		begin_part(m, PART_GTP);
		put(m, gtp, sizeof(gtp));
	} else if (strncmp(s, "pppoe", 5) == 0) {
		begin_part(m, PART_PPPOE);
		put(m, pppoe, sizeof(pppoe));
	} else {
		return false;
	}
	return true;
}

static void make_word(struct made *m, struct frame *f, const char *s)
{
	uint8_t bytes[256];

	if (make_layer(m, s))
		return;
	if (strncmp(s, "x:", 2) == 0) {
		begin_part(m, PART_OTHER);
		put(m, bytes, hex(s + 2, bytes, sizeof(bytes)));
	} else if (strncmp(s, "fill:", 5) == 0) {
		for (size_t i = 0, n = strtoul(s + 5, NULL, 10); i < n; i++) {
			uint8_t b = (uint8_t)(i * 7 + i / 256);

			put(m, &b, 1);
		}
	} else if (strncmp(s, "pad:", 4) == 0) {
		m->pad = strtoul(s + 4, NULL, 10);
	} else if (strncmp(s, "cut:", 4) == 0) {
		m->cut = strtoul(s + 4, NULL, 10);
	} else if (strncmp(s, "poke:", 5) == 0) {
		make_poke(m, s + 5);
	} else if (strncmp(s, "swap", 4) == 0) {
		make_swap(m);
	} else if (strncmp(s, "tap:", 4) == 0) {
		f->tap = (uint8_t)strtoul(s + 4, NULL, 10);
	} else if (strncmp(s, "link:", 5) == 0) {
		f->link = (uint16_t)strtoul(s + 5, NULL, 10);
	} else if (s[0] == '@') {
		f->at_ns = strtoll(s + 1, NULL, 10) * NS_PER_US;
	} else {
		fail_msg("unknown word: %s", s);
	}
}

/* Builds the next frame of the text; false at its end. The bytes lie in a heap block of their exact size. */
static bool make_frame(const char **text, struct frame *f)
{
	static struct made m;
	const char *s = *text;

	if (*s == '\0')
		return false;
	m.n = m.pad = m.cut = m.parts = m.pokes = 0;
	m.networks = 0;
	while (*s != '\0' && *s != ';') {
		make_word(&m, f, s);
		s += strcspn(s, " ;");
		s += strspn(s, " ");
	}
	if (*s == ';')
		s += 1 + strspn(s + 1, " ");
	*text = s;
	finish(&m);
	f->wire = (uint32_t)m.n;
	f->n = (uint32_t)(m.n - m.cut);
	uint8_t *p = malloc(f->n > 0 ? f->n : 1);

	assert_non_null(p);
	memcpy(p, m.p, f->n);
	f->p = p;
	return true;
}

/* ---- results ---- */

__attribute__((format(printf, 2, 3))) static void say(char *out, const char *format, ...)
{
	size_t n = strlen(out);
	va_list args;

	va_start(args, format);
	vsnprintf(out + n, RESULT_ROOM - n, format, args);
	va_end(args);
}

static void say_tunnels(char *out, const struct layers *l)
{
	char src[IP_TEXT], dst[IP_TEXT];

	for (size_t i = 0; i < TUNNELS_KEPT && i < l->tunnel_depth; i++) {
		const struct tunnel *t = &l->tunnels[i];

		ip_text(src, t->src);
		ip_text(dst, t->dst);
		say(out, " %s:%u:%s>%s@%u#%u", tunnel_names[t->kind], t->id, src, dst, t->vlan, t->depth);
	}
}

static void say_ends(char *out, const struct layers *l)
{
	char src[IP_TEXT], dst[IP_TEXT];

	if (l->kind == KIND_ETHER) {
		say(out, " %02x>%02x %04x", l->src_mac[5], l->dst_mac[5], l->ether != 0 ? l->ether : l->lsap);
		return;
	}
	ip_text(src, l->src_ip);
	ip_text(dst, l->dst_ip);
	if (l->kind == KIND_IP || l->kind == KIND_ICMP)
		say(out, " %s>%s %u", src, dst, l->ip_proto);
	else
		say(out, " %s:%u>%s:%u", src, l->src_port, dst, l->dst_port);
}

static void say_frame(char *out, const struct layers *l, bool give)
{
	static const char letters[] = "GDBCNS";

	say(out, "%s", class_names[l->class]);
	if (!give)
		return;
	say(out, " %s", kind_names[l->kind]);
	say_ends(out, l);
	if (l->vlan != 0)
		say(out, " v%u", l->vlan);
	if (l->vlan_inner != 0)
		say(out, "/%u", l->vlan_inner);
	say_tunnels(out, l);
	say(out, " %zu/%u", l->payload.n, l->payload_wire);
	if (l->flags != 0)
		say(out, " ");
	for (unsigned i = 0; i < sizeof(letters) - 1; i++)
		if ((l->flags & 1u << i) != 0)
			say(out, "%c", letters[i]);
}

struct setup { struct arena arena; struct decode *d; };

static void setup_open(struct setup *s, const struct limits *limits)
{
	assert_int_equal(arena_map(&s->arena, decode_need(limits)), 0);
	assert_int_equal(decode_init(&s->d, &s->arena, limits), 0);
}

static void setup_close(struct setup *s)
{
	arena_unmap(&s->arena);
}

/* Decodes the frames of a row into its result; checks what holds for every frame. */
static void run_row(struct decode *d, const char *text, char *out)
{
	struct frame f = { .link = 1 };
	struct layers l;

	out[0] = '\0';
	while (make_frame(&text, &f)) {
		memset(&l, 0xa5, sizeof(l));
		bool give = decode_frame(d, &f, &l);
		uint64_t sum = 0;

		if (out[0] != '\0')
			say(out, "; ");
		say_frame(out, &l, give);
		assert_true(l.shard < SHARDS);
		assert_int_equal(l.frame, decode_stats(d)->frames);
		for (size_t i = 0; i < FRAME_CLASSES; i++)
			sum += decode_stats(d)->class_frames[i];
		assert_int_equal(sum, decode_stats(d)->frames);
		free((void *)(uintptr_t)f.p);
	}
}

/* Every row with a fresh decoder; all failing rows are printed. */
static inline void run_rows(const struct row *rows, size_t n, const struct limits *limits)
{
	static char out[RESULT_ROOM];
	size_t failed = 0;

	for (size_t i = 0; i < n; i++) {
		struct setup s;

		setup_open(&s, limits);
		run_row(s.d, rows[i].frames, out);
		setup_close(&s);
		if (strcmp(out, rows[i].result) == 0)
			continue;
		failed++;
		print_message("# %s\n#   wanted %s\n#   got    %s\n", rows[i].what, rows[i].result, out);
	}
	if (failed > 0)
		fail_msg("%zu of %zu rows", failed, n);
}

#endif
