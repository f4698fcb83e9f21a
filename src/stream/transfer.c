/* stream/transfer.c: files and programs on their way: size, digest, entropy and kind of what came by. */
#include "stream/shard.h"

#include <errno.h>
#include <math.h>
#include <nettle/sha2.h>

#include "core/utf8.h"
#include "stream/nctext.h"

enum {
	HEAD = 512,		/* first bytes kept, to tell the kind by */
	/* For the entropy all bytes up to here are counted, behind them one block in so many: of a long file
	 * a sample says the same, and counting every byte costs as much as half its digest. */
	COUNT_ALL = 16 * 1024, COUNT_BLOCK = 1024, COUNT_EVERY = 8,
};

struct transfer {
	const struct proto *proto;
	uint64_t size, missing;
	uint32_t key;
	uint32_t next;		/* of the same flow */
	uint32_t head_n;
	uint32_t nc;		/* its program text; NONE32: it is none, or not known yet */
	uint8_t depth;
	struct sha256_ctx sha;
	uint64_t counted;	/* bytes in seen[] */
	uint64_t seen[256];	/* how often each byte came */
	uint8_t head[HEAD];
};

struct transfer_table {
	struct slab slab;
	struct slab nc;		/* as many: programs take their share when they are known to be some */
};

size_t transfer_need(const struct limits *part)
{
	return sizeof(struct transfer_table) + 256 +
	       (sizeof(struct transfer) + sizeof(struct nctext) + 32) * (size_t)part->transfers;
}

int transfer_init(struct shard *s, struct arena *a)
{
	struct transfer_table *t = arena_take(a, sizeof(*t));

	if (t == NULL || slab_init(&t->slab, a, sizeof(struct transfer), s->limits.transfers) < 0 ||
	    slab_init(&t->nc, a, sizeof(struct nctext), s->limits.transfers) < 0)
		return -ENOMEM;
	s->transfer = t;
	s->watched[LIMIT_AT_transfers] = &t->slab;
	return 0;
}

/* ---- what it is, by its first bytes ---- */

/* Sources: file formats as published by their owners, PRONOM (nationalarchives.gov.uk) for the byte
 * positions. The first row that fits counts. */
static const struct magic {
	const char *name;
	uint16_t at;
	uint8_t n;
	const char *bytes;
} magics[] = {
	{ "zip", 0, 4, "PK\x03\x04" },			/* APPNOTE.TXT 4.3.7 */
	{ "zip", 0, 4, "PK\x05\x06" },			/* 4.3.16: empty archive */
	{ "gzip", 0, 3, "\x1f\x8b\x08" },		/* RFC 1952 section 2.3.1 */
	{ "elf", 0, 4, "\x7f" "ELF" },			/* System V ABI, ELF identification */
	{ "pdf", 0, 5, "%PDF-" },			/* ISO 32000-1 section 7.5.2 */
	{ "png", 0, 8, "\x89PNG\r\n\x1a\n" },		/* RFC 2083 section 3.1 */
	{ "jpeg", 0, 3, "\xff\xd8\xff" },		/* ITU-T T.81 annex B: SOI and the next marker */
	{ "gif", 0, 4, "GIF8" },			/* GIF89a specification section 17 */
	{ "ole", 0, 8, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" },	/* [MS-CFB] section 2.2 */
	{ "7z", 0, 6, "7z\xbc\xaf\x27\x1c" },		/* 7zFormat.txt, SignatureHeader */
	{ "rar", 0, 6, "Rar!\x1a\x07" },		/* RAR 5.0 archive format, section 2; RAR 4 the same
							 * six */
	{ "bzip2", 0, 3, "BZh" },			/* bzip2 format specification section 2.2.1 */
	{ "xz", 0, 6, "\xfd" "7zXZ\x00" },		/* The .xz File Format 2.1.1.1 */
	{ "zstd", 0, 4, "\x28\xb5\x2f\xfd" },		/* RFC 8878 section 3.1.1 */
	{ "cab", 0, 4, "MSCF" },			/* [MS-CAB] section 2.1 */
	{ "class", 0, 4, "\xca\xfe\xba\xbe" },		/* JVMS section 4.1 */
	{ "mp4", 4, 4, "ftyp" },			/* ISO/IEC 14496-12 section 4.3; also HEIF */
	{ "tiff", 0, 4, "II\x2a\x00" },			/* TIFF 6.0 section 2 */
	{ "tiff", 0, 4, "MM\x00\x2a" },
	{ "tar", 257, 5, "ustar" },			/* POSIX.1-2017 pax, ustar interchange format */
	{ "sqlite", 0, 16, "SQLite format 3" },		/* sqlite.org/fileformat.html section 1.3, the NUL
							 * included */
};

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* "MZ", and the new header where its 0x3c says, or beyond what we keep (PE format, "MS-DOS Stub"). */
static bool is_pe(struct bytes head)
{
	if (head.n < 0x40 || head.p[0] != 'M' || head.p[1] != 'Z')
		return false;
	uint32_t at = le32(head.p + 0x3c);

	return head.n < 4 || at > head.n - 4 || memcmp(head.p + at, "PE\0\0", 4) == 0;
}

/* No control characters but white space, and well-formed UTF-8 or no byte above 0x7f twice as often as
 * letters: Shift JIS, which Japanese controllers write, is text too. */
static bool is_text(struct bytes head)
{
	size_t high = 0;

	for (size_t i = 0; i < head.n; i++) {
		uint8_t c = head.p[i];

		if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f') || c == 0x7f)
			return false;
		high += c >= 0x80;
	}
	for (size_t i = 0; high > 0 && i < head.n;) {
		size_t n = utf8_length(head.p + i, head.n - i);

		if (n == 0)
			return i + 4 > head.n || high * 2 <= head.n;	/* a character cut at the end */
		i += n;
	}
	return head.n > 0;
}

static size_t skip_space(struct bytes b, size_t at)
{
	while (at < b.n && (b.p[at] == ' ' || b.p[at] == '\t' || b.p[at] == '\r' || b.p[at] == '\n'))
		at++;
	return at;
}

static bool begins(struct bytes b, size_t at, const char *word)
{
	for (size_t i = 0; word[i] != '\0'; i++) {
		if (at + i >= b.n)
			return false;
		uint8_t c = b.p[at + i];

		if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != word[i])
			return false;
	}
	return true;
}

static bool digit_at(struct bytes b, size_t at)
{
	return at < b.n && b.p[at] >= '0' && b.p[at] <= '9';
}

static const char nc_program[] = "nc-program";

static const char *kind_of_text(struct bytes b)
{
	size_t at = skip_space(b, b.n >= 3 && memcmp(b.p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0);

	if (begins(b, at, "<!doctype html") || begins(b, at, "<html"))
		return "html";
	if (begins(b, at, "<?xml"))
		return "xml";
	if (at < b.n && b.p[at] == '{') {		/* RFC 8259 section 4: a string or the end follows */
		size_t next = skip_space(b, at + 1);

		if (next < b.n && (b.p[next] == '"' || b.p[next] == '}'))
			return "json";
	}
	if (at < b.n && b.p[at] == '[') {
		size_t next = skip_space(b, at + 1);

		if (next < b.n && (strchr("{[\"]-", b.p[next]) != NULL || digit_at(b, next)))
			return "json";
	}
	return nctext_looks(b) ? nc_program : "text";
}

static const char *magic_of(struct bytes head)
{
	if (head.n == 0)
		return "empty";
	if (is_pe(head))
		return "pe";
	for (size_t i = 0; i < ARRAY_LEN(magics); i++) {
		const struct magic *m = &magics[i];

		if (m->at <= head.n && m->n <= head.n - m->at && memcmp(head.p + m->at, m->bytes, m->n) == 0)
			return m->name;
	}
	return is_text(head) ? kind_of_text(head) : "data";
}

/* Shannon entropy of the bytes counted, in bits per byte. */
static double entropy_of(const struct transfer *t)
{
	double bits = 0, all = (double)t->counted;

	for (unsigned i = 0; i < 256; i++) {
		double p = (double)t->seen[i] / all;

		if (t->seen[i] > 0)
			bits -= p * log2(p);
	}
	return bits > 0 ? bits : 0;
}

/* ---- what protocols call ---- */

static uint32_t *find(const struct proto_ctx *x, uint32_t key)
{
	uint32_t *at = &x->flow->transfers;

	while (*at != NONE32) {
		struct transfer *t = slab_at(&x->shard->transfer->slab, *at);

		if (t->key == key && t->proto == x->proto && t->depth == x->depth)
			break;
		at = &t->next;
	}
	return at;
}

static struct transfer *open_under(const struct proto_ctx *x, uint32_t key)
{
	uint32_t index = *find(x, key);

	return index == NONE32 ? NULL : slab_at(&x->shard->transfer->slab, index);
}

static void forget(struct shard *s, uint32_t *at)
{
	struct transfer *t = slab_at(&s->transfer->slab, *at);

	if (t->nc != NONE32)
		slab_put(&s->transfer->nc, slab_at(&s->transfer->nc, t->nc));
	*at = t->next;
	slab_put(&s->transfer->slab, t);
}

bool transfer_open(struct proto_ctx *x, uint32_t key)
{
	struct shard *s = x->shard;
	uint32_t *at = find(x, key);

	if (*at != NONE32)
		forget(s, at);
	struct transfer *t = slab_get(&s->transfer->slab);

	if (t == NULL)
		return false;
	t->proto = x->proto;
	t->depth = x->depth;
	t->key = key;
	t->nc = NONE32;
	t->next = x->flow->transfers;
	x->flow->transfers = slab_index(&s->transfer->slab, t);
	sha256_init(&t->sha);
	return true;
}

/* The first bytes are all there: is it a program? Then its text is followed from them on. */
static void head_is_full(struct shard *s, struct transfer *t)
{
	struct bytes head = { t->head, t->head_n };

	if (magic_of(head) != nc_program)
		return;
	struct nctext *nc = slab_get(&s->transfer->nc);

	if (nc == NULL)
		return;
	t->nc = slab_index(&s->transfer->nc, nc);
	nctext_begin(nc);
	nctext_add(nc, head);
}

static void follow_text(struct shard *s, struct transfer *t, struct bytes piece)
{
	if (t->head_n < HEAD && t->missing == 0) {
		size_t n = min_size(piece.n, HEAD - t->head_n);

		memcpy(t->head + t->head_n, piece.p, n);
		t->head_n += (uint32_t)n;
		if (t->head_n == HEAD)
			head_is_full(s, t);
		piece.p += n;
		piece.n -= n;
	}
	if (t->nc != NONE32)
		nctext_add(slab_at(&s->transfer->nc, t->nc), piece);
}

static void count_all(uint64_t seen[256], const uint8_t *p, size_t n)
{
	for (; n >= 4; p += 4, n -= 4) {
		seen[p[0]]++;
		seen[p[1]]++;
		seen[p[2]]++;
		seen[p[3]]++;
	}
	for (; n > 0; n--)
		seen[*p++]++;
}

/* Which bytes count depends on their place in the file alone, never on how it was cut into pieces. */
static void count(struct transfer *t, struct bytes piece)
{
	uint64_t at = t->size;

	while (piece.n > 0) {
		size_t n = min_size(piece.n, COUNT_BLOCK - at % COUNT_BLOCK);

		if (at < COUNT_ALL || at / COUNT_BLOCK % COUNT_EVERY == 0) {
			count_all(t->seen, piece.p, n);
			t->counted += n;
		}
		at += n;
		piece.p += n;
		piece.n -= n;
	}
}

void transfer_data(struct proto_ctx *x, uint32_t key, struct bytes piece)
{
	struct transfer *t = open_under(x, key);

	if (t == NULL || piece.n == 0)
		return;
	follow_text(x->shard, t, piece);
	sha256_update(&t->sha, piece.n, piece.p);
	count(t, piece);
	t->size += piece.n;
}

void transfer_missing(struct proto_ctx *x, uint32_t key, uint64_t bytes)
{
	struct transfer *t = open_under(x, key);

	if (t != NULL)
		t->missing += bytes;
}

/* Of a program that is not whole only the name counts: a hash of a part would be that of another program. */
static void tell_program(struct shard *s, struct transfer *t, struct transfer_result *ret)
{
	if (t->nc == NONE32 && t->head_n < HEAD)
		head_is_full(s, t);
	if (t->nc == NONE32)
		return;
	struct nctext *nc = slab_at(&s->transfer->nc, t->nc);

	ret->is_program = ret->complete;
	nctext_end(nc, ret->program_sha256);
	memcpy(ret->program, nc->name, nc->name_n);
	ret->program_n = nc->name_n;
}

bool transfer_close(struct proto_ctx *x, uint32_t key, bool complete, struct transfer_result *ret)
{
	uint32_t *at = find(x, key);

	if (*at == NONE32)
		return false;
	struct transfer *t = slab_at(&x->shard->transfer->slab, *at);
	/* Of a file whose beginning is missing nothing can be said by its first bytes. */
	bool headless = t->head_n == 0 && t->size > 0;
	struct bytes head = { t->head, t->head_n };

	*ret = (struct transfer_result){ .size = t->size, .missing = t->missing,
					 .complete = complete && t->missing == 0,
					 .magic = headless ? "data" : magic_of(head),
					 .entropy = t->size > 0 ? entropy_of(t) : 0 };
	sha256_digest(&t->sha, sizeof(ret->sha256), ret->sha256);
	tell_program(x->shard, t, ret);
	forget(x->shard, at);
	return true;
}

void transfer_tell(struct proto_ctx *x, const struct transfer_result *r, struct span name,
		   struct transfer_own *ret)
{
	*ret = (struct transfer_own){ .size = r->size, .missing = r->missing, .entropy = r->entropy,
				      .name = name, .magic = act_str(x, r->magic), .complete = r->complete };
	memcpy(ret->sha256, r->sha256, sizeof(ret->sha256));
	ret->program = act_text(x, (struct bytes){ (const uint8_t *)r->program, r->program_n });
	if (r->is_program)
		ret->program_sha256 =
			act_text(x, (struct bytes){ r->program_sha256, sizeof(r->program_sha256) });
}

void transfer_flow_ends(struct shard *s, struct flow *f)
{
	while (f->transfers != NONE32)
		forget(s, &f->transfers);
}
