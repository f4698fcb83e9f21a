/* tests/unit/stream_shown.h: one shard with protocols of the test's own, fed with datagrams by a clock of
 * its own.
 *
 * A test sets `protos` (this file is the registry in place of proto/registry.c) and shows messages; the
 * records come back as copies and as lines. Include it after the test's array of protocols. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "core/util.h"
#include "model/line.h"
#include "stream/shard.h"

const struct proto *proto_at(unsigned rec_proto)
{
	for (unsigned i = 0; protos[i] != NULL; i++)
		if (i + 1 == rec_proto)
			return protos[i];
	return NULL;
}

const struct proto *proto_named(const char *name)
{
	for (unsigned i = 0; protos[i] != NULL; i++)
		if (strcmp(protos[i]->name, name) == 0)
			return protos[i];
	return NULL;
}

unsigned proto_number(const struct proto *p)
{
	for (unsigned i = 0; protos[i] != NULL; i++)
		if (protos[i] == p)
			return i + 1;
	return 0;
}

const struct proto_code *proto_code(const struct proto *p, uint32_t code)
{
	for (size_t i = 0; i < p->code_count; i++)
		if (p->codes[i].code == code)
			return &p->codes[i];
	return NULL;
}

enum { BENCH_RING = 1 << 22, BENCH_RECORDS = 16384, BENCH_PORT = 9999 };

struct bench {
	struct arena arena;
	struct shard *shard;
	struct ring ring;
	void *block;
	struct stream_stats stats;
	uint64_t frame;
	int64_t now_ns;
	uint16_t client_port, server_port;
	uint8_t client_host, server_host, tap;
	uint8_t mac_host;	/* not 0: everybody is behind this MAC address */
	uint8_t (*records)[REC_MAX];
	unsigned count;
	uint64_t last_frame;
	uint32_t last_ordinal;
};

static void bench_begin(struct bench *b, const struct limits *limits, bool all)
{
	struct limits defaults = LIMITS_DEFAULT;
	struct stream_options o = { .limits = limits != NULL ? limits : &defaults, .all = all,
				    .claim = true };

	*b = (struct bench){ .now_ns = 1000 * 60 * NS_PER_S + 1, .client_port = 1024,
			     .server_port = BENCH_PORT, .client_host = 1, .server_host = 2 };
	assert_int_equal(arena_map(&b->arena, shard_need(&o) + 4096), 0);
	assert_int_equal(posix_memalign(&b->block, 64, ring_block(BENCH_RING)), 0);
	memset(b->block, 0, ring_block(BENCH_RING));
	ring_init(&b->ring, b->block, BENCH_RING);
	assert_int_equal(shard_init(&b->shard, &b->arena, 3, &o, &b->ring, &b->stats), 0);
	b->records = calloc(BENCH_RECORDS, sizeof(*b->records));
	assert_non_null(b->records);
}

static void bench_end(struct bench *b)
{
	free(b->records);
	free(b->block);
	arena_unmap(&b->arena);
}

static const struct rec *bench_rec(const struct bench *b, unsigned i)
{
	assert_true(i < b->count);
	return (const struct rec *)(const void *)b->records[i];
}

__attribute__((unused)) static const struct obs *bench_obs(const struct bench *b, unsigned i)
{
	return (const struct obs *)(const void *)bench_rec(b, i);
}

/* Takes what came, REC_FLOW left out. Everything must pass the desk's gate, and names must grow. */
static void bench_take(struct bench *b)
{
	for (;;) {
		assert_true(b->count < BENCH_RECORDS);
		long n = ring_read(&b->ring, b->records[b->count], REC_MAX);

		if (n <= 0) {
			assert_int_equal(n, 0);
			return;
		}
		const struct rec *r = (const struct rec *)(const void *)b->records[b->count];

		assert_true(rec_check(r, (size_t)n));
		assert_true(r->frame > b->last_frame ||
			    (r->frame == b->last_frame && (b->last_ordinal == 0 ||
							   r->ordinal > b->last_ordinal)));
		b->last_frame = r->frame;
		b->last_ordinal = r->ordinal;
		if (r->type != REC_FLOW)
			b->count++;
	}
}

/* The next frame: a datagram with n bytes. */
static void bench_datagram(struct bench *b, bool from_client, const void *p, size_t n)
{
	struct layers l = { .frame = ++b->frame, .at_ns = b->now_ns, .kind = KIND_UDP, .class = FRAME_UDP,
			    .ether = 0x0800, .ip_proto = 17, .wire = (uint32_t)n + 42, .ttl = 64,
			    .payload_wire = (uint32_t)n, .tap = b->tap };
	uint8_t *ip[2] = { from_client ? l.src_ip : l.dst_ip, from_client ? l.dst_ip : l.src_ip };
	uint8_t *mac[2] = { from_client ? l.src_mac : l.dst_mac, from_client ? l.dst_mac : l.src_mac };
	uint8_t host[2] = { b->client_host, b->server_host };

	for (unsigned i = 0; i < 2; i++) {
		ip[i][10] = ip[i][11] = 0xff;
		ip[i][12] = 10;
		ip[i][15] = host[i];
		mac[i][0] = 2;
		mac[i][5] = b->mac_host != 0 ? b->mac_host : host[i];
	}
	l.first_frame = l.frame;
	l.src_port = from_client ? b->client_port : b->server_port;
	l.dst_port = from_client ? b->server_port : b->client_port;
	/* A block of its own size, so that reading past it is seen. */
	uint8_t *copy = malloc(n > 0 ? n : 1);

	if (n > 0)
		memcpy(copy, p, n);
	l.payload = (struct bytes){ copy, n };
	shard_frame(b->shard, &l);
	free(copy);
	bench_take(b);
}

/* Time passes, and every whole second ticks. */
__attribute__((unused)) static void bench_pass(struct bench *b, int64_t ns)
{
	int64_t to = b->now_ns + ns;

	for (int64_t s = b->now_ns / NS_PER_S + 1; s <= to / NS_PER_S; s++) {
		shard_tick(b->shard, b->frame, s * NS_PER_S);
		bench_take(b);
	}
	b->now_ns = to;
}

__attribute__((unused)) static void bench_close(struct bench *b)
{
	shard_close(b->shard, b->frame, b->now_ns);
	bench_take(b);
}

/* Record i as a line without times and ends. */
__attribute__((unused)) static const char *bench_line(const struct bench *b, unsigned i)
{
	static char text[LINE_MAX_BYTES];

	rec_line(text, sizeof(text), bench_rec(b, i), 0);
	return text;
}

__attribute__((unused)) static void bench_print(const struct bench *b)
{
	static char text[LINE_MAX_BYTES];

	for (unsigned i = 0; i < b->count; i++) {
		rec_line(text, sizeof(text), bench_rec(b, i), LINE_ALL);
		print_message("# %s\n", text);
	}
}
