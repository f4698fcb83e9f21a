/* proto/smb_words.c: what numbers of SMB are called: statuses, dialects, control codes. */
#include "proto/smb.h"

/* [MS-ERREF] 2.3.1, those that servers of files answer with; in order. */
static const struct status { uint32_t code; const char *name; } statuses[SMB_STATUSES - 1] = {
	{ 0x00000000, "STATUS_SUCCESS" },
	{ 0x00000102, "STATUS_TIMEOUT" },
	{ 0x00000103, "STATUS_PENDING" },
	{ 0x0000010b, "STATUS_NOTIFY_CLEANUP" },
	{ 0x0000010c, "STATUS_NOTIFY_ENUM_DIR" },
	{ 0x80000005, "STATUS_BUFFER_OVERFLOW" },
	{ 0x80000006, "STATUS_NO_MORE_FILES" },
	{ 0x8000002d, "STATUS_STOPPED_ON_SYMLINK" },
	{ 0xc0000001, "STATUS_UNSUCCESSFUL" },
	{ 0xc0000002, "STATUS_NOT_IMPLEMENTED" },
	{ 0xc0000003, "STATUS_INVALID_INFO_CLASS" },
	{ 0xc0000004, "STATUS_INFO_LENGTH_MISMATCH" },
	{ 0xc0000008, "STATUS_INVALID_HANDLE" },
	{ 0xc000000d, "STATUS_INVALID_PARAMETER" },
	{ 0xc000000e, "STATUS_NO_SUCH_DEVICE" },
	{ 0xc000000f, "STATUS_NO_SUCH_FILE" },
	{ 0xc0000010, "STATUS_INVALID_DEVICE_REQUEST" },
	{ 0xc0000011, "STATUS_END_OF_FILE" },
	{ 0xc0000016, "STATUS_MORE_PROCESSING_REQUIRED" },
	{ 0xc0000022, "STATUS_ACCESS_DENIED" },
	{ 0xc0000023, "STATUS_BUFFER_TOO_SMALL" },
	{ 0xc0000024, "STATUS_OBJECT_TYPE_MISMATCH" },
	{ 0xc0000033, "STATUS_OBJECT_NAME_INVALID" },
	{ 0xc0000034, "STATUS_OBJECT_NAME_NOT_FOUND" },
	{ 0xc0000035, "STATUS_OBJECT_NAME_COLLISION" },
	{ 0xc000003a, "STATUS_OBJECT_PATH_NOT_FOUND" },
	{ 0xc000003b, "STATUS_OBJECT_PATH_SYNTAX_BAD" },
	{ 0xc0000043, "STATUS_SHARING_VIOLATION" },
	{ 0xc0000054, "STATUS_FILE_LOCK_CONFLICT" },
	{ 0xc0000055, "STATUS_LOCK_NOT_GRANTED" },
	{ 0xc0000056, "STATUS_DELETE_PENDING" },
	{ 0xc0000061, "STATUS_PRIVILEGE_NOT_HELD" },
	{ 0xc0000064, "STATUS_NO_SUCH_USER" },
	{ 0xc000006a, "STATUS_WRONG_PASSWORD" },
	{ 0xc000006d, "STATUS_LOGON_FAILURE" },
	{ 0xc000006e, "STATUS_ACCOUNT_RESTRICTION" },
	{ 0xc000006f, "STATUS_INVALID_LOGON_HOURS" },
	{ 0xc0000070, "STATUS_INVALID_WORKSTATION" },
	{ 0xc0000071, "STATUS_PASSWORD_EXPIRED" },
	{ 0xc0000072, "STATUS_ACCOUNT_DISABLED" },
	{ 0xc000007e, "STATUS_RANGE_NOT_LOCKED" },
	{ 0xc000007f, "STATUS_DISK_FULL" },
	{ 0xc000009a, "STATUS_INSUFFICIENT_RESOURCES" },
	{ 0xc00000a2, "STATUS_MEDIA_WRITE_PROTECTED" },
	{ 0xc00000ac, "STATUS_PIPE_NOT_AVAILABLE" },
	{ 0xc00000ad, "STATUS_INVALID_PIPE_STATE" },
	{ 0xc00000ae, "STATUS_PIPE_BUSY" },
	{ 0xc00000b0, "STATUS_PIPE_DISCONNECTED" },
	{ 0xc00000b1, "STATUS_PIPE_CLOSING" },
	{ 0xc00000b5, "STATUS_IO_TIMEOUT" },
	{ 0xc00000ba, "STATUS_FILE_IS_A_DIRECTORY" },
	{ 0xc00000bb, "STATUS_NOT_SUPPORTED" },
	{ 0xc00000c9, "STATUS_NETWORK_NAME_DELETED" },
	{ 0xc00000ca, "STATUS_NETWORK_ACCESS_DENIED" },
	{ 0xc00000cb, "STATUS_BAD_DEVICE_TYPE" },
	{ 0xc00000cc, "STATUS_BAD_NETWORK_NAME" },
	{ 0xc00000d0, "STATUS_REQUEST_NOT_ACCEPTED" },
	{ 0xc00000d9, "STATUS_PIPE_EMPTY" },
	{ 0xc00000e5, "STATUS_INTERNAL_ERROR" },
	{ 0xc0000101, "STATUS_DIRECTORY_NOT_EMPTY" },
	{ 0xc0000103, "STATUS_NOT_A_DIRECTORY" },
	{ 0xc0000120, "STATUS_CANCELLED" },
	{ 0xc0000121, "STATUS_CANNOT_DELETE" },
	{ 0xc0000128, "STATUS_FILE_CLOSED" },
	{ 0xc000013c, "STATUS_REMOTE_DISCONNECT" },
	{ 0xc000014b, "STATUS_PIPE_BROKEN" },
	{ 0xc000015b, "STATUS_LOGON_TYPE_NOT_GRANTED" },
	{ 0xc0000184, "STATUS_INVALID_DEVICE_STATE" },
	{ 0xc000018b, "STATUS_NO_TRUST_SAM_ACCOUNT" },
	{ 0xc000018d, "STATUS_TRUSTED_RELATIONSHIP_FAILURE" },
	{ 0xc0000192, "STATUS_NETLOGON_NOT_STARTED" },
	{ 0xc0000193, "STATUS_ACCOUNT_EXPIRED" },
	{ 0xc0000203, "STATUS_USER_SESSION_DELETED" },
	{ 0xc0000205, "STATUS_INSUFF_SERVER_RESOURCES" },
	{ 0xc0000224, "STATUS_PASSWORD_MUST_CHANGE" },
	{ 0xc0000225, "STATUS_NOT_FOUND" },
	{ 0xc0000233, "STATUS_DOMAIN_CONTROLLER_NOT_FOUND" },
	{ 0xc0000234, "STATUS_ACCOUNT_LOCKED_OUT" },
	{ 0xc0000257, "STATUS_PATH_NOT_COVERED" },
	{ 0xc000026e, "STATUS_VOLUME_DISMOUNTED" },
	{ 0xc0000275, "STATUS_NOT_A_REPARSE_POINT" },
	{ 0xc000035c, "STATUS_NETWORK_SESSION_EXPIRED" },
	{ 0xc0000413, "STATUS_AUTHENTICATION_FIREWALL_FAILED" },
	{ 0xc0000906, "STATUS_VIRUS_INFECTED" },
	{ 0xc05d0001, "STATUS_SMB_BAD_CLUSTER_DIALECT" },
};

/* The words of FIELD_WORD are the row + 1. */
const char *smb_status_name(uint8_t word)
{
	return word == 0 || word >= SMB_STATUSES ? "" : statuses[word - 1].name;
}

uint8_t smb_status_word(uint32_t status)
{
	size_t low = 0, high = ARRAY_LEN(statuses);

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (statuses[mid].code < status)
			low = mid + 1;
		else
			high = mid;
	}
	return low < ARRAY_LEN(statuses) && statuses[low].code == status ? (uint8_t)(low + 1) : 0;
}

/* [MS-ERREF] 2.3: the upper two bits: success, information, warning, error. What a login asks next and the
 * end of a file are no refusals. */
uint8_t smb_outcome(uint32_t status)
{
	if (status == STATUS_MORE || status == STATUS_EOF || status >> 30 != 3)
		return OUT_DONE;
	return OUT_REFUSED;
}

const char *const smb_share_types[4] = { "", "FILE", "PIPE", "PRINT" };
/* [MS-SMB2] 2.2.13, CreateDisposition + 1 */
const char *const smb_dispositions[7] = { "", "FILE_SUPERSEDE", "FILE_OPEN", "FILE_CREATE", "FILE_OPEN_IF",
					  "FILE_OVERWRITE", "FILE_OVERWRITE_IF" };
const char *const smb_accesses[3] = { "", "normal", "delete on close" };

/* [MS-FSCC] 2.4 */
static const uint8_t set_classes[SMB_SETS] = { 0, 4, 10, 11, 13, 14, 15, 16, 19, 20, 39, 64, 65 };
const char *const smb_sets[SMB_SETS] = {
	"", "FileBasicInformation", "FileRenameInformation", "FileLinkInformation",
	"FileDispositionInformation", "FilePositionInformation", "FileFullEaInformation",
	"FileModeInformation", "FileAllocationInformation",
	"FileEndOfFileInformation", "FileShortNameInformation", "FileDispositionInformationEx",
	"FileRenameInformationEx",
};

uint8_t smb_set_word(uint8_t class)
{
	for (uint8_t i = 1; i < SMB_SETS; i++)
		if (set_classes[i] == class)
			return i;
	return 0;
}

/* [MS-SMB2] 2.2.4, DialectRevision; spelled as Suricata does. */
const char *smb_dialect(uint16_t dialect)
{
	switch (dialect) {
	case 0x0202: return "2.02";
	case 0x0210: return "2.10";
	case 0x02ff: return "2.??";
	case 0x0300: return "3.00";
	case 0x0302: return "3.02";
	case 0x0311: return "3.11";
	}
	return "unknown";
}

/* [MS-FSCC] 2.3, [MS-SMB2] 2.2.31 */
static const struct control { uint32_t code; const char *name; uint8_t verb; } controls[] = {
	{ 0x00060194, "FSCTL_DFS_GET_REFERRALS", VERB_RESOLVE },
	{ 0x000601b0, "FSCTL_DFS_GET_REFERRALS_EX", VERB_RESOLVE },
	{ 0x0009003c, "FSCTL_GET_COMPRESSION", VERB_QUERY },
	{ 0x000900a4, "FSCTL_SET_REPARSE_POINT", VERB_CONTROL },
	{ 0x000900a8, "FSCTL_GET_REPARSE_POINT", VERB_QUERY },
	{ 0x000900c0, "FSCTL_CREATE_OR_GET_OBJECT_ID", VERB_QUERY },
	{ 0x000900c4, "FSCTL_SET_SPARSE", VERB_CONTROL },
	{ 0x0009027c, "FSCTL_GET_INTEGRITY_INFORMATION", VERB_QUERY },
	{ 0x000940cf, "FSCTL_QUERY_ALLOCATED_RANGES", VERB_QUERY },
	{ 0x000980c8, "FSCTL_SET_ZERO_DATA", VERB_WRITE },
	{ 0x00098208, "FSCTL_FILE_LEVEL_TRIM", VERB_WRITE },
	{ 0x00098344, "FSCTL_DUPLICATE_EXTENTS_TO_FILE", VERB_WRITE },
	{ 0x0009c040, "FSCTL_SET_COMPRESSION", VERB_CONTROL },
	{ 0x00110018, "FSCTL_PIPE_WAIT", VERB_QUERY },
	{ 0x0011400c, "FSCTL_PIPE_PEEK", VERB_QUERY },
	{ FSCTL_TRANSCEIVE, "FSCTL_PIPE_TRANSCEIVE", VERB_CONTROL },
	{ 0x00140078, "FSCTL_SRV_REQUEST_RESUME_KEY", VERB_QUERY },
	{ 0x001401d4, "FSCTL_LMR_REQUEST_RESILIENCY", VERB_CONTROL },
	{ 0x001401fc, "FSCTL_QUERY_NETWORK_INTERFACE_INFO", VERB_QUERY },
	{ 0x00140204, "FSCTL_VALIDATE_NEGOTIATE_INFO", VERB_QUERY },
	{ 0x00144064, "FSCTL_SRV_ENUMERATE_SNAPSHOTS", VERB_QUERY },
	{ 0x001440f2, "FSCTL_SRV_COPYCHUNK", VERB_WRITE },
	{ 0x001441bb, "FSCTL_SRV_READ_HASH", VERB_QUERY },
	{ 0x001480f2, "FSCTL_SRV_COPYCHUNK_WRITE", VERB_WRITE },
};

const char *smb_control_name(uint32_t control, uint8_t *ret_verb)
{
	for (size_t i = 0; i < ARRAY_LEN(controls); i++) {
		if (controls[i].code != control)
			continue;
		*ret_verb = controls[i].verb;
		return controls[i].name;
	}
	return NULL;
}

int64_t smb_time(uint64_t filetime)
{
	enum { TICKS = 10000000 };
	const int64_t from_1601 = INT64_C(11644473600);

	return filetime == 0 ? 0 : (int64_t)(filetime / TICKS) - from_1601;
}
