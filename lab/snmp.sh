# lab/snmp.sh: net-snmp's agent as some machines and its tools as others. Read by the scenarios that look after devices.

# snmp_serve HOST READS WRITES DESCRIPTION
snmp_serve() {
	mkdir -p "$state/snmp-$1" "$state/snmp-tools/cert_indexes"
	sed "s,READS,$2,; s,WRITES,$3,; s/NAMED/$4/" "$LAB/conf/snmpd.conf" >"$state/snmp-$1/snmpd.conf"
	serve "$1" env SNMP_PERSISTENT_DIR="$state/snmp-$1" SNMPCONFPATH="$state/snmp-$1" snmpd -f -Lo -C \
		-c "$state/snmp-$1/snmpd.conf" udp:161
	for _ in $(seq 50); do
		ip netns exec "$prefix-$1" ss -Hlnu 'sport = :161' | grep -q . && return 0
		sleep 0.1
	done
	die "snmpd of $1 does not start: $(tail -1 "$state/$1.log")"
}

# snmp_tool HOST TOOL WORD...: objects go by number, because no MIB is read; values are printed alone.
snmp_tool() {
	host=$1 tool=$2
	shift 2
	on "$host" env SNMP_PERSISTENT_DIR="$state/snmp-tools" SNMPCONFPATH="$state/snmp-tools" MIBS= "$tool" -r 0 -t 1 "$@" 2>&1
}

# snmp_get HOST DEVICE NAME NUMBER WHO...: one object, and what came back.
snmp_get() {
	host=$1 device=$2 name=$3 number=$4
	shift 4
	value=$(snmp_tool "$host" snmpget -Oqv "$@" "$(address "$device")" "$number")
	value=${value#\"}
	tell_fact snmp-get "$host" "$device" "object=$name" "value=${value%\"}"
}

# snmp_set HOST DEVICE NAME NUMBER TYPE VALUE WHO...
snmp_set() {
	host=$1 device=$2 name=$3 number=$4 type=$5 value=$6
	shift 6
	outcome=done
	snmp_tool "$host" snmpset -Oqv "$@" "$(address "$device")" "$number" "$type" "$value" >"$state/snmp.out" || outcome=refused
	tell_fact snmp-set "$host" "$device" "object=$name" "value=$value" outcome=$outcome
}

# snmp_walk HOST DEVICE NUMBER TOOL WHO...: a branch, and how many objects came back.
snmp_walk() {
	host=$1 device=$2 number=$3 tool=$4
	shift 4
	snmp_tool "$host" "$tool" -Onq "$@" "$(address "$device")" "$number" >"$state/snmp.out"
	tell_fact snmp-walk "$host" "$device" tool="$tool" objects:="$(grep -c '^\.1' "$state/snmp.out")"
}

# snmp_refused HOST DEVICE WHO...: a question that is not let in; who has a user's name is told so, who has only a word not.
snmp_refused() {
	host=$1 device=$2
	shift 2
	! snmp_tool "$host" snmpget -Oqv "$@" "$(address "$device")" 1.3.6.1.2.1.1.5.0 >"$state/snmp.out"
	if grep -qi 'timeout' "$state/snmp.out"; then
		tell_fact snmp-unanswered "$host" "$device"
	else
		tell_action login-failed "$host" "$device" refused
	fi
}
