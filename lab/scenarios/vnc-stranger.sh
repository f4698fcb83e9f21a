# A day later: a notebook nobody knows tries passwords at a panel until one fits, works at it, is locked out of the second,
# and finds a third that asks for none.
# hosts: hmi1 hmi2 hmi3 eng-pc1 notebook9
# peers: tigervnc-standalone-server tigervnc-viewer
# tools: Xtigervnc xtigervncviewer tigervncpasswd Xvfb xdotool xterm

. "$LAB/vnc.sh"
vnc_serve hmi1 'press line' -SecurityTypes VncAuth -UseBlacklist 0
vnc_serve hmi2 'paint line' -SecurityTypes VncAuth
vnc_serve hmi3 'welding cell' -SecurityTypes None
vnc_desk eng-pc1
vnc_desk notebook9
vnc_work eng-pc1 hmi1 panel-71 3 1 1 -SecurityTypes VncAuth
for word in admin 1234 password vnc 0000 operator service press panel panel-7; do
	vnc_refused notebook9 hmi1 "$word"
done
vnc_work notebook9 hmi1 panel-71 12 4 1 -SecurityTypes VncAuth
for word in admin 1234 password vnc 0000 operator service; do
	vnc_refused notebook9 hmi2 "$word"
done
vnc_work notebook9 hmi3 none 5 2 1 -SecurityTypes None
tell '{"fact":"secret","value":"panel-71"}'
