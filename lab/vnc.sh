# lab/vnc.sh: TigerVNC servers as some machines and its viewer as others. Read by the scenarios that look at screens.

# vnc_serve HOST SCREEN-NAME [OPTION...]: a screen where pieces are counted. With panel-71 one may work at it, with
# blick-23 only look.
vnc_serve() {
	server=$1 name=$2
	shift 2
	printf 'panel-71\nblick-23\n' | tigervncpasswd -f >"$state/$server.vnc" 2>/dev/null
	serve "$server" Xtigervnc :0 -nolock -nolisten unix -rfbport 5900 -geometry 240x120 -depth 16 -desktop "$name" \
		-PasswordFile "$state/$server.vnc" "$@"
	listening "$server" 5900
	serve "$server" env DISPLAY=:0 xterm -fn fixed -geometry 20x4+0+0 -e sh -c 'n=118; while n=$((n + 1)); do echo "$n pieces"; sleep 1; done'
}

# vnc_desk HOST: the desk of somebody who has a viewer; its X server is seen by that machine alone.
vnc_desk() {
	serve "$1" Xvfb :9 -nolock -nolisten unix -nolisten tcp -screen 0 640x480x24
	for _ in $(seq 100); do
		desk_do "$1" getmouselocation >/dev/null 2>&1 && return 0
		sleep 0.1
	done
	die "there is no desk at $1: $(tail -1 "$state/$1.log")"
}

desk_do() {	# HOST WORD...: what the hands at that desk do
	desk=$1
	shift
	on "$desk" env DISPLAY=:9 xdotool "$@"
}

vnc_view() {	# HOST SERVER PASSWORD [OPTION...]
	desk=$1 server=$2
	printf '%s\n' "$3" | tigervncpasswd -f >"$state/$desk.word" 2>/dev/null
	shift 3
	on "$desk" env DISPLAY=:9 HOME="$state" xtigervncviewer -passwd "$state/$desk.word" -Log '*:stderr:100' -RemoteResize=0 \
		-AlertOnFatalError=0 -ReconnectOnError=0 "$@" "$(address "$server")" >"$state/$desk.view" 2>&1
}

# What the viewer itself says became of it.
vnc_told() {	# HOST SERVER
	word=login-failed outcome=refused
	! grep -q 'initialisation done' "$state/$1.view" || word=login outcome=done
	tell_action $word "$1" "$2" $outcome
}

# vnc_refused HOST SERVER PASSWORD: a viewer that is turned away.
vnc_refused() {
	vnc_view "$1" "$2" "$3" -SecurityTypes VncAuth || true
	vnc_told "$1" "$2"
	! grep -q 'initialisation done' "$state/$1.view"
}

# vnc_work HOST SERVER PASSWORD KEYS CLICKS SECONDS OPTION...: opens the screen, types, clicks, looks, and closes it.
vnc_work() {
	host=$1 device=$2 keys=$4 clicks=$5 seconds=$6
	vnc_view "$host" "$device" "$3" "${@:7}" &
	viewer=$!
	for _ in $(seq 100); do
		window=$(desk_do "$host" search --onlyvisible --name TigerVNC 2>/dev/null | head -1)
		[ -n "$window" ] && break
		sleep 0.1
	done
	[ -n "$window" ] || die "there is no screen of $device at $host: $(tail -3 "$state/$host.view")"
	title=$(desk_do "$host" getwindowname "$window")
	sleep 1
	desk_do "$host" windowfocus "$window" mousemove 120 60
	sleep 0.5
	[ "$keys" -eq 0 ] || desk_do "$host" type --delay 60 "$(printf '%*s' "$keys" '' | tr ' ' a)"
	for _ in $(seq "$clicks"); do
		desk_do "$host" click 1
		sleep 0.2
	done
	sleep "$seconds"
	desk_do "$host" windowclose "$window"
	wait $viewer || true
	# Behind TLS nobody sees what the password did; who only looks sends no keys, whatever is pressed.
	case "$*" in
	*TLS*)
		tell_fact opaque "$host" "$device" protocol=rfb
		return 0 ;;
	*-ViewOnly=1*) keys=0 clicks=0 ;;
	*) keys=$(grep -c 'Key pressed' "$state/$host.view" || true) ;;
	esac
	vnc_told "$host" "$device"
	tell_fact screen "$host" "$device" "name=${title% - TigerVNC}" keys:="$keys" clicks:="$clicks"
}
