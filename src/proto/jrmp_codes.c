/* proto/jrmp_codes.c: messages, well-known interfaces and the names to look for in Java RMI.
 *
 * "RMI" is Oracle, "Java Remote Method Invocation Specification", chapter 10 (H). Method hashes are computed
 * as its section 8.3 says, from the signatures in the documentation of java.rmi.registry and
 * javax.management.remote.rmi (H). */
#include "proto/jrmp.h"

#define BOTH (CODE_REQUEST | CODE_ANSWER)
#define REGISTRY(op) (SERIES_REGISTRY | (op))
#define JMX(n) (SERIES_JMX | (n))
const struct proto_code jrmp_codes[JRMP_CODES] = {
	{OP_STREAM, "stream", VERB_OPEN, CLASS_SESSION, BOTH, "RMI 10.2.1"},
	{OP_SINGLE, "single", VERB_OPEN, CLASS_SESSION, CODE_REQUEST, "RMI 10.2.1"},
	{OP_MULTIPLEX, "multiplex", VERB_OPEN, CLASS_SESSION, CODE_REQUEST | CODE_NAMED, "RMI 10.6"},
	{OP_CALL, "call", VERB_CONTROL, CLASS_DEVICE, BOTH | CODE_NAMED, "RMI 10.2.2"},
	{OP_RETURN, "return", VERB_REPORT, CLASS_DEVICE, CODE_ANSWER | CODE_NAMED,
	 "RMI 10.2.3: {call-unseen}"},
	{OP_PING, "ping", VERB_KEEPALIVE, CLASS_SESSION, BOTH, "RMI 10.2.2"},
	{OP_DGC_ACK, "dgc-ack", VERB_KEEPALIVE, CLASS_SESSION, CODE_PUSH, "RMI 10.2.2"},
	{REGISTRY(0), "bind", VERB_WRITE, CLASS_CONFIG, BOTH, "java.rmi.registry.Registry"},
	{REGISTRY(1), "list", VERB_BROWSE, CLASS_NAME, BOTH, "java.rmi.registry.Registry"},
	{REGISTRY(2), "lookup", VERB_QUERY, CLASS_NAME, BOTH, "java.rmi.registry.Registry"},
	{REGISTRY(3), "rebind", VERB_WRITE, CLASS_CONFIG, BOTH, "java.rmi.registry.Registry"},
	{REGISTRY(4), "unbind", VERB_DELETE, CLASS_CONFIG, BOTH, "java.rmi.registry.Registry"},
	{JMX(0), "jmx-login", VERB_LOGIN, CLASS_SESSION, BOTH, "RMIServer.newClient"},
	{JMX(1), "jmx-version", VERB_IDENTIFY, CLASS_DEVICE, BOTH, "RMIServer.getVersion"},
	{JMX(2), "jmx-create", VERB_WRITE, CLASS_PROGRAM, BOTH, "RMIConnection.createMBean"},
	{JMX(3), "jmx-delete", VERB_DELETE, CLASS_PROGRAM, BOTH, "RMIConnection.unregisterMBean"},
	{JMX(4), "jmx-instance", VERB_BROWSE, CLASS_DEVICE, BOTH, "RMIConnection.getObjectInstance"},
	{JMX(5), "jmx-query", VERB_BROWSE, CLASS_DEVICE, BOTH, "RMIConnection.queryMBeans"},
	{JMX(6), "jmx-names", VERB_BROWSE, CLASS_DEVICE, BOTH, "RMIConnection.queryNames"},
	{JMX(7), "jmx-registered", VERB_BROWSE, CLASS_DEVICE, BOTH, "RMIConnection.isRegistered"},
	{JMX(8), "jmx-count", VERB_READ, CLASS_DEVICE, BOTH, "RMIConnection.getMBeanCount"},
	{JMX(9), "jmx-get", VERB_READ, CLASS_DATA, BOTH, "RMIConnection.getAttribute"},
	{JMX(10), "jmx-get-many", VERB_READ, CLASS_DATA, BOTH, "RMIConnection.getAttributes"},
	{JMX(11), "jmx-set", VERB_WRITE, CLASS_CONFIG, BOTH, "RMIConnection.setAttribute"},
	{JMX(12), "jmx-set-many", VERB_WRITE, CLASS_CONFIG, BOTH, "RMIConnection.setAttributes"},
	{JMX(13), "jmx-invoke", VERB_CONTROL, CLASS_DEVICE, BOTH, "RMIConnection.invoke"},
	{JMX(14), "jmx-domain", VERB_BROWSE, CLASS_DEVICE, BOTH, "RMIConnection.getDefaultDomain"},
	{JMX(15), "jmx-domains", VERB_BROWSE, CLASS_DEVICE, BOTH, "RMIConnection.getDomains"},
	{JMX(16), "jmx-info", VERB_BROWSE, CLASS_DEVICE, BOTH, "RMIConnection.getMBeanInfo"},
	{JMX(17), "jmx-is-instance", VERB_BROWSE, CLASS_DEVICE, BOTH, "RMIConnection.isInstanceOf"},
	{JMX(18), "jmx-listen", VERB_SUBSCRIBE, CLASS_DEVICE, BOTH,
	 "RMIConnection.addNotificationListener"},
	{JMX(19), "jmx-unlisten", VERB_SUBSCRIBE, CLASS_DEVICE, BOTH,
	 "RMIConnection.removeNotificationListener, {its-listeners}"},
	{JMX(20), "jmx-unlisten-all", VERB_SUBSCRIBE, CLASS_DEVICE, BOTH,
	 "RMIConnection.removeNotificationListener, {one-listener}"},
	{JMX(21), "jmx-listen-many", VERB_SUBSCRIBE, CLASS_DEVICE, BOTH,
	 "RMIConnection.addNotificationListeners"},
	{JMX(22), "jmx-unlisten-many", VERB_SUBSCRIBE, CLASS_DEVICE, BOTH,
	 "RMIConnection.removeNotificationListeners"},
	{JMX(23), "jmx-fetch", VERB_READ, CLASS_DEVICE, BOTH, "RMIConnection.fetchNotifications"},
	{JMX(24), "jmx-close", VERB_CLOSE, CLASS_SESSION, BOTH, "RMIConnection.close"},
	{JMX(25), "jmx-id", VERB_READ, CLASS_SESSION, BOTH, "RMIConnection.getConnectionId"},
	{JMX(26), "jmx-create-with-loader", VERB_WRITE, CLASS_PROGRAM, BOTH,
	 "RMIConnection.createMBean, {with-loader}"},
	{JMX(27), "jmx-create-with-arguments", VERB_WRITE, CLASS_PROGRAM, BOTH,
	 "RMIConnection.createMBean, {with-arguments}"},
	{JMX(28), "jmx-create-with-both", VERB_WRITE, CLASS_PROGRAM, BOTH,
	 "RMIConnection.createMBean, {loader-and-arguments}"},
	{SERIES_DGC | 0, "dgc-clean", VERB_KEEPALIVE, CLASS_SESSION, BOTH, "java.rmi.dgc.DGC"},
	{SERIES_DGC | 1, "dgc-dirty", VERB_KEEPALIVE, CLASS_SESSION, BOTH, "java.rmi.dgc.DGC"},
	{CODE_GADGET, "name-gadget", VERB_CONTROL, CLASS_PROGRAM, CODE_PUSH,
	 "{attack-classes} (M)"},
	{CODE_LOADER, "name-loader", VERB_CONTROL, CLASS_PROGRAM, CODE_PUSH, "javax.management.loading (M)"},
	{CODE_MANAGEMENT, "name-management", VERB_ANNOUNCE, CLASS_DEVICE, CODE_PUSH,
	 "javax.management.remote.rmi (H)"},
};

static const struct jrmp_method methods[JRMP_METHODS] = {
	{UINT64_C(0xf0e074eaad0caea8), JMX(0)},	 {UINT64_C(0x8fda2350c701988d), JMX(1)},
	{UINT64_C(0x22d7fd4a906ac8e6), JMX(2)},	 {UINT64_C(0x878c5407aefc625c), JMX(26)},
	{UINT64_C(0x438dfa6cea1191a2), JMX(27)}, {UINT64_C(0xa4567c41a6370b8f), JMX(28)},
	{UINT64_C(0xfdc958e2c12414d4), JMX(3)},	 {UINT64_C(0x6073b3361f37bdc2), JMX(4)},
	{UINT64_C(0x28774a543ca14dd8), JMX(5)},	 {UINT64_C(0x7f0473acb73677da), JMX(6)},
	{UINT64_C(0x738ac4e1ccaba014), JMX(7)},	 {UINT64_C(0xe3a812879dc32ea5), JMX(8)},
	{UINT64_C(0xf0e0500a394d7215), JMX(9)},	 {UINT64_C(0x5739d96a8b235c47), JMX(10)},
	{UINT64_C(0x5d845744730afe0c), JMX(11)}, {UINT64_C(0xfccd348c60ef0ee4), JMX(12)},
	{UINT64_C(0x13e7d69417e5da20), JMX(13)}, {UINT64_C(0x53eda2d82e1bdfa8), JMX(14)},
	{UINT64_C(0xa38ab48d41d0f631), JMX(15)}, {UINT64_C(0x993cd0f9b9817af6), JMX(16)},
	{UINT64_C(0xe2327cc9422dbcf2), JMX(17)}, {UINT64_C(0x88f3b1814f68cceb), JMX(18)},
	{UINT64_C(0x5ba8aee8fa8e0529), JMX(19)}, {UINT64_C(0x23c70088fdb91189), JMX(20)},
	{UINT64_C(0xb6258d6e656d6eef), JMX(21)}, {UINT64_C(0x23604b280b8bbe96), JMX(22)},
	{UINT64_C(0xba171f3dc87c75e2), JMX(23)}, {UINT64_C(0xbe2e5bc7809d0dcc), JMX(24)},
	{UINT64_C(0xff0ebec77dc65363), JMX(25)},
};

uint32_t jrmp_code_of(uint32_t operation, uint64_t hash)
{
	/* Interfaces of stubs as of JDK 1.1: the operation counts, the hash is the interface's. */
	if (hash == UINT64_C(0x44154dc9d4e63bdf) && operation <= 4)
		return SERIES_REGISTRY | operation;
	if (hash == UINT64_C(0xf6b6898d8bf28643) && operation <= 1)
		return SERIES_DGC | operation;
	for (size_t i = 0; operation == UINT32_MAX && i < ARRAY_LEN(methods); i++)
		if (methods[i].hash == hash)
			return methods[i].code;
	return OP_CALL;
}

/* Names that stand in serialized data when it is meant to run something. Those of attack tools are whole: a
 * class of the same library that harms nobody is not meant. */
const struct jrmp_name jrmp_names[JRMP_NAMES] = {
	{"javax.management.loading.MLet", CODE_LOADER},
	{"javax.management.loading.PrivateMLet", CODE_LOADER},
	{"getMBeansFromURL", CODE_LOADER},
	{"javax.management.remote.rmi.RMIServerImpl_Stub", CODE_MANAGEMENT},
	{"javax.management.remote.rmi.RMIConnectionImpl_Stub", CODE_MANAGEMENT},
	{"javax.management.remote.rmi.RMIServer", CODE_MANAGEMENT},
	{"javax.management.remote.rmi.RMIConnection", CODE_MANAGEMENT},
	{"org.apache.commons.collections.functors.InvokerTransformer", CODE_GADGET},
	{"org.apache.commons.collections.functors.InstantiateTransformer", CODE_GADGET},
	{"org.apache.commons.collections.functors.ChainedTransformer", CODE_GADGET},
	{"org.apache.commons.collections.map.LazyMap", CODE_GADGET},
	{"org.apache.commons.collections.keyvalue.TiedMapEntry", CODE_GADGET},
	{"org.apache.commons.collections4.functors.InvokerTransformer", CODE_GADGET},
	{"org.apache.commons.collections4.functors.InstantiateTransformer", CODE_GADGET},
	{"org.apache.commons.collections4.functors.ChainedTransformer", CODE_GADGET},
	{"org.apache.commons.collections4.comparators.TransformingComparator", CODE_GADGET},
	{"org.apache.commons.beanutils.BeanComparator", CODE_GADGET},
	{"org.apache.commons.fileupload.disk.DiskFileItem", CODE_GADGET},
	{"com.sun.org.apache.xalan.internal.xsltc.trax.TemplatesImpl", CODE_GADGET},
	{"org.apache.xalan.xsltc.trax.TemplatesImpl", CODE_GADGET},
	{"org.codehaus.groovy.runtime.ConvertedClosure", CODE_GADGET},
	{"org.codehaus.groovy.runtime.MethodClosure", CODE_GADGET},
	{"org.springframework.core.SerializableTypeWrapper$MethodInvokeTypeProvider", CODE_GADGET},
	{"com.mchange.v2.c3p0.impl.PoolBackedDataSourceBase", CODE_GADGET},
	{"com.sun.rowset.JdbcRowSetImpl", CODE_GADGET},
	{"sun.reflect.annotation.AnnotationInvocationHandler", CODE_GADGET},
	{"javax.management.BadAttributeValueExpException", CODE_GADGET},
	{"org.mozilla.javascript.NativeError", CODE_GADGET},
	{"com.sun.syndication.feed.impl.ObjectBean", CODE_GADGET},
	{"bsh.XThis", CODE_GADGET},
	{"java.lang.ProcessBuilder", CODE_GADGET},
	{"java.lang.Runtime", CODE_GADGET},
};

#define AT(member) .at = offsetof(struct jrmp_own, member)
#define CALLED(name_, kind, member) \
	{.name = name_, .type = kind, .show = SHOW_GIVEN, AT(member), \
	 .given = offsetof(struct jrmp_own, called)}
const struct field jrmp_fields[] = {
	CALLED("object", FIELD_U64, object),
	CALLED("operation", FIELD_U32, operation),
	CALLED("hash", FIELD_U64, hash),
	{.name = "host", .type = FIELD_TEXT, .show = SHOW_NONZERO, AT(host)},
	{.name = "port", .type = FIELD_U16, .show = SHOW_NONZERO, AT(port)},
	{0}};
