# lab/rdp.sh: xrdp as one machine and FreeRDP as others. Read by the scenarios with a remote desktop; needs lab/vnc.sh.

# rdp_serve HOST: a remote desktop whose screen is drawn by a server of TigerVNC inside that machine.
rdp_serve() {
	rdp_server=$1
	openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj '/CN=NC-LATHE2' -keyout "$state/rdp-key.pem" -out "$state/rdp-cert.pem" \
		2>/dev/null
	xrdp-keygen xrdp "$state/rsakeys.ini" >/dev/null
	sed "s,STATE,$state,g" "$LAB/conf/xrdp.ini" >"$state/xrdp.ini"
	vnc_serve "$1" 'lathe 2' -SecurityTypes VncAuth -interface 127.0.0.1
	serve "$1" sh -c 'mount -t tmpfs none /var/run/xrdp 2>/dev/null; mount --bind "$0/rsakeys.ini" /etc/xrdp/rsakeys.ini && exec "$@"' \
		"$state" xrdp --nodaemon --config "$state/xrdp.ini"
	listening "$1" 3389
}

# rdp_work HOST CLIENT-NAME USER PASSWORD SECONDS OPTION...: a session, so long after it began; what the client says of it.
rdp_work() {
	host=$1 client=$2 user=$3 word=$4 seconds=$5
	shift 5
	rm -f "$state/$host.rdp"
	on "$host" env DISPLAY=:9 HOME="$state" xfreerdp /v:"$(address "$rdp_server")" /u:"$user" /p:"$word" /cert:ignore \
		/client-hostname:"$client" /size:200x140 /bpp:8 /log-level:DEBUG "$@" >"$state/$host.rdp" 2>&1 &
	viewer=$!
	for _ in $(seq 100); do
		grep -qs 'CONNECTION_STATE_CAPABILITIES' "$state/$host.rdp" && break
		sleep 0.1
	done
	sleep "$seconds"
	for pid in $(ip netns pids "$prefix-$host"); do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != xfreerdp ] || kill "$pid"
	done
	wait $viewer || true
	grep -q 'CONNECTION_STATE_CAPABILITIES' "$state/$host.rdp" || die "no session of $host: $(tail -3 "$state/$host.rdp")"
	# What a client calls itself, and who logs in, stand behind TLS, if there is any.
	case "$*" in
	*sec:rdp*)
		tell_fact rdp-login "$host" "$rdp_server" "user=$user"
		tell_fact rdp "$host" "$rdp_server" "user=$user" "client=$client" ;;
	*) tell_fact rdp "$host" "$rdp_server" "user=$user" client:=null ;;
	esac
}
