/* Protocols that are named in protocols.def and not written yet, and parts of stream/ that are on their way: linked
 * behind everything else, so that what exists always wins. */
#include "stream/shard.h"

#define PROTO(x)											\
	extern const struct proto proto_##x;								\
	__attribute__((weak)) const struct proto proto_##x = { .name = #x, .on = ON_PROTO, .over = "" };
#include "proto/protocols.def"

__attribute__((weak)) size_t relate_need(const struct limits *part) { (void)part; return 0; }
__attribute__((weak)) int relate_init(struct shard *s, struct arena *a) { (void)s; (void)a; return 0; }
__attribute__((weak)) void relate_flow_ends(struct shard *s, struct flow *f) { (void)s; (void)f; }
__attribute__((weak)) void relate_tick(struct shard *s, int64_t now_ns) { (void)s; (void)now_ns; }
__attribute__((weak)) bool relate_message_ended(struct shard *s, struct flow *f)
{
	(void)f;
	pair_message_ended(s);
	return false;
}
__attribute__((weak)) const struct proto *relate_expected(struct shard *s, struct flow *f)
{
	(void)s;
	(void)f;
	return NULL;
}
__attribute__((weak)) struct bytes relate_who(const struct shard *s, const struct flow *f)
{
	(void)s;
	(void)f;
	return (struct bytes){ 0 };
}
__attribute__((weak)) struct proto_ctx relate_ctx(struct shard *s, struct flow *f, const struct proto *p, uint8_t depth)
{
	struct proto_ctx x = flow_ctx(s, f, true);

	x.proto = p;
	x.depth = depth;
	return x;
}
__attribute__((weak)) bool pass(struct proto_ctx *x, struct cursor inner) { (void)x; (void)inner; return false; }
__attribute__((weak)) void flow_who(struct proto_ctx *x, struct bytes who) { (void)x; (void)who; }
__attribute__((weak)) void flow_become(struct proto_ctx *x, const char *name) { (void)x; (void)name; }
__attribute__((weak)) void expect_flow(struct proto_ctx *x, const uint8_t server_ip[16], uint16_t port,
				       const char *name, const void *arg, size_t n)
{
	(void)x;
	(void)server_ip;
	(void)port;
	(void)name;
	(void)arg;
	(void)n;
}
__attribute__((weak)) bool rec_check(const void *block, size_t n) { (void)block; (void)n; return true; }
