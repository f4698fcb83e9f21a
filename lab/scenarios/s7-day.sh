# A quiet day at the paint line: the panel polls and sets values, the engineer identifies, lists, reads and sets the clock.
# hosts: hmi2 plc-paint1 eng-pc1
# peers: npm:node-snap7 npm:nodes7
# tools: node

serve plc-paint1 node "$LAB/peers/s7-server.js" "$(address plc-paint1)"
listening plc-paint1 102
on hmi2 node "$LAB/peers/s7-panel.js" "$(address plc-paint1)" 25 &
panel=$!
sleep 3
on eng-pc1 node "$LAB/peers/s7-engineer.js" day "$(address plc-paint1)"
wait $panel
