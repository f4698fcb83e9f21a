# A day later: panel and telephone boot as ever. A notebook nobody knows tries names of files at the server and at the engineer's,
# takes a saved configuration, has the switch send it the running one and fetch another, and puts a program on the lathe.
# hosts: srv-plant hmi1 phone-gate1 sw-hall1 eng-pc1 nc-lathe2 notebook9
# peers: dnsmasq-base busybox curl
# own: synthetic/tftp-server.py
# tools: dnsmasq busybox curl openssl python3

. "$LAB/tftp.sh"
tftp_serve srv-plant
tftp_take eng-pc1
tftp_take nc-lathe2
tftp_take notebook9
tftp_file srv-plant boot/hmi1.img 60
tftp_file srv-plant y000000000028.cfg 3
tftp_config "$state/tftp-eng-pc1/sw-hall1-confg" sw-hall1
tftp_config "$state/sw-hall1" sw-hall1
sed 's/access vlan 13/access vlan 10/' "$state/sw-hall1" >"$state/tftp-notebook9/cfg"
printf '%%\nO4711 (FLANGE)\nN10 G21 G40 G90\nN20 T0101 M06\nN30 G01 X41.0 Z-10.0 F0.15\nN40 M30\n%%\n' >"$state/O4711.nc"

tftp_get hmi1 srv-plant boot/hmi1.img -b 1428
tftp_refused phone-gate1 srv-plant 805ec01b2207.cfg
tftp_get phone-gate1 srv-plant y000000000028.cfg
for name in router core access hall gate switch; do
	for end in -confg .cfg .conf .bin -config .txt .bak; do
		tftp_refused notebook9 srv-plant "$name$end"
	done
done
tftp_curl_get notebook9 eng-pc1 sw-hall1-confg
tftp_put sw-hall1 notebook9 running-config "$state/sw-hall1"
tftp_get sw-hall1 notebook9 cfg
tftp_curl_put notebook9 nc-lathe2 O4711.nc "$state/O4711.nc"
