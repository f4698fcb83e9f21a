# A quiet day at the assembly cell: the panel polls a KEYENCE controller over UDP, the engineer changes settings over TCP.
# hosts: hmi3 plc-asm5 eng-pc1
# own: synthetic/kv-controller.py and synthetic/kv-client.py
# tools: python3

serve plc-asm5 /usr/bin/python3 "$LAB/synthetic/kv-controller.py" "$(address plc-asm5)" echo
listening plc-asm5 8501
on hmi3 /usr/bin/python3 "$LAB/synthetic/kv-client.py" panel "$(address plc-asm5)" &
panel=$!
sleep 2
on eng-pc1 /usr/bin/python3 "$LAB/synthetic/kv-client.py" engineer "$(address plc-asm5)"
sleep 2
on eng-pc1 /usr/bin/python3 "$LAB/synthetic/kv-client.py" engineer "$(address plc-asm5)"
wait $panel
