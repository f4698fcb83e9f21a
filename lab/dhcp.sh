# lab/dhcp.sh: dnsmasq as one machine that hands out addresses, BusyBox's and ISC's clients as others.

# dhcp_serve HOST OPTION...
dhcp_serve() {
	host=$1
	shift
	sed "s,STATE,$state,g" "$LAB/conf/dnsmasq-leases.conf" >"$state/dnsmasq-leases.conf"
	serve "$host" dnsmasq --conf-file="$state/dnsmasq-leases.conf" --user=root "$@"
	for _ in $(seq 50); do
		ip netns exec "$prefix-$host" ss -Hlnu 'sport = :67' | grep -q . && return 0
		sleep 0.1
	done
	die "nothing hands out addresses at $host: $(tail -1 "$state/$host.log")"
}

# dhcp_busybox HOST INTERFACE NAME OPTION...: until it has an address; it gives none back.
dhcp_busybox() {
	host=$1 port=$2 name=$3
	shift 3
	on "$host" env LEASE_MAC="$(ip netns exec "$prefix-$host" cat "/sys/class/net/$port/address")" LEASE_NAME="$name" \
		udhcpc -i "$port" -f -n -q -t 4 -T 1 -x "hostname:$name" -s "$LAB/peers/udhcpc-script" "$@" >>"$state/$host.log" 2>&1
}

# dhcp_isc HOST NAME OPTION...: ISC's client; with -r it gives the address back.
dhcp_isc() {
	host=$1 name=$2
	shift 2
	cat >"$state/dhclient.conf" <<EOF
send host-name "$name";
send fqdn.fqdn "$name.works.example";
send vendor-class-identifier "isc-dhcp";
request subnet-mask, routers, domain-name-servers, ntp-servers, domain-name;
timeout 20;
EOF
	on "$host" dhclient -1 -4 -cf "$state/dhclient.conf" -lf "$state/$host.leases" -pf "$state/$host.pid" \
		-sf "$LAB/peers/dhclient-script" -e TRUTH="$TRUTH" -e LEASE_MAC="$(mac "$host")" -e LEASE_NAME="$name" "$@" eth0 \
		>>"$state/$host.log" 2>&1
}

# dhcp_isc_ends HOST: its client is ended and says nothing.
dhcp_isc_ends() {
	for _ in $(seq 50); do
		[ -s "$state/$1.pid" ] && break
		sleep 0.1
	done
	kill "$(cat "$state/$1.pid")"
	rm "$state/$1.pid"
}
