/* decode/decode.h: one frame in, its layers out. Run by the one reader, in order.
 *
 * Numbers frames, walks link, network, tunnel and transport layers, drops mirror duplicates, completes
 * fragmented datagrams, judges checksums per tap, chooses the shard, keeps coverage. Allocates nothing after
 * decode_init(). */
#ifndef DECODE_DECODE_H
#define DECODE_DECODE_H

#include "core/arena.h"
#include "model/layers.h"
#include "model/limits.h"

struct decode;

enum { NAMED_COUNTS = 64, COVERAGE_TAPS = 256 };

struct named_count { uint32_t number; uint32_t spare; uint64_t frames; };

struct decode_stats {		/* the first sum: sum of class_frames == frames */
	uint64_t frames;
	uint64_t bytes;		/* captured */
	uint64_t class_frames[FRAME_CLASSES];
	uint64_t payload;	/* bytes of payload handed to shards: the total of the second sum */
	uint64_t bad_checksum;	/* segments judged bad */
	uint64_t offload_taps;	/* taps whose checksums are not judged because nearly all are bad */
	uint64_t deduplicated;
	uint64_t datagrams;	/* completed from fragments */
	uint64_t tunnelled;	/* frames with at least one tunnel */
	uint64_t fragments_evicted;	/* datagrams given up because limits.fragments was reached */
	uint64_t coverage_lost;	/* rows of minutes nobody asked for in time */
	uint64_t named_other;	/* frames whose number did not fit the tables below */
	struct named_count ethertypes[NAMED_COUNTS];	/* those without a decoder; below 0x100: LLC service
							 * access points */
	struct named_count ip_protocols[NAMED_COUNTS];
	struct named_count links[NAMED_COUNTS];
};

/* Bytes decode_init() takes from the arena. */
size_t decode_need(const struct limits *limits);

int decode_init(struct decode **ret_d, struct arena *a, const struct limits *limits);

/* Before the first frame: a number strangers cannot guess keeps them from making a packet that passes for the
 * mirror's copy of another. It changes nothing else, least of all the result for any other input. */
void decode_seed(struct decode *d, uint64_t seed);

/* Every field of *ret_l is set. True: a shard must see it (payload is valid until the next call). */
bool decode_frame(struct decode *d, const struct frame *f, struct layers *ret_l);

const struct decode_stats *decode_stats(const struct decode *d);

/* Coverage: minutes that ended before now_ns (all of them when now_ns is INT64_MAX), one at a time, oldest
 * first, ties by tap, then VLAN. False: none (left). VLAN 0xffff stands for those beyond the cap of rows.
 * Datagrams still waiting for fragments at now_ns are given up too, so the statistics are final after the
 * call with INT64_MAX. */
bool decode_coverage(struct decode *d, int64_t now_ns, uint8_t *ret_tap, uint16_t *ret_vlan,
		     struct health *ret_h);

/* The names IANA and IEEE give a number, or NULL: for the summary. */
const char *ethertype_name(uint16_t ether);
const char *ip_protocol_name(uint8_t proto);
const char *link_name(uint16_t link);

#endif
