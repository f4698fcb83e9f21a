/* main/list_flows.c: `koban flows`: who speaks with whom, over what. */
#include "decode/decode.h"
#include "main/listing.h"
#include "model/proto.h"

static const struct sheet_column flow_columns[] = {
	{ "client", 0, false }, { "client_ip", COLUMN_WIDE, false }, { "server", 0, false },
	{ "server_ip", COLUMN_WIDE, false }, { "transport", 0, false }, { "port", COLUMN_RIGHT, true },
	{ "protocols", 0, false }, { "flows", COLUMN_RIGHT, true }, { "answered", COLUMN_WIDE, true },
	{ "bytes_to_server", COLUMN_RIGHT, true }, { "bytes_to_client", COLUMN_RIGHT, true },
	{ "missing", COLUMN_WIDE, true }, { "first", COLUMN_WIDE, false }, { "last", 0, false },
	{ NULL, 0, false } };

static void transport_name(char *out, size_t cap, const struct flow_row *f)
{
	static const char *const kinds[KIND_COUNT] = { [KIND_ICMP] = "icmp", [KIND_UDP] = "udp",
						       [KIND_TCP] = "tcp", [KIND_SCTP] = "sctp" };
	const char *name = f->kind < KIND_COUNT ? kinds[f->kind] : NULL;

	if (name == NULL && f->kind == KIND_IP)
		name = ip_protocol_name(f->ip_proto);
	else if (name == NULL && f->ether != 0)
		name = ethertype_name(f->ether);
	if (name != NULL)
		snprintf(out, cap, "%s", name);
	else if (f->kind == KIND_IP)
		snprintf(out, cap, "ip-%u", f->ip_proto);
	else
		snprintf(out, cap, f->ether != 0 ? "0x%04x" : "llc-%02x", f->ether != 0 ? f->ether : f->lsap);
}

static bool flow_listed(void *ctx, const void *row)
{
	struct listing *l = ctx;
	const struct flow_row *f = row;
	char room[NAME_ROOM], protocols[512] = "", key[64];
	size_t n = 0;

	listing_end_name(l, room, sizeof(room), f->client, f->client_asset);
	sheet_cell(&l->sheet, room);
	listing_end_address(l, room, f->client);
	sheet_cell(&l->sheet, room);
	listing_end_name(l, room, sizeof(room), f->server, f->server_asset);
	sheet_cell(&l->sheet, room);
	listing_end_address(l, room, f->server);
	sheet_cell(&l->sheet, room);
	transport_name(room, sizeof(room), f);
	sheet_cell(&l->sheet, room);
	sheet_number(&l->sheet, f->port);
	for (uint16_t i = 0; i < 128 && n < sizeof(protocols); i++)
		if ((f->protos[i / 64] >> i % 64 & 1) != 0 && proto_at(i) != NULL)
			n += (size_t)snprintf(protocols + n, sizeof(protocols) - n, "%s%s", n > 0 ? " " : "",
					      listing_proto(l, i, key, sizeof(key)));
	sheet_cell(&l->sheet, protocols);
	sheet_number(&l->sheet, f->opened);
	sheet_number(&l->sheet, f->answered);
	sheet_number(&l->sheet, f->bytes[0]);
	sheet_number(&l->sheet, f->bytes[1]);
	sheet_number(&l->sheet, f->missing[0] + f->missing[1]);
	sheet_time(&l->sheet, f->first_ns);
	sheet_time(&l->sheet, f->last_ns);
	return true;
}

int cmd_flows(const struct cli *c)
{
	return listing_command(c, "flows", STORE_FLOW, flow_listed, flow_columns, "sheet.no-flows");
}
