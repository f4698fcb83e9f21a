/* proto/smb_auth.c: logins over SMB: names and versions from NTLM (proto/ntlmssp.h), and who is stamped on
 * what follows.
 *
 * Challenges, responses, hashes and tickets are not looked at. */
#include "proto/smb.h"

/* 1.2.840.113554.1.2.2 and Microsoft's misspelling of it, 1.2.840.48018.1.2.2 (RFC 4121
 * 4.1, [MS-SPNG] 1.9). */
static const uint8_t kerberos[][11] = {
	{ 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02 },
	{ 0x06, 0x09, 0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 0x01, 0x02, 0x02 },
};

static bool is_kerberos(struct bytes token)
{
	size_t end = min_size(token.n, 128);

	for (size_t i = 0; i + sizeof(kerberos[0]) <= end; i++)
		if (token.p[i] == 6 && (memcmp(token.p + i, kerberos[0], sizeof(kerberos[0])) == 0 ||
					memcmp(token.p + i, kerberos[1], sizeof(kerberos[1])) == 0))
			return true;
	return false;
}

static struct bytes of(const struct ntlm_text *t)
{
	return (struct bytes){ t->text, t->n };
}

static void version_fact(struct proto_ctx *x, const struct side *about, const struct ntlm *m)
{
	char version[NTLM_VERSION];
	uint8_t text[32] = "Windows ";
	size_t n = ntlm_version(version, m);

	if (n == 0 || m->build == 0)	/* Samba says 6.1.0 of itself */
		return;
	memcpy(text + 8, version, n);
	smb_fact(x, about, FACT_OS, (struct bytes){ text, 8 + n }, 0, TRUST_LIKELY);
}

void smb_auth_ask(struct proto_ctx *x, struct smb_note *k, struct bytes token)
{
	uint8_t who[2 * NTLM_NAME + 1];
	struct ntlm m;

	k->a.kind = KIND_SETUP;
	k->a.space = SPACE_USER;
	k->a.verb = VERB_OPEN;
	ntlm_read(&m, token);
	if (m.type == NTLM_NONE && is_kerberos(token))
		k->a.flag = 1;
	if (m.type != NTLM_AUTHENTICATE)
		return;
	k->a.flag = 1;
	k->a.verb = VERB_LOGIN;
	k->a.nobody = m.user.n == 0;
	smb_note_put(k, PART_NAME, (struct bytes){ who, ntlm_who(who, sizeof(who), &m) });
	smb_note_put(k, PART_USER, of(&m.user));
	smb_note_put(k, PART_DOMAIN, of(&m.domain));
	smb_note_put(k, PART_HOST, of(&m.host));
	struct side client = ends_asking(x);

	smb_fact(x, &client, FACT_NAME, of(&m.host), NAME_NETBIOS, TRUST_LIKELY);
	version_fact(x, &client, &m);
}

void smb_auth_answer(struct proto_ctx *x, struct bytes token)
{
	struct side server = ends_answering(x);
	struct ntlm m;

	ntlm_read(&m, token);
	if (m.type != NTLM_CHALLENGE)
		return;
	smb_fact(x, &server, FACT_NAME, of(&m.host), NAME_NETBIOS, TRUST_SURE);
	smb_fact(x, &server, FACT_NAME, of(&m.dns_host), NAME_DNS, TRUST_SURE);
	if (m.domain.n != m.host.n || memcmp(m.domain.text, m.host.text, m.host.n) != 0)
		smb_fact(x, &server, FACT_NAME, of(&m.domain), NAME_GROUP, TRUST_SURE);
	version_fact(x, &server, &m);
}

void smb_auth_done(struct proto_ctx *x, struct smb_note *k, uint64_t session, uint32_t status)
{
	struct smb_state *s = x->state;
	struct bytes who = smb_note_part(k, PART_NAME);

	/* A refused first leg is a refused login; one that goes on is none yet, and a guest never is one. */
	if (status != STATUS_MORE)
		k->a.verb = status == 0 && k->a.nobody ? VERB_OPEN : VERB_LOGIN;
	if (who.n > 0)
		flow_who(x, who);
	smb_say(x, k, status);
	if (status == STATUS_MORE)
		return;
	if (status != 0) {
		s->session = 0;
		flow_who(x, (struct bytes){ 0 });
		return;
	}
	struct smb_session *kept = smb_keep_new(x, smb_key(KEEP_SESSION, session, 0), KEEP_SESSION,
						sizeof(*kept));

	s->session = session;
	if (kept == NULL)
		return;
	kept->n = (uint8_t)min_size(who.n, sizeof(kept->who));
	if (kept->n > 0)
		memcpy(kept->who, who.p, kept->n);
}

void smb_session_is(struct proto_ctx *x, uint64_t session)
{
	struct smb_state *s = x->state;

	if (session == s->session || session == 0)
		return;
	const struct smb_session *kept = keep_find(x, smb_key(KEEP_SESSION, session, 0));

	if (kept == NULL)
		return;
	s->session = session;
	flow_who(x, (struct bytes){ kept->who, kept->n });
}
