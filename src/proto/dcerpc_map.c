/* proto/dcerpc_map.c: the endpoint mapper: which port an interface is at, so that the flow that follows is
 * known.
 *
 * Spec: C706 appendix I (towers: floors:2, each left length:2 bytes, right length:2 bytes), appendix L
 *       (protocol ids), appendix O (ept_map). The numbers inside towers are big-endian (ports, addresses) or
 *       little-endian (lengths, UUIDs) whatever the representation says. */
#include "proto/dcerpc.h"

enum { FLOOR_UUID = 0x0d, FLOOR_TCP = 0x07, TOWER_MIN = 2 + 2 + 19 + 2 + 2, FLOORS_MAX = 8, TOWERS_MAX = 16 };

struct tower { uint8_t interface; uint16_t port; };

static bool tower_read(struct tower *ret, struct cursor c)
{
	struct rpc little = { .little = true };
	unsigned floors = cur_le16(&c);

	*ret = (struct tower){ 0 };
	for (unsigned i = 0; i < floors && i < FLOORS_MAX; i++) {
		struct cursor left = cur_sub(&c, cur_le16(&c));
		struct cursor right = cur_sub(&c, cur_le16(&c));
		uint8_t id = cur_u8(&left);

		if (i == 0 && id == FLOOR_UUID) {
			uint8_t uuid[UUID];

			rpc_uuid(&little, &left, uuid);
			ret->interface = (uint8_t)rpc_interface_of(uuid);
		} else if (id == FLOOR_TCP && right.left == 2) {
			ret->port = cur_be16(&right);
		}
	}
	return !cur_broken(&c) && floors > 0;
}

/* object*:word [object:16] tower*:word room:word size:4 tower */
void rpc_map_ask(const struct rpc *m, struct rpc_note *k, struct stub stub)
{
	struct cursor c = cur_over((struct bytes){ stub.p, stub.n });
	struct tower t;

	if (rpc_word(m, &stub, &c) != 0)
		cur_take(&c, UUID);
	cur_take(&c, 2 * stub.word);
	struct cursor tower = cur_sub(&c, rpc_u32(m, &c));

	if (cur_broken(&tower) || !tower_read(&t, tower))
		return;
	k->a.mapped = t.interface;
	if (t.interface == IF_OTHER)
		return;
	const char *name = rpc_interfaces[t.interface].name;

	k->a.space = SPACE_INTERFACE;
	rpc_note_put(k, (struct bytes){ (const uint8_t *)name, strlen(name) }, (struct bytes){ k->text, 0 });
}

/* handle:20 towers:4 room:word offset:word actual:word, a pointer for each, then for each room:word size:4
 * tower, aligned to word */
void rpc_map_answer(struct proto_ctx *x, const struct rpc *m, struct stub stub)
{
	struct cursor c = cur_over((struct bytes){ stub.p, stub.n });
	struct side server = ends_answering(x);

	cur_take(&c, HANDLE + 4 + 2 * stub.word);
	uint64_t n = rpc_word(m, &stub, &c);

	if (n > TOWERS_MAX)
		n = TOWERS_MAX;
	cur_take(&c, n * stub.word);
	for (uint64_t i = 0; i < n && !cur_broken(&c); i++) {
		struct tower t;

		rpc_word(m, &stub, &c);
		size_t size = rpc_u32(m, &c);
		struct cursor tower = cur_sub(&c, size);

		if (cur_broken(&c))
			return;
		if (tower_read(&t, tower) && t.port != 0)
			expect_flow(x, server.ip, t.port, "dcerpc", NULL, 0);
	}
}
