/* tests/unit/stream_bench.h: a shard with toy protocols, and one line of text for all they were shown.
 *
 * raw (TCP port 7001): the whole stream is one body; every byte lands in the log.
 * toy (TCP and UDP port 7000):
 *   'T' length:1 bytes           a message of length bytes after the head
 *   'B' length:1 bytes           a body of that length;  'E': a body to the end of the flow
 *   'R' length:1 bytes           a message that is refused;  'Q': the head of a body, refused
 *   'L' length:1 bytes           a body of that length, of which cut() knows only with six bytes
 *   'Z' any:1                    a message of no bytes at all, which cut() must never say
 *   'S' length:1                 the flow becomes raw's
 *   anything else                not toy's
 * rival is surer than toy of 'T' on port 7000, but the port is not its own; chunk is SCTP's and link
 * Ethernet's toy.
 * The log: '>' and '<' when the direction changes, (message), {body piece}, '.' the last piece, [-n] n bytes
 * lost, '!' an overlap that differs, '?' another malformed act, '|' the end. */
#ifndef STREAM_BENCH_H
#define STREAM_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/util.h"
#include "stream/stream.h"

extern struct bench {
	struct arena arena;
	struct shard *shard;
	struct ring ring;
	void *block;
	struct stream_stats stats;
	struct limits limits;
	uint64_t frame;
	int64_t now_ns, ticked_s;
	char log[1 << 16];
	size_t log_n;
	int log_dir;		/* last direction logged, -1: none */
	bool pieces;		/* write {} around body pieces */
	bool flows;		/* log REC_FLOW: "opened", "answered", "closed-fin" ... */
} bench;

void bench_open(void);
/* Closes the shard; its sums must be equal. */
void bench_close(void);
void bench_clock(int64_t ns);
/* A frame; d is put into ports and addresses: 0 from 10.0.0.1:40000 to 10.0.0.2:port. */
void bench_frame(uint8_t kind, uint16_t port, unsigned d, uint8_t flags, uint32_t seq, uint32_t ack,
		 const void *p, size_t n, size_t wire);
void bench_layers(struct layers *ret_l, uint8_t kind, uint16_t port, unsigned d);
void bench_show(struct layers *l, const void *p, size_t n);
/* "overlap=3 missing=2": those that are not zero, without message, body and payload. */
void bench_sums(char *out, size_t cap);

#endif
