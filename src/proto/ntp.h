/* proto/ntp.h: what the files of NTP share; the door is ntp.c, which names the standards. */
#ifndef PROTO_NTP_H
#define PROTO_NTP_H

#include "model/proto.h"

extern const struct proto proto_ntp;

enum mode { SYMMETRIC = 1, PASSIVE, CLIENT, SERVER, BROADCAST, CONTROL, PRIVATE };	/* RFC 5905 7.3 */

enum {
	PORT = 123,
	VERSION_MAX = 4,
	LEAP_UNKNOWN = 3,		/* RFC 5905 figure 9 */
	STRATUM_MAX = 16,		/* unsynchronized; RFC 5905 figure 11 */
	TAIL_MAX = 24,			/* a MAC; longer is an extension field, RFC 7822 3 */
	FIELD_MIN = 16,			/* RFC 7822 3 */
	FIELD_NTS = 0x0404,		/* RFC 8915 5.6 */
	MS_EXTENDED = 72,		/* MS-SNTP 2.2, Extended Authenticator */
	CONTROL_DATA_MAX = 468,		/* RFC 9327 2 */
	PRIVATE_DATA_MAX = 500,		/* ntp_request.h */
	READ_STATUS = 1, READ_VARIABLES = 2, CONFIGURE = 8,	/* RFC 9327 2 */
	CLIENT_LIST = CONTROL << 8 | 10,
	NAMES_MAX = 64,			/* kept of the variables asked for */
	VALUE_TEXT = 64,
};

enum { SPACE_ASSOCIATION = 1, SPACE_VARIABLES };	/* rows of ntp_spaces, from 1 on */

struct ntp_message {
	uint64_t origin, receive, transmit;
	uint32_t root_delay, root_dispersion, items, key_id;
	uint8_t reference[4];
	uint8_t mode, version, leap, stratum, implementation;
	int8_t poll, precision;
	bool keyed, crypto_nak, nts;
	uint8_t opcode;			/* mode 6: operation; 7: request code */
	bool response, more;
	uint8_t error;			/* of mode 7; of mode 6 + 1, because its 0 is "unspecified" */
	uint16_t sequence, status, association;
	uint16_t place, step;		/* of this datagram in the answer, and where the next one stands */
	struct bytes data;
};

/* What was asked, as it waits for its answer. */
struct ntp_asked {
	uint64_t receive;		/* an interleaved answer names it as its origin, RFC 9769 2 */
	uint32_t code;
	uint16_t sequence, association;
	uint8_t version, implementation, from_client;
	uint8_t n;
	uint8_t names[NAMES_MAX];
};

struct ntp_state {
	uint64_t key;			/* of the answer that is coming */
	uint64_t source;		/* time source said last */
	uint32_t place, items;
	bool hole;
};

struct ntp_own {
	double root_delay, root_dispersion;	/* s */
	int64_t poll, precision;
	struct span reference_id, reference;	/* KEY, TEXT */
	uint32_t key_id, items;
	uint16_t sequence, association, status;
	uint8_t version, mode, leap, stratum, implementation;
	uint8_t time, control, answered, private, keyed, crypto_nak, nts;	/* what is given; flags */
	uint8_t spare[6];
};
_Static_assert(sizeof(struct ntp_own) % 8 == 0, "own parts stay aligned");

/* ntp_codes.c */
enum { NTP_CODES = 63 };
extern const struct proto_code ntp_codes[NTP_CODES];
extern const struct proto_space ntp_spaces[];
extern const struct field ntp_fields[];

/* ntp_read.c. NULL: well-formed; else the reason. cut: the capture ended inside the datagram. */
const char *ntp_read(struct ntp_message *m, struct cursor c, bool cut);
uint32_t ntp_code_of(const struct ntp_message *m);

/* ntp_act.c: what both families of messages begin with. */
struct ntp_asked ntp_asked_of(const struct proto_ctx *x, const struct ntp_message *m);
bool ntp_asked_again(const struct ask *ask, struct ntp_asked *ret);
struct obs *ntp_begin(struct proto_ctx *x, uint32_t code, uint8_t phase, bool sender_acts);

/* ntp_time.c: modes 1 to 5 */
void ntp_time(struct proto_ctx *x, const struct ntp_message *m);
void ntp_time_unanswered(struct proto_ctx *x, const struct ntp_asked *a);

/* ntp_control.c: modes 6 and 7 */
void ntp_control(struct proto_ctx *x, struct ntp_message *m);
void ntp_control_unanswered(struct proto_ctx *x, const struct ask *ask, const struct ntp_asked *a);

#endif
