# Names and addresses: a camera gets its address by DHCP, PCs look up machines (UDP, TCP, what is not there), the server
# announces itself by mDNS and the engineering PC asks for it there.
# hosts: srv-plant eng-pc1 office-pc7 cam-gate2
# peers: dnsmasq-base bind9-dnsutils udhcpc avahi-daemon
# tools: dnsmasq dig udhcpc avahi-daemon getent

server=$(address srv-plant)
sed "s,STATE,$state,g" "$LAB/conf/dnsmasq.conf" >"$state/dnsmasq.conf"
echo "nameserver $server" >"$state/resolv.conf"
for host in srv-plant eng-pc1; do
	ip -n "$prefix-$host" route add 224.0.0.0/4 dev eth0
done

serve srv-plant dnsmasq --conf-file="$state/dnsmasq.conf" --user=root
listening srv-plant 53
on cam-gate2 udhcpc -i eth0 -n -q -t 3 -x hostname:cam-gate2 -V panasonic-camera -s /bin/true 2>&1 | tail -1
tell "{\"fact\":\"lease\",\"mac\":\"$(mac cam-gate2)\",\"name\":\"cam-gate2\"}"

ask() { # HOST NAME TYPE [OPTION]: by dig; what dig says is the truth
	answer=$(on "$1" dig @"$server" "$2" "$3" +short +tries=1 +time=2 ${4:-} | tr '\n' ' ')
	tell "{\"fact\":\"answer\",\"by\":\"$(address "$1")\",\"name\":\"$2\",\"type\":\"$3\",\"value\":$(echo "${answer% }" |
		jq -R .)}"
}
ask eng-pc1 plc-press3.works.example A
ask eng-pc1 plc-paint1.works.example A
ask eng-pc1 nc-lathe2.works.example AAAA
ask eng-pc1 files.works.example A
ask eng-pc1 works.example TXT +tcp
ask eng-pc1 works.example MX
ask eng-pc1 _opcua-tcp._tcp.works.example SRV
ask office-pc7 plc-press9.works.example A
ask office-pc7 update.example A
ask office-pc7 31.10.168.192.in-addr.arpa PTR
on office-pc7 sh -c 'mount --bind "$0" /etc/resolv.conf && exec getent ahosts nc-lathe2.works.example' \
	"$state/resolv.conf" >/dev/null

mkdir -p /run/avahi-daemon
serve srv-plant sh -c 'mount -t tmpfs none /run/avahi-daemon && exec "$@"' sh \
	avahi-daemon -f "$LAB/conf/avahi.conf" --no-drop-root --no-chroot --no-rlimits --no-proc-title
sleep 4
on eng-pc1 dig @224.0.0.251 -p 5353 srv-plant.local A +tries=1 +time=1 >/dev/null || true
tell '{"fact":"mdns","name":"srv-plant.local"}'
