/* model/proto.h: the one contract between stream/ and a protocol file.
 *
 * A protocol is one struct proto. It owns no memory, knows no clock and writes no log: it is shown
 * bytes and says what they mean through the calls below, which stream/ implements. */
#ifndef MODEL_PROTO_H
#define MODEL_PROTO_H

#include "model/layers.h"
#include "model/obs.h"

enum {
	CUT_MAX = 65536,	/* bytes ever gathered for one message */
	ASK_BLOB_MAX = 1024,	/* bytes a protocol may keep with one open request */
	ASKS_PER_FLOW = 32,	/* open requests; the oldest gives way and counts as unanswered */
	PASS_DEPTH = 4,		/* protocols inside protocols */
	KEEP_MAX = 512,		/* bytes of one thing a flow has open */
	KEEPS_PER_FLOW = 128,	/* such things */
};

/* ---- What stands at the front of the bytes a protocol was shown. ---- */

struct cut {
	enum { CUT_NEED, CUT_MESSAGE, CUT_BODY, CUT_LOST } what;
	uint32_t n;		/* NEED: ask again when so many are there; MESSAGE: its bytes; BODY: bytes of
				 * its head (may be 0). A MESSAGE or head longer than what is there is waited
				 * for: say so rather than NEED, because a hole inside a known length keeps
				 * the sync */
	uint64_t body;		/* BODY: bytes after the head, never gathered; or BODY_TO_END */
};
#define BODY_TO_END UINT64_MAX

static inline struct cut cut_need(size_t n) { return (struct cut){ CUT_NEED, (uint32_t)n, 0 }; }
static inline struct cut cut_message(size_t n) { return (struct cut){ CUT_MESSAGE, (uint32_t)n, 0 }; }

static inline struct cut cut_body(size_t head, uint64_t body)
{
	return (struct cut){ CUT_BODY, (uint32_t)head, body };
}

static inline struct cut cut_lost(void) { return (struct cut){ CUT_LOST, 0, 0 }; }

/* A line up to and with LF, at most max bytes; LOST when max bytes hold none. */
struct cut cut_line(struct cursor have, size_t max);

/* ---- What a protocol says of itself, as tables. ---- */

enum code_flag {
	CODE_REQUEST = 1,	/* requests are decoded */
	CODE_ANSWER = 2,	/* answers are decoded */
	CODE_NAMED = 4,		/* named only: the body is not looked into */
	CODE_PUSH = 8,		/* sent unasked */
};

/* A row of the message-type table: printed by `koban protocols NAME`, tested row by row. */
struct proto_code {
	uint32_t code;		/* as in obs.code */
	const char *key;	/* "read-holding": its words are content/protocols/NAME.yml codes: */
	uint8_t verb, cls;	/* enum obs_verb, obs_class */
	uint8_t flags;		/* enum code_flag */
	const char *spec;	/* section of the standard, or source and confidence; a remark is the {KEY}
				 * of a text in remarks.yml */
};

/* A row of the protocol's own address spaces. obs.object.space is the row number + 1. */
struct proto_space {
	const char *key;	/* "holding": words are content/protocols/NAME.yml spaces: */
	const char *format;	/* how people write an address: "{0}", "DB{0}.{1}.{2}"; {n} is part[n], {n:x}
				 * in capital hexadecimal, {n:2} with two digits at least, {name} the name */
};

enum field_type {
	FIELD_U8, FIELD_U16, FIELD_U32, FIELD_U64, FIELD_I64, FIELD_F64,
	FIELD_BOOL,		/* uint8_t */
	FIELD_TEXT,		/* struct span: bytes from the wire, UTF-8 as far as valid, escaped where it
				 * lands */
	FIELD_BYTES,		/* struct span: printed as hex */
	FIELD_KEY,		/* struct span: an identifier of ours (never from the wire): printed as it
				 * is */
	FIELD_IP,		/* uint8_t[16] */
	FIELD_MAC,		/* uint8_t[6] */
	FIELD_LIST,		/* struct span over an array of sub structs, each 8-aligned, size elem */
	FIELD_TEXTS,		/* struct span over an array of struct span: a list of FIELD_TEXT */
	FIELD_WORD,		/* uint8_t: which of words[]; an identifier of ours without a copy in the
				 * record. Beyond elem: left out */
};

enum field_show {
	SHOW_ALWAYS,		/* also the value 0 and the empty text */
	SHOW_NONZERO,
	SHOW_GIVEN,		/* also 0, but only when the uint8_t at `given` is not 0 */
};

/* One member of the protocol's own struct (obs.own). EVE, rules, detail views and docs come from it. */
struct field {
	const char *name;	/* "transaction_id": rule field and docs */
	uint8_t type;		/* enum field_type */
	uint8_t show;		/* enum field_show */
	uint16_t at;		/* offsetof */
	const char *eve;	/* path below the event's own object, dots between: "request.transaction_id";
				 * NULL: only under koban */
	const struct field *sub;	/* LIST: members of an element, name NULL ends */
	uint16_t elem;		/* LIST: bytes of an element; WORD: number of words */
	uint16_t given;		/* SHOW_GIVEN: offsetof a uint8_t of the same struct */
	const char *const *words;	/* WORD */
};

/* ---- What a protocol is given. ---- */

struct flow;
struct shard;
struct proto;

struct proto_ctx {
	void *state;		/* state_size zeroed bytes; the flow owns them; shared by both directions */
	bool from_client;
	bool after_loss;	/* bytes of this direction are missing before this message */
	bool midstream;		/* the flow was open before the capture began */
	bool ends_known;	/* false: who is client is a guess (mid-stream, no SYN) */
	bool cut_off;		/* in end() and the last data(): the flow was reset, timed out or evicted, or
				 * the capture ended: a body that goes to the end of the flow is not
				 * complete */
	uint8_t depth;		/* 0; +1 inside each pass() */
	uint32_t ppid;		/* SCTP only */
	const char *why;	/* set it before returning false: key below content/protocols/NAME.yml
				 * notes: */
	const struct proto_ctx *outer;	/* inside pass(): the carrier's, whose state may be read; NULL outside
					 * of one */
	const struct layers *l;	/* the frame that completed the message */
	const struct proto *proto;
	struct flow *flow;	/* stream's own; NULL in none of these calls */
	struct shard *shard;
};

/* This end has acknowledged bytes of the other that were never seen (stream/flow.c): what it answers may be
 * among them. */
bool peer_loss(const struct proto_ctx *x);

/* ---- Acts and facts (stream/act.c). ---- */

/* A fresh act: zeroed, rec, flow, msg, tunnels, who, vlan, flags filled; actor is the flow's client and
 * device its server, times 1, phase ASK for the client's messages and PUSH for the server's. Valid until
 * act_emit() or the next begin. Never NULL. Beginning again without emitting drops the first. */
struct obs *act_begin(struct proto_ctx *x);

/* Like act_begin(), from a row of codes[]: code, verb and class set. */
struct obs *act_begin_code(struct proto_ctx *x, const struct proto_code *row);

/* The same where the code may be no row (row NULL): then it is a CONTROL of that number. OPAQUE when nobody
 * looks into its body: no row, or one that is CODE_NAMED. */
struct obs *act_begin_row(struct proto_ctx *x, const struct proto_code *row, uint32_t code);

/* Puts bytes behind the act or fact being built; what does not fit is cut and flagged CUT. */
struct span act_text(struct proto_ctx *x, struct bytes b);
struct span act_str(struct proto_ctx *x, const char *s);	/* a C string of ours */

/* The protocol's own struct behind the act: n zeroed bytes to fill before emit (spans in it come from
 * act_text()). NULL when the record is full: then the act goes out without it. Call it at most once. */
void *act_own(struct proto_ctx *x, size_t n);

/* n bytes, 8-aligned, behind the act: arrays for FIELD_LIST and FIELD_TEXTS. ret_p is NULL when full. */
struct span act_room(struct proto_ctx *x, size_t n, void **ret_p);

/* Fills value: type, bits of one item, items, raw (cut at VALUE_MAX), digest, length; one, when items is 1
 * and the type is BOOL, INT, UINT or REAL (big-endian), or when RAW_LE/RAW_BE stay as they are. SECRET keeps
 * nothing of the bytes, not even a digest. */
void act_value(struct proto_ctx *x, uint8_t type, unsigned bits, unsigned items, struct bytes raw);

/* Sends the act: through folding into the ring. Returns its name, for `re` and pair_ask(); never 0. An act
 * that was folded away has a name too: it is the one it would have without folding. */
uint64_t act_emit(struct proto_ctx *x);

/* A second message begins inside the one being looked at (compounds, chains, PDUs in one write of a pipe):
 * its acts are no items of those before it, and answer none of what they answered. */
void act_apart(struct proto_ctx *x);

/* A shortcut for polling, before an act is begun: does this answer, to this request, give the same single act
 * WHOLE that it gave before in this flow, and was that folded? True: it is counted, as if it had been built
 * and emitted again. asked and answer must be all that the protocol makes the act of, numbers of transactions
 * left out. False: build it; when it is folded, the next one like it will be known. */
bool act_again(struct proto_ctx *x, struct bytes asked, struct bytes answer);

/* What is identical, and so folds (stream/fold.c): the same actor address and principal, device, station,
 * protocol, verb, class, phase, code, object (space, parts, name, count), value (digest, length, one),
 * result, outcome, trust and note, and of a file (.transfers) its size and SHA-256. The rest of the own
 * struct is no part of it, because it usually holds a transaction number: what makes two acts of a cyclic
 * verb different must be in one of the others, the name of the object or the value above all. */

/* Says a fact; text may be empty. The act emitted last in this message is its `from`. */
void fact_say(struct proto_ctx *x, const struct side *about, enum fact_kind kind, struct bytes text,
	      uint64_t number, int64_t until_ns, uint8_t trust);
void fact_str(struct proto_ctx *x, const struct side *about, enum fact_kind kind, const char *text);

/* The two ends of the flow as sides (ip, mac, port). */
struct side flow_client(const struct proto_ctx *x);
struct side flow_server(const struct proto_ctx *x);

/* ---- Pairing requests and answers (stream/pair.c). ---- */

struct ask {
	uint64_t id;		/* what pairs it: transaction id, PDU reference */
	uint64_t act;		/* name of the ASK act, or 0 when the act waits for its answer (WHOLE) */
	uint64_t frame;		/* that began the request */
	int64_t at_ns;
	uint32_t n;		/* bytes of blob */
	uint8_t blob[];		/* the protocol's own note of what was asked */
};

/* Remembers a request of this flow (its inner protocol included). The same id again: the older one is
 * unanswered. False: a cap was hit and nothing is remembered. */
bool pair_ask(struct proto_ctx *x, uint64_t id, uint64_t act, const void *blob, size_t n);

/* The request this answer belongs to, taken out of the table; NULL: not seen. Valid until message() returns.
 * Acts begun after it have it as their evidence (rec.back) and, if ask->act is set, as their `re`. */
const struct ask *pair_answer(struct proto_ctx *x, uint64_t id);

/* The same without taking it out (interim answers). */
const struct ask *pair_peek(struct proto_ctx *x, uint64_t id);

/* The oldest open request of this protocol, whatever its id. Not taken out: pair_answer(x, ask->id) does
 * that. */
const struct ask *pair_oldest(struct proto_ctx *x);

/* For those that answer in order and give their messages no numbers: the open request this answer belongs to.
 * One alone it is, whatever it is. Of several the first one that fits and that the client still waits for:
 * one with which it went on, and behind whose follower the answer came much sooner, was given up, and would
 * have each later answer slip by one. When none is that, the last that fits at all; or the first that is
 * waited for. Not taken out. */
enum fit { FIT_NONE, FIT_POOR, FIT_GOOD };	/* POOR: fits, but such a request is usually not answered */
typedef enum fit (*pair_fit)(struct proto_ctx *x, const struct ask *ask, const void *answer);
const struct ask *pair_in_order(struct proto_ctx *x, pair_fit fit, const void *answer);

/* Takes it out; those that are older were not answered, which is said when the message is over. */
const struct ask *pair_answer_in_order(struct proto_ctx *x, const struct ask *ask);

/* ---- Gathering pieces of one message (stream/gather.c). ---- */

/* Adds a piece; key tells several apart (direction is always part of it). False: CUT_MAX or a cap was hit and
 * everything under key was dropped. */
bool gather_add(struct proto_ctx *x, uint32_t key, struct bytes piece);

/* All pieces under key as one view, valid until message() returns; n 0 when there are none. They are
 * forgotten. */
struct bytes gather_take(struct proto_ctx *x, uint32_t key);
void gather_drop(struct proto_ctx *x, uint32_t key);

/* ---- Transfers: a file or program over many messages (stream/transfer.c). ---- */

enum { PROGRAM_NAME = 48 };	/* bytes of a program's name that are kept */

struct transfer_result {
	uint64_t size;		/* bytes seen */
	uint64_t missing;	/* bytes known not to have come */
	uint8_t sha256[32];	/* of the bytes seen, in order */
	const char *magic;	/* type by content: "zip", "pe", "elf", "pdf", "text", "data" ...; never
				 * NULL */
	double entropy;		/* bits per byte, 0..8; beyond the first 16 KiB of a sample: one KiB in
				 * eight */
	bool complete;
	bool is_program;	/* the text of an NC program, whole: program_sha256 is set */
	uint8_t program_n;	/* bytes of program */
	char program[PROGRAM_NAME];	/* its number or name as the text says it ("O1234"), also of a part;
					 * no NUL */
	uint8_t program_sha256[32];	/* of the canonical text (stream/nctext.h): the same for every
					 * protocol */
};

/* The own part of acts that end a transfer, so that EVE and rules see every file alike. A protocol with
 * .transfers has it as the first member of its own struct, whatever the act; it says something when magic.n >
 * 0. */
struct transfer_own {
	uint64_t size, missing;
	uint8_t sha256[32];
	double entropy;
	struct span name, magic;	/* FIELD_TEXT, FIELD_KEY */
	struct span program;	/* FIELD_TEXT: what an NC program calls itself */
	struct span program_sha256;	/* 32 bytes, or none: of its canonical text */
	uint8_t complete;
	uint8_t spare[7];
};

/* Opens one under key (direction not part of it). False: cap hit. Opening an open key closes it
 * unreported. */
bool transfer_open(struct proto_ctx *x, uint32_t key);
void transfer_data(struct proto_ctx *x, uint32_t key, struct bytes piece);
void transfer_missing(struct proto_ctx *x, uint32_t key, uint64_t bytes);
/* Ends it; false when none is open under key. */
bool transfer_close(struct proto_ctx *x, uint32_t key, bool complete, struct transfer_result *ret);
/* Puts a result into the act being built; ret is inside its own struct, name what the file is called
 * there. */
void transfer_tell(struct proto_ctx *x, const struct transfer_result *r, struct span name,
		   struct transfer_own *ret);

/* ---- What a flow has open for longer than a message: files, shares, sessions (stream/keep.c). ---- */

/* n zeroed bytes (at most KEEP_MAX), 16-aligned, under key; direction is no part of it. They stay where they
 * are until they are dropped or the flow ends. What lay under key is dropped. NULL: a cap was hit;
 * keep_oldest() says what may give way. */
void *keep_new(struct proto_ctx *x, uint64_t key, size_t n);
void *keep_find(struct proto_ctx *x, uint64_t key);	/* NULL: none */
void *keep_oldest(struct proto_ctx *x, uint64_t *ret_key);	/* not asked for the longest; NULL: none
								 * left */
void keep_drop(struct proto_ctx *x, uint64_t key);

/* ---- Other flows and other protocols (stream/expect.c, stream/relate.c). ---- */

/* A flow between the same two hosts, to server_ip:port, will come: it belongs to protocol `name`, and its
 * state begins with the n bytes of arg (cut at 256). Good for 60 s and one flow. server_ip may be either
 * host: name the end whose port is known, whoever will send first; over UDP it may become the flow's
 * client. */
void expect_flow(struct proto_ctx *x, const uint8_t server_ip[16], uint16_t port, const char *name,
		 const void *arg, size_t n);

/* Says more about the flow that this flow announced last: its state begins with the n bytes of arg, also when
 * it has begun already. For those who say where before they say what. */
void expect_more(struct proto_ctx *x, const void *arg, size_t n);

/* Has the flow that this flow announced last not come yet? False also where nobody waits for it any more. */
bool expect_waits(const struct proto_ctx *x);

/* This flow was announced once more while it was there: its state begins anew with what was given then.
 * False: it was not. */
bool expect_again(struct proto_ctx *x);

/* It will not come after all: what it was for happens here. */
void expect_none(struct proto_ctx *x);

/* From the next byte on both directions speak `name` (STARTTLS, Upgrade, CONNECT); NULL: unknown, probed
 * anew. */
void flow_become(struct proto_ctx *x, const char *name);

/* Shows the inner message to the protocols that are .over this one; the first whose probe is highest keeps
 * the flow. True: taken and well-formed; false: nobody's, or malformed (already reported). */
bool pass(struct proto_ctx *x, struct cursor inner);

/* The principal of the session, stamped on later acts of the flow; n 0 forgets it. Cut at 128 bytes. */
void flow_who(struct proto_ctx *x, struct bytes who);

/* ---- The protocol itself. ---- */

/* What a reader may rely on: bytes that real products sent, a real implementation in the lab, or only bytes
 * made from documents by somebody who had not seen our C. */
enum proto_verified { VERIFIED_CAPTURE = 1, VERIFIED_PEER = 2, VERIFIED_SYNTHETIC = 4 };

enum on { ON_ETHER, ON_IP, ON_UDP, ON_TCP, ON_SCTP, ON_PROTO };

struct proto {
	const char *name;
	enum on on;
	bool also_udp;		/* ON_TCP protocols spoken over UDP too, with the same message(); cut() is not
				 * asked there */
	const char *over;	/* ON_PROTO: the carrier's name ("cotp", "http", "modbus"); with ON_TCP:
				 * carried by that one too, whole messages at a time (DCE/RPC in pipes) */
	const char *eve;	/* Suricata's event_type when it has one; NULL: ours alone */
	uint16_t ports[8];	/* port, ethertype, IP protocol or PPID, 0 ends the list: a hint, not proof */
	size_t state_size;	/* bytes of per-flow state, taken when the protocol is recognised, not before;
				 * <= 512 */
	size_t own_size;	/* sizeof the own struct laid out by fields; rec_check() holds records to
				 * it */
	bool transfers;		/* the own struct begins with a struct transfer_own */
	uint8_t verified;	/* enum proto_verified: what its decoding was held against */
	const struct proto_code *codes;		/* code_count rows */
	size_t code_count;
	const struct proto_space *spaces;	/* key NULL ends; NULL: none */
	const struct field *fields;		/* name NULL ends; NULL: no own struct */
	/* 0: not mine, 1: it may become mine, 100: nothing else looks like this. Sees the first bytes of one
	 * direction (TCP, up to 4 KiB), a datagram, or a frame's payload. NULL: the port or ethertype alone
	 * decides (ON_ETHER), or the flow must be expected. */
	unsigned (*probe)(const struct proto_ctx *x, struct cursor head);
	/* Byte streams only; a datagram or frame is its own message. Asked only where a message may begin. */
	struct cut (*cut)(struct proto_ctx *x, struct cursor have);
	/* One whole message (BODY: its head). False: malformed; the caller counts and reports it. */
	bool (*message)(struct proto_ctx *x, struct cursor msg);
	/* The next piece of a body, in order; last: none follows. Pieces have any size, also 0. */
	void (*data)(struct proto_ctx *x, struct cursor piece, bool last);
	/* So many bytes of this direction never came; 0: they came, but the place in them was lost. Drop
	 * half-gathered things and open requests. */
	void (*lost)(struct proto_ctx *x, uint64_t bytes);
	/* An open request timed out, was pushed out or its flow ended. x is set as for the client. NULL:
	 * stream/ says so itself, for those with an act. */
	void (*unanswered)(struct proto_ctx *x, const struct ask *ask);
	/* The flow ended; bodies to the end of the flow have had their last data(). May be NULL. */
	void (*end)(struct proto_ctx *x);
};

/* protocols.def, in order; NULL ends. Row i is rec.proto i + 1. */
extern const struct proto *const protos[];
const struct proto *proto_at(unsigned rec_proto);	/* NULL for 0 and unknown */
const struct proto *proto_named(const char *name);	/* NULL: none */
unsigned proto_number(const struct proto *p);		/* rec.proto */
const struct proto_code *proto_code(const struct proto *p, uint32_t code);	/* NULL: not in the table */

#endif
