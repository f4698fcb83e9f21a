/* bench/generate.c: large captures from small ones.
 *
 * usage: bench_generate replay OUT MIB FILE...    the files one after the other, again and again, until OUT
 *                                                 has MIB
 *        bench_generate flows OUT COUNT CLIENTS   COUNT Modbus connections from so many clients to 20
 *                                                 servers: handshake and one answered read, none closed
 *
 * A replayed connection goes on where it stopped: times move on, TCP sequence numbers continue, so that
 * nothing looks like a retransmission. Checksums are made right again. Writes classic pcap (little-endian,
 * microseconds, Ethernet). */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "capture/capture.h"
#include "core/hash.h"

enum { ETHERNET = 1, FRAME_MAX = 65536, SLOTS = 1 << 16, FILES_MAX = 64 };

static FILE *out;
static uint64_t written;

static void die(const char *what, const char *why)
{
	fprintf(stderr, "bench_generate: %s: %s\n", what, why);
	exit(1);
}

static void le32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put_head(void)
{
	static const uint8_t head[24] = { 0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4,
					  0, ETHERNET };

	written += fwrite(head, 1, sizeof(head), out);
}

static void put_frame(const uint8_t *p, uint32_t n, uint32_t wire, int64_t at_ns)
{
	uint8_t head[16];

	le32(head, (uint32_t)(at_ns / NS_PER_S));
	le32(head + 4, (uint32_t)(at_ns % NS_PER_S / 1000));
	le32(head + 8, n);
	le32(head + 12, wire);
	if (fwrite(head, 1, sizeof(head), out) != sizeof(head) || fwrite(p, 1, n, out) != n)
		die("output", strerror(errno));
	written += sizeof(head) + n;
}

/* ---- replay ---- */

struct direction {		/* one half of a TCP connection, by ends */
	uint64_t key;
	uint32_t first, next;	/* sequence numbers of the recording: the first, and one beyond the last
				 * byte */
	uint32_t moved;		/* added in this round */
	bool known;
};

static struct direction table[SLOTS];

static struct direction *find(const uint8_t *ip, bool reverse)
{
	const uint8_t *tcp = ip + (ip[0] & 15) * 4;
	uint8_t ends[12];

	memcpy(ends + (reverse ? 6 : 0), ip + 12, 4);
	memcpy(ends + (reverse ? 10 : 4), tcp, 2);
	memcpy(ends + (reverse ? 0 : 6), ip + 16, 4);
	memcpy(ends + (reverse ? 4 : 10), tcp + 2, 2);
	uint64_t key = hash_bytes(ends, sizeof(ends), 0) | 1;
	size_t i = key % SLOTS;

	while (table[i].key != 0 && table[i].key != key)
		i = (i + 1) % SLOTS;
	table[i].key = key;
	return &table[i];
}

/* The IPv4 header of an Ethernet frame with a whole TCP header, or NULL. */
static uint8_t *tcp_over_ip(uint8_t *p, uint32_t n)
{
	uint32_t at = 12;

	while (at + 6 < n && (p[at] << 8 | p[at + 1]) == 0x8100)
		at += 4;
	if (at + 2 + 40 > n || (p[at] << 8 | p[at + 1]) != 0x0800)
		return NULL;
	uint8_t *ip = p + at + 2;
	uint32_t head = (ip[0] & 15u) * 4;

	if (ip[9] != 6 || head < 20 || (uint32_t)(ip - p) + head + 20 > n || ((ip[6] & 0x3f) | ip[7]) != 0)
		return NULL;
	return ip;
}

/* Adds d to the 32-bit number at p and mends the checksum at sum (RFC 1624). */
static void add_mending(uint8_t *p, uint32_t d, uint8_t *sum)
{
	uint32_t old = be32(p), fresh = old + d;
	uint32_t s = (uint16_t)~(sum[0] << 8 | sum[1]);

	s += (uint16_t)~(old >> 16) + (uint32_t)(uint16_t)~old + (fresh >> 16) + (fresh & 0xffff);
	while (s >> 16 != 0)
		s = (s & 0xffff) + (s >> 16);
	put32(p, fresh);
	put16(sum, (uint16_t)~s);
}

static void learn(const uint8_t *ip)
{
	const uint8_t *tcp = ip + (ip[0] & 15) * 4;
	uint32_t total = (uint32_t)(ip[2] << 8 | ip[3]), heads = (ip[0] & 15u) * 4 + (tcp[12] >> 4) * 4u;
	uint32_t seq = be32(tcp + 4), end = seq + (total > heads ? total - heads : 0) + ((tcp[13] & 3) != 0);
	struct direction *d = find(ip, false);

	if (!d->known) {
		*d = (struct direction){ d->key, seq, end, 0, true };
		return;
	}
	if ((int32_t)(seq - d->first) < 0)
		d->first = seq;
	if ((int32_t)(end - d->next) > 0)
		d->next = end;
}

static void move_on(uint8_t *ip)
{
	uint8_t *tcp = ip + (ip[0] & 15) * 4;

	add_mending(tcp + 4, find(ip, false)->moved, tcp + 16);
	if ((tcp[13] & 16) != 0)
		add_mending(tcp + 8, find(ip, true)->moved, tcp + 16);
}

struct round { int64_t first_ns, last_ns, shift_ns; uint32_t number; };

static void one_file(const char *path, uint64_t limit, bool learning, struct round *r)
{
	static struct arena arena;
	static uint8_t copy[FRAME_MAX];
	struct capture *c;
	struct frame f;
	uint32_t bad;
	const char *what = "?";
	int fd = open(path, O_RDONLY);

	if (fd < 0 || arena_map(&arena, capture_room(1)) != 0 || capture_init(&c, &arena, 1) != 0 ||
	    capture_add(c, fd, path, 0, 0) < 0)
		die(path, strerror(errno));
	if (capture_start(c, &bad, &what) != 0)
		die(path, what);
	while (written < limit && capture_next(c, &f) > 0) {
		if (f.link != ETHERNET || f.n > sizeof(copy))
			continue;
		if (r->first_ns == 0 || f.at_ns < r->first_ns)
			r->first_ns = f.at_ns;
		if (f.at_ns > r->last_ns)
			r->last_ns = f.at_ns;
		memcpy(copy, f.p, f.n);
		uint8_t *ip = tcp_over_ip(copy, f.n);

		if (learning) {
			if (ip != NULL)
				learn(ip);
			continue;
		}
		if (ip != NULL)
			move_on(ip);
		put_frame(copy, f.n, f.wire, f.at_ns + r->shift_ns);
	}
	capture_done(c);
	arena_unmap(&arena);
}

static void replay(uint64_t limit, char **files, int count)
{
	struct round rounds[FILES_MAX] = { 0 };
	int64_t clock = INT64_C(1700000000) * NS_PER_S;

	for (int i = 0; i < count; i++)
		one_file(files[i], UINT64_MAX, true, &rounds[i]);
	put_head();
	for (uint32_t n = 0; written < limit; n++) {
		uint64_t before = written;

		for (int i = 0; i < count && written < limit; i++) {
			rounds[i].shift_ns = clock - rounds[i].first_ns;
			one_file(files[i], limit, false, &rounds[i]);
			clock += rounds[i].last_ns - rounds[i].first_ns + NS_PER_S / 100;
		}
		for (size_t i = 0; i < SLOTS; i++)
			table[i].moved += table[i].next - table[i].first;
		if (written == before)
			die(files[0], "no Ethernet frames in any of the files");
	}
}

/* ---- flows ---- */

struct ends { uint32_t client, server; uint16_t port; };

static unsigned fold(uint32_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static uint32_t words(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	return sum;
}

static void segment(const struct ends *e, bool from_client, uint32_t seq, uint32_t ack, uint8_t flags,
		    const uint8_t *data, size_t n, int64_t at_ns)
{
	static uint16_t id;
	uint8_t f[128] = { 0 };
	uint8_t *ip = f + 14, *tcp = ip + 20;

	f[from_client ? 0 : 6] = f[from_client ? 6 : 0] = 2;
	put32(f + (from_client ? 8 : 2), e->client);
	put32(f + (from_client ? 2 : 8), e->server);
	put16(f + 12, 0x0800);
	ip[0] = 0x45;
	put16(ip + 2, (unsigned)(40 + n));
	put16(ip + 4, id++);
	ip[8] = 64;
	ip[9] = 6;
	put32(ip + 12, from_client ? e->client : e->server);
	put32(ip + 16, from_client ? e->server : e->client);
	put16(ip + 10, (uint16_t)~fold(words(ip, 20)));
	put16(tcp, from_client ? e->port : 502);
	put16(tcp + 2, from_client ? 502 : e->port);
	put32(tcp + 4, seq);
	put32(tcp + 8, ack);
	tcp[12] = 5 << 4;
	tcp[13] = flags;
	put16(tcp + 14, 8192);
	if (n > 0)
		memcpy(tcp + 20, data, n);
	put16(tcp + 16, (uint16_t)~fold(words(ip + 12, 8) + 6 + (uint32_t)(20 + n) + words(tcp, 20 + n)));
	put_frame(f, (uint32_t)(54 + n), (uint32_t)(54 + n), at_ns);
}

static void flows(uint32_t count, uint32_t clients)
{
	/* read two holding registers */
	static const uint8_t ask[] = { 0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 2 };
	static const uint8_t answer[] = { 0, 1, 0, 0, 0, 7, 1, 3, 4, 0, 1, 0, 2 };
	int64_t at = INT64_C(1700000000) * NS_PER_S;

	put_head();
	for (uint32_t i = 0; i < count; i++, at += 20000) {
		/* each pair uses new ports again and again */
		const struct ends e = { 0x0a000001 + i % clients, 0x0a800001 + i % 20,
					(uint16_t)(1024 + i / clients) };

		segment(&e, true, 1000, 0, 2, NULL, 0, at);
		segment(&e, false, 5000, 1001, 0x12, NULL, 0, at + 2000);
		segment(&e, true, 1001, 5001, 0x10, NULL, 0, at + 4000);
		segment(&e, true, 1001, 5001, 0x18, ask, sizeof(ask), at + 6000);
		segment(&e, false, 5001, 1001 + sizeof(ask), 0x18, answer, sizeof(answer), at + 9000);
	}
}

int main(int argc, char **argv)
{
	bool replaying = argc >= 5 && strcmp(argv[1], "replay") == 0;
	uint32_t clients = argc == 5 ? (uint32_t)strtoul(argv[4], NULL, 10) : 0;

	if (!(replaying && argc - 4 <= FILES_MAX) && !(clients > 0 && strcmp(argv[1], "flows") == 0)) {
		fputs("usage: bench_generate replay OUT MIB FILE...\n"
		      "       bench_generate flows OUT COUNT CLIENTS\n", stderr);
		return 2;
	}
	out = fopen(argv[2], "wb");
	if (out == NULL)
		die(argv[2], strerror(errno));
	static char buffer[1 << 20];

	setvbuf(out, buffer, _IOFBF, sizeof(buffer));
	if (replaying)
		replay(strtoull(argv[3], NULL, 10) << 20, argv + 4, argc - 4);
	else
		flows((uint32_t)strtoul(argv[3], NULL, 10), clients);
	if (fclose(out) != 0)
		die(argv[2], strerror(errno));
	printf("%s: %" PRIu64 " bytes\n", argv[2], written);
	return 0;
}
