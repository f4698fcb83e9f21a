/* stream/stream.h: layers in, records out. 64 shards; each is owned by one worker and shares nothing. */
#ifndef STREAM_STREAM_H
#define STREAM_STREAM_H

#include "core/arena.h"
#include "core/ring.h"
#include "model/layers.h"
#include "model/limits.h"
#include "model/proto.h"

struct shard;

/* The second sum, per shard: message + body + unclaimed + lost_sync + overlap + malformed + discarded
 * == payload. missing was never read and stands beside it. */
struct stream_sums {
	uint64_t payload;	/* bytes of payload this shard was given */
	uint64_t message;	/* in messages a protocol accepted */
	uint64_t body;		/* streamed through data() */
	uint64_t unclaimed;	/* flows no protocol claimed */
	uint64_t lost_sync;	/* skipped while looking for the next message */
	uint64_t overlap;	/* sent again: first bytes win */
	uint64_t malformed;	/* in messages a protocol refused */
	uint64_t discarded;	/* bad checksum, outside the window, beyond a cap */
	uint64_t missing;	/* known to be sent, never seen */
};

struct proto_stats {		/* per protocol, indexed by rec.proto */
	uint64_t flows, messages, malformed, lost, acts, folded, facts;
	uint64_t bytes;		/* in its messages and bodies */
};

enum { PROTO_MAX = 128 };

struct stream_stats {		/* one per shard; plain numbers, so that it may be shared memory */
	struct stream_sums sums;
	struct proto_stats proto[PROTO_MAX];
	uint64_t flows_opened, flows_evicted;
	uint64_t records, record_bytes;
	struct { uint64_t used, peak, refused; } limit[16];	/* in the order of LIMITS() */
};

struct stream_options {
	const struct limits *limits;
	bool all;		/* do not fold: every act is a record of its own */
	bool claim;		/* false: stop before protocols (flows and sums only) */
	uint64_t seed;		/* of the tables strangers can fill; records are the same for any */
};

/* Bytes of arena one shard needs with these limits. */
size_t shard_need(const struct stream_options *o);

/* A shard that writes its records to out and its numbers to stats (zeroed, outlives the shard). */
int shard_init(struct shard **ret_s, struct arena *a, unsigned number, const struct stream_options *o,
	       struct ring *out, struct stream_stats *stats);

/* One frame; l->payload is only valid during the call. */
void shard_frame(struct shard *s, const struct layers *l);

/* Every timer due up to now_ns; `frame` is the last frame before this moment: names the records. Always a
 * whole second, growing. Returns the earliest moment at which another tick could have anything to do when no
 * frame comes before it; INT64_MAX: none. Ticks before it may be left out, but the last of them must be made
 * up for before the next frame. */
int64_t shard_tick(struct shard *s, uint64_t frame, int64_t now_ns);

/* The capture ended after `frame`: closes every flow, says every folded count. */
void shard_close(struct shard *s, uint64_t frame, int64_t now_ns);

#endif
