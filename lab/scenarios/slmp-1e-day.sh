# A quiet day at the oven, whose controller is an FX3U and speaks frames of the A series (1E): the panel polls, the recipe PC
# writes in binary and in ASCII, on a port nobody would guess, and the maintenance PC tries what it can.
# hosts: hmi4 plc-oven6 dnc-pc1 eng-pc1
# peers: npm:mcprotocol
# own: synthetic/slmp-1e-controller.py synthetic/slmp-1e-tool.py
# tools: python3 node

serve plc-oven6 /usr/bin/python3 "$LAB/synthetic/slmp-1e-controller.py" "$(address plc-oven6)"
listening plc-oven6 1025
listening plc-oven6 6551
on hmi4 node "$LAB/peers/slmp-client.js" oven-panel "$(address plc-oven6)" &
panel=$!
sleep 2
on dnc-pc1 node "$LAB/peers/slmp-client.js" oven-recipe "$(address plc-oven6)"
on dnc-pc1 node "$LAB/peers/slmp-client.js" oven-recipe-ascii "$(address plc-oven6)"
on eng-pc1 /usr/bin/python3 "$LAB/synthetic/slmp-1e-tool.py" maintenance "$(address plc-oven6)"
wait $panel
