/* capture/pcap.c: the two plain formats: a head, then frames with a fixed head each.
 *
 * pcap:  draft-ietf-opsawg-pcap. magic:4 major:2 minor:2 reserved:8 snap:4 link:4, in the byte order of the
 *        writer, which the magic shows. Frame: seconds:4 fraction:4 captured:4 wire:4 bytes.
 * snoop: RFC 1761, big-endian. "snoop\0\0\0" version:4 link:4.
 *        Frame: wire:4 captured:4 record:4 lost:4 seconds:4 microseconds:4 bytes padding. */
#include "capture/input.h"

enum {
	PCAP_HEAD = 24, PCAP_RECORD = 16,
	PCAP_RECORD_MODIFIED = 24,	/* four words, then interface:4 protocol:2 type:1 spare:1 */
	SNOOP_HEAD = 16, SNOOP_RECORD = 24,
};

static int none_next(struct input *in, struct frame *ret_f)
{
	(void)ret_f;
	return input_short(in, "cut-in-header");
}

static int give(struct input *in, struct frame *ret_f, struct bytes b, uint32_t wire, int64_t at_ns)
{
	uint32_t n = (uint32_t)b.n;

	*ret_f = (struct frame){
		.p = b.p, .n = n, .wire = wire > n ? wire : n, .at_ns = at_ns,
		.link = in->link, .tap = in->tap,
	};
	return 1;
}

static int pcap_next(struct input *in, struct frame *ret_f)
{
	const size_t head = in->record_head;
	const uint8_t *p = input_peek(in, head);

	if (p == NULL)
		return input_short(in, "cut-in-packet");
	struct cursor c = cur_over((struct bytes){ .p = p, .n = PCAP_RECORD });
	uint32_t seconds = input_u32(in, &c);
	uint32_t fraction = input_u32(in, &c);
	uint32_t n = input_u32(in, &c);
	uint32_t wire = input_u32(in, &c);

	if (in->wire_first || (in->maybe_wire_first && n > wire)) {
		uint32_t first = n;

		n = wire;
		wire = first;
	}
	if (n > FRAME_CAP)
		return input_damaged(in, input_offset(in), "bad-packet-length");
	p = input_peek(in, head + n);
	if (p == NULL)
		return input_short(in, "cut-in-packet");
	in->at = p + head + n;
	return give(in, ret_f, (struct bytes){ .p = p + head, .n = n }, wire,
		    seconds * NS_PER_S + (int64_t)fraction * in->fraction_ns);
}

int open_pcap(struct input *in, const char **ret_what)
{
	static const struct { uint32_t magic, record_head, fraction_ns; } kinds[] = {
		{ 0xa1b2c3d4, PCAP_RECORD, 1000 },
		{ 0xa1b23c4d, PCAP_RECORD, 1 },
		{ 0xa1b2cd34, PCAP_RECORD_MODIFIED, 1000 },	/* some Linux systems around 2000 */
	};
	const uint8_t *p = input_peek(in, 4);

	for (size_t i = 0; p != NULL && i < ARRAY_LEN(kinds) * 2 && in->record_head == 0; i++) {
		struct cursor c = cur_over((struct bytes){ .p = p, .n = 4 });

		in->big = i & 1;
		if (input_u32(in, &c) == kinds[i / 2].magic) {
			in->record_head = kinds[i / 2].record_head;
			in->fraction_ns = kinds[i / 2].fraction_ns;
		}
	}
	if (in->record_head == 0)
		return 0;
	p = input_peek(in, PCAP_HEAD);
	in->next = p == NULL ? none_next : pcap_next;
	if (p == NULL)
		return 1;
	struct cursor c = cur_over((struct bytes){ .p = p, .n = PCAP_HEAD });

	cur_take(&c, 4);
	uint16_t major = input_u16(in, &c), minor = input_u16(in, &c);

	cur_take(&c, 12);		/* time zone, accuracy: never used; snap length: not needed */
	in->link = (uint16_t)input_u32(in, &c);	/* the upper half tells the length of check sequences */
	if (major != 2 && major != 543) {	/* 543.0: DG/UX */
		*ret_what = "pcap-version";
		return -1;
	}
	in->wire_first = minor < 3;
	in->maybe_wire_first = minor == 3;	/* both orders were written under this number */
	in->at = p + PCAP_HEAD;
	return 1;
}

static int snoop_next(struct input *in, struct frame *ret_f)
{
	const uint8_t *p = input_peek(in, SNOOP_RECORD);

	if (p == NULL)
		return input_short(in, "cut-in-packet");
	struct cursor c = cur_over((struct bytes){ .p = p, .n = SNOOP_RECORD });
	uint32_t wire = cur_be32(&c);
	uint32_t n = cur_be32(&c);
	uint32_t record = cur_be32(&c);
	uint32_t lost = cur_be32(&c);
	uint32_t seconds = cur_be32(&c);
	uint32_t micro = cur_be32(&c);

	if (n > FRAME_CAP || record < SNOOP_RECORD + n || record > RECORD_CAP)
		return input_damaged(in, input_offset(in), "bad-packet-length");
	p = input_peek(in, record);
	if (p == NULL)
		return input_short(in, "cut-in-packet");
	in->at = p + record;
	give(in, ret_f, (struct bytes){ .p = p + SNOOP_RECORD, .n = n }, wire,
	     seconds * NS_PER_S + (int64_t)micro * NS_PER_US);
	ret_f->dropped = lost > in->lost_before ? lost - in->lost_before : 0;	/* a running count */
	in->lost_before = lost;
	in->stats->dropped += ret_f->dropped;
	return 1;
}

int open_snoop(struct input *in, const char **ret_what)
{
	static const struct { uint32_t snoop; uint16_t link; } links[] = {	/* RFC 1761, datalink type */
		{ 0, 1 }, { 4, 1 },	/* IEEE 802.3, Ethernet */
		{ 2, 6 },		/* token ring */
		{ 8, 10 },		/* FDDI */
	};
	const uint8_t *p = input_peek(in, 8);
	struct cursor c = cur_over((struct bytes){ .p = p, .n = p == NULL ? 0 : 8 });

	if (cur_be64(&c) != UINT64_C(0x736e6f6f70000000))
		return 0;
	p = input_peek(in, SNOOP_HEAD);
	in->next = p == NULL ? none_next : snoop_next;
	if (p == NULL)
		return 1;
	c = cur_over((struct bytes){ .p = p + 8, .n = SNOOP_HEAD - 8 });
	if (cur_be32(&c) != 2) {
		*ret_what = "snoop-version";
		return -1;
	}
	uint32_t link = cur_be32(&c);

	in->link = LINK_NONE;
	for (size_t i = 0; i < ARRAY_LEN(links); i++)
		if (links[i].snoop == link)
			in->link = links[i].link;
	in->at = p + SNOOP_HEAD;
	return 1;
}
