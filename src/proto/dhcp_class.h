/* proto/dhcp_class.h: what the vendor class of a DHCP client, of either version, says of its system. */
#ifndef PROTO_DHCP_CLASS_H
#define PROTO_DHCP_CLASS_H

#include "core/cursor.h"

/* "Windows"; NULL: it says nothing of it. */
const char *dhcp_class_system(struct bytes vendor);

#endif
