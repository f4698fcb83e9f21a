/* proto/dcerpc_stub.c: arguments of the calls that change something or run a program.
 *
 * Spec: C706 14.3 (NDR): a text is max:4 offset:4 (0) actual:4 and UTF-16 letters, aligned to 4; pointers are
 *       4 bytes with what they point to behind them. [MS-RPCE] 2.2.5 (NDR64): these, and nothing else, are 8
 *       bytes wide and aligned to 8, and so is a structure or union that has one of them ("word" below).
 *       Texts are found by that form, so that the many structures between them need not be known; what has
 *       the form and holds letters alone, with a NUL at most at its end, is a text. Little-endian only. */
#include "proto/dcerpc.h"

#include "core/hash.h"
#include "proto/ascii.h"
#include "proto/utf16.h"

enum { TEXT_MAX = 32768, SZ = 1, EXPAND_SZ = 2, STOP = 1, PAUSE = 2, CONTINUE = 3, RETURNED = 4 };

struct text { struct bytes wire; size_t next; };	/* next: offset behind it, aligned to 4 */

static uint32_t le32_at(struct stub s, size_t at)
{
	struct cursor c = { .p = s.p, .left = s.n };

	cur_take(&c, at);
	return cur_le32(&c);
}

static size_t aligned(struct stub s, size_t at)
{
	return (at + s.word - 1) & ~(s.word - 1);
}

/* At an aligned offset. */
static uint64_t pointer_at(struct stub s, size_t at)
{
	uint64_t low = le32_at(s, at);

	return s.word == 4 ? low : (uint64_t)le32_at(s, at + 4) << 32 | low;
}

uint64_t rpc_word(const struct rpc *m, const struct stub *s, struct cursor *c)
{
	size_t at = s->n - c->left;

	cur_take(c, aligned(*s, at) - at);
	uint64_t low = rpc_u32(m, c);

	return s->word == 4 ? low : (uint64_t)rpc_u32(m, c) << 32 | low;
}

static bool letters(struct bytes wire)
{
	for (size_t i = 0; i + 2 <= wire.n; i += 2) {
		unsigned u = wire.p[i] | (unsigned)wire.p[i + 1] << 8;

		if (u == 0)
			return i + 2 == wire.n && i > 0;
		if ((u < 0x20 && u != '\t' && u != '\n' && u != '\r') || u >= 0xfffe)
			return false;
	}
	return true;
}

/* The next text from this offset on. */
static bool text_from(struct stub s, size_t from, struct text *ret)
{
	size_t head = 3 * s.word;

	for (size_t at = aligned(s, from); at + head + 2 <= s.n; at += s.word) {
		uint64_t max = pointer_at(s, at), offset = pointer_at(s, at + s.word);
		uint64_t actual = pointer_at(s, at + 2 * s.word);

		if (offset != 0 || actual == 0 || actual > max || max > TEXT_MAX ||
		    actual * 2 > s.n - at - head)
			continue;
		struct bytes wire = { s.p + at + head, actual * 2 };

		if (!letters(wire))
			continue;
		*ret = (struct text){ wire, (at + head + actual * 2 + 3) & ~(size_t)3 };
		return true;
	}
	return false;
}

static uint64_t handle_key(const struct rpc *m, const uint8_t handle[HANDLE])
{
	return rpc_key(m, RPC_HANDLE, hash_bytes(handle, HANDLE, 0));
}

static const struct rpc_handle *handle_at(struct proto_ctx *x, const struct rpc *m, struct stub stub)
{
	return stub.n < HANDLE ? NULL : keep_find(x, handle_key(m, stub.p));
}

static struct bytes handle_text(const struct rpc_handle *h, const uint8_t *none)
{
	return h == NULL ? (struct bytes){ none, 0 } : (struct bytes){ h->text, h->n };
}

static uint8_t space_of(uint8_t interface)
{
	switch (interface) {
	case IF_SVCCTL: return SPACE_SERVICE;
	case IF_ATSVC: case IF_TASKS: return SPACE_TASK;
	case IF_WINREG: return SPACE_REGISTRY;
	case IF_SPOOLSS: case IF_PARALLEL_PRINT: return SPACE_PRINTER;
	}
	return SPACE_NAME;
}

/* ---- by shape ---- */

static void names(struct rpc_note *k, struct stub stub)
{
	uint8_t object[OBJECT_KEPT], value[VALUE_KEPT];
	size_t object_n = 0, value_n = 0;
	struct text t;

	if (text_from(stub, 0, &t))
		object_n = utf16_put(object, sizeof(object), t.wire);
	/* Of a driver the files it consists of come last. */
	while (object_n > 0 && k->a.shape != SHAPE_OPEN && value_n + 2 < sizeof(value) &&
	       text_from(stub, t.next, &t)) {
		if (value_n > 0) {
			value[value_n++] = ',';
			value[value_n++] = ' ';
		}
		value_n += utf16_put(value + value_n, sizeof(value) - value_n, t.wire);
	}
	rpc_note_put(k, (struct bytes){ object, object_n }, (struct bytes){ value, value_n });
}

/* manager:20 name [display name]* type:4 start:4 error:4 access:4 program ([MS-SCMR] 3.1.4.12:
 * access before type) */
static void service(struct rpc_note *k, struct stub stub)
{
	uint8_t object[OBJECT_KEPT], value[VALUE_KEPT];
	size_t object_n = 0, value_n = 0;
	struct text t;

	if (text_from(stub, HANDLE, &t)) {
		size_t display = aligned(stub, t.next);

		object_n = utf16_put(object, sizeof(object), t.wire);
		if (pointer_at(stub, display) == 0 || text_from(stub, display + stub.word, &t)) {
			if (text_from(stub, t.next, &t))
				value_n = utf16_put(value, sizeof(value), t.wire);
		}
	}
	rpc_note_put(k, (struct bytes){ object, object_n }, (struct bytes){ value, value_n });
}

static struct stub handle_alone(struct stub s)
{
	return (struct stub){ s.p, min_size(s.n, HANDLE), s.word };
}

static void on_handle(struct proto_ctx *x, const struct rpc *m, struct rpc_note *k, struct stub stub)
{
	uint8_t value[VALUE_KEPT];
	size_t value_n = 0;
	struct text t;

	if (text_from(stub, HANDLE, &t))
		value_n = utf16_put(value, sizeof(value), t.wire);
	rpc_note_put(k, handle_text(handle_at(x, m, stub), stub.p), (struct bytes){ value, value_n });
}

static void control(struct proto_ctx *x, const struct rpc *m, struct rpc_note *k, struct stub stub)
{
	uint32_t what = stub.n >= HANDLE + 4 ? le32_at(stub, HANDLE) : 0;

	on_handle(x, m, k, handle_alone(stub));
	k->a.verb = what == STOP || what == PAUSE ? VERB_STOP : what == CONTINUE ? VERB_START : VERB_CONTROL;
}

static void job(struct rpc_note *k, struct stub stub)
{
	uint8_t command[OBJECT_KEPT];
	struct text t;
	size_t n = 0;

	for (size_t from = 0; text_from(stub, from, &t); from = t.next)
		n = utf16_put(command, sizeof(command), t.wire);
	rpc_note_put(k, (struct bytes){ command, n }, (struct bytes){ command, 0 });
}

/* Where "<Command" stands in the XML: what the task runs; from its beginning when it does not. */
static struct bytes task_command(struct bytes xml)
{
	static const char tag[] = "<Command";
	size_t n = sizeof(tag) - 1;

	for (size_t at = 0; at + 2 * n <= xml.n; at += 2) {
		size_t i = 0;

		while (i < n && xml.p[at + 2 * i] == (uint8_t)tag[i] && xml.p[at + 2 * i + 1] == 0)
			i++;
		if (i == n)
			return (struct bytes){ xml.p + at, xml.n - at };
	}
	return xml;
}

static void task(struct rpc_note *k, struct stub stub)
{
	uint8_t object[OBJECT_KEPT], value[VALUE_KEPT];
	size_t object_n = 0, value_n = 0;
	bool has_path = pointer_at(stub, 0) != 0;
	struct text t;

	if (text_from(stub, 0, &t) && has_path) {
		object_n = utf16_put(object, sizeof(object), t.wire);
		if (!text_from(stub, t.next, &t))
			t.wire.n = 0;
	} else if (has_path || !text_from(stub, 0, &t)) {
		t.wire = (struct bytes){ stub.p, 0 };
	}
	value_n = utf16_put(value, sizeof(value), task_command(t.wire));
	rpc_note_put(k, (struct bytes){ object, object_n }, (struct bytes){ value, value_n });
}

/* printer:20 level:word level:word pointer:word document*:word output*:word type*:word, then the texts
 * ([MS-RPRN] 2.2.1.1.4, 3.1.4.9.1): both levels are as wide as the union behind them is aligned. The object
 * is the document, or the printer when it has no name. */
static void document(struct proto_ctx *x, const struct rpc *m, struct rpc_note *k, struct stub stub)
{
	uint8_t object[OBJECT_KEPT], value[VALUE_KEPT];
	size_t object_n = 0, value_n = 0, texts = aligned(stub, HANDLE) + 3 * stub.word;
	size_t from = texts + 3 * stub.word;
	struct text t;

	if (stub.n < from)
		return;
	if (pointer_at(stub, texts) != 0 && text_from(stub, from, &t)) {
		object_n = utf16_put(object, sizeof(object), t.wire);
		from = t.next;
	}
	if (pointer_at(stub, texts + stub.word) != 0 && text_from(stub, from, &t)) {
		value_n = utf16_put(value, sizeof(value), t.wire);
		k->a.verb = VERB_WRITE;		/* into a file, not onto paper */
	}
	struct bytes printer = handle_text(handle_at(x, m, stub), stub.p);

	rpc_note_put(k, object_n > 0 ? (struct bytes){ object, object_n } : printer,
		     (struct bytes){ value, value_n });
}

/* The path of a key and what lies below it. */
static size_t below(const struct rpc_handle *h, struct bytes wire, uint8_t out[OBJECT_KEPT])
{
	size_t n = h == NULL ? 0 : h->n;

	if (n > 0)
		memcpy(out, h->text, n);
	if (n > 0 && n < OBJECT_KEPT && wire.n > 2)
		out[n++] = '\\';
	return n + utf16_put(out + n, OBJECT_KEPT - n, wire);
}

/* key:20, a name (length:2 room:2 pointer:word text), of a value: type:4 room:word data
 * size:4 ([MS-RRP] 3.1.5.22) */
static void registry(struct proto_ctx *x, const struct rpc *m, struct rpc_note *k, struct stub stub)
{
	uint8_t object[OBJECT_KEPT], value[VALUE_KEPT];
	size_t value_n = 0;
	struct text t = { .wire = { stub.p, 0 } };
	bool named = text_from(stub, HANDLE, &t);
	size_t object_n = below(handle_at(x, m, stub), t.wire, object);

	k->a.secret = ascii_has((struct bytes){ object, object_n }, "passw");
	size_t room = aligned(stub, t.next + 4), from = room + stub.word;

	if (k->a.shape == SHAPE_VALUE && named && !k->a.secret && stub.n >= from) {
		uint32_t type = le32_at(stub, t.next);
		size_t size = min_size(pointer_at(stub, room), stub.n - from);
		struct bytes data = { stub.p + from, size };

		k->a.raw = type != SZ && type != EXPAND_SZ;
		value_n = k->a.raw ? min_size(size, sizeof(value)) : utf16_put(value, sizeof(value), data);
		if (k->a.raw && value_n > 0)
			memcpy(value, data.p, value_n);
	}
	rpc_note_put(k, (struct bytes){ object, object_n }, (struct bytes){ value, value_n });
}

static void root(struct rpc_note *k)
{
	static const char *const roots[] = { "HKCR", "HKCU", "HKLM", "", "HKU" };
	const char *name = k->a.opnum < ARRAY_LEN(roots) ? roots[k->a.opnum] : "";

	rpc_note_put(k, (struct bytes){ (const uint8_t *)name, strlen(name) }, (struct bytes){ k->text, 0 });
}

void rpc_stub_ask(struct proto_ctx *x, const struct rpc *m, struct rpc_note *k, struct bytes b)
{
	struct stub stub = { b.p, b.n, k->a.word };

	if (k->a.shape == SHAPE_NONE)
		return;
	k->a.space = space_of(k->a.interface);
	switch (k->a.shape) {
	case SHAPE_NAMES: case SHAPE_OPEN: names(k, stub); break;
	case SHAPE_ON: case SHAPE_CHANGE: on_handle(x, m, k, stub); break;
	case SHAPE_SERVICE: service(k, stub); break;
	case SHAPE_CONTROL: control(x, m, k, stub); break;
	case SHAPE_JOB: job(k, stub); break;
	case SHAPE_TASK: task(k, stub); break;
	case SHAPE_DOCUMENT: document(x, m, k, stub); break;
	case SHAPE_KEY: case SHAPE_VALUE: registry(x, m, k, stub); break;
	case SHAPE_ROOT: root(k); break;
	case SHAPE_MAP: rpc_map_ask(m, k, stub); break;
	case SHAPE_PRINT:
		on_handle(x, m, k, handle_alone(stub));
		rpc_print_data(x, m, stub);
		break;
	case SHAPE_PRINT_END:
		on_handle(x, m, k, handle_alone(stub));
		rpc_print_end(x, true);
		break;
	}
}

/* ---- answers ---- */

/* The interfaces whose answers end with an error of Windows, a status of NT (accounts), or an HRESULT (the
 * scheduler). What only asks for a larger buffer, or says that there is no more, is no refusal ([MS-ERREF]
 * 2.2: 122, 234, 259). */
bool rpc_returned(const struct rpc *m, const struct rpc_note *k, struct bytes stub, uint32_t *ret)
{
	bool plain = k->a.interface == IF_SVCCTL || k->a.interface == IF_SPOOLSS ||
		     k->a.interface == IF_WINREG || k->a.interface == IF_ATSVC || k->a.interface == IF_SRVSVC;

	(void)m;
	bool nt = k->a.interface == IF_SAMR || k->a.interface == IF_LSARPC || k->a.interface == IF_NETLOGON;

	if ((!plain && !nt && k->a.interface != IF_TASKS) || stub.n < RETURNED)
		return false;
	*ret = le32_at((struct stub){ stub.p, stub.n, 4 }, stub.n - RETURNED);
	if (nt)
		return smb_outcome(*ret) == OUT_REFUSED;
	if (!plain)
		return *ret >> 31;
	return *ret != 0 && *ret != 122 && *ret != 234 && *ret != 259;
}

void rpc_stub_answer(struct proto_ctx *x, const struct rpc *m, const struct rpc_note *k, struct bytes stub)
{
	bool service = k->a.shape == SHAPE_SERVICE || k->a.shape == SHAPE_OPEN;
	bool key = k->a.shape == SHAPE_KEY && stub.n >= HANDLE + RETURNED;
	bool opens = service || k->a.shape == SHAPE_ROOT || key;

	if (k->a.shape == SHAPE_MAP)
		rpc_map_answer(x, m, (struct stub){ stub.p, stub.n, k->a.word });
	if (!opens || stub.n < HANDLE + RETURNED || k->a.object_n == 0)
		return;
	/* A new service's tag may stand before its handle. */
	const uint8_t *handle = service ? stub.p + stub.n - HANDLE - RETURNED : stub.p;
	struct rpc_handle *h = rpc_keep_new(x, handle_key(m, handle), sizeof(*h));

	if (h == NULL)
		return;
	h->space = k->a.space;
	h->n = (uint8_t)k->a.object_n;
	memcpy(h->text, k->text, h->n);
}
