/* proto/dcerpc_udp_pnio.c: what the calls of PROFINET IO's context manager say.
 *
 * Spec: IEC 61158-6-10 (PROFINET), its blocks as captures of devices of Phoenix Contact, Siemens and others
 *       have them (H). A request: room:4 length:4, an array max:4 offset:4 actual:4 and the blocks; an
 *       answer: status:4 instead of the room. Blocks, always big-endian: type:2 length:2 (of what follows)
 *       version:1.1 contents. ARBlockReq (0101): type:2 AR:16 key:2 MAC:6 object:16 properties:4 time-out:2
 *       port:2 name length:2 name. ARServerBlock (8106): name length:2 name. Read and write heads (0008,
 *       0009, their answers 8008, 8009): number:2 AR:16 API:4 slot:2 subslot:2 0:2 index:2 length:4 and 24
 *       bytes more, then the record. Control (0110 to 0118, 8110 to 8118): 0:2 AR:16 key:2 0:2 command:2
 *       properties:2. I&M 0 (0020): vendor:2 order number:20 serial number:16 hardware:2 firmware: a letter
 *       and three bytes. */
#include "proto/dcerpc_udp.h"

#include "core/hash.h"
#include "core/hex.h"
#include "proto/ascii.h"

enum {
	AR_REQUEST = 0x0101, AR_ANSWER = 0x8101, SERVER = 0x8106, WRITE_HEAD = 0x0008, READ_HEAD = 0x0009,
	CONTROL_FIRST = 0x0110, CONTROL_LAST = 0x0118, ANSWERS = 0x8000,
	IDENTITY = 0x0020, IDENTITY_INDEX = 0xaff0, MULTIPLE = 0xe040,
	ORDER = 20, SERIAL = 16, DEVICE_SLOT = 0,
	SUPERVISOR = 6,		/* ARType of an engineering station */
	SIEMENS = 0x002a,	/* vendor number, in every capture of its devices (H) */
	BLOCKS_MAX = 256,
};

static void uuid_be(struct cursor *c, uint8_t out[UUID])
{
	const struct rpc big = { .little = false };

	rpc_uuid(&big, c, out);
}

/* Records of a multiple write: head and record, aligned to 4. */
static uint16_t count_records(struct bytes data)
{
	struct cursor c = cur_over(data);
	uint16_t n = 0;

	while (c.left >= 4 && n < BLOCKS_MAX) {
		uint16_t type = cur_be16(&c);
		struct cursor head = cur_sub(&c, cur_be16(&c));

		cur_take(&head, 2 + 2 + UUID + 4 + 2 + 2 + 2 + 2);
		uint32_t length = cur_be32(&head);

		if (cur_broken(&head) || (type & ~ANSWERS) != WRITE_HEAD)
			break;
		n++;
		if (type == WRITE_HEAD)
			cur_take(&c, min_size(c.left, (length + 3u) & ~3u));
	}
	return n;
}

static void record(struct pnio *p, struct cursor block, struct cursor *after)
{
	cur_take(&block, 2);
	uuid_be(&block, p->ar);
	p->api = cur_be32(&block);
	p->slot = cur_be16(&block);
	p->subslot = cur_be16(&block);
	cur_take(&block, 2);
	p->index = cur_be16(&block);
	size_t length = cur_be32(&block);

	p->has_record = p->has_ar = !cur_broken(&block);
	p->data = cur_bytes(after, min_size(length, after->left));
	p->records = p->index == MULTIPLE ? count_records(p->data) : 0;
	if (p->index != IDENTITY_INDEX)
		return;
	struct cursor inner = cur_over(p->data);

	if (cur_be16(&inner) != IDENTITY)
		return;
	p->identity = cur_sub(&inner, cur_be16(&inner));
	cur_take(&p->identity, 2);		/* version */
	p->has_identity = !cur_broken(&p->identity);
}

static struct bytes name_of(struct cursor *block)
{
	struct bytes name = cur_bytes(block, cur_be16(block));

	return name.n > STATION_NAME ? (struct bytes){ name.p, 0 } : name;
}

static void relation(struct pnio *p, struct cursor block, bool request)
{
	p->relation = cur_be16(&block);
	uuid_be(&block, p->ar);
	p->has_ar = p->has_relation = !cur_broken(&block);
	if (!request)
		return;
	cur_take(&block, 2 + 6 + UUID + 4 + 2 + 2);
	p->name = name_of(&block);
}

static void control(struct pnio *p, struct cursor block)
{
	cur_take(&block, 2);
	uuid_be(&block, p->ar);
	cur_take(&block, 2 + 2);
	p->command = cur_be16(&block);
	p->has_ar = p->has_command = !cur_broken(&block);
}

/* One block that stands at the front of c. */
static void block_read(struct pnio *p, struct cursor *c)
{
	uint16_t type = cur_be16(c);
	struct cursor block = cur_sub(c, cur_be16(c));

	cur_take(&block, 2);			/* version */
	switch (type) {
	case AR_REQUEST: case AR_ANSWER: relation(p, block, type == AR_REQUEST); return;
	case SERVER: p->name = name_of(&block); return;
	case READ_HEAD: case READ_HEAD | ANSWERS: case WRITE_HEAD: case WRITE_HEAD | ANSWERS:
		record(p, block, c);
		return;
	}
	type &= (uint16_t)~ANSWERS;
	if (type >= CONTROL_FIRST && type <= CONTROL_LAST)
		control(p, block);
}

bool pnio_read(struct pnio *ret, const struct dg *m, struct bytes stub, bool answer)
{
	struct cursor c = cur_over(stub);
	uint32_t first = rpc_u32(&m->form, &c), length = rpc_u32(&m->form, &c);

	*ret = (struct pnio){ .status = answer ? first : 0, .has_status = answer && !cur_broken(&c) };
	cur_take(&c, 8);
	uint32_t actual = rpc_u32(&m->form, &c);

	if (actual != length || (actual > c.left && !m->cut))
		return m->cut;
	struct cursor blocks = cur_sub(&c, min_size(actual, c.left));

	for (unsigned i = 0; i < BLOCKS_MAX && blocks.left > 0; i++)
		block_read(ret, &blocks);
	return !cur_broken(&blocks) || m->cut;
}

/* ---- facts ---- */

static const uint8_t siemens[] = "Siemens";

static void once(struct proto_ctx *x, const struct side *about, enum fact_kind kind, struct bytes text,
		 uint64_t number, uint8_t trust)
{
	struct dg_state *s = x->state;
	uint64_t seed = hash_join(hash_bytes(about->ip, sizeof(about->ip), kind), number);
	uint32_t digest = (uint32_t)hash_bytes(text.p, text.n, seed);

	if (text.n == 0)
		return;
	for (unsigned i = 0; i < ARRAY_LEN(s->told); i++)
		if (s->told[i] == digest)
			return;
	s->told[s->told_n++ % ARRAY_LEN(s->told)] = digest;
	fact_say(x, about, kind, text, number, 0, trust);
}

static struct bytes trimmed(const uint8_t *p, size_t n)
{
	while (p != NULL && n > 0 && (p[n - 1] == ' ' || p[n - 1] == '\0'))
		n--;
	return (struct bytes){ p, p == NULL ? 0 : n };
}

static void number_put(struct ascii_pen *pen, uint8_t v)
{
	char digits[3];
	size_t n = 0;

	for (unsigned div = 100; div > 0; div /= 10)
		if (v / div > 0 || div == 1)
			digits[n++] = (char)('0' + v / div % 10);
	ascii_put(pen, (struct bytes){ (const uint8_t *)digits, n });
}

/* I&M 0 of slot 0 is the device itself, elsewhere a module. */
static void identity_facts(struct proto_ctx *x, const struct pnio *p, const struct side *server)
{
	struct cursor c = p->identity;
	uint8_t room[24];
	struct ascii_pen pen = { .p = room, .cap = sizeof(room) };
	uint16_t vendor = cur_be16(&c);
	struct bytes order = trimmed(cur_take(&c, ORDER), ORDER);
	struct bytes serial = trimmed(cur_take(&c, SERIAL), SERIAL);

	cur_take(&c, 2);
	uint8_t letter = cur_u8(&c), major = cur_u8(&c), minor = cur_u8(&c), patch = cur_u8(&c);

	if (cur_broken(&c))
		return;
	if (p->slot != DEVICE_SLOT) {
		once(x, server, FACT_MODULE, order, p->slot, TRUST_SURE);
		return;
	}
	if (vendor == SIEMENS)
		once(x, server, FACT_VENDOR, (struct bytes){ siemens, 7 }, 0, TRUST_SURE);
	once(x, server, FACT_HARDWARE, order, 0, TRUST_SURE);
	once(x, server, FACT_SERIAL, serial, 0, TRUST_SURE);
	if (letter >= 'A' && letter <= 'Z')
		ascii_put(&pen, (struct bytes){ &letter, 1 });
	number_put(&pen, major);
	ascii_puts(&pen, ".");
	number_put(&pen, minor);
	ascii_puts(&pen, ".");
	number_put(&pen, patch);
	once(x, server, FACT_FIRMWARE, (struct bytes){ room, pen.n }, 0, TRUST_SURE);
}

/* Object UUIDs end in instance:2 device:2 vendor:2; words for them are in lists of the PI only. */
static void object_facts(struct proto_ctx *x, const struct dg *m, const struct side *server)
{
	char text[20] = "PROFINET ";
	size_t n = 9;

	for (unsigned i = 0; i < 4; i++) {
		uint8_t byte = m->object[i < 2 ? 14 + i : 10 + i];

		if (i == 2)
			text[n++] = ':';
		text[n++] = hex_capital(byte >> 4);
		text[n++] = hex_capital(byte);
	}
	once(x, server, FACT_MODEL, (struct bytes){ (const uint8_t *)text, n }, 0, TRUST_LIKELY);
	if (m->object[14] == 0 && m->object[15] == SIEMENS)
		once(x, server, FACT_VENDOR, (struct bytes){ siemens, 7 }, 0, TRUST_LIKELY);
}

void pnio_facts(struct proto_ctx *x, const struct dg *m, const struct pnio *p, const struct side *asker,
		const struct side *server)
{
	static const uint8_t controller[] = "plc";
	struct bytes plc = { controller, 3 };

	if (m->type == DG_REQUEST && m->operation == PNIO_CONNECT && p->has_relation) {
		once(x, asker, FACT_NAME, p->name, NAME_SYSTEM, TRUST_SURE);
		if (p->relation != SUPERVISOR)
			once(x, asker, FACT_ROLE_HINT, plc, 0, TRUST_LIKELY);
	}
	if (!p->has_status || p->status != 0 || m->interface != IF_PNIO)
		return;
	once(x, server, FACT_ROLE_HINT, plc, 0, TRUST_LIKELY);
	object_facts(x, m, server);
	if (m->operation == PNIO_CONNECT)
		once(x, server, FACT_NAME, p->name, NAME_SYSTEM, TRUST_SURE);
	if (p->has_identity)
		identity_facts(x, p, server);
}
