# A quiet day at the screens: the engineer mistypes once and then works at a panel, the office only looks (with its own
# password), and the engineer works at the paint line through TLS.
# hosts: hmi1 hmi2 eng-pc1 office-pc7
# ends: eng-pc1:client
# peers: tigervnc-standalone-server tigervnc-viewer
# tools: Xtigervnc xtigervncviewer tigervncpasswd Xvfb xdotool xterm

. "$LAB/vnc.sh"
vnc_serve hmi1 'press line' -SecurityTypes VncAuth
vnc_serve hmi2 'paint line'
vnc_desk eng-pc1
vnc_desk office-pc7
vnc_refused eng-pc1 hmi1 panel-17
vnc_work eng-pc1 hmi1 panel-71 7 3 2 -SecurityTypes VncAuth
vnc_work office-pc7 hmi1 blick-23 0 0 3 -SecurityTypes VncAuth -ViewOnly=1
vnc_work eng-pc1 hmi2 panel-71 4 1 1 -SecurityTypes TLSVnc
tell '{"fact":"secret","value":"panel-71"}'
tell '{"fact":"secret","value":"blick-23"}'
