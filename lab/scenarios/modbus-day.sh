# A quiet day at press 3: the panel polls the controller and the drives behind it, the engineer changes settings.
# hosts: hmi1 plc-press3 eng-pc1
# ends: hmi1:client eng-pc1:client plc-press3:server
# peers: python3-pymodbus npm:modbus-serial
# tools: python3 node

serve plc-press3 /usr/bin/python3 "$LAB/peers/modbus-server.py" "$(address plc-press3)"
listening plc-press3 502
on hmi1 node "$LAB/peers/modbus-client.js" panel "$(address plc-press3)" &
panel=$!
sleep 3
on eng-pc1 node "$LAB/peers/modbus-client.js" engineer "$(address plc-press3)"
sleep 4
on eng-pc1 node "$LAB/peers/modbus-client.js" engineer "$(address plc-press3)"
wait $panel
