# A switch and a gateway announce themselves by LLDP.
# hosts: sw-hall1 gw-cell4
# peers: lldpd
# tools: lldpd lldpcli

announce() { # HOST DESCRIPTION
	serve "$1" sh -c 'mkdir -p /run/lldpd && mount -t tmpfs none /run/lldpd && exec "$@"' sh \
		lldpd -d -u "$state/$1.lldp" -I eth0 -C eth0 -m "$(address "$1")" -S "$2"
	for _ in $(seq 50); do
		[ -S "$state/$1.lldp" ] && break
		sleep 0.1
	done
	on "$1" lldpcli -u "$state/$1.lldp" configure lldp tx-interval 3 >/dev/null
	tell "{\"fact\":\"lldp\",\"mac\":\"$(mac "$1")\",\"name\":\"$1\",\"ip\":\"$(address "$1")\",\"description\":\"$2\"}"
}
ip -n "$prefix-sw-hall1" link add br1 type bridge
announce sw-hall1 'Hirschmann RSP35 HiOS-2S-09.1.00'
announce gw-cell4 'WAGO 750-8212 FW 04.02.13'
sleep 8
