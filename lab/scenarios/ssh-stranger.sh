# A day later: the server looks after the gateway as always, and a notebook nobody knows tries passwords until one fits.
# hosts: gw-cell4 srv-plant notebook9
# peers: openssh-server openssh-client sshpass
# tools: sshd ssh ssh-keygen sshpass openssl base64 od

. "$LAB/ssh.sh"
ssh_serve gw-cell4
ssh_with_key srv-plant uptime >/dev/null
for word in admin wartung 123456 passwort service wago root kran kran-55 maintenance; do
	! ssh_with_password notebook9 "$word" true
done
ssh_with_password notebook9 kran-5512 cat /etc/hostname
ssh_with_key srv-plant uptime >/dev/null
tell '{"fact":"secret","value":"kran-5512"}'
