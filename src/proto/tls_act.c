/* proto/tls_act.c: acts and facts of a TLS handshake. */
#include "proto/tls.h"

#include "core/hash.h"

static struct span texts_of(struct proto_ctx *x, const struct bytes *all, size_t n)
{
	struct span spans[X509_ALTERNATIVES];
	void *room;

	n = min_size(n, X509_ALTERNATIVES);
	for (size_t i = 0; i < n; i++)
		spans[i] = act_text(x, all[i]);
	struct span list = act_room(x, n * sizeof(*spans), &room);

	if (room != NULL)
		memcpy(room, spans, n * sizeof(*spans));
	return list;
}

/* The names of ALPN: n:1 name each. */
static struct span alpns_of(struct proto_ctx *x, struct bytes b)
{
	struct bytes all[ALPNS];
	struct cursor c = cur_over(b);
	size_t n = 0;

	while (c.left > 0 && n < ALPNS) {
		all[n] = cur_bytes(&c, cur_u8(&c));
		if (!cur_broken(&c))
			n++;
	}
	return texts_of(x, all, n);
}

static const struct proto_code *row(uint32_t code)
{
	return proto_code(&proto_tls, code);
}

/* ---- hellos ---- */

bool tls_client_hello(struct proto_ctx *x, struct cursor c)
{
	struct tls_state *st = x->state;
	struct tls_hello h;

	if (!tls_hello_read(&h, c, true)) {
		x->why = "client-hello";
		return false;
	}
	if (st->retry && st->asked)
		return true;		/* RFC 8446 4.1.2: the same once more, with what the server wants */
	st->asked = 1;
	st->session = h.session.n == 0 ? 0 : hash_bytes(h.session.p, h.session.n, 1);
	st->sni_n = (uint8_t)min_size(h.sni.n, sizeof(st->sni));
	if (h.sni.n > 0)
		memcpy(st->sni, h.sni.p, st->sni_n);
	struct obs *o = act_begin_code(x, row(CODE_HELLO));
	struct span sni = act_text(x, (struct bytes){h.sni.p, min_size(h.sni.n, 255)}),
		    ja3 = act_str(x, h.ja3), alpns = alpns_of(x, h.alpns);
	struct tls_own *w = act_own(x, sizeof(*w));

	o->phase = PHASE_ASK;
	o->object.name = sni;
	if (w != NULL) {
		w->sni = sni;
		w->ja3 = ja3;
		w->alpns = alpns;
		w->offered = (uint16_t)(h.ciphers.n / 2);
		w->client_version = tls_version_word(h.version);
	}
	pair_ask(x, ID_HELLO, act_emit(x), NULL, 0);
	return true;
}

bool tls_server_hello(struct proto_ctx *x, struct cursor c)
{
	struct tls_state *st = x->state;
	struct tls_hello h;

	if (!tls_hello_read(&h, c, false)) {
		x->why = "server-hello";
		return false;
	}
	st->version = h.version;
	st->retry = h.retry;
	if (h.retry)
		return true;
	struct cursor cipher = cur_over(h.ciphers), alpn = cur_over(h.alpns);

	st->cipher = cur_be16(&cipher);
	struct bytes name = cur_bytes(&alpn, cur_u8(&alpn));

	st->alpn_n = (uint8_t)min_size(name.n, ALPN_MAX);
	if (name.n > 0)
		memcpy(st->alpn, name.p, st->alpn_n);
	memcpy(st->ja3s, h.ja3, sizeof(st->ja3s));
	/* RFC 5246 7.4.1.3; 1.3 repeats the id always */
	st->resumed = h.version < TLS_1_3 && st->session != 0 && h.session.n > 0 &&
		      hash_bytes(h.session.p, h.session.n, 1) == st->session;
	st->chosen = 1;
	if (st->version == TLS_1_3)
		tls_tell(x, NULL);
	return true;
}

static void fill_names(struct proto_ctx *x, struct tls_names *n, const struct x509 *c)
{
	*n = (struct tls_names){
		.subject = act_str(x, c->subject), .issuer = act_str(x, c->issuer),
		.serial = act_str(x, c->serial), .from = act_str(x, c->from), .to = act_str(x, c->to),
		.sha1 = act_str(x, c->sha1),
		.sha256 = act_text(x, (struct bytes){ c->sha256, sizeof(c->sha256) }),
		.names = texts_of(x, c->names, c->name_count),
	};
}

/* What the handshake tells of the server. A name in a certificate is what its owner wrote into it; the name
 * asked for is what the client believes. */
static void server_facts(struct proto_ctx *x, const struct x509 *c)
{
	struct tls_state *st = x->state;
	struct side server = flow_server(x);
	struct bytes sni = { st->sni, st->sni_n };

	if (!st->served)
		fact_say(x, &server, FACT_SERVES, (struct bytes){(const uint8_t *)"tls", 3}, server.port, 0,
			 TRUST_SURE);
	st->served = 1;
	if (sni.n > 0)
		fact_say(x, &server, FACT_NAME_OF_IP, sni, 0, 0, TRUST_GUESS);
	if (c != NULL && c->common_name.n > 0 && c->common_name.p[0] != '*')
		fact_say(x, &server, FACT_NAME, c->common_name, NAME_DNS, 0, TRUST_GUESS);
}

void tls_tell(struct proto_ctx *x, const struct x509 *certificate)
{
	struct tls_state *st = x->state;
	struct tls_names names = { 0 };

	if (!st->chosen)
		return;
	st->chosen = 0;
	pair_answer(x, ID_HELLO);
	struct obs *o = act_begin_code(x, row(CODE_HELLO));

	o->phase = PHASE_ANSWER;
	o->outcome = OUT_DONE;
	o->object.name = act_text(x, (struct bytes){ st->sni, st->sni_n });
	if (certificate != NULL)
		fill_names(x, &names, certificate);
	struct span ja3s = act_str(x, st->ja3s), alpn = { 0 };

	if (st->alpn_n > 0) {
		struct bytes name = { st->alpn, st->alpn_n };

		alpn = texts_of(x, &name, 1);
	}
	struct tls_own *w = act_own(x, sizeof(*w));

	if (w != NULL) {
		w->server = names;
		w->ja3s = ja3s;
		w->alpn = alpn;
		w->cipher = st->cipher;
		w->version = tls_version_word(st->version);
		w->resumed = st->resumed;
		w->told = 1;
		w->self_signed = certificate != NULL && certificate->self_signed;
	}
	act_emit(x);
	server_facts(x, certificate);
}

/* ---- certificates ---- */

/* RFC 5246 7.4.2: n:3, then certificates of n:3 each, the sender's own first. */
bool tls_certificate(struct proto_ctx *x, struct cursor c)
{
	struct cursor list = cur_sub(&c, cur_be24(&c));
	struct bytes der = cur_bytes(&list, list.left > 0 ? cur_be24(&list) : 0);
	struct x509 certificate;

	if (cur_broken(&c) || cur_broken(&list)) {
		x->why = "certificate";
		return false;
	}
	bool good = der.n > 0 && x509_read(&certificate, der);

	if (!x->from_client) {
		tls_tell(x, good ? &certificate : NULL);
	} else if (good) {
		struct obs *o = act_begin_code(x, row(CODE_CLIENT_CERTIFICATE));
		struct tls_names names;

		fill_names(x, &names, &certificate);
		o->phase = PHASE_PUSH;
		o->object.name = names.subject;
		struct tls_own *w = act_own(x, sizeof(*w));

		if (w != NULL)
			w->client = names;
		act_emit(x);
		if (certificate.common_name.n > 0)
			flow_who(x, certificate.common_name);
	}
	if (der.n > 0 && !good)
		x->why = "certificate";
	return der.n == 0 || good;
}

/* ---- alerts ---- */

/* RFC 8446 6: level 1 warns, 2 is fatal; description 0 only says goodbye. */
bool tls_alert(struct proto_ctx *x, struct cursor c)
{
	struct tls_state *st = x->state;
	uint8_t level = cur_u8(&c), alert = cur_u8(&c);

	if (!cur_done(&c) || level < 1 || level > 2) {
		x->why = "alert";
		return false;
	}
	bool refuses = !x->from_client && level == 2 && st->asked && !st->chosen && !st->served;
	struct obs *o;

	tls_tell(x, NULL);
	if (refuses)
		pair_answer(x, ID_HELLO);
	o = act_begin_code(x, row(refuses ? CODE_HELLO : CODE_ALERT));
	o->phase = refuses ? PHASE_ANSWER : PHASE_PUSH;
	o->outcome = level == 2 ? OUT_REFUSED : OUT_UNKNOWN;
	o->result = alert;
	struct tls_own *w = act_own(x, sizeof(*w));

	if (w != NULL) {
		w->alert_level = level;
		w->alert = alert;
		w->alerted = 1;
	}
	act_emit(x);
	return true;
}
