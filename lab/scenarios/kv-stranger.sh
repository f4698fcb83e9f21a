# The same cell a day later: the panel polls, the engineer works, and a notebook nobody knows stops the controller.
# hosts: hmi3 plc-asm5 eng-pc1 notebook9
# own: synthetic/kv-controller.py and synthetic/kv-client.py
# tools: python3

serve plc-asm5 /usr/bin/python3 "$LAB/synthetic/kv-controller.py" "$(address plc-asm5)"
listening plc-asm5 8501
on hmi3 /usr/bin/python3 "$LAB/synthetic/kv-client.py" short-panel "$(address plc-asm5)" &
panel=$!
sleep 2
on eng-pc1 /usr/bin/python3 "$LAB/synthetic/kv-client.py" engineer "$(address plc-asm5)"
on notebook9 /usr/bin/python3 "$LAB/synthetic/kv-client.py" stranger "$(address plc-asm5)"
wait $panel
