/* store/migrations.c: the history of the database's shape. A line once released is never changed; a new shape
 * is a new line. PRAGMA user_version counts the lines a database has been through. */
#include "store/migrations.h"

const char *const store_migrations[] = {
	/* 1: the first shape: what was seen, what follows from it, what is normal, what was found. */
	"CREATE TABLE run(id INTEGER PRIMARY KEY, at_ns INT, first_ns INT, last_ns INT, frames INT, "
		"bytes INT, damaged INT, learning INT, version TEXT, inputs TEXT);"
	"CREATE TABLE end_seen(id INTEGER PRIMARY KEY, asset INT, tap INT, flags INT, proto TEXT, mac TEXT, "
		"ip TEXT, station INT, vlans TEXT, traits INT, role_proto TEXT, reads_ns INT, first_ns INT, "
		"last_ns INT, frame INT);"
	"CREATE TABLE fact(end_id INT, asset INT, kind INT, sub INT, trust INT, source INT, best INT, "
		"proto TEXT, number INT, first_ns INT, last_ns INT, until_ns INT, frame INT, text TEXT);"
	"CREATE TABLE talk(actor INT, device INT, actor_asset INT, device_asset INT, proto TEXT, port INT, "
		"words TEXT, sent INT, acts INT, done INT, refused INT, partly INT, unanswered INT, "
		"first_ns INT, last_ns INT, frame INT);"
	"CREATE TABLE flow(client INT, server INT, client_asset INT, server_asset INT, port INT, kind INT, "
		"ip_proto INT, ether INT, lsap INT, protos TEXT, opened INT, answered INT, closed INT, "
		"frames_0 INT, frames_1 INT, bytes_0 INT, bytes_1 INT, payload_0 INT, payload_1 INT, "
		"missing_0 INT, missing_1 INT, first_ns INT, last_ns INT, frame INT);"
	"CREATE TABLE object(actor INT, device INT, actor_asset INT, device_asset INT, key INT, proto TEXT, "
		"verb TEXT, class TEXT, word TEXT, code INT, count INT, done INT, refused INT, partly INT, "
		"unanswered INT, first_ns INT, last_ns INT, value_ns INT, frame INT, object TEXT, "
		"value TEXT);"
	"CREATE TABLE coverage(tap INT, vlan INT, minute_ns INT, frames INT, bytes INT, unicast INT, "
		"group_frames INT, both_ways INT, one_way INT, duplicates INT, cut INT, bad_checksum INT, "
		"dropped INT);"
	"CREATE TABLE asset(id INTEGER PRIMARY KEY, kind INT, tap INT, proto TEXT, flags INT, mac TEXT, "
		"ip TEXT, station INT, parent INT, behind INT, twin INT, vlans TEXT, role_trust INT, "
		"role TEXT, role_why TEXT, role_proto TEXT, name TEXT, vendor TEXT, model TEXT, "
		"firmware TEXT, hardware TEXT, serial TEXT, os TEXT, place TEXT, first_ns INT, last_ns INT, "
		"frame INT);"
	"CREATE TABLE service(asset INT, served INT, proto TEXT, port INT, kind INT, ip_proto INT, "
		"ether INT, acts INT, flows INT, first_ns INT, last_ns INT);"
	"CREATE TABLE baseline(tap INT, proto TEXT, actor_ip TEXT, actor_mac TEXT, actor_port INT, "
		"actor_station INT, device_ip TEXT, device_mac TEXT, device_port INT, device_station INT, "
		"word TEXT, first_ns INT, last_ns INT, count INT);"
	"CREATE TABLE alert(id INTEGER PRIMARY KEY, rule TEXT, level INT, kind INT, tap INT, "
		"techniques TEXT, actor_asset INT, device_asset INT, actor_ip TEXT, actor_mac TEXT, "
		"actor_port INT, actor_station INT, device_ip TEXT, device_mac TEXT, device_port INT, "
		"device_station INT, proto TEXT, vlan INT, action TEXT, object TEXT, actor_name TEXT, "
		"device_name TEXT, actor_role TEXT, device_role TEXT, first_ns INT, last_ns INT, count INT, "
		"done INT, refused INT, unanswered INT, frames TEXT, ip_proto INT, learned INT, flow INT, "
		"record INT);",
	/* 2: rules read from files; what they learn; what people said of them. */
	"ALTER TABLE alert ADD COLUMN text TEXT; ALTER TABLE alert ADD COLUMN title TEXT;"
	"CREATE TABLE learned(tap INT, proto TEXT, actor_ip TEXT, actor_mac TEXT, actor_port INT, "
		"actor_station INT, device_ip TEXT, device_mac TEXT, device_port INT, device_station INT, "
		"word TEXT, object TEXT, low INT, high INT, set_of TEXT, more INT, first_ns INT, "
		"last_ns INT, count INT);"
	"CREATE TABLE exception(id INTEGER PRIMARY KEY, rule TEXT, tap INT, actor_asset INT, "
		"device_asset INT, actor_ip TEXT, actor_mac TEXT, actor_port INT, actor_station INT, "
		"device_ip TEXT, device_mac TEXT, device_port INT, device_station INT, proto TEXT, "
		"action TEXT, object TEXT, reason TEXT, made_by TEXT, made_ns INT, until_ns INT, hits INT, "
		"last_ns INT);"
	"CREATE TABLE rule_off(rule TEXT PRIMARY KEY, reason TEXT, made_by TEXT, made_ns INT);",
	/* 3: programs that crossed the wire. */
	"CREATE TABLE program(actor INT, device INT, actor_asset INT, device_asset INT, proto TEXT, "
		"verb TEXT, canonical INT, size INT, count INT, first_ns INT, last_ns INT, frame INT, "
		"sha256 TEXT, name TEXT, says TEXT);",
	/* 4: what a value was and became, in alerts; the last known values. */
	"ALTER TABLE alert ADD COLUMN value_from INT; ALTER TABLE alert ADD COLUMN value_to INT; "
		"ALTER TABLE alert ADD COLUMN value_known INT;"
	"CREATE TABLE known(key INT, proto TEXT, proto_number INT, has INT, written INT, read INT, "
		"anchor INT, written_ns INT, read_ns INT);",
	/* 5: in which minutes somebody read machines. */
	"ALTER TABLE end_seen ADD COLUMN read_minute INT DEFAULT -9223372036854775808;"
	"ALTER TABLE end_seen ADD COLUMN read_marks INT DEFAULT 0;",
	NULL
};
