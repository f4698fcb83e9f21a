# A quiet day at line 7: the panel polls the controller, the recipe PC writes in binary and in ASCII, the engineer works with a
# remote password and changes the program.
# hosts: hmi4 plc-line7 dnc-pc1 eng-pc1
# peers: npm:mcprotocol
# own: synthetic/slmp-controller.py synthetic/slmp-tool.py
# tools: python3 node

serve plc-line7 /usr/bin/python3 "$LAB/synthetic/slmp-controller.py" "$(address plc-line7)"
listening plc-line7 5002
listening plc-line7 5003
on hmi4 node "$LAB/peers/slmp-client.js" panel "$(address plc-line7)" &
panel=$!
sleep 2
on dnc-pc1 node "$LAB/peers/slmp-client.js" recipe "$(address plc-line7)"
on dnc-pc1 node "$LAB/peers/slmp-client.js" recipe-ascii "$(address plc-line7)"
on eng-pc1 /usr/bin/python3 "$LAB/synthetic/slmp-tool.py" engineer "$(address plc-line7)"
sleep 1
on eng-pc1 /usr/bin/python3 "$LAB/synthetic/slmp-tool.py" engineer "$(address plc-line7)"
wait $panel
