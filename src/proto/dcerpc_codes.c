/* proto/dcerpc_codes.c: interfaces and their operations, as the documents named beside them number them. */
#include "proto/dcerpc.h"

/* As people write it: 12345678-1234-abcd-ef00-0123456789ab. */
#define UUID_OF(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p) \
	{ 0x##a, 0x##b, 0x##c, 0x##d, 0x##e, 0x##f, 0x##g, 0x##h, 0x##i, 0x##j, 0x##k, 0x##l, 0x##m, 0x##n, \
	  0x##o, 0x##p }

const struct rpc_interface_row rpc_interfaces[INTERFACES] = {
	[IF_SPOOLSS] = { UUID_OF(12, 34, 56, 78, 12, 34, ab, cd, ef, 00, 01, 23, 45, 67, 89, ab),
		"spoolss" },	/* [MS-RPRN] */
	[IF_SVCCTL] = { UUID_OF(36, 7a, bb, 81, 98, 44, 35, f1, ad, 32, 98, f0, 38, 00, 10, 03),
		"svcctl" },	/* [MS-SCMR] */
	[IF_ATSVC] = { UUID_OF(1f, f7, 06, 82, 0a, 51, 30, e8, 07, 6d, 74, 0b, e8, ce, e9, 8b),
		"atsvc" },	/* [MS-TSCH] */
	[IF_TASKS] = { UUID_OF(86, d3, 59, 49, 83, c9, 40, 44, b4, 24, db, 36, 32, 31, fd, 0c),
		"ITaskSchedulerService" },	/* [MS-TSCH] */
	[IF_SASEC] = { UUID_OF(37, 8e, 52, b0, c0, a9, 11, cf, 82, 2d, 00, aa, 00, 51, e4, 0f),
		"sasec" },	/* [MS-TSCH] */
	[IF_WINREG] = { UUID_OF(33, 8c, d0, 01, 22, 44, 31, f1, aa, aa, 90, 00, 38, 00, 10, 03),
		"winreg" },	/* [MS-RRP] */
	[IF_SAMR] = { UUID_OF(12, 34, 57, 78, 12, 34, ab, cd, ef, 00, 01, 23, 45, 67, 89, ac),
		"samr" },	/* [MS-SAMR] */
	[IF_LSARPC] = { UUID_OF(12, 34, 57, 78, 12, 34, ab, cd, ef, 00, 01, 23, 45, 67, 89, ab),
		"lsarpc" },	/* [MS-LSAD] */
	[IF_NETLOGON] = { UUID_OF(12, 34, 56, 78, 12, 34, ab, cd, ef, 00, 01, 23, 45, 67, cf, fb),
		"netlogon" },	/* [MS-NRPC] */
	[IF_SRVSVC] = { UUID_OF(4b, 32, 4f, c8, 16, 70, 01, d3, 12, 78, 5a, 47, bf, 6e, e1, 88),
		"srvsvc" },	/* [MS-SRVS] */
	[IF_WKSSVC] = { UUID_OF(6b, ff, d0, 98, a1, 12, 36, 10, 98, 33, 46, c3, f8, 7e, 34, 5a),
		"wkssvc" },	/* [MS-WKST] */
	[IF_DRSUAPI] = { UUID_OF(e3, 51, 42, 35, 4b, 06, 11, d1, ab, 04, 00, c0, 4f, c2, dc, d2),
		"drsuapi" },	/* [MS-DRSR] */
	[IF_EFSRPC] = { UUID_OF(c6, 81, d4, 88, d8, 50, 11, d0, 8c, 52, 00, c0, 4f, d9, 0f, 7e),
		"efsrpc" },	/* [MS-EFSR] */
	[IF_EFSRPC_PIPE] = { UUID_OF(df, 19, 41, c5, fe, 89, 4e, 79, bf, 10, 46, 36, 57, ac, f4, 4d),
		"efsrpc" },	/* [MS-EFSR] */
	[IF_EPMAPPER] = { UUID_OF(e1, af, 83, 08, 5d, 1f, 11, c9, 91, a4, 08, 00, 2b, 14, a0, fa),
		"epmapper" },	/* [C706] */
	[IF_ISYSTEM] = { UUID_OF(00, 00, 01, a0, 00, 00, 00, 00, c0, 00, 00, 00, 00, 00, 00, 46),
		"IRemoteSCMActivator" },	/* [MS-DCOM] */
	[IF_OXID] = { UUID_OF(99, fc, fe, c4, 52, 60, 10, 1b, bb, cb, 00, aa, 00, 21, 34, 7a),
		"IObjectExporter" },	/* [MS-DCOM] */
	[IF_WMI_LOGIN] = { UUID_OF(f3, 09, ad, 18, d8, 6a, 11, d0, a0, 75, 00, c0, 4f, b6, 88, 20),
		"IWbemLevel1Login" },	/* [MS-WMI] */
	[IF_WMI] = { UUID_OF(95, 56, dc, 99, 82, 8c, 11, cf, a3, 7e, 00, aa, 00, 32, 40, c7),
		"IWbemServices" },	/* [MS-WMI] */
	[IF_EVENTLOG] = { UUID_OF(82, 27, 3f, dc, e3, 2a, 18, c3, 3f, 78, 82, 79, 29, dc, 23, ea),
		"eventlog" },	/* [MS-EVEN] */
	[IF_INITSHUTDOWN] = { UUID_OF(89, 4d, e0, c0, 0d, 55, 11, d3, a3, 22, 00, c0, 4f, a3, 21, a1),
		"InitShutdown" },	/* [MS-RSP] */
	[IF_DFSNM] = { UUID_OF(4f, c7, 42, e0, 4a, 10, 11, cf, 82, 73, 00, aa, 00, 4a, e6, 73),
		"netdfs" },	/* [MS-DFSNM] */
	[IF_PARALLEL_PRINT] = { UUID_OF(76, f0, 3f, 96, cd, fd, 44, fc, a2, 2c, 64, 95, 0a, 00, 12, 09),
		"IRemoteWinspool" },	/* [MS-PAR] */
	[IF_BROWSER] = { UUID_OF(6b, ff, d0, 98, a1, 12, 36, 10, 98, 33, 01, 28, 92, 02, 01, 62),
		"browser" },	/* [MS-BRWSA] */
	[IF_MGMT] = { UUID_OF(af, a8, bd, 80, 7d, 8a, 11, c9, be, f4, 08, 00, 2b, 10, 29, 89),
		"mgmt" },	/* [C706] */
	[IF_REMUNKNOWN] = { UUID_OF(00, 00, 01, 31, 00, 00, 00, 00, c0, 00, 00, 00, 00, 00, 00, 46),
		"IRemUnknown" },	/* [MS-DCOM] */
	[IF_REMUNKNOWN2] = { UUID_OF(00, 00, 01, 43, 00, 00, 00, 00, c0, 00, 00, 00, 00, 00, 00, 46),
		"IRemUnknown2" },	/* [MS-DCOM] */
	[IF_NSPI] = { UUID_OF(f5, cc, 5a, 18, 42, 64, 10, 1a, 8c, 59, 08, 00, 2b, 2f, 84, 26),
		"nspi" },	/* [MS-NSPI] */
	/* IEC 61158-6-10: devices, controllers, engineering stations, servers of parameters */
	[IF_PNIO] = { UUID_OF(de, a0, 00, 01, 6c, 97, 11, d1, 82, 71, 00, a0, 24, 42, df, 7d), "PNIO" },
	[IF_PNIO_CONTROLLER] = { UUID_OF(de, a0, 00, 02, 6c, 97, 11, d1, 82, 71, 00, a0, 24, 42, df, 7d),
		"PNIO-controller" },
	[IF_PNIO_SUPERVISOR] = { UUID_OF(de, a0, 00, 03, 6c, 97, 11, d1, 82, 71, 00, a0, 24, 42, df, 7d),
		"PNIO-supervisor" },
	[IF_PNIO_PARAMETERS] = { UUID_OF(de, a0, 00, 04, 6c, 97, 11, d1, 82, 71, 00, a0, 24, 42, df, 7d),
		"PNIO-parameter-server" },
	[IF_CONV] = { UUID_OF(33, 3a, 22, 76, 00, 00, 00, 00, 0d, 00, 00, 80, 9c, 00, 00, 00),
		"conv" },	/* C706 P */
	[IF_IACTIVATION] = { UUID_OF(4d, 9f, 4a, b8, 7d, 1c, 11, cf, 86, 1e, 00, 20, af, 6e, 7c, 57),
		"IActivation" },	/* [MS-DCOM] */
	[IF_DNSSERVER] = { UUID_OF(50, ab, c2, a4, 57, 4d, 40, b3, 9d, 66, ee, 4f, d5, fb, a0, 76),
		"dnsserver" },	/* [MS-DNSP] */
	[IF_CERTIFICATES] = { UUID_OF(91, ae, 60, 20, 9e, 3c, 11, cf, 8d, 7c, 00, aa, 00, c0, 91, be),
		"ICertPassage" },	/* [MS-ICPR] */
	[IF_BACKUPKEY] = { UUID_OF(3d, de, 7c, 30, 16, 5d, 11, d1, ab, 8f, 00, 80, 5f, 14, db, 40),
		"BackupKey" },	/* [MS-BKRP] */
	[IF_FSRVP] = { UUID_OF(a8, e0, 65, 3c, 27, 44, 43, 89, a6, 1d, 73, 73, df, 8b, 22, 92),
		"FileServerVssAgent" },	/* [MS-FSRVP] */
	[IF_DSSETUP] = { UUID_OF(39, 19, 28, 6a, b1, 0c, 11, d0, 9b, a8, 00, c0, 4f, d9, 2e, f5),
		"dssetup" },	/* [MS-DSSP] */
	[IF_FRS] = { UUID_OF(f5, cc, 59, b4, 42, 64, 10, 1a, 8c, 59, 08, 00, 2b, 2f, 84, 26),
		"FrsRpc" },	/* [MS-FRS1] */
	[IF_WINS] = { UUID_OF(45, f5, 2c, 28, 7f, 9f, 10, 1a, b5, 2b, 08, 00, 2b, 2e, fa, be),
		"winsif" },	/* [MS-RAIW] */
	[IF_DHCPSRV] = { UUID_OF(6b, ff, d0, 98, a1, 12, 36, 10, 98, 33, 46, c3, f8, 74, 53, 2d),
		"dhcpsrv" },	/* [MS-DHCPM] */
	[IF_DHCPSRV2] = { UUID_OF(5b, 82, 17, 20, f6, 3b, 11, d0, aa, d2, 00, c0, 4f, c3, 24, db),
		"dhcpsrv2" },	/* [MS-DHCPM] */
	[IF_WINSTATION] = { UUID_OF(5c, a4, a7, 60, eb, b1, 11, cf, 86, 11, 00, a0, 24, 54, 20, ed),
		"IcaApi" },	/* [MS-TSTS] */
	[IF_MSGSVC] = { UUID_OF(17, fd, d7, 03, 18, 27, 4e, 34, 79, d4, 24, a5, 5c, 53, bb, 37),
		"msgsvc" },	/* [MS-MSRP] */
	[IF_MSGSVC_SEND] = { UUID_OF(5a, 7b, 91, f8, ff, 00, 11, d0, a9, b2, 00, c0, 4f, b6, e6, fc),
		"msgsvcsend" },	/* [MS-MSRP] */
	[IF_PAN_OBJECT] = { UUID_OF(ae, 33, 06, 9b, a2, a8, 46, ee, a2, 35, dd, fd, 33, 9b, e2, 81),
		"IRPCRemoteObject" },	/* [MS-PAN] */
	[IF_PAN_NOTIFY] = { UUID_OF(0b, 6e, db, fa, 4a, 24, 4f, c6, 8a, 23, 94, 2b, 1e, ca, 65, d1),
		"IRPCAsyncNotify" },	/* [MS-PAN] */
	[IF_KMS] = { UUID_OF(51, c8, 21, 75, 84, 4e, 47, 50, b0, d8, ec, 25, 55, 55, bc, 06),
		"KMS" },	/* M: as widely published */
	[IF_WMI_CLIENT] = { UUID_OF(d4, 78, 1c, d6, e5, d3, 44, df, ad, 94, 93, 0e, fe, 48, a8, 87),
		"IWbemLoginClientID" },	/* [MS-WMI] */
	[IF_WMI_ENUM] = { UUID_OF(02, 79, 47, e1, d7, 31, 11, ce, a3, 57, 00, 00, 00, 00, 00, 01),
		"IEnumWbemClassObject" },	/* [MS-WMI] */
	[IF_WMI_SMART] = { UUID_OF(42, 3e, c0, 1e, 2e, 35, 11, d2, b6, 04, 00, 10, 4b, 70, 3e, fd),
		"IWbemWCOSmartEnum" },	/* [MS-WMI] */
	[IF_WMI_FETCH] = { UUID_OF(1c, 1c, 45, ee, 43, 95, 11, d2, b6, 0b, 00, 10, 4b, 70, 3e, fd),
		"IWbemFetchSmartEnum" },	/* [MS-WMI] */
	[IF_OPC_SERVER] = { UUID_OF(39, c1, 3a, 4d, 01, 1e, 11, d0, 96, 75, 00, 20, af, d8, ad, b3),
		"IOPCServer" },	/* OPC DA 2.05A */
	[IF_OPC_BROWSE] = { UUID_OF(39, c1, 3a, 4f, 01, 1e, 11, d0, 96, 75, 00, 20, af, d8, ad, b3),
		"IOPCBrowseServerAddressSpace" },	/* OPC DA 2.05A */
	[IF_OPC_GROUP] = { UUID_OF(39, c1, 3a, 50, 01, 1e, 11, d0, 96, 75, 00, 20, af, d8, ad, b3),
		"IOPCGroupStateMgt" },	/* OPC DA 2.05A */
	[IF_OPC_SYNC] = { UUID_OF(39, c1, 3a, 52, 01, 1e, 11, d0, 96, 75, 00, 20, af, d8, ad, b3),
		"IOPCSyncIO" },	/* OPC DA 2.05A */
	[IF_OPC_ITEMS] = { UUID_OF(39, c1, 3a, 54, 01, 1e, 11, d0, 96, 75, 00, 20, af, d8, ad, b3),
		"IOPCItemMgt" },	/* OPC DA 2.05A */
	[IF_OPC_CALLBACK] = { UUID_OF(39, c1, 3a, 70, 01, 1e, 11, d0, 96, 75, 00, 20, af, d8, ad, b3),
		"IOPCDataCallback" },	/* OPC DA 2.05A */
	[IF_OPC_ASYNC] = { UUID_OF(39, c1, 3a, 71, 01, 1e, 11, d0, 96, 75, 00, 20, af, d8, ad, b3),
		"IOPCAsyncIO2" },	/* OPC DA 2.05A */
	[IF_OPC_LIST] = { UUID_OF(13, 48, 6d, 50, 48, 21, 11, d2, a4, 94, 3c, b3, 06, c1, 00, 00),
		"IOPCServerList" },	/* OPC Common 1.10 */
};

unsigned rpc_interface_of(const uint8_t uuid[UUID])
{
	for (unsigned i = 1; i < INTERFACES; i++)
		if (memcmp(rpc_interfaces[i].uuid, uuid, UUID) == 0)
			return i;
	return IF_OTHER;
}

#define BOTH (CODE_REQUEST | CODE_ANSWER)
#define NAMED (CODE_REQUEST | CODE_ANSWER | CODE_NAMED)
#define PDU(type_, key_, verb_, class_, flags_, spec_) \
	{ .code = CODE_PDU | (type_), .key = key_, .verb = VERB_##verb_, .cls = CLASS_##class_, \
	  .flags = flags_, .spec = spec_ }
#define OP(if_, n, key_, verb_, class_, shape_, spec_) \
	{ .code = (uint32_t)IF_##if_ << 16 | (n), .key = key_, .verb = VERB_##verb_, .cls = CLASS_##class_, \
	  .flags = SHAPE_##shape_ == SHAPE_NONE ? NAMED : BOTH, .spec = spec_ },
#define SHAPE(if_, n, key_, verb_, class_, shape_, spec_) SHAPE_##shape_,

#define OPERATIONS(C) \
	C(SVCCTL, 0, "close-handle", CLOSE, SESSION, NONE, "[MS-SCMR] 3.1.4.1") \
	C(SVCCTL, 1, "control-service", CONTROL, PROGRAM, CONTROL, "[MS-SCMR] 3.1.4.2") \
	C(SVCCTL, 2, "delete-service", DELETE, CONFIG, ON, "[MS-SCMR] 3.1.4.3") \
	C(SVCCTL, 5, "set-service-security", WRITE, CONFIG, ON, "[MS-SCMR] 3.1.4.6") \
	C(SVCCTL, 6, "query-service-status", QUERY, PROGRAM, ON, "[MS-SCMR] 3.1.4.7") \
	C(SVCCTL, 11, "change-service-config", WRITE, CONFIG, CHANGE, "[MS-SCMR] 3.1.4.11") \
	C(SVCCTL, 12, "create-service", WRITE, CONFIG, SERVICE, "[MS-SCMR] 3.1.4.12") \
	C(SVCCTL, 14, "enum-services", BROWSE, PROGRAM, NONE, "[MS-SCMR] 3.1.4.14") \
	C(SVCCTL, 15, "open-manager", OPEN, SESSION, NONE, "[MS-SCMR] 3.1.4.15") \
	C(SVCCTL, 16, "open-service", QUERY, PROGRAM, OPEN, "[MS-SCMR] 3.1.4.16") \
	C(SVCCTL, 17, "query-service-config", QUERY, PROGRAM, ON, "[MS-SCMR] 3.1.4.17") \
	C(SVCCTL, 19, "start-service", START, PROGRAM, ON, "[MS-SCMR] 3.1.4.19") \
	C(SVCCTL, 23, "change-service-config-a", WRITE, CONFIG, ON, "[MS-SCMR] 3.1.4.22") \
	C(SVCCTL, 24, "create-service-a", WRITE, CONFIG, NONE, "[MS-SCMR] 3.1.4.23") \
	C(SVCCTL, 27, "open-manager-a", OPEN, SESSION, NONE, "[MS-SCMR] 3.1.4.26") \
	C(SVCCTL, 28, "open-service-a", QUERY, PROGRAM, NONE, "[MS-SCMR] 3.1.4.27") \
	C(SVCCTL, 31, "start-service-a", START, PROGRAM, ON, "[MS-SCMR] 3.1.4.30") \
	C(SVCCTL, 36, "change-service-config2-a", WRITE, CONFIG, ON, "[MS-SCMR] 3.1.4.34") \
	C(SVCCTL, 37, "change-service-config2", WRITE, CONFIG, ON, "[MS-SCMR] 3.1.4.35") \
	C(SVCCTL, 39, "query-service-config2", QUERY, PROGRAM, ON, "[MS-SCMR] 3.1.4.37") \
	C(SVCCTL, 40, "query-service-status-ex", QUERY, PROGRAM, ON, "[MS-SCMR] 3.1.4.38") \
	C(SVCCTL, 42, "enum-services-ex", BROWSE, PROGRAM, NONE, "[MS-SCMR] 3.1.4.40") \
	C(SVCCTL, 45, "create-service-wow64", WRITE, CONFIG, SERVICE, "[MS-SCMR] 3.1.4.43") \
	C(SVCCTL, 60, "create-wow-service", WRITE, CONFIG, SERVICE, "[MS-SCMR] 3.1.4.49") \
	C(SPOOLSS, 0, "enum-printers", BROWSE, DEVICE, NAMES, "[MS-RPRN] 3.1.4.2.1") \
	C(SPOOLSS, 1, "open-printer", OPEN, SESSION, OPEN, "[MS-RPRN] 3.1.4.2.2") \
	C(SPOOLSS, 2, "set-job", CONTROL, DEVICE, ON, "[MS-RPRN] 3.1.4.3.1") \
	C(SPOOLSS, 5, "add-printer", WRITE, CONFIG, NAMES, "[MS-RPRN] 3.1.4.2.3") \
	C(SPOOLSS, 6, "delete-printer", DELETE, CONFIG, ON, "[MS-RPRN] 3.1.4.2.4") \
	C(SPOOLSS, 7, "set-printer", WRITE, CONFIG, ON, "[MS-RPRN] 3.1.4.2.5") \
	C(SPOOLSS, 8, "get-printer", QUERY, DEVICE, ON, "[MS-RPRN] 3.1.4.2.6") \
	C(SPOOLSS, 9, "add-driver", WRITE, FIRMWARE, NAMES, "[MS-RPRN] 3.1.4.4.1") \
	C(SPOOLSS, 10, "enum-drivers", BROWSE, DEVICE, NAMES, "[MS-RPRN] 3.1.4.4.2") \
	C(SPOOLSS, 11, "get-driver", QUERY, DEVICE, ON, "[MS-RPRN] 3.1.4.4.3") \
	C(SPOOLSS, 12, "get-driver-directory", QUERY, DEVICE, NAMES, "[MS-RPRN] 3.1.4.4.4") \
	C(SPOOLSS, 13, "delete-driver", DELETE, CONFIG, NAMES, "[MS-RPRN] 3.1.4.4.5") \
	C(SPOOLSS, 17, "start-document", CONTROL, DEVICE, DOCUMENT, "[MS-RPRN] 3.1.4.9.1") \
	C(SPOOLSS, 18, "start-page", CONTROL, DEVICE, ON, "[MS-RPRN] 3.1.4.9.2") \
	C(SPOOLSS, 19, "write-printer", WRITE, DATA, PRINT, "[MS-RPRN] 3.1.4.9.3") \
	C(SPOOLSS, 20, "end-page", CONTROL, DEVICE, ON, "[MS-RPRN] 3.1.4.9.4") \
	C(SPOOLSS, 23, "end-document", CONTROL, DEVICE, PRINT_END, "[MS-RPRN] 3.1.4.9.7") \
	C(SPOOLSS, 26, "get-printer-data", QUERY, DEVICE, ON, "[MS-RPRN] 3.1.4.2.7") \
	C(SPOOLSS, 27, "set-printer-data", WRITE, CONFIG, ON, "[MS-RPRN] 3.1.4.2.8") \
	C(SPOOLSS, 29, "close-printer", CLOSE, SESSION, PRINT_END, "[MS-RPRN] 3.1.4.2.9") \
	C(SPOOLSS, 65, "watch-printer", SUBSCRIBE, DEVICE, ON, "[MS-RPRN] 3.1.4.10.4") \
	C(SPOOLSS, 69, "open-printer-ex", OPEN, SESSION, OPEN, "[MS-RPRN] 3.1.4.2.14") \
	C(SPOOLSS, 70, "add-printer-ex", WRITE, CONFIG, NAMES, "[MS-RPRN] 3.1.4.2.15") \
	C(SPOOLSS, 77, "set-printer-data-ex", WRITE, CONFIG, ON, "[MS-RPRN] 3.1.4.2.18") \
	C(SPOOLSS, 84, "delete-driver-ex", DELETE, CONFIG, NAMES, "[MS-RPRN] 3.1.4.4.7") \
	C(SPOOLSS, 89, "add-driver-ex", WRITE, FIRMWARE, NAMES, "[MS-RPRN] 3.1.4.4.8") \
	C(PARALLEL_PRINT, 0, "par-open-printer", OPEN, SESSION, OPEN, "[MS-PAR] 3.1.4.1.1") \
	C(PARALLEL_PRINT, 39, "par-add-driver", WRITE, FIRMWARE, NAMES, "[MS-PAR] 3.1.4.2.2") \
	C(ATSVC, 0, "job-add", WRITE, CONFIG, JOB, "[MS-TSCH] 3.2.5.2.1") \
	C(ATSVC, 1, "job-delete", DELETE, CONFIG, NONE, "[MS-TSCH] 3.2.5.2.2") \
	C(ATSVC, 2, "job-enum", BROWSE, PROGRAM, NONE, "[MS-TSCH] 3.2.5.2.3") \
	C(ATSVC, 3, "job-info", QUERY, PROGRAM, NONE, "[MS-TSCH] 3.2.5.2.4") \
	C(TASKS, 0, "task-version", QUERY, DEVICE, NONE, "[MS-TSCH] 3.2.5.4.1") \
	C(TASKS, 1, "register-task", WRITE, CONFIG, TASK, "[MS-TSCH] 3.2.5.4.2") \
	C(TASKS, 2, "retrieve-task", QUERY, PROGRAM, NAMES, "[MS-TSCH] 3.2.5.4.3") \
	C(TASKS, 3, "task-folder", WRITE, CONFIG, NAMES, "[MS-TSCH] 3.2.5.4.4") \
	C(TASKS, 4, "task-security", WRITE, CONFIG, NAMES, "[MS-TSCH] 3.2.5.4.5") \
	C(TASKS, 6, "enum-task-folders", BROWSE, PROGRAM, NAMES, "[MS-TSCH] 3.2.5.4.7") \
	C(TASKS, 7, "enum-tasks", BROWSE, PROGRAM, NAMES, "[MS-TSCH] 3.2.5.4.8") \
	C(TASKS, 8, "enum-instances", BROWSE, PROGRAM, NAMES, "[MS-TSCH] 3.2.5.4.9") \
	C(TASKS, 10, "stop-instance", STOP, PROGRAM, NONE, "[MS-TSCH] 3.2.5.4.11") \
	C(TASKS, 11, "stop-task", STOP, PROGRAM, NAMES, "[MS-TSCH] 3.2.5.4.12") \
	C(TASKS, 12, "run-task", START, PROGRAM, NAMES, "[MS-TSCH] 3.2.5.4.13") \
	C(TASKS, 13, "delete-task", DELETE, CONFIG, NAMES, "[MS-TSCH] 3.2.5.4.14") \
	C(TASKS, 14, "rename-task", RENAME, CONFIG, NAMES, "[MS-TSCH] 3.2.5.4.15") \
	C(TASKS, 16, "last-run", QUERY, PROGRAM, NAMES, "[MS-TSCH] 3.2.5.4.17") \
	C(TASKS, 17, "task-info", QUERY, PROGRAM, NAMES, "[MS-TSCH] 3.2.5.4.18") \
	C(TASKS, 19, "enable-task", WRITE, CONFIG, NAMES, "[MS-TSCH] 3.2.5.4.20") \
	C(SASEC, 0, "set-account", WRITE, CONFIG, NONE, "[MS-TSCH] 3.2.5.3.4") \
	C(WINREG, 0, "open-hkcr", OPEN, SESSION, ROOT, "[MS-RRP] 3.1.5.1") \
	C(WINREG, 1, "open-hkcu", OPEN, SESSION, ROOT, "[MS-RRP] 3.1.5.2") \
	C(WINREG, 2, "open-hklm", OPEN, SESSION, ROOT, "[MS-RRP] 3.1.5.3") \
	C(WINREG, 4, "open-hku", OPEN, SESSION, ROOT, "[MS-RRP] 3.1.5.5") \
	C(WINREG, 5, "close-key", CLOSE, SESSION, NONE, "[MS-RRP] 3.1.5.6") \
	C(WINREG, 6, "create-key", WRITE, CONFIG, KEY, "[MS-RRP] 3.1.5.7") \
	C(WINREG, 7, "delete-key", DELETE, CONFIG, KEY, "[MS-RRP] 3.1.5.8") \
	C(WINREG, 8, "delete-value", DELETE, CONFIG, KEY, "[MS-RRP] 3.1.5.9") \
	C(WINREG, 9, "enum-key", BROWSE, CONFIG, ON, "[MS-RRP] 3.1.5.10") \
	C(WINREG, 10, "enum-value", BROWSE, CONFIG, ON, "[MS-RRP] 3.1.5.11") \
	C(WINREG, 11, "flush-key", CONTROL, CONFIG, ON, "[MS-RRP] 3.1.5.12") \
	C(WINREG, 12, "get-key-security", QUERY, CONFIG, ON, "[MS-RRP] 3.1.5.13") \
	C(WINREG, 13, "load-key", WRITE, CONFIG, KEY, "[MS-RRP] 3.1.5.14") \
	C(WINREG, 15, "open-key", QUERY, CONFIG, KEY, "[MS-RRP] 3.1.5.15") \
	C(WINREG, 16, "query-key", QUERY, CONFIG, ON, "[MS-RRP] 3.1.5.16") \
	C(WINREG, 17, "query-value", QUERY, CONFIG, KEY, "[MS-RRP] 3.1.5.17") \
	C(WINREG, 18, "replace-key", WRITE, CONFIG, KEY, "[MS-RRP] 3.1.5.18") \
	C(WINREG, 19, "restore-key", WRITE, CONFIG, ON, "[MS-RRP] 3.1.5.19") \
	C(WINREG, 20, "save-key", READ, CONFIG, ON, "[MS-RRP] 3.1.5.20") \
	C(WINREG, 21, "set-key-security", WRITE, CONFIG, ON, "[MS-RRP] 3.1.5.21") \
	C(WINREG, 22, "set-value", WRITE, CONFIG, VALUE, "[MS-RRP] 3.1.5.22") \
	C(WINREG, 26, "registry-version", QUERY, CONFIG, NONE, "[MS-RRP] 3.1.5.24") \
	C(WINREG, 31, "save-key-ex", READ, CONFIG, ON, "[MS-RRP] 3.1.5.27") \
	C(WINREG, 35, "delete-key-ex", DELETE, CONFIG, KEY, "[MS-RRP] 3.1.5.28") \
	C(SRVSVC, 12, "enum-sessions", BROWSE, DEVICE, NAMES, "[MS-SRVS] 3.1.4.5") \
	C(SRVSVC, 14, "add-share", WRITE, CONFIG, NAMES, "[MS-SRVS] 3.1.4.7") \
	C(SRVSVC, 15, "enum-shares", BROWSE, DEVICE, NAMES, "[MS-SRVS] 3.1.4.8") \
	C(SRVSVC, 16, "share-info", QUERY, DEVICE, NAMES, "[MS-SRVS] 3.1.4.10") \
	C(SRVSVC, 17, "set-share", WRITE, CONFIG, NAMES, "[MS-SRVS] 3.1.4.11") \
	C(SRVSVC, 18, "delete-share", DELETE, CONFIG, NAMES, "[MS-SRVS] 3.1.4.12") \
	C(SRVSVC, 21, "server-info", IDENTIFY, DEVICE, NAMES, "[MS-SRVS] 3.1.4.17") \
	C(WKSSVC, 0, "workstation-info", IDENTIFY, DEVICE, NAMES, "[MS-WKST] 3.2.4.1") \
	C(SAMR, 0, "samr-connect", OPEN, SESSION, NONE, "[MS-SAMR] 3.1.5.1.4") \
	C(SAMR, 65, "rid-to-sid", QUERY, NAME, NONE, "[MS-SAMR] 3.1.5.13.8") \
	C(SAMR, 3, "samr-security", QUERY, CONFIG, NONE, "[MS-SAMR] 3.1.5.12.2") \
	C(SAMR, 8, "query-domain", QUERY, NAME, NONE, "[MS-SAMR] 3.1.5.5.2") \
	C(SAMR, 11, "enum-groups", BROWSE, NAME, NONE, "[MS-SAMR] 3.1.5.2.3") \
	C(SAMR, 15, "enum-aliases", BROWSE, NAME, NONE, "[MS-SAMR] 3.1.5.2.4") \
	C(SAMR, 16, "alias-membership", QUERY, NAME, NONE, "[MS-SAMR] 3.1.5.9.2") \
	C(SAMR, 18, "lookup-ids", QUERY, NAME, NONE, "[MS-SAMR] 3.1.5.11.3") \
	C(SAMR, 19, "open-group", OPEN, SESSION, NONE, "[MS-SAMR] 3.1.5.1.7") \
	C(SAMR, 25, "group-members", BROWSE, NAME, NONE, "[MS-SAMR] 3.1.5.8.3") \
	C(SAMR, 27, "open-alias", OPEN, SESSION, NONE, "[MS-SAMR] 3.1.5.1.8") \
	C(SAMR, 33, "alias-members", BROWSE, NAME, NONE, "[MS-SAMR] 3.1.5.8.6") \
	C(SAMR, 39, "user-groups", QUERY, NAME, NONE, "[MS-SAMR] 3.1.5.9.1") \
	C(SAMR, 46, "query-domain2", QUERY, NAME, NONE, "[MS-SAMR] 3.1.5.5.1") \
	C(SAMR, 47, "query-user2", QUERY, NAME, NONE, "[MS-SAMR] 3.1.5.5.5") \
	C(SAMR, 51, "query-display", BROWSE, NAME, NONE, "[MS-SAMR] 3.1.5.3.1") \
	C(SAMR, 56, "domain-password", QUERY, CONFIG, NONE, "[MS-SAMR] 3.1.5.13.3") \
	C(SAMR, 62, "samr-connect4", OPEN, SESSION, NONE, "[MS-SAMR] 3.1.5.1.2") \
	C(SAMR, 1, "samr-close", CLOSE, SESSION, NONE, "[MS-SAMR] 3.1.5.13.1") \
	C(SAMR, 5, "lookup-domain", QUERY, NAME, NAMES, "[MS-SAMR] 3.1.5.11.1") \
	C(SAMR, 6, "enum-domains", BROWSE, NAME, NONE, "[MS-SAMR] 3.1.5.2.1") \
	C(SAMR, 7, "open-domain", OPEN, SESSION, NONE, "[MS-SAMR] 3.1.5.1.5") \
	C(SAMR, 12, "create-user-old", WRITE, CONFIG, NAMES, "[MS-SAMR] 3.1.5.4.5") \
	C(SAMR, 13, "enum-users", BROWSE, NAME, NONE, "[MS-SAMR] 3.1.5.2.5") \
	C(SAMR, 17, "lookup-names", QUERY, NAME, NAMES, "[MS-SAMR] 3.1.5.11.2") \
	C(SAMR, 34, "open-user", OPEN, SESSION, NONE, "[MS-SAMR] 3.1.5.1.9") \
	C(SAMR, 35, "delete-user", DELETE, CONFIG, NONE, "[MS-SAMR] 3.1.5.7.3") \
	C(SAMR, 36, "query-user", QUERY, NAME, NONE, "[MS-SAMR] 3.1.5.5.6") \
	C(SAMR, 37, "set-user", WRITE, CONFIG, NONE, "[MS-SAMR] 3.1.5.6.5") \
	C(SAMR, 50, "create-user", WRITE, CONFIG, NAMES, "[MS-SAMR] 3.1.5.4.4") \
	C(SAMR, 55, "change-password", WRITE, CONFIG, NONE, "[MS-SAMR] 3.1.5.10.3") \
	C(SAMR, 57, "samr-connect2", OPEN, SESSION, NONE, "[MS-SAMR] 3.1.5.1.3") \
	C(SAMR, 58, "set-user2", WRITE, CONFIG, NONE, "[MS-SAMR] 3.1.5.6.4") \
	C(SAMR, 64, "samr-connect5", OPEN, SESSION, NONE, "[MS-SAMR] 3.1.5.1.1") \
	C(LSARPC, 0, "lsa-close", CLOSE, SESSION, NONE, "[MS-LSAD] 3.1.4.9.4") \
	C(LSARPC, 6, "open-policy", OPEN, SESSION, NONE, "[MS-LSAD] 3.1.4.4.2") \
	C(LSARPC, 7, "query-policy", QUERY, CONFIG, NONE, "[MS-LSAD] 3.1.4.4.4") \
	C(LSARPC, 14, "lsa-lookup-names", QUERY, NAME, NAMES, "[MS-LSAD] 3.1.4.8") \
	C(LSARPC, 15, "lsa-lookup-sids", QUERY, NAME, NONE, "[MS-LSAD] 3.1.4.11") \
	C(LSARPC, 46, "query-policy2", QUERY, CONFIG, NONE, "[MS-LSAD] 3.1.4.4.3") \
	C(LSARPC, 57, "lsa-lookup-sids2", QUERY, NAME, NONE, "[MS-LSAD] 3.1.4.10") \
	C(LSARPC, 58, "lsa-lookup-names2", QUERY, NAME, NAMES, "[MS-LSAD] 3.1.4.7") \
	C(LSARPC, 68, "lsa-lookup-names3", QUERY, NAME, NAMES, "[MS-LSAD] 3.1.4.6") \
	C(LSARPC, 76, "lsa-lookup-sids3", QUERY, NAME, NONE, "[MS-LSAD] 3.1.4.9") \
	C(LSARPC, 77, "lsa-lookup-names4", QUERY, NAME, NAMES, "[MS-LSAD] 3.1.4.5") \
	C(LSARPC, 44, "open-policy2", OPEN, SESSION, NAMES, "[MS-LSAD] 3.1.4.4.1") \
	C(NETLOGON, 2, "sam-logon", LOGIN, SESSION, NONE, "[MS-NRPC] 3.5.4.5.3") \
	C(NETLOGON, 4, "req-challenge", OPEN, SESSION, NONE, "[MS-NRPC] 3.5.4.4.1") \
	C(NETLOGON, 6, "password-set", WRITE, CONFIG, NONE, "[MS-NRPC] 3.5.4.4.6") \
	C(NETLOGON, 15, "authenticate2", OPEN, SESSION, NONE, "[MS-NRPC] 3.5.4.4.3") \
	C(NETLOGON, 26, "authenticate3", OPEN, SESSION, NONE, "[MS-NRPC] 3.5.4.4.2") \
	C(NETLOGON, 29, "domain-info", QUERY, NAME, NONE, "[MS-NRPC] 3.5.4.4.10") \
	C(NETLOGON, 30, "password-set2", WRITE, CONFIG, NONE, "[MS-NRPC] 3.5.4.4.5") \
	C(NETLOGON, 39, "sam-logon-ex", LOGIN, SESSION, NONE, "[MS-NRPC] 3.5.4.5.1") \
	C(NETLOGON, 45, "sam-logon-flags", LOGIN, SESSION, NONE, "[MS-NRPC] 3.5.4.5.2") \
	C(DRSUAPI, 0, "drs-bind", OPEN, SESSION, NONE, "[MS-DRSR] 4.1.3") \
	C(DRSUAPI, 1, "drs-unbind", CLOSE, SESSION, NONE, "[MS-DRSR] 4.1.25") \
	C(DRSUAPI, 3, "drs-get-changes", READ, CONFIG, NONE, "[MS-DRSR] 4.1.10") \
	C(DRSUAPI, 12, "drs-crack-names", QUERY, NAME, NONE, "[MS-DRSR] 4.1.4") \
	C(DRSUAPI, 16, "drs-controllers", QUERY, NAME, NONE, "[MS-DRSR] 4.1.5") \
	C(EFSRPC, 0, "efs-open-raw", READ, FILE, NAMES, "[MS-EFSR] 3.1.4.2.1") \
	C(EFSRPC, 4, "efs-encrypt", WRITE, FILE, NAMES, "[MS-EFSR] 3.1.4.2.5") \
	C(EFSRPC, 5, "efs-decrypt", WRITE, FILE, NAMES, "[MS-EFSR] 3.1.4.2.6") \
	C(EFSRPC, 6, "efs-users", QUERY, FILE, NAMES, "[MS-EFSR] 3.1.4.2.7") \
	C(EFSRPC_PIPE, 0, "efs-pipe-open-raw", READ, FILE, NAMES, "[MS-EFSR] 3.1.4.2.1") \
	C(EFSRPC_PIPE, 4, "efs-pipe-encrypt", WRITE, FILE, NAMES, "[MS-EFSR] 3.1.4.2.5") \
	C(EFSRPC_PIPE, 5, "efs-pipe-decrypt", WRITE, FILE, NAMES, "[MS-EFSR] 3.1.4.2.6") \
	C(EPMAPPER, 2, "epm-lookup", BROWSE, DEVICE, NONE, "C706 O: ept_lookup") \
	C(EPMAPPER, 3, "epm-map", RESOLVE, DEVICE, MAP, "C706 O: ept_map") \
	C(EPMAPPER, 4, "epm-free", CLOSE, SESSION, NONE, "C706 O: ept_lookup_handle_free") \
	C(ISYSTEM, 3, "dcom-class-object", START, PROGRAM, NONE, "[MS-DCOM] 3.1.2.5.2.3.1") \
	C(ISYSTEM, 4, "dcom-create-instance", START, PROGRAM, NONE, "[MS-DCOM] 3.1.2.5.2.3.2") \
	C(OXID, 0, "oxid-resolve", RESOLVE, DEVICE, NONE, "[MS-DCOM] 3.1.2.5.1.1") \
	C(OXID, 1, "oxid-ping", KEEPALIVE, SESSION, NONE, "[MS-DCOM] 3.1.2.5.1.2") \
	C(OXID, 2, "oxid-complex-ping", KEEPALIVE, SESSION, NONE, "[MS-DCOM] 3.1.2.5.1.3") \
	C(OXID, 3, "oxid-alive", KEEPALIVE, SESSION, NONE, "[MS-DCOM] 3.1.2.5.1.4") \
	C(OXID, 5, "oxid-alive2", IDENTIFY, DEVICE, NONE, "[MS-DCOM] 3.1.2.5.1.6") \
	C(WMI_LOGIN, 3, "wmi-position", QUERY, SESSION, NONE, "[MS-WMI] 3.1.4.1.1") \
	C(WMI_LOGIN, 6, "wmi-login", OPEN, SESSION, NAMES, "[MS-WMI] 3.1.4.1.4") \
	C(WMI, 6, "wmi-get-object", QUERY, CONFIG, NONE, "[MS-WMI] 3.1.4.3.4") \
	C(WMI, 20, "wmi-query", QUERY, CONFIG, NONE, "[MS-WMI] 3.1.4.3.18") \
	C(WMI, 24, "wmi-exec-method", START, PROGRAM, NONE, "[MS-WMI] 3.1.4.3.22") \
	C(EVENTLOG, 0, "clear-log", DELETE, CONFIG, NONE, "[MS-EVEN] 3.1.4.9") \
	C(EVENTLOG, 7, "open-log", OPEN, SESSION, NONE, "[MS-EVEN] 3.1.4.3") \
	C(EVENTLOG, 10, "read-log", READ, CONFIG, NONE, "[MS-EVEN] 3.1.4.7") \
	C(INITSHUTDOWN, 0, "shutdown", STOP, DEVICE, NAMES, "[MS-RSP] 3.2.4.1") \
	C(INITSHUTDOWN, 1, "abort-shutdown", CONTROL, DEVICE, NONE, "[MS-RSP] 3.2.4.2") \
	C(INITSHUTDOWN, 2, "shutdown-ex", STOP, DEVICE, NAMES, "[MS-RSP] 3.2.4.3") \
	C(REMUNKNOWN, 3, "rem-query", QUERY, SESSION, NONE, "[MS-DCOM] 3.1.1.5.6.1.1") \
	C(REMUNKNOWN, 4, "rem-add-ref", KEEPALIVE, SESSION, NONE, "[MS-DCOM] 3.1.1.5.6.1.2") \
	C(REMUNKNOWN, 5, "rem-release", CLOSE, SESSION, NONE, "[MS-DCOM] 3.1.1.5.6.1.3") \
	C(REMUNKNOWN2, 3, "rem2-query", QUERY, SESSION, NONE, "[MS-DCOM] 3.1.1.5.6.1.1") \
	C(REMUNKNOWN2, 4, "rem2-add-ref", KEEPALIVE, SESSION, NONE, "[MS-DCOM] 3.1.1.5.6.1.2") \
	C(REMUNKNOWN2, 5, "rem2-release", CLOSE, SESSION, NONE, "[MS-DCOM] 3.1.1.5.6.1.3") \
	C(SPOOLSS, 62, "watch-printer-old", SUBSCRIBE, DEVICE, ON, "[MS-RPRN] 3.1.4.10") \
	C(WINREG, 24, "registry-shutdown", STOP, DEVICE, NAMES, "[MS-RRP] 3.1.5") \
	C(WINREG, 30, "registry-shutdown-ex", STOP, DEVICE, NAMES, "[MS-RRP] 3.1.5") \
	C(SRVSVC, 9, "enum-open-files", BROWSE, FILE, NAMES, "[MS-SRVS] 3.1.4.2") \
	C(SRVSVC, 13, "end-session", CONTROL, SESSION, NAMES, "[MS-SRVS] 3.1.4.6") \
	C(SRVSVC, 28, "server-time", QUERY, TIME, NAMES, "[MS-SRVS] 3.1.4") \
	C(SAMR, 40, "query-display1", BROWSE, NAME, NONE, "[MS-SAMR] 3.1.5.3.3") \
	C(SAMR, 48, "query-display2", BROWSE, NAME, NONE, "[MS-SAMR] 3.1.5.3.2") \
	C(LSARPC, 11, "enum-accounts", BROWSE, NAME, NONE, "[MS-LSAD] 3.1.4.5.2") \
	C(WKSSVC, 2, "enum-logged-on", BROWSE, NAME, NAMES, "[MS-WKST] 3.2.4.3") \
	C(SAMR, 10, "create-group", WRITE, CONFIG, NAMES, "[MS-SAMR] 3.1.5.4.2") \
	C(SAMR, 14, "create-alias", WRITE, CONFIG, NAMES, "[MS-SAMR] 3.1.5.4.3") \
	C(SAMR, 22, "add-to-group", WRITE, CONFIG, NONE, "[MS-SAMR] 3.1.5.8.1") \
	C(SAMR, 24, "remove-from-group", WRITE, CONFIG, NONE, "[MS-SAMR] 3.1.5.8.2") \
	C(SAMR, 31, "add-to-alias", WRITE, CONFIG, NONE, "[MS-SAMR] 3.1.5.8.4") \
	C(SAMR, 32, "remove-from-alias", WRITE, CONFIG, NONE, "[MS-SAMR] 3.1.5.8.5") \
	C(LSARPC, 37, "add-account-rights", WRITE, CONFIG, NAMES, "[MS-LSAD] 3.1.4.5") \
	C(LSARPC, 42, "store-secret", WRITE, CONFIG, NONE, "[MS-LSAD] 3.1.4.6") \
	C(LSARPC, 43, "retrieve-secret", READ, CONFIG, NONE, "[MS-LSAD] 3.1.4.6") \
	C(LSARPC, 50, "enum-trusts", BROWSE, NAME, NONE, "[MS-LSAD] 3.1.4.7") \
	C(NETLOGON, 21, "logon-capabilities", QUERY, SESSION, NONE, "[MS-NRPC] 3.5.4.4") \
	C(NETLOGON, 34, "find-controller", RESOLVE, NAME, NAMES, "[MS-NRPC] 3.5.4.3.1") \
	C(NETLOGON, 40, "enum-domain-trusts", BROWSE, NAME, NAMES, "[MS-NRPC] 3.5.4.7") \
	C(DRSUAPI, 2, "drs-sync", CONTROL, CONFIG, NONE, "[MS-DRSR] 4.1.23") \
	C(DRSUAPI, 4, "drs-update-refs", WRITE, CONFIG, NONE, "[MS-DRSR] 4.1.26") \
	C(DRSUAPI, 5, "drs-replica-add", WRITE, CONFIG, NONE, "[MS-DRSR] 4.1.19") \
	C(DRSUAPI, 13, "drs-write-spn", WRITE, CONFIG, NONE, "[MS-DRSR] 4.1.28") \
	C(DRSUAPI, 17, "drs-add-entry", WRITE, CONFIG, NONE, "[MS-DRSR] 4.1.1") \
	C(EFSRPC, 7, "efs-recovery-agents", QUERY, FILE, NAMES, "[MS-EFSR] 3.1.4.2.8") \
	C(EFSRPC, 12, "efs-key-info", QUERY, FILE, NAMES, "[MS-EFSR] 3.1.4.2.12") \
	C(EFSRPC, 13, "efs-duplicate", WRITE, FILE, NAMES, "[MS-EFSR] 3.1.4.2.13") \
	C(EFSRPC, 15, "efs-add-users", WRITE, FILE, NAMES, "[MS-EFSR] 3.1.4.2.14") \
	C(EFSRPC_PIPE, 7, "efs-pipe-recovery-agents", QUERY, FILE, NAMES, "[MS-EFSR] 3.1.4.2.8") \
	C(EFSRPC_PIPE, 12, "efs-pipe-key-info", QUERY, FILE, NAMES, "[MS-EFSR] 3.1.4.2.12") \
	C(EFSRPC_PIPE, 13, "efs-pipe-duplicate", WRITE, FILE, NAMES, "[MS-EFSR] 3.1.4.2.13") \
	C(EFSRPC_PIPE, 15, "efs-pipe-add-users", WRITE, FILE, NAMES, "[MS-EFSR] 3.1.4.2.14") \
	C(IACTIVATION, 0, "dcom-activate", START, PROGRAM, NONE, "[MS-DCOM] 3.1.2.5.2") \
	C(WMI, 8, "wmi-put-class", WRITE, CONFIG, NONE, "[MS-WMI] 3.1.4.3.6") \
	C(WMI, 14, "wmi-put-instance", WRITE, CONFIG, NONE, "[MS-WMI] 3.1.4.3.12") \
	C(WMI, 18, "wmi-enum-instances", BROWSE, CONFIG, NONE, "[MS-WMI] 3.1.4.3.16") \
	C(WMI, 22, "wmi-notify", SUBSCRIBE, CONFIG, NONE, "[MS-WMI] 3.1.4.3.20") \
	C(EVENTLOG, 9, "open-backup-log", OPEN, SESSION, NAMES, "[MS-EVEN] 3.1.4.2") \
	C(DFSNM, 12, "dfs-add-root", WRITE, CONFIG, NAMES, "[MS-DFSNM] 3.1.4.4") \
	C(DFSNM, 13, "dfs-remove-root", DELETE, CONFIG, NAMES, "[MS-DFSNM] 3.1.4.4") \
	C(FSRVP, 8, "shadow-supported", QUERY, FILE, NAMES, "[MS-FSRVP] 3.1.4") \
	C(FSRVP, 9, "shadow-copied", QUERY, FILE, NAMES, "[MS-FSRVP] 3.1.4") \
	C(BACKUPKEY, 0, "backup-key", READ, CONFIG, NONE, "[MS-BKRP] 3.1.4.1") \
	C(CERTIFICATES, 0, "request-certificate", CONTROL, CONFIG, NAMES, "[MS-ICPR] 3.2.4.1.1") \
	C(DNSSERVER, 0, "dns-operation", WRITE, CONFIG, NONE, "[MS-DNSP] 3.1.4.1") \
	C(DNSSERVER, 1, "dns-query", QUERY, CONFIG, NONE, "[MS-DNSP] 3.1.4.2") \
	C(DNSSERVER, 4, "dns-update", WRITE, CONFIG, NONE, "[MS-DNSP] 3.1.4.5") \
	C(DNSSERVER, 5, "dns-operation2", WRITE, CONFIG, NONE, "[MS-DNSP] 3.1.4.6") \
	C(DNSSERVER, 6, "dns-query2", QUERY, CONFIG, NONE, "[MS-DNSP] 3.1.4.7") \
	C(DNSSERVER, 9, "dns-update2", WRITE, CONFIG, NONE, "[MS-DNSP] 3.1.4.10") \
	C(OPC_SERVER, 3, "opc-add-group", OPEN, SESSION, NAMES, "OPC DA 2.05A 4.4.3") \
	C(OPC_SERVER, 6, "opc-status", QUERY, DEVICE, NONE, "OPC DA 2.05A 4.4.3") \
	C(OPC_ITEMS, 3, "opc-add-items", SUBSCRIBE, DATA, NAMES, "OPC DA 2.05A 4.5.1") \
	C(OPC_SYNC, 3, "opc-read", READ, DATA, NONE, "OPC DA 2.05A 4.5.3") \
	C(OPC_SYNC, 4, "opc-write", WRITE, DATA, NONE, "OPC DA 2.05A 4.5.3") \
	C(OPC_ASYNC, 3, "opc-read-async", READ, DATA, NONE, "OPC DA 2.05A 4.5.4") \
	C(OPC_ASYNC, 4, "opc-write-async", WRITE, DATA, NONE, "OPC DA 2.05A 4.5.4") \
	C(OPC_CALLBACK, 3, "opc-changed", REPORT, DATA, NONE, "OPC DA 2.05A 4.6.1") \
	C(MGMT, 0, "mgmt-interfaces", BROWSE, DEVICE, NONE, "C706 O: O.3")

const struct proto_code rpc_codes[RPC_CODES] = {
	PDU(RPC_BIND, "bind", OPEN, SESSION, BOTH, "C706 12.6.4.3, 12.6.4.4"),
	PDU(RPC_ALTER, "alter-context", OPEN, SESSION, BOTH, "C706 12.6.4.1, 12.6.4.2"),
	PDU(RPC_AUTH3, "authenticate", LOGIN, SESSION, CODE_REQUEST, "[MS-RPCE] 2.2.2.10: {no-answer}"),
	PDU(RPC_SHUTDOWN, "shutdown-connection", CLOSE, SESSION, CODE_ANSWER | CODE_PUSH, "C706 12.6.4.11"),
	PDU(RPC_CANCEL, "cancel", CONTROL, SESSION, CODE_REQUEST, "C706 12.6.4.6: {nothing-alone}"),
	PDU(RPC_ORPHANED, "orphaned", CONTROL, SESSION, CODE_REQUEST, "C706 12.6.4.8: {nothing-alone}"),
	PDU(RPC_RESPONSE, "answer-alone", REPORT, DATA, CODE_ANSWER,
	    "C706 12.6.4.10: {request-unseen}"),
	PDU(RPC_REQUEST, "call-other", CONTROL, DATA, NAMED,
	    "C706 12.6.4.9: {unnamed-operation}"),
	PDU(RPC_PRINTED, "printed", WRITE, FILE, CODE_REQUEST,
	    "[MS-RPRN] 3.1.4.9: {end-of-print}"),
	OPERATIONS(OP)
};

enum { PDUS = 9 };

/* Of the operations, in the order above. */
static const uint8_t shapes[RPC_CODES - PDUS] = { OPERATIONS(SHAPE) };

static const struct proto_code *find(uint32_t code)
{
	for (size_t i = 0; i < RPC_CODES; i++)
		if (rpc_codes[i].code == code)
			return &rpc_codes[i];
	return NULL;
}

const struct proto_code *rpc_row(uint32_t code)
{
	const struct proto_code *row = find(code);

	return row != NULL ? row : find(CODE_PDU | RPC_REQUEST);
}

uint8_t rpc_shape(uint32_t code)
{
	const struct proto_code *row = find(code);
	size_t i = row == NULL ? 0 : (size_t)(row - rpc_codes);

	return i < PDUS ? SHAPE_NONE : shapes[i - PDUS];
}
