# A morning and a night: a panel without a disk and a telephone boot from the server, a gateway from one that answers from the port
# it is asked at; switch and gateway put their configurations at the engineer's; the lathe gets a program and gives it back.
# hosts: srv-plant hmi1 phone-gate1 sw-hall1 gw-cell4 eng-pc1 dnc-pc1 nc-lathe2
# ends: hmi1:client
# peers: dnsmasq-base busybox curl
# own: synthetic/tftp-server.py
# tools: dnsmasq busybox curl openssl python3

. "$LAB/tftp.sh"
tftp_serve srv-plant
tftp_serve dnc-pc1 --tftp-single-port
tftp_take eng-pc1
tftp_take nc-lathe2
tftp_file srv-plant boot/hmi1.img 60
tftp_file srv-plant y000000000028.cfg 3
tftp_file srv-plant full 4
tftp_file dnc-pc1 gw/boot.bin 20
truncate -s 4096 "$state/tftp-srv-plant/full"	# fills its last block
: >"$state/tftp-srv-plant/empty"
tftp_config "$state/sw-hall1" sw-hall1
tftp_config "$state/gw-cell4" gw-cell4
printf '%%\nO4711 (FLANGE)\nN10 G21 G40 G90\nN20 T0101 M06\nN30 G01 X40.0 Z-10.0 F0.15\nN40 M30\n%%\n' >"$state/O4711.nc"

for _ in 1 2; do
	tftp_get hmi1 srv-plant boot/hmi1.img -b 1428
	tftp_refused phone-gate1 srv-plant 805ec01b2207.cfg
	tftp_get phone-gate1 srv-plant y000000000028.cfg
	tftp_get gw-cell4 dnc-pc1 gw/boot.bin
	sleep 1
done
tftp_curl_get phone-gate1 srv-plant full
tftp_get phone-gate1 srv-plant empty
tftp_curl_get hmi1 srv-plant full --tftp-blksize 1024
tftp_curl_get hmi1 srv-plant full --tftp-no-options
tftp_put gw-cell4 eng-pc1 gw-cell4-confg "$state/gw-cell4" -b 600
tftp_curl_put sw-hall1 eng-pc1 sw-hall1-confg "$state/sw-hall1"
tftp_curl_put sw-hall1 eng-pc1 sw-hall1-confg "$state/sw-hall1" --use-ascii
tftp_curl_put dnc-pc1 nc-lathe2 O4711.nc "$state/O4711.nc"
tftp_curl_get dnc-pc1 nc-lathe2 O4711.nc
