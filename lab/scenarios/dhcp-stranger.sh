# A day later: a notebook nobody knows hands out addresses too, faster than the server, and names itself as the way out and
# as the one who knows all names. The camera believes it, and so does the tablet, which is told that its address is wrong.
# hosts: srv-plant cam-gate2 tablet6 notebook9
# ends: cam-gate2:client
# peers: dnsmasq-base udhcpc isc-dhcp-client
# tools: dnsmasq udhcpc dhclient busybox

. "$LAB/dhcp.sh"
dhcp_serve srv-plant --dhcp-reply-delay=1
dhcp_isc tablet6 quality-tablet
dhcp_isc_ends tablet6
here=$(address notebook9)
serve notebook9 dnsmasq --no-daemon --conf-file=/dev/null --port=0 --user=root --no-ping --dhcp-authoritative \
	--dhcp-leasefile="$state/leases-notebook9" --dhcp-range=192.168.10.200,192.168.10.220,255.255.255.0,10m \
	--dhcp-option=option:router,"$here" --dhcp-option=option:dns-server,"$here" --dhcp-option=252,"http://$here/wpad.dat"
for _ in $(seq 50); do
	ip netns exec "$prefix-notebook9" ss -Hlnu 'sport = :67' | grep -q . && break
	sleep 0.1
done
dhcp_busybox cam-gate2 eth0 cam-gate2 -V panasonic-camera
on cam-gate2 busybox ping -c 1 "$here" >/dev/null
dhcp_isc tablet6 quality-tablet
