# The same line: a notebook nobody knows stops the controller and sends it a block while the panel goes on polling.
# hosts: hmi2 plc-paint1 notebook9
# peers: npm:node-snap7 npm:nodes7
# tools: node

serve plc-paint1 node "$LAB/peers/s7-server.js" "$(address plc-paint1)"
listening plc-paint1 102
on hmi2 node "$LAB/peers/s7-panel.js" "$(address plc-paint1)" 12 &
panel=$!
sleep 2
on notebook9 node "$LAB/peers/s7-engineer.js" stop "$(address plc-paint1)"
wait $panel
