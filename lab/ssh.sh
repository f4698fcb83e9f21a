# lab/ssh.sh: an OpenSSH server as one machine and its clients as others. Read by the scenarios with a login of this kind.

# ssh_serve HOST: one account, "wartung", that only this machine has.
ssh_serve() {
	mkdir -p "$state/home" "$state/work" /run/sshd
	chmod 755 "$state" "$state/home"
	ssh-keygen -q -t ed25519 -N '' -C '' -f "$state/host_key"
	ssh-keygen -q -t ed25519 -N '' -C '' -f "$state/key"
	cp "$state/key.pub" "$state/authorized_keys"
	{ cat /etc/passwd; echo "wartung:x:4711:4711::$state/home:/bin/sh"; } >"$state/passwd"
	{ cat /etc/shadow; echo "wartung:$(openssl passwd -6 kran-5512):19000::::::"; } >"$state/shadow"
	chown 4711 "$state/home"
	sed "s,STATE,$state,g" "$LAB/conf/sshd.conf" >"$state/sshd.conf"
	serve "$1" sh -c 'mount --bind "$0/passwd" /etc/passwd && mount --bind "$0/shadow" /etc/shadow && exec "$@"' "$state" \
		/usr/sbin/sshd -D -e -f "$state/sshd.conf"
	listening "$1" 22
	ssh_server=$1
}

# ssh_told HOST: what the client says of a session, from its own protocol of it.
ssh_told() {
	said() { sed -n "s/^debug1: $1/\\1/p" "$state/ssh.log" | tr -d '\r' | head -1; }
	server=$(said 'Remote protocol version [0-9.]*, remote software version \(.*\)')
	client=$(said 'Local version string SSH-2.0-\(.*\)')
	key=$(said 'Server host key: .* SHA256:\(.*\)')
	kex=$(said 'kex: algorithm: \(.*\)')
	cipher=$(said 'kex: client->server cipher: \([^ ]*\).*')
	# base64 as ssh prints it, without its padding
	digest=$(printf '%s=' "$key" | base64 -d | od -An -v -tx1 | tr -d ' \n')
	tell_fact ssh "$1" "$ssh_server" "server=$server" "client=$client" key="$digest" "kex=$kex" "cipher=$cipher"
}

ssh_words="-v -F none -o StrictHostKeyChecking=accept-new -o NumberOfPasswordPrompts=1 -o LogLevel=DEBUG1"

# ssh_with_key HOST COMMAND...: a session, let in by its key.
ssh_with_key() {
	host=$1
	shift
	on "$host" ssh $ssh_words -o UserKnownHostsFile="$state/known-$host" -i "$state/key" -o BatchMode=yes \
		"wartung@$(address $ssh_server)" "$@" 2>"$state/ssh.log"
	ssh_told "$host"
}

# ssh_with_password HOST PASSWORD COMMAND...: a session, let in by a password, or not.
ssh_with_password() {
	host=$1 word=$2
	shift 2
	on "$host" env SSHPASS="$word" sshpass -e ssh $ssh_words -o UserKnownHostsFile="$state/known-$host" -o PubkeyAuthentication=no \
		"wartung@$(address $ssh_server)" "$@" >"$state/ssh.out" 2>"$state/ssh.log" && let_in=yes || let_in=
	ssh_told "$host"
	[ -n "$let_in" ]
}

# ssh_copy HOST FILE: a file, by scp.
ssh_copy() {
	on "$1" scp $ssh_words -o UserKnownHostsFile="$state/known-$1" -i "$state/key" -o BatchMode=yes "$2" \
		"wartung@$(address $ssh_server):" 2>"$state/ssh.log"
	ssh_told "$1"
}
