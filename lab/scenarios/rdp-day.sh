# A quiet day at the screen of a Windows control: the engineer works there through TLS, an old PC without.
# hosts: nc-lathe2 eng-pc1 dnc-pc1
# ends: eng-pc1:client
# peers: xrdp tigervnc-standalone-server freerdp2-x11
# tools: xrdp xrdp-keygen Xtigervnc tigervncpasswd Xvfb xdotool xterm xfreerdp openssl

. "$LAB/vnc.sh"
. "$LAB/rdp.sh"
rdp_serve nc-lathe2
vnc_desk eng-pc1
vnc_desk dnc-pc1
rdp_work eng-pc1 ENG-PC1 dnc panel-71 2 /sec:tls
rdp_work dnc-pc1 DNC-PC1 dnc panel-71 2 /sec:rdp
tell '{"fact":"secret","value":"panel-71"}'
