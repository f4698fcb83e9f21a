# A quiet day at the welding cell: the panel polls the controller over UDP, the engineer changes settings over TCP.
# hosts: hmi3 plc-weld4 eng-pc1
# ends: eng-pc1:client plc-weld4:server
# peers: npm:omron-fins
# own: synthetic/fins-controller.py
# tools: python3 node

serve plc-weld4 /usr/bin/python3 "$LAB/synthetic/fins-controller.py" "$(address plc-weld4)"
listening plc-weld4 9600
on hmi3 node "$LAB/peers/fins-client.js" panel "$(address plc-weld4)" &
panel=$!
sleep 3
on eng-pc1 node "$LAB/peers/fins-client.js" engineer "$(address plc-weld4)"
sleep 3
on eng-pc1 node "$LAB/peers/fins-client.js" engineer "$(address plc-weld4)"
wait $panel
