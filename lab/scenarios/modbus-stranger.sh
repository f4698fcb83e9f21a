# The same plant a day later: the panel polls, the engineer works, and a PC of the office writes into the controller.
# hosts: hmi1 plc-press3 eng-pc1 office-pc7
# peers: python3-pymodbus npm:modbus-serial
# tools: python3 node

serve plc-press3 /usr/bin/python3 "$LAB/peers/modbus-server.py" "$(address plc-press3)"
listening plc-press3 502
on hmi1 node "$LAB/peers/modbus-client.js" short-panel "$(address plc-press3)" &
panel=$!
sleep 1
on eng-pc1 node "$LAB/peers/modbus-client.js" engineer "$(address plc-press3)"
on office-pc7 node "$LAB/peers/modbus-client.js" stranger "$(address plc-press3)"
wait $panel
