/* capture/input.c: the buffer of one input, and how an input begins and ends. */
#include "capture/input.h"

#include <errno.h>
#include <string.h>

/* Brings n bytes (n <= RECORD_CAP) together, reading as much as one block at a time. */
const uint8_t *input_more(struct input *in, size_t n)
{
	size_t rest = (size_t)(in->end - in->at);

	if (in->over)
		return NULL;
	in->base += (uint64_t)(in->at - in->buf);
	memmove(in->buf, in->at, rest);
	while (rest < n && !in->over) {
		size_t got = unpack_read(in, in->buf + rest, in->block);

		in->over = got == 0;
		rest += got;
	}
	in->at = in->buf;
	in->end = in->buf + rest;
	return rest >= n ? in->at : NULL;
}

/* Of the next unread byte, in the unpacked input. */
uint64_t input_offset(const struct input *in)
{
	return in->base + (uint64_t)(in->at - in->buf);
}

/* Passes over n bytes of any number. False when the input ends before. */
bool input_skip(struct input *in, uint64_t n)
{
	for (;;) {
		uint64_t have = (uint64_t)(in->end - in->at);

		if (n <= have) {
			in->at += n;
			return true;
		}
		in->at = in->end;
		n -= have;
		if (input_more(in, 1) == NULL)
			return false;
	}
}

/* The input makes no sense from this offset on. Returns 0, for next() to return. */
int input_damaged(struct input *in, uint64_t at, const char *what)
{
	in->damage = what;
	in->damage_at = at;
	input_close(in);
	return 0;
}

/* The input ended inside what begins at this offset. Returns 0. */
int input_cut(struct input *in, uint64_t at, const char *what)
{
	uint64_t end = in->base + (uint64_t)(in->end - in->buf);

	if (in->error < 0)
		return input_damaged(in, end, "read-error");
	if (in->stopped != NULL)	/* the bytes were good as far as they came */
		return input_damaged(in, end, in->stopped);
	return input_damaged(in, at, what);
}

/* Less is left than the next record needs: a clean end when it is nothing at all. Returns 0. */
int input_short(struct input *in, const char *what)
{
	if (in->at < in->end || in->error < 0 || in->stopped != NULL)
		return input_cut(in, input_offset(in), what);
	input_close(in);
	return 0;
}

/* No more will be read. The descriptor stays open until capture_done(). */
void input_close(struct input *in)
{
	unpack_close(in);
	in->ended = true;
	in->at = in->end;
}

/* Reads the head. Returns 0, -EINVAL with ret_what, or another negative errno. */
int input_open(struct input *in, const char **ret_what)
{
	int (*const formats[])(struct input *, const char **) = { open_pcap, open_pcapng, open_snoop };
	int is = 0;

	if (!unpack_detect(in))
		return -ENOMEM;
	const char *what = input_peek(in, 1) == NULL ? "empty" : "not-a-capture";

	if (input_peek(in, 4) == NULL && in->stopped != NULL)
		what = in->stopped;	/* nothing came out of it that could be judged */

	for (size_t i = 0; i < ARRAY_LEN(formats) && is == 0; i++)
		is = formats[i](in, &what);
	if (is > 0)
		return 0;
	if (in->error < 0)
		return in->error;
	*ret_what = what;
	return -EINVAL;
}
