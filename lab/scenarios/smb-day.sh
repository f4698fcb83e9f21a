# An ordinary day on the share of a Windows-based control: programs are put there, listed, read back, renamed, one is
# deleted; an old panel reads one with SMB 1.
# hosts: nc-lathe2 dnc-pc1 hmi1
# peers: samba smbclient
# tools: smbd smbclient smbpasswd

. "$LAB/samba.sh"
lathe=$(address nc-lathe2)
samba_serve nc-lathe2 LATHE2
cd "$state/work"
awk 'BEGIN {
	print "%\nO4711 (FLANGE)\nN10 G21 G40 G90\nN20 T0101 M06\nN30 S1200 M03"
	for (i = 4; i < 4000; i++) printf "N%d G01 X%.3f Z%.3f F0.15\n", i * 10, 40 - i / 200, -i / 80
	print "N40000 M30\n%" }' >O4711.NC
printf '%%\nO0042 (WARM UP)\nN10 S300 M03\nN20 G04 P60\nN30 M30\n%%\n' >O0042.NC
printf 'T01 ROUGHING R0.8\r\nT02 FINISHING R0.4\r\n' >工具表.txt

samba_talk dnc-pc1 DNC-PC1 "mkdir PRG; cd PRG; put O4711.NC; put O0042.NC; put 工具表.txt; ls"
tell_file write dnc-pc1 nc-lathe2 O4711.NC O4711.NC
tell_file write dnc-pc1 nc-lathe2 O0042.NC O0042.NC
tell_file write dnc-pc1 nc-lathe2 工具表.txt 工具表.txt
samba_talk dnc-pc1 DNC-PC1 "cd PRG; get O4711.NC back.nc; rename O0042.NC O0043.NC; put O0042.NC SCRATCH.NC; del SCRATCH.NC; ls"
cmp O4711.NC back.nc
tell_file read dnc-pc1 nc-lathe2 O4711.NC back.nc
tell_file write dnc-pc1 nc-lathe2 SCRATCH.NC O0042.NC
tell "{\"action\":\"file-rename\",\"actor\":\"$(address dnc-pc1)\",\"device\":\"$lathe\",\"name\":\"O0042.NC\",\"outcome\":\"done\"}"
tell "{\"action\":\"file-delete\",\"actor\":\"$(address dnc-pc1)\",\"device\":\"$lathe\",\"name\":\"SCRATCH.NC\",\"outcome\":\"done\"}"
samba_talk hmi1 HMI1 "cd PRG; get O0043.NC got.nc" -m NT1 --option='client min protocol=NT1'
tell_file read hmi1 nc-lathe2 O0043.NC got.nc
samba_refused dnc-pc1 DNC-PC1
tell "{\"action\":\"login-failed\",\"actor\":\"$(address dnc-pc1)\",\"device\":\"$lathe\",\"outcome\":\"refused\"}"
tell '{"fact":"secret","value":"geheim-7"}'
cd "$LAB"
