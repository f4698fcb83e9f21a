# lab/tftp.sh: TFTP servers as some machines and clients as others. Read by the scenarios in which files go by TFTP.

# tftp_waits HOST: until its server listens.
tftp_waits() {
	for _ in $(seq 50); do
		ip netns exec "$prefix-$1" ss -Hlnu 'sport = :69' | grep -q . && return 0
		sleep 0.1
	done
	die "no TFTP server starts at $1: $(tail -1 "$state/$1.log")"
}

# tftp_serve HOST OPTION...: dnsmasq hands out what lies in the machine's folder.
tftp_serve() {
	host=$1
	shift
	mkdir -p "$state/tftp-$host"
	serve "$host" dnsmasq --keep-in-foreground --conf-file=/dev/null --port=0 --user=root --enable-tftp \
		--tftp-root="$state/tftp-$host" --log-facility=- "$@"
	tftp_waits "$host"
}

# tftp_take HOST: a server that takes files too, which dnsmasq does not.
tftp_take() {
	mkdir -p "$state/tftp-$1"
	serve "$1" /usr/bin/python3 "$LAB/synthetic/tftp-server.py" "$(address "$1")" "$state/tftp-$1"
	tftp_waits "$1"
}

# tftp_file SERVER NAME KIBIBYTES: a file there that nothing else looks like.
tftp_file() {
	mkdir -p "$(dirname "$state/tftp-$1/$2")"
	head -c "$(($3 * 1024 + 137))" /dev/zero | openssl enc -aes-128-ctr -K "$(printf '%s' "$2" | md5sum | cut -c1-32)" \
		-iv 00000000000000000000000000000000 >"$state/tftp-$1/$2"
}

# tftp_get HOST SERVER NAME OPTION...: BusyBox's client.
tftp_get() {
	host=$1 server=$2 name=$3
	shift 3
	on "$host" busybox tftp -g -l "$state/got" -r "$name" "$@" "$(address "$server")" >>"$state/$host.log" 2>&1
	cmp "$state/got" "$state/tftp-$server/$name"
	tell_file read "$host" "$server" "$name" "$state/got"
}

# tftp_curl_get HOST SERVER NAME OPTION...
tftp_curl_get() {
	host=$1 server=$2 name=$3
	shift 3
	on "$host" curl -sS -o "$state/got" "$@" "tftp://$(address "$server")/$name"
	cmp "$state/got" "$state/tftp-$server/$name"
	tell_file read "$host" "$server" "$name" "$state/got"
}

# tftp_put HOST SERVER NAME FILE OPTION...: BusyBox's client.
tftp_put() {
	host=$1 server=$2 name=$3 file=$4
	shift 4
	on "$host" busybox tftp -p -l "$file" -r "$name" "$@" "$(address "$server")" >>"$state/$host.log" 2>&1
	tell_file write "$host" "$server" "$name" "$file"
}

# tftp_curl_put HOST SERVER NAME FILE OPTION...
tftp_curl_put() {
	host=$1 server=$2 name=$3 file=$4
	shift 4
	on "$host" curl -sS -T "$file" "$@" "tftp://$(address "$server")/$name"
	tell_file write "$host" "$server" "$name" "$file"
}

# tftp_refused HOST SERVER NAME
tftp_refused() {
	! on "$1" busybox tftp -g -l "$state/got" -r "$3" "$(address "$2")" >>"$state/$1.log" 2>&1
	tell "{\"action\":\"file-read\",\"actor\":\"$(address "$1")\",\"device\":\"$(address "$2")\",\"name\":\"$3\",\"outcome\":\"refused\"}"
}

# tftp_config FILE NAME: what a switch would save.
tftp_config() {
	awk -v name="$2" 'BEGIN {
		printf "! saved configuration\nhostname %s\n", name
		for (i = 1; i <= 24; i++) printf "interface ethernet 1/%d\n description cell %d\n switchport access vlan %d\n!\n", i, i % 6, 10 + i % 4
		print "snmp-server location hall 1\nend" }' >"$1"
}
