/* proto/tftp_read.c: a datagram of TFTP taken apart. */
#include "proto/tftp.h"

#include "proto/ascii.h"

/* A text and the NUL behind it. Where the capture holds only the beginning, what is there will do. */
static bool text(struct cursor *c, bool cut, struct bytes *ret)
{
	struct bytes have = {c->p, c->left};
	size_t n = ascii_find(have, 0);

	if (n == have.n && !cut)
		return false;
	*ret = cur_bytes(c, n);
	if (c->left > 0)
		cur_take(c, 1);
	return true;
}

/* A number between two bounds, both included; 0 and a mark when it is none of them. */
static uint32_t bounded(struct tftp_options *o, struct bytes value, uint32_t least, uint32_t most)
{
	uint64_t n;

	if (ascii_number(value, &n) && n >= least && n <= most)
		return (uint32_t)n;
	o->out_of_range = 1;
	return 0;
}

static void option(struct tftp_options *o, struct bytes name, struct bytes value)
{
	o->count++;
	if (ascii_is(name, "blksize")) {
		o->blksize = bounded(o, value, BLOCK_LEAST, BLOCK_MOST);
	} else if (ascii_is(name, "windowsize")) {
		o->windowsize = bounded(o, value, 1, WINDOW_MOST);
	} else if (ascii_is(name, "timeout")) {
		o->timeout = (uint16_t)bounded(o, value, 1, TIMEOUT_MOST);
	} else if (ascii_is(name, "tsize")) {
		o->has_tsize = ascii_number(value, &o->tsize);
		o->out_of_range |= !o->has_tsize;
	} else if (ascii_is(name, "rollover")) {
		o->rollover = (uint8_t)bounded(o, value, 0, 1);
	} else if (ascii_is(name, "multicast")) {
		o->multicast = 1;
	}
}

/* Pairs of texts (RFC 2347). Some boot ROMs fill their request up with NUL: no name, no more options. */
static bool options(struct tftp_options *o, struct cursor *c, bool cut)
{
	while (c->left > 0 && cur_peek(c) != 0) {
		struct bytes name, value;

		if (!text(c, cut, &name) || !text(c, cut, &value))
			return false;
		if (!cut || c->left > 0)
			option(o, name, value);
	}
	return true;
}

static uint8_t mode_of(struct bytes word)
{
	return ascii_is(word, "netascii") ? MODE_NETASCII
	       : ascii_is(word, "octet")  ? MODE_OCTET
	       : ascii_is(word, "mail")	  ? MODE_MAIL
					  : MODE_NONE;
}

static const char *request(struct tftp_message *m, struct cursor *c)
{
	struct bytes mode;

	if (!text(c, m->cut, &m->name))
		return "name";
	if (!text(c, m->cut, &mode))
		return "mode";
	m->mode = mode_of(mode);
	if (m->mode == MODE_NONE && !(m->cut && c->left == 0))
		return "mode";
	return options(&m->options, c, m->cut) ? NULL : "options";
}

const char *tftp_read(struct tftp_message *m, struct cursor c, bool cut)
{
	*m = (struct tftp_message){.op = cur_be16(&c), .cut = cut};
	if (cur_broken(&c))
		return "short";
	switch (m->op) {
	case TFTP_RRQ:
	case TFTP_WRQ:
		return request(m, &c);
	case TFTP_DATA:
	case TFTP_ACK:
		m->block = cur_be16(&c);
		m->data = cur_rest(&c);
		return cur_broken(&c) ? "short" : NULL;
	case TFTP_ERROR:
		m->error = cur_be16(&c);
		if (cur_broken(&c))
			return "short";
		text(&c, true, &m->text); /* some senders leave out the NUL */
		return NULL;
	case TFTP_OACK:
		return options(&m->options, &c, cut) ? NULL : "options";
	}
	return "opcode";
}

bool tftp_begins(const struct tftp_message *m)
{
	switch (m->op) {
	case TFTP_DATA:
		return m->block == 1;
	case TFTP_ACK:
		return m->block == 0 && m->data.n == 0;
	case TFTP_ERROR:
		return m->error <= ERROR_MOST;
	case TFTP_OACK:
		return m->options.count > 0;
	}
	return false;
}
