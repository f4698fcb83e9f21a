/* proto/ntp_time.c: how clocks are set, modes 1 to 5 of NTP. */
#include "proto/ntp.h"

#include "core/buf.h"
#include "core/hash.h"

#include <string.h>

static struct bytes text_of(const struct buf *b)
{
	return (struct bytes){ (const uint8_t *)b->p, b->n };
}

/* RFC 5905 7.3: four letters at stratum 0 and 1, else the address of the server's own server; with IPv6 it is
 * a digest. 127.127.t.u is clock u of kind t in ntpd, whatever the stratum. */
static void put_reference(struct buf *out, const struct proto_ctx *x, const struct ntp_message *m)
{
	uint8_t ip[16] = { [10] = 0xff, [11] = 0xff };
	char address[IP_TEXT];
	size_t n = sizeof(m->reference), printable = 0;

	while (n > 0 && m->reference[n - 1] == 0)
		n--;
	if (n == 0)
		return;
	bool clock = m->reference[0] == 127 && m->reference[1] == 127;

	if (clock || (m->stratum > 1 && ip_is_v4(flow_server(x).ip))) {
		memcpy(ip + 12, m->reference, 4);
		ip_text(address, ip);
		buf_str(out, address);
		return;
	}
	while (printable < n && m->reference[printable] > ' ' && m->reference[printable] < 0x7f)
		printable++;
	if (m->stratum > 1 || printable < n)
		buf_hex(out, (struct bytes){ m->reference, sizeof(m->reference) }, ':');
	else
		buf_put(out, m->reference, n);
}

/* The same behind a blank, where there is one. */
static void put_blank_reference(struct buf *out, const struct proto_ctx *x, const struct ntp_message *m)
{
	size_t before = out->n;

	buf_char(out, ' ');
	put_reference(out, x, m);
	if (out->n == before + 1)
		out->n = before;
}

/* "stratum 2 10.0.0.1" */
static void set_value(struct proto_ctx *x, const struct ntp_message *m)
{
	char text[VALUE_TEXT];
	struct buf b = buf_over(text, sizeof(text));

	buf_str(&b, "stratum ");
	buf_u64(&b, m->stratum);
	put_blank_reference(&b, x, m);
	act_value(x, VAL_TEXT, 8, 1, text_of(&b));
}

static void fill_time(struct proto_ctx *x, const struct ntp_message *m)
{
	struct ntp_own *own = act_own(x, sizeof(*own));
	char id[IP_TEXT], said[IP_TEXT];
	struct buf hex = buf_over(id, sizeof(id)), reference = buf_over(said, sizeof(said));

	if (own == NULL)
		return;
	own->version = m->version;
	own->mode = m->mode;
	own->leap = m->leap;
	own->stratum = m->stratum;
	own->time = 1;
	own->poll = m->poll;
	own->precision = m->precision;
	own->root_delay = (int32_t)m->root_delay / 65536.0;
	own->root_dispersion = m->root_dispersion / 65536.0;
	own->keyed = m->keyed;
	own->key_id = m->key_id;
	own->crypto_nak = m->crypto_nak;
	own->nts = m->nts;
	buf_hex(&hex, (struct bytes){ m->reference, sizeof(m->reference) }, ':');
	own->reference_id = act_text(x, text_of(&hex));
	put_reference(&reference, x, m);
	own->reference = act_text(x, text_of(&reference));
}

static bool synchronised(const struct ntp_message *m)
{
	return m->leap != LEAP_UNKNOWN && m->stratum > 0 && m->stratum < STRATUM_MAX;
}

/* RFC 5905 7.4: a stratum of 0 with four letters refuses; INIT and STEP only say that there is no time. */
static const char *kiss_note(const struct ntp_message *m)
{
	static const struct { char code[5]; const char *note; } kisses[] = {
		{ "INIT", "unsynchronised" }, { "STEP", "unsynchronised" }, { "RATE", "kiss-rate" },
		{ "DENY", "kiss-denied" }, { "RSTR", "kiss-denied" }, { "AUTH", "kiss-key" },
		{ "AUTO", "kiss-key" }, { "CRYP", "kiss-key" }, { "NKEY", "kiss-key" },
		{ "NTSN", "kiss-key" },		/* RFC 8915 5.7 */
	};

	if (m->stratum != 0)
		return "unsynchronised";
	for (size_t i = 0; i < ARRAY_LEN(kisses); i++)
		if (memcmp(m->reference, kisses[i].code, sizeof(m->reference)) == 0)
			return kisses[i].note;
	for (size_t i = 0; i < sizeof(m->reference); i++)
		if (m->reference[i] < 'A' || m->reference[i] > 'Z')
			return "unsynchronised";
	return "kiss-other";
}

static void judge(struct proto_ctx *x, struct obs *o, const struct ntp_message *m)
{
	o->outcome = OUT_DONE;
	if (synchronised(m))
		return;
	const char *note = kiss_note(m);
	struct cursor reference = { .p = m->reference, .left = sizeof(m->reference) };

	o->note = act_str(x, note);
	o->outcome = OUT_PARTLY;
	if (strcmp(note, "unsynchronised") != 0) {
		o->outcome = OUT_REFUSED;
		o->result = cur_be32(&reference);
	}
}

/* Said once for each source a server names: "ntp GPS" for one with a clock of its own. */
static void time_facts(struct proto_ctx *x, const struct ntp_message *m, uint8_t trust)
{
	struct side about = x->from_client ? flow_client(x) : flow_server(x);
	struct ntp_state *st = x->state;
	char text[VALUE_TEXT];
	struct buf b = buf_over(text, sizeof(text));

	if (!synchronised(m))
		return;
	buf_str(&b, "ntp");
	if (m->stratum == 1)
		put_blank_reference(&b, x, m);
	uint64_t source = hash_join(hash_bytes(text, b.n, 0), x->from_client);

	if (source == st->source)
		return;
	st->source = source;
	fact_say(x, &about, FACT_SERVES, text_of(&b), about.port, 0, trust);
}

static void say_request(struct proto_ctx *x, const struct ntp_asked *a, uint8_t outcome)
{
	ntp_begin(x, a->code, PHASE_WHOLE, true)->outcome = outcome;
	struct ntp_own *own = act_own(x, sizeof(*own));

	if (own != NULL) {
		own->version = a->version;
		own->mode = CLIENT;
	}
	act_emit(x);
}

static void client(struct proto_ctx *x, const struct ntp_message *m)
{
	struct ntp_asked a = ntp_asked_of(x, m);

	if ((x->l->flags & LAYER_GROUP) != 0 || !pair_ask(x, m->transmit, 0, &a, sizeof(a)))
		say_request(x, &a, OUT_UNKNOWN);
}

static bool server_asked(struct proto_ctx *x, const struct ntp_message *m)
{
	const struct ask *ask = pair_answer(x, m->origin);
	struct ntp_asked a;

	if (ask != NULL)
		return true;
	ask = pair_oldest(x);
	return ntp_asked_again(ask, &a) && a.receive != 0 && a.receive == m->origin &&
	       pair_answer(x, ask->id) != NULL;
}

static void server(struct proto_ctx *x, const struct ntp_message *m)
{
	bool asked = server_asked(x, m);
	struct obs *o = asked ? ntp_begin(x, CLIENT, PHASE_WHOLE, false) :
				ntp_begin(x, SERVER, PHASE_PUSH, true);

	judge(x, o, m);
	set_value(x, m);
	fill_time(x, m);
	act_emit(x);
	if (asked)
		time_facts(x, m, TRUST_SURE);
}

static void push(struct proto_ctx *x, const struct ntp_message *m)
{
	struct obs *o = ntp_begin(x, m->mode, PHASE_PUSH, true);

	if (!synchronised(m))
		o->note = act_str(x, "unsynchronised");
	set_value(x, m);
	fill_time(x, m);
	act_emit(x);
	time_facts(x, m, TRUST_LIKELY);
}

void ntp_time(struct proto_ctx *x, const struct ntp_message *m)
{
	if (m->mode == CLIENT)
		client(x, m);
	else if (m->mode == SERVER)
		server(x, m);
	else
		push(x, m);
}

void ntp_time_unanswered(struct proto_ctx *x, const struct ntp_asked *a)
{
	say_request(x, a, OUT_UNANSWERED);
}
