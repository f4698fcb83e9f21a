# The same oven a day later: the panel polls, recipes are sent, and a notebook nobody knows stops the controller and writes.
# hosts: hmi4 plc-oven6 dnc-pc1 notebook9
# peers: npm:mcprotocol
# own: synthetic/slmp-1e-controller.py synthetic/slmp-1e-tool.py
# tools: python3 node

serve plc-oven6 /usr/bin/python3 "$LAB/synthetic/slmp-1e-controller.py" "$(address plc-oven6)"
listening plc-oven6 1025
on hmi4 node "$LAB/peers/slmp-client.js" oven-panel "$(address plc-oven6)" &
panel=$!
sleep 1
on dnc-pc1 node "$LAB/peers/slmp-client.js" oven-recipe "$(address plc-oven6)"
on notebook9 /usr/bin/python3 "$LAB/synthetic/slmp-1e-tool.py" stranger "$(address plc-oven6)"
wait $panel
