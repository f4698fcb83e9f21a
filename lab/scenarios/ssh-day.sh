# An ordinary day at a gateway: the server looks after it with a key, the engineer logs in with a password (mistyped once)
# and copies a file to it.
# hosts: gw-cell4 srv-plant eng-pc1
# ends: eng-pc1:client
# peers: openssh-server openssh-client sshpass
# tools: sshd ssh scp ssh-keygen sshpass openssl base64 od

. "$LAB/ssh.sh"
ssh_serve gw-cell4
for _ in 1 2 3; do
	ssh_with_key srv-plant uptime >/dev/null
	sleep 1
done
! ssh_with_password eng-pc1 kran-5521 true
ssh_with_password eng-pc1 kran-5512 ls
head -c 20000 /dev/urandom >"$state/work/firmware.bin"
ssh_copy eng-pc1 "$state/work/firmware.bin"
cmp "$state/work/firmware.bin" "$state/home/firmware.bin"
tell '{"fact":"secret","value":"kran-5512"}'
