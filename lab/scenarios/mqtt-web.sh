# The same broker over WebSocket, as browsers and panels without a socket of their own speak to it: a panel listens, a gateway
# tells its values.
# hosts: srv-plant gw-cell4 hmi1
# peers: mosquitto npm:mqtt
# tools: mosquitto mosquitto_passwd node

server=$(address srv-plant)
mosquitto_passwd -c -b "$state/mqtt-passwords" gateway 'leitstand-4711' 2>/dev/null
mosquitto_passwd -b "$state/mqtt-passwords" panel 'pult-0815' 2>/dev/null
chmod 644 "$state/mqtt-passwords"
sed "s,STATE,$state,g" "$LAB/conf/mosquitto.conf" >"$state/mosquitto.conf"
serve srv-plant mosquitto -c "$state/mosquitto.conf"
listening srv-plant 9001
tell '{"fact":"secret","value":"leitstand-4711"}'
tell '{"fact":"secret","value":"pult-0815"}'

on hmi1 node "$LAB/peers/mqtt-client.js" panel "$server" web &
panel=$!
sleep 1
on gw-cell4 node "$LAB/peers/mqtt-client.js" gateway "$server" web
wait $panel
