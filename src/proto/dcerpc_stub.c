/* proto/dcerpc_stub.c: arguments of the calls that change something or run a program.
 *
 * Spec: C706 14.3 (NDR): a text is max:4 offset:4 (0) actual:4 and UTF-16 letters, aligned to 4; pointers are
 *       4 bytes with what they point to behind them. Texts are found by that form, so that the many
 *       structures between them need not be known; what has the form and holds letters alone, with a NUL at
 *       most at its end, is a text. Little-endian only. */
#include "proto/dcerpc.h"

#include "core/hash.h"
#include "proto/ascii.h"
#include "proto/utf16.h"

enum { TEXT_MAX = 32768, SZ = 1, EXPAND_SZ = 2, STOP = 1, PAUSE = 2, CONTINUE = 3, RETURNED = 4 };

struct text { struct bytes wire; size_t next; };	/* next: offset behind it, aligned */

static uint32_t le32_at(struct bytes b, size_t at)
{
	struct cursor c = cur_over(b);

	cur_take(&c, at);
	return cur_le32(&c);
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
static bool text_from(struct bytes stub, size_t from, struct text *ret)
{
	for (size_t at = (from + 3) & ~(size_t)3; at + 14 <= stub.n; at += 4) {
		size_t max = le32_at(stub, at), offset = le32_at(stub, at + 4);
		size_t actual = le32_at(stub, at + 8);

		if (offset != 0 || actual == 0 || actual > max || max > TEXT_MAX ||
		    actual * 2 > stub.n - at - 12)
			continue;
		struct bytes wire = { stub.p + at + 12, actual * 2 };

		if (!letters(wire))
			continue;
		*ret = (struct text){ wire, (at + 12 + actual * 2 + 3) & ~(size_t)3 };
		return true;
	}
	return false;
}

static uint64_t handle_key(const struct rpc *m, const uint8_t handle[HANDLE])
{
	return rpc_key(m, RPC_HANDLE, hash_bytes(handle, HANDLE, 0));
}

static const struct rpc_handle *handle_at(struct proto_ctx *x, const struct rpc *m, struct bytes stub)
{
	return stub.n < HANDLE ? NULL : keep_find(x, handle_key(m, stub.p));
}

static struct bytes handle_text(const struct rpc_handle *h, struct bytes none)
{
	return h == NULL ? (struct bytes){ none.p, 0 } : (struct bytes){ h->text, h->n };
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

static void names(struct rpc_note *k, struct bytes stub)
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
static void service(struct rpc_note *k, struct bytes stub)
{
	uint8_t object[OBJECT_KEPT], value[VALUE_KEPT];
	size_t object_n = 0, value_n = 0;
	struct text t;

	if (text_from(stub, HANDLE, &t)) {
		object_n = utf16_put(object, sizeof(object), t.wire);
		if (le32_at(stub, t.next) == 0 || text_from(stub, t.next + 4, &t)) {
			if (text_from(stub, t.next, &t))
				value_n = utf16_put(value, sizeof(value), t.wire);
		}
	}
	rpc_note_put(k, (struct bytes){ object, object_n }, (struct bytes){ value, value_n });
}

static void on_handle(struct proto_ctx *x, const struct rpc *m, struct rpc_note *k, struct bytes stub)
{
	uint8_t value[VALUE_KEPT];
	size_t value_n = 0;
	struct text t;

	if (text_from(stub, HANDLE, &t))
		value_n = utf16_put(value, sizeof(value), t.wire);
	rpc_note_put(k, handle_text(handle_at(x, m, stub), stub), (struct bytes){ value, value_n });
}

static void control(struct proto_ctx *x, const struct rpc *m, struct rpc_note *k, struct bytes stub)
{
	uint32_t what = stub.n >= HANDLE + 4 ? le32_at(stub, HANDLE) : 0;

	on_handle(x, m, k, (struct bytes){ stub.p, min_size(stub.n, HANDLE) });
	k->a.verb = what == STOP || what == PAUSE ? VERB_STOP : what == CONTINUE ? VERB_START : VERB_CONTROL;
}

static void job(struct rpc_note *k, struct bytes stub)
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

static void task(struct rpc_note *k, struct bytes stub)
{
	uint8_t object[OBJECT_KEPT], value[VALUE_KEPT];
	size_t object_n = 0, value_n = 0;
	bool has_path = stub.n >= 4 && le32_at(stub, 0) != 0;
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

/* printer:20 level:4 level:4 pointer:4 document*:4 output*:4 type*:4, then the texts ([MS-RPRN] 2.2.1.1.4,
 * 3.1.4.9.1). The object is the document, or the printer when it has no name. */
static void document(struct proto_ctx *x, const struct rpc *m, struct rpc_note *k, struct bytes stub)
{
	uint8_t object[OBJECT_KEPT], value[VALUE_KEPT];
	size_t object_n = 0, value_n = 0, from = HANDLE + 24;
	struct text t;

	if (stub.n < from)
		return;
	if (le32_at(stub, HANDLE + 12) != 0 && text_from(stub, from, &t)) {
		object_n = utf16_put(object, sizeof(object), t.wire);
		from = t.next;
	}
	if (le32_at(stub, HANDLE + 16) != 0 && text_from(stub, from, &t)) {
		value_n = utf16_put(value, sizeof(value), t.wire);
		k->a.verb = VERB_WRITE;		/* into a file, not onto paper */
	}
	struct bytes printer = handle_text(handle_at(x, m, stub), stub);

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

/* key:20, a name (length:2 room:2 pointer:4 text), of a value: type:4 room:4 data
 * size:4 ([MS-RRP] 3.1.5.22) */
static void registry(struct proto_ctx *x, const struct rpc *m, struct rpc_note *k, struct bytes stub)
{
	uint8_t object[OBJECT_KEPT], value[VALUE_KEPT];
	size_t value_n = 0;
	struct text t = { .wire = { stub.p, 0 } };
	bool named = text_from(stub, HANDLE, &t);
	size_t object_n = below(handle_at(x, m, stub), t.wire, object);

	k->a.secret = ascii_has((struct bytes){ object, object_n }, "passw");
	if (k->a.shape == SHAPE_VALUE && named && !k->a.secret && stub.n >= t.next + 8) {
		uint32_t type = le32_at(stub, t.next);
		size_t size = min_size(le32_at(stub, t.next + 4), stub.n - t.next - 8);
		struct bytes data = { stub.p + t.next + 8, size };

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

void rpc_stub_ask(struct proto_ctx *x, const struct rpc *m, struct rpc_note *k, struct bytes stub)
{
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
		on_handle(x, m, k, (struct bytes){ stub.p, min_size(stub.n, HANDLE) });
		rpc_print_data(x, m, stub);
		break;
	case SHAPE_PRINT_END:
		on_handle(x, m, k, (struct bytes){ stub.p, min_size(stub.n, HANDLE) });
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
	*ret = le32_at(stub, stub.n - RETURNED);
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
		rpc_map_answer(x, m, k, stub);
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
