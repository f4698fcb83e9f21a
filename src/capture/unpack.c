/* capture/unpack.c: gzip (RFC 1952) and zstd (RFC 8878), told by their first bytes and never by a name.
 *
 * Both may consist of several members, or frames, one behind the other. The libraries take their memory
 * themselves: about 40 KiB for gzip, the window the file asks for (at most 128 MiB) for zstd. */
#include "capture/input.h"

#include <string.h>
#include <zstd_errors.h>

enum {
	ZSTD_HEAD = 5,		/* RFC 8878, 3.1.1: magic and descriptor; no frame is as short */
	ZSTD_BLOCK_HEAD = 3,	/* 3.1.1.2: libzstd's wish counts the next one */
};

/* One block as it lies in the source; 0 at the end and after a failure. */
static size_t source_read(struct input *in, uint8_t *to, size_t room)
{
	long got = in->error < 0 ? 0 : in->source.read(in->source.arg, to, room);

	if (got < 0) {
		in->error = (int)got;
		return 0;
	}
	in->stats->consumed += (uint64_t)got;
	return (size_t)got;
}

static bool gzip_refill(struct input *in)
{
	in->gzip.next_in = in->packed;
	in->gzip.avail_in = (uInt)source_read(in, in->packed, in->block);
	return in->gzip.avail_in > 0;
}

/* Looks at the first bytes; when they are packed, they become the first packed block. False: no memory. */
bool unpack_detect(struct input *in)
{
	const uint8_t *p = input_peek(in, 4);
	size_t n = (size_t)(in->end - in->at);
	struct cursor c = cur_over((struct bytes){ .p = in->at, .n = n });
	uint32_t magic = cur_le32(&c);

	if (p == NULL)
		return true;
	if ((magic & 0xffff) == 0x8b1f) {			/* RFC 1952, 2.3.1 */
		if (inflateInit2(&in->gzip, 16 + MAX_WBITS) != Z_OK)
			return false;
		in->packing = PACKING_GZIP;
	} else if (magic == 0xfd2fb528 || (magic & 0xfffffff0) == 0x184d2a50) {	/* RFC 8878, 3.1 */
		in->zstd = ZSTD_createDStream();
		if (in->zstd == NULL)
			return false;
		ZSTD_DCtx_setParameter(in->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG);
		in->packing = PACKING_ZSTD;
		in->between = true;
		in->zstd_want = ZSTD_HEAD;
	} else {
		return true;
	}
	memcpy(in->packed, in->at, n);		/* one read brings at most a block, and packed holds more */
	in->gzip.next_in = in->packed;
	in->gzip.avail_in = (uInt)n;
	in->zstd_in = (ZSTD_inBuffer){ .src = in->packed, .size = n };
	in->at = in->end = in->buf;
	return true;
}

/* Between two gzip members: 1: another one follows; 0: nothing more, or nothing good. */
static int gzip_follows(struct input *in)
{
	z_stream *z = &in->gzip;

	for (;;) {
		if (z->avail_in == 0 && !gzip_refill(in))
			return 0;
		if (*z->next_in != 0)
			break;
		in->padding = true;	/* tapes and some disks fill up with zeroes, and gzip allows it */
		z->next_in++;
		z->avail_in--;
	}
	if (in->padding || *z->next_in != 0x1f) {
		in->stopped = "bytes-after-gzip";
		return 0;
	}
	in->between = false;
	return inflateReset(z) == Z_OK;
}

static size_t gzip_read(struct input *in, uint8_t *to, size_t room)
{
	z_stream *z = &in->gzip;

	z->next_out = to;
	z->avail_out = (uInt)room;
	while (z->avail_out == room) {
		if (in->between && gzip_follows(in) == 0)
			break;
		int r = inflate(z, Z_NO_FLUSH);

		in->between = r == Z_STREAM_END;
		if (r == Z_MEM_ERROR) {
			in->stopped = "unpack-memory";
			break;
		}
		if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR) {
			in->stopped = "bad-gzip";
			break;
		}
		if (in->between || z->avail_out < room || z->avail_in > 0)
			continue;
		if (!gzip_refill(in)) {
			in->stopped = "cut-in-gzip";
			break;
		}
	}
	return room - z->avail_out;
}

static const char *zstd_trouble(size_t r)
{
	switch (ZSTD_getErrorCode(r)) {
	case ZSTD_error_frameParameter_windowTooLarge: return "zstd-window";
	case ZSTD_error_memory_allocation: return "unpack-memory";
	default: return "bad-zstd";
	}
}

/* Brings the bytes of the next step together. False: none are left. */
static bool zstd_gather(struct input *in)
{
	size_t rest = in->zstd_in.size - in->zstd_in.pos, got = 1;

	if (rest >= in->zstd_want)
		return true;
	memmove(in->packed, in->packed + in->zstd_in.pos, rest);
	for (; rest < in->zstd_want && got > 0; rest += got)
		got = source_read(in, in->packed + rest, in->block);
	in->zstd_in = (ZSTD_inBuffer){ .src = in->packed, .size = rest };
	return rest > 0;
}

/* One step: a frame's head, a block's head or a block, as libzstd asks for them. Given more, it would go on
 * behind what it unpacked, and after an error there nothing of the step counts; what comes out of a damaged
 * frame would then depend on how many bytes a read brings. */
static size_t zstd_step(struct input *in, ZSTD_outBuffer *out)
{
	size_t all = in->zstd_in.size;

	in->zstd_in.size = min_size(all, in->zstd_in.pos + in->zstd_want);
	size_t r = ZSTD_decompressStream(in->zstd, out, &in->zstd_in);

	in->zstd_in.size = all;
	in->between = r == 0;
	in->zstd_want = r == 0 ? ZSTD_HEAD : r > ZSTD_BLOCK_HEAD ? r - ZSTD_BLOCK_HEAD : r;
	in->zstd_want = min_size(in->zstd_want, ZSTD_BLOCKSIZE_MAX);	/* a skippable frame is one step */
	return r;
}

static size_t zstd_read(struct input *in, uint8_t *to, size_t room)
{
	ZSTD_outBuffer out = { .dst = to, .size = room };

	while (out.pos == 0) {
		bool more = zstd_gather(in);

		if (!more && in->between)
			break;
		size_t r = zstd_step(in, &out);

		if (ZSTD_isError(r)) {
			in->stopped = zstd_trouble(r);
			break;
		}
		if (!more && out.pos == 0 && !in->between) {
			in->stopped = "cut-in-zstd";
			break;
		}
	}
	return out.pos;
}

size_t unpack_read(struct input *in, uint8_t *to, size_t room)
{
	if (in->packing == PACKING_NONE)
		return source_read(in, to, room);
	if (in->stopped != NULL)
		return 0;
	return in->packing == PACKING_GZIP ? gzip_read(in, to, room) : zstd_read(in, to, room);
}

void unpack_close(struct input *in)
{
	if (in->packing == PACKING_GZIP)
		inflateEnd(&in->gzip);
	if (in->packing == PACKING_ZSTD)
		ZSTD_freeDStream(in->zstd);
	in->packing = PACKING_NONE;
	in->over = true;
}
