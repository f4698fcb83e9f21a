# The same cell a day later: the panel polls, the engineer works, and a notebook nobody knows stops the controller.
# hosts: hmi3 plc-weld4 eng-pc1 notebook9
# peers: npm:omron-fins
# own: synthetic/fins-controller.py
# tools: python3 node

serve plc-weld4 /usr/bin/python3 "$LAB/synthetic/fins-controller.py" "$(address plc-weld4)"
listening plc-weld4 9600
on hmi3 node "$LAB/peers/fins-client.js" short-panel "$(address plc-weld4)" &
panel=$!
sleep 1
on eng-pc1 node "$LAB/peers/fins-client.js" engineer "$(address plc-weld4)"
on notebook9 node "$LAB/peers/fins-client.js" stranger "$(address plc-weld4)"
wait $panel
