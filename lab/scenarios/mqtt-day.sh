# A quiet day around the broker: a gateway and a lathe tell their values, the panel listens; a big drawing list goes through;
# one client has a wrong password.
# hosts: srv-plant gw-cell4 nc-lathe2 hmi1
# peers: mosquitto mosquitto-clients npm:mqtt
# tools: mosquitto mosquitto_passwd mosquitto_pub node

server=$(address srv-plant)
mosquitto_passwd -c -b "$state/mqtt-passwords" gateway 'leitstand-4711' 2>/dev/null
mosquitto_passwd -b "$state/mqtt-passwords" panel 'pult-0815' 2>/dev/null
chmod 644 "$state/mqtt-passwords"
sed "s,STATE,$state,g" "$LAB/conf/mosquitto.conf" >"$state/mosquitto.conf"
serve srv-plant mosquitto -c "$state/mosquitto.conf"
listening srv-plant 1883
tell '{"fact":"secret","value":"leitstand-4711"}'
tell '{"fact":"secret","value":"pult-0815"}'
tell '{"fact":"secret","value":"geraten-99"}'

on hmi1 node "$LAB/peers/mqtt-client.js" panel "$server" &
panel=$!
sleep 1
on gw-cell4 node "$LAB/peers/mqtt-client.js" gateway "$server"
on nc-lathe2 node "$LAB/peers/mqtt-client.js" lathe "$server"
on nc-lathe2 mosquitto_pub -h "$server" -V mqttv31 -u gateway -P leitstand-4711 -i old-gauge -t cell4/gauge -q 1 -m 12.5
tell "{\"fact\":\"publish\",\"actor\":\"$(address nc-lathe2)\",\"device\":\"$server\",\"topic\":\"cell4/gauge\",\"payload\":\"12.5\",\"qos\":1}"
on hmi1 mosquitto_pub -h "$server" -u panel -P geraten-99 -i stranger -t cell4/x -m 1 2>/dev/null || true
tell "{\"action\":\"login-failed\",\"actor\":\"$(address hmi1)\",\"device\":\"$server\",\"outcome\":\"refused\"}"
wait $panel
