# lab/net.sh: the namespaces of the lab and the commands a scenario is written in. Read by lab/up, lab/down, lab/record.
#
# Every machine of plant.tsv is a network namespace koban-NAME with one interface eth0; a bridge in koban-switch is the
# switch. Nothing touches the interfaces, the processes or the names of the computer it runs on.

lab=$(cd "$(dirname "$0")" && pwd)
plant=$lab/plant.tsv
state=/run/koban-lab
prefix=koban
switch=$prefix-switch
PATH=$PATH:/usr/sbin:/sbin

die() {
	echo "lab: $*" >&2
	exit 1
}

need_root() {
	[ "$(id -u)" -eq 0 ] || die "network namespaces need root: sudo $0${*:+ $*}"
}

need_tools() {
	for tool in "$@"; do
		command -v "$tool" >/dev/null || die "'$tool' is missing: script/setup lab"
	done
}

need_npm() {
	need_tools node npm
	(cd "$lab" && jq -r '.dependencies | keys[]' package.json | while read -r package; do
		[ -d "node_modules/$package" ] || exit 1
	done) || (cd "$lab" && npm ci --loglevel=error >"$state/npm.log" 2>&1) ||
		die "the npm packages could not be installed: $(grep -i 'err' "$state/npm.log" | grep -vi 'code\|errno\|log of' |
			head -1)"
}

hosts_all() { awk '!/^#/ { print $1 }' "$plant"; }
field() { awk -F'\t' -v name="$1" -v n="$2" '$1 == name { print $n }' "$plant"; }
address() { field "$1" 2; }
mac() { field "$1" 3; }

# Exactly the processes inside our own namespaces, by their ids.
end_processes() {	# NAMESPACE
	for signal in TERM KILL; do
		pids=$(ip netns pids "$1" 2>/dev/null || true)
		[ -n "$pids" ] || return 0
		kill -$signal $pids 2>/dev/null || true
		for _ in 1 2 3 4 5 6 7 8 9 10; do
			[ -n "$(ip netns pids "$1" 2>/dev/null || true)" ] || return 0
			sleep 0.1
		done
	done
}

ours() { ip netns list | awk -v p="^$prefix-" '$1 ~ p { print $1 }'; }

net_down() {
	for ns in $(ours); do
		end_processes "$ns"
		ip netns del "$ns"
	done
	rm -rf "$state"
}

port_up() {	# HOST
	ns=$prefix-$1
	ip netns add "$ns"
	ip netns exec "$ns" sysctl -q -w net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 2>/dev/null ||
		true
	ip -n "$ns" link add eth0 address "$(mac "$1")" type veth peer name "$1" netns "$switch"
	# With checksums left to hardware that is not there, every recorded frame would look damaged.
	ip netns exec "$ns" ethtool -K eth0 tx off gso off tso off >/dev/null
	# 100 Mbit/s as on a shop floor, and slow enough for the recorders to miss nothing.
	tc -n "$switch" qdisc add dev "$1" root tbf rate 100mbit burst 16k latency 100ms
	tc -n "$ns" qdisc add dev eth0 root tbf rate 100mbit burst 16k latency 100ms
	ip -n "$switch" link set "$1" master br0 up
	ip -n "$ns" link set lo up
	ip -n "$ns" link set eth0 up
	[ "$(address "$1")" = - ] || ip -n "$ns" address add "$(address "$1")/24" dev eth0
}

net_up() {	# HOST...
	mkdir -p "$state"
	ip netns add "$switch"
	ip netns exec "$switch" sysctl -q -w net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 \
		2>/dev/null || true
	ip -n "$switch" link add br0 type bridge mcast_snooping 0
	# A switch keeps LLDP to itself; this one repeats it, as a mirror port would show it (bit 14 is 01-80-c2-00-00-0e).
	ip netns exec "$switch" sh -c 'echo 0x4000 >/sys/class/net/br0/bridge/group_fwd_mask' 2>/dev/null || true
	ip -n "$switch" link set br0 up
	for host in "$@"; do
		[ -n "$(mac "$host")" ] || die "there is no '$host' in lab/plant.tsv"
		port_up "$host"
	done
	for host in "$@"; do	# a bridge port forwards some moments after it came up
		ns=$prefix-$host
		for _ in 1 2 3 4 5 6 7 8 9 10; do
			[ "$(ip netns exec "$ns" cat /sys/class/net/eth0/operstate)" = up ] && break
			sleep 0.1
		done
	done
}

# ---- what a scenario is written in ----

# on HOST COMMAND...: runs it in the place of that machine, which also has its own host name.
on() {
	ns=$prefix-$1
	shift
	ip netns exec "$ns" unshare --uts sh -c 'hostname "$0"; exec "$@"' "${ns#"$prefix"-}" "$@"
}

# serve HOST COMMAND...: the same in the background, until the scenario ends.
serve() {
	on "$@" >>"$state/$1.log" 2>&1 </dev/null &
}

# listening HOST PORT: waits until a server answers there, looking from inside and thus unseen by the recording.
listening() {
	for _ in $(seq 100); do
		ip netns exec "$prefix-$1" ss -Hlnt "sport = :$2" | grep -q . && return 0
		sleep 0.1
	done
	die "nothing listens on port $2 of $1: $(tail -1 "$state/$1.log" 2>/dev/null)"
}

# tell JSON: a line of truth, by the one who did it.
tell() { echo "$1" >>"$TRUTH"; }

# tell_fact KIND ACTOR DEVICE [NAME=TEXT | NAME:=JSON]...: what one machine says it did with another.
tell_fact() {
	fact=$1 ends="actor=$(address "$2") device=$(address "$3")"
	shift 3
	tell "$(jq -nc '$ARGS.positional | map(capture("^(?<k>[a-z]+)(?<j>:?)=(?<v>.*)$"; "s")
		| {(.k): (if .j == ":" then (.v | fromjson) else .v end)}) | add' --args "fact=$fact" $ends "$@")"
}

# tell_action WORD ACTOR DEVICE OUTCOME
tell_action() {
	tell "{\"action\":\"$1\",\"actor\":\"$(address "$2")\",\"device\":\"$(address "$3")\",\"outcome\":\"$4\"}"
}

# tell_file VERB ACTOR DEVICE NAME FILE: a file that was moved over the network, with its real digest.
tell_file() {
	tell "{\"file\":\"$1\",\"actor\":\"$(address "$2")\",\"device\":\"$(address "$3")\",\"name\":\"$4\",\"size\":$(
		stat -c %s "$5"),\"sha256\":\"$(sha256sum "$5" | cut -d' ' -f1)\"}"
}
