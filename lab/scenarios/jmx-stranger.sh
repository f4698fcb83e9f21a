# Java management without a login: a server watches it as it should be, a notebook nobody knows loads code through it.
# hosts: nc-lathe2 srv-plant notebook9
# peers: openjdk-17-jdk-headless
# tools: java

serve nc-lathe2 java "$LAB/peers/Jmx.java" server "$(address nc-lathe2)"
listening nc-lathe2 1099
sleep 2
on srv-plant java "$LAB/peers/Jmx.java" monitor "$(address nc-lathe2)" 6 &
monitor=$!
sleep 4
on notebook9 java "$LAB/peers/Jmx.java" stranger "$(address nc-lathe2)"
wait $monitor
