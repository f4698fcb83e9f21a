/* proto/mtconnect.h: what the files of MTConnect agents share; the door is mtconnect.c. */
#ifndef PROTO_MTCONNECT_H
#define PROTO_MTCONNECT_H

#include "model/proto.h"
#include "proto/http.h"
#include "proto/said.h"

extern const struct proto proto_mtconnect;

enum mtc_code {
	MTC_PROBE = 1, MTC_CURRENT, MTC_SAMPLE, MTC_ASSETS, MTC_PUT, MTC_POST, MTC_DELETE, MTC_STATE,
	MTC_REFUSAL,
};

enum { MTC_CODES = 9 };

enum {
	NAME_MAX = 32, ATTRIBUTE_MAX = 16, VALUE_KEPT = 72,	/* of what is read in a document */
	ITEMS_SEEN = 16,	/* states whose last value is remembered, all machines together */
	PUT_ITEMS = 16,		/* values of one request that are told apart */
};

/* Elements that say something; of the others not even the attributes are read. */
enum mtc_element {
	ELEMENT_OTHER, ELEMENT_ROOT, ELEMENT_HEADER, ELEMENT_DEVICE, ELEMENT_DESCRIPTION, ELEMENT_STREAM,
	ELEMENT_STATE, ELEMENT_ERROR,
};

enum mtc_stage {
	XML_TEXT, XML_OPEN, XML_NAME, XML_TAG, XML_ATTRIBUTE, XML_EQUALS, XML_VALUE, XML_SKIP,
	XML_SKIP_QUOTED, XML_BANG, XML_CLOSE,
};

struct mtc_state {
	uint8_t stage, element, quote, machine;	/* machine: inside <Device> or its Description */
	uint8_t name_n, attribute_n, value_n, text;	/* text: that of a state is being kept */
	uint8_t device_n, maker_n, model_n, serial_n, title_n;
	uint8_t devices;	/* seen in this document; saturates */
	uint8_t next_seen;
	uint8_t spare;
	uint32_t agent;		/* digests of what was said as facts */
	uint32_t identity;
	uint8_t name[NAME_MAX], attribute[ATTRIBUTE_MAX], value[VALUE_KEPT];
	uint8_t device[NAME_MAX];	/* whose states follow */
	uint8_t title[NAME_MAX], maker[NAME_MAX], model[NAME_MAX], serial[NAME_MAX];	/* of the first */
	struct said_value seen[ITEMS_SEEN];
};
_Static_assert(sizeof(struct mtc_state) <= 512, "fits proto.state_size");

/* What waits for an answer. */
struct mtc_asked {
	uint8_t code;
	uint8_t path_n;
	uint8_t path[198];
};

/* mtconnect_xml.c: a document as it passes by. */
void mtc_xml_begins(struct mtc_state *s);
void mtc_xml(struct proto_ctx *x, struct bytes piece);

/* mtconnect_say.c: what the document tells. */
void mtc_attribute(struct proto_ctx *x);
void mtc_opened(struct proto_ctx *x);
void mtc_text(struct proto_ctx *x);
void mtc_devices_end(struct proto_ctx *x);

#endif
