/* proto/registry.c: every protocol koban knows, from protocols.def. */
#include "model/proto.h"

#include <string.h>

#define PROTO(name) extern const struct proto proto_##name;
#include "proto/protocols.def"
#undef PROTO

const struct proto *const protos[] = {
#define PROTO(name) &proto_##name,
#include "proto/protocols.def"
#undef PROTO
	NULL
};

enum { COUNT = ARRAY_LEN(protos) - 1 };

const struct proto *proto_at(unsigned rec_proto)
{
	return rec_proto >= 1 && rec_proto <= COUNT ? protos[rec_proto - 1] : NULL;
}

const struct proto *proto_named(const char *name)
{
	for (unsigned i = 0; i < COUNT; i++)
		if (strcmp(protos[i]->name, name) == 0)
			return protos[i];
	return NULL;
}

unsigned proto_number(const struct proto *p)
{
	for (unsigned i = 0; i < COUNT; i++)
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
