# An ordinary day at a switch: the server reads its counters each second by v2c and its state by v3, the engineer walks it
# and says where it stands; the switch reports a port by a trap and by an inform.
# hosts: sw-hall1 srv-plant eng-pc1
# ends: eng-pc1:client
# peers: snmpd snmp snmptrapd
# tools: snmpd snmpget snmpwalk snmpbulkwalk snmpset snmptrap snmpinform snmptrapd

. "$LAB/snmp.sh"
watch="-v 2c -c werk-sehen"
change="-v 2c -c werk-stellen"
user="-v 3 -l authPriv -u leitstand -a SHA -A sehen-nicht-3 -x AES -X decken-zu-44"
snmp_serve sw-hall1 werk-sehen werk-stellen 'Hirschmann RSP35 HiOS-2S-09.1.00'
printf 'disableAuthorization yes\n' >"$state/snmptrapd.conf"
serve srv-plant env SNMP_PERSISTENT_DIR="$state/snmp-traps" snmptrapd -f -Lo -C -c "$state/snmptrapd.conf" udp:162

snmp_get srv-plant sw-hall1 sysDescr.0 1.3.6.1.2.1.1.1.0 $watch
snmp_get srv-plant sw-hall1 sysName.0 1.3.6.1.2.1.1.5.0 -v 1 -c werk-sehen
for _ in 1 2 3 4 5 6; do
	snmp_tool srv-plant snmpget $watch "$(address sw-hall1)" 1.3.6.1.2.1.1.3.0 1.3.6.1.2.1.2.2.1.10.1 >/dev/null
	sleep 1
done
snmp_walk eng-pc1 sw-hall1 1.3.6.1.2.1.1 snmpwalk $watch
snmp_walk eng-pc1 sw-hall1 1.3.6.1.2.1.2 snmpbulkwalk $watch
snmp_set eng-pc1 sw-hall1 sysLocation.0 1.3.6.1.2.1.1.6.0 s 'hall 1, cabinet 4' $change
snmp_set eng-pc1 sw-hall1 sysContact.0 1.3.6.1.2.1.1.4.0 s 'maintenance 4711' $change
snmp_get eng-pc1 sw-hall1 sysLocation.0 1.3.6.1.2.1.1.6.0 $watch
snmp_set eng-pc1 sw-hall1 sysLocation.0 1.3.6.1.2.1.1.6.0 s 'nowhere' $watch
for _ in 1 2 3; do
	snmp_tool srv-plant snmpget $user "$(address sw-hall1)" 1.3.6.1.2.1.1.3.0 >/dev/null
	sleep 0.5
done
tell_fact snmp-user srv-plant sw-hall1 user=leitstand encrypted:=true
snmp_tool srv-plant snmpget -v 3 -l authNoPriv -u halle -a MD5 -A nur-pruefen-5 "$(address sw-hall1)" 1.3.6.1.2.1.1.3.0 >/dev/null
tell_fact snmp-user srv-plant sw-hall1 user=halle encrypted:=false
snmp_tool sw-hall1 snmptrap -v 2c -c werk-sehen "$(address srv-plant)" '' 1.3.6.1.6.3.1.1.5.3 1.3.6.1.2.1.2.2.1.1.7 i 7
tell_fact snmp-trap srv-plant sw-hall1 kind=linkDown
snmp_tool sw-hall1 snmpinform -v 2c -c werk-sehen "$(address srv-plant)" '' 1.3.6.1.6.3.1.1.5.4 1.3.6.1.2.1.2.2.1.1.7 i 7
tell_fact snmp-trap srv-plant sw-hall1 kind=linkUp
for word in werk-sehen werk-stellen sehen-nicht-3 decken-zu-44 nur-pruefen-5; do
	tell "{\"fact\":\"secret\",\"value\":\"$word\"}"
done
