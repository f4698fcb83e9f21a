# lab/samba.sh: a Samba server as one machine and smbclient as others. Read by the scenarios that share files.

# samba_serve HOST NETBIOS-NAME: one share "nc", one user "dnc" with a password; an account every Debian has stands for it.
samba_serve() {
	for folder in private lock state cache run ncalrpc share work; do
		mkdir -p "$state/$folder"
	done
	chmod 755 "$state/ncalrpc" "$state/lock"
	sed "s,STATE,$state,g; s,NAME,$2,g" "$LAB/conf/smb.conf" >"$state/smb.conf"
	echo 'games = dnc' >"$state/users"
	printf 'geheim-7\ngeheim-7\n' | smbpasswd -c "$state/smb.conf" -s -a games >/dev/null
	serve "$1" smbd -F --no-process-group -s "$state/smb.conf"
	listening "$1" 445
	samba_address=$(address "$1")
}

# samba_talk HOST NETBIOS-NAME COMMANDS [OPTION...]: one sitting of that machine.
samba_talk() {
	host=$1 name=$2 commands=$3
	shift 3
	on "$host" smbclient "//$samba_address/nc" -s /dev/null --netbiosname="$name" -U 'WORKS\dnc%geheim-7' "$@" -c "$commands" \
		>>"$state/work/talk" 2>&1
}

# samba_refused HOST NETBIOS-NAME: a login with a wrong password.
samba_refused() {
	! on "$1" smbclient "//$samba_address/nc" -s /dev/null --netbiosname="$2" -U 'WORKS\dnc%geheim-8' -c ls \
		>>"$state/work/talk" 2>&1
}
