# The same line a day later: the panel polls, recipes are sent, and a notebook nobody knows stops the controller and writes.
# hosts: hmi4 plc-line7 dnc-pc1 notebook9
# peers: npm:mcprotocol
# own: synthetic/slmp-controller.py synthetic/slmp-tool.py
# tools: python3 node

serve plc-line7 /usr/bin/python3 "$LAB/synthetic/slmp-controller.py" "$(address plc-line7)"
listening plc-line7 5002
on hmi4 node "$LAB/peers/slmp-client.js" short-panel "$(address plc-line7)" &
panel=$!
sleep 1
on dnc-pc1 node "$LAB/peers/slmp-client.js" recipe "$(address plc-line7)"
on notebook9 /usr/bin/python3 "$LAB/synthetic/slmp-tool.py" stranger "$(address plc-line7)"
wait $panel
