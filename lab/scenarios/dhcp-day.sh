# Addresses on an ordinary day: a camera (BusyBox) and a tablet (ISC) get theirs, the tablet asks again for the one it had
# and gives it back; a label printer behind a gateway gets its own through a relay.
# hosts: srv-plant cam-gate2 tablet6 gw-cell4 label-pc3
# ends: cam-gate2:client
# peers: dnsmasq-base udhcpc isc-dhcp-client isc-dhcp-relay
# tools: dnsmasq udhcpc dhclient dhcrelay busybox

. "$LAB/dhcp.sh"
# The gateway's other side: a cell of its own behind it.
ip -n "$prefix-gw-cell4" link add cell0 type veth peer name cell0 netns "$prefix-label-pc3"
ip -n "$prefix-gw-cell4" address add 10.44.0.1/24 dev cell0
ip -n "$prefix-gw-cell4" link set cell0 up
ip -n "$prefix-label-pc3" link set eth0 down
ip -n "$prefix-label-pc3" link set cell0 address "$(mac label-pc3)" up
ip -n "$prefix-srv-plant" route add 10.44.0.0/24 via "$(address gw-cell4)"
ip netns exec "$prefix-gw-cell4" sysctl -q -w net.ipv4.ip_forward=1

dhcp_serve srv-plant
serve gw-cell4 dhcrelay -d -4 -a -pf "$state/relay.pid" -id cell0 -iu eth0 "$(address srv-plant)"
dhcp_busybox cam-gate2 eth0 cam-gate2 -V panasonic-camera
dhcp_isc tablet6 quality-tablet
dhcp_isc_ends tablet6
dhcp_isc tablet6 quality-tablet
dhcp_isc tablet6 quality-tablet -r
dhcp_busybox label-pc3 cell0 label-printer
ip -n "$prefix-label-pc3" route add default via 10.44.0.1
on label-pc3 busybox ping -c 1 "$(address srv-plant)" >/dev/null
dhcp_busybox cam-gate2 eth0 cam-gate2 -V panasonic-camera -r 192.168.10.177
on cam-gate2 busybox ping -c 1 "$(address srv-plant)" >/dev/null
