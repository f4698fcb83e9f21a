# A day later: the engineer works as always, and a notebook nobody knows opens one session after the other, each with
# another password, until the last one fits. What becomes of each stands behind TLS.
# hosts: nc-lathe2 eng-pc1 notebook9
# peers: xrdp tigervnc-standalone-server freerdp2-x11
# tools: xrdp xrdp-keygen Xtigervnc tigervncpasswd Xvfb xdotool xterm xfreerdp openssl

. "$LAB/vnc.sh"
. "$LAB/rdp.sh"
rdp_serve nc-lathe2
vnc_desk eng-pc1
vnc_desk notebook9
rdp_work eng-pc1 ENG-PC1 dnc panel-71 1 /sec:tls
for word in admin 123456 lathe dnc dnc123 password operator; do
	rdp_work notebook9 NOTEBOOK9 Administrator "$word" 0.1 /sec:tls
done
rdp_work notebook9 NOTEBOOK9 dnc panel-71 1 /sec:tls
tell '{"fact":"secret","value":"panel-71"}'
