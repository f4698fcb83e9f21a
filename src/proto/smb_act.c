/* proto/smb_act.c: what is kept of an SMB request until its answer comes, and the acts about it. */
#include "proto/smb.h"

#include "core/hash.h"
#include "core/hex.h"
#include "proto/utf16.h"

uint64_t smb_key(enum smb_keep kind, uint64_t a, uint64_t b)
{
	return hash_join(hash_join(kind, a), b);
}

struct smb_half *smb_half_of(struct proto_ctx *x)
{
	struct smb_state *s = x->state;

	return &s->half[ends_asks(x) ? 0 : 1];
}

size_t smb_text(uint8_t *out, size_t cap, struct bytes b, bool unicode)
{
	if (unicode)
		return utf16_put(out, cap, b);
	size_t n = min_size(b.n, cap);

	if (n > 0)
		memcpy(out, b.p, n);
	return n;
}

void smb_guid(char out[GUID_TEXT], const uint8_t raw[16])
{
	/* [MS-DTYP] 2.3.4.2: the first three parts are little-endian */
	static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	size_t n = 0;

	for (unsigned i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			out[n++] = '-';
		hex_put(out + n, raw[order[i]]);
		n += 2;
	}
	out[n] = '\0';
}

/* ---- notes ---- */

static size_t used(const struct smb_note *k)
{
	size_t n = 0;

	for (unsigned i = 0; i < PARTS; i++)
		n += k->a.n[i];
	return n;
}

/* Parts lie in their order; they are put in that order too. */
void smb_note_put(struct smb_note *k, enum smb_part part, struct bytes text)
{
	size_t at = used(k), n = min_size(text.n, sizeof(k->text) - at);

	if (n > 0)
		memcpy(k->text + at, text.p, n);
	k->a.n[part] = (uint16_t)n;
}

struct bytes smb_note_part(const struct smb_note *k, enum smb_part part)
{
	size_t at = 0;

	for (unsigned i = 0; i < (unsigned)part; i++)
		at += k->a.n[i];
	return (struct bytes){ k->text + at, k->a.n[part] };
}

void smb_note_over(struct smb_note *ret, const struct ask *ask)
{
	size_t n = min_size(ask->n, sizeof(*ret));

	ret->a = (struct smb_asked){ 0 };
	memcpy(ret, ask->blob, n);
}

/* ---- acts ---- */

/* What stands behind the share, as it was on the wire. */
static struct span path_of(struct proto_ctx *x, struct bytes name)
{
	uint8_t path[NAME_KEPT];
	const uint8_t *slash = name.n == 0 ? NULL : memchr(name.p, '/', name.n);
	size_t from = slash == NULL ? 0 : (size_t)(slash - name.p) + 1;
	size_t n = min_size(name.n - from, sizeof(path));

	for (size_t i = 0; i < n; i++)
		path[i] = name.p[from + i] == '/' ? '\\' : name.p[from + i];
	return act_text(x, (struct bytes){ path, n });
}

static struct span share_name(struct proto_ctx *x, struct bytes unc)
{
	uint8_t text[SHARE_KEPT];
	size_t n = min_size(unc.n, sizeof(text));

	for (size_t i = 0; i < n; i++)
		text[i] = unc.p[i] == '\\' ? '/' : unc.p[i];
	return act_text(x, (struct bytes){ text, n });
}

static void file_names(struct proto_ctx *x, const struct smb_note *k, const struct obs *o,
		       struct smb_own *own)
{
	struct span path = path_of(x, smb_note_part(k, PART_NAME));
	const struct smb_tree *t = smb_tree_at(x, k->a.tree_key);

	if (k->a.flag & 1)
		own->directory = path;
	else
		own->filename = path;
	if (t != NULL)
		own->share = act_text(x, (struct bytes){ t->name, t->n });
	if (o->verb != VERB_RENAME)
		return;
	own->rename_from = path;
	own->rename_to = path_of(x, smb_note_part(k, PART_TO));
}

static void names(struct proto_ctx *x, const struct smb_note *k, struct obs *o, struct smb_own *own)
{
	struct bytes name = smb_note_part(k, PART_NAME), to = smb_note_part(k, PART_TO);

	o->object.space = name.n > 0 ? k->a.space : SPACE_FILE;
	o->object.name = k->a.space == SPACE_SHARE ? share_name(x, name) : act_text(x, name);
	if (to.n > 0)
		act_value(x, VAL_TEXT, 8, 1, to);
	if (own == NULL)
		return;
	own->user = act_text(x, smb_note_part(k, PART_USER));
	own->domain = act_text(x, smb_note_part(k, PART_DOMAIN));
	own->host = act_text(x, smb_note_part(k, PART_HOST));
	if (k->a.kind == KIND_SETUP) {
		own->native_os = act_text(x, smb_note_part(k, PART_OS));
		own->native_lm = act_text(x, smb_note_part(k, PART_LM));
	}
	if (name.n > 0 && (k->a.space == SPACE_FILE || k->a.space == SPACE_PIPE))
		file_names(x, k, o, own);
}

struct obs *smb_begin(struct proto_ctx *x, const struct smb_note *k, uint8_t phase, struct smb_own **ret_own)
{
	const struct smb_asked *a = &k->a;
	const struct proto_code *row = smb_row(a->code);
	struct obs *o = ends_begin(x, row, phase);
	struct smb_own *own = act_own(x, sizeof(*own));
	uint8_t verb = VERB_NONE;
	const char *function = a->kind == KIND_IOCTL ? smb_control_name(a->function, &verb) : NULL;

	o->code = a->code;
	if (a->verb != VERB_NONE)
		o->verb = a->verb;
	if (a->cls != CLASS_NONE)
		o->object.class = a->cls;
	if ((row->flags & CODE_NAMED) || a->cut)
		o->flags |= FLAG_OPAQUE;
	names(x, k, o, own);
	*ret_own = own;
	if (own == NULL)
		return o;
	own->id = a->id;
	own->session = a->session;
	own->tree = a->tree;
	own->command = a->command;
	own->disposition = a->disposition;
	own->access = a->access;
	own->info_class = a->info_class;
	if (function != NULL)
		own->function = act_str(x, function);
	return o;
}

static void hex(char out[11], uint32_t v)
{
	unsigned shift = 28;
	size_t n = 0;

	out[n++] = '0';
	out[n++] = 'x';
	while (shift > 0 && v >> shift == 0)
		shift -= 4;
	for (;; shift -= 4) {
		out[n++] = hex_digit(v >> shift);
		if (shift == 0)
			break;
	}
	out[n] = '\0';
}

void smb_result(struct proto_ctx *x, struct obs *o, struct smb_own *own, uint32_t status)
{
	char code[11];
	const char *name = smb_status_name(smb_status_word(status));

	o->outcome = smb_outcome(status);
	o->result = status;
	if (own == NULL)
		return;
	hex(code, status);
	own->status_code = act_str(x, code);
	if (name[0] != '\0')
		own->status = act_str(x, name);
}

static bool quiet(const struct smb_note *k)
{
	return k->a.kind == KIND_QUIET || k->a.quiet;
}

uint64_t smb_ask(struct proto_ctx *x, const struct smb_note *k, uint64_t pair)
{
	size_t n = sizeof(k->a) + used(k);
	uint64_t act = 0;
	struct smb_own *own;

	if (!k->a.waits && !quiet(k)) {
		smb_begin(x, k, PHASE_ASK, &own);
		act = act_emit(x);
	}
	if (!pair_ask(x, pair, act, k, n) && act == 0 && !quiet(k))
		smb_say_open(x, k, OUT_UNKNOWN);
	return act;
}

struct obs *smb_begin_answer(struct proto_ctx *x, const struct smb_note *k, uint32_t status,
			     struct smb_own **ret_own)
{
	struct obs *o = smb_begin(x, k, k->a.waits ? PHASE_WHOLE : PHASE_ANSWER, ret_own);

	smb_result(x, o, *ret_own, status);
	return o;
}

uint64_t smb_say(struct proto_ctx *x, const struct smb_note *k, uint32_t status)
{
	struct smb_own *own;

	if (quiet(k) && smb_outcome(status) == OUT_DONE)
		return 0;
	smb_begin_answer(x, k, status, &own);
	return act_emit(x);
}

uint64_t smb_say_alone(struct proto_ctx *x, const struct smb_note *k, bool setup, uint32_t status)
{
	struct smb_own *own;
	struct obs *o = smb_begin_answer(x, k, status, &own);

	if (setup && status == STATUS_MORE)
		o->verb = VERB_OPEN;
	if (!(o->flags & (FLAG_MIDSTREAM | FLAG_AFTER_LOSS | FLAG_ONE_WAY)))
		o->note = act_str(x, "unasked");
	return act_emit(x);
}

bool smb_answered(struct proto_ctx *x, const struct smb_note *k, bool good)
{
	if (!good && !quiet(k))
		smb_say_open(x, k, OUT_UNKNOWN);
	return good;
}

/* Closes what a CLOSE, TREE_DISCONNECT or LOGOFF closes, once its answer was told. */
static void ended(struct proto_ctx *x, const struct smb_note *k, uint32_t status)
{
	struct smb_state *s = x->state;

	if (k->a.kind == KIND_CLOSE)
		smb_file_close(x, k->a.file_key, true);
	if (status != 0)
		return;
	if (k->a.kind == KIND_UNTREE) {
		keep_drop(x, k->a.tree_key);
	} else if (k->a.kind == KIND_LOGOFF) {
		keep_drop(x, smb_key(KEEP_SESSION, k->a.session, 0));
		s->session = 0;
		flow_who(x, (struct bytes){ 0 });
	}
}

void smb_say_plain(struct proto_ctx *x, const struct smb_note *k, uint32_t status)
{
	if (k->a.kind == KIND_WRITE && smb_outcome(status) != OUT_DONE)
		smb_write_refused(x, k->a.file_key);
	smb_say(x, k, status);
	ended(x, k, status);
}

void smb_say_open(struct proto_ctx *x, const struct smb_note *k, uint8_t outcome)
{
	struct smb_own *own;
	struct obs *o = smb_begin(x, k, k->a.waits ? PHASE_WHOLE : PHASE_ANSWER, &own);

	o->outcome = outcome;
	act_emit(x);
}

/* ---- facts ---- */

void smb_fact(struct proto_ctx *x, const struct side *about, enum fact_kind kind, struct bytes text,
	      uint64_t number, uint8_t trust)
{
	struct smb_state *s = x->state;
	uint64_t h = hash_bytes(text.p, text.n, (uint64_t)kind << 32 | about->port);
	uint32_t digest = (uint32_t)hash_join(h, number);

	if (text.n == 0)
		return;
	for (unsigned i = 0; i < TOLD; i++)
		if (s->told[i] == digest)
			return;
	s->told[s->told_n++ % TOLD] = digest;
	fact_say(x, about, kind, text, number, 0, trust);
}
