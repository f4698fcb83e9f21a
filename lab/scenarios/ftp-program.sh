# Programs go to lathe 2 by FTP: sent actively and passively, listed, read back, renamed, deleted.
# hosts: nc-lathe2 dnc-pc1
# peers: vsftpd tnftp curl
# tools: vsftpd tnftp curl

lathe=$(address nc-lathe2)
sed "s,STATE,$state,g" "$LAB/conf/vsftpd.conf" >"$state/vsftpd.conf"
mkdir -p "$state/ftp/PRG" "$state/empty" "$state/work"
chmod 755 "$state" "$state/ftp"
chown ftp "$state/ftp/PRG"
cd "$state/work"
awk 'BEGIN {
	print "%\nO4711 (FLANGE)\nN10 G21 G40 G90\nN20 T0101 M06\nN30 S1200 M03"
	for (i = 4; i < 400; i++) printf "N%d G01 X%.3f Z%.3f F0.15\n", i * 10, 40 - i / 20, -i / 8
	print "N9990 M30\n%" }' >O4711.nc
printf '%%\nO0042 (WARM UP)\nN10 S300 M03\nN20 G04 P60\nN30 M30\n%%\n' >O0042.nc

serve nc-lathe2 vsftpd "$state/vsftpd.conf"
listening nc-lathe2 21
talk() { # OPTION: the commands of one sitting, from standard input
	{ echo 'user anonymous dnc@works.example'; cat; echo quit; } | on dnc-pc1 tnftp -n -v "$1" "$lathe" >>"$state/work/talk" 2>&1
}
talk -A <<'EOF'
binary
cd PRG
put O4711.nc
ls
EOF
tell_file write dnc-pc1 nc-lathe2 O4711.nc O4711.nc
talk -p <<'EOF'
binary
cd PRG
put O0042.nc
get O4711.nc back.nc
rename O0042.nc O0043.nc
put O0042.nc SCRATCH.nc
delete SCRATCH.nc
ls
EOF
tell_file write dnc-pc1 nc-lathe2 O0042.nc O0042.nc
cmp O4711.nc back.nc
tell_file read dnc-pc1 nc-lathe2 O4711.nc back.nc
tell_file write dnc-pc1 nc-lathe2 SCRATCH.nc O0042.nc
tell "{\"action\":\"file-rename\",\"actor\":\"$(address dnc-pc1)\",\"device\":\"$lathe\",\"name\":\"O0042.nc\",\"outcome\":\"done\"}"
tell "{\"action\":\"file-delete\",\"actor\":\"$(address dnc-pc1)\",\"device\":\"$lathe\",\"name\":\"SCRATCH.nc\",\"outcome\":\"done\"}"
on dnc-pc1 curl -sS -o got "ftp://$lathe/PRG/O0043.nc"
tell_file read dnc-pc1 nc-lathe2 O0043.nc got
tell '{"fact":"secret","value":"dnc@works.example"}'
cd "$LAB"
